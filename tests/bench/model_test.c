/* SPDX-License-Identifier: MIT */
/* Traces that a chain made itself must give the chain back, and predict what shallower ones do. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/bench/model.h"

#define STEPS 400000u

static double even(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return (double)(*state >> 11) / 9007199254740992.0;
}

/* A generator that runs with this chance in each step and fills its buffer: ε = 1 - chance, u =
 * chance, and after so many misses together it rises by as many. */
static struct pvbench_model_trace made_trace(double chance)
{
	struct pvbench_model_trace trace = {
		.steps = STEPS, .b = calloc(STEPS, 1), .wakes = calloc(STEPS, 1)};
	uint64_t dice = 88172645463325252u;
	int b = (int)PVBENCH_MODEL_DEPTH;

	assert_non_null(trace.b);
	assert_non_null(trace.wakes);
	trace.b[0] = (uint8_t)b;
	for (uint32_t i = 1; i < STEPS; i++) {
		trace.wakes[i] = even(&dice) < chance;
		b = trace.wakes[i] ? (int)PVBENCH_MODEL_DEPTH : b > 0 ? b - 1 : 0;
		trace.b[i] = (uint8_t)b;
	}
	return trace;
}

static void test_a_trace_gives_its_chain_back(void **state)
{
	struct pvbench_model_trace trace = made_trace(0.99);
	struct pvbench_model_figures figures = {0};
	struct vsnd_chain chain;

	(void)state;
	pvbench_model_judge(&trace, &figures);
	chain = vsnd_chain_guess(&figures.counts);
	assert_true(fabs(chain.miss - 0.01) < 0.001);
	assert_true(fabs(chain.catch_up - 0.99) < 0.005);
	assert_true(fabs(pvbench_model_rises_by_one(&figures) - 0.99) < 0.005);
	assert_true(fabs(pvbench_model_m(&figures) - 1 / 0.99) < 0.005);
	assert_true(figures.steps == STEPS);
	for (unsigned depth = 0; depth <= 2; depth++) {
		double expected = vsnd_chain_dropouts(&chain, depth) * STEPS;

		assert_true(expected > 1);
		assert_true(
			fabs((double)figures.dropouts[depth] - expected) < 6 * sqrt(expected) + 1);
	}
	free(trace.b);
	free(trace.wakes);
}

static void test_figures_add_up_and_rises_are_seen(void **state)
{
	uint8_t b[] = {20, 19, 17, 20, 20}, wakes[] = {0, 0, 0, 2, 1};
	struct pvbench_model_trace trace = {.steps = 5, .b = b, .wakes = wakes};
	struct pvbench_model_figures figures = {0};

	(void)state;
	pvbench_model_judge(&trace, &figures);
	assert_true(pvbench_model_rises_by_one(&figures) == 0);
	assert_true(pvbench_model_m(&figures) == 3);
	assert_int_equal(figures.changes[PVBENCH_MODEL_CHANGE_MAX + 3], 1);
	assert_int_equal(figures.changes[PVBENCH_MODEL_CHANGE_MAX - 2], 1);
	assert_int_equal(figures.b[20], 3);
	assert_int_equal(figures.dropouts[0], 2);
	assert_int_equal(figures.dropouts[1], 1);
	assert_int_equal(figures.dropouts[2], 1);
	assert_int_equal(figures.dropouts[3], 0);
	pvbench_model_judge(&trace, &figures);
	assert_int_equal(figures.steps, 10);
	assert_int_equal(figures.dropouts[0], 4);
}

static void test_simulation_and_solution_agree(void **state)
{
	static struct pvbench_model_result result;
	struct vsnd_chain chain = {0.04, 0.93};

	(void)state;
	result.ways[PVBENCH_MODEL_RING].chain = chain;
	pvbench_model_simulate(&chain, PVBENCH_MODEL_SIMULATED_STEPS, result.simulated);
	assert_true(result.simulated[1] > 100000);
	assert_true(pvbench_model_simulation_error(&result) < 6);
	/* It would tell. */
	result.ways[PVBENCH_MODEL_RING].chain.miss = 0.05;
	assert_true(pvbench_model_simulation_error(&result) > 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_trace_gives_its_chain_back),
		cmocka_unit_test(test_figures_add_up_and_rises_are_seen),
		cmocka_unit_test(test_simulation_and_solution_agree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
