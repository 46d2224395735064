/* SPDX-License-Identifier: MIT */
/*
 * The nodes of the store, kept by their full path. What a node holds is a record; a record never
 * changes once it is in a tree, so that a transaction keeps what it saw by counting.
 * One thread.
 */
#ifndef LOOP_TREE_H
#define LOOP_TREE_H

#include <stddef.h>
#include <stdint.h>
#include <xenstore_lib.h>

/* The generation of a node that is not there. */
#define LOOP_NO_GENERATION UINT64_MAX
/* Ids from here on are Xen's own and never a domain's (DOMID_FIRST_RESERVED). */
#define LOOP_DOMIDS 0x7ff0u

/*
 * What one node holds. After perms[] lie the value, then the children's names, each with its
 * NUL, oldest first. perms[0].id is the owner, perms[0].perms what everybody else may do.
 */
struct loop_record {
	unsigned refs;
	unsigned n_perms;
	uint64_t generation;
	uint32_t value_bytes;
	uint32_t children_bytes;
	struct xs_permissions perms[];
};

struct loop_tree {
	void *root;
	uint64_t generation;
	size_t n_nodes;
	uint32_t *owned; /* nodes owned, by domid */
};

/* The parts a record is made of; nothing in it is kept. */
struct loop_record_parts {
	const struct xs_permissions *perms;
	unsigned n_perms;
	const void *value;
	size_t value_bytes;
	const char *children;
	size_t children_bytes;
};

/* Copies parts into a new record with one reference and generation 0; NULL without memory. */
struct loop_record *loop_record_create(const struct loop_record_parts *parts);

/* The parts of a record, pointing into it. */
struct loop_record_parts loop_record_parts(const struct loop_record *record);

struct loop_record *loop_record_ref(const struct loop_record *record);

/* Gives up one reference; NULL is fine. */
void loop_record_unref(const struct loop_record *record);

/* What the record would count against a quota on the size of a node, as xenstored counts it. */
size_t loop_record_bytes(const struct loop_record *record);

/* The same record with one child more (last) or fewer; NULL without memory. */
struct loop_record *loop_record_add_child(const struct loop_record *record, const char *name);
struct loop_record *loop_record_drop_child(const struct loop_record *record, const char *name);

/* An empty tree: not even "/". 0 or -ENOMEM. */
int loop_tree_init(struct loop_tree *tree);
void loop_tree_finish(struct loop_tree *tree);

/* The record at path, borrowed until the next change of that path; NULL if there is none. */
const struct loop_record *loop_tree_get(const struct loop_tree *tree, const char *path);

/*
 * Puts record at path under the next generation. Takes the caller's reference, which must be the
 * only one, also on failure. Does not touch the parent. 0 or -ENOMEM.
 */
int loop_tree_put(struct loop_tree *tree, const char *path, struct loop_record *record);

/* Takes path out, if it is there. Does not touch its parent nor its children. */
void loop_tree_drop(struct loop_tree *tree, const char *path);

#endif
