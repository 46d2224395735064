/* SPDX-License-Identifier: MIT */
/* Volume and mute: from the guest and from dom0, to the streams, to xenstore. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/sound/device_list.h"
#include "common/parse.h"

#define NODE_VOLUME "volume"
#define NODE_MUTE "mute"

/* The first stream's stand in the device's own directory, others below theirs. */
static int publish_one(const struct vsnd_device *device, const struct vsnd_seat *seat,
	const char *node, const char *value)
{
	char path[48];

	if (seat == &device->seats[0])
		return xb_back_publish(device->xb, node, value);
	snprintf(path, sizeof(path), "%u/%u/%s", seat->offer.pcm, seat->offer.stream, node);
	return xb_back_publish(device->xb, path, value);
}

static int publish(const struct vsnd_device *device, const struct vsnd_seat *seat)
{
	char text[VSND_LEVELS_TEXT_BYTES];
	int error;

	vsnd_levels_volume_text(&seat->levels, text);
	error = publish_one(device, seat, NODE_VOLUME, text);
	vsnd_levels_mute_text(&seat->levels, text);
	return error ? error : publish_one(device, seat, NODE_MUTE, text);
}

static void set_levels(struct vsnd_device *device, struct vsnd_seat *seat,
	const struct vsnd_levels *levels)
{
	if (vsnd_levels_equal(&seat->levels, levels))
		return;
	seat->levels = *levels;
	if (seat->pcm)
		vsnd_pcm_set_levels(seat->pcm, levels);
	publish(device, seat);
}

/* A node of the guest's; what makes no sense changes nothing. */
static void take_node(struct vsnd_device *device, const char *node,
	int (*parse)(const char *text, struct vsnd_levels *levels))
{
	struct xb_back_device *xb = device->xb;
	struct vsnd_seat *seat = &device->seats[0];
	struct vsnd_levels levels = seat->levels;
	char *text;

	if (xb_store_read(xb->store, XBT_NULL, xb->front_path, node, VSND_LEVELS_TEXT_BYTES,
		    &text) != 0)
		return;
	if (parse(text, &levels) == 0)
		set_levels(device, seat, &levels);
	free(text);
}

static void volume_changed(const char *path, void *ctx)
{
	(void)path;
	take_node(ctx, NODE_VOLUME, vsnd_levels_parse_volume);
}

static void mute_changed(const char *path, void *ctx)
{
	(void)path;
	take_node(ctx, NODE_MUTE, vsnd_levels_parse_mute);
}

static int watch(struct vsnd_device *device, const char *node,
	void (*changed)(const char *path, void *ctx), struct xb_watch **ret)
{
	char path[XB_PATH_BYTES + 8];

	if (*ret || strcmp(device->xb->device_class, "pvsnd") != 0)
		return 0;
	snprintf(path, sizeof(path), "%s/%s", device->xb->front_path, node);
	return xb_watch_add(device->xb->store, path, changed, device, ret);
}

int vsnd_device_levels_start(struct vsnd_device *device)
{
	int error = 0;

	for (unsigned i = 0; !error && i < device->num_seats; i++)
		error = publish(device, &device->seats[i]);
	if (!error)
		error = watch(device, NODE_VOLUME, volume_changed, &device->volume_watch);
	if (!error)
		error = watch(device, NODE_MUTE, mute_changed, &device->mute_watch);
	return error;
}

void vsnd_device_levels_stop(struct vsnd_device *device)
{
	if (device->volume_watch)
		xb_watch_remove(device->volume_watch);
	if (device->mute_watch)
		xb_watch_remove(device->mute_watch);
	device->volume_watch = device->mute_watch = NULL;
}

void vsnd_devices_levels_changed(struct ev_loop *loop, ev_async *watcher, int events)
{
	struct vsnd_devices *devices = watcher->data;

	(void)loop;
	(void)events;
	for (struct vsnd_device *device = devices->list; device; device = device->next)
		for (unsigned i = 0; i < device->num_seats; i++) {
			struct vsnd_seat *seat = &device->seats[i];
			struct vsnd_levels levels;

			if (!seat->pcm)
				continue;
			vsnd_pcm_levels(seat->pcm, &levels);
			if (vsnd_levels_equal(&seat->levels, &levels))
				continue;
			seat->levels = levels;
			publish(device, seat);
		}
}

/* ---- from dom0 ---- */

/* What a control request asks for: one of the three, for each channel alike. */
struct change {
	const char *guest;
	const char *device; /* NULL: all */
	const json_t *mdb;
	const json_t *step_mdb;
	const json_t *mute;
};

static bool is_guest(const struct xb_back_device *xb, const char *guest)
{
	char number[12];

	snprintf(number, sizeof(number), "%u", xb->domid);
	return strcmp(xb->guest, guest) == 0 || strcmp(number, guest) == 0;
}

static bool is_device(const struct xb_back_device *xb, const struct vsnd_seat *seat,
	const char *device)
{
	char number[12];

	snprintf(number, sizeof(number), "%u", xb->device);
	return !device || strcmp(seat->offer.unique_id, device) == 0 ||
	       strcmp(number, device) == 0;
}

/* No farther than from one end to the other: json's integers are 64 bits wide. */
static int64_t bounded_step(json_int_t step_mdb)
{
	const json_int_t range_mdb = VSND_VOLUME_MAX_MDB - VSND_VOLUME_MIN_MDB;

	if (step_mdb < -range_mdb)
		return -range_mdb;
	return step_mdb > range_mdb ? range_mdb : step_mdb;
}

static void change_levels(const struct change *change, struct vsnd_levels *levels)
{
	for (unsigned i = 0; i < VSND_CHANNELS_MAX; i++) {
		int64_t volume_mdb = levels->volume_mdb[i];

		if (change->mdb)
			volume_mdb = json_integer_value(change->mdb);
		else if (change->step_mdb)
			volume_mdb += bounded_step(json_integer_value(change->step_mdb));
		levels->volume_mdb[i] = vsnd_levels_bound(volume_mdb);
		if (change->mute)
			levels->mute[i] = json_is_true(change->mute);
	}
}

static json_t *apply(struct vsnd_devices *devices, const struct change *change)
{
	json_t *streams = json_array();

	for (struct vsnd_device *device = devices->list; device; device = device->next)
		for (unsigned i = 0; i < device->num_seats; i++) {
			struct vsnd_seat *seat = &device->seats[i];
			struct vsnd_levels levels = seat->levels;

			if (!is_guest(device->xb, change->guest) ||
				!is_device(device->xb, seat, change->device))
				continue;
			change_levels(change, &levels);
			set_levels(device, seat, &levels);
			json_array_append_new(streams, vsnd_seat_json(device, seat));
		}
	if (json_array_size(streams) > 0)
		return json_pack("{s:o}", "streams", streams);
	json_decref(streams);
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
