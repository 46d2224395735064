/* SPDX-License-Identifier: MIT */
/*
 * Watches, found by the path they watch, so that a change costs a look-up for each part of its
 * path and nothing for other watches.
 */
#ifndef LOOP_WATCH_H
#define LOOP_WATCH_H

#include "xenbus/loop/store.h"

/* xenstored lets one more through than its quota says. */
#define LOOP_QUOTA_WATCHES 128u

/*
 * Watches path, absolute or a special name (@…); the first relative_skip bytes of a path are left
 * out of events. Fires nothing. -EEXIST (same path and token on this connection),
 * -E2BIG (quota), -ENOMEM.
 */
int loop_watch_add(
	struct loop_conn *conn, const char *path, const char *token, size_t relative_skip);

/* -ENOENT if the connection has no such watch. */
int loop_watch_remove(struct loop_conn *conn, const char *path, const char *token);

/* Removes all watches of a connection. */
void loop_watch_clear(struct loop_conn *conn);

/*
 * Queues events for a change of path: for its own watches and, unless exact, for those above it.
 * Only to domains that may read the node as it is (record, NULL: look it up) or as it was
 * (before, may be NULL), or its parent.
 */
void loop_watch_fire(struct loop_store *store, const char *path, bool exact,
	const struct loop_record *record, const struct loop_record *before);

/* The same, but within a transaction at its end, and then only if it is committed. */
void loop_watch_note(const struct loop_access *access, const char *path, bool exact,
	const struct loop_record *record, const struct loop_record *before);

#endif
