/* SPDX-License-Identifier: MIT */
/*
 * Gains that change without a click: from wherever they are, a straight line of 10 ms leads to
 * where they are aimed at. Real-time safe; one thread.
 */
#ifndef VSND_RAMP_H
#define VSND_RAMP_H

#include <stdbool.h>
#include <stdint.h>

#include "backend/sound/engine/format.h"

struct vsnd_ramp {
	unsigned channels;
	uint32_t length_frames;
	float now[VSND_CHANNELS_MAX];
	float to[VSND_CHANNELS_MAX];
	uint32_t left_frames; /* from now to `to` */
};

/* At 1.0. */
void vsnd_ramp_begin(struct vsnd_ramp *ramp, const struct vsnd_format *format);
/* A gain that changed begins a new line for all; at_once: they jump, as nobody hears it. */
void vsnd_ramp_aim(struct vsnd_ramp *ramp, const float *to, bool at_once);
/* Nothing to do: all are 1.0 and stay. */
bool vsnd_ramp_is_one(const struct vsnd_ramp *ramp);
/* Nothing to hear: all are 0 and stay. */
bool vsnd_ramp_is_zero(const struct vsnd_ramp *ramp);
/*
 * Moves on by at most `frames` and returns by how many: in those the gains go linearly from
 * ret_from to ret_to. To be called until all frames are done.
 */
uint32_t vsnd_ramp_next(struct vsnd_ramp *ramp, uint32_t frames, float *ret_from, float *ret_to);

#endif
