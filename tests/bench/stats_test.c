/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/bench/stats.h"

static void add_all(struct pvbench_set *set, const uint64_t *ns, size_t count)
{
	for (size_t i = 0; i < count; i++)
		assert_int_equal(pvbench_set_add(set, ns[i]), 0);
}

static void empty_set_is_zero(void **state)
{
	struct pvbench_set set = {0};
	struct pvbench_summary summary = pvbench_set_summary(&set);

	(void)state;
	assert_int_equal(summary.count, 0);
	assert_float_equal(summary.median_us, 0, 0);
}

static void odd_count_has_a_middle(void **state)
{
	struct pvbench_set set = {0};
	struct pvbench_summary summary;

	(void)state;
	add_all(&set, (const uint64_t[]){9000, 1000, 5000}, 3);
	summary = pvbench_set_summary(&set);
	assert_int_equal(summary.count, 3);
	assert_float_equal(summary.min_us, 1, 1e-9);
	assert_float_equal(summary.median_us, 5, 1e-9);
	assert_float_equal(summary.p99_us, 9, 1e-9);
	assert_float_equal(summary.max_us, 9, 1e-9);
	pvbench_set_free(&set);
}

static void even_count_takes_the_mean_of_two(void **state)
{
	struct pvbench_set set = {0};

	(void)state;
	add_all(&set, (const uint64_t[]){4000, 1000, 3000, 2000}, 4);
	assert_float_equal(pvbench_set_summary(&set).median_us, 2.5, 1e-9);
	pvbench_set_free(&set);
}

static void p99_leaves_one_in_a_hundred(void **state)
{
	struct pvbench_set set = {0};

	(void)state;
	for (uint64_t i = 1000; i > 0; i--)
		assert_int_equal(pvbench_set_add(&set, i * 1000), 0);
	assert_float_equal(pvbench_set_summary(&set).p99_us, 990, 1e-9);
	pvbench_set_free(&set);
}

static void line_is_found_over_four_decades(void **state)
{
	const double x[] = {1, 10, 100, 1000, 4050};
	double y[5];
	struct pvbench_line line;

	(void)state;
	for (size_t i = 0; i < 5; i++)
		y[i] = 80 + 0.45 * x[i];
	line = pvbench_line_fit(x, y, 5);
	assert_float_equal(line.intercept, 80, 1e-6);
	assert_float_equal(line.slope, 0.45, 1e-9);
}

/* The largest value is off by a tenth: the small ones must not pay for it. */
static void line_fits_small_values_beside_large(void **state)
{
	const double x[] = {1, 2, 4, 8, 4000}, y[] = {1, 2, 4, 8, 4400};
	struct pvbench_line line = pvbench_line_fit(x, y, 5);

	(void)state;
	assert_true(line.intercept + line.slope > 0.9 && line.intercept + line.slope < 1.1);
}

static void line_needs_two_sizes(void **state)
{
	const double x[] = {7, 7}, y[] = {1, 2};
	struct pvbench_line line = pvbench_line_fit(x, y, 2);

	(void)state;
	assert_float_equal(line.slope, 0, 0);
	assert_float_equal(pvbench_line_fit(x, y, 1).slope, 0, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(empty_set_is_zero),
		cmocka_unit_test(odd_count_has_a_middle),
		cmocka_unit_test(even_count_takes_the_mean_of_two),
		cmocka_unit_test(p99_leaves_one_in_a_hundred),
		cmocka_unit_test(line_is_found_over_four_decades),
		cmocka_unit_test(line_fits_small_values_beside_large),
		cmocka_unit_test(line_needs_two_sizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
