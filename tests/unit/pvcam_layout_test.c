/* SPDX-License-Identifier: MIT */
/* Where a backend says that frames lie, and views that read them there. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/pixfmt.h"
#include "frontend/camera/internal.h"
#include "tests/unit/camera_fake.h"

static const struct pvcam_settings yu12 = {PV_FOURCC_YU12, 64, 32, 30, 1};

static struct xencamera_buf_get_layout_resp wire_layout(uint32_t size, uint32_t stride)
{
	return (struct xencamera_buf_get_layout_resp){
		.num_planes = 1,
		.size = size,
		.plane_size = {size},
		.plane_stride = {stride},
	};
}

static void tight_layout(void **state)
{
	struct xencamera_buf_get_layout_resp wire = wire_layout(64 * 32 * 3 / 2, 64);
	struct pvcam_layout layout;

	(void)state;
	assert_int_equal(pvcam_layout_check(&yu12, &wire, &layout), 0);
	assert_int_equal(layout.num_planes, 3);
	assert_int_equal(layout.size_bytes, 64 * 32 * 3 / 2);
	assert_int_equal(layout.offset_bytes[1], 64 * 32);
	assert_int_equal(layout.offset_bytes[2], 64 * 32 * 5 / 4);
	assert_int_equal(layout.stride_bytes[2], 32);
}

static void padded_layout(void **state)
{
	struct xencamera_buf_get_layout_resp wire = wire_layout(5000, 80);
	struct pvcam_layout layout;

	(void)state;
	assert_int_equal(pvcam_layout_check(&yu12, &wire, &layout), 0);
	assert_int_equal(layout.size_bytes, 5000);
	assert_int_equal(layout.offset_bytes[1], 80 * 32);
	assert_int_equal(layout.stride_bytes[1], 40);
	assert_int_equal(layout.offset_bytes[2], 80 * 32 + 40 * 16);
}

static void false_layouts(void **state)
{
	struct xencamera_buf_get_layout_resp many = wire_layout(64 * 32 * 3 / 2, 64);
	const struct xencamera_buf_get_layout_resp lies[] = {
		wire_layout(64 * 32 * 3 / 2 - 1, 64),         /* too small */
		wire_layout(64 * 32 * 3 / 2, 63),             /* lines too short */
		wire_layout(64 * 32 * 3 / 2, 65),             /* larger lines need more */
		wire_layout(UINT32_MAX, 64),                  /* a frame nobody needs */
		wire_layout(64 * 32 * 3 / 2, UINT32_MAX - 1), /* wraps */
		wire_layout(5000, 81),                        /* no half of it for chroma */
		wire_layout(0, 0),
	};
	struct pvcam_layout layout;

	(void)state;
	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++)
		assert_int_equal(pvcam_layout_check(&yu12, &lies[i], &layout), -EPROTO);
	many.num_planes = 3;
	assert_int_equal(pvcam_layout_check(&yu12, &many, &layout), -EPROTO);
}

static void shrink_layout(const struct xencamera_req *request, struct xencamera_resp *response)
{
	if (request->operation == XENCAMERA_OP_BUF_GET_LAYOUT)
		response->resp.buf_layout.size /= 2;
}

static void false_layout_ends_the_camera(void **state)
{
	struct pvcam *camera;

	(void)state;
	camera_fake_reset();
	fake.tamper = shrink_layout;
	assert_int_equal(pvcam_open(NULL, &camera), -EPROTO);
	assert_false(front_fake.connected);
}

static void view_of_tight_frames(void **state)
{
	struct pvcam_layout layout;
	struct pvcam_frame frame;
	struct pvcam_view *view;
	struct pvcam *camera;
	uint8_t to[32 * 16];

	(void)state;
	camera_fake_reset();
	assert_int_equal(pvcam_open(NULL, &camera), 0);
	assert_int_equal(pvcam_start(camera, 2), 0);
	assert_int_equal(pvcam_view_create(camera, PV_FOURCC_GREY, 32, 16, &view), 0);
	pvcam_view_layout(view, &layout);
	assert_int_equal(layout.size_bytes, sizeof(to));
	assert_int_equal(layout.num_planes, 1);
	camera_fake_frame(1, 100);
	assert_int_equal(pvcam_get_frame(camera, 1000, &frame), 0);
	memset(to, 0, sizeof(to));
	assert_int_equal(pvcam_view_convert(view, &frame, to), 0);
	for (size_t i = 0; i < sizeof(to); i++)
		assert_int_equal(to[i], 100);
	frame.size_bytes--;
	assert_int_equal(pvcam_view_convert(view, &frame, to), -EBADMSG);
	pvcam_view_destroy(view);
	assert_int_equal(pvcam_view_create(camera, PV_FOURCC_YUYV, 33, 16, &view), -EINVAL);
	pvcam_close(camera);
}

/* Each line holds its own number, and the padding another. */
static void view_leaves_padding_out(void **state)
{
	const uint32_t stride = 64 * 2 + FAKE_PADDING_BYTES;
	struct pvcam_frame frame;
	struct pvcam_view *view;
	struct pvcam *camera;
	uint8_t to[64 * 32];

	(void)state;
	camera_fake_reset();
	fake.padded = true;
	assert_int_equal(pvcam_open(NULL, &camera), 0);
	assert_int_equal(pvcam_start(camera, 2), 0);
	assert_int_equal(pvcam_view_create(camera, PV_FOURCC_GREY, 64, 32, &view), 0);
	camera_fake_frame(1, 0xff);
	assert_int_equal(pvcam_get_frame(camera, 1000, &frame), 0);
	for (uint32_t line = 0; line < 32; line++)
		memset((uint8_t *)camera->buffers[frame.buffer].shared.start + line * stride,
			(int)line + 16, 64 * 2);
	assert_int_equal(pvcam_view_convert(view, &frame, to), 0);
	for (size_t i = 0; i < sizeof(to); i++)
		assert_int_equal(to[i], i / 64 + 16);
	pvcam_view_destroy(view);
	pvcam_close(camera);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(tight_layout),
		cmocka_unit_test(padded_layout),
		cmocka_unit_test(false_layouts),
		cmocka_unit_test(false_layout_ends_the_camera),
		cmocka_unit_test(view_of_tight_frames),
		cmocka_unit_test(view_leaves_padding_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
