/* SPDX-License-Identifier: MIT */
/* When a source makes its frames: at its rate, late, back to back, without memory. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "tests/unit/vcam_listener.h"

#define STALL_NUMBER 5
#define STALL_NS 100000000
#define POOL_FRAMES 48

static const struct pv_fraction hz25 = {25, 1};
static const struct pv_fraction hz500 = {500, 1};

static bool stalled;

/* A source that writes its number, and is held up once; a busy machine may skip the very number. */
static int stalling_fill(void *priv, uint64_t number, struct vcam_filling *filling)
{
	(void)priv;
	if (number >= STALL_NUMBER && !stalled) {
		stalled = true;
		nanosleep(&(struct timespec){.tv_nsec = STALL_NS}, NULL);
	}
	memcpy(filling->pixels, &number, sizeof(number));
	return 0;
}

static struct vcam_source_ops stalling(unsigned catch_up_periods)
{
	struct vcam_source_ops ops = vcam_source_stamp;

	stalled = false;
	ops.fill = stalling_fill;
	ops.reserve_bytes = NULL;
	ops.catch_up_periods = catch_up_periods;
	return ops;
}

static uint64_t number_in(const struct vcam_frame *frame)
{
	uint64_t number;

	memcpy(&number, frame->pixels, sizeof(number));
	return number;
}

/* Plays until the source is well past its stall; returns how many numbers it skipped. */
static uint64_t play_past_stall(struct vcam_source *source)
{
	struct listener listener = listen_to(source);
	uint64_t skipped = 0;
	uint64_t number = 0;

	assert_int_equal(vcam_tap_start(listener.tap, hz500), 0);
	while (number < 100) {
		struct vcam_tap_frame taken = take(&listener);

		number = number_in(taken.frame);
		assert_true(number >= taken.frame->number);
		skipped = number - taken.frame->number;
		give_back(&listener, taken);
	}
	vcam_tap_stop(listener.tap);
	leave(&listener);
	return skipped;
}

static void test_late_periods_are_skipped_and_counted(void **state)
{
	struct vcam_source_ops ops = stalling(0);
	struct vcam_source_config config = small(&ops, hz500);
	struct vcam_source *source = make_source(&config);
	uint64_t skipped = play_past_stall(source);

	(void)state;
	assert_true(skipped >= STALL_NS / 2000000 - 1);
	assert_true(stat_of(source).late >= skipped);
	vcam_source_destroy(source);
}

static void test_late_periods_are_made_up_for(void **state)
{
	struct vcam_source_ops ops = stalling(1000000);
	struct vcam_source_config config = small(&ops, hz500);
	struct vcam_source *source = make_source(&config);

	(void)state;
	assert_int_equal(play_past_stall(source), 0);
	assert_int_equal(stat_of(source).late, 0);
	vcam_source_destroy(source);
}

/* The rate has no error that adds up: frame n is never made before its time, 1001 n / 480000 s. */
static void test_fractional_rate_does_not_run_ahead(void **state)
{
	struct pv_fraction rate = {480000, 1001};
	struct vcam_source_ops ops = stalling(1000000);
	struct vcam_source_config config = small(&ops, rate);
	struct vcam_source *source;
	struct listener listener;
	uint64_t began_ns;

	(void)state;
	source = make_source(&config);
	listener = listen_to(source);
	began_ns = pv_now_ns();
	assert_int_equal(vcam_tap_start(listener.tap, rate), 0);
	for (unsigned i = 0; i < 240; i++) {
		struct vcam_tap_frame taken = take(&listener);

		assert_true((taken.frame->filled_ns - began_ns + 1) * rate.numer >=
			    taken.frame->number * rate.denom * 1000000000);
		give_back(&listener, taken);
	}
	leave(&listener);
	vcam_source_destroy(source);
}

static void test_guests_that_hold_all_of_the_pool(void **state)
{
	struct vcam_source_config config = small(&vcam_source_pattern, hz500);
	struct vcam_source *source = make_source(&config);
	struct listener listener = listen_to(source);
	struct vcam_tap_frame held[POOL_FRAMES];
	uint64_t until_ns = pv_now_ns() + PATIENCE_MS * 1000000ull;

	(void)state;
	assert_int_equal(vcam_tap_start(listener.tap, hz500), 0);
	for (unsigned i = 0; i < POOL_FRAMES; i++)
		held[i] = take(&listener);
	while (stat_of(source).pool_empty == 0)
		assert_true(pv_now_ns() < until_ns);
	assert_int_equal(vcam_tap_take(listener.tap, &held[0]), -EAGAIN);
	for (unsigned i = 0; i < POOL_FRAMES; i++)
		give_back(&listener, held[i]);
	give_back(&listener, take(&listener));
	leave(&listener);
	vcam_source_destroy(source);
}

static uint64_t stamped_number(struct vcam_tap_frame taken)
{
	uint64_t words[2];

	memcpy(words, taken.frame->pixels, sizeof(words));
	assert_true(words[1] <= taken.frame->filled_ns);
	return words[0];
}

static void test_back_to_back_waits_for_all(void **state)
{
	struct vcam_source_config config = small(&vcam_source_stamp, hz25);
	struct vcam_source *source;
	struct listener first, second;
	struct vcam_tap_frame a, b, unexpected;
	uint64_t began_ns, number;

	(void)state;
	config.back_to_back = true;
	source = make_source(&config);
	first = listen_to(source);
	second = listen_to(source);
	assert_int_equal(vcam_tap_start(first.tap, hz25), 0);
	a = take(&first);
	assert_int_equal(vcam_tap_start(second.tap, hz25), 0);
	assert_int_equal(take_within(&second, 50, &b), -EAGAIN); /* the first still has one */
	for (unsigned i = 0; i < 3; i++) {
		number = stamped_number(a);
		give_back(&first, a);
		a = take(&first);
		b = take(&second);
		assert_int_equal(stamped_number(a), number + 1);
		assert_int_equal(stamped_number(b), number + 1);
		assert_int_equal(take_within(&first, 20, &unexpected), -EAGAIN);
		if (i < 2)
			give_back(&second, b);
	}
	give_back(&first, a);
	assert_int_equal(take_within(&first, 50, &unexpected), -EAGAIN); /* the second has it */
	/* The second never gets done: one second lost, but not one for each frame. */
	began_ns = pv_now_ns();
	for (unsigned i = 0; i < 20; i++)
		give_back(&first, take(&first));
	assert_true(pv_now_ns() - began_ns < 10000000000ull);
	vcam_frame_put(b.frame);
	leave(&first);
	leave(&second);
	vcam_source_destroy(source);
}

static void test_stamp_goes_round_in_cold_memory(void **state)
{
	struct vcam_source_config config = small(&vcam_source_stamp, hz500);
	struct vcam_source *source;
	struct listener listener;
	const void *first;
	struct vcam_tap_frame taken;

	(void)state;
	config.width = 1920;
	config.height = 1080;
	config.back_to_back = true;
	source = make_source(&config);
	listener = listen_to(source);
	assert_int_equal(vcam_tap_start(listener.tap, hz500), 0);
	taken = take(&listener);
	first = taken.frame->pixels;
	for (unsigned i = 0; i < 16; i++) { /* 64 MiB and more */
		give_back(&listener, taken);
		taken = take(&listener);
		assert_ptr_not_equal(taken.frame->pixels, first);
	}
	give_back(&listener, taken);
	leave(&listener);
	vcam_source_destroy(source);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_late_periods_are_skipped_and_counted),
		cmocka_unit_test(test_late_periods_are_made_up_for),
		cmocka_unit_test(test_fractional_rate_does_not_run_ahead),
		cmocka_unit_test(test_guests_that_hold_all_of_the_pool),
		cmocka_unit_test(test_back_to_back_waits_for_all),
		cmocka_unit_test(test_stamp_goes_round_in_cold_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
