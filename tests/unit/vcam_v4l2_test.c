/* SPDX-License-Identifier: MIT */
/* The source `v4l2` at work: what a camera sends, its going and coming, its controls. */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/vcam_v4l2.h"

#define NO_FRAME_MS 60

static const struct v4l2_fake_way small_yuyv[] = {
	{V4L2_PIX_FMT_YUYV, 64, 48, {{1, 50}}},
	{0},
};
static const struct v4l2_fake_way large_nv12[] = {
	{V4L2_PIX_FMT_NV12, 128, 96, {{1, 25}}},
	{0},
};

static void test_rows_may_be_padded(void **state)
{
	static const uint32_t formats[] = {V4L2_PIX_FMT_YUYV, V4L2_PIX_FMT_UYVY, V4L2_PIX_FMT_NV12,
		V4L2_PIX_FMT_YUV420, V4L2_PIX_FMT_RGB24, V4L2_PIX_FMT_GREY};

	(void)state;
	for (unsigned i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		struct v4l2_fake_way ways[] = {{formats[i], 50, 38, {{1, 50}}}, {0}};
		struct vcam_tap_frame taken;
		const uint8_t *bytes;

		begin(&(struct v4l2_fake_setup){.ways = ways, .padding = 14}, 0);
		wait_until(is_streaming);
		assert_true(v4l2_fake_send_plain(0x5a));
		taken = take(&listener);
		bytes = taken.frame->pixels;
		for (size_t j = 0; j < taken.frame->size_bytes; j++)
			assert_int_equal(bytes[j], 0x5a);
		give_back(&listener, taken);
		end();
	}
}

static void test_spoiled_frames_are_counted_not_shown(void **state)
{
	static uint8_t bytes[64 * 48 * 2];
	struct vcam_tap_frame taken;
	struct vcam_source_stat stat;

	(void)state;
	begin(&(struct v4l2_fake_setup){.ways = small_yuyv}, 0);
	wait_until(is_streaming);
	assert_true(v4l2_fake_send(bytes, sizeof(bytes) - 1, 0));
	assert_true(v4l2_fake_send(bytes, 0, 0));
	assert_true(v4l2_fake_send(bytes, sizeof(bytes), V4L2_BUF_FLAG_ERROR));
	assert_int_equal(take_within(&listener, NO_FRAME_MS, &taken), -EAGAIN);
	assert_true(v4l2_fake_send_plain(3));
	taken = take(&listener);
	assert_int_equal(taken.seq, 0);
	assert_int_equal(taken.frame->number, 0);
	assert_int_equal(*(const uint8_t *)taken.frame->pixels, 3);
	give_back(&listener, taken);
	stat = stat_of(source);
	assert_int_equal(stat.spoiled[VCAM_SHORT], 2);
	assert_int_equal(stat.spoiled[VCAM_DAMAGED], 1);
	assert_int_equal(stat.spoiled[VCAM_UNDECODABLE], 0);
	assert_int_equal(stat.frames, 1);
	end();
}

static uint8_t luma(void)
{
	struct vcam_tap_frame taken = take(&listener);
	uint8_t value = *(const uint8_t *)taken.frame->pixels;

	give_back(&listener, taken);
	return value;
}

static void drain(void)
{
	struct vcam_tap_frame taken;

	while (vcam_tap_take(listener.tap, &taken) == 0)
		give_back(&listener, taken);
}

static bool is_streaming_and_back(void)
{
	drain();
	if (is_streaming())
		v4l2_fake_send_plain(77);
	return is_back();
}

static void test_comes_back_as_another_one(void **state)
{
	struct vcam_source_mode mode;

	(void)state;
	begin(&(struct v4l2_fake_setup){.ways = small_yuyv}, 0);
	wait_until(is_streaming);
	assert_true(v4l2_fake_send_plain(40));
	assert_int_equal(luma(), 40);
	v4l2_fake_unplug();
	wait_until(is_lost);
	assert_int_equal(v4l2_fake_state().open, 0); /* Linux can forget it */
	v4l2_fake_plug(&(struct v4l2_fake_setup){.ways = large_nv12});
	wait_until(is_streaming_and_back);
	assert_int_equal(v4l2_fake_state().format.width, 128);
	mode = vcam_source_mode(source);
	assert_int_equal(mode.picture.fourcc, PV_FOURCC_YUYV);
	assert_int_equal(mode.picture.width, 64);
	for (unsigned i = 0; i < VCAM_TAP_DEPTH; i++)
		v4l2_fake_send_plain(99);
	while (luma() != 99)
		v4l2_fake_send_plain(99);
	end();
}

static void test_looks_again_when_told(void **state)
{
	uint64_t began_ns;

	(void)state;
	begin(&(struct v4l2_fake_setup){.ways = small_yuyv, .absent = true}, 0);
	wait_until(is_lost);
	began_ns = pv_now_ns();
	/* By itself it would look ten times in ten seconds. */
	for (unsigned i = 0; i < 10; i++) {
		unsigned opens = v4l2_fake_state().opens;

		vcam_source_look_again(source);
		while (v4l2_fake_state().opens == opens)
			luma();
	}
	assert_true(pv_now_ns() - began_ns < 8000000000ull);
	end();
}

static void test_is_not_there_at_first(void **state)
{
	struct vcam_source_mode mode;

	(void)state;
	begin(&(struct v4l2_fake_setup){.ways = large_nv12, .absent = true}, 0);
	mode = vcam_source_mode(source);
	assert_true(is_lost());
	assert_int_equal(mode.picture.width, 1280);
	luma();
	v4l2_fake_plug(&(struct v4l2_fake_setup){.ways = large_nv12});
	wait_until(is_streaming_and_back);
	end();
}

static void test_silence_is_loss(void **state)
{
	(void)state;
	begin(&(struct v4l2_fake_setup){.ways = small_yuyv}, 0);
	wait_until(is_streaming);
	wait_until(is_lost);
	luma(); /* the placeholder */
	wait_until(is_streaming_and_back);
	v4l2_fake_change_source(); /* the picture has another form: it is opened anew */
	wait_until(is_lost);
	wait_until(is_streaming_and_back);
	end();
}

static const struct v4l2_fake_setup with_controls = {.ways = small_yuyv, .num_controls = 2};

static bool has_brightness_60(void)
{
	return v4l2_fake_control(V4L2_CID_BRIGHTNESS) == 60;
}

static bool is_told_contrast_33(void)
{
	int64_t value = 0;
	uint8_t type;

	return vcam_tap_control_changed(listener.tap, &type, &value) == 0 &&
	       type == XENCAMERA_CTRL_CONTRAST && value == 33;
}

static bool is_told_brightness_60(void)
{
	int64_t value = 0;
	uint8_t type;

	return vcam_tap_control_changed(listener.tap, &type, &value) == 0 &&
	       type == XENCAMERA_CTRL_BRIGHTNESS && value == 60;
}

static bool has_controls(void)
{
	struct vcam_control control;

	return is_streaming_and_back() && vcam_source_control(source, 1, &control) == 0;
}

static void test_controls_come_with_the_camera(void **state)
{
	struct v4l2_fake_setup absent = with_controls;
	struct vcam_control control;
	int64_t value;

	(void)state;
	absent.absent = true;
	begin(&absent, 0);
	assert_int_equal(vcam_source_control(source, 0, &control), -EINVAL);
	assert_true(vcam_source_may_have_control(source, XENCAMERA_CTRL_HUE));
	v4l2_fake_plug(&with_controls);
	wait_until(has_controls);
	assert_int_equal(vcam_source_control(source, 2, &control), -EINVAL);
	assert_true(vcam_source_may_have_control(source, XENCAMERA_CTRL_CONTRAST));
	assert_false(vcam_source_may_have_control(source, XENCAMERA_CTRL_HUE));
	assert_int_equal(vcam_source_get_control(source, XENCAMERA_CTRL_BRIGHTNESS, &value), 0);
	assert_int_equal(value, v4l2_fake_control(V4L2_CID_BRIGHTNESS));
	assert_int_equal(
		vcam_source_set_control(source, XENCAMERA_CTRL_BRIGHTNESS, 60, listener.tap), 0);
	wait_until(has_brightness_60);
	end();
}

static void test_controls_go_both_ways(void **state)
{
	struct vcam_control control;
	int64_t value;

	(void)state;
	begin(&with_controls, 50);
	assert_int_equal(vcam_source_control(source, 1, &control), 0);
	assert_int_equal(vcam_source_control(source, 2, &control), -EINVAL);
	assert_int_equal(vcam_source_control(source, 0, &control), 0);
	assert_int_equal(control.min, -100);
	assert_int_equal(control.max, 100);
	assert_int_equal(control.def, 5);
	/* Not its default: what it stood at. */
	vcam_source_get_control(source, XENCAMERA_CTRL_BRIGHTNESS, &value);
	assert_int_equal(value, 10);
	assert_int_equal(
		vcam_source_set_control(source, XENCAMERA_CTRL_BRIGHTNESS, 60, listener.tap), 0);
	wait_until(has_brightness_60);
	v4l2_fake_change_control(V4L2_CID_CONTRAST, 33);
	wait_until(is_told_contrast_33);
	/* Refused: everybody hears where it stands. */
	v4l2_fake_refuse(VIDIOC_S_CTRL, EIO, 1000000);
	assert_int_equal(
		vcam_source_set_control(source, XENCAMERA_CTRL_BRIGHTNESS, 70, listener.tap), 0);
	wait_until(is_told_brightness_60);
	v4l2_fake_refuse(VIDIOC_S_CTRL, EIO, 0);
	/* A camera that comes back is given what guests have set; the rest is as it says. */
	v4l2_fake_unplug();
	wait_until(is_lost);
	v4l2_fake_plug(&with_controls);
	wait_until(is_back);
	wait_until(has_brightness_60);
	vcam_source_get_control(source, XENCAMERA_CTRL_CONTRAST, &value);
	assert_int_equal(value, 20);
	end();
}

static void *set_without_end(void *arg)
{
	volatile bool *ends = arg;

	for (int64_t value = 0; !__atomic_load_n(ends, __ATOMIC_RELAXED); value = 50 - value)
		vcam_source_set_control(source, XENCAMERA_CTRL_BRIGHTNESS, value, NULL);
	return NULL;
}

static void test_a_flood_of_controls_stops_no_frames(void **state)
{
	pthread_t thread;
	bool ends = false;

	(void)state;
	begin(&with_controls, 50);
	luma();
	assert_int_equal(pthread_create(&thread, NULL, set_without_end, &ends), 0);
	for (unsigned i = 0; i < 20; i++)
		luma();
	__atomic_store_n(&ends, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows_may_be_padded),
		cmocka_unit_test(test_spoiled_frames_are_counted_not_shown),
		cmocka_unit_test(test_comes_back_as_another_one),
		cmocka_unit_test(test_looks_again_when_told),
		cmocka_unit_test(test_is_not_there_at_first),
		cmocka_unit_test(test_silence_is_loss),
		cmocka_unit_test(test_controls_come_with_the_camera),
		cmocka_unit_test(test_controls_go_both_ways),
		cmocka_unit_test(test_a_flood_of_controls_stops_no_frames),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
