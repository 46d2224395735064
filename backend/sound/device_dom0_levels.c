/* SPDX-License-Identifier: MIT */
/*
 * Volume and mute as dom0 decided them: to the streams, and kept in the device's own directory of
 * xenstore, where dom0 alone writes, so that they outlive sessions and this daemon. The nodes
 * dom0-volume and dom0-mute are for all streams of the device, those below them for the streams of
 * one unique-id; not by a stream's place, which a guest may change where xl left the configuration
 * in its hands.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/sound/device_list.h"

#define NODE_VOLUME "dom0-volume"
#define NODE_MUTE "dom0-mute"

/* What a control request asks for: one of the three, for each channel alike. */
struct change {
	const char *guest;
	const char *device; /* NULL: all */
	const json_t *mdb;
	const json_t *step_mdb;
	const json_t *mute;
};

/* For one device of the guest's. */
struct keeping {
	const struct vsnd_device *device;
	const struct change *change;
	bool whole; /* all streams, also those that it may get */
};

/* A legal name has no @, a node no full stop. */
static void name_node(const char *node, const char *unique_id, char ret[VSND_NAME_BYTES + 16])
{
	snprintf(ret, VSND_NAME_BYTES + 16, "%s/%s", node, unique_id);
	for (char *at = ret; *at; at++)
		if (*at == '.')
			*at = '@';
}

/* ---- what was kept ---- */

/* What is not there, or makes no sense, changes nothing. */
static int read_node(const struct xb_back_device *xb, xs_transaction_t txn, const char *node,
	int (*parse)(const char *text, struct vsnd_levels *levels), struct vsnd_levels *levels)
{
	char *text;
	int error =
		xb_store_read(xb->store, txn, xb->back_path, node, VSND_LEVELS_TEXT_BYTES, &text);

	if (error)
		return error == -ENOENT ? 0 : error;
	parse(text, levels);
	free(text);
	return 0;
}

static int read_both(const struct xb_back_device *xb, xs_transaction_t txn, const char *volume,
	const char *mute, struct vsnd_levels *levels)
{
	int error = read_node(xb, txn, volume, vsnd_levels_parse_volume, levels);

	return error ? error : read_node(xb, txn, mute, vsnd_levels_parse_mute, levels);
}

int vsnd_dom0_levels_read(const struct vsnd_device *device, struct vsnd_seat *seat)
{
	char volume[VSND_NAME_BYTES + 16], mute[VSND_NAME_BYTES + 16];
	struct vsnd_levels levels = {0};
	int error = read_both(device->xb, XBT_NULL, NODE_VOLUME, NODE_MUTE, &levels);

	name_node(NODE_VOLUME, seat->offer.unique_id, volume);
	name_node(NODE_MUTE, seat->offer.unique_id, mute);
	if (!error)
		error = read_both(device->xb, XBT_NULL, volume, mute, &levels);
	if (!error)
		seat->dom0_levels = levels;
	return error;
}

/* ---- a change ---- */

/* No farther than from one end to the other: json's integers are 64 bits wide. */
static int64_t bounded_step(json_int_t step_mdb)
{
	const json_int_t range_mdb = VSND_VOLUME_MAX_MDB - VSND_VOLUME_MIN_MDB;

	if (step_mdb < -range_mdb)
		return -range_mdb;
	return step_mdb > range_mdb ? range_mdb : step_mdb;
}

static struct vsnd_levels changed(struct vsnd_levels levels, const struct change *change)
{
	for (unsigned i = 0; i < VSND_CHANNELS_MAX; i++) {
		int64_t volume_mdb = levels.volume_mdb[i];

		if (change->mdb)
			volume_mdb = json_integer_value(change->mdb);
		else if (change->step_mdb)
			volume_mdb += bounded_step(json_integer_value(change->step_mdb));
		levels.volume_mdb[i] = vsnd_levels_bound(volume_mdb);
		if (change->mute)
			levels.mute[i] = json_is_true(change->mute);
	}
	return levels;
}

static bool is_meant(const struct keeping *keeping, const struct vsnd_seat *seat)
{
	return keeping->whole || strcmp(seat->offer.unique_id, keeping->change->device) == 0;
}

/* The changed one of the two. */
static int write_node(struct xb_store *store, xs_transaction_t txn, const struct keeping *keeping,
	const char *unique_id, const struct vsnd_levels *levels)
{
	const char *node = keeping->change->mute ? NODE_MUTE : NODE_VOLUME;
	char path[VSND_NAME_BYTES + 16], text[VSND_LEVELS_TEXT_BYTES];

	if (keeping->change->mute)
		vsnd_levels_mute_text(levels, text);
	else
		vsnd_levels_volume_text(levels, text);
	if (unique_id)
		name_node(node, unique_id, path);
	return xb_store_write(
		store, txn, keeping->device->xb->back_path, unique_id ? path : node, "%s", text);
}

/* With what was kept for streams that the device does not have now: it is for all. */
static int keep_whole(struct xb_store *store, xs_transaction_t txn, const struct keeping *keeping)
{
	const struct xb_back_device *xb = keeping->device->xb;
	struct vsnd_levels levels = {0};
	int error = read_both(xb, txn, NODE_VOLUME, NODE_MUTE, &levels);

	if (!error)
		error = xb_store_remove(
			store, txn, xb->back_path, keeping->change->mute ? NODE_MUTE : NODE_VOLUME);
	levels = changed(levels, keeping->change);
	return error ? error : write_node(store, txn, keeping, NULL, &levels);
}

/* A transaction's body. The tools may remove the directory at any time; a plain write would bring
 * it back. */
static int keep(struct xb_store *store, xs_transaction_t txn, void *ctx)
{
	const struct keeping *keeping = ctx;
	const struct vsnd_device *device = keeping->device;
	char *front;
	int error = xb_store_read(
		store, txn, device->xb->back_path, "frontend", XB_PATH_BYTES - 1, &front);

	if (error)
		return error;
	free(front);
	if (keeping->whole)
		error = keep_whole(store, txn, keeping);
	for (unsigned i = 0; !error && i < device->num_seats; i++) {
		const struct vsnd_seat *seat = &device->seats[i];
		struct vsnd_levels levels = changed(seat->dom0_levels, keeping->change);

		if (is_meant(keeping, seat))
			error = write_node(store, txn, keeping, seat->offer.unique_id, &levels);
	}
	return error;
}

/* ---- from dom0 ---- */

static bool is_number(const char *text, uint32_t number)
{
	char digits[12];

	snprintf(digits, sizeof(digits), "%u", number);
	return strcmp(digits, text) == 0;
}

/* Appends what is in force then. In force also when it cannot be kept: that is said. -ESRCH: the
 * device is not meant. */
static int apply_to_device(struct vsnd_device *device, const struct change *change, json_t *streams)
{
	struct keeping keeping = {
		.device = device,
		.change = change,
		.whole = !change->device || is_number(change->device, device->xb->device),
	};
	bool any = keeping.whole;
	int error;

	for (unsigned i = 0; i < device->num_seats; i++)
		any |= is_meant(&keeping, &device->seats[i]);
	if (!any)
		return -ESRCH;
	error = xb_store_transaction(device->xb->store, keep, &keeping);
	for (unsigned i = 0; i < device->num_seats; i++) {
		struct vsnd_seat *seat = &device->seats[i];

		if (!is_meant(&keeping, seat))
			continue;
		seat->dom0_levels = changed(seat->dom0_levels, change);
		if (seat->pcm)
			vsnd_pcm_set_dom0_levels(seat->pcm, &seat->dom0_levels);
		json_array_append_new(streams, vsnd_seat_json(device, seat));
	}
	return error;
}

static json_t *apply(struct vsnd_devices *devices, const struct change *change)
{
	json_t *streams = json_array();
	int error = -ESRCH;

	for (struct vsnd_device *device = devices->list; device; device = device->next) {
		int applied = -ESRCH;

		if (strcmp(device->xb->guest, change->guest) == 0 ||
			is_number(change->guest, device->xb->domid))
			applied = apply_to_device(device, change, streams);
		if (applied != -ESRCH && (error == -ESRCH || error == 0))
			error = applied;
	}
	if (!error)
		return json_pack("{s:o}", "streams", streams);
	json_decref(streams);
	if (error != -ESRCH)
		return json_pack("{s:s+}", "error",
			"in force, but xenstore does not keep it: ", strerror(-error));
	return json_pack("{s:s}", "error",
		change->device ? "this guest has no such sound device or unique-id"
			       : "this guest has no sound device");
}

static json_t *answer(struct vsnd_devices *devices, const json_t *body, struct change *change)
{
	change->guest = json_string_value(json_object_get(body, "guest"));
	change->device = json_string_value(json_object_get(body, "device"));
	if (!change->guest)
		return json_pack("{s:s}", "error", "which guest?");
	return apply(devices, change);
}

json_t *vsnd_devices_volume(struct vsnd_devices *devices, const json_t *request)
{
	const json_t *body = json_object_get(request, "volume");
	struct change change = {
		.mdb = json_object_get(body, "mdb"),
		.step_mdb = json_object_get(body, "step_mdb"),
	};

	if (!json_is_integer(change.mdb) && !json_is_integer(change.step_mdb))
		return json_pack("{s:s}", "error", "volume: neither mdb nor step_mdb");
	return answer(devices, body, &change);
}

json_t *vsnd_devices_mute(struct vsnd_devices *devices, const json_t *request)
{
	const json_t *body = json_object_get(request, "mute");
	struct change change = {.mute = json_object_get(body, "on")};

	if (!json_is_boolean(change.mute))
		return json_pack("{s:s}", "error", "mute: on is neither true nor false");
	return answer(devices, body, &change);
}
