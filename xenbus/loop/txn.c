/* SPDX-License-Identifier: MIT */
#include "xenbus/loop/txn.h"

#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

static int compare_path(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

struct loop_txn *loop_txn_create(uint32_t id, unsigned max_nodes)
{
	struct loop_txn *txn = calloc(1, sizeof(*txn));

	if (!txn)
		return NULL;
	txn->id = id;
	txn->max_nodes = max_nodes;
	TAILQ_INIT(&txn->nodes);
	return txn;
}

static void free_node(void *found)
{
	struct loop_txn_node *node = found;

	loop_record_unref(node->before);
	loop_record_unref(node->now);
	free(node);
}

void loop_txn_destroy(struct loop_txn *txn)
{
	if (!txn)
		return;
	tdestroy(txn->index, free_node);
	free(txn);
}

static struct loop_txn_node *find_node(const struct loop_txn *txn, const char *path)
{
	struct loop_txn_node *const *found = tfind(&path, &txn->index, compare_path);

	return found ? *found : NULL;
}

static struct loop_txn_node *add_node(
	struct loop_txn *txn, const struct loop_tree *tree, const char *path)
{
	size_t path_bytes = strlen(path) + 1;
	struct loop_txn_node *node = calloc(1, sizeof(*node) + path_bytes);
	const struct loop_record *record = loop_tree_get(tree, path);

	if (!node)
		return NULL;
	memcpy(node->path_text, path, path_bytes);
	node->path = node->path_text;
	if (!tsearch(node, &txn->index, compare_path)) {
		free(node);
		return NULL;
	}
	if (record) {
		node->before = loop_record_ref(record);
		node->now = loop_record_ref(record);
	}
	TAILQ_INSERT_TAIL(&txn->nodes, node, next);
	txn->n_nodes++;
	return node;
}

/* The node of the transaction for path; the first touch notes how the tree has it. */
static int touch(const struct loop_view *view, const char *path, struct loop_txn_node **ret_node)
{
	struct loop_txn *txn = view->txn;
	struct loop_txn_node *node = find_node(txn, path);

	if (!node && txn->max_nodes && txn->n_nodes >= txn->max_nodes) {
		txn->failed = true;
		return -ENOSPC;
	}
	if (!node)
		node = add_node(txn, view->tree, path);
	if (!node) {
		txn->failed = true;
		return -ENOMEM;
	}
	*ret_node = node;
	return 0;
}

int loop_view_get(
	const struct loop_view *view, const char *path, const struct loop_record **ret_record)
{
	const struct loop_record *record;
	struct loop_txn_node *node;
	int err;

	if (view->txn) {
		err = touch(view, path, &node);
		if (err)
			return err;
		record = node->now;
	} else {
		record = loop_tree_get(view->tree, path);
	}
	if (!record)
		return -ENOENT;
	*ret_record = record;
	return 0;
}

int loop_view_put(const struct loop_view *view, const char *path, struct loop_record *record)
{
	struct loop_txn_node *node;
	int err;

	if (!view->txn)
		return loop_tree_put(view->tree, path, record);
	err = touch(view, path, &node);
	if (err) {
		loop_record_unref(record);
		return err;
	}
	record->generation = ++view->tree->generation;
	loop_record_unref(node->now);
	node->now = record;
	node->modified = true;
	return 0;
}

int loop_view_drop(const struct loop_view *view, const char *path)
{
	struct loop_txn_node *node;
	int err;

	if (!view->txn) {
		loop_tree_drop(view->tree, path);
		return 0;
	}
	err = touch(view, path, &node);
	if (err)
		return err;
	loop_record_unref(node->now);
	node->now = NULL;
	node->modified = true;
	return 0;
}

void loop_txn_fire(struct loop_txn *txn, const char *path, bool exact)
{
	struct loop_txn_node *node = find_node(txn, path);

	if (!node) {
		txn->failed = true;
		return;
	}
	/* An event for the whole subtree replaces one for the node alone, never the reverse. */
	node->fires_exact = node->fires ? node->fires_exact && exact : exact;
	node->fires = true;
}

static bool owns(const struct loop_record *record, uint32_t domid)
{
	return record && record->perms[0].id == domid;
}

long loop_txn_owned(const struct loop_txn *txn, uint32_t domid)
{
	const struct loop_txn_node *node;
	long change = 0;

	TAILQ_FOREACH(node, &txn->nodes, next)
	change += owns(node->now, domid) - owns(node->before, domid);
	return change;
}

static uint64_t generation_of(const struct loop_record *record)
{
	return record ? record->generation : LOOP_NO_GENERATION;
}

int loop_txn_check(const struct loop_txn *txn, const struct loop_tree *tree)
{
	const struct loop_txn_node *node;

	TAILQ_FOREACH(node, &txn->nodes, next)
	if (generation_of(loop_tree_get(tree, node->path)) != generation_of(node->before))
		return -EAGAIN;
	return 0;
}
