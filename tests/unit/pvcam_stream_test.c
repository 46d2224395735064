/* SPDX-License-Identifier: MIT */
/* libpvcam against a backend that keeps the protocol. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/parse.h"
#include "common/pixfmt.h"
#include "tests/unit/pvcam_fixture.h"

static void finds_cameras(void **state)
{
	struct pvcam_entry *entries;
	struct pvcam *other;
	size_t count;

	(void)state;
	assert_int_equal(pvcam_list(&entries, &count), 0);
	assert_int_equal(count, 1);
	assert_int_equal(entries[0].device, 3);
	assert_string_equal(entries[0].name, "front");
	assert_int_equal(entries[0].backend_state, 2);
	free(entries);
	assert_string_equal(pvcam_name(camera), "front");
	assert_int_equal(pvcam_open("rear", &other), -ENODEV);
	assert_int_equal(pvcam_open("4", &other), -ENODEV);
}

static void knows_what_is_on_offer(void **state)
{
	static const struct pvcam_settings offered[] = {
		{PV_FOURCC_YUYV, 128, 64, 15, 2},
		{PV_FOURCC_YUYV, 64, 32, 30, 1},
		{PV_FOURCC_YUYV, 64, 32, 15, 1},
		{PV_FOURCC_GREY, 64, 32, 30, 1},
	};
	struct pvcam_settings settings;

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		assert_int_equal(pvcam_enum_settings(camera, i, &settings), 0);
		assert_memory_equal(&settings, &offered[i], sizeof(settings));
	}
	assert_int_equal(pvcam_enum_settings(camera, 4, &settings), -EINVAL);
}

static void changes_settings(void **state)
{
	struct pvcam_settings wanted = {PV_FOURCC_YUYV, 128, 64, 15, 2}, settings;
	struct pvcam_layout layout;

	(void)state;
	assert_int_equal(pvcam_set_settings(camera, &wanted), 0);
	assert_int_equal(pvcam_get_settings(camera, &settings), 0);
	assert_memory_equal(&settings, &wanted, sizeof(settings));
	assert_int_equal(pvcam_get_layout(camera, &layout), 0);
	assert_int_equal(layout.size_bytes, 128 * 64 * 2);
	wanted.rate_numer = 16;
	assert_int_equal(pvcam_try_settings(camera, &wanted), -EINVAL);
	assert_int_equal(pvcam_set_settings(camera, &wanted), -EINVAL);
}

static void moves_frames(void **state)
{
	struct pvcam_frame frame, again;

	(void)state;
	assert_int_equal(pvcam_get_frame(camera, 0, &frame), -EINVAL);
	assert_int_equal(pvcam_start(camera, 4), 0);
	assert_int_equal(fake.created, 4);
	assert_int_equal(pvcam_start(camera, 4), -EBUSY);
	for (uint8_t i = 1; i < 20; i++) {
		assert_true(camera_fake_frame(i, i) >= 0);
		assert_int_equal(pvcam_get_frame(camera, 1000, &frame), 0);
		assert_int_equal(frame.seq, i);
		assert_int_equal(frame.size_bytes, 64 * 32 * 2);
		assert_int_equal(((const uint8_t *)frame.pixels)[64 * 32 * 2 - 1], i);
		assert_int_equal(pvcam_get_frame(camera, 0, &again), -EAGAIN);
		assert_int_equal(pvcam_give_back(camera, &frame), 0);
		assert_int_equal(pvcam_give_back(camera, &frame), -EINVAL);
	}
	assert_int_equal(pvcam_stop(camera), 0);
	assert_int_equal(fake.created, 0);
	assert_int_equal(front_fake.shared, 0);
	assert_int_equal(fake.refused, 0);
	assert_int_equal(pvcam_give_back(camera, &frame), -EINVAL);
}

static void copies_frames(void **state)
{
	uint8_t to[64 * 32 * 2];
	struct pvcam_frame frame;

	(void)state;
	assert_int_equal(pvcam_start(camera, 2), 0);
	camera_fake_frame(7, 9);
	assert_int_equal(pvcam_copy_frame(camera, 0, to, sizeof(to) - 1, &frame), -EMSGSIZE);
	/* The first look sees the event, a later one the answer to BUF_DEQUEUE. */
	assert_int_equal(pvcam_copy_frame(camera, 1000, to, sizeof(to), &frame), 0);
	assert_int_equal(to[sizeof(to) - 1], 9);
	assert_ptr_equal(frame.pixels, to);
	assert_int_equal(front_fake.counts[XENCAMERA_OP_BUF_QUEUE], 3);
}

static void descriptor_tells_of_frames_taken_by_another_call(void **state)
{
	struct pvcam_frame frame;
	int64_t value;

	(void)state;
	assert_int_equal(pvcam_start(camera, 4), 0);
	assert_false(is_readable());
	camera_fake_frame(1, 1);
	camera_fake_frame(2, 2);
	assert_true(is_readable());
	/* Two round trips: one takes the events, the other the answers to BUF_DEQUEUE. */
	assert_int_equal(pvcam_get_control(camera, 0, &value), 0);
	assert_int_equal(pvcam_get_control(camera, 0, &value), 0);
	assert_true(is_readable());
	assert_int_equal(pvcam_get_frame(camera, 0, &frame), 0);
	assert_int_equal(frame.seq, 1);
	assert_true(is_readable());
	assert_int_equal(pvcam_get_frame(camera, 0, &frame), 0);
	assert_int_equal(frame.seq, 2);
	assert_false(is_readable());
}

/* Borrowed, ready, announced and queued ones: all must be the backend's before they go. */
static void stop_returns_buffers_in_any_state(void **state)
{
	struct pvcam_frame frame;
	int64_t value;

	(void)state;
	assert_int_equal(pvcam_start(camera, 4), 0);
	camera_fake_frame(1, 1);
	assert_int_equal(pvcam_get_frame(camera, 1000, &frame), 0);
	camera_fake_frame(2, 2);
	assert_int_equal(pvcam_get_control(camera, 0, &value), 0);
	assert_int_equal(pvcam_get_control(camera, 0, &value), 0);
	camera_fake_frame(3, 3); /* crosses STREAM_STOP */
	assert_int_equal(pvcam_stop(camera), 0);
	assert_int_equal(fake.created, 0);
	assert_int_equal(fake.refused, 0);
	assert_int_equal(front_fake.counts[XENCAMERA_OP_BUF_DEQUEUE], 2);
	assert_int_equal(pvcam_start(camera, 4), 0);
}

static void more_buffers_than_a_ring_holds_requests(void **state)
{
	(void)state;
	assert_int_equal(pvcam_start(camera, 33), -EINVAL);
	assert_int_equal(pvcam_start(camera, 1), -EINVAL);
	assert_int_equal(pvcam_start(camera, 32), 0);
	assert_int_equal(fake.created, 32);
	assert_true(front_fake.outstanding_most > 4); /* sent without waiting for each other */
	assert_true(front_fake.outstanding_most <= 32);
	assert_int_equal(pvcam_stop(camera), 0);
	assert_int_equal(fake.refused, 0);
}

static void backend_grants_fewer_buffers(void **state)
{
	(void)state;
	fake.grant_limit = 3;
	assert_int_equal(pvcam_start(camera, 0), 0);
	assert_int_equal(fake.created, 3);
}

static void too_few_pages(void **state)
{
	(void)state;
	front_fake.share_limit = 2;
	assert_int_equal(pvcam_start(camera, 4), -ENOSPC);
	assert_int_equal(front_fake.shared, 0);
	assert_int_equal(pvcam_start(camera, 2), 0);
	assert_int_equal(fake.refused, 0);
}

static void tells_of_controls(void **state)
{
	struct xencamera_evt event = {.type = XENCAMERA_EVT_CTRL_CHANGE};
	struct pvcam_control control;
	int64_t value;
	uint8_t type;

	(void)state;
	assert_int_equal(pvcam_enum_control(camera, 0, &control), 0);
	assert_string_equal(control.name, "brightness");
	assert_int_equal(control.min, -10);
	assert_int_equal(pvcam_enum_control(camera, 1, &control), -EINVAL);
	assert_int_equal(pvcam_set_control(camera, 0, -7), 0);
	assert_int_equal(pvcam_get_control(camera, 0, &value), 0);
	assert_int_equal(value, -7);
	assert_int_equal(pvcam_control_changed(camera, &type, &value), -EAGAIN);
	event.evt.ctrl_value.type = XENCAMERA_CTRL_HUE;
	event.evt.ctrl_value.value = 42;
	front_fake_event(&event);
	event.evt.ctrl_value.type = 200;
	front_fake_event(&event);
	assert_int_equal(pvcam_control_changed(camera, &type, &value), 0);
	assert_int_equal(type, XENCAMERA_CTRL_HUE);
	assert_int_equal(value, 42);
	assert_int_equal(pvcam_control_changed(camera, &type, &value), -EAGAIN);
}

static void frames_outlive_the_backend(void **state)
{
	struct pvcam_frame frame;
	int64_t value;

	(void)state;
	assert_int_equal(pvcam_start(camera, 4), 0);
	camera_fake_frame(1, 77);
	assert_int_equal(pvcam_get_control(camera, 0, &value), 0);
	assert_int_equal(pvcam_get_control(camera, 0, &value), 0);
	front_fake.gone = true;
	assert_int_equal(pvcam_get_control(camera, 0, &value), -EPIPE);
	assert_int_equal(pvcam_get_frame(camera, -1, &frame), 0);
	assert_int_equal(*(const uint8_t *)frame.pixels, 77);
	assert_int_equal(pvcam_get_frame(camera, -1, &frame), -EPIPE);
	assert_true(is_readable());
	assert_int_equal(pvcam_give_back(camera, &frame), -EPIPE);
	assert_int_equal(pvcam_stop(camera), -EPIPE);
}

static void silence_ends_the_camera(void **state)
{
	uint64_t start_ns = pv_now_ns();
	int64_t value;

	(void)state;
	assert_int_equal(pvcam_start(camera, 2), 0);
	front_fake.mute = XENCAMERA_OP_CTRL_GET;
	assert_int_equal(pvcam_get_control(camera, 0, &value), -ETIMEDOUT);
	assert_true(pv_now_ns() - start_ns >= 2900000000u);
	assert_int_equal(pvcam_get_control(camera, 0, &value), -EPIPE);
	/* No second wait when it is put away. */
	assert_int_equal(pvcam_stop(camera), -EPIPE);
	assert_true(pv_now_ns() - start_ns < 5000000000u);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		with_camera(finds_cameras),
		with_camera(knows_what_is_on_offer),
		with_camera(changes_settings),
		with_camera(moves_frames),
		with_camera(copies_frames),
		with_camera(descriptor_tells_of_frames_taken_by_another_call),
		with_camera(stop_returns_buffers_in_any_state),
		with_camera(more_buffers_than_a_ring_holds_requests),
		with_camera(backend_grants_fewer_buffers),
		with_camera(too_few_pages),
		with_camera(tells_of_controls),
		with_camera(frames_outlive_the_backend),
		with_camera(silence_ends_the_camera),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
