/* SPDX-License-Identifier: MIT */
/* libpvcam against a backend that is not to be trusted. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/pixfmt.h"
#include "tests/unit/pvcam_fixture.h"

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

static void agree_to_all(const struct xencamera_req *request, struct xencamera_resp *response)
{
	(void)request;
	response->status = 0;
}

/* Also when the backend then lets it be dequeued: the application has it. */
static void event_of_a_borrowed_buffer_that_is_given(void **state)
{
	struct pvcam_frame frame;

	(void)state;
	assert_int_equal(pvcam_start(camera, 2), 0);
	camera_fake_frame(1, 1);
	assert_int_equal(pvcam_get_frame(camera, 1000, &frame), 0);
	fake.tamper = agree_to_all;
	announce((uint8_t)frame.buffer, 64);
	expect_broken();
}

static void event_twice_of_a_buffer_that_is_given(void **state)
{
	struct pvcam_frame frame;

	(void)state;
	assert_int_equal(pvcam_start(camera, 2), 0);
	fake.tamper = agree_to_all;
	announce(0, 64);
	announce(0, 64);
	assert_int_equal(pvcam_get_frame(camera, 1000, &frame), -EPROTO);
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
	struct xencamera_evt event = {.type = 77};
	struct pvcam_frame frame;

	(void)state;
	assert_int_equal(pvcam_start(camera, 2), 0);
	front_fake_event(&event);
	camera_fake_frame(1, 1);
	assert_int_equal(pvcam_get_frame(camera, 1000, &frame), 0);
}

static void answer_to_no_request(void **state)
{
	struct xencamera_resp response = {.id = 4711, .operation = XENCAMERA_OP_BUF_DEQUEUE};

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
	struct pvcam_settings wanted = {PV_FOURCC_YUYV, 128, 64, 15, 2};

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

int main(void)
{
	static const struct CMUnitTest tests[] = {
		with_camera(event_of_no_buffer),
		with_camera(event_of_a_buffer_far_out),
		with_camera(event_of_a_borrowed_buffer),
		with_camera(event_of_a_borrowed_buffer_that_is_given),
		with_camera(event_twice_of_a_buffer_that_is_given),
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
