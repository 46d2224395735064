/* SPDX-License-Identifier: MIT */
#include "backend/sound/engine/gap.h"

#include <string.h>

#define TAILS_PER_S 200u    /* 5 ms */
#define FADE_INS_PER_S 500u /* 2 ms */

void vsnd_gap_begin(struct vsnd_gap *gap, const struct vsnd_format *format)
{
	gap->channels = format->channels;
	gap->tail_frames = format->rate_hz / TAILS_PER_S;
	gap->fade_in_frames = format->rate_hz / FADE_INS_PER_S;
	gap->played = gap->tail_frames;
	gap->faded = gap->fade_in_frames;
	gap->history_frames = 0;
}

void vsnd_gap_open(struct vsnd_gap *gap, const double *history, uint32_t frames)
{
	bool closing = vsnd_gap_closing(gap);

	if (frames > gap->tail_frames) {
		history += (size_t)(frames - gap->tail_frames) * gap->channels;
		frames = gap->tail_frames;
	}
	if (frames > 0)
		memcpy(gap->history, history, (size_t)frames * gap->channels * sizeof(*history));
	gap->history_frames = frames;
	for (unsigned k = 0; k < gap->channels; k++) {
		double last = frames > 0 ? history[(size_t)(frames - 1) * gap->channels + k] : 0;

		gap->offset[k] = closing ? gap->heard[k] - last : 0;
	}
	gap->played = 0;
	gap->faded = 0;
}

/* A smooth way from 1 to 0 and its steepest part 1.5 times the straight one's. */
static double falling(uint32_t at, uint32_t frames)
{
	double x = 1 - (double)at / frames;

	return x * x * (3 - 2 * x);
}

/* Frame by frame: the mirror, dying away. 0 when it is over. */
static double tail(const struct vsnd_gap *gap, uint32_t played, unsigned channel)
{
	double ret = 0;

	if (played < gap->tail_frames)
		ret = gap->offset[channel] * falling(played + 1, gap->tail_frames + 1);
	if (played < gap->history_frames)
		ret += gap->history[(size_t)(gap->history_frames - 1 - played) * gap->channels +
				    channel] *
		       falling(played + 1, gap->history_frames + 1);
	return ret;
}

void vsnd_gap_fill(struct vsnd_gap *gap, double *to, uint32_t frames)
{
	gap->faded = 0;
	for (uint32_t i = 0; i < frames; i++) {
		for (unsigned k = 0; k < gap->channels; k++)
			*to++ = gap->heard[k] = tail(gap, gap->played, k);
		if (gap->played < gap->tail_frames)
			gap->played++;
	}
}

/* The tail goes on below what fades in, as far as it still goes. */
void vsnd_gap_close(struct vsnd_gap *gap, double *samples, uint32_t frames)
{
	for (uint32_t i = 0; i < frames && vsnd_gap_closing(gap); i++) {
		double out = falling(gap->faded + 1, gap->fade_in_frames + 1);

		for (unsigned k = 0; k < gap->channels; k++, samples++)
			gap->heard[k] = *samples =
				*samples * (1 - out) + tail(gap, gap->played, k) * out;
		if (gap->played < gap->tail_frames)
			gap->played++;
		gap->faded++;
	}
}

bool vsnd_gap_closing(const struct vsnd_gap *gap)
{
	return gap->faded < gap->fade_in_frames;
}
