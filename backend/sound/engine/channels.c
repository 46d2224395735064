/* SPDX-License-Identifier: MIT */
#include "backend/sound/engine/channels.h"

#include <string.h>

#define HALF_POWER 0.70710678118654752 /* -3 dB */

enum place { FL, FR, FC, LFE, RL, RR, RC, SL, SR, MONO, PLACES };

static const enum place layouts[VSND_CHANNELS_MAX + 1][VSND_CHANNELS_MAX] = {
	[1] = {MONO},
	[2] = {FL, FR},
	[3] = {FL, FR, FC},
	[4] = {FL, FR, RL, RR},
	[5] = {FL, FR, RL, RR, FC},
	[6] = {FL, FR, RL, RR, FC, LFE},
	[7] = {FL, FR, RL, RR, FC, LFE, RC},
	[8] = {FL, FR, RL, RR, FC, LFE, SL, SR},
};

/* Where a place goes that the target lacks: the first of these ways whose places it has. */
static const struct way {
	enum place to[2]; /* alike: one place */
	double gain;
} ways[PLACES][4] = {
	[FL] = {{{MONO, MONO}, 1}},
	[FR] = {{{MONO, MONO}, 1}},
	[FC] = {{{FL, FR}, HALF_POWER}, {{MONO, MONO}, 1}},
	[RL] = {{{SL, SL}, 1}, {{FL, FL}, HALF_POWER}, {{MONO, MONO}, HALF_POWER}},
	[RR] = {{{SR, SR}, 1}, {{FR, FR}, HALF_POWER}, {{MONO, MONO}, HALF_POWER}},
	[RC] = {{{RL, RR}, HALF_POWER}, {{FL, FR}, 0.5}, {{MONO, MONO}, HALF_POWER}},
	[SL] = {{{RL, RL}, HALF_POWER}, {{FL, FL}, HALF_POWER}, {{MONO, MONO}, HALF_POWER}},
	[SR] = {{{RR, RR}, HALF_POWER}, {{FR, FR}, HALF_POWER}, {{MONO, MONO}, HALF_POWER}},
	[MONO] = {{{FL, FR}, 1}},
};

/* Its channel there, or -1. */
static int find(unsigned layout, enum place place)
{
	for (unsigned i = 0; i < layout; i++)
		if (layouts[layout][i] == place)
			return (int)i;
	return -1;
}

static void lead(struct vsnd_channels *channels, unsigned from)
{
	enum place place = layouts[channels->from][from];
	int same = find(channels->to, place);

	if (same >= 0) {
		channels->gain[same][from] = 1;
		return;
	}
	for (unsigned i = 0; i < 4 && ways[place][i].gain > 0; i++) {
		const struct way *way = &ways[place][i];
		int left = find(channels->to, way->to[0]), right = find(channels->to, way->to[1]);

		if (left < 0 || right < 0)
			continue;
		channels->gain[left][from] = way->gain;
		channels->gain[right][from] = way->gain;
		return;
	}
}

static double loudest(const struct vsnd_channels *channels)
{
	double most = 1;

	for (unsigned to = 0; to < channels->to; to++) {
		double sum = 0;

		for (unsigned from = 0; from < channels->from; from++)
			sum += channels->gain[to][from];
		most = sum > most ? sum : most;
	}
	return most;
}

struct vsnd_channels vsnd_channels_matrix(unsigned from, unsigned to)
{
	struct vsnd_channels ret = {.from = from, .to = to, .identity = from == to};
	double most;

	for (unsigned i = 0; i < from; i++)
		lead(&ret, i);
	most = loudest(&ret);
	for (unsigned i = 0; i < to; i++)
		for (unsigned k = 0; k < from; k++)
			ret.gain[i][k] /= most;
	return ret;
}

void vsnd_channels_apply(
	const struct vsnd_channels *channels, const double *in, double *out, uint32_t frames)
{
	unsigned from = channels->from, to = channels->to;

	if (channels->identity) {
		memcpy(out, in, (size_t)frames * from * sizeof(*in));
		return;
	}
	for (uint32_t i = 0; i < frames; i++, in += from, out += to)
		for (unsigned k = 0; k < to; k++) {
			double sum = 0;

			for (unsigned j = 0; j < from; j++)
				sum += channels->gain[k][j] * in[j];
			out[k] = sum;
		}
}
