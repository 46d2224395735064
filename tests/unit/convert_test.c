/* SPDX-License-Identifier: MIT */
/* Every pair of formats against formulas of BT.601 in double precision. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/convert.h"
#include "common/pixfmt.h"

#define CANARY_BYTES 64
#define CANARY 0xa5

struct frame {
	struct pv_picture picture;
	struct pv_layout layout;
	uint8_t *bytes;
};

struct triple {
	double c[3]; /* Y,U,V or R,G,B */
};

static struct frame make_frame(uint32_t fourcc, uint32_t width, uint32_t height)
{
	struct frame frame = {.picture = {fourcc, width, height}};

	assert_int_equal(pv_pixfmt_layout(fourcc, width, height, &frame.layout), 0);
	frame.bytes = malloc(frame.layout.size_bytes + CANARY_BYTES);
	assert_non_null(frame.bytes);
	memset(frame.bytes + frame.layout.size_bytes, CANARY, CANARY_BYTES);
	return frame;
}

static void free_frame(struct frame *frame)
{
	size_t i;

	for (i = 0; i < CANARY_BYTES; i++)
		assert_int_equal(frame->bytes[frame->layout.size_bytes + i], CANARY);
	free(frame->bytes);
}

static void fill_with_noise(struct frame *frame)
{
	uint32_t seed = 12345;
	size_t i;

	for (i = 0; i < frame->layout.size_bytes; i++) {
		seed = seed * 1664525 + 1013904223;
		frame->bytes[i] = (uint8_t)(16 + (seed >> 24) % 220);
	}
}

static void convert(const struct frame *from, struct frame *to)
{
	struct pv_converter *converter = NULL;

	assert_int_equal(pv_converter_create(from->picture, to->picture, &converter), 0);
	pv_converter_run(converter, from->bytes, to->bytes);
	pv_converter_destroy(converter);
}

static const uint8_t *plane(const struct frame *frame, int i, uint32_t row)
{
	return frame->bytes + frame->layout.offset_bytes[i] +
	       (size_t)row * frame->layout.stride_bytes[i];
}

static bool is_rgb(const struct frame *frame)
{
	return frame->picture.fourcc == PV_FOURCC_RGB3;
}

/* What is stored for pixel x, y: R,G,B or Y,U,V. */
static struct triple stored(const struct frame *frame, uint32_t x, uint32_t y)
{
	const uint8_t *row = plane(frame, 0, y), *uv;
	uint32_t pair = x / 2 * 4;

	switch (frame->picture.fourcc) {
	case PV_FOURCC_YUYV:
		return (struct triple){{row[2 * x], row[pair + 1], row[pair + 3]}};
	case PV_FOURCC_UYVY:
		return (struct triple){{row[2 * x + 1], row[pair], row[pair + 2]}};
	case PV_FOURCC_RGB3:
		return (struct triple){{row[3 * x], row[3 * x + 1], row[3 * x + 2]}};
	case PV_FOURCC_NV12:
		uv = plane(frame, 1, y / 2) + x / 2 * 2;
		return (struct triple){{row[x], uv[0], uv[1]}};
	case PV_FOURCC_YU12:
		return (struct triple){
			{row[x], plane(frame, 1, y / 2)[x / 2], plane(frame, 2, y / 2)[x / 2]}};
	case PV_FOURCC_422P:
		return (struct triple){
			{row[x], plane(frame, 1, y)[x / 2], plane(frame, 2, y)[x / 2]}};
	default:
		return (struct triple){{row[x], 128, 128}};
	}
}

static struct triple to_yuv(struct triple rgb)
{
	double r = rgb.c[0] / 255, g = rgb.c[1] / 255, b = rgb.c[2] / 255;

	return (struct triple){{16 + 65.481 * r + 128.553 * g + 24.966 * b,
		128 - 37.797 * r - 74.203 * g + 112 * b, 128 + 112 * r - 93.786 * g - 18.214 * b}};
}

static struct triple to_rgb(struct triple yuv)
{
	double y = (yuv.c[0] - 16) * 255 / 219, u = (yuv.c[1] - 128) * 255 / 224;
	double v = (yuv.c[2] - 128) * 255 / 224;

	return (struct triple){{fmin(fmax(y + 1.402 * v, 0), 255),
		fmin(fmax(y - 0.344136 * u - 0.714136 * v, 0), 255),
		fmin(fmax(y + 1.772 * u, 0), 255)}};
}

/* What pixel x, y of `to` should hold; chroma is the mean over the pixels that share it. */
static struct triple expected(
	const struct frame *from, const struct frame *to, uint32_t x, uint32_t y)
{
	uint32_t fourcc = to->picture.fourcc;
	uint32_t rows = fourcc == PV_FOURCC_YU12 || fourcc == PV_FOURCC_NV12 ? 2 : 1;
	struct triple sum, part;
	uint32_t i;

	sum = stored(from, x, y);
	if (is_rgb(to))
		return is_rgb(from) ? sum : to_rgb(sum);
	if (is_rgb(from))
		sum = to_yuv(sum);
	if (fourcc == PV_FOURCC_GREY)
		return (struct triple){{sum.c[0], 128, 128}};
	sum.c[1] = sum.c[2] = 0;
	for (i = 0; i < 2 * rows; i++) {
		part = stored(from, x / 2 * 2 + i % 2, y / rows * rows + i / 2);
		if (is_rgb(from))
			part = to_yuv(part);
		sum.c[1] += part.c[1] / (2 * rows);
		sum.c[2] += part.c[2] / (2 * rows);
	}
	return sum;
}

/* 0.5 is right rounding of a mean; libyuv's integer coefficients cost a little more. */
static double tolerance(const struct frame *from, const struct frame *to)
{
	if (is_rgb(from) == is_rgb(to))
		return 0.5;
	return is_rgb(to) ? 2.5 : 1.75;
}

static void compare_pixel(const struct frame *from, const struct frame *to, uint32_t x, uint32_t y)
{
	struct triple want = expected(from, to, x, y), got = stored(to, x, y);
	int i;

	for (i = 0; i < 3; i++)
		if (fabs(want.c[i] - got.c[i]) > tolerance(from, to))
			fail_msg("%s to %s %ux%u at %u,%u component %d: %g is not %g",
				pv_pixfmt_find(from->picture.fourcc)->name,
				pv_pixfmt_find(to->picture.fourcc)->name, to->picture.width,
				to->picture.height, x, y, i, got.c[i], want.c[i]);
}

/* Large pictures: the edges and a raster, which meets all columns of libyuv's blocks. */
static void check_pair(uint32_t from_fourcc, uint32_t to_fourcc, uint32_t width, uint32_t height)
{
	struct frame from = make_frame(from_fourcc, width, height);
	struct frame to = make_frame(to_fourcc, width, height);
	uint32_t x, y, raster = width > 100 ? 41 : 1;

	fill_with_noise(&from);
	convert(&from, &to);
	for (y = 0; y < height; y += y + raster < height ? raster : 1)
		for (x = 0; x < width; x += x + raster < width ? raster : 1)
			compare_pixel(&from, &to, x, y);
	free_frame(&from);
	free_frame(&to);
}

static void every_pair_of_formats_fits_the_formula(void **state)
{
	static const uint32_t sizes[][2] = {
		{2, 2}, {6, 4}, {34, 6}, {66, 2}, {1366, 768}, {1918, 1078}};
	const struct pv_pixfmt *from, *to;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		for (from = pv_pixfmts; from->fourcc; from++)
			for (to = pv_pixfmts; to->fourcc; to++)
				check_pair(from->fourcc, to->fourcc, sizes[i][0], sizes[i][1]);
}

static void same_sampling_loses_nothing(void **state)
{
	static const uint32_t pairs[][2] = {{PV_FOURCC_YUYV, PV_FOURCC_UYVY},
		{PV_FOURCC_YUYV, PV_FOURCC_422P}, {PV_FOURCC_UYVY, PV_FOURCC_422P},
		{PV_FOURCC_YU12, PV_FOURCC_NV12}, {PV_FOURCC_YU12, PV_FOURCC_422P},
		{PV_FOURCC_NV12, PV_FOURCC_YUYV}, {PV_FOURCC_RGB3, PV_FOURCC_RGB3},
		{PV_FOURCC_GREY, PV_FOURCC_422P}, {PV_FOURCC_GREY, PV_FOURCC_NV12}};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		struct frame there = make_frame(pairs[i][0], 1366, 768);
		struct frame between = make_frame(pairs[i][1], 1366, 768);
		struct frame back = make_frame(pairs[i][0], 1366, 768);

		fill_with_noise(&there);
		convert(&there, &between);
		convert(&between, &back);
		if (memcmp(there.bytes, back.bytes, there.layout.size_bytes))
			fail_msg("%s to %s and back loses", pv_pixfmt_find(pairs[i][0])->name,
				pv_pixfmt_find(pairs[i][1])->name);
		free_frame(&there);
		free_frame(&between);
		free_frame(&back);
	}
}

/* A plain colour stays itself and a ramp does not turn round, in every format. */
static void check_scaling(uint32_t fourcc, uint32_t width, uint32_t height)
{
	struct frame grey = make_frame(PV_FOURCC_GREY, 640, 480), from, to;
	uint32_t x, y;
	int i;

	/* libyuv's box filter rounds down. */
	from = make_frame(fourcc, 640, 480);
	to = make_frame(fourcc, width, height);
	memset(from.bytes, 201, from.layout.size_bytes);
	convert(&from, &to);
	for (size_t at = 0; at < to.layout.size_bytes; at++)
		assert_in_range(to.bytes[at], 201 - 1, 201);
	for (y = 0; y < 480; y++)
		for (x = 0; x < 640; x++)
			grey.bytes[y * 640 + x] = (uint8_t)(20 + x / 5 + y / 6);
	convert(&grey, &from);
	convert(&from, &to);
	for (y = 1; y < height; y++) {
		for (x = 1; x < width; x++) {
			struct triple here = stored(&to, x, y), left = stored(&to, x - 1, y);
			struct triple above = stored(&to, x, y - 1);

			for (i = 0; i < (is_rgb(&to) ? 3 : 1); i++)
				assert_true(here.c[i] >= left.c[i] && here.c[i] >= above.c[i]);
		}
	}
	assert_true(stored(&to, 0, 0).c[0] + 150 < stored(&to, width - 1, height - 1).c[0]);
	free_frame(&grey);
	free_frame(&from);
	free_frame(&to);
}

static void scaling_keeps_colours_and_ramps(void **state)
{
	static const uint32_t sizes[][2] = {
		{320, 240}, {160, 120}, {212, 118}, {800, 600}, {1366, 768}};
	const struct pv_pixfmt *format;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		for (format = pv_pixfmts; format->fourcc; format++)
			check_scaling(format->fourcc, sizes[i][0], sizes[i][1]);
}

/* Whole ratios: each pixel is the mean of its block, to the last column. */
static void scaling_down_by_whole_ratios_is_the_mean(void **state)
{
	static const uint32_t ratios[][2] = {{1, 2}, {2, 1}, {2, 2}, {4, 4}, {3, 3}};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(ratios) / sizeof(ratios[0]); i++) {
		uint32_t width = ratios[i][0], height = ratios[i][1];
		struct frame from = make_frame(PV_FOURCC_GREY, 455 * width, 38 * height);
		struct frame to = make_frame(PV_FOURCC_GREY, 455, 38);

		fill_with_noise(&from);
		convert(&from, &to);
		for (uint32_t at = 0; at < 455 * 38; at++) {
			double mean = 0;

			for (uint32_t n = 0; n < width * height; n++)
				mean += plane(&from, 0,
					at / 455 * height +
						n / width)[at % 455 * width + n % width];
			mean /= width * height;
			if (fabs(mean - to.bytes[at]) > 1)
				fail_msg("1/%u x 1/%u at %u,%u: %u is not %g", width, height,
					at % 455, at / 455, to.bytes[at], mean);
		}
		free_frame(&from);
		free_frame(&to);
	}
}

/* Each pair scaled, of one colour: the pixel's colour must come through. */
static void scaling_between_formats_keeps_the_colour(void **state)
{
	const struct pv_pixfmt *a, *b;

	(void)state;
	for (a = pv_pixfmts; a->fourcc; a++) {
		for (b = pv_pixfmts; b->fourcc; b++) {
			struct frame colour = make_frame(PV_FOURCC_RGB3, 64, 48);
			struct frame from = make_frame(a->fourcc, 64, 48);
			struct frame to = make_frame(b->fourcc, 38, 90);
			struct triple want, got;
			int i;

			for (size_t at = 0; at < colour.layout.size_bytes; at++)
				colour.bytes[at] = (uint8_t[]){180, 60, 100}[at % 3];
			convert(&colour, &from);
			convert(&from, &to);
			want = expected(&from, &to, 10, 10);
			got = stored(&to, 30, 80);
			for (i = 0; i < 3; i++)
				if (fabs(want.c[i] - got.c[i]) > 2.5)
					fail_msg("%s to %s component %d: %g is not %g", a->name,
						b->name, i, got.c[i], want.c[i]);
			free_frame(&colour);
			free_frame(&from);
			free_frame(&to);
		}
	}
}

/* RGB3 and GREY alone may be odd: what lies between must round up. */
static void odd_sizes_where_allowed(void **state)
{
	static const uint32_t from[] = {PV_FOURCC_RGB3, PV_FOURCC_GREY};
	const struct pv_pixfmt *to;
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		check_pair(from[i], PV_FOURCC_RGB3, 33, 7);
		check_pair(from[i], PV_FOURCC_GREY, 33, 7);
		for (to = pv_pixfmts; to->fourcc; to++) {
			struct frame odd = make_frame(from[i], 33, 7), even;

			even = make_frame(to->fourcc, 16, 16);
			memset(odd.bytes, 90, odd.layout.size_bytes);
			convert(&odd, &even);
			assert_true(fabs(stored(&even, 15, 15).c[0] -
					    expected(&odd, &even, 2, 2).c[0]) <= 2.5);
			if (from[i] == PV_FOURCC_GREY && !is_rgb(&even))
				assert_true(stored(&even, 3, 3).c[1] == 128 &&
					    stored(&even, 3, 3).c[2] == 128);
			convert(&even, &odd);
			free_frame(&odd);
			free_frame(&even);
		}
	}
}

static void impossible_pictures_are_refused(void **state)
{
	struct pv_picture fine = {PV_FOURCC_YUYV, 640, 480}, odd = {PV_FOURCC_YU12, 640, 481};
	struct pv_picture unknown = {PV_FOURCC('M', 'J', 'P', 'G'), 640, 480};
	struct pv_converter *converter = NULL;

	(void)state;
	assert_int_equal(pv_converter_create(fine, odd, &converter), -EINVAL);
	assert_int_equal(pv_converter_create(odd, fine, &converter), -EINVAL);
	assert_int_equal(pv_converter_create(unknown, fine, &converter), -EINVAL);
	assert_null(converter);
	pv_converter_destroy(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_pair_of_formats_fits_the_formula),
		cmocka_unit_test(same_sampling_loses_nothing),
		cmocka_unit_test(scaling_keeps_colours_and_ramps),
		cmocka_unit_test(scaling_down_by_whole_ratios_is_the_mean),
		cmocka_unit_test(scaling_between_formats_keeps_the_colour),
		cmocka_unit_test(odd_sizes_where_allowed),
		cmocka_unit_test(impossible_pictures_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
