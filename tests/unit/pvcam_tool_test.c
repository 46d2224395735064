/* SPDX-License-Identifier: MIT */
/* What the tool pvcam works out by itself: its options, sums of times, PNG files. */
#include <errno.h>
#include <png.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/pixfmt.h"
#include "frontend/camera/options.h"
#include "frontend/camera/png.h"
#include "frontend/camera/timing.h"

#define ARGV(...)                                                                                  \
	((char *[]){(char *)"grab", __VA_ARGS__, NULL}),                                           \
		(int)(sizeof((char *[]){(char *)"grab", __VA_ARGS__}) / sizeof(char *))

static struct pvcam_grab_options options;
static char why[256];

static int parse(char **argv, int argc)
{
	why[0] = '\0';
	return pvcam_options_parse(argc, argv, &options, why, sizeof(why));
}

static int forget_options(void **state)
{
	(void)state;
	pvcam_options_finish(&options);
	return 0;
}

static void takes_every_option(void **state)
{
	(void)state;
	assert_int_equal(parse(ARGV("front", "-n", "7", "-o", "x.y4m", "--format", "NV12", "--size",
				 "640x480", "--rate", "15/2", "--buffers", "3", "--timing", "t.csv",
				 "--second", "a,b.png,format=GREY,size=32x16", "--set",
				 "brightness=-10", "--set", "hue=5", "--seconds", "9", "--quiet")),
		0);
	assert_string_equal(options.name, "front");
	assert_int_equal(options.frames, 7);
	assert_int_equal(options.seconds, 9);
	assert_string_equal(options.output.path, "x.y4m");
	assert_int_equal(options.output.kind, PVCAM_KIND_Y4M);
	assert_int_equal(options.wish.fourcc, PV_FOURCC_NV12);
	assert_int_equal(options.wish.width, 640);
	assert_int_equal(options.wish.rate_numer, 15);
	assert_int_equal(options.wish.rate_denom, 2);
	assert_int_equal(options.buffers, 3);
	assert_string_equal(options.second.path, "a,b.png");
	assert_int_equal(options.second.kind, PVCAM_KIND_PNG);
	assert_int_equal(options.second.fourcc, PV_FOURCC_GREY);
	assert_int_equal(options.second.height, 16);
	assert_int_equal(options.num_sets, 2);
	assert_string_equal(options.sets[0].name, "brightness");
	assert_int_equal(options.sets[0].value, -10);
	assert_true(options.quiet);
}

static void one_frame_unless_told(void **state)
{
	(void)state;
	assert_int_equal(parse(ARGV("-o", "x.png")), 0);
	assert_int_equal(options.frames, 1);
	assert_null(options.name);
	pvcam_options_finish(&options);
	assert_int_equal(parse(ARGV("-o", "-", "--as", "raw", "--seconds", "2")), 0);
	assert_int_equal(options.frames, 0);
	assert_int_equal(options.output.kind, PVCAM_KIND_RAW);
}

static void refuse(const char *reason, char **argv, int argc)
{
	assert_int_equal(parse(argv, argc), -EINVAL);
	assert_non_null(strstr(why, reason));
	pvcam_options_finish(&options);
	memset(&options, 0, sizeof(options));
}

static void refuses_with_a_reason(void **state)
{
	(void)state;
	refuse("no output", ARGV("-n", "1"));
	refuse("x.jpg", ARGV("-o", "x.jpg"));
	refuse("--as", ARGV("-o", "-"));
	refuse("unknown kind", ARGV("-o", "-", "--as", "avi"));
	refuse("'MJPG'", ARGV("-o", "x.raw", "--format", "MJPG"));
	refuse("'640'", ARGV("-o", "x.raw", "--size", "640"));
	refuse("'30/0'", ARGV("-o", "x.raw", "--rate", "30/0"));
	refuse("'33'", ARGV("-o", "x.raw", "--buffers", "33"));
	refuse("'-3'", ARGV("-o", "x.raw", "-n", "-3"));
	refuse("'hue'", ARGV("-o", "x.raw", "--set", "hue"));
	refuse("'hue=5x'", ARGV("-o", "x.raw", "--set", "hue=5x"));
	refuse("'fromat=GREY'", ARGV("-o", "x.raw", "--second", "y.raw,fromat=GREY"));
	refuse("both outputs", ARGV("-o", "x.raw", "--second", "x.raw,format=GREY"));
	refuse("'-z'", ARGV("-zo", "x.raw"));
	refuse("'--wrong'", ARGV("-o", "x.raw", "--wrong"));
	refuse("needs a value", ARGV("-o"));
	refuse("'rear'", ARGV("-o", "x.raw", "front", "rear"));
}

static const struct pvcam_settings offered[] = {
	{PV_FOURCC_YUYV, 1920, 1080, 30, 1},
	{PV_FOURCC_YUYV, 640, 480, 30, 1},
	{PV_FOURCC_YUYV, 640, 480, 15, 1},
	{PV_FOURCC_NV12, 1920, 1080, 30, 1},
	{PV_FOURCC_NV12, 640, 480, 30, 1},
};

static void expect_choice(struct pvcam_settings wish, int expected)
{
	struct pvcam_settings chosen;
	int r = pvcam_options_choose(offered, 5, &offered[4], &wish, &chosen);

	if (expected < 0) {
		assert_int_equal(r, expected);
		return;
	}
	assert_int_equal(r, 0);
	assert_memory_equal(&chosen, &offered[expected], sizeof(chosen));
}

static void chooses_what_keeps_most(void **state)
{
	(void)state;
	expect_choice((struct pvcam_settings){0}, 4);
	expect_choice((struct pvcam_settings){.fourcc = PV_FOURCC_YUYV}, 1);
	expect_choice((struct pvcam_settings){.width = 1920, .height = 1080}, 3);
	expect_choice((struct pvcam_settings){.rate_numer = 30, .rate_denom = 2}, 2);
	expect_choice((struct pvcam_settings){.fourcc = PV_FOURCC_GREY}, -EINVAL);
	expect_choice((struct pvcam_settings){.width = 640, .height = 479}, -EINVAL);
}

static void sums_up_frames(void **state)
{
	static const struct {
		uint32_t seq;
		uint64_t ms;
	} frames[] = {
		{UINT32_MAX - 1, 1000}, {UINT32_MAX, 1010}, {0, 1020}, /* wraps */
		{3, 1050},                                             /* lost two, late */
		{3, 1060},                                             /* doubled */
		{2, 1075}, /* backwards: doubled; 15 ms are not late yet */
		{3, 1091}, /* late */
	};
	struct pvcam_timing_sum sum;
	struct pvcam_timing *timing;

	(void)state;
	assert_int_equal(pvcam_timing_create(NULL, &timing), 0);
	pvcam_timing_set_period(timing, 10000000);
	for (size_t i = 0; i < sizeof(frames) / sizeof(frames[0]); i++)
		pvcam_timing_frame(timing, frames[i].seq, frames[i].ms * 1000000, 100);
	pvcam_timing_sum(timing, &sum);
	assert_int_equal(sum.frames, 7);
	assert_int_equal(sum.lost, 2);
	assert_int_equal(sum.doubled, 2);
	assert_int_equal(sum.late, 2);
	assert_int_equal(sum.bytes, 700);
	assert_true(pvcam_timing_fps(&sum) > 65.9 && pvcam_timing_fps(&sum) < 66.0);
	pvcam_timing_finish(timing);
}

static void sums_up_operations_in_the_log(void **state)
{
	char path[] = "/tmp/pvcam_tool_test.XXXXXX", text[16384];
	struct pvcam_timing *timing;
	struct pvcam_op_stat stat;
	size_t length;
	FILE *file;

	(void)state;
	close(mkstemp(path));
	assert_int_equal(pvcam_timing_create(path, &timing), 0);
	for (uint64_t i = 200; i > 0; i--)
		assert_int_equal(pvcam_timing_op(timing, PVCAM_OP_GET, 5000, 5000 + i), 0);
	pvcam_timing_op_stat(timing, PVCAM_OP_GET, &stat);
	assert_int_equal(stat.count, 200);
	assert_int_equal(stat.min_ns, 1);
	assert_int_equal(stat.median_ns, 100);
	assert_int_equal(stat.p99_ns, 198);
	assert_int_equal(stat.max_ns, 200);
	pvcam_timing_frame(timing, 4, 77, 1);
	pvcam_timing_frame(timing, 5, 99, 1);
	assert_int_equal(pvcam_timing_finish(timing), 0);
	file = fopen(path, "r");
	length = fread(text, 1, sizeof(text) - 1, file);
	text[length] = '\0';
	fclose(file);
	unlink(path);
	assert_non_null(strstr(text, "\nget,5000,200,,,\n"));
	assert_non_null(strstr(text, "\nframe,,,5,99,22\n"));
	assert_non_null(strstr(text, "\n# frames 2, lost 0, doubled 0, late 0"));
}

static void check_png(uint32_t fourcc, int format, unsigned pixel_bytes)
{
	char *bytes = NULL;
	uint8_t from[7 * 3 * 3], to[sizeof(from)];
	png_image image = {.version = PNG_IMAGE_VERSION};
	size_t size;
	FILE *file = open_memstream(&bytes, &size);

	for (size_t i = 0; i < sizeof(from); i++)
		from[i] = (uint8_t)(i * 4);
	assert_int_equal(pvcam_png_write(file, fourcc, 7, 3, from), 0);
	fclose(file);
	assert_true(png_image_begin_read_from_memory(&image, bytes, size));
	assert_int_equal(image.width, 7);
	assert_int_equal(image.height, 3);
	assert_int_equal(image.format, format);
	assert_true(png_image_finish_read(&image, NULL, to, 0, NULL));
	assert_memory_equal(from, to, 7 * 3 * pixel_bytes);
	free(bytes);
}

static void png_keeps_pixels(void **state)
{
	(void)state;
	check_png(PV_FOURCC_RGB3, PNG_FORMAT_RGB, 3);
	check_png(PV_FOURCC_GREY, PNG_FORMAT_GRAY, 1);
}

static void png_tells_of_a_full_disk(void **state)
{
	static const uint8_t pixels[256 * 256 * 3];
	FILE *full = fopen("/dev/full", "w");

	(void)state;
	setvbuf(full, NULL, _IONBF, 0);
	assert_int_equal(pvcam_png_write(full, PV_FOURCC_RGB3, 256, 256, pixels), -ENOSPC);
	assert_int_equal(pvcam_png_write(full, PV_FOURCC_YUYV, 256, 256, pixels), -EINVAL);
	fclose(full);
}

#define with_options(test) cmocka_unit_test_teardown(test, forget_options)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		with_options(takes_every_option),
		with_options(one_frame_unless_told),
		with_options(refuses_with_a_reason),
		cmocka_unit_test(chooses_what_keeps_most),
		cmocka_unit_test(sums_up_frames),
		cmocka_unit_test(sums_up_operations_in_the_log),
		cmocka_unit_test(png_keeps_pixels),
		cmocka_unit_test(png_tells_of_a_full_disk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
