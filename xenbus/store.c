/* SPDX-License-Identifier: MIT */
#include "xenbus/store.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xen/io/xs_wire.h>

#include "common/parse.h"

#define TRANSACTION_TRIES 64
#define EVENTS_PER_TURN 64 /* then the caller gets its turn, however fast a guest writes */

struct xb_watch {
	struct xb_store *store;
	char *path;
	char token[24];
	void (*changed)(const char *path, void *ctx);
	void *ctx;
	struct xb_watch *next;
};

struct xb_store {
	struct xs_handle *xs;
	struct xb_watch *watches;
	uint64_t next_token;
};

/* What libxenstore left in errno; never 0, so that a failure cannot look like success. */
static int store_error(void)
{
	return errno > 0 ? -errno : -EIO;
}

int xb_store_open(struct xb_store **ret)
{
	struct xb_store *store = calloc(1, sizeof(*store));

	if (!store)
		return -ENOMEM;
	store->xs = xs_open(0);
	if (!store->xs) {
		int error = store_error();

		free(store);
		return error;
	}
	*ret = store;
	return 0;
}

void xb_store_close(struct xb_store *store)
{
	if (!store)
		return;
	while (store->watches)
		xb_watch_remove(store->watches);
	xs_close(store->xs);
	free(store);
}

const char *xb_store_open_error(int error)
{
	switch (error) {
	case -EACCES:
	case -EPERM:
		return "no permission to talk to xenstore: run as root, or join the group that may "
		       "open /dev/xen/xenbus";
	case -ECONNREFUSED:
		return "xenstore's socket is there but nobody answers: is xenstored (or xenloop) "
		       "still running?";
	default:
		return "no xenstore here: neither Xen nor xenloop (run it under "
		       "'xenloop run --dir D ID -- …', or on a Xen system)";
	}
}

/* dir, or dir/node, into path. */
static int store_path(const char *dir, const char *node, char path[XENSTORE_ABS_PATH_MAX + 1])
{
	int length = node ? snprintf(path, XENSTORE_ABS_PATH_MAX + 1, "%s/%s", dir, node)
			  : snprintf(path, XENSTORE_ABS_PATH_MAX + 1, "%s", dir);

	return length < 0 || length > XENSTORE_ABS_PATH_MAX ? -ENAMETOOLONG : 0;
}

int xb_store_read(struct xb_store *store, xs_transaction_t txn, const char *dir, const char *node,
	size_t max_bytes, char **ret)
{
	char path[XENSTORE_ABS_PATH_MAX + 1];
	unsigned length_bytes;
	char *value;
	int error = store_path(dir, node, path);

	if (error)
		return error;
	value = xs_read(store->xs, txn, path, &length_bytes);
	if (!value)
		return store_error();
	if (length_bytes > max_bytes)
		error = -E2BIG;
	else if (strlen(value) != length_bytes)
		error = -EINVAL;
	if (error) {
		free(value);
		return error;
	}
	*ret = value;
	return 0;
}

int xb_store_read_u32(struct xb_store *store, xs_transaction_t txn, const char *dir,
	const char *node, uint32_t min, uint32_t max, uint32_t *ret)
{
	char *text;
	int error = xb_store_read(store, txn, dir, node, 16, &text);

	if (error)
		return error == -E2BIG ? -EINVAL : error;
	error = pv_parse_u32(text, min, max, ret);
	free(text);
	return error;
}

int xb_store_write(struct xb_store *store, xs_transaction_t txn, const char *dir, const char *node,
	const char *format, ...)
{
	char path[XENSTORE_ABS_PATH_MAX + 1];
	char value[XENSTORE_PAYLOAD_MAX];
	va_list args;
	int length_bytes, error = store_path(dir, node, path);

	if (error)
		return error;
	va_start(args, format);
	length_bytes = vsnprintf(value, sizeof(value), format, args);
	va_end(args);
	if (length_bytes < 0 || (size_t)length_bytes >= sizeof(value))
		return -E2BIG;
	if (!xs_write(store->xs, txn, path, value, (unsigned)length_bytes))
		return store_error();
	return 0;
}

int xb_store_remove(struct xb_store *store, xs_transaction_t txn, const char *dir, const char *node)
{
	char path[XENSTORE_ABS_PATH_MAX + 1];
	int error = store_path(dir, node, path);

	if (error)
		return error;
	if (!xs_rm(store->xs, txn, path) && errno != ENOENT)
		return store_error();
	return 0;
}

int xb_store_mkdir(
	struct xb_store *store, xs_transaction_t txn, const char *dir, unsigned owner, int reader)
{
	struct xs_permissions permissions[2] = {
		{.id = owner, .perms = XS_PERM_NONE},
		{.id = (unsigned)reader, .perms = XS_PERM_READ},
	};

	if (!xs_mkdir(store->xs, txn, dir) ||
		!xs_set_permissions(store->xs, txn, dir, permissions, reader < 0 ? 1 : 2))
		return store_error();
	return 0;
}

int xb_store_list(struct xb_store *store, xs_transaction_t txn, const char *dir, char ***ret_names,
	unsigned *ret_count)
{
	unsigned count;
	char **names = xs_directory(store->xs, txn, dir, &count);

	if (!names)
		return store_error();
	*ret_names = names;
	*ret_count = count;
	return 0;
}

int xb_store_transaction(struct xb_store *store,
	int (*body)(struct xb_store *store, xs_transaction_t txn, void *ctx), void *ctx)
{
	for (int i = 0; i < TRANSACTION_TRIES; i++) {
		xs_transaction_t txn = xs_transaction_start(store->xs);
		int error;

		if (!txn)
			return store_error();
		error = body(store, txn, ctx);
		if (error < 0) {
			xs_transaction_end(store->xs, txn, true);
			return error;
		}
		if (xs_transaction_end(store->xs, txn, false))
			return 0;
		if (errno != EAGAIN)
			return store_error();
	}
	return -EBUSY;
}

bool xb_store_domain_alive(struct xb_store *store, uint32_t domid)
{
	return xs_is_domain_introduced(store->xs, domid);
}

int xb_watch_add(struct xb_store *store, const char *path,
	void (*changed)(const char *path, void *ctx), void *ctx, struct xb_watch **ret)
{
	struct xb_watch *watch = calloc(1, sizeof(*watch));
	int error = -ENOMEM;

	if (!watch)
		return -ENOMEM;
	watch->store = store;
	watch->changed = changed;
	watch->ctx = ctx;
	watch->path = strdup(path);
	snprintf(watch->token, sizeof(watch->token), "%llx",
		(unsigned long long)store->next_token++);
	if (!watch->path)
		goto fail;
	/* The pipe must be there before the first event, or that event would not make it readable.
	 */
	if (xs_fileno(store->xs) < 0 || !xs_watch(store->xs, path, watch->token)) {
		error = store_error();
		goto fail;
	}
	watch->next = store->watches;
	store->watches = watch;
	*ret = watch;
	return 0;
fail:
	free(watch->path);
	free(watch);
	return error;
}

void xb_watch_remove(struct xb_watch *watch)
{
	struct xb_watch **link;

	if (!watch)
		return;
	for (link = &watch->store->watches; *link != watch;)
		link = &(*link)->next;
	*link = watch->next;
	xs_unwatch(watch->store->xs, watch->path, watch->token);
	free(watch->path);
	free(watch);
}

int xb_store_fd(const struct xb_store *store)
{
	return xs_fileno(store->xs);
}

/* By token and not by address: events of removed watches may still come. */
static struct xb_watch *watch_find(struct xb_store *store, const char *token)
{
	struct xb_watch *watch;

	for (watch = store->watches; watch; watch = watch->next)
		if (strcmp(watch->token, token) == 0)
			return watch;
	return NULL;
}

/* Takes what has come, each change once, however often it happened; the number of changes. */
static unsigned take_events(struct xb_store *store, char **events[EVENTS_PER_TURN], int *ret_error)
{
	unsigned count = 0, same;

	for (unsigned taken = 0; taken < EVENTS_PER_TURN; taken++) {
		char **event = xs_check_watch(store->xs);

		if (!event) {
			*ret_error = errno == EAGAIN ? 0 : -EIO;
			return count;
		}
		for (same = 0; same < count; same++)
			if (strcmp(events[same][XS_WATCH_TOKEN], event[XS_WATCH_TOKEN]) == 0 &&
				strcmp(events[same][XS_WATCH_PATH], event[XS_WATCH_PATH]) == 0)
				break;
		if (same < count)
			free(event);
		else
			events[count++] = event;
	}
	*ret_error = 0;
	return count;
}

int xb_store_dispatch(struct xb_store *store)
{
	char **events[EVENTS_PER_TURN];
	int error;
	unsigned count = take_events(store, events, &error);

	for (unsigned i = 0; i < count; i++) {
		struct xb_watch *watch = watch_find(store, events[i][XS_WATCH_TOKEN]);

		if (watch)
			watch->changed(events[i][XS_WATCH_PATH], watch->ctx);
		free(events[i]);
	}
	return error;
}
