/* SPDX-License-Identifier: MIT */
#include "xenbus/loop/nodes.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "xenbus/loop/path.h"
#include "xenbus/loop/perms.h"
#include "xenbus/loop/watch.h"

/* What the nearest node above path allows. */
static int ask_parents(const struct loop_access *access, const char *path, unsigned *ret_allowed)
{
	const struct loop_record *record = NULL;
	char *above = strdup(path);
	int err = above ? -ENOENT : -ENOMEM;

	while (err == -ENOENT && strcmp(above, "/")) {
		loop_path_to_parent(above);
		err = loop_view_get(&access->view, above, &record);
	}
	free(above);
	if (err && err != -ENOENT)
		return err;
	*ret_allowed = record ? loop_perms_allowed(access->store, access->domain, record) : 0;
	return 0;
}

int loop_nodes_get(const struct loop_access *access, const char *path, unsigned need,
	const struct loop_record **ret_record)
{
	const struct loop_record *record;
	unsigned allowed;
	int err, err_above;

	if (!loop_path_valid(path))
		return -EINVAL;
	err = loop_view_get(&access->view, path, &record);
	if (err && err != -ENOENT)
		return err;
	if (!err) {
		allowed = loop_perms_allowed(access->store, access->domain, record);
		if ((allowed & need) == need) {
			*ret_record = record;
			return 0;
		}
		err = -EACCES;
	}
	/* Who may not look at the parent does not learn whether the node exists. */
	err_above = ask_parents(access, path, &allowed);
	if (err_above)
		return err_above;
	return allowed & need ? err : -EACCES;
}

/* A quota that a change breaks in a transaction spoils the whole transaction. */
static int check_size(const struct loop_access *access, const struct loop_record *record)
{
	if (!loop_perms_bound(access->domain) || loop_record_bytes(record) < LOOP_QUOTA_NODE_BYTES)
		return 0;
	if (access->view.txn)
		access->view.txn->failed = true;
	return -ENOSPC;
}

/* Puts a changed copy in the place of the old record; takes the copy, NULL for no memory. */
static int put_checked(
	const struct loop_access *access, const char *path, struct loop_record *record)
{
	int err = record ? check_size(access, record) : -ENOMEM;

	if (err) {
		loop_record_unref(record);
		return err;
	}
	return loop_view_put(&access->view, path, record);
}

static struct loop_record *create_record(const struct loop_access *access,
	const struct loop_record *old, struct loop_record_parts parts)
{
	struct xs_permissions *perms = calloc(old->n_perms, sizeof(*perms));
	struct loop_record *record;

	if (!perms)
		return NULL;
	loop_perms_copy(access->store, old, perms);
	parts.perms = perms;
	parts.n_perms = old->n_perms;
	record = loop_record_create(&parts);
	free(perms);
	return record;
}

/* A new node takes its parent's permissions; who makes it owns it. */
static struct loop_record *create_child_record(const struct loop_access *access,
	const struct loop_record *above, struct loop_record_parts parts)
{
	struct loop_record *record = create_record(access, above, parts);

	if (record && loop_perms_bound(access->domain))
		record->perms[0].id = access->domain->id;
	return record;
}

static int add_to_parent(const struct loop_access *access, const char *path,
	const struct loop_record *parent, const char *name)
{
	struct loop_record *grown = loop_record_add_child(parent, name);

	if (grown)
		loop_perms_copy(access->store, parent, grown->perms);
	return put_checked(access, path, grown);
}

static bool has_node_quota(const struct loop_access *access, unsigned n_new)
{
	uint32_t owned = access->store->tree.owned[access->domain->id];

	/* In a transaction the new nodes are counted at its end. */
	if (access->view.txn)
		n_new = 1;
	return !loop_perms_bound(access->domain) || owned + n_new <= LOOP_QUOTA_NODES;
}

/* Cuts path back to its nearest node that is there; counts the missing ones. */
static int cut_to_existing(const struct loop_access *access, char *path, unsigned *ret_n_missing,
	const struct loop_record **ret_record)
{
	unsigned n_missing = 0;
	int err;

	do {
		if (!strcmp(path, "/"))
			return -ENOENT;
		loop_path_to_parent(path);
		n_missing++;
		err = loop_view_get(&access->view, path, ret_record);
	} while (err == -ENOENT);
	*ret_n_missing = n_missing;
	return err;
}

/* Takes the lowest n_made nodes of path out again: nobody has seen them yet. */
static void undo_create(const struct loop_access *access, char *path, unsigned n_made)
{
	if (access->view.txn)
		access->view.txn->failed = true;
	for (; n_made; n_made--) {
		loop_view_drop(&access->view, path);
		loop_path_to_parent(path);
	}
}

/* Makes n_missing nodes from path upwards and enters the topmost into `above`, its parent. */
static int create_upwards(const struct loop_access *access, const char *path, unsigned n_missing,
	const struct loop_record *above, struct loop_record_parts parts)
{
	char *current = strdup(path);
	char *name = strdup(path);
	unsigned i;
	int err = current && name ? 0 : -ENOMEM;

	for (i = 0; !err && i < n_missing; i++) {
		err = put_checked(access, current, create_child_record(access, above, parts));
		if (err)
			break;
		strcpy(name, loop_path_last(current));
		parts = (struct loop_record_parts){
			.children = name, .children_bytes = strlen(name) + 1};
		loop_path_to_parent(current);
	}
	if (!err)
		err = add_to_parent(access, current, above, name);
	if (err && i) {
		strcpy(current, path);
		undo_create(access, current, i);
	}
	free(name);
	free(current);
	return err;
}

static int create_node(
	const struct loop_access *access, const char *path, const void *value, size_t value_bytes)
{
	const struct loop_record *above;
	unsigned n_missing = 0;
	char *existing = strdup(path);
	int err = existing ? cut_to_existing(access, existing, &n_missing, &above) : -ENOMEM;

	free(existing);
	if (err)
		return err;
	if (access->view.txn)
		access->view.txn->created = true;
	if (!has_node_quota(access, n_missing))
		return -ENOSPC;
	return create_upwards(access, path, n_missing, above,
		(struct loop_record_parts){.value = value, .value_bytes = value_bytes});
}

static int change_value(const struct loop_access *access, const char *path,
	const struct loop_record *old, const void *value, size_t value_bytes)
{
	struct loop_record_parts parts = loop_record_parts(old);

	parts.value = value;
	parts.value_bytes = value_bytes;
	return put_checked(access, path, create_record(access, old, parts));
}

int loop_nodes_write(
	const struct loop_access *access, const char *path, const void *value, size_t value_bytes)
{
	const struct loop_record *old;
	int err = loop_nodes_get(access, path, XS_PERM_WRITE, &old);

	if (!err)
		err = change_value(access, path, old, value, value_bytes);
	else if (err == -ENOENT)
		err = create_node(access, path, value, value_bytes);
	if (!err)
		loop_watch_note(access, path, false, NULL, NULL);
	return err;
}

int loop_nodes_mkdir(const struct loop_access *access, const char *path)
{
	const struct loop_record *old;
	int err = loop_nodes_get(access, path, XS_PERM_WRITE, &old);

	if (err != -ENOENT)
		return err;
	err = create_node(access, path, NULL, 0);
	if (!err)
		loop_watch_note(access, path, false, NULL, NULL);
	return err;
}

int loop_nodes_set_perms(const struct loop_access *access, const char *path,
	const struct xs_permissions *perms, unsigned n_perms)
{
	const struct loop_record *old;
	struct loop_record *before;
	struct loop_record_parts parts;
	int err;

	err = loop_nodes_get(access, path, XS_PERM_WRITE | XS_PERM_OWNER, &old);
	if (err)
		return err;
	if (loop_perms_bound(access->domain) && perms[0].id != old->perms[0].id)
		return -EPERM;
	parts = loop_record_parts(old);
	parts.perms = perms;
	parts.n_perms = n_perms;
	/* Who may no longer look learns that, too. */
	before = loop_record_ref(old);
	err = put_checked(access, path, loop_record_create(&parts));
	if (!err)
		loop_watch_note(access, path, false, NULL, before);
	loop_record_unref(before);
	return err;
}

static bool breaks_node_quota(const struct loop_access *access)
{
	const struct loop_domain *domain = access->domain;
	const struct loop_txn *txn = access->view.txn;

	if (!txn->created || !loop_perms_bound(domain))
		return false;
	return (long)access->view.tree->owned[domain->id] + loop_txn_owned(txn, domain->id) >=
	       (long)LOOP_QUOTA_NODES;
}

int loop_nodes_commit(const struct loop_access *access)
{
	struct loop_txn *txn = access->view.txn;
	struct loop_txn_node *node;
	int err;

	if (txn->failed)
		return -ENOMEM;
	if (breaks_node_quota(access))
		return -ENOSPC;
	err = loop_txn_check(txn, access->view.tree);
	if (err)
		return err;
	TAILQ_FOREACH(node, &txn->nodes, next)
	{
		if (!node->modified)
			continue;
		if (node->now && loop_tree_put(access->view.tree, node->path, node->now))
			err = -ENOMEM;
		else if (!node->now)
			loop_tree_drop(access->view.tree, node->path);
		node->now = NULL;
		if (node->fires)
			loop_watch_fire(
				access->store, node->path, node->fires_exact, NULL, node->before);
	}
	return err;
}
