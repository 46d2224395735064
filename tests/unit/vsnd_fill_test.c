/* SPDX-License-Identifier: MIT */
/* How full a device's buffer is kept, against a device that plays in steps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "backend/sound/card/fill.h"

#define BUFFER 960u

/* A device that takes step frames at a time. */
static struct vsnd_fill watched(uint32_t quantum_frames, uint32_t step_frames)
{
	struct vsnd_fill fill;

	vsnd_fill_begin(&fill, quantum_frames, BUFFER);
	vsnd_fill_device_step(&fill, step_frames);
	return fill;
}

/* Fills it up, lets it play a step, and so on: what is missing when a step is due. */
static uint32_t missing_at_worst(struct vsnd_fill *fill, uint32_t step_frames)
{
	uint32_t inside = 0, worst = 0;

	for (int i = 0; i < 100; i++) {
		while (vsnd_fill_wants(fill, inside))
			inside += fill->quantum_frames;
		assert_true(inside <= fill->target_frames);
		if (inside < step_frames && step_frames - inside > worst)
			worst = step_frames - inside;
		inside = inside > step_frames ? inside - step_frames : 0;
	}
	return worst;
}

static void test_fine_device_holds_four_quanta(void **state)
{
	struct vsnd_fill fill = watched(48, 5);

	(void)state;
	assert_int_equal(fill.target_frames, 4 * 48);
	assert_int_equal(missing_at_worst(&fill, 48), 0);
}

static void test_coarse_device_never_runs_dry(void **state)
{
	(void)state;
	for (uint32_t quantum = 16; quantum <= 128; quantum += 16) {
		struct vsnd_fill fill = watched(quantum, 192);

		assert_int_equal(missing_at_worst(&fill, 192), 0);
		/* With room for another, where four quanta hold one. */
		assert_int_equal(fill.target_frames, 192 + (quantum < 48 ? 2 : 4) * quantum);
	}
}

static void limit(struct vsnd_fill *fill, uint32_t fixed, uint32_t min, uint32_t max)
{
	struct vsnd_fill_limits limits = {fixed, min, max};

	vsnd_fill_limit(fill, &limits, 48000);
}

/* What was found is where the depth begins: with a device that counts in steps, to the frame. */
static void test_depth_begins_at_what_was_found(void **state)
{
	(void)state;
	for (uint32_t quantum = 16; quantum <= 128; quantum += 16) {
		struct vsnd_fill fill = watched(quantum, 192);
		uint32_t found = fill.target_frames;

		limit(&fill, 0, 0, 0);
		/* Four quanta of 128 and the step are less than two steps. */
		assert_int_equal(fill.target_frames, found);
		assert_int_equal(fill.step_frames, quantum);
		assert_int_equal(vsnd_fill_target(&fill, 1), 192 + 2 * quantum);
		fill = watched(quantum, 1);
		limit(&fill, 0, 0, 0);
		assert_int_equal(fill.target_frames, 4 * quantum + 1);
		assert_int_equal(fill.depth_steps, 3);
	}
}

static void test_limits_to_the_frame(void **state)
{
	struct vsnd_fill fill = watched(16, 4);

	(void)state;
	limit(&fill, 0, 100, 200);
	/* 20 + n * 16 */
	assert_int_equal(vsnd_fill_target(&fill, fill.min_steps), 100);
	assert_int_equal(vsnd_fill_target(&fill, fill.max_steps), 196);
	assert_int_equal(fill.target_frames, 100);
	fill = watched(16, 4);
	limit(&fill, 333, 0, 0);
	assert_int_equal(fill.target_frames, 333);
	assert_int_equal(fill.min_steps, fill.max_steps);
	assert_int_equal(vsnd_fill_target(&fill, fill.max_steps), 333);
	fill = watched(16, 4);
	limit(&fill, 0, 0, 900);
	vsnd_fill_ran_dry(&fill, UINT32_MAX);
	/* Nothing would have borne it. */
	assert_int_equal(fill.depth_steps, 4);
}

/* What is asked for is got: by default there is room above the least. */
static void test_a_least_alone(void **state)
{
	const struct vsnd_fill_limits least = {.min_frames = 80 * 48}, none = {0},
				      fixed = {.fixed_frames = 500 * 48};
	struct vsnd_fill fill;

	(void)state;
	assert_int_equal(vsnd_fill_room(&none, 48000), 40 * 48);
	assert_int_equal(vsnd_fill_room(&fixed, 48000), 500 * 48);
	vsnd_fill_begin(&fill, 128, vsnd_fill_room(&least, 48000));
	vsnd_fill_limit(&fill, &least, 48000);
	assert_in_range(fill.target_frames, 80 * 48, 80 * 48 + fill.step_frames);
	assert_in_range(vsnd_fill_target(&fill, fill.max_steps), 150 * 48, 160 * 48);
}

/* However short the quantum, the steps are few enough for the chain. */
static void test_many_short_quanta_are_few_steps(void **state)
{
	struct vsnd_fill fill;

	(void)state;
	vsnd_fill_begin(&fill, 16, 19200);
	limit(&fill, 0, 0, 9600);
	assert_in_range(fill.max_steps, VSND_DEPTH_MAX_STEPS / 2, VSND_DEPTH_MAX_STEPS);
	assert_int_equal(fill.step_frames % 16, 0);
	assert_in_range(vsnd_fill_target(&fill, fill.max_steps), 9600 - fill.step_frames, 9600);
	vsnd_fill_begin(&fill, 16, 19200);
	limit(&fill, 19000, 0, 0);
	assert_int_equal(fill.target_frames, 19000);
}

static void test_rises_by_what_was_missing(void **state)
{
	struct vsnd_fill fill = watched(16, 4);

	(void)state;
	limit(&fill, 0, 0, BUFFER);
	assert_int_equal(fill.depth_steps, 3);
	vsnd_fill_ran_dry(&fill, 100);
	/* It lacked 6 steps and a quarter. */
	assert_int_equal(fill.target_frames, 20 + 10 * 16);
	assert_int_equal(missing_at_worst(&fill, 130), 0);
}

/* Fills it up, and lets it play so much. */
static void fill_and_play(struct vsnd_fill *fill, uint32_t *inside, uint32_t frames)
{
	vsnd_fill_look(fill, *inside);
	while (vsnd_fill_wants(fill, *inside)) {
		*inside += fill->quantum_frames;
		vsnd_fill_wrote(fill, fill->quantum_frames);
		vsnd_fill_look(fill, *inside);
	}
	*inside -= frames;
}

/* A thread that comes in time for each of the device's steps misses nothing. */
static void test_what_is_below_a_step_is_no_miss(void **state)
{
	const struct vsnd_fill_report *report;
	struct vsnd_fill fill = watched(48, 192);
	uint32_t inside = 0;

	(void)state;
	limit(&fill, 0, 0, 0);
	assert_int_equal(fill.depth_steps, 3);
	for (int i = 0; vsnd_fill_report(&fill) == NULL; i++) {
		assert_true(i < 100);
		fill_and_play(&fill, &inside, 192);
	}
	report = vsnd_fill_report(&fill);
	assert_true(report->seen.steps > 100);
	assert_true(report->seen.counts.could_miss > 100);
	assert_int_equal((int)report->seen.counts.misses, 0);
	assert_int_equal(report->below[0], report->seen.steps);
	assert_true(vsnd_fill_rings(&fill));
	assert_false(vsnd_fill_rings(&fill));
	vsnd_fill_answer(&fill, fill.depth_steps);
	assert_null(vsnd_fill_report(&fill));
	vsnd_fill_turn(&fill);
	/* Late by more than one of the chain's steps, and less than two. */
	fill_and_play(&fill, &inside, 192 + 100);
	for (int i = 0; vsnd_fill_report(&fill) == NULL; i++)
		fill_and_play(&fill, &inside, 192);
	report = vsnd_fill_report(&fill);
	assert_int_equal((int)report->seen.counts.misses, 1);
	assert_int_equal((int)report->seen.counts.catch_ups, 1);
	assert_int_equal((int)report->seen.counts.could_catch_up, 1);
	assert_int_equal(report->seen.sank[1], 1);
	assert_int_equal(report->below[1], 1);
	assert_int_equal(report->dropouts, 0);
}

/* snd-aloop counts ticks and wakes with each second one: that is no miss, and costs no depth. */
static void test_a_device_that_always_wakes_late(void **state)
{
	const struct vsnd_fill_report *report;
	struct vsnd_fill fill = watched(64, 192);
	uint32_t inside = 0, target;

	(void)state;
	limit(&fill, 0, 0, 0);
	target = fill.target_frames;
	assert_int_equal(target, 192 + 4 * 64);
	assert_int_equal(fill.depth_steps, 3);
	/* The first second. */
	for (int i = 0; i < 125; i++) {
		while (vsnd_fill_wants(&fill, inside)) {
			inside += 64;
			vsnd_fill_wrote(&fill, 64);
		}
		inside -= 384;
		vsnd_fill_woke(&fill, inside);
	}
	for (int i = 0; vsnd_fill_report(&fill) == NULL; i++) {
		assert_true(i < 200);
		fill_and_play(&fill, &inside, 384);
		vsnd_fill_woke(&fill, inside);
	}
	report = vsnd_fill_report(&fill);
	assert_int_equal(fill.target_frames, target);
	assert_int_equal(report->depth_steps, 1);
	assert_int_equal(vsnd_fill_target(&fill, 1), target);
	assert_int_equal((int)report->seen.counts.misses, 0);
	assert_int_equal(report->below[0], report->seen.steps);
	vsnd_fill_answer(&fill, 1);
	/* From now on with each third one: it is found out, and what was counted is dropped. */
	vsnd_fill_turn(&fill);
	vsnd_fill_ran_dry(&fill, 128);
	inside = 0;
	for (int i = 0; vsnd_fill_report(&fill) == NULL; i++) {
		assert_true(i < 400);
		fill_and_play(&fill, &inside, 576);
		vsnd_fill_woke(&fill, inside);
	}
	report = vsnd_fill_report(&fill);
	assert_int_equal((int)report->seen.counts.misses, 0);
	assert_int_equal(report->dropouts, 1);
	assert_int_equal(fill.target_frames, target + 3 * 64);
}

/* An answer that does not know of the last dropout is none. */
static void test_an_old_answer_is_not_taken(void **state)
{
	struct vsnd_fill fill = watched(48, 1);
	uint32_t inside = 0;
	unsigned depth;

	(void)state;
	limit(&fill, 0, 0, 0);
	while (vsnd_fill_report(&fill) == NULL)
		fill_and_play(&fill, &inside, 48);
	vsnd_fill_ran_dry(&fill, 48);
	depth = fill.depth_steps;
	assert_int_equal(depth, 5);
	vsnd_fill_answer(&fill, 1);
	assert_false(vsnd_fill_turn(&fill));
	assert_int_equal(fill.depth_steps, depth);
	inside = 0;
	while (vsnd_fill_report(&fill) == NULL)
		fill_and_play(&fill, &inside, 48);
	assert_int_equal(vsnd_fill_report(&fill)->seen.raised_to_steps, 5);
	assert_int_equal(vsnd_fill_report(&fill)->dropouts, 1);
	vsnd_fill_answer(&fill, 4);
	assert_true(vsnd_fill_turn(&fill));
	assert_int_equal(fill.depth_steps, 4);
}

/* No faster than by an eighth; what is missing meanwhile is no miss. */
static void test_a_wish_for_more_is_met_slowly(void **state)
{
	struct vsnd_fill fill = watched(48, 1);
	uint32_t inside = 0;
	unsigned quanta;

	(void)state;
	limit(&fill, 0, 0, 0);
	vsnd_fill_answer(&fill, 7);
	for (quanta = 0; fill.depth_steps < 7; quanta++) {
		vsnd_fill_turn(&fill);
		fill_and_play(&fill, &inside, 48);
	}
	assert_in_range(quanta, 3 * 8, 4 * 8 + 4);
	/* Nobody was late, so there was nothing to catch up with. */
	while (vsnd_fill_report(&fill) == NULL)
		fill_and_play(&fill, &inside, 48);
	assert_int_equal((int)vsnd_fill_report(&fill)->seen.counts.could_catch_up, 0);
	assert_int_equal((int)vsnd_fill_report(&fill)->seen.counts.misses, 0);
}

static void test_small_buffer(void **state)
{
	struct vsnd_fill fill;

	(void)state;
	vsnd_fill_begin(&fill, 1024, 2048);
	assert_int_equal(fill.target_frames, 2048);
	vsnd_fill_begin(&fill, 1024, 1024);
	assert_true(vsnd_fill_wants(&fill, 0));
	assert_false(vsnd_fill_wants(&fill, 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fine_device_holds_four_quanta),
		cmocka_unit_test(test_coarse_device_never_runs_dry),
		cmocka_unit_test(test_depth_begins_at_what_was_found),
		cmocka_unit_test(test_limits_to_the_frame),
		cmocka_unit_test(test_a_least_alone),
		cmocka_unit_test(test_many_short_quanta_are_few_steps),
		cmocka_unit_test(test_rises_by_what_was_missing),
		cmocka_unit_test(test_what_is_below_a_step_is_no_miss),
		cmocka_unit_test(test_a_device_that_always_wakes_late),
		cmocka_unit_test(test_an_old_answer_is_not_taken),
		cmocka_unit_test(test_a_wish_for_more_is_met_slowly),
		cmocka_unit_test(test_small_buffer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
