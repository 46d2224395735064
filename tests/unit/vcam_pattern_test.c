/* SPDX-License-Identifier: MIT */
/* The picture of the pattern and of the placeholder, in every format. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "backend/camera/source.h"
#include "common/canvas.h"
#include "common/pixfmt.h"

#define WIDTH 640u
#define HEIGHT 480u

static const struct vcam_source_ops *const ops = &vcam_source_pattern;

static void *open_pattern(uint32_t fourcc, uint32_t width, uint32_t height)
{
	struct vcam_source_config config = {
		.ops = ops, .fourcc = fourcc, .width = width, .height = height, .rate = {30, 1}};
	struct vcam_source_traits traits;
	const char *why;
	void *priv;

	assert_int_equal(ops->open(&config, NULL, &priv, &traits, &why), 0);
	assert_int_equal(traits.mode.picture.fourcc, fourcc);
	assert_int_equal(traits.mode.rate.numer, 30);
	return priv;
}

static uint8_t *make_frame(
	void *priv, uint32_t fourcc, uint32_t width, uint32_t height, uint64_t number)
{
	struct vcam_filling filling = {0};
	struct pv_layout layout;
	uint8_t *pixels;

	assert_int_equal(pv_pixfmt_layout(fourcc, width, height, &layout), 0);
	pixels = malloc(layout.size_bytes); /* exact: a sanitizer sees the first byte beyond */
	assert_non_null(pixels);
	memset(pixels, 0xa5, layout.size_bytes);
	filling.pixels = pixels;
	assert_int_equal(ops->fill(priv, number, &filling), VCAM_FILLED);
	return pixels;
}

static void test_first_bar_in_every_format(void **state)
{
	static const struct {
		uint32_t fourcc;
		uint8_t first[4];
	} expected[] = {
		{PV_FOURCC_YUYV, {180, 128, 180, 128}},
		{PV_FOURCC_UYVY, {128, 180, 128, 180}},
		{PV_FOURCC_NV12, {180, 180, 180, 180}},
		{PV_FOURCC_YU12, {180, 180, 180, 180}},
		{PV_FOURCC_RGB3, {191, 191, 191, 191}},
		{PV_FOURCC_GREY, {180, 180, 180, 180}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		void *priv = open_pattern(expected[i].fourcc, WIDTH, HEIGHT);
		uint8_t *pixels = make_frame(priv, expected[i].fourcc, WIDTH, HEIGHT, 0);

		assert_memory_equal(pixels, expected[i].first, 4);
		free(pixels);
		ops->close(priv);
	}
}

/* The second bar is yellow: Y 162, U 44, V 142 in the chroma planes too. */
static void test_chroma_planes(void **state)
{
	const size_t luma = (size_t)WIDTH * HEIGHT;
	const size_t x = WIDTH / 8 + 16;
	void *nv12 = open_pattern(PV_FOURCC_NV12, WIDTH, HEIGHT);
	void *yu12 = open_pattern(PV_FOURCC_YU12, WIDTH, HEIGHT);
	void *rgb = open_pattern(PV_FOURCC_RGB3, WIDTH, HEIGHT);
	uint8_t *a = make_frame(nv12, PV_FOURCC_NV12, WIDTH, HEIGHT, 0);
	uint8_t *b = make_frame(yu12, PV_FOURCC_YU12, WIDTH, HEIGHT, 0);
	uint8_t *c = make_frame(rgb, PV_FOURCC_RGB3, WIDTH, HEIGHT, 0);

	(void)state;
	assert_int_equal(a[x], 162);
	assert_int_equal(a[luma + x], 44);
	assert_int_equal(a[luma + x + 1], 142);
	/* Many rows down: the bar's last pair, and the last coloured bar's (blue). */
	assert_int_equal(a[luma + 40 * WIDTH + WIDTH / 4 - 1], 142);
	assert_int_equal(a[luma + 40 * WIDTH + WIDTH * 7 / 8 - 2], 212);
	assert_int_equal(b[luma + x / 2], 44);
	assert_int_equal(b[luma + luma / 4 + x / 2], 142);
	assert_int_equal(b[luma + luma / 4 + 40 * WIDTH / 2 + WIDTH / 8 - 1], 142);
	assert_in_range(c[3 * x], 188, 194);
	assert_in_range(c[3 * x + 1], 188, 194);
	assert_in_range(c[3 * x + 2], 0, 3);
	assert_memory_equal(&c[3 * (40 * WIDTH + WIDTH / 4 - 1)], &c[3 * x], 3);
	free(a);
	free(b);
	free(c);
	ops->close(nv12);
	ops->close(yu12);
	ops->close(rgb);
}

/* Sizes that leave no room for anything still get a whole frame. */
static void test_odd_sizes(void **state)
{
	static const struct {
		uint32_t fourcc, width, height;
	} sizes[] = {
		{PV_FOURCC_YUYV, 2, 1},
		{PV_FOURCC_NV12, 2, 2},
		{PV_FOURCC_GREY, 1, 1},
		{PV_FOURCC_GREY, 33, 77},
		{PV_FOURCC_RGB3, 101, 51},
		{PV_FOURCC_YU12, 16, 400},
		{PV_FOURCC_UYVY, 2000, 10},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		void *priv = open_pattern(sizes[i].fourcc, sizes[i].width, sizes[i].height);

		for (uint64_t number = 0; number < 300; number += 13)
			free(make_frame(
				priv, sizes[i].fourcc, sizes[i].width, sizes[i].height, number));
		ops->close(priv);
	}
}

/* Rows of YUYV luma where two frames differ, as a count of differing pixels. */
static size_t differing(const uint8_t *a, const uint8_t *b, uint32_t from_row, uint32_t to_row)
{
	size_t count = 0;

	for (size_t i = (size_t)from_row * WIDTH; i < (size_t)to_row * WIDTH; i++)
		count += a[2 * i] != b[2 * i];
	return count;
}

static void test_number_and_box_move(void **state)
{
	void *priv = open_pattern(PV_FOURCC_YUYV, WIDTH, HEIGHT);
	uint32_t line = PV_CANVAS_CELL_HEIGHT * 4; /* letters of 4 pixels a dot at this width */
	uint32_t number_y = (HEIGHT * 7 / 10 - 2 * line) / 2 + line;
	uint8_t *a = make_frame(priv, PV_FOURCC_YUYV, WIDTH, HEIGHT, 1);
	uint8_t *b = make_frame(priv, PV_FOURCC_YUYV, WIDTH, HEIGHT, 2);
	uint8_t *again = make_frame(priv, PV_FOURCC_YUYV, WIDTH, HEIGHT, 1);

	(void)state;
	assert_in_range(differing(a, b, number_y, number_y + line), 16 * 3, 16 * 35);
	assert_true(differing(a, b, HEIGHT * 8 / 10, HEIGHT) > 0);
	assert_int_equal(differing(a, b, HEIGHT * 7 / 10, HEIGHT * 8 / 10), 0);
	assert_int_equal(differing(a, again, number_y, HEIGHT), 0);
	free(a);
	free(b);
	free(again);
	ops->close(priv);
}

/* The yellow bar after one control was set. */
static void check_yellow(uint8_t type, int64_t value, uint8_t y, uint8_t u, uint8_t v)
{
	void *priv = open_pattern(PV_FOURCC_YUYV, WIDTH, HEIGHT);
	const size_t at = 2 * (WIDTH / 8 + 16);
	uint8_t *pixels = make_frame(priv, PV_FOURCC_YUYV, WIDTH, HEIGHT, 0);

	assert_int_equal(pixels[at], 162);
	free(pixels);
	ops->set_control(priv, type, value);
	pixels = make_frame(priv, PV_FOURCC_YUYV, WIDTH, HEIGHT, 1);
	assert_int_equal(pixels[at], y);
	assert_int_equal(pixels[at + 1], u);
	assert_int_equal(pixels[at + 3], v);
	free(pixels);
	ops->close(priv);
}

static void test_controls_change_the_picture(void **state)
{
	(void)state;
	check_yellow(XENCAMERA_CTRL_BRIGHTNESS, 20, 182, 44, 142);
	check_yellow(XENCAMERA_CTRL_BRIGHTNESS, -128, 34, 44, 142);
	check_yellow(XENCAMERA_CTRL_CONTRAST, 64, 89, 44, 142);
	check_yellow(XENCAMERA_CTRL_CONTRAST, 0, 16, 44, 142);
	check_yellow(XENCAMERA_CTRL_SATURATION, 0, 162, 128, 128);
	check_yellow(XENCAMERA_CTRL_SATURATION, 64, 162, 86, 135);
	check_yellow(XENCAMERA_CTRL_HUE, 180, 162, 212, 114);
	check_yellow(XENCAMERA_CTRL_HUE, 90, 162, 114, 44);
}

static void test_placeholder(void **state)
{
	struct pv_picture picture = {PV_FOURCC_YUYV, WIDTH, HEIGHT};
	uint8_t *pixels = malloc((size_t)WIDTH * HEIGHT * 2);
	size_t white = 0, grey = 0;

	(void)state;
	assert_non_null(pixels);
	pv_canvas_notice(picture, "NO SIGNAL", pixels);
	for (size_t i = 0; i < (size_t)WIDTH * HEIGHT; i++) {
		white += pixels[2 * i] == 235;
		grey += pixels[2 * i] == 48;
		assert_int_equal(pixels[2 * i + 1], 128);
	}
	assert_in_range(white, 16 * 8 * 10, 16 * 8 * 25); /* eight letters of 4 by 4 dots */
	assert_true(grey > (size_t)WIDTH * HEIGHT * 3 / 4);
	free(pixels);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_first_bar_in_every_format),
		cmocka_unit_test(test_chroma_planes),
		cmocka_unit_test(test_odd_sizes),
		cmocka_unit_test(test_number_and_box_move),
		cmocka_unit_test(test_controls_change_the_picture),
		cmocka_unit_test(test_placeholder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
