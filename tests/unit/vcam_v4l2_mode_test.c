/* SPDX-License-Identifier: MIT */
/* The source `v4l2` and a camera's enumerations, names, colours and refusals, without its thread.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/v4l2_fake.h"
#include "tests/unit/vcam_listener.h"

static const struct vcam_source_ops *const ops = &vcam_source_v4l2;
static char node[] = V4L2_FAKE_NODE;

static const struct v4l2_fake_way webcam[] = {
	{V4L2_PIX_FMT_YUYV, 640, 480, {{1, 30}, {1, 15}}},
	{V4L2_PIX_FMT_YUYV, 1920, 1080, {{1, 5}}},
	{V4L2_PIX_FMT_MJPEG, 1920, 1080, {{1, 60}, {1001, 30000}, {1, 15}}},
	{V4L2_PIX_FMT_MJPEG, 2592, 1944, {{1, 30}}},
	{0},
};
static const struct v4l2_fake_way huge[] = {
	{V4L2_PIX_FMT_YUYV, 4096, 3072, {{1, 30}}},
	{V4L2_PIX_FMT_YUYV, 2592, 1944, {{1, 30}}},
	{0},
};
static const struct v4l2_fake_way range[] = {
	{V4L2_PIX_FMT_SBGGR8, 1930, 1930, {{1, 60}, {1, 1}}}, /* not a format that we know */
	{V4L2_PIX_FMT_NV12, 1930, 1930, {{1, 60}, {1, 1}}},
	{0},
};
static const struct v4l2_fake_way small_yuyv[] = {
	{V4L2_PIX_FMT_YUYV, 64, 48, {{1, 50}}},
	{0},
};
static const struct v4l2_fake_way small_mjpg[] = {
	{V4L2_PIX_FMT_MJPEG, 64, 48, {{1, 50}}},
	{0},
};

static struct vcam_source_config any(void)
{
	return (struct vcam_source_config){.name = "test", .ops = ops, .device = node};
}

static int try_open(const struct vcam_source_config *config, struct vcam_source_traits *ret)
{
	const char *why = NULL;
	void *priv;
	int err = ops->open(config, NULL, &priv, ret, &why);

	if (err < 0)
		assert_non_null(why);
	else
		ops->close(priv);
	assert_int_equal(v4l2_fake_state().open, 0);
	return err;
}

static void check_mode(const struct v4l2_fake_setup *setup, struct vcam_source_config config,
	struct vcam_source_mode expected, uint32_t pixelformat)
{
	struct vcam_source_traits traits;

	v4l2_fake_reset(setup, 0);
	assert_int_equal(try_open(&config, &traits), 0);
	assert_int_equal(traits.mode.picture.fourcc, expected.picture.fourcc);
	assert_int_equal(traits.mode.picture.width, expected.picture.width);
	assert_int_equal(traits.mode.picture.height, expected.picture.height);
	assert_int_equal(traits.mode.rate.numer, expected.rate.numer);
	assert_int_equal(traits.mode.rate.denom, expected.rate.denom);
	assert_int_equal(v4l2_fake_state().format.pixelformat, pixelformat);
	v4l2_fake_finish();
}

static void test_chooses_a_mode(void **state)
{
	static const struct v4l2_fake_setup usual = {.ways = webcam};
	struct vcam_source_config config = any();
	struct vcam_source_traits traits;

	(void)state;
	/* The largest up to FullHD, at the rate nearest to 30, whatever the format costs. */
	check_mode(&usual, config,
		(struct vcam_source_mode){{PV_FOURCC_YU12, 1920, 1080}, {30000, 1001}},
		V4L2_PIX_FMT_MJPEG);
	config.fourcc = PV_FOURCC_YUYV;
	check_mode(&usual, config, (struct vcam_source_mode){{PV_FOURCC_YUYV, 1920, 1080}, {5, 1}},
		V4L2_PIX_FMT_YUYV);
	config.width = 640;
	config.height = 480;
	config.rate = (struct pv_fraction){16, 1};
	check_mode(&usual, config, (struct vcam_source_mode){{PV_FOURCC_YUYV, 640, 480}, {15, 1}},
		V4L2_PIX_FMT_YUYV);
	config.fourcc = V4L2_PIX_FMT_MJPEG;
	v4l2_fake_reset(&usual, 0);
	assert_int_equal(try_open(&config, &traits), -EINVAL);
	config = any();
	config.fourcc = PV_FOURCC_GREY;
	assert_int_equal(try_open(&config, &traits), -EINVAL);
	v4l2_fake_finish();
	config = any();
	check_mode(&(struct v4l2_fake_setup){.ways = huge}, config,
		(struct vcam_source_mode){{PV_FOURCC_YUYV, 2592, 1944}, {30, 1}},
		V4L2_PIX_FMT_YUYV);
}

static void test_chooses_from_ranges(void **state)
{
	struct vcam_source_config config = any();

	(void)state;
	check_mode(&(struct v4l2_fake_setup){.ways = range, .step = 1}, config,
		(struct vcam_source_mode){{PV_FOURCC_NV12, 1920, 1080}, {30, 1}},
		V4L2_PIX_FMT_NV12);
	check_mode(&(struct v4l2_fake_setup){.ways = range, .step = 16}, config,
		(struct vcam_source_mode){{PV_FOURCC_NV12, 1920, 1072}, {30, 1}},
		V4L2_PIX_FMT_NV12);
	config.rate = (struct pv_fraction){60000, 1001};
	config.width = 320;
	config.height = 240;
	check_mode(&(struct v4l2_fake_setup){.ways = range, .step = 16}, config,
		(struct vcam_source_mode){{PV_FOURCC_NV12, 320, 240}, {60000, 1001}},
		V4L2_PIX_FMT_NV12);
	config.rate = (struct pv_fraction){90, 1};
	check_mode(&(struct v4l2_fake_setup){.ways = range, .step = 16}, config,
		(struct vcam_source_mode){{PV_FOURCC_NV12, 320, 240}, {60, 1}}, V4L2_PIX_FMT_NV12);
	/* A driver that lists nothing. */
	config = any();
	check_mode(&(struct v4l2_fake_setup){.ways = small_yuyv, .silent_lists = true}, config,
		(struct vcam_source_mode){{PV_FOURCC_YUYV, 64, 48}, {30, 1}}, V4L2_PIX_FMT_YUYV);
}

static void test_is_known_by_name_and_place(void **state)
{
	static const struct {
		char device[16], card[16], bus[16];
		int expected;
	} cases[] = {
		{"", "Fake Camera", "", 0},
		{"", "", "usb-0:1", 0},
		{"", "Fake Camera", "usb-0:1", 0},
		{V4L2_FAKE_NODE, "Fake Camera", "usb-0:1", 0},
		{"", "Fake", "", -ENODEV},
		{"", "Blind", "", -ENODEV}, /* there, but without pictures */
		{"", "Fake Camera", "usb-0:2", -ENODEV},
		{V4L2_FAKE_NODE, "Blind", "", -ENODEV},
		{"/dev/video9", "", "", -ENOENT},
	};
	struct vcam_source_traits traits;

	(void)state;
	v4l2_fake_reset(&(struct v4l2_fake_setup){.ways = small_yuyv}, 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct vcam_source_config config = {
			.name = "test",
			.ops = ops,
			.device = cases[i].device[0] ? (char *)cases[i].device : NULL,
			.card = cases[i].card[0] ? (char *)cases[i].card : NULL,
			.bus = cases[i].bus[0] ? (char *)cases[i].bus : NULL,
		};

		assert_int_equal(try_open(&config, &traits), cases[i].expected);
	}
	v4l2_fake_finish();
}

static void check_colours(
	const struct v4l2_fake_way *ways, uint32_t colorspace, struct vcam_colours expected)
{
	struct v4l2_fake_setup setup = {.ways = ways, .colorspace = colorspace};
	struct vcam_source_config config = any();
	struct vcam_source_traits traits;

	v4l2_fake_reset(&setup, 0);
	assert_int_equal(try_open(&config, &traits), 0);
	assert_memory_equal(&traits.colours, &expected, sizeof(expected));
	v4l2_fake_finish();
}

static void test_tells_its_colours(void **state)
{
	(void)state;
	check_colours(small_yuyv, V4L2_COLORSPACE_REC709,
		(struct vcam_colours){XENCAMERA_COLORSPACE_REC709, XENCAMERA_XFER_FUNC_709,
			XENCAMERA_YCBCR_ENC_709, XENCAMERA_QUANTIZATION_LIM_RANGE});
	check_colours(small_yuyv, V4L2_COLORSPACE_SRGB,
		(struct vcam_colours){XENCAMERA_COLORSPACE_SRGB, XENCAMERA_XFER_FUNC_SRGB,
			XENCAMERA_YCBCR_ENC_601, XENCAMERA_QUANTIZATION_LIM_RANGE});
	check_colours(small_yuyv, V4L2_COLORSPACE_DEFAULT, vcam_colours_usual(PV_FOURCC_YUYV));
	/* JPEG is what it is, whatever a driver says. */
	check_colours(small_mjpg, V4L2_COLORSPACE_REC709,
		(struct vcam_colours){XENCAMERA_COLORSPACE_SRGB, XENCAMERA_XFER_FUNC_SRGB,
			XENCAMERA_YCBCR_ENC_601, XENCAMERA_QUANTIZATION_LIM_RANGE});
}

/* Opened in 64x48 and streaming; *ret_priv to be closed. -errno of the step that failed. */
static int open_streaming(void **ret_priv)
{
	struct vcam_source_config config = any();
	struct vcam_source_traits traits;
	const char *why;
	int err;

	config.width = 64;
	config.height = 48;
	err = ops->open(&config, NULL, ret_priv, &traits, &why);
	if (err < 0)
		return err;
	err = ops->wait(*ret_priv, -1, 0);
	if (err != -ETIMEDOUT) {
		ops->close(*ret_priv);
		return err;
	}
	return 0;
}

static void test_counts_what_the_device_lost(void **state)
{
	uint8_t pixels[64 * 48 * 2];
	struct vcam_filling filling = {.pixels = pixels};
	void *priv;

	(void)state;
	v4l2_fake_reset(&(struct v4l2_fake_setup){.ways = small_yuyv}, 0);
	assert_int_equal(open_streaming(&priv), 0);
	assert_int_equal(v4l2_fake_state().queued, 4);
	for (uint8_t i = 0; i < 7; i++)
		assert_int_equal(v4l2_fake_send_plain(i), i < 4);
	for (uint8_t i = 0; i < 4; i++) {
		assert_int_equal(ops->wait(priv, -1, pv_now_ns() + 1000000000), 0);
		assert_int_equal(ops->fill(priv, 0, &filling), VCAM_FILLED);
		assert_int_equal(pixels[sizeof(pixels) - 1], i);
		assert_int_equal(filling.missed, 0);
		assert_int_equal(v4l2_fake_state().queued, i + 1); /* given back at once */
	}
	assert_int_equal(ops->fill(priv, 0, &filling), VCAM_NOT_READY);
	v4l2_fake_send_plain(9);
	filling.pixels = NULL; /* no room: thrown away, but given back */
	assert_int_equal(ops->fill(priv, 0, &filling), VCAM_FILLED);
	assert_int_equal(filling.missed, 3);
	assert_int_equal(v4l2_fake_state().queued, 4);
	ops->close(priv);
	v4l2_fake_finish();
}

/* Any request may fail, once or for ever: nothing stays open, and nothing is taken for a frame. */
static void test_any_request_may_fail(void **state)
{
	static const unsigned long requests[] = {V4L2_FAKE_OPEN, V4L2_FAKE_MMAP, VIDIOC_QUERYCAP,
		VIDIOC_ENUM_FMT, VIDIOC_ENUM_FRAMESIZES, VIDIOC_ENUM_FRAMEINTERVALS, VIDIOC_TRY_FMT,
		VIDIOC_S_FMT, VIDIOC_S_PARM, VIDIOC_G_PARM, VIDIOC_REQBUFS, VIDIOC_QUERYBUF,
		VIDIOC_QBUF, VIDIOC_DQBUF, VIDIOC_STREAMON, VIDIOC_STREAMOFF, VIDIOC_QUERYCTRL,
		VIDIOC_G_CTRL, VIDIOC_SUBSCRIBE_EVENT, VIDIOC_DQEVENT};
	static const int errors[] = {EIO, ENODEV, EBUSY, EINVAL, ENOMEM};
	uint8_t pixels[64 * 48 * 2];

	(void)state;
	for (unsigned i = 0; i < 2 * sizeof(requests) / sizeof(requests[0]); i++) {
		for (unsigned j = 0; j < sizeof(errors) / sizeof(errors[0]); j++) {
			struct vcam_filling filling = {.pixels = pixels};
			void *priv;

			v4l2_fake_reset(
				&(struct v4l2_fake_setup){.ways = small_yuyv, .num_controls = 4},
				0);
			v4l2_fake_refuse(requests[i / 2], errors[j], i % 2 ? 1 : 1000000);
			memset(pixels, 0xee, sizeof(pixels));
			if (open_streaming(&priv) == 0) {
				v4l2_fake_send_plain(7);
				assert_int_equal(ops->wait(priv, -1, pv_now_ns() + 1000000000), 0);
				if (ops->fill(priv, 0, &filling) == VCAM_FILLED)
					assert_int_equal(pixels[100], 7);
				else
					assert_int_equal(requests[i / 2] == VIDIOC_DQBUF ||
								 requests[i / 2] == VIDIOC_QBUF,
						true);
				ops->close(priv);
			}
			assert_int_equal(v4l2_fake_state().open, 0);
			v4l2_fake_finish();
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_chooses_a_mode),
		cmocka_unit_test(test_chooses_from_ranges),
		cmocka_unit_test(test_is_known_by_name_and_place),
		cmocka_unit_test(test_tells_its_colours),
		cmocka_unit_test(test_counts_what_the_device_lost),
		cmocka_unit_test(test_any_request_may_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
