/* SPDX-License-Identifier: MIT */
#include "backend/ctl/scan.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xen/io/cameraif.h>
#include <xen/io/sndif.h>

#include "backend/sound/offer.h"
#include "common/parse.h"

const char *const pvctl_classes[] = {
	"pvcam", XENCAMERA_DRIVER_NAME, "pvsnd", XENSND_DRIVER_NAME, NULL};
const char *const pvctl_camera_classes[] = {"pvcam", XENCAMERA_DRIVER_NAME, NULL};

static int compare_numbers(const void *a, const void *b)
{
	uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;

	return left < right ? -1 : left > right;
}

/* The entries of dir that are numbers, sorted; none when there is no dir. Caller frees. */
static int list_numbers(struct xb_store *store, xs_transaction_t txn, const char *dir,
	uint32_t **ret, unsigned *ret_count)
{
	char **names;
	unsigned num_names = 0, count = 0;
	uint32_t *numbers;
	int status = xb_store_list(store, txn, dir, &names, &num_names);

	if (status == -ENOENT)
		names = NULL;
	else if (status < 0)
		return status;
	numbers = calloc(num_names + 1, sizeof(*numbers));
	for (unsigned i = 0; numbers && i < num_names; i++)
		if (pv_parse_u32(names[i], 0, UINT32_MAX, &numbers[count]) == 0)
			count++;
	free(names);
	if (!numbers)
		return -ENOMEM;
	qsort(numbers, count, sizeof(*numbers), compare_numbers);
	*ret = numbers;
	*ret_count = count;
	return 0;
}

int pvctl_scan_domains(struct xb_store *store, uint32_t **ret, unsigned *ret_count)
{
	return list_numbers(store, XBT_NULL, "/local/domain", ret, ret_count);
}

int pvctl_scan_devices(struct xb_store *store, xs_transaction_t txn, const char *device_class,
	uint32_t domid, uint32_t **ret, unsigned *ret_count)
{
	char dir[XB_PATH_BYTES];

	snprintf(dir, sizeof(dir), "/local/domain/0/backend/%s/%" PRIu32, device_class, domid);
	return list_numbers(store, txn, dir, ret, ret_count);
}

/* The domain that has an entry in dir and this name or number. */
static int find_guest(struct xb_store *store, const char *dir, const char *guest, uint32_t *ret)
{
	char name[PVCTL_GUEST_BYTES], number[16];
	uint32_t *domids;
	unsigned count;
	int status = list_numbers(store, XBT_NULL, dir, &domids, &count);

	if (status < 0)
		return status;
	status = -ENOENT;
	for (unsigned i = 0; status && i < count; i++) {
		snprintf(number, sizeof(number), "%" PRIu32, domids[i]);
		pvctl_scan_guest_name(store, domids[i], name);
		if (strcmp(name, guest) == 0 || strcmp(number, guest) == 0) {
			*ret = domids[i];
			status = 0;
		}
	}
	free(domids);
	return status;
}

int pvctl_scan_guest(struct xb_store *store, const char *guest, uint32_t *ret_domid)
{
	char dir[XB_PATH_BYTES];
	uint32_t domid;
	int status;

	if (pv_parse_u32(guest, 0, UINT16_MAX, &domid) == 0 &&
		xb_store_domain_alive(store, domid)) {
		*ret_domid = domid;
		return 0;
	}
	status = find_guest(store, "/local/domain", guest, ret_domid);
	for (const char *const *class = pvctl_classes; status == -ENOENT && *class; class ++) {
		snprintf(dir, sizeof(dir), "/local/domain/0/backend/%s", *class);
		status = find_guest(store, dir, guest, ret_domid);
	}
	return status;
}

void pvctl_scan_guest_name(struct xb_store *store, uint32_t domid, char ret[PVCTL_GUEST_BYTES])
{
	char dir[XB_PATH_BYTES], *name;

	snprintf(dir, sizeof(dir), "/local/domain/%" PRIu32, domid);
	if (xb_store_read(store, XBT_NULL, dir, "name", PVCTL_GUEST_BYTES - 1, &name) < 0) {
		snprintf(ret, PVCTL_GUEST_BYTES, "domain-%" PRIu32, domid);
		return;
	}
	snprintf(ret, PVCTL_GUEST_BYTES, "%s", name);
	free(name);
}

void pvctl_scan_back_path(const struct pvctl_device *device, char ret[XB_PATH_BYTES])
{
	snprintf(ret, XB_PATH_BYTES, "/local/domain/0/backend/%s/%" PRIu32 "/%" PRIu32,
		device->device_class, device->domid, device->device);
}

void pvctl_scan_front_path(const struct pvctl_device *device, char ret[XB_PATH_BYTES])
{
	snprintf(ret, XB_PATH_BYTES, "/local/domain/%" PRIu32 "/device/%s/%" PRIu32, device->domid,
		device->device_class, device->device);
}

void pvctl_scan_libxl_path(const struct pvctl_device *device, char ret[XB_PATH_BYTES])
{
	snprintf(ret, XB_PATH_BYTES, "/libxl/%" PRIu32 "/device/%s/%" PRIu32, device->domid,
		device->device_class, device->device);
}

/* Appends those of the streams below dir. */
static void add_stream_ids(
	struct xb_store *store, xs_transaction_t txn, const char *dir, char ret[PVCTL_LABEL_BYTES])
{
	char path[XB_PATH_BYTES + 32], *value;
	size_t used = strlen(ret);

	for (unsigned pcm = 0, stream = 0; pcm < VSND_OFFER_STREAMS;) {
		snprintf(path, sizeof(path), "%s/%u/%u", dir, pcm, stream);
		if (xb_store_read(store, txn, path, "unique-id", VSND_NAME_BYTES - 1, &value) < 0) {
			if (stream == 0)
				return;
			pcm++;
			stream = 0;
			continue;
		}
		if (used + strlen(value) + 1 < PVCTL_LABEL_BYTES)
			used += (size_t)sprintf(ret + used, "%s%s", used ? "," : "", value);
		free(value);
		stream++;
	}
}

void pvctl_scan_unique_id(struct xb_store *store, xs_transaction_t txn,
	const struct pvctl_device *device, char ret[PVCTL_LABEL_BYTES])
{
	char dir[XB_PATH_BYTES], *value;

	ret[0] = '\0';
	pvctl_scan_back_path(device, dir);
	if (xb_store_read(store, txn, dir, "unique-id", VCAM_NAME_BYTES - 1, &value) == 0) {
		snprintf(ret, PVCTL_LABEL_BYTES, "%s", value);
		free(value);
		return;
	}
	add_stream_ids(store, txn, dir, ret);
	if (ret[0])
		return;
	pvctl_scan_front_path(device, dir);
	add_stream_ids(store, txn, dir, ret);
}

/* Whether one of the names between the commas is this. */
static bool has_id(const char *ids, const char *unique_id)
{
	size_t length = strlen(unique_id);

	for (;; ids++) {
		size_t one = strcspn(ids, ",");

		if (one == length && strncmp(ids, unique_id, one) == 0)
			return true;
		ids += one;
		if (!*ids)
			return false;
	}
}

int pvctl_scan_free_card(
	struct xb_store *store, xs_transaction_t txn, uint32_t domid, uint32_t *ret)
{
	struct pvctl_device device = {"pvsnd", domid, 0};
	uint64_t taken = 0;
	uint32_t *numbers, card;
	unsigned count;
	int status = pvctl_scan_devices(store, txn, device.device_class, domid, &numbers, &count);

	if (status < 0)
		return status;
	for (unsigned i = 0; i < count; i++) {
		char dir[XB_PATH_BYTES];

		device.device = numbers[i];
		pvctl_scan_back_path(&device, dir);
		if (xb_store_read_u32(store, txn, dir, "card", 0, 63, &card) == 0)
			taken |= UINT64_C(1) << card;
	}
	free(numbers);
	for (card = 0; taken >> card & 1; card++)
		if (card == 63)
			return -ENOSPC;
	*ret = card;
	return 0;
}

int pvctl_scan_free(struct xb_store *store, xs_transaction_t txn, const char *device_class,
	uint32_t domid, uint32_t min, uint32_t *ret)
{
	uint32_t *numbers, lowest = min;
	unsigned count;
	int status = pvctl_scan_devices(store, txn, device_class, domid, &numbers, &count);

	if (status < 0)
		return status;
	for (unsigned i = 0; i < count; i++)
		lowest += numbers[i] == lowest;
	free(numbers);
	*ret = lowest;
	return 0;
}

int pvctl_scan_find_id(struct xb_store *store, xs_transaction_t txn, const char *device_class,
	uint32_t domid, const char *unique_id, struct pvctl_device *ret)
{
	struct pvctl_device device = {device_class, domid, 0};
	char found[PVCTL_LABEL_BYTES];
	uint32_t *numbers;
	unsigned count;
	int status = pvctl_scan_devices(store, txn, device_class, domid, &numbers, &count);

	if (status < 0)
		return status;
	status = -ENOENT;
	for (unsigned i = 0; status && i < count; i++) {
		device.device = numbers[i];
		pvctl_scan_unique_id(store, txn, &device, found);
		if (has_id(found, unique_id)) {
			*ret = device;
			status = 0;
		}
	}
	free(numbers);
	return status;
}

int pvctl_scan_find(struct xb_store *store, const char *device_class, uint32_t domid,
	const char *which, struct pvctl_device *ret)
{
	struct pvctl_device device = {device_class, domid, 0};
	char dir[XB_PATH_BYTES], *value;
	int status;

	if (pv_parse_u32(which, 0, UINT32_MAX, &device.device) < 0)
		return pvctl_scan_find_id(store, XBT_NULL, device_class, domid, which, ret);
	pvctl_scan_back_path(&device, dir);
	status = xb_store_read(store, XBT_NULL, dir, NULL, XB_PATH_BYTES, &value);
	if (status < 0)
		return pvctl_scan_find_id(store, XBT_NULL, device_class, domid, which, ret);
	free(value);
	*ret = device;
	return 0;
}

/* All of one guest's devices of one class. */
static int each_device(struct xb_store *store, const char *device_class, uint32_t domid,
	int (*each)(const struct pvctl_device *device, void *ctx), void *ctx)
{
	uint32_t *numbers;
	unsigned count;
	int status = pvctl_scan_devices(store, XBT_NULL, device_class, domid, &numbers, &count);

	if (status < 0)
		return status;
	for (unsigned i = 0; status == 0 && i < count; i++) {
		struct pvctl_device device = {device_class, domid, numbers[i]};

		status = each(&device, ctx);
	}
	free(numbers);
	return status;
}

int pvctl_scan_each(struct xb_store *store, const char *const *classes,
	int (*each)(const struct pvctl_device *device, void *ctx), void *ctx)
{
	char dir[XB_PATH_BYTES];
	int status = 0;

	for (; status == 0 && *classes; classes++) {
		uint32_t *domids;
		unsigned count;

		snprintf(dir, sizeof(dir), "/local/domain/0/backend/%s", *classes);
		status = list_numbers(store, XBT_NULL, dir, &domids, &count);
		if (status < 0)
			break;
		for (unsigned i = 0; status == 0 && i < count; i++)
			status = each_device(store, *classes, domids[i], each, ctx);
		free(domids);
	}
	return status;
}
