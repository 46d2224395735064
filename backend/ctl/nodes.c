/* SPDX-License-Identifier: MIT */
#include "backend/ctl/nodes.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xen/io/sndif.h>

#include "common/parse.h"

struct paths {
	char back[XB_PATH_BYTES];
	char front[XB_PATH_BYTES];
	char libxl[XB_PATH_BYTES];
};

struct creation {
	const struct pvctl_config *config;
	struct pvctl_device device;
	uint32_t card; /* class pvsnd */
};

static void device_paths(const struct pvctl_device *device, struct paths *ret)
{
	pvctl_scan_back_path(device, ret->back);
	pvctl_scan_front_path(device, ret->front);
	snprintf(ret->libxl, sizeof(ret->libxl), "/libxl/%" PRIu32 "/device/%s/%" PRIu32,
		device->domid, device->device_class, device->device);
}

static int write_config(struct xb_store *store, xs_transaction_t txn, const char *dir,
	const struct creation *creation)
{
	const struct pvctl_config *config = creation->config;
	int status = 0;

	if (strcmp(config->device_class, "pvsnd") == 0)
		status = xb_store_write(store, txn, dir, "card", "%" PRIu32, creation->card);
	for (unsigned i = 0; status == 0 && i < config->num_nodes; i++)
		status = xb_store_write(store, txn, dir, config->nodes[i].path, "%s",
			config->nodes[i].value);
	return status;
}

/* What the backend is told; libxl keeps the same beside its record, for what a toolstack reads. */
static int write_back(struct xb_store *store, xs_transaction_t txn, const char *dir,
	const struct creation *creation, const char *front)
{
	int status = xb_store_write(store, txn, dir, "frontend", "%s", front);

	if (status == 0)
		status = xb_store_write(store, txn, dir, "frontend-id", "%" PRIu32,
			creation->device.domid);
	if (status == 0)
		status = xb_store_write(store, txn, dir, "online", "1");
	if (status == 0)
		status = xb_store_write(store, txn, dir, "state", "%d", XenbusStateInitialising);
	if (status == 0)
		status = write_config(store, txn, dir, creation);
	return status;
}

static int write_front(struct xb_store *store, xs_transaction_t txn, const char *dir,
	const struct creation *creation, const char *back)
{
	int status = xb_store_write(store, txn, dir, "backend", "%s", back);

	if (status == 0)
		status = xb_store_write(store, txn, dir, "backend-id", "0");
	if (status == 0)
		status = xb_store_write(store, txn, dir, "state", "%d", XenbusStateInitialising);
	if (status == 0)
		status = write_config(store, txn, dir, creation);
	return status;
}

static int write_device(struct xb_store *store, xs_transaction_t txn,
	const struct creation *creation)
{
	const struct pvctl_device *device = &creation->device;
	struct paths paths;
	int status;

	device_paths(device, &paths);
	status = xb_store_remove(store, txn, paths.libxl, NULL);
	if (status == 0)
		status = xb_store_write(store, txn, paths.libxl, "backend", "%s", paths.back);
	if (status == 0)
		status = write_back(store, txn, paths.libxl, creation, paths.front);
	/* Remains of an earlier device there would keep the permissions they had. */
	if (status == 0)
		status = xb_store_remove(store, txn, paths.front, NULL);
	if (status == 0)
		status = xb_store_mkdir(store, txn, paths.front, device->domid, 0);
	if (status == 0)
		status = write_front(store, txn, paths.front, creation, paths.back);
	if (status == 0)
		status = xb_store_mkdir(store, txn, paths.back, 0, (int)device->domid);
	if (status == 0)
		status = write_back(store, txn, paths.back, creation, paths.front);
	return status;
}

/* One camera is attached once; a sound device may serve several streams, one after the other. */
static int find_double(struct xb_store *store, xs_transaction_t txn, struct creation *creation)
{
	for (const char *const *class = pvctl_camera_classes; *class; class++) {
		int status = pvctl_scan_find_id(store, txn, *class, creation->device.domid,
			creation->config->unique_id, &creation->device);

		if (status != -ENOENT)
			return status ? status : -EEXIST;
	}
	return 0;
}

static int pick_number(struct xb_store *store, xs_transaction_t txn, struct creation *creation)
{
	const struct pvctl_config *config = creation->config;
	struct pvctl_device *device = &creation->device;
	bool pvsnd = strcmp(config->device_class, "pvsnd") == 0;
	int status = 0;

	if (!pvsnd && strcmp(config->device_class, XENSND_DRIVER_NAME) != 0)
		status = find_double(store, txn, creation);
	if (status < 0)
		return status;
	creation->card = config->card;
	if (pvsnd && !config->numbered)
		status = pvctl_scan_free_card(store, txn, device->domid, &creation->card);
	device->device_class = config->device_class;
	return status ? status : pvctl_scan_free(store, txn, device->device_class, device->domid,
					 &device->device);
}

static int create(struct xb_store *store, xs_transaction_t txn, void *ctx)
{
	struct creation *creation = ctx;
	struct pvctl_device *device = &creation->device;
	char dir[XB_PATH_BYTES], *nothing;
	int status;

	/* A domain that ends meanwhile must not come back as a directory without a domain. */
	snprintf(dir, sizeof(dir), "/local/domain/%" PRIu32, device->domid);
	status = xb_store_read(store, txn, dir, NULL, XB_PATH_BYTES, &nothing);
	if (status < 0)
		return status;
	free(nothing);
	status = pick_number(store, txn, creation);
	return status ? status : write_device(store, txn, creation);
}

int pvctl_nodes_create(struct xb_store *store, uint32_t domid, const struct pvctl_config *config,
	struct pvctl_device *ret, uint32_t *ret_card)
{
	struct creation creation = {config, {config->device_class, domid, 0}, 0};
	int status = xb_store_transaction(store, create, &creation);

	if (status == 0 || status == -EEXIST)
		*ret = creation.device;
	if (status == 0)
		*ret_card = creation.card;
	return status;
}

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
	struct paths paths;
	int status;

	device_paths(ctx, &paths);
	status = remove_with_parent(store, txn, paths.front);
	if (status == 0)
		status = remove_with_parent(store, txn, paths.libxl);
	if (status == 0)
		status = remove_with_parent(store, txn, paths.back);
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
