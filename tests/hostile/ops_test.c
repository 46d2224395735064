/* SPDX-License-Identifier: MIT */
/* Every operation in every state with arguments that make no sense, and the status each deserves.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <xen/errno.h>

#include "tests/hostile/raw_camera.h"

#define PAGES 38 /* of one YUYV frame of 320x240 */
#define CODE(text)                                                                                 \
	((uint32_t)(text)[0] | (uint32_t)(text)[1] << 8 | (uint32_t)(text)[2] << 16 |              \
		(uint32_t)(text)[3] << 24)

static struct raw raw;
static struct raw_pages frame, directory;

/* How far a session has come; each level includes those before it. */
enum level {
	CONNECTED, /* YUYV 320x240 */
	AGREED,    /* on 4 buffers */
	CREATED,   /* buffer 0 */
	QUEUED,
	STREAMING, /* without a buffer queued: nothing changes by itself */
	STOPPED,
};

static void go_to(enum level level)
{
	raw_op(&raw, XENCAMERA_OP_STREAM_STOP);
	assert_int_equal(raw_buffers(&raw, 0), 0);
	assert_int_equal(raw_config(&raw, XENCAMERA_OP_CONFIG_SET, "YUYV", 320, 240), 0);
	if (level >= AGREED)
		assert_int_equal(raw_buffers(&raw, 4), 0);
	if (level >= CREATED)
		assert_int_equal(raw_create(&raw, 0, directory.refs[0]), 0);
	if (level == QUEUED)
		assert_int_equal(raw_index(&raw, XENCAMERA_OP_BUF_QUEUE, 0), 0);
	if (level >= STREAMING)
		assert_int_equal(raw_op(&raw, XENCAMERA_OP_STREAM_START), 0);
	if (level >= STOPPED)
		assert_int_equal(raw_op(&raw, XENCAMERA_OP_STREAM_STOP), 0);
}

#define CONFIG(fourcc, w, h) .config = {.pixel_format = fourcc, .width = w, .height = h}
#define RATE(n, d) .frame_rate = {.frame_rate_numer = n, .frame_rate_denom = d}
#define INDEX(i) .index = {.index = i}
#define COUNT(n) .buf_request = {.num_bufs = n}
#define CREATE(i, ref) .buf_create = {.index = i, .gref_directory = ref}
#define VALUE(t, v) .ctrl_value = {.type = t, .value = v}
#define NOTHING INDEX(0)
#define GOOD_REF 0xfeedu /* stands for the directory's reference, known only when it is shared */

#define ROW(level, op, status, ...)                                                                \
	{                                                                                          \
		level, status,                                                                     \
		{                                                                                  \
			.operation = XENCAMERA_OP_##op, .req = { __VA_ARGS__ }                     \
		}                                                                                  \
	}

static const struct row {
	enum level level;
	int32_t status;
	struct xencamera_req request;
} rows[] = {
	/* sizes and formats: none, not on offer, beyond everything, overflowing */
	ROW(CONNECTED, CONFIG_SET, 0, CONFIG(CODE("YUYV"), 320, 240)),
	ROW(CONNECTED, CONFIG_SET, 0, CONFIG(CODE("GREY"), 160, 120)),
	ROW(CONNECTED, CONFIG_SET, -XEN_EINVAL, CONFIG(CODE("GREY"), 320, 240)),
	ROW(CONNECTED, CONFIG_SET, -XEN_EINVAL, CONFIG(CODE("YUYV"), 0, 0)),
	ROW(CONNECTED, CONFIG_SET, -XEN_EINVAL, CONFIG(CODE("YUYV"), 320, 0)),
	ROW(CONNECTED, CONFIG_SET, -XEN_EINVAL, CONFIG(CODE("YUYV"), 321, 240)),
	ROW(CONNECTED, CONFIG_SET, -XEN_EINVAL, CONFIG(CODE("YUYV"), 640, 480)),
	ROW(CONNECTED, CONFIG_SET, -XEN_EINVAL, CONFIG(CODE("YUYV"), 0x10000, 0x10000)),
	ROW(CONNECTED, CONFIG_SET, -XEN_EINVAL, CONFIG(CODE("YUYV"), UINT32_MAX, UINT32_MAX)),
	ROW(CONNECTED, CONFIG_SET, -XEN_EINVAL, CONFIG(CODE("NV12"), 320, 240)),
	ROW(CONNECTED, CONFIG_SET, -XEN_EINVAL, CONFIG(CODE("422P"), 320, 240)),
	ROW(CONNECTED, CONFIG_SET, -XEN_EINVAL, CONFIG(0, 320, 240)),
	ROW(CONNECTED, CONFIG_SET, -XEN_EINVAL, CONFIG(UINT32_MAX, 320, 240)),
	ROW(CONNECTED, CONFIG_VALIDATE, 0, CONFIG(CODE("GREY"), 160, 120)),
	ROW(CONNECTED, CONFIG_VALIDATE, -XEN_EINVAL, CONFIG(CODE("GREY"), 160, 121)),
	ROW(CONNECTED, CONFIG_VALIDATE, -XEN_EINVAL, CONFIG(0, 0, 0)),
	ROW(AGREED, CONFIG_SET, -XEN_EBUSY, CONFIG(CODE("YUYV"), 320, 240)),
	ROW(AGREED, CONFIG_SET, -XEN_EINVAL, CONFIG(CODE("YUYV"), 0, 240)),
	ROW(AGREED, CONFIG_VALIDATE, 0, CONFIG(CODE("YUYV"), 320, 240)),
	ROW(STREAMING, CONFIG_SET, -XEN_EBUSY, CONFIG(CODE("GREY"), 160, 120)),
	ROW(STREAMING, CONFIG_VALIDATE, 0, CONFIG(CODE("GREY"), 160, 120)),
	ROW(STREAMING, CONFIG_GET, 0, NOTHING),
	ROW(STOPPED, CONFIG_SET, -XEN_EBUSY, CONFIG(CODE("GREY"), 160, 120)),
	/* rates */
	ROW(CONNECTED, FRAME_RATE_SET, 0, RATE(15, 1)),
	ROW(CONNECTED, FRAME_RATE_SET, 0, RATE(60, 2)),
	ROW(CONNECTED, FRAME_RATE_SET, -XEN_EINVAL, RATE(0, 0)),
	ROW(CONNECTED, FRAME_RATE_SET, -XEN_EINVAL, RATE(0, 1)),
	ROW(CONNECTED, FRAME_RATE_SET, -XEN_EINVAL, RATE(30, 0)),
	ROW(CONNECTED, FRAME_RATE_SET, -XEN_EINVAL, RATE(31, 1)),
	ROW(CONNECTED, FRAME_RATE_SET, -XEN_EINVAL, RATE(UINT32_MAX, 1)),
	ROW(CONNECTED, FRAME_RATE_SET, -XEN_EINVAL, RATE(1, UINT32_MAX)),
	ROW(AGREED, FRAME_RATE_SET, 0, RATE(15, 1)),
	ROW(STREAMING, FRAME_RATE_SET, -XEN_EBUSY, RATE(15, 1)),
	ROW(STOPPED, FRAME_RATE_SET, 0, RATE(15, 1)),
	/* numbers of buffers */
	ROW(CONNECTED, BUF_REQUEST, 0, COUNT(0)),
	ROW(CONNECTED, BUF_REQUEST, 0, COUNT(1)),
	ROW(CONNECTED, BUF_REQUEST, 0, COUNT(255)),
	ROW(AGREED, BUF_REQUEST, 0, COUNT(2)),
	ROW(CREATED, BUF_REQUEST, -XEN_EBUSY, COUNT(2)),
	ROW(CREATED, BUF_REQUEST, 0, COUNT(0)),
	ROW(QUEUED, BUF_REQUEST, 0, COUNT(0)),
	ROW(STREAMING, BUF_REQUEST, -XEN_EBUSY, COUNT(0)),
	ROW(STREAMING, BUF_REQUEST, -XEN_EBUSY, COUNT(4)),
	ROW(STOPPED, BUF_REQUEST, 0, COUNT(0)),
	/* buffers: before they are agreed on, out of range, twice, in the wrong order */
	ROW(CONNECTED, BUF_GET_LAYOUT, 0, NOTHING),
	ROW(CONNECTED, BUF_CREATE, -XEN_EINVAL, CREATE(0, GOOD_REF)),
	ROW(CONNECTED, BUF_DESTROY, -XEN_EINVAL, INDEX(0)),
	ROW(CONNECTED, BUF_QUEUE, -XEN_EINVAL, INDEX(0)),
	ROW(CONNECTED, BUF_DEQUEUE, -XEN_EINVAL, INDEX(0)),
	ROW(AGREED, BUF_CREATE, 0, CREATE(3, GOOD_REF)),
	ROW(AGREED, BUF_CREATE, -XEN_EINVAL, CREATE(4, GOOD_REF)),
	ROW(AGREED, BUF_CREATE, -XEN_EINVAL, CREATE(255, GOOD_REF)),
	ROW(AGREED, BUF_CREATE, -XEN_EINVAL, CREATE(0, 0)),
	ROW(AGREED, BUF_CREATE, -XEN_EINVAL, CREATE(0, 0x7ffffff0)),
	ROW(AGREED, BUF_CREATE, -XEN_EINVAL, CREATE(0, UINT32_MAX)),
	ROW(AGREED, BUF_CREATE, -XEN_EINVAL,
		.buf_create = {.plane_offset = {1}, .gref_directory = GOOD_REF}),
	ROW(AGREED, BUF_CREATE, -XEN_EINVAL,
		.buf_create = {.plane_offset = {UINT32_MAX}, .gref_directory = GOOD_REF}),
	ROW(AGREED, BUF_DESTROY, -XEN_EINVAL, INDEX(0)),
	ROW(AGREED, BUF_DESTROY, -XEN_EINVAL, INDEX(255)),
	ROW(AGREED, BUF_QUEUE, -XEN_EINVAL, INDEX(0)),
	ROW(AGREED, BUF_DEQUEUE, -XEN_EINVAL, INDEX(0)),
	ROW(CREATED, BUF_CREATE, -XEN_EINVAL, CREATE(0, GOOD_REF)),
	ROW(CREATED, BUF_QUEUE, -XEN_EINVAL, INDEX(1)),
	ROW(CREATED, BUF_QUEUE, -XEN_EINVAL, INDEX(4)),
	ROW(CREATED, BUF_QUEUE, -XEN_EINVAL, INDEX(255)),
	ROW(CREATED, BUF_DEQUEUE, -XEN_EINVAL, INDEX(0)),
	ROW(CREATED, BUF_DEQUEUE, -XEN_EINVAL, INDEX(255)),
	ROW(CREATED, BUF_DESTROY, -XEN_EINVAL, INDEX(1)),
	ROW(CREATED, BUF_DESTROY, 0, INDEX(0)),
	ROW(QUEUED, BUF_QUEUE, -XEN_EINVAL, INDEX(0)),
	ROW(QUEUED, BUF_DEQUEUE, -XEN_EINVAL, INDEX(0)),
	ROW(QUEUED, BUF_CREATE, -XEN_EINVAL, CREATE(0, GOOD_REF)),
	ROW(QUEUED, BUF_DESTROY, 0, INDEX(0)),
	ROW(STREAMING, BUF_CREATE, 0, CREATE(1, GOOD_REF)),
	ROW(STREAMING, BUF_DEQUEUE, -XEN_EINVAL, INDEX(0)),
	ROW(STREAMING, BUF_DESTROY, 0, INDEX(0)),
	/* starting and stopping */
	ROW(CONNECTED, STREAM_START, -XEN_EINVAL, NOTHING),
	ROW(CONNECTED, STREAM_STOP, -XEN_EINVAL, NOTHING),
	ROW(AGREED, STREAM_STOP, -XEN_EINVAL, NOTHING),
	ROW(STREAMING, STREAM_START, -XEN_EINVAL, NOTHING),
	ROW(STOPPED, STREAM_STOP, -XEN_EINVAL, NOTHING),
	ROW(STOPPED, STREAM_START, 0, NOTHING),
	/* controls */
	ROW(CONNECTED, CTRL_ENUM, 0, INDEX(3)),
	ROW(CONNECTED, CTRL_ENUM, -XEN_EINVAL, INDEX(4)),
	ROW(CONNECTED, CTRL_ENUM, -XEN_EINVAL, INDEX(255)),
	ROW(CONNECTED, CTRL_GET, -XEN_EINVAL, .get_ctrl = {.type = 4}),
	ROW(CONNECTED, CTRL_GET, -XEN_EINVAL, .get_ctrl = {.type = 8}),
	ROW(CONNECTED, CTRL_GET, -XEN_EINVAL, .get_ctrl = {.type = 255}),
	ROW(CONNECTED, CTRL_SET, -XEN_EINVAL, VALUE(4, 0)),
	ROW(CONNECTED, CTRL_SET, -XEN_EINVAL, VALUE(255, 0)),
	ROW(CONNECTED, CTRL_SET, -XEN_EINVAL, VALUE(0, INT64_MIN)),
	ROW(CONNECTED, CTRL_SET, -XEN_EINVAL, VALUE(1, INT64_MAX)),
	ROW(STREAMING, CTRL_SET, -XEN_EINVAL, VALUE(2, (int64_t)1 << 32)),
};

static void rows_are_answered(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct xencamera_req request = rows[i].request;
		int32_t status;

		go_to(rows[i].level);
		if (request.operation == XENCAMERA_OP_BUF_CREATE &&
			request.req.buf_create.gref_directory == GOOD_REF)
			request.req.buf_create.gref_directory = directory.refs[0];
		status = raw_call(&raw, request, NULL);
		if (status != rows[i].status)
			fail_msg("row %zu: operation %u at level %d: %d instead of %d", i,
				request.operation, rows[i].level, status, rows[i].status);
	}
}

static void unknown_operations_are_not_supported(void **state)
{
	(void)state;
	for (enum level level = CONNECTED; level <= STOPPED; level++) {
		go_to(level);
		for (unsigned code = XENCAMERA_OP_STREAM_STOP + 1; code <= UINT8_MAX; code++)
			assert_int_equal(raw_op(&raw, (uint8_t)code), -XEN_EOPNOTSUPP);
		assert_int_equal(raw_op(&raw, XENCAMERA_OP_CONFIG_GET), 0);
	}
}

static void more_buffers_than_allowed_are_cut(void **state)
{
	struct xencamera_req request = {
		.operation = XENCAMERA_OP_BUF_REQUEST, .req.buf_request.num_bufs = 255};
	struct xencamera_resp response;

	(void)state;
	go_to(CONNECTED);
	assert_int_equal(raw_call(&raw, request, &response), 0);
	assert_int_equal(response.resp.buf_request.num_bufs, 4);
}

static void stale_bytes_do_not_matter(void **state)
{
	struct xencamera_req request;

	(void)state;
	go_to(AGREED);
	memset(&request, 0xff, sizeof(request));
	request.operation = XENCAMERA_OP_CONFIG_GET;
	assert_int_equal(raw_call(&raw, request, NULL), 0);
	memset(&request, 0xff, sizeof(request));
	request.operation = XENCAMERA_OP_BUF_CREATE;
	request.req.buf_create.index = 0;
	request.req.buf_create.plane_offset[0] = 0; /* there is one plane: the others are unused */
	request.req.buf_create.gref_directory = directory.refs[0];
	assert_int_equal(raw_call(&raw, request, NULL), 0);
}

/* One step beyond what CTRL_ENUM says, on both sides. */
static void controls_have_bounds(void **state)
{
	struct xencamera_req request = {.operation = XENCAMERA_OP_CTRL_ENUM};
	struct xencamera_resp control;

	(void)state;
	go_to(CONNECTED);
	while (raw_call(&raw, request, &control) == 0) {
		struct xencamera_req set = {.operation = XENCAMERA_OP_CTRL_SET};

		set.req.ctrl_value.type = control.resp.ctrl_enum.type;
		set.req.ctrl_value.value = control.resp.ctrl_enum.max + 1;
		assert_int_equal(raw_call(&raw, set, NULL), -XEN_EINVAL);
		set.req.ctrl_value.value = control.resp.ctrl_enum.min - 1;
		assert_int_equal(raw_call(&raw, set, NULL), -XEN_EINVAL);
		set.req.ctrl_value.value = control.resp.ctrl_enum.def_val;
		assert_int_equal(raw_call(&raw, set, NULL), 0);
		request.req.index.index++;
	}
	assert_int_equal(request.req.index.index, 4);
}

/* A filled buffer is dequeued once, queued once, and a destroyed one is gone. */
static void a_filled_buffer_is_taken_once(void **state)
{
	struct xencamera_evt event;

	(void)state;
	go_to(QUEUED);
	assert_int_equal(raw_op(&raw, XENCAMERA_OP_STREAM_START), 0);
	do
		assert_true(raw_event(&raw, &event, RAW_TIMEOUT_MS));
	while (event.type != XENCAMERA_EVT_FRAME_AVAIL);
	assert_int_equal(event.evt.frame_avail.index, 0);
	assert_int_equal(event.evt.frame_avail.used_sz, 320 * 240 * 2);
	assert_int_equal(raw_index(&raw, XENCAMERA_OP_BUF_QUEUE, 0), -XEN_EINVAL);
	assert_int_equal(raw_index(&raw, XENCAMERA_OP_BUF_DEQUEUE, 0), 0);
	assert_int_equal(raw_index(&raw, XENCAMERA_OP_BUF_DEQUEUE, 0), -XEN_EINVAL);
	assert_int_equal(raw_index(&raw, XENCAMERA_OP_BUF_QUEUE, 0), 0);
	assert_int_equal(raw_index(&raw, XENCAMERA_OP_BUF_QUEUE, 0), -XEN_EINVAL);
	assert_int_equal(raw_index(&raw, XENCAMERA_OP_BUF_DESTROY, 0), 0);
	assert_int_equal(raw_index(&raw, XENCAMERA_OP_BUF_DESTROY, 0), -XEN_EINVAL);
	assert_int_equal(raw_index(&raw, XENCAMERA_OP_BUF_QUEUE, 0), -XEN_EINVAL);
}

static void backend_buffers_are_refused(void **state)
{
	(void)state;
	raw_write(&raw, XENCAMERA_FIELD_BE_ALLOC, "1");
	assert_true(raw_connect(&raw));
	go_to(AGREED);
	assert_int_equal(raw_create(&raw, 0, directory.refs[0]), -XEN_EOPNOTSUPP);
	assert_int_equal(raw_op(&raw, XENCAMERA_OP_CONFIG_GET), 0);
	raw_write(&raw, XENCAMERA_FIELD_BE_ALLOC, "0");
	assert_true(raw_connect(&raw));
	go_to(CREATED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_answered),
		cmocka_unit_test(unknown_operations_are_not_supported),
		cmocka_unit_test(more_buffers_than_allowed_are_cut),
		cmocka_unit_test(stale_bytes_do_not_matter),
		cmocka_unit_test(controls_have_bounds),
		cmocka_unit_test(a_filled_buffer_is_taken_once),
		cmocka_unit_test(backend_buffers_are_refused),
	};
	int failed;

	raw_open(&raw, RAW_CAMERA);
	raw_pages_share(&raw, PAGES, true, &frame);
	raw_pages_share(&raw, 1, true, &directory);
	raw_directory(&directory, frame.refs, PAGES, 0);
	failed = raw_connect(&raw) ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
	raw_state(&raw, XenbusStateClosing);
	raw_close(&raw);
	return failed != 0;
}
