/* SPDX-License-Identifier: MIT */
#include "backend/sound/engine/ramp.h"

#include <string.h>

#define RAMPS_PER_S 100u /* 10 ms */

void vsnd_ramp_begin(struct vsnd_ramp *ramp, const struct vsnd_format *format)
{
	*ramp = (struct vsnd_ramp){
		.channels = format->channels,
		.length_frames = format->rate_hz / RAMPS_PER_S,
	};
	for (unsigned i = 0; i < VSND_CHANNELS_MAX; i++)
		ramp->now[i] = ramp->to[i] = 1.0f;
}

void vsnd_ramp_aim(struct vsnd_ramp *ramp, const float *to, bool at_once)
{
	for (unsigned i = 0; i < ramp->channels; i++)
		if (ramp->to[i] != to[i]) {
			ramp->to[i] = to[i];
			ramp->left_frames = ramp->length_frames;
		}
	if (at_once || ramp->left_frames == 0) {
		memcpy(ramp->now, ramp->to, sizeof(ramp->now));
		ramp->left_frames = 0;
	}
}

static bool all_are(const struct vsnd_ramp *ramp, float gain)
{
	if (ramp->left_frames > 0)
		return false;
	for (unsigned i = 0; i < ramp->channels; i++)
		if (ramp->now[i] != gain)
			return false;
	return true;
}

bool vsnd_ramp_is_one(const struct vsnd_ramp *ramp)
{
	return all_are(ramp, 1.0f);
}

bool vsnd_ramp_is_zero(const struct vsnd_ramp *ramp)
{
	return all_are(ramp, 0.0f);
}

uint32_t vsnd_ramp_next(struct vsnd_ramp *ramp, uint32_t frames, float *ret_from, float *ret_to)
{
	uint32_t part = frames < ramp->left_frames ? frames : ramp->left_frames;

	memcpy(ret_from, ramp->now, sizeof(ramp->now));
	if (ramp->left_frames == 0) {
		memcpy(ret_to, ramp->now, sizeof(ramp->now));
		return frames;
	}
	if (part == ramp->left_frames)
		memcpy(ramp->now, ramp->to, sizeof(ramp->now));
	else
		for (unsigned i = 0; i < ramp->channels; i++)
			ramp->now[i] += (ramp->to[i] - ramp->now[i]) *
					((float)part / (float)ramp->left_frames);
	ramp->left_frames -= part;
	memcpy(ret_to, ramp->now, sizeof(ramp->now));
	return part;
}
