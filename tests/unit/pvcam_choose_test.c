/* SPDX-License-Identifier: MIT */
/* What pvcam bridge works out before it opens a device: its options and file, what a device shows,
 * what is captured for that, how many pages it takes. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/pixfmt.h"
#include "frontend/camera/bridge_options.h"
#include "frontend/camera/choose.h"
#include "frontend/camera/pages.h"

#define ARGV(...)                                                                                  \
	((char *[]){(char *)"bridge", __VA_ARGS__, NULL}),                                         \
		(int)(sizeof((char *[]){(char *)"bridge", __VA_ARGS__}) / sizeof(char *))

static const struct pvcam_settings nothing;

/* As libpvcam sorts them. */
static const struct pvcam_settings offered[] = {
	{PV_FOURCC_YUYV, 3840, 2160, 15, 1},
	{PV_FOURCC_YUYV, 1280, 720, 60, 1},
	{PV_FOURCC_YUYV, 1280, 720, 30, 1},
	{PV_FOURCC_YUYV, 1280, 720, 30000, 1001},
	{PV_FOURCC_YUYV, 640, 480, 60, 1},
	{PV_FOURCC_NV12, 1920, 1080, 30, 1},
	{PV_FOURCC_NV12, 1920, 1080, 25, 1},
	{PV_FOURCC_NV12, 640, 480, 50, 1},
};
#define NUM_OFFERED (sizeof(offered) / sizeof(offered[0]))

static void check(const struct pvcam_settings *got, uint32_t fourcc, uint32_t width,
	uint32_t height, uint32_t numer, uint32_t denom)
{
	assert_int_equal(got->fourcc, fourcc);
	assert_int_equal(got->width, width);
	assert_int_equal(got->height, height);
	assert_int_equal(got->rate_numer, numer);
	assert_int_equal(got->rate_denom, denom);
}

static void target_of(const struct pvcam_settings *wish, struct pvcam_settings *ret)
{
	assert_int_equal(pvcam_choose_target(offered, NUM_OFFERED, wish, ret), 0);
}

static void shows_the_largest_up_to_full_hd(void **state)
{
	struct pvcam_settings wish = {0}, target;

	(void)state;
	target_of(&nothing, &target);
	check(&target, PV_FOURCC_YUYV, 1920, 1080, 30, 1);
	wish.fourcc = PV_FOURCC_GREY;
	target_of(&wish, &target);
	check(&target, PV_FOURCC_GREY, 1920, 1080, 30, 1);
	wish = (struct pvcam_settings){.width = 1280, .height = 720};
	target_of(&wish, &target);
	check(&target, PV_FOURCC_YUYV, 1280, 720, 30, 1);
	wish = (struct pvcam_settings){.rate_numer = 7, .rate_denom = 2};
	target_of(&wish, &target);
	check(&target, PV_FOURCC_YUYV, 1920, 1080, 7, 2);
}

static void shows_the_smallest_of_what_is_too_much(void **state)
{
	static const struct pvcam_settings large[] = {
		{PV_FOURCC_YUYV, 7680, 4320, 120, 1},
		{PV_FOURCC_YUYV, 3840, 2160, 120, 1},
		{PV_FOURCC_YUYV, 3840, 2160, 60, 1},
	};
	struct pvcam_settings target;

	(void)state;
	assert_int_equal(pvcam_choose_target(large, 3, &nothing, &target), 0);
	check(&target, PV_FOURCC_YUYV, 3840, 2160, 60, 1);
	assert_int_equal(pvcam_choose_target(large, 0, &nothing, &target), -ENODEV);
	assert_int_equal(pvcam_choose_capture(large, 0, &nothing, &target), -ENODEV);
}

static void captured_for(struct pvcam_settings target, struct pvcam_settings *ret)
{
	assert_int_equal(pvcam_choose_capture(offered, NUM_OFFERED, &target, ret), 0);
}

static void captures_what_needs_least_work(void **state)
{
	struct pvcam_settings got;

	(void)state;
	captured_for(offered[2], &got);
	check(&got, PV_FOURCC_YUYV, 1280, 720, 30, 1);
	/* rather another format than another size */
	captured_for((struct pvcam_settings){PV_FOURCC_YUYV, 1920, 1080, 30, 1}, &got);
	check(&got, PV_FOURCC_NV12, 1920, 1080, 30, 1);
	/* rather the next larger size than a smaller one; the next faster rate */
	captured_for((struct pvcam_settings){PV_FOURCC_YUYV, 800, 600, 20, 1}, &got);
	check(&got, PV_FOURCC_YUYV, 1280, 720, 30000, 1001);
	captured_for((struct pvcam_settings){PV_FOURCC_YUYV, 320, 240, 30, 1}, &got);
	check(&got, PV_FOURCC_YUYV, 640, 480, 60, 1);
	captured_for((struct pvcam_settings){PV_FOURCC_YUYV, 1280, 720, 90, 1}, &got);
	check(&got, PV_FOURCC_YUYV, 1280, 720, 60, 1);
	captured_for((struct pvcam_settings){PV_FOURCC_YUYV, 8192, 8192, 15, 1}, &got);
	check(&got, PV_FOURCC_YUYV, 3840, 2160, 15, 1);
}

static struct pvcam_bridge_options options;
static char why[300];

static int parse(char **argv, int argc)
{
	why[0] = '\0';
	return pvcam_bridge_options_parse(argc, argv, &options, why, sizeof(why));
}

static int forget_options(void **state)
{
	(void)state;
	pvcam_bridge_options_finish(&options);
	options = (struct pvcam_bridge_options){0};
	return 0;
}

/* The file's path stays valid until the next. */
static char *write_config(const char *text)
{
	static char path[] = "pvcam_choose_test.conf";
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	return path;
}

static void takes_options(void **state)
{
	struct pvcam_bridge_entry entry;
	(void)state;
	assert_int_equal(parse(ARGV("front", "--device", "/dev/video7", "--label", "Door",
				 "--format", "NV12", "--size", "640x480", "--rate", "15/2", "-v")),
		0);
	assert_int_equal(options.num_names, 1);
	assert_true(options.verbose);
	assert_true(pvcam_bridge_options_camera(&options, "front", &entry));
	assert_string_equal(entry.name, "front");
	assert_string_equal(entry.device, "/dev/video7");
	assert_string_equal(entry.label, "Door");
	check(&entry.wish, PV_FOURCC_NV12, 640, 480, 15, 2);
}

static void refuse_usage(char **argv, int argc, const char *words)
{
	assert_int_equal(parse(argv, argc), -EINVAL);
	assert_non_null(strstr(why, words));
	forget_options(NULL);
}

static void refuses_wrong_usage(void **state)
{
	(void)state;
	refuse_usage(ARGV("front", "--size", "640"), "no size");
	refuse_usage(ARGV("front", "--size", "641x481"),
		"camera front: YUYV has no size 641x481: up to 8192x8192, in multiples of 2x1");
	refuse_usage(ARGV("--size", "640x481", "--format", "NV12"), "in multiples of 2x2");
	refuse_usage(ARGV("--size", "8194x2"), "up to 8192x8192");
	refuse_usage(ARGV("front", "--rate", "1/2"), "from 1 to 1000");
	refuse_usage(ARGV("front", "--rate", "0"), "no rate");
	refuse_usage(ARGV("front", "--format", "MJPG"), "unknown format");
	refuse_usage(ARGV("front", "--device", "video0"), "no path");
	refuse_usage(ARGV("front", "--label", ""), "1 to 31");
	refuse_usage(ARGV("front", "--label", "01234567890123456789012345678901"), "1 to 31");
	refuse_usage(ARGV("--label", "x"), "name it");
	refuse_usage(ARGV("front", "back", "--device", "/dev/video0"), "name it");
	refuse_usage(ARGV("front", "--nonsense"), "unknown option '--nonsense'");
	refuse_usage(ARGV("front", "-c"), "needs a value");
}

static void options_go_before_sections(void **state)
{
	struct pvcam_bridge_entry entry;
	char *path = write_config("[camera *]\nrate = 10\nuse = no\nsize = 320x240\n"
				  "[camera front]\nuse = yes\nrate = 20\nlabel = Front door\n");

	(void)state;
	assert_int_equal(parse(ARGV("-c", path, "--format", "GREY")), 0);
	assert_true(pvcam_bridge_options_camera(&options, "front", &entry));
	assert_string_equal(entry.label, "Front door");
	check(&entry.wish, PV_FOURCC_GREY, 320, 240, 20, 1);
	assert_false(pvcam_bridge_options_camera(&options, "back", &entry));
	check(&entry.wish, PV_FOURCC_GREY, 320, 240, 10, 1);
	assert_string_equal(entry.label, "back");
	forget_options(NULL);
	/* who is named is used */
	assert_int_equal(parse(ARGV("-c", path, "back", "--rate", "5")), 0);
	assert_true(pvcam_bridge_options_camera(&options, "back", &entry));
	check(&entry.wish, 0, 320, 240, 5, 1);
	unlink(path);
}

/* Only sizes that are to be shown count, in the format in which they are. */
static void sizes_fit_their_formats(void **state)
{
	char *path = write_config("[camera *]\nsize = 641x481\nformat = GREY\n"
				  "[camera front]\nformat = YUYV\nuse = no\n");

	(void)state;
	assert_int_equal(parse(ARGV("-c", path)), 0);
	forget_options(NULL);
	assert_int_equal(parse(ARGV("-c", path, "back")), 0);
	forget_options(NULL);
	assert_int_equal(parse(ARGV("-c", path, "front", "--size", "640x480")), 0);
	forget_options(NULL);
	assert_int_equal(parse(ARGV("-c", path, "front")), -EBADMSG);
	forget_options(NULL);
	assert_int_equal(parse(ARGV("front", "--size", "641x481", "--format", "GREY")), 0);
	unlink(path);
}

static void refuse_file(const char *text, const char *words)
{
	char *path = write_config(text);
	int r = parse(ARGV("-c", path));

	assert_true(r < 0);
	assert_int_not_equal(r, -EINVAL); /* it is no wrong usage */
	assert_non_null(strstr(why, words));
	unlink(path);
	forget_options(NULL);
}

static void refuses_a_wrong_file(void **state)
{
	(void)state;
	refuse_file("[camera a]\nsize = 1\n", "pvcam_choose_test.conf:2: [camera a] size: ");
	refuse_file("rate = 5\n", "before the first section");
	refuse_file("[source a]\n", "unknown section");
	refuse_file("[camera]\n", "1 to 63");
	refuse_file("[camera a]\n[camera a]\n", "twice");
	refuse_file("[camera a]\ncolour = red\n", "unknown key");
	refuse_file("[camera a]\nuse = maybe\n", "neither yes nor no");
	refuse_file("[camera *]\nsize = 641x481\n", "camera *: YUYV has no size 641x481");
	refuse_file("[camera a]\nformat = NV12\n[camera *]\nsize = 640x481\n",
		"camera a: NV12 has no size 640x481");
	assert_int_equal(parse(ARGV("-c", "does/not/exist")), -ENOENT);
}

static void counts_pages(void **state)
{
	struct pvcam_layout layout = {.size_bytes = 4147200}; /* 1013 pages */

	(void)state;
	assert_int_equal(pvcam_pages_needed(&layout, 1), 2 + 1013 + 1);
	assert_int_equal(pvcam_pages_needed(&layout, 4), 2 + 4 * (1013 + 1));
	layout.size_bytes = 1024 * 4096;
	assert_int_equal(pvcam_pages_needed(&layout, 2), 2 + 2 * (1024 + 2));
}

/* What pages.c asks of a camera. */
int pvcam_get_layout(struct pvcam *camera, struct pvcam_layout *ret)
{
	(void)camera;
	*ret = (struct pvcam_layout){.size_bytes = 614400};
	return 0;
}

static void explains_pages(void **state)
{
	char text[320];

	(void)state;
	pvcam_pages_explain((struct pvcam *)text, 0, text, sizeof(text));
	assert_non_null(strstr(text, "4 frames of 614400 bytes need 606"));
	assert_non_null(strstr(text, "modprobe xen-gntalloc limit=4096"));
	pvcam_pages_explain(NULL, 0, text, sizeof(text));
	assert_non_null(strstr(text, "a connection needs 2"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shows_the_largest_up_to_full_hd),
		cmocka_unit_test(shows_the_smallest_of_what_is_too_much),
		cmocka_unit_test(captures_what_needs_least_work),
		cmocka_unit_test_teardown(takes_options, forget_options),
		cmocka_unit_test(refuses_wrong_usage),
		cmocka_unit_test_teardown(options_go_before_sections, forget_options),
		cmocka_unit_test_teardown(sizes_fit_their_formats, forget_options),
		cmocka_unit_test_teardown(refuses_a_wrong_file, forget_options),
		cmocka_unit_test(counts_pages),
		cmocka_unit_test(explains_pages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
