/* SPDX-License-Identifier: MIT */
/* Who may do what with a node: the rules of docs/misc/xenstore.txt, XS_PERM_… as there. */
#ifndef LOOP_PERMS_H
#define LOOP_PERMS_H

#include "xenbus/loop/store.h"

/* A permission as text: a letter, a number, NUL. */
#define LOOP_PERM_BYTES 16

/* What domain may do with the record: XS_PERM_READ, _WRITE, _OWNER together. */
unsigned loop_perms_allowed(const struct loop_store *store, const struct loop_domain *domain,
	const struct loop_record *record);

/*
 * Reads n_perms strings like "n0", "r5" that lie one behind the other, each with its NUL.
 * Permissions for domains that do not exist are marked to be ignored.
 * 0, -EINVAL, or -ENOENT if there is no such owner.
 */
int loop_perms_parse(const struct loop_store *store, const char *strings, unsigned n_perms,
	struct xs_permissions *ret_perms);

/* Writes them the same way; buffer has n_perms * LOOP_PERM_BYTES. Returns the bytes used. */
size_t loop_perms_format(const struct xs_permissions *perms, unsigned n_perms, char *buffer);

/*
 * Copies a record's permissions for a newer record. Those of a domain that has gone since are
 * marked to be ignored, so that another with the same id does not get them.
 */
void loop_perms_copy(const struct loop_store *store, const struct loop_record *record,
	struct xs_permissions *ret_perms);

/* Whether domain is held to quotas and permissions: all but domain 0. */
bool loop_perms_bound(const struct loop_domain *domain);

#endif
