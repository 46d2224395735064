/* SPDX-License-Identifier: MIT */
#include "tests/bench/burst.h"

#include <errno.h>
#include <math.h>

#define AMPLITUDE 16384
#define ALIKE_MIN 0.6   /* of 1: the same but for its strength */
#define POWER_MIN 100.0 /* mean square, in steps of 16 bits: anything at all */

int16_t pvbench_burst_sample(unsigned index)
{
	/* A fixed integer hash: its low bits toss the coin. */
	uint32_t hash = (index + 1) * UINT32_C(2654435761);

	hash ^= hash >> 15;
	hash *= UINT32_C(2246822519);
	hash ^= hash >> 13;
	return (hash & 1) != 0 ? AMPLITUDE : -AMPLITUDE;
}

static double correlation(const int16_t *samples, const double *burst)
{
	double sum = 0;

	for (unsigned i = 0; i < PVBENCH_BURST_FRAMES; i++)
		sum += burst[i] * samples[i];
	return fabs(sum);
}

static double energy(const int16_t *samples)
{
	double sum = 0;

	for (unsigned i = 0; i < PVBENCH_BURST_FRAMES; i++)
		sum += (double)samples[i] * samples[i];
	return sum;
}

int pvbench_burst_find(const int16_t *samples, size_t count, size_t *ret_begin)
{
	double burst[PVBENCH_BURST_FRAMES], best = -1, power;
	size_t best_begin = 0;

	for (unsigned i = 0; i < PVBENCH_BURST_FRAMES; i++)
		burst[i] = pvbench_burst_sample(i);
	for (size_t begin = 0; begin + PVBENCH_BURST_FRAMES <= count; begin++) {
		double like = correlation(samples + begin, burst);

		if (like > best) {
			best = like;
			best_begin = begin;
		}
	}
	if (best < 0)
		return -ENOENT;
	power = energy(samples + best_begin);
	if (power < POWER_MIN * PVBENCH_BURST_FRAMES ||
		best < ALIKE_MIN * AMPLITUDE * sqrt(PVBENCH_BURST_FRAMES * power))
		return -ENOENT;
	*ret_begin = best_begin;
	return 0;
}
