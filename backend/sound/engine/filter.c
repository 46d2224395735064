/* SPDX-License-Identifier: MIT */
#include "backend/sound/engine/filter.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <speex/speex_resampler.h>

#define COEFFICIENTS_MAX (128u * 1024)
#define LANES 4u

/* The library's filters have a length of a multiple of 8. */
typedef float vector __attribute__((vector_size(LANES * sizeof(float))));

struct vsnd_filter {
	uint32_t taps;
	float *rows; /* one for each place */
};

static uint32_t common_divisor(uint32_t a, uint32_t b)
{
	return b == 0 ? a : common_divisor(b, a % b);
}

/*
 * Clicks go in, so far apart that each frame which comes out has at most one of them in its reach,
 * and at a distance that has no divisor in common with `from`: so each place meets a click at each
 * tap in turn.
 */
static int write_down(
	struct vsnd_filter *filter, SpeexResamplerState *state, uint32_t from, uint32_t to)
{
	uint32_t taps = filter->taps, apart = taps, room = to / from + 2;
	float *out = calloc(room, sizeof(*out));
	uint64_t at = 0; /* of the next frame that comes out, in 1/to */

	if (out == NULL)
		return -ENOMEM;
	while (common_divisor(apart, from) != 1)
		apart++;
	for (uint32_t i = 0; i < from * apart; i++) {
		float in = i % apart == 0 ? 1 : 0;
		spx_uint32_t taken = 1, made = room;

		speex_resampler_process_float(state, 0, &in, &taken, out, &made);
		for (spx_uint32_t k = 0; k < made; k++, at += from)
			if (i % apart < taps)
				filter->rows[at % to * taps + taps - 1 - i % apart] = out[k];
	}
	free(out);
	return 0;
}

int vsnd_filter_create(uint32_t from, uint32_t to, int quality, struct vsnd_filter **ret)
{
	struct vsnd_filter *filter = calloc(1, sizeof(*filter));
	SpeexResamplerState *state = speex_resampler_init(1, from, to, quality, NULL);
	int err = -ENOMEM;

	if (filter != NULL && state != NULL) {
		filter->taps = 2 * (uint32_t)speex_resampler_get_input_latency(state);
		if ((uint64_t)filter->taps * to > COEFFICIENTS_MAX ||
			(uint64_t)filter->taps * from > COEFFICIENTS_MAX)
			err = -ENOSPC;
		else
			filter->rows = calloc((size_t)filter->taps * to, sizeof(float));
	}
	if (filter != NULL && filter->rows != NULL)
		err = write_down(filter, state, from, to);
	if (state != NULL)
		speex_resampler_destroy(state);
	if (err < 0) {
		vsnd_filter_destroy(filter);
		return err;
	}
	*ret = filter;
	return 0;
}

void vsnd_filter_destroy(struct vsnd_filter *filter)
{
	if (filter == NULL)
		return;
	free(filter->rows);
	free(filter);
}

uint32_t vsnd_filter_taps(const struct vsnd_filter *filter)
{
	return filter->taps;
}

float vsnd_filter_run(const struct vsnd_filter *filter, uint32_t place, const float *taps)
{
	const float *row = filter->rows + (size_t)place * filter->taps;
	vector sums[2] = {0};
	float sum = 0;

	for (uint32_t i = 0; i < filter->taps; i += 2 * LANES)
		for (unsigned k = 0; k < 2; k++) {
			vector a, b;

			memcpy(&a, row + i + k * LANES, sizeof(a));
			memcpy(&b, taps + i + k * LANES, sizeof(b));
			sums[k] += a * b;
		}
	sums[0] += sums[1];
	for (unsigned k = 0; k < LANES; k++)
		sum += sums[0][k];
	return sum;
}
