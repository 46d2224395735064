/* SPDX-License-Identifier: MIT */
/*
 * Which channel of one layout is heard in which of another. Layouts are ALSA's by number: mono;
 * FL FR; + FC; FL FR RL RR; + FC; + FC LFE (5.1); + RC; FL FR RL RR FC LFE SL SR (7.1). No state,
 * real-time safe, any thread.
 */
#ifndef VSND_CHANNELS_H
#define VSND_CHANNELS_H

#include <stdint.h>

#include "backend/sound/engine/format.h"

/* gain[to][from]. */
struct vsnd_channels {
	unsigned from, to; /* 1..VSND_CHANNELS_MAX */
	bool identity;
	double gain[VSND_CHANNELS_MAX][VSND_CHANNELS_MAX];
};

/*
 * Channels that both have go through. What the target lacks goes to its neighbours at -3 dB: front
 * centre to both fronts, rear to side and side to rear or, without those, to the front of their
 * side; LFE is left out. Mono goes to both fronts as it is, all goes to mono. Where all that a
 * channel gets could come to more than full scale, the whole is turned down by that. What nobody
 * feeds is silent.
 */
struct vsnd_channels vsnd_channels_matrix(unsigned from, unsigned to);

/* in and out: interleaved, must not overlap. */
void vsnd_channels_apply(
	const struct vsnd_channels *channels, const double *in, double *out, uint32_t frames);

#endif
