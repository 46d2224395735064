/* SPDX-License-Identifier: MIT */
/* What a device of the bridge shows, and when: the test is the clock and the device. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/pixfmt.h"
#include "frontend/camera/feed.h"

#define WIDTH 64
#define HEIGHT 48
#define FRAME_BYTES (WIDTH * HEIGHT * 2)
#define MS 1000000ull
#define PERIOD (100 * MS) /* at 10 frames/s */
#define BEGIN (1000 * PERIOD)
#define CARD 48 /* the first luma of a notice */

/* ---- the device ---- */

static unsigned writes;
static uint8_t last; /* the first byte of the newest frame */
static uint8_t newest[FRAME_BYTES];
static int write_error;

int pvcam_loopback_write(struct pvcam_loopback *loopback, const void *pixels, size_t size_bytes)
{
	(void)loopback;
	assert_int_equal(size_bytes, FRAME_BYTES);
	writes++;
	memcpy(newest, pixels, FRAME_BYTES);
	last = newest[0];
	return write_error;
}

/* ---- the camera ---- */

static struct pvcam_feed *feed;
static uint8_t frames[2][FRAME_BYTES];

static void frame(uint8_t value, uint64_t now_ns)
{
	uint8_t *pixels = frames[value % 2];

	pixels[0] = value;
	pvcam_feed_frame(feed, pixels, now_ns);
}

static int set_up(void **state)
{
	const struct pvcam_settings settings = {PV_FOURCC_YUYV, WIDTH, HEIGHT, 10, 1};

	(void)state;
	writes = 0;
	write_error = 0;
	return pvcam_feed_create(NULL, &settings, &feed);
}

static int tear_down(void **state)
{
	(void)state;
	pvcam_feed_destroy(feed);
	return 0;
}

static void wake(uint32_t numer, uint32_t denom)
{
	pvcam_feed_wake(feed, BEGIN);
	pvcam_feed_begin(feed, numer, denom);
}

/* Calls it as the main loop does until `until`; answers how many frames were written. */
static unsigned run_until(uint64_t *now_ns, uint64_t until)
{
	unsigned before = writes;
	uint64_t next_ns = pvcam_feed_tick(feed, *now_ns);

	while (next_ns <= until) {
		assert_true(next_ns > *now_ns);
		*now_ns = next_ns;
		next_ns = pvcam_feed_tick(feed, *now_ns);
	}
	*now_ns = until;
	return writes - before;
}

static void writes_frames_as_they_come(void **state)
{
	uint64_t now = BEGIN;

	(void)state;
	wake(10, 1);
	assert_int_equal(writes, 1); /* STARTING */
	assert_int_equal(last, CARD);
	for (uint8_t i = 1; i <= 50; i++) {
		/* they come up to 40 ms late or early */
		uint64_t at = BEGIN + i * PERIOD + (i % 5) * 20 * MS - 40 * MS;

		run_until(&now, at);
		assert_int_equal(writes, i);
		frame(i, at);
		assert_int_equal(last, i);
	}
	pvcam_feed_rest(feed, NULL);
}

static void shows_the_last_again_when_one_is_late(void **state)
{
	struct pvcam_feed_sum sum;
	uint64_t now = BEGIN;

	(void)state;
	wake(10, 1);
	frame(1, now);
	assert_int_equal(run_until(&now, BEGIN + 149 * MS), 0); /* half a period of grace */
	assert_int_equal(run_until(&now, BEGIN + 150 * MS), 1);
	assert_int_equal(last, 1);
	assert_int_equal(run_until(&now, BEGIN + 10 * PERIOD), 8); /* 250, 350, … 950 */
	frame(2, now);
	assert_int_equal(last, 2);
	pvcam_feed_rest(feed, &sum);
	assert_int_equal(sum.frames, 2);
	assert_int_equal(sum.repeats, 9);
	assert_int_equal(sum.notices, 1);
}

static void keeps_its_rate_without_a_camera(void **state)
{
	uint64_t now = BEGIN;
	uint8_t starting[FRAME_BYTES];

	(void)state;
	wake(10, 1);
	memcpy(starting, newest, FRAME_BYTES);
	frame(1, now);
	pvcam_feed_notice(feed, "NO BACKEND");
	assert_int_equal(run_until(&now, BEGIN + 20 * PERIOD), 20);
	assert_int_equal(last, CARD);
	assert_memory_not_equal(newest, starting, FRAME_BYTES); /* it can be told from another */
	frame(3, now);
	assert_int_equal(last, 3);
}

/* A camera of another rate: frames are left out or shown again, in the device's time. */
static void paced(uint32_t camera_hz, unsigned wanted_frames, unsigned wanted_repeats)
{
	struct pvcam_feed_sum sum;
	uint64_t now = BEGIN;

	wake(camera_hz, 1);
	for (unsigned i = 0; i < 2 * camera_hz; i++) { /* two seconds */
		uint64_t at = BEGIN + i * 1000 * MS / camera_hz + MS;

		run_until(&now, at);
		frame((uint8_t)(i + 100), at);
	}
	run_until(&now, BEGIN + 20 * PERIOD);
	pvcam_feed_rest(feed, &sum);
	assert_int_equal(sum.frames, wanted_frames);
	assert_int_equal(sum.repeats, wanted_repeats);
	assert_int_equal(sum.notices, 1);
}

static void leaves_out_or_repeats(void **state)
{
	(void)state;
	paced(25, 20, 0);
	paced(5, 10, 10);
	paced(15, 20, 0);
	paced(2, 4, 16);
}

static void shows_nothing_of_the_past(void **state)
{
	uint64_t now = BEGIN;
	unsigned before;

	(void)state;
	wake(10, 1);
	frame(1, now);
	pvcam_feed_rest(feed, NULL);
	assert_int_equal(last, CARD);
	before = writes;
	frame(2, now); /* one that was under way */
	assert_int_equal(writes, before);
	pvcam_feed_wake(feed, now + 50 * PERIOD);
	assert_int_equal(last, CARD);
	assert_int_equal(writes, before + 1);
}

static void does_not_make_up_for_a_long_sleep(void **state)
{
	(void)state;
	wake(10, 1);
	pvcam_feed_notice(feed, "NO CAMERA");
	writes = 0;
	for (unsigned i = 0; i < 5; i++)
		pvcam_feed_tick(feed, BEGIN + 100 * PERIOD);
	assert_true(writes <= 2);
}

static void keeps_the_first_error(void **state)
{
	(void)state;
	wake(10, 1);
	assert_int_equal(pvcam_feed_error(feed), 0);
	write_error = -ENODEV;
	frame(1, BEGIN);
	write_error = -EIO;
	frame(2, BEGIN);
	assert_int_equal(pvcam_feed_error(feed), -ENODEV);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(writes_frames_as_they_come, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			shows_the_last_again_when_one_is_late, set_up, tear_down),
		cmocka_unit_test_setup_teardown(keeps_its_rate_without_a_camera, set_up, tear_down),
		cmocka_unit_test_setup_teardown(leaves_out_or_repeats, set_up, tear_down),
		cmocka_unit_test_setup_teardown(shows_nothing_of_the_past, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			does_not_make_up_for_a_long_sleep, set_up, tear_down),
		cmocka_unit_test_setup_teardown(keeps_the_first_error, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
