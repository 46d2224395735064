/* SPDX-License-Identifier: MIT */
/*
 * Operations on nodes, with permissions, quotas and watch events; the paths are absolute.
 * All return 0 or what xenstored 4.17 answers: -EINVAL (no valid path), -EACCES, -ENOENT,
 * -ENOSPC (a quota), -EPERM, -ENOMEM.
 */
#ifndef LOOP_NODES_H
#define LOOP_NODES_H

#include "xenbus/loop/store.h"

/* xenstored's quotas for every domain but 0. */
#define LOOP_QUOTA_NODES 1000u
#define LOOP_QUOTA_NODE_BYTES 2048u
#define LOOP_QUOTA_PERMS 5u
#define LOOP_QUOTA_TXN_NODES 1024u

/* The record at path if the domain has all of `need` there; borrowed until the next change. */
int loop_nodes_get(const struct loop_access *access, const char *path, unsigned need,
	const struct loop_record **ret_record);

/* Sets the value; makes the node and the missing ones above it. */
int loop_nodes_write(
	const struct loop_access *access, const char *path, const void *value, size_t value_bytes);

/* Makes the node, if it is missing, with an empty value. */
int loop_nodes_mkdir(const struct loop_access *access, const char *path);

/* Removes the node and all below. Fine if it is missing and its parent is not. */
int loop_nodes_remove(const struct loop_access *access, const char *path);

/* Sets the permissions; the quota on their number is the caller's to check. */
int loop_nodes_set_perms(const struct loop_access *access, const char *path,
	const struct xs_permissions *perms, unsigned n_perms);

/*
 * Removes every node in the tree whose owner is domid, with all below it. Where: the tree itself.
 */
void loop_nodes_remove_owned(const struct loop_access *access, uint32_t domid);

/*
 * Brings the transaction of the view into the tree, then fires its events. The view must not be
 * used again. -EAGAIN if a node it touched has changed meanwhile; -ENOMEM if it has failed before.
 */
int loop_nodes_commit(const struct loop_access *access);

#endif
