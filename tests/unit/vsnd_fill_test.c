/* SPDX-License-Identifier: MIT */
/* How full a device's buffer is kept, against a device that plays in steps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "backend/sound/card/fill.h"

#define BUFFER 960u

/* A device that takes step frames at a time, watched from its start. */
static struct vsnd_fill watched(uint32_t quantum_frames, uint32_t step_frames)
{
	struct vsnd_fill fill;
	uint32_t played = 0;

	vsnd_fill_begin(&fill, quantum_frames, BUFFER);
	do {
		played += step_frames;
		assert_true(played < BUFFER);
	} while (!vsnd_fill_watch(&fill, played));
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

/* Who looks late sees two steps as one. */
static void test_late_looks_do_not_count(void **state)
{
	struct vsnd_fill fill;

	(void)state;
	vsnd_fill_begin(&fill, 16, BUFFER);
	assert_false(vsnd_fill_watch(&fill, 0));
	assert_false(vsnd_fill_watch(&fill, 576));
	assert_false(vsnd_fill_watch(&fill, 576));
	assert_false(vsnd_fill_watch(&fill, 768));
	assert_true(vsnd_fill_watch(&fill, 960));
	assert_int_equal(fill.target_frames, 192 + 2 * 16);
}

static void test_rises_by_what_was_missing(void **state)
{
	struct vsnd_fill fill = watched(16, 5);

	(void)state;
	vsnd_fill_ran_dry(&fill, 100);
	assert_int_equal(fill.target_frames, 64 + 100 + 16);
	vsnd_fill_ran_dry(&fill, UINT32_MAX);
	assert_int_equal(fill.target_frames, BUFFER);
	assert_int_equal(missing_at_worst(&fill, 900), 0);
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
		cmocka_unit_test(test_late_looks_do_not_count),
		cmocka_unit_test(test_rises_by_what_was_missing),
		cmocka_unit_test(test_small_buffer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
