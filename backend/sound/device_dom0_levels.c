/* SPDX-License-Identifier: MIT */
/*
 * Volume and mute as dom0 decided them: to the streams, and kept in the device's own directory of
 * xenstore, where dom0 alone writes, so that they outlive sessions and this daemon. The nodes
 * dom0-volume, dom0-mute/playback and dom0-mute/capture are for all streams of the device, or all
 * of that direction, those below them for the streams of one unique-id; not by a stream's place,
 * which a guest may change where xl left the configuration in its hands.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/sound/device_list.h"

#define NODE_VOLUME "dom0-volume"
#define NODE_BYTES (VSND_NAME_BYTES + 32)

static const char *const mute_nodes[] = {
	[VSND_PLAYBACK] = "dom0-mute/playback",
	[VSND_CAPTURE] = "dom0-mute/capture",
};

/* What a control request asks for: one of the three, for each channel alike. */
struct change {
	const char *guest;
	const char *device; /* NULL: all */
	bool directions[2]; /* that it is for */
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
static void name_node(const char *node, const char *unique_id, char ret[NODE_BYTES])
{
	snprintf(ret, NODE_BYTES, "%s/%s", node, unique_id);
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

/* What is for all, and over it what is for this unique-id. */
static int read_levels(const struct xb_back_device *xb, const char *node, const char *unique_id,
	int (*parse)(const char *text, struct vsnd_levels *levels), struct vsnd_levels *levels)
{
	char path[NODE_BYTES];
	int error = read_node(xb, XBT_NULL, node, parse, levels);

	name_node(node, unique_id, path);
	return error ? error : read_node(xb, XBT_NULL, path, parse, levels);
}

int vsnd_dom0_levels_read(const struct vsnd_device *device, struct vsnd_seat *seat)
{
	const char *unique_id = seat->offer.unique_id;
	struct vsnd_levels levels = {0};
	int error =
		read_levels(device->xb, NODE_VOLUME, unique_id, vsnd_levels_parse_volume, &levels);

	if (!error)
		error = read_levels(device->xb, mute_nodes[seat->offer.direction], unique_id,
			vsnd_levels_parse_mute, &levels);
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
	const struct change *change = keeping->change;

	return change->directions[seat->offer.direction] &&
	       (keeping->whole || strcmp(seat->offer.unique_id, change->device) == 0);
}

/* ---- keeping it ---- */

static int write_volume(struct xb_store *store, xs_transaction_t txn,
	const struct vsnd_device *device, const char *path, const struct vsnd_levels *levels)
{
	char text[VSND_LEVELS_TEXT_BYTES];

	vsnd_levels_volume_text(levels, text);
	return xb_store_write(store, txn, device->xb->back_path, path, "%s", text);
}

/* With what was kept for streams that the device does not have now: it is for all. */
static int keep_whole_volume(
	struct xb_store *store, xs_transaction_t txn, const struct keeping *keeping)
{
	const struct xb_back_device *xb = keeping->device->xb;
	struct vsnd_levels levels = {0};
	int error = read_node(xb, txn, NODE_VOLUME, vsnd_levels_parse_volume, &levels);

	if (!error)
		error = xb_store_remove(store, txn, xb->back_path, NODE_VOLUME);
	levels = changed(levels, keeping->change);
	return error ? error : write_volume(store, txn, keeping->device, NODE_VOLUME, &levels);
}

static int keep_volume(struct xb_store *store, xs_transaction_t txn, const struct keeping *keeping)
{
	const struct vsnd_device *device = keeping->device;
	int error = keeping->whole ? keep_whole_volume(store, txn, keeping) : 0;

	for (unsigned i = 0; !error && i < device->num_seats; i++) {
		const struct vsnd_seat *seat = &device->seats[i];
		struct vsnd_levels levels = changed(seat->dom0_levels, keeping->change);
		char path[NODE_BYTES];

		if (!is_meant(keeping, seat))
			continue;
		name_node(NODE_VOLUME, seat->offer.unique_id, path);
		error = write_volume(store, txn, device, path, &levels);
	}
	return error;
}

/* For a unique-id also in a direction in which the device does not have it now. */
static int keep_mute(struct xb_store *store, xs_transaction_t txn, const struct keeping *keeping)
{
	const struct change *change = keeping->change;
	const char *back_path = keeping->device->xb->back_path;
	char path[NODE_BYTES];
	int error = 0;

	for (unsigned i = VSND_PLAYBACK; !error && i <= VSND_CAPTURE; i++) {
		if (!change->directions[i])
			continue;
		if (keeping->whole) {
			snprintf(path, sizeof(path), "%s", mute_nodes[i]);
			error = xb_store_remove(store, txn, back_path, path);
		} else {
			name_node(mute_nodes[i], change->device, path);
		}
		if (!error)
			error = xb_store_write(
				store, txn, back_path, path, "%d", json_is_true(change->mute));
	}
	return error;
}

/* A transaction's body. The tools may remove the directory at any time; a plain write would bring
 * it back. */
static int keep(struct xb_store *store, xs_transaction_t txn, void *ctx)
{
	const struct keeping *keeping = ctx;
	char *front;
	int error = xb_store_read(
		store, txn, keeping->device->xb->back_path, "frontend", XB_PATH_BYTES - 1, &front);

	if (error)
		return error;
	free(front);
	return keeping->change->mute ? keep_mute(store, txn, keeping)
				     : keep_volume(store, txn, keeping);
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
		change->device ? "this guest has no such sound device, or no such unique-id in "
				 "that direction"
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
		.directions = {true, true},
	};

	if (!json_is_integer(change.mdb) && !json_is_integer(change.step_mdb))
		return json_pack("{s:s}", "error", "volume: neither mdb nor step_mdb");
	return answer(devices, body, &change);
}

json_t *vsnd_devices_mute(struct vsnd_devices *devices, const json_t *request)
{
	const json_t *body = json_object_get(request, "mute");
	const json_t *direction = json_object_get(body, "direction");
	const char *name = json_string_value(direction);
	bool playback = name && strcmp(name, "playback") == 0;
	bool capture = name && strcmp(name, "capture") == 0;
	struct change change = {
		.mute = json_object_get(body, "on"),
		.directions = {[VSND_PLAYBACK] = !capture, [VSND_CAPTURE] = !playback},
	};

	if (!json_is_boolean(change.mute))
		return json_pack("{s:s}", "error", "mute: on is neither true nor false");
	if (direction && !playback && !capture)
		return json_pack(
			"{s:s}", "error", "mute: direction is neither playback nor capture");
	return answer(devices, body, &change);
}
