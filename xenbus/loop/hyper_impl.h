/* SPDX-License-Identifier: MIT */
/* What the server's hyper*.c files share; nobody else includes it. All calls come from the event
 * loop's thread. */
#ifndef LOOP_HYPER_IMPL_H
#define LOOP_HYPER_IMPL_H

#include <ev.h>
#include <stdbool.h>
#include <stddef.h>

#include "xenbus/loop/hyper.h"
#include "xenbus/loop/hyper_proto.h"

struct loop_handle;
struct loop_port;

/* What is done when a share or a mapping ends, whoever ended it. */
struct loop_notify {
	unsigned int action; /* UNMAP_NOTIFY_*; 0: nothing */
	uint32_t offset_bytes;
	struct loop_port *port; /* held by loop_port_hold */
};

/* Pages of one xengntshr_share_* call. Lives until unshared and no single-page mapping is left. */
struct loop_share {
	struct loop_share *next;       /* of its connection */
	struct loop_hyper_conn *owner; /* NULL once unshared */
	unsigned int holders;
	uint32_t id;
	int memory_fd;
	uint32_t grantee;
	bool writable;
	struct loop_notify notify;
	uint32_t pages;
	uint32_t refs[];
};

/* An entry of a domain's grant table; share NULL: not granted. */
struct loop_grant {
	struct loop_share *share;
	uint32_t page;
};

/* A mapping of one xengnttab_map_* call. */
struct loop_map {
	struct loop_map *next; /* of its connection */
	uint32_t id;
	uint32_t pages;
	bool writable;
	struct loop_share *first; /* held: what its notify clears */
	uint32_t first_page;
	struct loop_notify notify;
};

struct loop_hyper_domain {
	struct loop_hyper_domain *next;
	struct loop_hyper *hyper;
	uint32_t domid;
	int gntalloc_fd; /* nothing is in it: what is done to it as a file is seen by all who share
			  */
	struct loop_hyper_conn *conns;
	struct loop_grant *entries; /* LOOP_REFS of them */
	uint32_t
		ref_next; /* where the search for free ones goes on, so that they are reused late */
	uint32_t ref_end; /* above all that were ever given out */
	uint32_t grants;
	uint32_t ports_used;
	struct loop_port *ports[LOOP_PORTS];
};

struct loop_hyper_conn {
	ev_io io;
	struct loop_hyper *hyper;
	struct loop_hyper_domain *domain;
	struct loop_hyper_conn *next, **link;
	enum loop_kind kind;
	uint32_t id_last;
	struct loop_share *shares;
	struct loop_map *maps;
	struct loop_handle *handle; /* EVTCHN */
};

struct loop_hyper {
	struct ev_loop *loop;
	struct loop_hyper_limits limits;
	struct loop_hyper_domain *domains;
	struct loop_hyper_stat stat;
	uint32_t generation; /* of struct loop_bound */
	char message[LOOP_MESSAGE_BYTES_MAX];
};

/* An answer being made: items go to `items`, files belong to it. */
struct loop_reply {
	struct loop_answer head;
	char items[LOOP_ITEMS_MAX * LOOP_ITEM_BYTES_MAX];
	size_t items_bytes;
	int files[LOOP_FILES_MAX];
	unsigned int files_count;
};

/* A request as it came: items have been counted, not checked. `file` is -1 or stays the
 * connection's. */
struct loop_call {
	const struct loop_request *head;
	const void *items;
	int file;
};

/* Carries out one request: 0 or the -errno that is answered; -EPROTO ends the connection. */
typedef int loop_handler(
	struct loop_hyper_conn *conn, const struct loop_call *call, struct loop_reply *reply);

loop_handler loop_share_make, loop_share_list, loop_share_end;
loop_handler loop_map_make, loop_map_end, loop_map_lookup, loop_grant_notify;
loop_handler loop_port_bind_unbound, loop_port_bind_interdomain, loop_port_bind_virq,
	loop_port_unbind;
loop_handler loop_port_peer, loop_port_restrict;

/* NULL: no such domain. */
struct loop_hyper_domain *loop_hyper_domain(struct loop_hyper *hyper, uint32_t domid);

/* Gives `fd` (-1: returns -EMFILE) to the answer; ret_index may be NULL. -ENFILE, and fd is closed:
 * no room. */
int loop_reply_file(struct loop_reply *reply, int fd, uint32_t *ret_index);

/* Ends all shares or mappings of the connection, firing their notifies. */
void loop_share_end_all(struct loop_hyper_conn *conn);
void loop_map_end_all(struct loop_hyper_conn *conn);

/* Makes memory as a domain's frames are: zeroed, sealed so that nobody can change its size. An fd
 * or -errno. */
int loop_memory_create(const char *name, size_t bytes);

/* The same memory, opened anew: O_RDONLY or O_RDWR. An fd or -errno. */
int loop_memory_reopen(int fd, int flags);

/* Another user of the share, and one less: the last one closes its memory. */
struct loop_share *loop_share_hold(struct loop_share *share);
void loop_share_release(struct loop_share *share);

/* Arms `notify`, which is replaced only on success. -EINVAL: no such port, or an unknown action. */
int loop_notify_arm(
	struct loop_hyper_conn *conn, struct loop_notify *notify, const struct loop_request *head);

/* Clears the byte, sends the event, disarms. memory_fd, first_page: where the range with the byte
 * starts. */
void loop_notify_fire(
	struct loop_hyper *hyper, struct loop_notify *notify, int memory_fd, uint32_t first_page);

/* HELLO of an evtchn handle, and ATTACH: sets conn->handle. */
loop_handler loop_handle_open, loop_handle_attach;

/* The connection is gone; with the handle's last one its ports close. */
void loop_handle_drop(struct loop_hyper_conn *conn);

/* The domain that the handle has been restricted to; -1: none. */
int64_t loop_handle_restricted(const struct loop_handle *handle);
void loop_handle_restrict(struct loop_handle *handle, uint32_t domid);

/* Marks `port` as the handle's, with a new generation; or as not. State starts idle when it was not
 * bound. */
void loop_handle_bind(struct loop_handle *handle, uint32_t port);
void loop_handle_unbind(struct loop_handle *handle, uint32_t port);

/* Raises an event in it, or wakes it again for one whose sender died half-way. */
void loop_handle_raise(struct loop_handle *handle, uint32_t port);
void loop_handle_rouse(struct loop_handle *handle, uint32_t port);

/* What a peer needs to raise events: two files into the answer. */
int loop_handle_share(struct loop_handle *handle, struct loop_reply *reply);

/* Closes every port that the handle owns. */
void loop_port_close_all(struct loop_hyper_domain *domain, const struct loop_handle *handle);

/* A port of the domain, kept until released even when its handle closes it, as Linux's evtchn_get.
 * NULL: none. */
struct loop_port *loop_port_hold(struct loop_hyper_domain *domain, uint32_t port);
void loop_port_release(struct loop_port *port);

/* What EVTCHNOP_send does for the port's domain. */
void loop_port_send(struct loop_port *port);

#endif
