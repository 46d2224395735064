/* SPDX-License-Identifier: MIT */
/*
 * One stream at one device: everything that is the stream's own between a guest's format and its
 * group's bus (group.h). Playback: what the guest brought, or what is to be heard instead when it
 * is late (gap.h), volume and mute as a ramp (ramp.h), channels that the device lacks (channels.h);
 * the sum and its rate are the desk's (desk.h). Capture: the same way back. Where the formats are
 * the same, no sample is touched that need not be.
 *
 * The real-time thread calls all but create and destroy; those are not real-time safe.
 */
#ifndef VSND_FEED_H
#define VSND_FEED_H

#include <stdbool.h>
#include <stdint.h>

#include "backend/sound/engine/desk.h"

struct vsnd_feed;

/* The stream and the desk stay the caller's and must outlive the feed. cut_gaps: silence where a
 * guest is late, and nothing faded. Who creates and destroys is alone at the desk. -ENOMEM;
 * -EINVAL: formats that no device has. */
int vsnd_feed_create(
	struct vsnd_stream *stream, struct vsnd_desk *desk, bool cut_gaps, struct vsnd_feed **ret);
/* Takes NULL. */
void vsnd_feed_destroy(struct vsnd_feed *feed);

struct vsnd_stream *vsnd_feed_stream(const struct vsnd_feed *feed);
/* The guest's format is the device's: playing alone, samples go through untouched. */
bool vsnd_feed_is_plain(const struct vsnd_feed *feed);

/* Playback: a run that is under way is heard from here on, and begins from silence: a device came.
 * So does a new feed of such a stream. */
void vsnd_feed_fade_in(struct vsnd_feed *feed);
/* Playback, a plain feed alone: `to` gets frames in the device's format, all of them, silence when
 * it does not run. True: it runs. */
bool vsnd_feed_play(struct vsnd_feed *feed, void *to, uint32_t frames);
/* Playback, in the desk's turn: adds what the stream gives to its group's bus. True: it runs. */
bool vsnd_feed_add(struct vsnd_feed *feed);

/* Capture, before the device takes a quantum: does the stream run? */
bool vsnd_feed_arm(struct vsnd_feed *feed);
/* Capture, in the desk's turn: takes what the device took; the format's silence, from the first
 * frame on, when the gains of all channels are 0. True: it runs. */
bool vsnd_feed_take(struct vsnd_feed *feed);

/* The quantum is over: wakes the session. */
void vsnd_feed_wake(struct vsnd_feed *feed);

#endif
