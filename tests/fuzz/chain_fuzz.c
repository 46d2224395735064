/* SPDX-License-Identifier: MIT */
/*
 * The underrun model with any probabilities, and the controller of depths with any counts: parts
 * are parts, more depth never means more dropouts, exact and long-run solution agree, a depth stays
 * within its limits, and so does what is estimated.
 */
#include <math.h>
#include <stdbool.h>

#include "backend/sound/engine/depth.h"
#include "tests/fuzz/fuzz.h"

#define DEPTH_MOST 24u
#define STEPS_MOST 3000u
#define DECISIONS_MOST 200

/* With the ends and small ones as often as the rest. */
static double any_part(struct fuzz_input *input)
{
	double part = fuzz_word(input) / 4294967295.0;
	uint8_t kind = fuzz_byte(input) % 6;

	return kind == 0 ? 0 : kind == 1 ? 1 : kind == 2 ? pow(part, 8) : part;
}

static bool is_part(double value)
{
	return value >= 0 && value <= 1 + 1e-9;
}

static void check_chain(struct fuzz_input *input)
{
	struct vsnd_chain chain = {.miss = any_part(input), .catch_up = any_part(input)};
	unsigned depth = fuzz_byte(input) % (DEPTH_MOST + 1);
	double after[DEPTH_MOST + 1], sum = 0, asked = any_part(input);
	unsigned b = depth, least;

	vsnd_chain_after(&chain, depth, fuzz_word(input) % STEPS_MOST, after);
	for (unsigned i = 0; i <= depth; i++) {
		FUZZ_CHECK(is_part(after[i]));
		sum += after[i];
	}
	FUZZ_CHECK(fabs(sum - 1) < 1e-9);
	for (unsigned i = 0; i < DEPTH_MOST; i++) {
		FUZZ_CHECK(is_part(vsnd_chain_empty(&chain, i)));
		FUZZ_CHECK(is_part(vsnd_chain_dropouts(&chain, i)));
	}
	least = vsnd_chain_depth(&chain, asked, DEPTH_MOST);
	FUZZ_CHECK(least <= DEPTH_MOST);
	FUZZ_CHECK(least == DEPTH_MOST || vsnd_chain_dropouts(&chain, least) <= asked);
	FUZZ_CHECK(least == 0 || vsnd_chain_dropouts(&chain, least - 1) > asked);
	for (unsigned i = 0; i < 64; i++) {
		unsigned next = vsnd_chain_step(&chain, depth, b, fuzz_word(input) / 4294967296.0);

		FUZZ_CHECK(next <= depth && next <= b + 1 && b <= next + 1);
		b = next;
	}
}

static uint64_t any_count(struct fuzz_input *input, uint64_t most)
{
	return fuzz_byte(input) % 3 == 0 ? 0 : fuzz_word(input) % (most + 1);
}

static struct vsnd_depth_seen any_seen(struct fuzz_input *input, unsigned depth_steps)
{
	struct vsnd_depth_seen seen = {.steps = any_count(input, 1000000)};
	uint64_t below = any_count(input, seen.steps);

	seen.counts.could_miss = (double)(seen.steps - any_count(input, below));
	seen.counts.misses = (double)any_count(input, (uint64_t)seen.counts.could_miss);
	seen.counts.could_catch_up = (double)below;
	seen.counts.catch_ups = (double)any_count(input, below);
	seen.counts.dropouts = (double)any_count(input, (uint64_t)seen.counts.misses);
	for (unsigned i = 0; i < 8; i++)
		seen.sank[fuzz_byte(input) % (VSND_DEPTH_MAX_STEPS + 1)] =
			any_count(input, seen.steps);
	if (fuzz_byte(input) % 8 == 0)
		seen.raised_to_steps = depth_steps + fuzz_byte(input) % 4;
	return seen;
}

static void check_depth(struct fuzz_input *input)
{
	struct vsnd_depth_params params = {
		.step_ns = 100000 + fuzz_word(input) % 20000000,
		.min_steps = 1 + fuzz_byte(input) % VSND_DEPTH_MAX_STEPS,
		.max_steps = fuzz_byte(input),
		.begin_steps = fuzz_byte(input),
		.dropouts_per_hour = 1e-6 + any_part(input) * 10000,
	};
	struct vsnd_depth depth;
	struct vsnd_depth_estimate estimate;
	bool valid =
		params.min_steps <= params.max_steps && params.max_steps <= VSND_DEPTH_MAX_STEPS;
	int err = vsnd_depth_begin(&params, &depth);

	FUZZ_CHECK((err == 0) == valid);
	for (int i = 0; valid && input->left > 0 && i < DECISIONS_MOST; i++) {
		struct vsnd_depth_seen seen = any_seen(input, depth.steps);
		unsigned steps = vsnd_depth_decide(&depth, &seen);

		FUZZ_CHECK(steps >= params.min_steps && steps <= params.max_steps);
		vsnd_depth_estimate(&depth, &estimate);
		FUZZ_CHECK(is_part(estimate.miss.least) && is_part(estimate.miss.most));
		FUZZ_CHECK(estimate.miss.least <= estimate.miss.most);
		FUZZ_CHECK(estimate.catch_up.least <= estimate.catch_up.most);
		FUZZ_CHECK(
			estimate.predicted_per_hour >= 0 && isfinite(estimate.predicted_per_hour));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct fuzz_input input = {bytes, size};

	check_chain(&input);
	check_depth(&input);
	return 0;
}
