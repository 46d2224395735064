/* SPDX-License-Identifier: MIT */
/* The chain's formulas against its own steps: iterated exactly, and simulated. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "backend/sound/engine/chain.h"

#define DEPTH_MAX 12u

static const struct vsnd_chain chains[] = {
	{0.042, 0.933},                                     /* the thesis's */
	{0.041, 0.927}, {0.3, 0.5}, {0.5, 0.5}, {0.6, 0.2}, /* mostly empty */
	{0.001, 1.0}, {0.17, 0.91},                         /* estimates that come to more than 1 */
};
#define CHAINS (sizeof(chains) / sizeof(chains[0]))

static double even(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return (double)(*state >> 11) / 9007199254740992.0;
}

static void test_formula_is_where_the_steps_lead(void **state)
{
	double probabilities[DEPTH_MAX + 1];

	(void)state;
	for (unsigned i = 0; i < CHAINS; i++)
		for (unsigned depth = 1; depth <= DEPTH_MAX; depth++) {
			double sum = 0, empty = vsnd_chain_empty(&chains[i], depth);

			vsnd_chain_after(&chains[i], depth, 20000, probabilities);
			for (unsigned b = 0; b <= depth; b++)
				sum += probabilities[b];
			assert_true(fabs(sum - 1) < 1e-9);
			assert_true(fabs(probabilities[0] - empty) < 1e-9 + 1e-6 * empty);
			/* What begins comes from above, what ends goes back: as many. */
			assert_true(fabs(vsnd_chain_dropouts(&chains[i], depth) -
					    probabilities[1] * chains[i].miss) < 1e-9);
		}
}

static void test_first_steps(void **state)
{
	static const struct vsnd_chain chain = {0.1, 0.7};
	double now[3];

	(void)state;
	vsnd_chain_after(&chain, 2, 0, now);
	assert_true(now[2] == 1);
	vsnd_chain_after(&chain, 2, 2, now);
	assert_true(fabs(now[0] - 0.1 * 0.1) < 1e-12);
	assert_true(fabs(now[1] - (0.9 * 0.1 + 0.1 * 0.2)) < 1e-12);
	assert_true(fabs(now[2] - (0.9 * 0.9 + 0.1 * 0.7)) < 1e-12);
}

/* Each added step of depth multiplies the risk by about ε. */
static void test_a_step_of_depth_is_worth_a_factor(void **state)
{
	(void)state;
	for (unsigned depth = 1; depth < 20; depth++) {
		double ratio = vsnd_chain_dropouts(&chains[0], depth + 1) /
			       vsnd_chain_dropouts(&chains[0], depth);

		assert_true(ratio > 0.9 * 0.042 / 0.933 && ratio < 1.1 * 0.042 / 0.933);
	}
}

static void simulate(const struct vsnd_chain *chain, unsigned depth, unsigned steps,
	struct vsnd_chain_counts *ret, double *ret_empty)
{
	uint64_t dice = 88172645463325252u;
	unsigned b = depth, empty = 0;

	for (unsigned i = 0; i < steps; i++) {
		unsigned next = vsnd_chain_step(chain, depth, b, even(&dice));

		vsnd_chain_count(ret, depth, b, next);
		b = next;
		empty += b == 0;
	}
	*ret_empty = (double)empty / steps;
}

static void test_simulation_agrees_with_the_formula(void **state)
{
	const unsigned steps = 2000000;

	(void)state;
	for (unsigned i = 0; i < CHAINS; i++)
		for (unsigned depth = 1; depth <= 3; depth++) {
			struct vsnd_chain_counts counts = {0};
			double expected = vsnd_chain_dropouts(&chains[i], depth) * steps;
			double empty, is = vsnd_chain_empty(&chains[i], depth);

			simulate(&chains[i], depth, steps, &counts, &empty);
			/* Dropouts repel or attract each other a little: six deviations. */
			assert_true(fabs(counts.dropouts - expected) < 6 * sqrt(expected) + 1);
			assert_true(fabs(empty - is) < 0.003);
			assert_true(expected < 100 || counts.dropouts > 0);
		}
}

static void test_counts_give_back_the_chain(void **state)
{
	(void)state;
	for (unsigned i = 0; i < CHAINS; i++) {
		struct vsnd_chain_counts counts = {0};
		struct vsnd_chain guess, fear;
		double empty;

		simulate(&chains[i], 4, 1000000, &counts, &empty);
		guess = vsnd_chain_guess(&counts);
		fear = vsnd_chain_fear(&counts, 4);
		assert_true(fabs(guess.miss - chains[i].miss) < 0.01);
		assert_true(
			fabs(guess.catch_up - fmin(chains[i].catch_up, 1 - chains[i].miss)) < 0.03);
		assert_true(fear.miss >= chains[i].miss && fear.miss < chains[i].miss + 0.02);
		assert_true(fear.catch_up <= chains[i].catch_up);
		assert_true(fear.catch_up > chains[i].catch_up - 0.15);
	}
}

static void test_little_evidence_is_feared(void **state)
{
	struct vsnd_chain_counts counts = {.could_miss = 10};
	struct vsnd_chain fear = vsnd_chain_fear(&counts, 2);

	(void)state;
	assert_true(fear.miss > 0.2 && fear.catch_up < 0.2);
	assert_true(vsnd_chain_guess(&counts).miss == 0);
	assert_true(vsnd_chain_guess(&counts).catch_up == 1);
	counts.could_miss = 1e6;
	assert_true(vsnd_chain_fear(&counts, 2).miss < 5e-6);
	/* 8 of 10 at 95 %, as the books have it. */
	assert_true(fabs(vsnd_chain_share(8, 10, 1.96).least - 0.4902) < 5e-4);
	assert_true(fabs(vsnd_chain_share(8, 10, 1.96).most - 0.9433) < 5e-4);
}

static void test_ends_of_the_range(void **state)
{
	static const struct vsnd_chain never = {0, 0.5}, stuck = {0.1, 0}, lost = {1, 1e-9};
	double worst = vsnd_chain_dropouts(&lost, 1000);

	(void)state;
	assert_true(vsnd_chain_dropouts(&never, 1) == 0 && vsnd_chain_empty(&never, 3) == 0);
	assert_true(vsnd_chain_empty(&stuck, 5) == 1 && vsnd_chain_dropouts(&stuck, 5) == 1);
	assert_true(isfinite(worst) && worst > 0 && vsnd_chain_empty(&lost, 1000) <= 1);
	assert_true(vsnd_chain_empty(&chains[0], 0) == 1);
	assert_true(vsnd_chain_dropouts(&chains[0], 0) == chains[0].miss);
	assert_int_equal(vsnd_chain_depth(&stuck, 1e-9, 40), 40);
	assert_int_equal(vsnd_chain_depth(&never, 1e-9, 40), 0);
	/* One an hour at 1 ms, by hand: r = .045, r^L ε (1 - r) u / ε ≤ 2.8e-7. */
	assert_int_equal(vsnd_chain_depth(&chains[0], 1 / 3.6e6, 40), 5);
}

static void test_old_counts_fade(void **state)
{
	struct vsnd_chain_counts sum = {.could_miss = 100, .misses = 10, .dropouts = 4};
	struct vsnd_chain_counts more = {.could_miss = 1, .could_catch_up = 2, .catch_ups = 1};

	(void)state;
	vsnd_chain_counts_add(&sum, 0.5, &more);
	assert_true(sum.could_miss == 51 && sum.misses == 5 && sum.dropouts == 2);
	assert_true(sum.could_catch_up == 2 && sum.catch_ups == 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_formula_is_where_the_steps_lead),
		cmocka_unit_test(test_first_steps),
		cmocka_unit_test(test_a_step_of_depth_is_worth_a_factor),
		cmocka_unit_test(test_simulation_agrees_with_the_formula),
		cmocka_unit_test(test_counts_give_back_the_chain),
		cmocka_unit_test(test_little_evidence_is_feared),
		cmocka_unit_test(test_ends_of_the_range),
		cmocka_unit_test(test_old_counts_fade),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
