/* SPDX-License-Identifier: MIT */
/* libpvcam against a backend that keeps the protocol, and against one that does not. */
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/parse.h"
#include "common/pixfmt.h"
#include "frontend/camera/pvcam.h"
#include "tests/unit/camera_fake.h"

static struct pvcam *camera;

static int open_camera(void **state)
{
	(void)state;
	camera_fake_reset();
	camera = NULL;
	return pvcam_open("front", &camera);
}

static int close_camera(void **state)
{
	(void)state;
	pvcam_close(camera);
	assert_int_equal(front_fake.shared, 0);
	assert_false(front_fake.connected);
	return 0;
}

static bool is_readable(void)
{
	struct pollfd pfd = { .fd = pvcam_fd(camera), .events = POLLIN };

	return poll(&pfd, 1, 0) == 1;
}

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
		{ PV_FOURCC_YUYV, 128, 64, 15, 2 },
		{ PV_FOURCC_YUYV, 64, 32, 30, 1 },
		{ PV_FOURCC_YUYV, 64, 32, 15, 1 },
		{ PV_FOURCC_GREY, 64, 32, 30, 1 },
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
	struct pvcam_settings wanted = { PV_FOURCC_YUYV, 128, 64, 15, 2 }, settings;
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
	struct xencamera_evt event = { .type = XENCAMERA_EVT_CTRL_CHANGE };
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

/* ---- a backend that is not to be trusted ---- */

static void expect_broken(void)
{
	struct pvcam_frame frame;

	assert_int_equal(pvcam_get_frame(camera, 1000, &frame), -EPROTO);
	assert_int_equal(pvcam_get_frame(camera, 1000, &frame), -EPIPE);
	assert_true(is_readable());
}

static void announce(uint8_t index, uint32_t used_bytes)
{
	struct xencamera_evt event = {
		.type = XENCAMERA_EVT_FRAME_AVAIL,
		.evt.frame_avail.index = index,
		.evt.frame_avail.used_sz = used_bytes,
	};

	front_fake_event(&event);
}

static void event_of_no_buffer(void **state)
{
	(void)state;
	assert_int_equal(pvcam_start(camera, 2), 0);
	announce(2, 64);
	expect_broken();
}

static void event_of_a_buffer_far_out(void **state)
{
	(void)state;
	assert_int_equal(pvcam_start(camera, 2), 0);
	announce(255, 64);
	expect_broken();
}

static void event_of_a_borrowed_buffer(void **state)
{
	struct pvcam_frame frame;

	(void)state;
	assert_int_equal(pvcam_start(camera, 2), 0);
	camera_fake_frame(1, 1);
	assert_int_equal(pvcam_get_frame(camera, 1000, &frame), 0);
	announce((uint8_t)frame.buffer, 64);
	expect_broken();
}

static void event_of_too_many_bytes(void **state)
{
	(void)state;
	assert_int_equal(pvcam_start(camera, 2), 0);
	announce(0, 64 * 32 * 2 + 1);
	expect_broken();
}

static void unknown_event_is_nothing(void **state)
{
	struct xencamera_evt event = { .type = 77 };
	struct pvcam_frame frame;

	(void)state;
	assert_int_equal(pvcam_start(camera, 2), 0);
	front_fake_event(&event);
	camera_fake_frame(1, 1);
	assert_int_equal(pvcam_get_frame(camera, 1000, &frame), 0);
}

static void answer_to_no_request(void **state)
{
	struct xencamera_resp response = { .id = 4711, .operation = XENCAMERA_OP_BUF_DEQUEUE };

	(void)state;
	assert_int_equal(pvcam_start(camera, 2), 0);
	front_fake_respond(&response);
	expect_broken();
}

static void change_operation(const struct xencamera_req *request, struct xencamera_resp *response)
{
	(void)request;
	response->operation++;
}

static void answer_to_another_operation(void **state)
{
	int64_t value;

	(void)state;
	fake.tamper = change_operation;
	assert_int_equal(pvcam_get_control(camera, 0, &value), -EPROTO);
	assert_int_equal(pvcam_get_control(camera, 0, &value), -EPIPE);
}

static void lie_about_status(const struct xencamera_req *request, struct xencamera_resp *response)
{
	(void)request;
	response->status = 1000;
}

static void status_that_is_no_error_number(void **state)
{
	int64_t value;

	(void)state;
	fake.tamper = lie_about_status;
	assert_int_equal(pvcam_get_control(camera, 0, &value), -EIO);
}

static void grant_too_many(const struct xencamera_req *request, struct xencamera_resp *response)
{
	if (request->operation == XENCAMERA_OP_BUF_REQUEST)
		response->resp.buf_request.num_bufs = 200;
}

static void more_buffers_than_asked_for(void **state)
{
	(void)state;
	fake.tamper = grant_too_many;
	assert_int_equal(pvcam_start(camera, 4), -EPROTO);
}

static void adjust_size(const struct xencamera_req *request, struct xencamera_resp *response)
{
	if (request->operation == XENCAMERA_OP_CONFIG_SET)
		response->resp.config.width = 1;
}

static void settings_changed_under_way(void **state)
{
	struct pvcam_settings wanted = { PV_FOURCC_YUYV, 128, 64, 15, 2 };

	(void)state;
	fake.tamper = adjust_size;
	assert_int_equal(pvcam_set_settings(camera, &wanted), -EINVAL);
}

static void refuse_create(const struct xencamera_req *request, struct xencamera_resp *response)
{
	if (request->operation == XENCAMERA_OP_BUF_CREATE)
		response->status = -ENOMEM;
}

static void buffer_refused(void **state)
{
	(void)state;
	fake.tamper = refuse_create;
	assert_int_equal(pvcam_start(camera, 4), -ENOMEM);
	assert_int_equal(front_fake.shared, 0);
	fake.tamper = NULL;
	assert_int_equal(pvcam_start(camera, 4), 0);
}

#define with_camera(test) cmocka_unit_test_setup_teardown(test, open_camera, close_camera)

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
		with_camera(event_of_no_buffer),
		with_camera(event_of_a_buffer_far_out),
		with_camera(event_of_a_borrowed_buffer),
		with_camera(event_of_too_many_bytes),
		with_camera(unknown_event_is_nothing),
		with_camera(answer_to_no_request),
		with_camera(answer_to_another_operation),
		with_camera(status_that_is_no_error_number),
		with_camera(more_buffers_than_asked_for),
		with_camera(settings_changed_under_way),
		with_camera(buffer_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
