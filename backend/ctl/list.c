/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "backend/ctl/ctl.h"
#include "backend/ctl/nodes.h"
#include "xenbus/state.h"

struct listing {
	struct xb_store *store;
	bool all;
	uint32_t domid;
	json_t *devices;
};

static const char *state_name(struct xb_store *store, const char *dir)
{
	return xb_state_name(pvctl_nodes_state(store, XBT_NULL, dir));
}

static int add_device(const struct pvctl_device *device, void *ctx)
{
	struct listing *listing = ctx;
	char guest[PVCTL_GUEST_BYTES], unique_id[PVCTL_LABEL_BYTES];
	char back[XB_PATH_BYTES], front[XB_PATH_BYTES], *error = NULL;
	json_t *entry;

	if (!listing->all && device->domid != listing->domid)
		return 0;
	pvctl_scan_guest_name(listing->store, device->domid, guest);
	pvctl_scan_unique_id(listing->store, XBT_NULL, device, unique_id);
	pvctl_scan_back_path(device, back);
	pvctl_scan_front_path(device, front);
	if (xb_store_read(listing->store, XBT_NULL, back, "error", XB_PATH_BYTES, &error) < 0)
		error = NULL;
	entry = json_pack("{s:s, s:I, s:s, s:I, s:s*, s:s, s:s, s:s*}", "guest", guest, "domid",
		(json_int_t)device->domid, "class", device->device_class, "device",
		(json_int_t)device->device, "unique-id", unique_id[0] ? unique_id : NULL, "backend",
		state_name(listing->store, back), "frontend", state_name(listing->store, front),
		"error", error);
	free(error);
	return json_array_append_new(listing->devices, entry) < 0 ? -ENOMEM : 0;
}

static const char *text(const json_t *entry, const char *key)
{
	const char *value = json_string_value(json_object_get(entry, key));

	return value ? value : "-";
}

static void print_table(const json_t *devices)
{
	size_t i;
	json_t *entry;

	printf("%-16s %-8s %3s  %-16s %-13s %s\n", "GUEST", "CLASS", "DEV", "UNIQUE-ID", "BACKEND",
		"FRONTEND");
	json_array_foreach(devices, i, entry) printf("%-16s %-8s %3lld  %-16s %-13s %s\n",
		text(entry, "guest"), text(entry, "class"),
		(long long)json_integer_value(json_object_get(entry, "device")),
		text(entry, "unique-id"), text(entry, "backend"), text(entry, "frontend"));
}

enum pv_exit pvctl_list(
	struct xb_store *store, const struct pvctl_options *options, const char *guest)
{
	struct listing listing = {.store = store, .all = !guest};
	int status = guest ? pvctl_scan_guest(store, guest, &listing.domid) : 0;

	if (status < 0)
		return pvctl_fail_guest(guest, status);
	listing.devices = json_array();
	status = pvctl_scan_each(store, pvctl_classes, add_device, &listing);
	if (status < 0) {
		json_decref(listing.devices);
		return pvctl_fail_store("list the devices", status);
	}
	if (options->json)
		return pvctl_print_json(listing.devices);
	print_table(listing.devices);
	json_decref(listing.devices);
	return PV_EXIT_DONE;
}
