/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "backend/sound/card/steps.h"

static void test_a_step_is_seen(void **state)
{
	struct vsnd_steps steps = {0};

	(void)state;
	for (uint32_t at = 0; at < 3 * 192; at += 10)
		assert_false(vsnd_steps_look(&steps, at - at % 192));
	assert_int_equal(vsnd_steps_frames(&steps), 0);
	assert_true(vsnd_steps_look(&steps, 3 * 192));
	assert_int_equal(vsnd_steps_frames(&steps), 192);
}

/* Who looks late sees two steps as one. */
static void test_late_looks_do_not_count(void **state)
{
	struct vsnd_steps steps = {0};

	(void)state;
	assert_false(vsnd_steps_look(&steps, 0));
	assert_false(vsnd_steps_look(&steps, 576));
	assert_false(vsnd_steps_look(&steps, 576));
	assert_false(vsnd_steps_look(&steps, 768));
	assert_true(vsnd_steps_look(&steps, 1152));
	assert_int_equal(vsnd_steps_frames(&steps), 192);
}

/* What moves at each look may well count single frames, however far it moved. */
static void test_finer_than_the_looks(void **state)
{
	struct vsnd_steps fine = {0}, coarse = {0};
	unsigned looks = 1;

	(void)state;
	while (!vsnd_steps_look(&fine, looks * 500))
		assert_true(looks++ < 100);
	assert_int_equal(vsnd_steps_frames(&fine), 0);
	/* It stands once among them. */
	for (looks = 1; looks <= 5; looks++)
		assert_false(vsnd_steps_look(&coarse, looks * 500));
	assert_false(vsnd_steps_look(&coarse, 2500));
	assert_true(vsnd_steps_look(&coarse, 3000));
	assert_int_equal(vsnd_steps_frames(&coarse), 500);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_step_is_seen),
		cmocka_unit_test(test_late_looks_do_not_count),
		cmocka_unit_test(test_finer_than_the_looks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
