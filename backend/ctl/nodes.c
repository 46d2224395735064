/* SPDX-License-Identifier: MIT */
#include "backend/ctl/nodes.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "common/parse.h"

/* The class's directory of a guest goes with its last device. */
static int remove_with_parent(struct xb_store *store, xs_transaction_t txn, char *path)
{
	char **names;
	unsigned count;
	int status = xb_store_remove(store, txn, path, NULL);

	if (status < 0)
		return status;
	*strrchr(path, '/') = '\0';
	status = xb_store_list(store, txn, path, &names, &count);
	if (status < 0)
		return status == -ENOENT ? 0 : status;
	free(names);
	return count ? 0 : xb_store_remove(store, txn, path, NULL);
}

static int remove_device(struct xb_store *store, xs_transaction_t txn, void *ctx)
{
	char path[XB_PATH_BYTES];
	int status;

	pvctl_scan_front_path(ctx, path);
	status = remove_with_parent(store, txn, path);
	pvctl_scan_libxl_path(ctx, path);
	if (status == 0)
		status = remove_with_parent(store, txn, path);
	pvctl_scan_back_path(ctx, path);
	if (status == 0)
		status = remove_with_parent(store, txn, path);
	return status;
}

int pvctl_nodes_remove(struct xb_store *store, const struct pvctl_device *device)
{
	struct pvctl_device copy = *device;

	return xb_store_transaction(store, remove_device, &copy);
}

static int close_device(struct xb_store *store, xs_transaction_t txn, void *ctx)
{
	char dir[XB_PATH_BYTES];
	enum xenbus_state state;
	int status;

	pvctl_scan_back_path(ctx, dir);
	state = pvctl_nodes_state(store, txn, dir);
	if (state == XenbusStateUnknown)
		return -ENOENT;
	status = xb_store_write(store, txn, dir, "online", "0");
	if (status == 0 && state != XenbusStateClosed)
		status = xb_store_write(store, txn, dir, "state", "%d", XenbusStateClosing);
	return status;
}

int pvctl_nodes_close(struct xb_store *store, const struct pvctl_device *device)
{
	struct pvctl_device copy = *device;

	return xb_store_transaction(store, close_device, &copy);
}

enum xenbus_state pvctl_nodes_state(struct xb_store *store, xs_transaction_t txn, const char *dir)
{
	uint32_t state;

	if (xb_store_read_u32(store, txn, dir, "state", 0, XenbusStateReconfigured, &state) < 0)
		return XenbusStateUnknown;
	return (enum xenbus_state)state;
}

/* Only wakes the loop, which reads the state itself. */
static void state_changed(const char *path, void *ctx)
{
	(void)path;
	(void)ctx;
}

int pvctl_nodes_wait(struct xb_store *store, const struct pvctl_device *device, unsigned states,
	int timeout_ms, enum xenbus_state *ret)
{
	uint64_t deadline_ns = pv_now_ns() + (uint64_t)timeout_ms * 1000000;
	char dir[XB_PATH_BYTES];
	struct xb_watch *watch = NULL;
	int status;

	pvctl_scan_back_path(device, dir);
	status = xb_watch_add(store, dir, state_changed, NULL, &watch);
	while (status == 0) {
		uint64_t now_ns = pv_now_ns();
		struct pollfd pollfd = {.fd = xb_store_fd(store), .events = POLLIN};

		*ret = pvctl_nodes_state(store, XBT_NULL, dir);
		if (states & 1u << *ret)
			break;
		if (now_ns >= deadline_ns)
			status = -ETIMEDOUT;
		else if (poll(&pollfd, 1, (int)((deadline_ns - now_ns) / 1000000) + 1) > 0)
			status = xb_store_dispatch(store);
	}
	if (watch)
		xb_watch_remove(watch);
	return status;
}
