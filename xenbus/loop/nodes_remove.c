/* SPDX-License-Identifier: MIT */
#include "xenbus/loop/nodes.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "xenbus/loop/path.h"
#include "xenbus/loop/perms.h"
#include "xenbus/loop/watch.h"

/* Removes the node and all below it; path is a buffer of LOOP_PATH_BYTES, the same afterwards. */
static int remove_subtree(const struct loop_access *access, char *path, bool is_root)
{
	size_t length = strlen(path);
	struct loop_record_parts parts;
	const struct loop_record *found;
	struct loop_record *record;
	const char *child;
	int err = loop_view_get(&access->view, path, &found);

	/* A transaction may see a child that has gone meanwhile: then it will not be committed. */
	if (err)
		return err == -ENOENT ? 0 : err;
	record = loop_record_ref(found);
	parts = loop_record_parts(record);
	for (child = parts.children; !err && child < parts.children + parts.children_bytes;
		child += strlen(child) + 1) {
		snprintf(path + length, LOOP_PATH_BYTES - length, "/%s", child);
		err = remove_subtree(access, path, false);
		path[length] = '\0';
	}
	if (!err)
		err = loop_view_drop(&access->view, path);
	if (!err)
		loop_watch_note(access, path, !is_root, record, NULL);
	loop_record_unref(record);
	return err;
}

static int remove_existing(const struct loop_access *access, const char *path)
{
	const struct loop_record *parent;
	struct loop_record *smaller;
	char above[LOOP_PATH_BYTES], subtree[LOOP_PATH_BYTES];
	int err;

	snprintf(above, sizeof(above), "%s", path);
	snprintf(subtree, sizeof(subtree), "%s", path);
	loop_path_to_parent(above);
	err = loop_view_get(&access->view, above, &parent);
	if (err)
		return err == -ENOENT ? -EINVAL : err;
	smaller = loop_record_drop_child(parent, loop_path_last(path));
	if (!smaller)
		return -ENOMEM;
	loop_perms_copy(access->store, parent, smaller->perms);
	err = remove_subtree(access, subtree, true);
	if (err) {
		loop_record_unref(smaller);
		return err;
	}
	return loop_view_put(&access->view, above, smaller);
}

int loop_nodes_remove(const struct loop_access *access, const char *path)
{
	const struct loop_record *record;
	char above[LOOP_PATH_BYTES];
	int err = loop_nodes_get(access, path, XS_PERM_WRITE, &record);

	if (err == -ENOENT) {
		snprintf(above, sizeof(above), "%s", path);
		loop_path_to_parent(above);
		return loop_view_get(&access->view, above, &record);
	}
	if (err)
		return err;
	return strcmp(path, "/") ? remove_existing(access, path) : -EINVAL;
}

static void remove_owned_below(const struct loop_access *access, char *path, uint32_t domid)
{
	size_t length = strcmp(path, "/") ? strlen(path) : 0;
	const struct loop_record *found = loop_tree_get(access->view.tree, path);
	struct loop_record_parts parts;
	struct loop_record *record;
	const char *child;

	if (!found)
		return;
	if (found->perms[0].id == domid) {
		loop_nodes_remove(access, path);
		return;
	}
	record = loop_record_ref(found);
	parts = loop_record_parts(record);
	for (child = parts.children; child < parts.children + parts.children_bytes;
		child += strlen(child) + 1) {
		snprintf(path + length, LOOP_PATH_BYTES - length, "/%s", child);
		remove_owned_below(access, path, domid);
	}
	path[length ? length : 1] = '\0';
	loop_record_unref(record);
}

void loop_nodes_remove_owned(const struct loop_access *access, uint32_t domid)
{
	char path[LOOP_PATH_BYTES] = "/";

	if (access->view.tree->owned[domid])
		remove_owned_below(access, path, domid);
}
