/* SPDX-License-Identifier: MIT */
#ifndef LOOP_HYPER_H
#define LOOP_HYPER_H

#include <stdint.h>
#include <sys/socket.h>

/*
 * The part of the hypervisor that xenloop plays: grants and event channels of all domains.
 *
 * One connection is one open handle of libxengnttab or libxenevtchn, as one open file of
 * /dev/xen/gntdev, gntalloc or evtchn is in Linux: when it closes, by whatever death, what it held
 * is given back and its notifies fire. All functions belong to the thread that runs the event loop.
 */

/* The kind of socket that the libraries connect with, and that the server must listen on. */
#define LOOP_HYPER_SOCKET SOCK_SEQPACKET

struct ev_loop;
struct loop_hyper;

/* Limits of one domain. */
struct loop_hyper_limits {
	uint32_t gntalloc_pages; /* pages shared at one time, as the parameter "limit" of
				    xen-gntalloc: ENOSPC beyond */
	uint32_t grants;         /* entries of the grant table: at most 131,072; ENOSPC beyond */
	uint32_t ports;          /* event channels: at most 4095; ENOSPC beyond */
};

/* What Xen has by default: 32,768 grants, 4095 ports; and as many pages as grants, where Linux has
 * 1024, which is no more than one FullHD frame. */
extern const struct loop_hyper_limits loop_hyper_limits_default;

/* What is in use, over all domains: for `xenloop stat` and for tests that look for leaks. */
struct loop_hyper_stat {
	uint32_t domains;
	uint32_t connections;
	uint32_t grants;   /* pages shared */
	uint32_t shares;   /* calls of xengntshr_share_* that still hold pages */
	uint32_t maps;     /* mappings, however many pages */
	uint32_t ports;    /* event channels not free */
	uint32_t notifies; /* unmap notifies armed */
};

/*
 * Makes a hypervisor without domains. `limits` NULL: the defaults. Raises the process's soft limit
 * of open files to the hard one: each share holds one. -EINVAL: a limit out of range; -ENOMEM.
 */
int loop_hyper_create(struct ev_loop *loop, const struct loop_hyper_limits *limits,
	struct loop_hyper **ret_hyper);

/* Removes all domains and frees it. NULL is allowed. */
void loop_hyper_destroy(struct loop_hyper *hyper);

/* -EEXIST: it is there; -EINVAL: a reserved id (0x7ff0 and up); -ENOMEM. */
int loop_hyper_domain_add(struct loop_hyper *hyper, uint32_t domid);

/*
 * Takes all its connections, grants and ports with it; what others had mapped stays readable to
 * them. An unknown domain is ignored.
 */
void loop_hyper_domain_remove(struct loop_hyper *hyper, uint32_t domid);

/*
 * Takes over `fd`, an accepted connection from a process of that domain. On error it stays the
 * caller's. -ESRCH: no such domain; -ENOMEM; an error of fcntl.
 */
int loop_hyper_connect(struct loop_hyper *hyper, uint32_t domid, int fd);

void loop_hyper_stat(const struct loop_hyper *hyper, struct loop_hyper_stat *ret_stat);

#endif
