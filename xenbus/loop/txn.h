/* SPDX-License-Identifier: MIT */
/*
 * Transactions: a log of the nodes that one has touched, laid over the tree. A node is taken as
 * it is when the transaction first touches it; at the end each touched node must still have that
 * generation. See docs/misc/xenstore.txt and the notes in xenstored_transaction.c of Xen 4.17.
 */
#ifndef LOOP_TXN_H
#define LOOP_TXN_H

#include <stdbool.h>
#include <sys/queue.h>
#include "xenbus/loop/tree.h"

/* One touched node. */
struct loop_txn_node {
	const char *path; /* first: see txn.c */
	TAILQ_ENTRY(loop_txn_node) next;
	struct loop_record *before; /* in the tree when first touched; NULL: none */
	struct loop_record *now;    /* as the transaction sees it; NULL: none */
	bool modified;
	bool fires;       /* a watch event is due at the end */
	bool fires_exact; /* … only for watches on this very node */
	char path_text[];
};

struct loop_txn {
	uint32_t id;
	LIST_ENTRY(loop_txn) of_conn;
	TAILQ_HEAD(, loop_txn_node) nodes; /* in the order of first touch */
	void *index;
	unsigned n_nodes;
	unsigned max_nodes; /* more touched nodes fail it; 0: no bound */
	bool failed;        /* can no longer be committed */
	bool created;       /* made at least one node */
};

/* Where an operation works: the tree itself, or a transaction over it. */
struct loop_view {
	struct loop_tree *tree;
	struct loop_txn *txn; /* NULL: none */
};

/* A transaction that touched nothing; NULL without memory. */
struct loop_txn *loop_txn_create(uint32_t id, unsigned max_nodes);
void loop_txn_destroy(struct loop_txn *txn);

/*
 * The record at path, borrowed until the next change of that path in this view.
 * 0, -ENOENT, -ENOSPC (too many nodes touched), -ENOMEM.
 */
int loop_view_get(
	const struct loop_view *view, const char *path, const struct loop_record **ret_record);

/* Like loop_tree_put; takes the reference also on failure. 0, -ENOSPC, -ENOMEM. */
int loop_view_put(const struct loop_view *view, const char *path, struct loop_record *record);

/* Like loop_tree_drop. 0, -ENOSPC, -ENOMEM. */
int loop_view_drop(const struct loop_view *view, const char *path);

/* Notes that a watch event is due for path, which the transaction must have touched. */
void loop_txn_fire(struct loop_txn *txn, const char *path, bool exact);

/* How many nodes more (or fewer) domid will own once the transaction is committed. */
long loop_txn_owned(const struct loop_txn *txn, uint32_t domid);

/* Whether all touched nodes are in the tree as they were: 0 or -EAGAIN. */
int loop_txn_check(const struct loop_txn *txn, const struct loop_tree *tree);

#endif
