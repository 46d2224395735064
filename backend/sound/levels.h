/* SPDX-License-Identifier: MIT */
/*
 * Volume and mute of a stream, one for each channel, in sndif's unit: steps of 0.001 dB, 0 is 0 dB.
 * As text in xenstore: numbers between commas, channel 0 first; the last one is also that of all
 * channels after it, so "-6000" is -6 dB for all. No state, any thread.
 */
#ifndef VSND_LEVELS_H
#define VSND_LEVELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "backend/sound/engine/format.h"

#define VSND_VOLUME_MIN_MDB (-120000)
#define VSND_VOLUME_MAX_MDB 0
#define VSND_LEVELS_TEXT_BYTES (VSND_CHANNELS_MAX * sizeof("-120000"))

struct vsnd_levels {
	int32_t volume_mdb[VSND_CHANNELS_MAX];
	bool mute[VSND_CHANNELS_MAX];
};

/* The nearest volume there is. */
int32_t vsnd_levels_bound(int64_t volume_mdb);

/* Volumes are bounded; mute is 0 or 1. -EINVAL: anything else, levels is untouched. */
int vsnd_levels_parse_volume(const char *text, struct vsnd_levels *levels);
int vsnd_levels_parse_mute(const char *text, struct vsnd_levels *levels);
/* The shortest text that parses to the same. */
void vsnd_levels_volume_text(const struct vsnd_levels *levels, char ret[VSND_LEVELS_TEXT_BYTES]);
void vsnd_levels_mute_text(const struct vsnd_levels *levels, char ret[VSND_LEVELS_TEXT_BYTES]);

bool vsnd_levels_equal(const struct vsnd_levels *a, const struct vsnd_levels *b);

/* What two who both decide make of it: linear, the product; 0 for a channel that either mutes. */
void vsnd_levels_gain(const struct vsnd_levels *a, const struct vsnd_levels *b,
	float ret_gain[VSND_CHANNELS_MAX]);

#endif
