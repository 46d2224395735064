/* SPDX-License-Identifier: MIT */
#include "backend/sound/engine/rate.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <speex/speex_resampler.h>

#define RATIO_MAX 64u

struct vsnd_rate {
	SpeexResamplerState *state;
	unsigned channels;
	uint32_t from, to; /* without common divisors */
	uint32_t phase; /* of the next frame that comes out, past a frame that went in; in 1/to */
	int64_t ahead;  /* frames held back for that; negative: frames still to be passed over */
	float *in;      /* what was held back, and what is added to it */
};

static uint32_t common_divisor(uint32_t a, uint32_t b)
{
	while (b != 0) {
		uint32_t rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

/* The library's, and what it takes for them: multiplications for a sample of the higher rate, and
 * so many phases of a filter; more of them are computed from those. */
static const struct speex {
	int quality;
	unsigned taps, phases;
} speex[] = {
	[VSND_RATE_COARSE] = {0, 8, 4},
	[VSND_RATE_FAST] = {4, 64, 8},
	[VSND_RATE_USUAL] = {7, 128, 16},
	[VSND_RATE_BEST] = {10, 256, 32},
};
#define PHASE_PRODUCTS 4u /* of one that is computed */

uint64_t vsnd_rate_cost(
	unsigned channels, uint32_t from_hz, uint32_t to_hz, enum vsnd_rate_quality quality)
{
	const struct speex *filter = &speex[quality];
	uint64_t products = (uint64_t)filter->taps * channels * (from_hz > to_hz ? from_hz : to_hz);
	bool has_phases = to_hz / common_divisor(from_hz, to_hz) <= filter->phases;

	return has_phases ? products : products * PHASE_PRODUCTS;
}

int vsnd_rate_create(unsigned channels, uint32_t from_hz, uint32_t to_hz,
	enum vsnd_rate_quality quality, uint32_t most_frames, struct vsnd_rate **ret)
{
	struct vsnd_rate *rate;
	uint32_t divisor, most_in;
	int err = 0;

	if (channels == 0 || from_hz == 0 || to_hz == 0 || from_hz / to_hz >= RATIO_MAX ||
		to_hz / from_hz >= RATIO_MAX)
		return -EINVAL;
	rate = calloc(1, sizeof(*rate));
	if (rate == NULL)
		return -ENOMEM;
	divisor = common_divisor(from_hz, to_hz);
	rate->channels = channels;
	rate->from = from_hz / divisor;
	rate->to = to_hz / divisor;
	/* One frame may be held back; pulling takes up to the ratio times as many as come out. */
	most_in = most_frames * (rate->from / rate->to + 1) + 2;
	rate->in = calloc((size_t)most_in * channels, sizeof(*rate->in));
	rate->state = speex_resampler_init(channels, from_hz, to_hz, speex[quality].quality, &err);
	if (rate->in == NULL || rate->state == NULL) {
		vsnd_rate_destroy(rate);
		return -ENOMEM;
	}
	*ret = rate;
	return 0;
}

void vsnd_rate_destroy(struct vsnd_rate *rate)
{
	if (rate == NULL)
		return;
	if (rate->state != NULL)
		speex_resampler_destroy(rate->state);
	free(rate->in);
	free(rate);
}

uint32_t vsnd_rate_wash_frames(const struct vsnd_rate *rate)
{
	return 2 * vsnd_rate_delay_frames(rate) + 1;
}

void vsnd_rate_reset(struct vsnd_rate *rate)
{
	speex_resampler_reset_mem(rate->state);
	rate->phase = 0;
	rate->ahead = 0;
}

uint32_t vsnd_rate_delay_frames(const struct vsnd_rate *rate)
{
	return (uint32_t)speex_resampler_get_input_latency(rate->state);
}

uint32_t vsnd_rate_delay_out_frames(const struct vsnd_rate *rate)
{
	uint64_t frames = vsnd_rate_delay_frames(rate);

	return (uint32_t)((frames * rate->to + rate->from - 1) / rate->from);
}

/*
 * The last of these frames lies past so many that went in, and needs one more to be made. The
 * resampler makes a frame when it has the one that it lies past or on; then it steps on, perhaps
 * beyond what it has: it passes over that much of what comes.
 */
uint32_t vsnd_rate_need(const struct vsnd_rate *rate, uint32_t out_frames)
{
	uint64_t last;
	int64_t need;

	if (out_frames == 0)
		return 0;
	last = (rate->phase + (uint64_t)(out_frames - 1) * rate->from) / rate->to;
	need = (int64_t)last + 1 - rate->ahead;
	return need > 0 ? (uint32_t)need : 0;
}

/* Keeps the books: frames that went in and that came out. */
static void step_on(struct vsnd_rate *rate, uint32_t in_frames, uint32_t out_frames)
{
	uint64_t reached = rate->phase + (uint64_t)out_frames * rate->from;

	rate->ahead += (int64_t)in_frames - (int64_t)(reached / rate->to);
	rate->phase = (uint32_t)(reached % rate->to);
}

void vsnd_rate_pull(struct vsnd_rate *rate, const float *in, float *out, uint32_t out_frames)
{
	uint32_t held = rate->ahead > 0 ? (uint32_t)rate->ahead : 0;
	uint32_t need = vsnd_rate_need(rate, out_frames);
	spx_uint32_t taken = held + need, made = out_frames;
	size_t frame = rate->channels;

	if (out_frames == 0)
		return;
	memcpy(rate->in + held * frame, in, need * frame * sizeof(*in));
	speex_resampler_process_interleaved_float(rate->state, rate->in, &taken, out, &made);
	step_on(rate, need, out_frames);
	if (rate->ahead > 0)
		memmove(rate->in, rate->in + taken * frame,
			(size_t)rate->ahead * frame * sizeof(*rate->in));
}

/* One more than can be: the resampler stops taking when there is no room left. */
uint32_t vsnd_rate_room(const struct vsnd_rate *rate, uint32_t in_frames)
{
	return (uint32_t)((uint64_t)in_frames * rate->to / rate->from) + 2;
}

uint32_t vsnd_rate_push(struct vsnd_rate *rate, const float *in, uint32_t in_frames, float *out)
{
	spx_uint32_t taken = in_frames, made = vsnd_rate_room(rate, in_frames);

	if (in_frames == 0)
		return 0;
	speex_resampler_process_interleaved_float(rate->state, in, &taken, out, &made);
	step_on(rate, in_frames, made);
	return made;
}
