/* SPDX-License-Identifier: MIT */
/*
 * The xenstore of xenloop: the tree, the domains that may use it, their connections and watches.
 * What each operation answers follows xenstored of Xen 4.17. One thread.
 */
#ifndef LOOP_STORE_H
#define LOOP_STORE_H

#include <ev.h>
#include <stdbool.h>
#include <sys/queue.h>
#include "xenbus/loop/tree.h"
#include "xenbus/loop/txn.h"

struct loop_conn;
struct loop_watch;

/* A domain as the store sees it. */
struct loop_domain {
	uint32_t id;
	uint64_t generation; /* of the tree when it came: older permissions are not its */
	bool introduced;
	const struct loop_domain *target; /* acts with this one's rights too; NULL: none */
	unsigned n_watches;
	unsigned n_txns;
	LIST_HEAD(, loop_conn) conns;
	char path[32]; /* /local/domain/ID */
};

struct loop_store {
	struct ev_loop *loop;
	struct loop_tree tree;
	struct loop_domain **domains; /* by domid, LOOP_DOMIDS of them */
	void *watches;                /* see watch.c */
	uint64_t next_watch;
	struct loop_record *introduce_perms; /* who may see @introduceDomain */
	struct loop_record *release_perms;   /* who may see @releaseDomain */
	TAILQ_HEAD(, loop_conn) unsent;      /* connections with something to send */
	ev_prepare send_all;
};

/* Who does something, and where: what every operation on nodes needs. */
struct loop_access {
	struct loop_store *store;
	const struct loop_domain *domain;
	struct loop_view view;
};

/*
 * Makes the store with domain 0, introduced, and the nodes that xenstored itself writes.
 * loop must outlive it. 0 or -ENOMEM.
 */
int loop_store_create(struct ev_loop *loop, struct loop_store **ret_store);

/* Ends all connections too. NULL is fine. */
void loop_store_destroy(struct loop_store *store);

/* The domain, introduced or not; NULL if there is none. */
struct loop_domain *loop_store_domain(const struct loop_store *store, uint32_t domid);

/* Makes a domain, not introduced yet. 0, -EEXIST, -EINVAL (no domain's id), -ENOMEM. */
int loop_store_add_domain(struct loop_store *store, uint32_t domid);

/*
 * Takes the domain out: its connections, all nodes it owns; fires @releaseDomain if it was
 * introduced. Never domain 0.
 */
void loop_store_remove_domain(struct loop_store *store, uint32_t domid);

/* Lets the domain's clients in, and fires @introduceDomain. */
void loop_store_introduce(struct loop_store *store, struct loop_domain *domain);

/* The reverse: ends its connections, removes the nodes it owns, fires @releaseDomain. */
void loop_store_release(struct loop_store *store, struct loop_domain *domain);

/* What is in use, over all domains: for tests that look for leaks. */
struct loop_store_stat {
	size_t nodes;
	unsigned clients;
	unsigned watches;
	unsigned txns;
};

void loop_store_stat(const struct loop_store *store, struct loop_store_stat *ret_stat);

/* Access to the tree itself with domain 0's rights. */
struct loop_access loop_store_as_dom0(struct loop_store *store);

#endif
