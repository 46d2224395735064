/* SPDX-License-Identifier: MIT */
/* Domains coming and going: their nodes, directory and sockets. */
#ifndef LOOP_DOMAIN_H
#define LOOP_DOMAIN_H

#include "xenbus/loop/server.h"
#include "xenbus/loop/toolstack.h"

#define LOOP_NAME_BYTES 128

/* A domain as the server keeps it. */
struct loop_entry {
	TAILQ_ENTRY(loop_entry) next;
	uint32_t id;
	char name[LOOP_NAME_BYTES];
	char uuid[LOOP_UUID_BYTES];
	struct loop_listener store;
	struct loop_listener hyper;
};

/* Opens domain 0, which the store has already. 0 or -errno. */
int loop_domain_create_dom0(struct loop_server *server);

/*
 * Makes a domain that its programs can use at once. -EINVAL: no name for a domain, -EEXIST: there
 * is one of that name, -ENOSPC: no id left, or -errno of the sockets.
 */
int loop_domain_create(struct loop_server *server, const char *name, uint32_t *ret_domid);

/* Ends a domain with everything it has. -ENOENT if there is none, -EPERM for domain 0. */
int loop_domain_destroy(struct loop_server *server, uint32_t domid);

/* Ends them all, domain 0 too. */
void loop_domain_destroy_all(struct loop_server *server);

#endif
