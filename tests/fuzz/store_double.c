/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/store_double.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/parse.h"
#include "xenbus/store.h"

#define NODES 256
#define VALUE_BYTES 2048

static struct node {
	char path[256];
	char value[VALUE_BYTES + 1];
	size_t size;
} nodes[NODES];
static unsigned num_nodes;

void store_double_reset(void)
{
	num_nodes = 0;
}

static struct node *find(const char *path)
{
	for (unsigned i = 0; i < num_nodes; i++)
		if (strcmp(nodes[i].path, path) == 0)
			return &nodes[i];
	return NULL;
}

void store_double_set(const char *path, const void *value, size_t size)
{
	struct node *node = find(path);

	if (!node && num_nodes == NODES)
		return;
	if (!node)
		node = &nodes[num_nodes++];
	snprintf(node->path, sizeof(node->path), "%s", path);
	node->size = size < VALUE_BYTES ? size : VALUE_BYTES;
	memcpy(node->value, value, node->size);
	node->value[node->size] = '\0';
}

static void join(char path[256], const char *dir, const char *name)
{
	snprintf(path, 256, name ? "%s/%s" : "%s", dir, name);
}

int xb_store_read(struct xb_store *store, xs_transaction_t txn, const char *dir, const char *node,
	size_t max_bytes, char **ret)
{
	char path[256];
	struct node *found;

	(void)store;
	(void)txn;
	join(path, dir, node);
	found = find(path);
	if (!found)
		return -ENOENT;
	if (found->size > max_bytes)
		return -E2BIG;
	if (strlen(found->value) != found->size)
		return -EINVAL;
	*ret = strdup(found->value);
	return *ret ? 0 : -ENOMEM;
}

int xb_store_read_u32(struct xb_store *store, xs_transaction_t txn, const char *dir,
	const char *node, uint32_t min, uint32_t max, uint32_t *ret)
{
	char *text;
	int error = xb_store_read(store, txn, dir, node, 16, &text);

	if (error)
		return error;
	error = pv_parse_u32(text, min, max, ret);
	free(text);
	return error;
}

int xb_store_write(struct xb_store *store, xs_transaction_t txn, const char *dir, const char *node,
	const char *format, ...)
{
	char path[256], value[VALUE_BYTES];
	va_list args;

	(void)store;
	(void)txn;
	join(path, dir, node);
	va_start(args, format);
	vsnprintf(value, sizeof(value), format, args);
	va_end(args);
	store_double_set(path, value, strlen(value));
	return 0;
}

int xb_store_remove(struct xb_store *store, xs_transaction_t txn, const char *dir, const char *node)
{
	char path[256];
	size_t length;

	(void)store;
	(void)txn;
	join(path, dir, node);
	length = strlen(path);
	for (unsigned i = num_nodes; i-- > 0;)
		if (strncmp(nodes[i].path, path, length) == 0 &&
			(nodes[i].path[length] == '\0' || nodes[i].path[length] == '/'))
			nodes[i] = nodes[--num_nodes];
	return 0;
}

/* As xs_directory: pointers and names in one block, a name as often as nodes lie below it. */
int xb_store_list(struct xb_store *store, xs_transaction_t txn, const char *dir, char ***ret_names,
	unsigned *ret_count)
{
	size_t length = strlen(dir);
	char **names = calloc(1, NODES * (sizeof(*names) + sizeof(nodes[0].path)));
	char *text = (char *)(names + NODES);
	unsigned count = 0;

	(void)store;
	(void)txn;
	if (!names)
		return -ENOMEM;
	for (unsigned i = 0; i < num_nodes; i++) {
		if (strncmp(nodes[i].path, dir, length) != 0 || nodes[i].path[length] != '/')
			continue;
		names[count++] = text;
		text += 1 + snprintf(text, sizeof(nodes[0].path), "%.*s",
				    (int)strcspn(nodes[i].path + length + 1, "/"),
				    nodes[i].path + length + 1);
	}
	if (count == 0) {
		free(names);
		return -ENOENT;
	}
	*ret_names = names;
	*ret_count = count;
	return 0;
}

int xb_store_transaction(struct xb_store *store,
	int (*body)(struct xb_store *store, xs_transaction_t txn, void *ctx), void *ctx)
{
	return body(store, XBT_NULL, ctx);
}
