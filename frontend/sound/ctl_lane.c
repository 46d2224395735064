/* SPDX-License-Identifier: MIT */
#include "frontend/sound/ctl_lane.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/parse.h"
#include "frontend/sound/wire.h"

#define IN_FORCE_NS UINT64_C(300000000) /* how long a change may take until the backend has it */

static const char *const node_names[PVSND_KINDS] = {"volume", "mute"};

static void device_dir(const struct pvsnd_lane *lane, unsigned i, char ret[XB_PATH_BYTES])
{
	snprintf(ret, XB_PATH_BYTES, "device/" PVSND_CLASS "/%u", lane->devices[i]);
}

void pvsnd_lane_add(struct pvsnd_lane *lane, const struct pvsnd_stream *stream)
{
	if (lane->num_devices == PVSND_LANE_DEVICES_MAX)
		return;
	lane->devices[lane->num_devices++] = stream->device;
	if (lane->channels < stream->channels_max)
		lane->channels = stream->channels_max;
}

static int read_node(const struct pvsnd_lane *lane, const char *dir, enum pvsnd_kind kind,
	struct pvsnd_levels *levels)
{
	char *text;
	int r = xb_store_read(
		lane->store, XBT_NULL, dir, node_names[kind], PVSND_LEVELS_TEXT_BYTES, &text);

	if (r < 0)
		return r;
	r = kind == PVSND_VOLUME ? pvsnd_levels_parse_volume(text, levels)
				 : pvsnd_levels_parse_mute(text, levels);
	free(text);
	return r;
}

void pvsnd_lane_look(struct pvsnd_lane *lane)
{
	static const struct pvsnd_levels full = {.volume = {
							 PVSND_VOLUME_STEPS,
							 PVSND_VOLUME_STEPS,
							 PVSND_VOLUME_STEPS,
							 PVSND_VOLUME_STEPS,
							 PVSND_VOLUME_STEPS,
							 PVSND_VOLUME_STEPS,
							 PVSND_VOLUME_STEPS,
							 PVSND_VOLUME_STEPS,
						 }};
	char own[XB_PATH_BYTES];

	lane->now = full;
	device_dir(lane, 0, own);
	for (enum pvsnd_kind kind = 0; kind < PVSND_KINDS; kind++)
		if (!*lane->backend || read_node(lane, lane->backend, kind, &lane->now) < 0)
			read_node(lane, own, kind, &lane->now);
}

bool pvsnd_lane_same(const struct pvsnd_lane *lane, enum pvsnd_kind kind,
	const struct pvsnd_levels *a, const struct pvsnd_levels *b)
{
	if (kind == PVSND_MUTE)
		return a->mute == b->mute;
	return memcmp(a->volume, b->volume, lane->channels * sizeof(a->volume[0])) == 0;
}

/* A backend that has it otherwise, or is not there, is not waited for for long. */
static void await(struct pvsnd_lane *lane, enum pvsnd_kind kind, const struct pvsnd_levels *levels)
{
	const struct timespec nap = {.tv_nsec = 1000000};
	uint64_t until_ns = pv_now_ns() + IN_FORCE_NS;

	for (;;) {
		pvsnd_lane_look(lane);
		if (pvsnd_lane_same(lane, kind, &lane->now, levels) || pv_now_ns() >= until_ns)
			return;
		nanosleep(&nap, NULL);
	}
}

int pvsnd_lane_wish(
	struct pvsnd_lane *lane, enum pvsnd_kind kind, const struct pvsnd_levels *levels)
{
	char text[PVSND_LEVELS_TEXT_BYTES] = "", dir[XB_PATH_BYTES];
	int r = 0;

	if (kind == PVSND_VOLUME)
		pvsnd_levels_volume_text(levels, lane->channels, text);
	else
		snprintf(text, sizeof(text), "%d", levels->mute);
	for (unsigned i = 0; r == 0 && i < lane->num_devices; i++) {
		device_dir(lane, i, dir);
		r = xb_store_write(lane->store, XBT_NULL, dir, node_names[kind], "%s", text);
	}
	if (r == 0)
		await(lane, kind, levels);
	return r;
}

int pvsnd_lane_begin(struct pvsnd_lane *lane, struct xb_store *store,
	void (*changed)(const char *path, void *ctx), void *ctx)
{
	char dir[XB_PATH_BYTES], path[XB_PATH_BYTES + 8], *backend;
	int r = 0;

	lane->store = store;
	device_dir(lane, 0, dir);
	*lane->backend = '\0';
	if (xb_store_read(store, XBT_NULL, dir, "backend", XB_PATH_BYTES - 1, &backend) == 0) {
		snprintf(lane->backend, sizeof(lane->backend), "%s", backend);
		free(backend);
	}
	for (enum pvsnd_kind kind = 0; r == 0 && kind < PVSND_KINDS; kind++) {
		snprintf(path, sizeof(path), "%s/%s", *lane->backend ? lane->backend : dir,
			node_names[kind]);
		r = xb_watch_add(store, path, changed, ctx, &lane->watches[kind]);
	}
	pvsnd_lane_look(lane);
	return r;
}

void pvsnd_lane_end(struct pvsnd_lane *lane)
{
	for (unsigned kind = 0; kind < PVSND_KINDS; kind++)
		xb_watch_remove(lane->watches[kind]);
	memset(lane->watches, 0, sizeof(lane->watches));
	lane->num_devices = lane->channels = 0;
}
