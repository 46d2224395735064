/* SPDX-License-Identifier: MIT */
/*
 * Where all streams of an open direction of a device meet: the device's bus, in the engine's
 * samples, and a group (group.h) for each rate that streams have. Feeds (feed.h) join and leave its
 * groups; the real-time thread gives all of them a turn in each quantum.
 */
#ifndef VSND_DESK_H
#define VSND_DESK_H

#include "backend/sound/engine/group.h"

struct vsnd_desk;

struct vsnd_desk_params {
	enum vsnd_direction direction;
	struct vsnd_format device;
	enum vsnd_rate_quality quality;
	uint32_t most_frames; /* the device's in one quantum */
};

/* ---- who adds and removes streams, one at a time; not real-time ---- */

/* -ENOMEM. */
int vsnd_desk_create(const struct vsnd_desk_params *params, struct vsnd_desk **ret);
/* No feed may be there. Takes NULL. */
void vsnd_desk_destroy(struct vsnd_desk *desk);
const struct vsnd_desk_params *vsnd_desk_params(const struct vsnd_desk *desk);

/* What conversions of an owner may cost at a desk, as vsnd_rate_cost has it: some eight stereo
 * streams of usual quality, each of a rate of its own. Those beyond it are made as cheap as it
 * takes. */
#define VSND_DESK_SHARE UINT64_C(400000000)

/* The group of streams of this format, made for the first, and charged to its owner. Errors as
 * vsnd_group_create. */
int vsnd_desk_join(struct vsnd_desk *desk, const struct vsnd_format *guest, uint32_t owner,
	struct vsnd_group **ret);
/* The last one frees it: the real-time thread must not be in a turn with that stream any more. */
void vsnd_desk_leave(struct vsnd_desk *desk, struct vsnd_group *group);

/* Playback: all that runs dies away within 10 ms, as volumes change, until that is taken back. Any
 * thread. */
void vsnd_desk_hush(struct vsnd_desk *desk, bool hushed);

/* ---- the real-time thread ---- */

/* A quantum begins: vsnd_feed_add or vsnd_feed_take of each stream, then vsnd_desk_end. captured:
 * frames in the device's format, which stay until the end; NULL: playback. */
void vsnd_desk_begin(struct vsnd_desk *desk, const void *captured, uint32_t frames);
/* Playback: writes the sum to `to` in the device's format, with dither where there is something to
 * hide; silence where nobody runs. True: somebody runs. Capture: to is NULL. */
bool vsnd_desk_end(struct vsnd_desk *desk, void *to);

/* For feeds. Its group takes part in this quantum; before anything else of it is looked at. */
void vsnd_desk_enter(struct vsnd_desk *desk, struct vsnd_group *group);
bool vsnd_desk_is_hushed(const struct vsnd_desk *desk);
/* Capture: what the group's streams are to have is on its bus. */
void vsnd_desk_hear(struct vsnd_desk *desk, struct vsnd_group *group);
/* Capture: what the device took. */
const void *vsnd_desk_captured(const struct vsnd_desk *desk, uint32_t *ret_frames);

#endif
