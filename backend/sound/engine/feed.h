/* SPDX-License-Identifier: MIT */
/*
 * One stream at one device: everything between a guest's format and the device's. Playback: what
 * the guest brought, or what is to be heard instead when it is late (gap.h), volume and mute as a
 * ramp (ramp.h), channels (channels.h), rate (rate.h); the sum is the engine's. Capture: the same
 * way back, the remainder of each conversion carried over. Where the formats are the same, no
 * sample is touched that need not be.
 *
 * The real-time thread calls all but create and destroy; those are not real-time safe.
 */
#ifndef VSND_FEED_H
#define VSND_FEED_H

#include <stdbool.h>
#include <stdint.h>

#include "backend/sound/engine/rate.h"
#include "backend/sound/engine/stream.h"

struct vsnd_feed;

struct vsnd_feed_params {
	enum vsnd_direction direction;
	struct vsnd_format device;
	enum vsnd_rate_quality quality;
	bool cut_gaps;        /* silence where a guest is late, and nothing faded */
	uint32_t most_frames; /* the device's in one call */
};

/* The stream stays the caller's and must outlive the feed. -ENOMEM; -EINVAL: formats that no device
 * has. */
int vsnd_feed_create(
	struct vsnd_stream *stream, const struct vsnd_feed_params *params, struct vsnd_feed **ret);
/* Takes NULL. */
void vsnd_feed_destroy(struct vsnd_feed *feed);

struct vsnd_stream *vsnd_feed_stream(const struct vsnd_feed *feed);
/* The guest's format is the device's: playing alone, samples go through untouched. */
bool vsnd_feed_is_plain(const struct vsnd_feed *feed);

struct vsnd_feed_turn {
	bool running;
	bool rounds; /* what was added has more bits than the device: dither */
};

/* Playback, a plain feed alone: `to` gets frames in the device's format, all of them, silence when
 * it does not run. True: it runs. */
bool vsnd_feed_play(struct vsnd_feed *feed, void *to, uint32_t frames);
/* Playback: adds frames of the engine's samples, with the device's channels and rate. */
struct vsnd_feed_turn vsnd_feed_add(struct vsnd_feed *feed, double *bus, uint32_t frames);

/* Capture, before the device takes a quantum: does the stream run? */
bool vsnd_feed_arm(struct vsnd_feed *feed);
/* Capture: takes frames in the device's format; the format's silence, from the first frame on,
 * when the gains of all channels are 0. True: it runs. */
bool vsnd_feed_take(struct vsnd_feed *feed, const void *from, uint32_t frames);

/* The quantum is over: wakes the session. */
void vsnd_feed_wake(struct vsnd_feed *feed);

#endif
