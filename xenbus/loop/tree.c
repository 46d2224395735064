/* SPDX-License-Identifier: MIT */
#include "xenbus/loop/tree.h"

#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

struct tree_node {
	const char *path; /* first: the search compares pointers to it */
	struct loop_record *record;
	char path_text[];
};

static int compare_path(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static char *record_value(struct loop_record *record)
{
	return (char *)(record->perms + record->n_perms);
}

struct loop_record *loop_record_create(const struct loop_record_parts *parts)
{
	size_t perms_bytes = parts->n_perms * sizeof(*parts->perms);
	struct loop_record *record =
		malloc(sizeof(*record) + perms_bytes + parts->value_bytes + parts->children_bytes);

	if (!record)
		return NULL;
	*record = (struct loop_record){
		.refs = 1,
		.n_perms = parts->n_perms,
		.value_bytes = (uint32_t)parts->value_bytes,
		.children_bytes = (uint32_t)parts->children_bytes,
	};
	memcpy(record->perms, parts->perms, perms_bytes);
	if (parts->value_bytes)
		memcpy(record_value(record), parts->value, parts->value_bytes);
	if (parts->children_bytes)
		memcpy(record_value(record) + parts->value_bytes, parts->children,
			parts->children_bytes);
	return record;
}

struct loop_record_parts loop_record_parts(const struct loop_record *record)
{
	const char *value = (const char *)(record->perms + record->n_perms);

	return (struct loop_record_parts){
		.perms = record->perms,
		.n_perms = record->n_perms,
		.value = value,
		.value_bytes = record->value_bytes,
		.children = value + record->value_bytes,
		.children_bytes = record->children_bytes,
	};
}

struct loop_record *loop_record_ref(const struct loop_record *record)
{
	struct loop_record *counted = (struct loop_record *)record;

	counted->refs++;
	return counted;
}

void loop_record_unref(const struct loop_record *record)
{
	struct loop_record *counted = (struct loop_record *)record;

	if (counted && --counted->refs == 0)
		free(counted);
}

size_t loop_record_bytes(const struct loop_record *record)
{
	/* xenstored's header on disk: a 64-bit and three 32-bit counts, padded. */
	return 24 + record->n_perms * sizeof(record->perms[0]) + record->value_bytes +
	       record->children_bytes;
}

struct loop_record *loop_record_add_child(const struct loop_record *record, const char *name)
{
	struct loop_record_parts parts = loop_record_parts(record);
	size_t old_bytes = parts.children_bytes;
	size_t name_bytes = strlen(name) + 1;
	char *children = malloc(old_bytes + name_bytes);
	struct loop_record *grown;

	if (!children)
		return NULL;
	memcpy(children, parts.children, old_bytes);
	memcpy(children + old_bytes, name, name_bytes);
	parts.children = children;
	parts.children_bytes = old_bytes + name_bytes;
	grown = loop_record_create(&parts);
	free(children);
	return grown;
}

struct loop_record *loop_record_drop_child(const struct loop_record *record, const char *name)
{
	struct loop_record *smaller = NULL;
	struct loop_record_parts parts = loop_record_parts(record);
	const char *end = parts.children + parts.children_bytes;
	const char *child = parts.children;
	char *children;
	size_t tail_bytes;

	while (child < end && strcmp(child, name))
		child += strlen(child) + 1;
	smaller = loop_record_create(&parts);
	if (!smaller || child >= end)
		return smaller;
	children = record_value(smaller) + smaller->value_bytes;
	children += child - parts.children;
	tail_bytes = (size_t)(end - child) - (strlen(name) + 1);
	memmove(children, child + strlen(name) + 1, tail_bytes);
	smaller->children_bytes -= (uint32_t)strlen(name) + 1;
	return smaller;
}

static struct tree_node *find_node(const struct loop_tree *tree, const char *path)
{
	struct tree_node *const *found = tfind(&path, &tree->root, compare_path);

	return found ? *found : NULL;
}

static void free_node(void *found)
{
	struct tree_node *node = found;

	loop_record_unref(node->record);
	free(node);
}

static void count_owner(struct loop_tree *tree, const struct loop_record *record, int change)
{
	if (record->perms[0].id < LOOP_DOMIDS)
		tree->owned[record->perms[0].id] += (uint32_t)change;
}

int loop_tree_init(struct loop_tree *tree)
{
	*tree = (struct loop_tree){.owned = calloc(LOOP_DOMIDS, sizeof(*tree->owned))};
	return tree->owned ? 0 : -ENOMEM;
}

void loop_tree_finish(struct loop_tree *tree)
{
	tdestroy(tree->root, free_node);
	free(tree->owned);
	*tree = (struct loop_tree){0};
}

const struct loop_record *loop_tree_get(const struct loop_tree *tree, const char *path)
{
	const struct tree_node *node = find_node(tree, path);

	return node ? node->record : NULL;
}

static struct tree_node *add_node(struct loop_tree *tree, const char *path)
{
	size_t path_bytes = strlen(path) + 1;
	struct tree_node *node = malloc(sizeof(*node) + path_bytes);

	if (!node)
		return NULL;
	memcpy(node->path_text, path, path_bytes);
	node->path = node->path_text;
	node->record = NULL;
	if (!tsearch(node, &tree->root, compare_path)) {
		free(node);
		return NULL;
	}
	tree->n_nodes++;
	return node;
}

int loop_tree_put(struct loop_tree *tree, const char *path, struct loop_record *record)
{
	struct tree_node *node = find_node(tree, path);

	if (!node)
		node = add_node(tree, path);
	if (!node) {
		loop_record_unref(record);
		return -ENOMEM;
	}
	if (node->record)
		count_owner(tree, node->record, -1);
	loop_record_unref(node->record);
	record->generation = ++tree->generation;
	node->record = record;
	count_owner(tree, record, 1);
	return 0;
}

void loop_tree_drop(struct loop_tree *tree, const char *path)
{
	struct tree_node *node = find_node(tree, path);

	if (!node)
		return;
	tree->generation++;
	tdelete(node, &tree->root, compare_path);
	tree->n_nodes--;
	count_owner(tree, node->record, -1);
	free_node(node);
}
