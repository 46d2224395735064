/* SPDX-License-Identifier: MIT */
/* The source `v4l2` on an MJPEG camera: right pictures in, broken ones out. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jpeglib.h>

#include "tests/unit/vcam_v4l2.h"

static const struct v4l2_fake_way small_mjpg[] = {
	{V4L2_PIX_FMT_MJPEG, 64, 48, {{1, 50}}},
	{0},
};

/* A JPEG whose luma grows from left to right and from top to bottom. Caller frees. */
static uint8_t *make_jpeg(int width, int height, int h_factor, int v_factor, size_t *ret_bytes)
{
	struct jpeg_compress_struct codec;
	struct jpeg_error_mgr errors;
	unsigned long size_bytes = 0;
	unsigned char *bytes = NULL;
	uint8_t row[3 * 128];
	JSAMPROW rows = row;

	codec.err = jpeg_std_error(&errors);
	jpeg_create_compress(&codec);
	jpeg_mem_dest(&codec, &bytes, &size_bytes);
	codec.image_width = (JDIMENSION)width;
	codec.image_height = (JDIMENSION)height;
	codec.input_components = h_factor != 0 ? 3 : 1;
	codec.in_color_space = h_factor != 0 ? JCS_YCbCr : JCS_GRAYSCALE;
	jpeg_set_defaults(&codec);
	jpeg_set_quality(&codec, 95, TRUE);
	codec.comp_info[0].h_samp_factor = h_factor != 0 ? h_factor : 1;
	codec.comp_info[0].v_samp_factor = h_factor != 0 ? v_factor : 1;
	jpeg_start_compress(&codec, TRUE);
	for (int y = 0; y < height; y++) {
		for (int x = 0; x < width; x++) {
			if (h_factor == 0) {
				row[x] = (uint8_t)(x + 2 * y);
				continue;
			}
			row[3 * x] = (uint8_t)(x + 2 * y);
			row[3 * x + 1] = (uint8_t)(100 + x / 2);
			row[3 * x + 2] = (uint8_t)(200 - y);
		}
		jpeg_write_scanlines(&codec, &rows, 1);
	}
	jpeg_finish_compress(&codec);
	jpeg_destroy_compress(&codec);
	*ret_bytes = size_bytes;
	return bytes;
}

static void assert_near(int value, int expected)
{
	if (abs(value - expected) > 3)
		fail_msg("%d is not near %d", value, expected);
}

static int limited(int chroma)
{
	return 16 + chroma * 224 / 255;
}

static void check_picture(const struct vcam_frame *frame, int width, int height, bool grey)
{
	const uint8_t *y = frame->pixels, *u = y + width * height, *v = u + width * height / 4;

	for (int row = 0; row < height; row++)
		for (int x = 0; x < width; x++)
			assert_near(y[row * width + x], 16 + (x + 2 * row) * 219 / 255);
	for (int row = 0; row < height / 2; row++)
		for (int x = 0; x < width / 2; x++) {
			assert_near(u[row * width / 2 + x], grey ? 128 : limited(100 + x));
			assert_near(v[row * width / 2 + x], grey ? 128 : limited(200 - 2 * row));
		}
}

static void test_jpeg_of_every_sampling(void **state)
{
	static const int samplings[][2] = {{2, 2}, {2, 1}, {1, 1}, {1, 2}, {4, 1}, {0, 0}};

	(void)state;
	for (unsigned i = 0; i < sizeof(samplings) / sizeof(samplings[0]); i++) {
		/* Not whole blocks, in either direction. */
		static const struct v4l2_fake_way ways[] = {
			{V4L2_PIX_FMT_MJPEG, 90, 58, {{1, 50}}}, {0}};
		struct vcam_tap_frame taken;
		size_t size_bytes;
		uint8_t *jpeg = make_jpeg(90, 58, samplings[i][0], samplings[i][1], &size_bytes);

		begin(&(struct v4l2_fake_setup){.ways = ways}, 0);
		wait_until(is_streaming);
		assert_true(v4l2_fake_send(jpeg, size_bytes, 0));
		taken = take(&listener);
		check_picture(taken.frame, 90, 58, samplings[i][0] == 0);
		give_back(&listener, taken);
		free(jpeg);
		end();
	}
}

static void test_broken_jpeg_is_counted_not_shown(void **state)
{
	size_t size_bytes, other_bytes;
	uint8_t *jpeg = make_jpeg(64, 48, 2, 1, &size_bytes);
	uint8_t *other = make_jpeg(80, 48, 2, 1, &other_bytes);
	struct vcam_tap_frame taken;
	unsigned spoiled = 0;

	(void)state;
	begin(&(struct v4l2_fake_setup){.ways = small_mjpg}, 0);
	wait_until(is_streaming);
	for (size_t kept = 0; kept < size_bytes - 2; kept += size_bytes / 9 + 1, spoiled++) {
		assert_true(v4l2_fake_send(jpeg, kept, 0));
		assert_int_equal(take_within(&listener, 20, &taken), -EAGAIN);
	}
	/* A hole in the middle, as a lost packet makes it. */
	memmove(jpeg + size_bytes / 2, jpeg + size_bytes / 2 + 90, size_bytes / 2 - 90);
	assert_true(v4l2_fake_send(jpeg, size_bytes - 90, 0));
	assert_int_equal(take_within(&listener, 20, &taken), -EAGAIN);
	assert_true(v4l2_fake_send(other, other_bytes, 0));
	assert_int_equal(take_within(&listener, 20, &taken), -EAGAIN);
	spoiled += 2;
	free(jpeg);
	jpeg = make_jpeg(64, 48, 2, 1, &size_bytes);
	assert_true(v4l2_fake_send(jpeg, size_bytes, 0));
	taken = take(&listener);
	assert_int_equal(taken.seq, 0);
	check_picture(taken.frame, 64, 48, false);
	give_back(&listener, taken);
	assert_int_equal(stat_of(source).spoiled[VCAM_UNDECODABLE], spoiled);
	free(jpeg);
	free(other);
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_jpeg_of_every_sampling),
		cmocka_unit_test(test_broken_jpeg_is_counted_not_shown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
