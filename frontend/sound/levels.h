/* SPDX-License-Identifier: MIT */
/*
 * Volume and mute of a card in one direction, as xenstore and as ALSA have them. In xenstore:
 * thousandths of dB from -120000 to 0, a number for each channel between commas, the last one also
 * for all channels after it; mute 0 or 1. In ALSA: hundredths of dB counted from -120 dB on.
 * Pure.
 */
#ifndef PVSND_LEVELS_H
#define PVSND_LEVELS_H

#include <stdbool.h>
#include <stddef.h>

#include "frontend/sound/card.h"

#define PVSND_VOLUME_STEPS 12000 /* ALSA's volumes: 0 … this */
#define PVSND_VOLUME_MIN_CENTIDB (-12000)
#define PVSND_LEVELS_TEXT_BYTES (PVSND_CHANNELS_MAX * sizeof("-120000,"))

struct pvsnd_levels {
	long volume[PVSND_CHANNELS_MAX]; /* ALSA's */
	bool mute;
};

/* -EINVAL: not such a text, levels is untouched. Out of range: the nearest there is. */
int pvsnd_levels_parse_volume(const char *text, struct pvsnd_levels *levels);
/* Of a mute for each channel the first one counts. */
int pvsnd_levels_parse_mute(const char *text, struct pvsnd_levels *levels);

/* The text for so many channels, 1 … PVSND_CHANNELS_MAX; one number where all are the same. */
void pvsnd_levels_volume_text(
	const struct pvsnd_levels *levels, unsigned channels, char ret[PVSND_LEVELS_TEXT_BYTES]);

#endif
