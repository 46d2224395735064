/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xen/io/sndif.h>

#include "backend/ctl/nodes.h"

#define XL_VSND_NUMBERS 16 /* left to xl, which fails when a number that it chose is taken */

struct creation {
	uint32_t domid;
	const struct pvctl_config *configs;
	unsigned count;
	const char *origin;           /* pvctl_nodes_serve and _mark */
	struct pvctl_device *devices; /* those before the current one are done */
	bool *made;                   /* NULL: nobody asks */
};

/* The device being made. */
struct making {
	const struct pvctl_config *config;
	const struct pvctl_device *device;
	uint32_t card; /* class pvsnd */
};

static bool is_class(const struct pvctl_config *config, const char *device_class)
{
	return strcmp(config->device_class, device_class) == 0;
}

static bool is_camera(const struct pvctl_config *config)
{
	return !is_class(config, "pvsnd") && !is_class(config, XENSND_DRIVER_NAME);
}

static int write_config(
	struct xb_store *store, xs_transaction_t txn, const char *dir, const struct making *making)
{
	const struct pvctl_config *config = making->config;
	int status = 0;

	if (is_class(config, "pvsnd"))
		status = xb_store_write(store, txn, dir, "card", "%" PRIu32, making->card);
	for (unsigned i = 0; status == 0 && i < config->num_nodes; i++)
		status = xb_store_write(
			store, txn, dir, config->nodes[i].path, "%s", config->nodes[i].value);
	return status;
}

/* What the backend is told; libxl keeps the same beside its record, for what a toolstack reads. */
static int write_back(struct xb_store *store, xs_transaction_t txn, const char *dir,
	const struct making *making, const char *front)
{
	int status = xb_store_write(store, txn, dir, "frontend", "%s", front);

	if (status == 0)
		status = xb_store_write(
			store, txn, dir, "frontend-id", "%" PRIu32, making->device->domid);
	if (status == 0)
		status = xb_store_write(store, txn, dir, "online", "1");
	if (status == 0)
		status = xb_store_write(store, txn, dir, "state", "%d", XenbusStateInitialising);
	if (status == 0)
		status = write_config(store, txn, dir, making);
	return status;
}

static int write_front(struct xb_store *store, xs_transaction_t txn, const char *dir,
	const struct making *making, const char *back)
{
	int status = xb_store_write(store, txn, dir, "backend", "%s", back);

	if (status == 0)
		status = xb_store_write(store, txn, dir, "backend-id", "0");
	if (status == 0)
		status = xb_store_write(store, txn, dir, "state", "%d", XenbusStateInitialising);
	if (status == 0)
		status = write_config(store, txn, dir, making);
	return status;
}

static int write_device(struct xb_store *store, xs_transaction_t txn, const struct making *making)
{
	const struct pvctl_device *device = making->device;
	char back[XB_PATH_BYTES], front[XB_PATH_BYTES], libxl[XB_PATH_BYTES];
	int status;

	pvctl_scan_back_path(device, back);
	pvctl_scan_front_path(device, front);
	pvctl_scan_libxl_path(device, libxl);
	status = xb_store_remove(store, txn, libxl, NULL);
	if (status == 0)
		status = xb_store_write(store, txn, libxl, "backend", "%s", back);
	if (status == 0)
		status = write_back(store, txn, libxl, making, front);
	/* Remains of an earlier device there would keep the permissions they had. */
	if (status == 0)
		status = xb_store_remove(store, txn, front, NULL);
	if (status == 0)
		status = xb_store_mkdir(store, txn, front, device->domid, 0);
	if (status == 0)
		status = write_front(store, txn, front, making, back);
	if (status == 0)
		status = xb_store_mkdir(store, txn, back, 0, (int)device->domid);
	if (status == 0)
		status = write_back(store, txn, back, making, front);
	return status;
}

/* One camera is attached once; a sound device may serve several streams, one after the other. */
static int find_camera(struct xb_store *store, xs_transaction_t txn, uint32_t domid,
	const struct pvctl_config *config, struct pvctl_device *ret)
{
	for (const char *const *class = pvctl_camera_classes; *class; class ++) {
		int status = pvctl_scan_find_id(store, txn, *class, domid, config->unique_id, ret);

		if (status != -ENOENT)
			return status;
	}
	return -ENOENT;
}

/* Whether dom0 has written all of config below the device's backend directory. */
static bool is_like(struct xb_store *store, xs_transaction_t txn, const struct pvctl_device *device,
	const struct pvctl_config *config)
{
	char dir[XB_PATH_BYTES];
	bool like = true;

	pvctl_scan_back_path(device, dir);
	for (unsigned i = 0; like && i < config->num_nodes; i++) {
		char *value;

		if (xb_store_read(store, txn, dir, config->nodes[i].path, PVCTL_VALUE_BYTES - 1,
			    &value) < 0)
			return false;
		like = strcmp(value, config->nodes[i].value) == 0;
		free(value);
	}
	return like;
}

/* A sound device like this that none of the configs before stands for. */
static int find_sound(struct xb_store *store, xs_transaction_t txn, const struct creation *creation,
	unsigned index, struct pvctl_device *ret)
{
	const struct pvctl_config *config = &creation->configs[index];
	struct pvctl_device device = {config->device_class, creation->domid, 0};
	uint32_t *numbers;
	unsigned count;
	int status = pvctl_scan_devices(
		store, txn, config->device_class, creation->domid, &numbers, &count);

	if (status < 0)
		return status;
	status = -ENOENT;
	for (unsigned i = 0; status && i < count; i++) {
		bool taken = false;

		for (unsigned j = 0; j < index; j++)
			taken = taken ||
				(creation->devices[j].device == numbers[i] &&
					is_class(&creation->configs[j], config->device_class));
		device.device = numbers[i];
		if (!taken && is_like(store, txn, &device, config)) {
			*ret = device;
			status = 0;
		}
	}
	free(numbers);
	return status;
}

/* 0: *ret stands for this config already. */
static int find_double(struct xb_store *store, xs_transaction_t txn,
	const struct creation *creation, unsigned index, struct pvctl_device *ret)
{
	const struct pvctl_config *config = &creation->configs[index];

	if (is_camera(config))
		return find_camera(store, txn, creation->domid, config, ret);
	/* By hand, a card like the one before is asked for on purpose. */
	return creation->origin ? find_sound(store, txn, creation, index, ret) : -ENOENT;
}

/* The number of the card that a device of class pvsnd becomes a part of. */
static int pick_card(struct xb_store *store, xs_transaction_t txn, const struct creation *creation,
	unsigned index, uint32_t *ret)
{
	char dir[XB_PATH_BYTES];

	if (!creation->configs[index].joins)
		return pvctl_scan_free_card(store, txn, creation->domid, ret);
	pvctl_scan_back_path(&creation->devices[index - 1], dir);
	return xb_store_read_u32(store, txn, dir, "card", 0, UINT32_MAX, ret);
}

static int create_one(struct xb_store *store, xs_transaction_t txn, const struct creation *creation,
	unsigned index)
{
	const struct pvctl_config *config = &creation->configs[index];
	struct pvctl_device *device = &creation->devices[index];
	struct making making = {config, device, 0};
	uint32_t min =
		creation->origin && is_class(config, XENSND_DRIVER_NAME) ? XL_VSND_NUMBERS : 0;
	int status = find_double(store, txn, creation, index, device);

	if (creation->made)
		creation->made[index] = status == -ENOENT;
	if (status == 0 && !creation->origin)
		return -EEXIST;
	if (status != -ENOENT)
		return status;
	*device = (struct pvctl_device){config->device_class, creation->domid, 0};
	status = pvctl_scan_free(
		store, txn, config->device_class, creation->domid, min, &device->device);
	if (status == 0 && is_class(config, "pvsnd"))
		status = pick_card(store, txn, creation, index, &making.card);
	return status ? status : write_device(store, txn, &making);
}

/* A domain that ends meanwhile must not come back as a directory without a domain. */
static int check_domain(struct xb_store *store, xs_transaction_t txn, uint32_t domid)
{
	char dir[XB_PATH_BYTES], *nothing;
	int status;

	snprintf(dir, sizeof(dir), "/local/domain/%" PRIu32, domid);
	status = xb_store_read(store, txn, dir, NULL, XB_PATH_BYTES, &nothing);
	if (status == 0)
		free(nothing);
	return status;
}

/* In libxl's own directory of the domain: no guest reaches it, and it goes with the domain. */
static void mark_dir(const struct creation *creation, char ret[XB_PATH_BYTES])
{
	snprintf(ret, XB_PATH_BYTES, "/libxl/%" PRIu32, creation->domid);
}

static int check_mark(struct xb_store *store, xs_transaction_t txn, const struct creation *creation)
{
	char dir[XB_PATH_BYTES], *origin;
	int status;

	mark_dir(creation, dir);
	status = xb_store_read(store, txn, dir, "pvmedia", XENSTORE_ABS_PATH_MAX, &origin);
	if (status == -ENOENT)
		return 0;
	if (status == 0)
		free(origin);
	return status ? status : -EALREADY;
}

static int mark(struct xb_store *store, xs_transaction_t txn, void *ctx)
{
	const struct creation *creation = ctx;
	char dir[XB_PATH_BYTES];
	int status = check_domain(store, txn, creation->domid);

	mark_dir(creation, dir);
	return status ? status : xb_store_write(store, txn, dir, "pvmedia", "%s", creation->origin);
}

static int create(struct xb_store *store, xs_transaction_t txn, void *ctx)
{
	struct creation *creation = ctx;
	int status = check_domain(store, txn, creation->domid);

	if (status == 0 && creation->origin)
		status = check_mark(store, txn, creation);
	for (unsigned i = 0; status == 0 && i < creation->count; i++) {
		status = create_one(store, txn, creation, i);
		if (status == -EEXIST)
			creation->devices[0] = creation->devices[i];
	}
	return status || !creation->origin ? status : mark(store, txn, creation);
}

int pvctl_nodes_create(struct xb_store *store, uint32_t domid, const struct pvctl_config *configs,
	unsigned count, struct pvctl_device *ret)
{
	struct creation creation = {domid, configs, count, NULL, ret, NULL};

	return xb_store_transaction(store, create, &creation);
}

int pvctl_nodes_serve(struct xb_store *store, uint32_t domid, const char *origin,
	const struct pvctl_config *configs, unsigned count, struct pvctl_device *ret,
	bool *ret_made)
{
	struct creation creation = {domid, configs, count, origin, ret, ret_made};

	return xb_store_transaction(store, create, &creation);
}

int pvctl_nodes_mark(struct xb_store *store, uint32_t domid, const char *origin)
{
	struct creation creation = {.domid = domid, .origin = origin};

	return xb_store_transaction(store, mark, &creation);
}
