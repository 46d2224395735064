/* SPDX-License-Identifier: MIT */
/* The controller against simulated devices: chains whose ε and u change, and stalls that no chain
 * foresees. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "backend/sound/engine/depth.h"

#define STEPS_PER_S 1000u
#define DECIDE_STEPS 100u

static const struct vsnd_depth_params usual = {.step_ns = 1000000,
	.min_steps = 1,
	.max_steps = 40,
	.begin_steps = 4,
	.dropouts_per_hour = 1};

struct device {
	struct vsnd_depth depth;
	struct vsnd_depth_seen seen;
	struct vsnd_chain chain;
	unsigned stall_every_s; /* 0: never */
	unsigned stall_steps;
	uint64_t dice, step;
	unsigned b, lowest;
	unsigned dropouts;
};

static double even(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return (double)(*state >> 11) / 9007199254740992.0;
}

static struct device device_make(const struct vsnd_depth_params *params)
{
	struct device device = {.dice = 88172645463325252u, .chain = {0, 1}};

	assert_int_equal(vsnd_depth_begin(params, &device.depth), 0);
	device.b = device.lowest = device.depth.steps;
	return device;
}

/* A stall takes the buffer down whatever the chain says; what it lacked is told, too. */
static void stall(struct device *device)
{
	unsigned depth = device->depth.steps;
	unsigned below = device->stall_steps;

	device->seen.sank[below < VSND_DEPTH_MAX_STEPS ? below : VSND_DEPTH_MAX_STEPS]++;
	device->dropouts += below >= depth;
	device->b = device->lowest = depth;
}

static void step(struct device *device)
{
	unsigned depth = device->depth.steps;
	unsigned after;

	if (device->b > depth)
		device->b = device->lowest = depth;
	after = vsnd_chain_step(&device->chain, depth, device->b, even(&device->dice));
	vsnd_chain_count(&device->seen.counts, depth, device->b, after);
	device->dropouts += after == 0 && device->b > 0;
	device->b = after;
	if (after < device->lowest)
		device->lowest = after;
	if (after == depth && device->lowest < depth) {
		device->seen.sank[depth - device->lowest]++;
		device->lowest = depth;
	}
	device->step++;
	device->seen.steps++;
	if (device->stall_every_s > 0 && device->step % (device->stall_every_s * STEPS_PER_S) == 0)
		stall(device);
}

static void run(struct device *device, unsigned seconds)
{
	for (unsigned i = 0; i < seconds * STEPS_PER_S; i++) {
		step(device);
		if (device->seen.steps == DECIDE_STEPS) {
			unsigned before = device->depth.steps;

			vsnd_depth_decide(&device->depth, &device->seen);
			memset(&device->seen, 0, sizeof(device->seen));
			if (device->depth.steps > before)
				device->b += device->depth.steps - before;
			device->lowest = device->b;
		}
	}
}

static void test_a_calm_device_becomes_shallow(void **state)
{
	struct device device = device_make(&usual);

	(void)state;
	assert_int_equal(device.depth.steps, 4);
	run(&device, 600);
	assert_in_range(device.depth.steps, 1, 2);
	assert_int_equal(device.dropouts, 0);
}

/* One an hour needs 5 steps of the thesis's chain; certainty costs one or two. */
static void test_the_asked_rate_is_met_and_little_more(void **state)
{
	struct device device = device_make(&usual);

	(void)state;
	device.chain = (struct vsnd_chain){0.042, 0.933};
	run(&device, 4 * 3600);
	assert_in_range(device.depth.steps, 5, 7);
	assert_in_range(device.dropouts, 0, 12);
}

static void test_more_dropouts_may_be_asked_for(void **state)
{
	struct vsnd_depth_params params = usual;
	struct device device;

	(void)state;
	params.dropouts_per_hour = 3600;
	device = device_make(&params);
	device.chain = (struct vsnd_chain){0.042, 0.933};
	run(&device, 1800);
	assert_in_range(device.depth.steps, 2, 4);
	assert_in_range(device.dropouts, 1, 1800);
}

static void test_a_load_that_comes_and_goes(void **state)
{
	struct device device = device_make(&usual);
	unsigned calm, before;

	(void)state;
	run(&device, 600);
	calm = device.depth.steps;
	device.chain = (struct vsnd_chain){0.2, 0.7};
	run(&device, 2);
	assert_true(device.depth.steps > calm + 4);
	before = device.dropouts;
	run(&device, 3600);
	/* While the evidence grew; then hardly ever. */
	assert_in_range(device.dropouts - before, 0, 4);
	device.chain = (struct vsnd_chain){0.0001, 0.99};
	run(&device, 4 * 3600);
	assert_in_range(device.depth.steps, 1, calm + 3);
}

/* No chain has a stall of 12 steps once in five minutes: what was seen must count. */
static void test_what_no_chain_foresees_is_remembered(void **state)
{
	struct device device = device_make(&usual);

	(void)state;
	device.stall_every_s = 300;
	device.stall_steps = 12;
	run(&device, 299);
	assert_in_range(device.depth.steps, 1, 4);
	run(&device, 2);
	assert_int_equal(device.dropouts, 1);
	assert_int_equal(device.depth.steps, 13);
	run(&device, 3600);
	assert_int_equal(device.dropouts, 1);
	assert_int_equal(device.depth.steps, 13);
	device.stall_every_s = 0;
	run(&device, 6 * 3600);
	assert_in_range(device.depth.steps, 1, 3);
}

static void test_going_down_too_early_costs_patience(void **state)
{
	struct vsnd_depth_params params = usual;
	struct device device;

	(void)state;
	params.dropouts_per_hour = 60;
	device = device_make(&params);
	device.stall_every_s = 400;
	device.stall_steps = 6;
	run(&device, 4 * 3600);
	/* At one a minute they are within what was asked, so it may go down; it must not begin anew
	 * after each. */
	assert_in_range(device.dropouts, 1, 36);
}

static void test_limits_hold(void **state)
{
	struct vsnd_depth_params params = usual;
	struct device device;

	(void)state;
	params.min_steps = params.max_steps = 7;
	device = device_make(&params);
	device.chain = (struct vsnd_chain){0.5, 0.5};
	run(&device, 60);
	assert_int_equal(device.depth.steps, 7);
	params.min_steps = 3;
	device = device_make(&params);
	device.chain = (struct vsnd_chain){0.5, 0.5};
	run(&device, 60);
	assert_int_equal(device.depth.steps, 7);
	device = device_make(&params);
	run(&device, 600);
	assert_int_equal(device.depth.steps, 3);
}

/* A stall that the deepest allowed would not have borne either costs no latency. */
static void test_what_nothing_helps_against(void **state)
{
	struct vsnd_depth_params params = usual;
	struct device device;

	(void)state;
	params.max_steps = 12;
	device = device_make(&params);
	device.stall_every_s = 300;
	device.stall_steps = 12;
	run(&device, 3600);
	assert_int_equal(device.dropouts, 12);
	assert_in_range(device.depth.steps, 1, 3);
}

/* Little evidence moves nothing; what the buffer's thread did is taken over. */
static void test_without_a_miss_nothing_rises(void **state)
{
	struct vsnd_depth_params params = usual;
	struct device device;

	(void)state;
	params.begin_steps = 2;
	device = device_make(&params);
	run(&device, 1);
	assert_int_equal(device.depth.steps, 2);
	device.seen.raised_to_steps = 9;
	run(&device, 1);
	assert_int_equal(device.depth.steps, 9);
	device.seen.raised_to_steps = 100;
	run(&device, 1);
	assert_int_equal(device.depth.steps, 40);
}

static void test_bad_parameters(void **state)
{
	struct vsnd_depth_params params = usual;
	struct vsnd_depth depth;

	(void)state;
	params.min_steps = 0;
	assert_int_equal(vsnd_depth_begin(&params, &depth), -EINVAL);
	params.min_steps = 41;
	assert_int_equal(vsnd_depth_begin(&params, &depth), -EINVAL);
	params = usual;
	params.max_steps = VSND_DEPTH_MAX_STEPS + 1;
	assert_int_equal(vsnd_depth_begin(&params, &depth), -EINVAL);
	params = usual;
	params.dropouts_per_hour = 0;
	assert_int_equal(vsnd_depth_begin(&params, &depth), -EINVAL);
	params = usual;
	params.step_ns = 0;
	assert_int_equal(vsnd_depth_begin(&params, &depth), -EINVAL);
}

static void test_estimates_are_told(void **state)
{
	struct device device = device_make(&usual);
	struct vsnd_depth_estimate estimate;

	(void)state;
	device.chain = (struct vsnd_chain){0.042, 0.933};
	run(&device, 240);
	vsnd_depth_estimate(&device.depth, &estimate);
	assert_true(estimate.miss.least <= 0.042 && estimate.miss.most >= 0.042);
	assert_true(estimate.miss.most - estimate.miss.least < 0.005);
	assert_true(estimate.catch_up.least <= 0.935 && estimate.catch_up.most >= 0.931);
	assert_true(estimate.predicted_per_hour > 0 && estimate.predicted_per_hour < 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_calm_device_becomes_shallow),
		cmocka_unit_test(test_the_asked_rate_is_met_and_little_more),
		cmocka_unit_test(test_more_dropouts_may_be_asked_for),
		cmocka_unit_test(test_a_load_that_comes_and_goes),
		cmocka_unit_test(test_what_no_chain_foresees_is_remembered),
		cmocka_unit_test(test_going_down_too_early_costs_patience),
		cmocka_unit_test(test_limits_hold),
		cmocka_unit_test(test_what_nothing_helps_against),
		cmocka_unit_test(test_without_a_miss_nothing_rises),
		cmocka_unit_test(test_bad_parameters),
		cmocka_unit_test(test_estimates_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
