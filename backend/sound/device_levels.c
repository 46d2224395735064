/* SPDX-License-Identifier: MIT */
/* Volume and mute as the guest has them: from it, to the streams, to xenstore, and from there
 * again. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/sound/device_list.h"
#include "common/parse.h"

#define NODE_VOLUME "volume"
#define NODE_MUTE "mute"
#define NODE_BYTES 48
#define PUBLISH_S 0.1 /* a guest must not make dom0 write as often as it likes */

/* The first stream's stand in the device's own directory, others below theirs. */
static void seat_node(const struct vsnd_device *device, const struct vsnd_seat *seat,
	const char *node, char ret[NODE_BYTES])
{
	if (seat == &device->seats[0])
		snprintf(ret, NODE_BYTES, "%s", node);
	else
		snprintf(ret, NODE_BYTES, "%u/%u/%s", seat->offer.pcm, seat->offer.stream, node);
}

static int publish(const struct vsnd_device *device, struct vsnd_seat *seat)
{
	char node[NODE_BYTES], text[VSND_LEVELS_TEXT_BYTES];
	int error;

	seat->published = seat->levels;
	seat_node(device, seat, NODE_VOLUME, node);
	vsnd_levels_volume_text(&seat->levels, text);
	error = xb_back_publish(device->xb, node, text);
	if (error)
		return error;
	seat_node(device, seat, NODE_MUTE, node);
	vsnd_levels_mute_text(&seat->levels, text);
	return xb_back_publish(device->xb, node, text);
}

/* What is not there, or makes no sense, changes nothing. */
static void read_node(const struct xb_back_device *xb, const char *dir, const char *node,
	int (*parse)(const char *text, struct vsnd_levels *levels), struct vsnd_levels *levels)
{
	char *text;

	if (xb_store_read(xb->store, XBT_NULL, dir, node, VSND_LEVELS_TEXT_BYTES, &text) != 0)
		return;
	parse(text, levels);
	free(text);
}

/* As published when last we, or the daemon before us, had it. */
static void restore(const struct vsnd_device *device, struct vsnd_seat *seat)
{
	const struct xb_back_device *xb = device->xb;
	struct vsnd_levels levels = {0};
	char node[NODE_BYTES];

	seat_node(device, seat, NODE_VOLUME, node);
	read_node(xb, xb->back_path, node, vsnd_levels_parse_volume, &levels);
	seat_node(device, seat, NODE_MUTE, node);
	read_node(xb, xb->back_path, node, vsnd_levels_parse_mute, &levels);
	seat->levels = levels;
}

/* Once; what changes before its time is up is published then. */
static void publish_changed(struct vsnd_devices *devices)
{
	bool any = false;

	if (ev_is_active(&devices->publish))
		return;
	for (struct vsnd_device *device = devices->list; device; device = device->next)
		for (unsigned i = 0; i < device->num_seats; i++) {
			struct vsnd_seat *seat = &device->seats[i];

			if (vsnd_levels_equal(&seat->levels, &seat->published))
				continue;
			publish(device, seat);
			any = true;
		}
	if (!any)
		return;
	ev_timer_set(&devices->publish, PUBLISH_S, 0);
	ev_timer_start(devices->loop, &devices->publish);
}

static void publish_time(struct ev_loop *loop, ev_timer *timer, int events)
{
	(void)loop;
	(void)events;
	publish_changed(timer->data);
}

static void set_levels(
	struct vsnd_device *device, struct vsnd_seat *seat, const struct vsnd_levels *levels)
{
	if (vsnd_levels_equal(&seat->levels, levels))
		return;
	seat->levels = *levels;
	if (seat->pcm)
		vsnd_pcm_set_levels(seat->pcm, levels);
	publish_changed(device->devices);
}

/* A node of the guest's. */
static void take_node(struct vsnd_device *device, const char *node,
	int (*parse)(const char *text, struct vsnd_levels *levels))
{
	struct vsnd_seat *seat = &device->seats[0];
	struct vsnd_levels levels = seat->levels;

	read_node(device->xb, device->xb->front_path, node, parse, &levels);
	set_levels(device, seat, &levels);
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

	for (unsigned i = 0; !error && i < device->num_seats; i++) {
		restore(device, &device->seats[i]);
		error = vsnd_dom0_levels_read(device, &device->seats[i]);
		if (!error)
			error = publish(device, &device->seats[i]);
	}
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

static void levels_changed(struct ev_loop *loop, ev_async *watcher, int events)
{
	struct vsnd_devices *devices = watcher->data;

	(void)loop;
	(void)events;
	for (struct vsnd_device *device = devices->list; device; device = device->next)
		for (unsigned i = 0; i < device->num_seats; i++) {
			struct vsnd_seat *seat = &device->seats[i];

			if (seat->pcm)
				vsnd_pcm_levels(seat->pcm, &seat->levels);
		}
	publish_changed(devices);
}

void vsnd_devices_levels_begin(struct vsnd_devices *devices)
{
	ev_async_init(&devices->levels_changed, levels_changed);
	devices->levels_changed.data = devices;
	ev_async_start(devices->loop, &devices->levels_changed);
	ev_timer_init(&devices->publish, publish_time, 0, 0);
	devices->publish.data = devices;
}

void vsnd_devices_levels_end(struct vsnd_devices *devices)
{
	ev_async_stop(devices->loop, &devices->levels_changed);
	ev_timer_stop(devices->loop, &devices->publish);
}
