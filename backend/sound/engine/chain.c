/* SPDX-License-Identifier: MIT */
#include "backend/sound/engine/chain.h"

#include <math.h>
#include <string.h>

/* What was counted apart may come to more than 1 together: a miss goes first. */
static double up_from(const struct vsnd_chain *chain, unsigned depth_steps, unsigned b)
{
	if (b == depth_steps)
		return 0;
	return b == 0 ? chain->catch_up : fmin(chain->catch_up, 1 - chain->miss);
}

/*
 * In the long run as many steps lead from b to b + 1 as back, so that P(b) up(b) = P(b + 1) ε.
 * Upwards from P(0) = 1, scaled down whenever it grows large.
 */
double vsnd_chain_empty(const struct vsnd_chain *chain, unsigned depth_steps)
{
	double empty = 1, now = 1, sum = 1;

	if (depth_steps == 0)
		return 1;
	if (chain->miss <= 0)
		return 0;
	for (unsigned b = 0; b < depth_steps; b++) {
		now *= up_from(chain, depth_steps, b) / chain->miss;
		sum += now;
		if (sum > 1e100) {
			empty /= sum;
			now /= sum;
			sum = 1;
		}
	}
	return empty / sum;
}

double vsnd_chain_dropouts(const struct vsnd_chain *chain, unsigned depth_steps)
{
	if (depth_steps == 0)
		return chain->miss;
	if (chain->miss <= 0)
		return 0;
	if (chain->catch_up <= 0)
		return 1;
	/* As many begin as end. */
	return vsnd_chain_empty(chain, depth_steps) * chain->catch_up;
}

unsigned vsnd_chain_depth(
	const struct vsnd_chain *chain, double dropouts_per_step, unsigned max_steps)
{
	for (unsigned depth = 0; depth < max_steps; depth++)
		if (vsnd_chain_dropouts(chain, depth) <= dropouts_per_step)
			return depth;
	return max_steps;
}

void vsnd_chain_after(const struct vsnd_chain *chain, unsigned depth_steps, uint64_t steps,
	double *ret_probabilities)
{
	double *now = ret_probabilities;

	memset(now, 0, (depth_steps + 1) * sizeof(*now));
	now[depth_steps] = 1;
	for (uint64_t step = 0; step < steps; step++) {
		double risen = 0; /* from the one below */

		for (unsigned b = 0; b <= depth_steps; b++) {
			double up = up_from(chain, depth_steps, b);
			double down = b > 0 ? chain->miss : 0;
			double fell = b < depth_steps ? now[b + 1] * chain->miss : 0;
			double rises = now[b] * up;

			now[b] = now[b] * (1 - up - down) + fell + risen;
			risen = rises;
		}
	}
}

unsigned vsnd_chain_step(
	const struct vsnd_chain *chain, unsigned depth_steps, unsigned b, double dice)
{
	if (dice < up_from(chain, depth_steps, b))
		return b + 1;
	if (b > 0 && dice >= 1 - chain->miss)
		return b - 1;
	return b;
}

/* ---- from what was seen ---- */

void vsnd_chain_count(
	struct vsnd_chain_counts *counts, unsigned depth_steps, unsigned before, unsigned after)
{
	if (before > 0) {
		counts->could_miss++;
		counts->misses += after < before;
		counts->dropouts += after == 0;
	}
	if (before < depth_steps) {
		counts->could_catch_up++;
		counts->catch_ups += after > before;
	}
}

void vsnd_chain_counts_add(
	struct vsnd_chain_counts *counts, double keep, const struct vsnd_chain_counts *more)
{
	counts->could_miss = counts->could_miss * keep + more->could_miss;
	counts->misses = counts->misses * keep + more->misses;
	counts->could_catch_up = counts->could_catch_up * keep + more->could_catch_up;
	counts->catch_ups = counts->catch_ups * keep + more->catch_ups;
	counts->dropouts = counts->dropouts * keep + more->dropouts;
}

struct vsnd_chain_share vsnd_chain_share(double hits, double tries, double z)
{
	double is, middle, half, scale;

	if (tries <= 0)
		return (struct vsnd_chain_share){0, 0, 1};
	is = hits / tries;
	scale = 1 / (1 + z * z / tries);
	middle = scale * (is + z * z / (2 * tries));
	half = scale * z * sqrt(is * (1 - is) / tries + z * z / (4 * tries * tries));
	return (struct vsnd_chain_share){is, fmax(0, middle - half), fmin(1, middle + half)};
}

struct vsnd_chain vsnd_chain_guess(const struct vsnd_chain_counts *counts)
{
	return (struct vsnd_chain){
		.miss = vsnd_chain_share(counts->misses, counts->could_miss, 0).is,
		.catch_up =
			counts->could_catch_up > 0 ? counts->catch_ups / counts->could_catch_up : 1,
	};
}

struct vsnd_chain vsnd_chain_fear(const struct vsnd_chain_counts *counts, double z)
{
	return (struct vsnd_chain){
		.miss = vsnd_chain_share(counts->misses, counts->could_miss, z).most,
		.catch_up = vsnd_chain_share(counts->catch_ups + 1, counts->could_catch_up + 2, z)
				    .least,
	};
}
