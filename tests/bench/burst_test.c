/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/bench/burst.h"

#define COUNT 2000u

static int16_t samples[COUNT];

static void make(size_t at, int percent, int noise)
{
	uint32_t random = 1;

	for (size_t i = 0; i < COUNT; i++) {
		int sample = 0;

		random = random * 1664525u + 1013904223u;
		if (i >= at && i - at < PVBENCH_BURST_FRAMES)
			sample = pvbench_burst_sample((unsigned)(i - at)) * percent / 100;
		if (noise > 0)
			sample += (int)(random >> 16) % (2 * noise) - noise;
		samples[i] = (int16_t)sample;
	}
}

static void assert_found(size_t at)
{
	size_t begin = COUNT;

	assert_int_equal(pvbench_burst_find(samples, COUNT, &begin), 0);
	assert_int_equal(begin, at);
}

static void found_to_the_frame(void **state)
{
	(void)state;
	for (size_t at = 0; at + PVBENCH_BURST_FRAMES <= COUNT; at += 176) {
		make(at, 100, 0);
		assert_found(at);
	}
}

static void found_weak_inverted_and_noisy(void **state)
{
	(void)state;
	make(777, 3, 0);
	assert_found(777);
	make(778, -100, 0);
	assert_found(778);
	make(779, 20, 1000);
	assert_found(779);
}

static void nothing_is_not_found(void **state)
{
	size_t begin = 5;

	(void)state;
	make(COUNT, 100, 0);
	assert_int_equal(pvbench_burst_find(samples, COUNT, &begin), -ENOENT);
	make(COUNT, 100, 3000);
	assert_int_equal(pvbench_burst_find(samples, COUNT, &begin), -ENOENT);
	/* Half of it. */
	make(COUNT - PVBENCH_BURST_FRAMES / 2, 100, 0);
	assert_int_equal(pvbench_burst_find(samples, COUNT, &begin), -ENOENT);
	assert_int_equal(pvbench_burst_find(samples, 3, &begin), -ENOENT);
	assert_int_equal(begin, 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(found_to_the_frame),
		cmocka_unit_test(found_weak_inverted_and_noisy),
		cmocka_unit_test(nothing_is_not_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
