/* SPDX-License-Identifier: MIT */
/* Sources and their taps: rates, queues, start and stop, controls. */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/vcam_listener.h"

static const struct pv_fraction hz25 = {25, 1};
static const struct pv_fraction hz500 = {500, 1};

/* Takes frames and checks that frame seq is the source's frame first + ceil(seq * all / rate). */
static void check_thinning(struct listener *listener, unsigned all, unsigned rate)
{
	struct vcam_tap_frame taken = take(listener);
	uint64_t first = taken.frame->number;
	uint64_t last_ns = 0;

	assert_int_equal(taken.seq, 0);
	for (unsigned i = 0; i < 60; i++) {
		assert_int_equal(
			taken.frame->number, first + ((uint64_t)taken.seq * all + rate - 1) / rate);
		assert_true(taken.frame->filled_ns > last_ns);
		last_ns = taken.frame->filled_ns;
		give_back(listener, taken);
		taken = take(listener);
	}
	give_back(listener, taken);
}

struct thinner {
	pthread_t thread;
	struct listener listener;
	unsigned rate;
};

static void *thin(void *arg)
{
	struct thinner *thinner = arg;

	check_thinning(&thinner->listener, 500, thinner->rate);
	return NULL;
}

static void test_each_tap_has_its_rate(void **state)
{
	static const unsigned rates[] = {500, 200, 333};
	struct vcam_source_config config = small(&vcam_source_pattern, hz500);
	struct vcam_source *source = make_source(&config);
	struct thinner thinners[3];

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		thinners[i] = (struct thinner){.listener = listen_to(source), .rate = rates[i]};
		assert_int_equal(
			vcam_tap_start(thinners[i].listener.tap, (struct pv_fraction){rates[i], 1}),
			0);
	}
	assert_int_equal(stat_of(source).taps, 3);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(pthread_create(&thinners[i].thread, NULL, thin, &thinners[i]), 0);
	for (unsigned i = 0; i < 3; i++) {
		pthread_join(thinners[i].thread, NULL);
		leave(&thinners[i].listener);
	}
	vcam_source_destroy(source);
}

/* Takes one by one what comes, until seq; returns how many, adds the gaps to *gaps. */
static unsigned follow(
	struct listener *listener, uint32_t until_seq, uint32_t *next_seq, uint64_t *gaps)
{
	unsigned count = 0;
	struct vcam_tap_frame taken;

	do {
		taken = take(listener);
		assert_true(taken.seq >= *next_seq);
		*gaps += taken.seq - *next_seq;
		*next_seq = taken.seq + 1;
		give_back(listener, taken);
		count++;
	} while (taken.seq < until_seq);
	return count;
}

static void test_slow_tap_loses_its_own_frames(void **state)
{
	struct vcam_source_config config = small(&vcam_source_pattern, (struct pv_fraction){50, 1});
	struct vcam_source *source = make_source(&config);
	struct listener fast = listen_to(source);
	struct listener slow = listen_to(source);
	struct vcam_tap_counts counts;
	uint32_t fast_next = 0, slow_next = 0;
	uint64_t fast_gaps = 0, slow_gaps = 0;
	uint64_t fast_taken, slow_taken;

	(void)state;
	assert_int_equal(vcam_tap_start(slow.tap, config.rate), 0);
	assert_int_equal(vcam_tap_start(fast.tap, config.rate), 0);
	fast_taken = follow(&fast, 19, &fast_next, &fast_gaps);
	slow_taken = follow(&slow, 0, &slow_next, &slow_gaps);
	assert_true(
		slow_gaps >= 18 - VCAM_TAP_DEPTH); /* 0 to 18 were offered, the last ones kept */
	slow_taken += follow(&slow, 18, &slow_next, &slow_gaps);
	vcam_tap_stop(slow.tap);
	vcam_tap_stop(fast.tap);
	vcam_tap_counts(slow.tap, &counts);
	assert_true(counts.dropped_late >= slow_gaps);
	assert_int_equal(counts.offered, slow_taken + counts.dropped_late + counts.dropped_stopped);
	vcam_tap_counts(fast.tap, &counts);
	assert_int_equal(counts.offered, fast_taken + counts.dropped_late + counts.dropped_stopped);
	assert_true(fast_gaps < slow_gaps);
	leave(&slow);
	leave(&fast);
	vcam_source_destroy(source);
}

static void test_seq_goes_on_over_stop_and_start(void **state)
{
	struct vcam_source_config config = small(&vcam_source_pattern, hz500);
	struct vcam_source *source = make_source(&config);
	struct listener listener = listen_to(source);
	struct vcam_tap_counts counts;
	struct vcam_tap_frame taken;

	(void)state;
	for (unsigned round = 0; round < 5; round++) {
		vcam_tap_counts(listener.tap, &counts);
		assert_int_equal(vcam_tap_start(listener.tap, hz500), 0);
		taken = take(&listener);
		assert_true(taken.seq >= counts.offered);
		assert_true(taken.frame->number >= taken.seq);
		vcam_tap_stop(listener.tap);
		assert_int_equal(vcam_tap_take(listener.tap, &taken), -EAGAIN);
		give_back(&listener, taken);
		assert_false(stat_of(source).running);
	}
	leave(&listener);
	vcam_source_destroy(source);
}

static void *storm(void *arg)
{
	struct vcam_source *source = arg;
	struct listener listener = listen_to(source);
	struct vcam_tap_frame taken;

	for (unsigned i = 0; i < 300; i++) {
		assert_int_equal(vcam_tap_start(listener.tap, hz500), 0);
		if (i % 16 == 0)
			give_back(&listener, take(&listener));
		else if (vcam_tap_take(listener.tap, &taken) == 0)
			give_back(&listener, taken);
		vcam_tap_stop(listener.tap);
		assert_int_equal(vcam_tap_take(listener.tap, &taken), -EAGAIN);
	}
	leave(&listener);
	return NULL;
}

static void test_start_stop_storm(void **state)
{
	struct vcam_source_config config = small(&vcam_source_pattern, hz500);
	struct vcam_source *source = make_source(&config);
	pthread_t threads[2];

	(void)state;
	for (unsigned i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, storm, source), 0);
	for (unsigned i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(stat_of(source).taps, 0);
	vcam_source_destroy(source);
}

static void test_source_may_go_first(void **state)
{
	struct vcam_source_config config = small(&vcam_source_pattern, hz500);
	struct vcam_source *source = make_source(&config);
	struct listener streaming = listen_to(source);
	struct listener idle = listen_to(source);
	struct vcam_tap_frame held, taken;

	(void)state;
	assert_int_equal(vcam_tap_start(streaming.tap, hz500), 0);
	held = take(&streaming);
	vcam_source_destroy(source);
	assert_int_equal(vcam_tap_take(streaming.tap, &taken), -EAGAIN);
	assert_int_equal(vcam_tap_start(idle.tap, hz500), -ENODEV);
	leave(&idle);
	vcam_tap_stop(streaming.tap);
	leave(&streaming);
	vcam_frame_put(held.frame);
}

static void test_controls_reach_the_other_taps(void **state)
{
	struct vcam_source_config config = small(&vcam_source_pattern, hz500);
	struct vcam_source *source = make_source(&config);
	struct listener self = listen_to(source);
	struct listener other = listen_to(source);
	struct vcam_control control;
	uint8_t type = 99;
	int64_t value = 99;
	eventfd_t count;

	(void)state;
	assert_int_equal(vcam_source_control(source, 3, &control), 0);
	assert_int_equal(control.type, XENCAMERA_CTRL_HUE);
	assert_int_equal(vcam_source_control(source, 4, &control), -EINVAL);
	assert_int_equal(vcam_source_set_control(source, XENCAMERA_CTRL_CONTRAST, 70, self.tap), 0);
	assert_int_equal(
		vcam_source_set_control(source, XENCAMERA_CTRL_CONTRAST, 256, self.tap), -EINVAL);
	assert_int_equal(vcam_source_set_control(source, 4, 0, self.tap), -EINVAL);
	assert_int_equal(vcam_source_get_control(source, XENCAMERA_CTRL_CONTRAST, &value), 0);
	assert_int_equal(value, 70);
	assert_int_equal(vcam_source_get_control(source, 200, &value), -EINVAL);
	assert_int_equal(vcam_tap_control_changed(self.tap, &type, &value), -EAGAIN);
	assert_int_equal(eventfd_read(other.wake_fd, &count), 0);
	assert_int_equal(vcam_tap_control_changed(other.tap, &type, &value), 0);
	assert_int_equal(type, XENCAMERA_CTRL_CONTRAST);
	assert_int_equal(value, 70);
	assert_int_equal(vcam_tap_control_changed(other.tap, &type, &value), -EAGAIN);
	/* The value it has already is nothing at all. */
	assert_int_equal(vcam_source_set_control(source, XENCAMERA_CTRL_CONTRAST, 70, self.tap), 0);
	assert_int_equal(vcam_tap_control_changed(other.tap, &type, &value), -EAGAIN);
	leave(&self);
	leave(&other);
	vcam_source_destroy(source);
}

/* Luma of the first bar once the stream shows it at the value, whether set before or within. */
static void wait_for_luma(struct listener *listener, uint8_t luma)
{
	uint64_t until_ns = pv_now_ns() + PATIENCE_MS * 1000000ull;
	uint8_t seen = 0;

	while (seen != luma && pv_now_ns() < until_ns) {
		struct vcam_tap_frame taken = take(listener);

		seen = *(const uint8_t *)taken.frame->pixels;
		give_back(listener, taken);
	}
	assert_int_equal(seen, luma);
}

static void test_controls_outlive_a_stop(void **state)
{
	struct vcam_source_config config = small(&vcam_source_pattern, hz500);
	struct vcam_source *source = make_source(&config);
	struct listener listener = listen_to(source);

	(void)state;
	assert_int_equal(vcam_tap_start(listener.tap, hz500), 0);
	wait_for_luma(&listener, 180);
	assert_int_equal(vcam_source_set_control(source, XENCAMERA_CTRL_BRIGHTNESS, -10, NULL), 0);
	wait_for_luma(&listener, 170);
	vcam_tap_stop(listener.tap);
	assert_int_equal(vcam_source_set_control(source, XENCAMERA_CTRL_BRIGHTNESS, 10, NULL), 0);
	assert_int_equal(vcam_tap_start(listener.tap, hz500), 0);
	wait_for_luma(&listener, 190);
	leave(&listener);
	vcam_source_destroy(source);
}

static void test_impossible_sources(void **state)
{
	struct vcam_source_config config = small(&vcam_source_pattern, hz25);
	struct vcam_source *source;
	char error[256];

	(void)state;
	config.width = 63;
	assert_int_equal(vcam_source_create(&config, &source, error, sizeof(error)), -EINVAL);
	assert_string_equal(error, "source test: the size does not suit the format");
	config = small(&vcam_source_stamp, hz25);
	config.width = 2;
	config.height = 3;
	assert_int_equal(vcam_source_create(&config, &source, error, sizeof(error)), -EINVAL);
	config = small(&vcam_source_pattern, hz25);
	config.ops = &vcam_source_file;
	config.path = "/nonexistent/file.y4m";
	assert_int_equal(vcam_source_create(&config, &source, error, sizeof(error)), -ENOENT);
	assert_string_equal(error, "source test: /nonexistent/file.y4m: No such file or directory");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_tap_has_its_rate),
		cmocka_unit_test(test_slow_tap_loses_its_own_frames),
		cmocka_unit_test(test_seq_goes_on_over_stop_and_start),
		cmocka_unit_test(test_start_stop_storm),
		cmocka_unit_test(test_source_may_go_first),
		cmocka_unit_test(test_controls_reach_the_other_taps),
		cmocka_unit_test(test_controls_outlive_a_stop),
		cmocka_unit_test(test_impossible_sources),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
