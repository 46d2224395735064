/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "backend/camera/config.h"
#include "backend/camera/source.h"
#include "common/pixfmt.h"
#include "tests/unit/config_fixture.h"

static struct vcam_config *read_good(const char *text)
{
	return (struct vcam_config *)config_read_good(&vcam_config_layout, text);
}

static void free_config(struct vcam_config *config)
{
	vb_config_free(&vcam_config_layout, &config->common);
}

static void test_whole_file(void **state)
{
	struct vcam_config *config =
		read_good("[daemon]\ncontrol-socket = /tmp/x.sock\n"
			  "[source front]\ntype = pattern\nformat = NV12\nsize = 1280x720\n"
			  "rate = 30000/1001\n"
			  "[source clip]\npath = /srv/a clip.y4m\ntype = file\n"
			  "[source bench]\ntype = stamp\npace = delivered\n"
			  "[guest *]\nsources = *\n"
			  "[guest web-1.a_b]\nsources = front, clip;bench\ncontrols = write\n"
			  "max-buffers = 32\nmax-size = 1280x720\nformats = YUYV, NV12\n"
			  "[guest evil]\n");
	const struct vcam_source_config *source = config->sources;
	const struct vcam_guest_config *guest;

	(void)state;
	assert_string_equal(config->common.control_socket, "/tmp/x.sock");
	assert_string_equal(source->name, "front");
	assert_ptr_equal(source->ops, &vcam_source_pattern);
	assert_int_equal(source->fourcc, PV_FOURCC_NV12);
	assert_int_equal(source->width, 1280);
	assert_int_equal(source->height, 720);
	assert_int_equal(source->rate.numer, 30000);
	assert_int_equal(source->rate.denom, 1001);
	assert_null(source->path);
	assert_false(source->back_to_back);
	source = source->next;
	assert_ptr_equal(source->ops, &vcam_source_file);
	assert_string_equal(source->path, "/srv/a clip.y4m");
	source = source->next;
	assert_ptr_equal(source->ops, &vcam_source_stamp);
	assert_true(source->back_to_back);
	assert_null(source->next);

	guest = vcam_config_guest(config, "web-1.a_b");
	assert_string_equal(guest->name, "web-1.a_b");
	assert_int_equal(guest->controls, VCAM_CONTROLS_WRITE);
	assert_int_equal(guest->max_buffers, 32);
	assert_int_equal(guest->max_width, 1280);
	assert_int_equal(guest->max_height, 720);
	assert_int_equal(guest->fourccs[0], PV_FOURCC_YUYV);
	assert_int_equal(guest->fourccs[1], PV_FOURCC_NV12);
	assert_int_equal(guest->fourccs[2], 0);
	assert_true(vcam_guest_may_use(guest, "front"));
	assert_true(vcam_guest_may_use(guest, "bench"));
	assert_false(vcam_guest_may_use(guest, "front "));
	guest = vcam_config_guest(config, "any");
	assert_string_equal(guest->name, "*");
	assert_true(vcam_guest_may_use(guest, "clip"));
	/* An empty section takes the guest out of "*". */
	guest = vcam_config_guest(config, "evil");
	assert_string_equal(guest->name, "evil");
	assert_false(vcam_guest_may_use(guest, "clip"));
	free_config(config);
}

static void test_defaults(void **state)
{
	struct vcam_config *config = read_good("[source a]\ntype=pattern\n[guest g]\nsources=a\n");
	const struct vcam_guest_config *guest = vcam_config_guest(config, "g");

	(void)state;
	assert_string_equal(config->common.control_socket, RUNSTATEDIR "/pvmedia/pvcamd.sock");
	assert_int_equal(config->sources->fourcc, PV_FOURCC_YUYV);
	assert_int_equal(config->sources->width, 1920);
	assert_int_equal(config->sources->height, 1080);
	assert_int_equal(config->sources->rate.numer, 30);
	assert_int_equal(config->sources->rate.denom, 1);
	assert_int_equal(guest->controls, VCAM_CONTROLS_READ);
	assert_int_equal(guest->max_buffers, 8);
	assert_int_equal(guest->max_width, PV_WIDTH_MAX);
	assert_null(guest->fourccs);
	assert_null(vcam_config_guest(config, "other"));
	free_config(config);
	config = read_good("[source c]\ntype = v4l2\ncard = HD Webcam: HD Webcam\n"
			   "[source d]\ntype = v4l2\nbus = usb-1\ndevice = /dev/video3\n"
			   "format = MJPG\nsize = 99x33\nrate = 5/2\n");
	assert_string_equal(config->sources->card, "HD Webcam: HD Webcam");
	assert_null(config->sources->device);
	assert_int_equal(config->sources->fourcc, 0); /* the camera's to decide */
	assert_int_equal(config->sources->width, 0);
	assert_int_equal(config->sources->rate.denom, 0);
	assert_string_equal(config->sources->next->device, "/dev/video3");
	assert_string_equal(config->sources->next->bus, "usb-1");
	assert_int_equal(config->sources->next->fourcc, PV_FOURCC('M', 'J', 'P', 'G'));
	assert_int_equal(config->sources->next->height, 33);
	assert_int_equal(config->sources->next->rate.denom, 2);
	free_config(config);
	config = read_good("");
	assert_null(config->sources);
	assert_null(vcam_config_guest(config, "g"));
	free_config(config);
}

#define LONG_NAME "a domain (of Bärbel's) with a name that no heading of a section can hold"

static void test_alias(void **state)
{
	struct vcam_config *config =
		read_good("[source a]\ntype = pattern\n[guest *]\nmax-buffers = 2\n"
			  "[guest long]\nname = " LONG_NAME "\nsources = a\n[guest b]\n");

	(void)state;
	assert_string_equal(vcam_config_guest(config, LONG_NAME)->name, "long");
	assert_true(vcam_guest_may_use(vcam_config_guest(config, LONG_NAME), "a"));
	/* It is no domain's name any more. */
	assert_string_equal(vcam_config_guest(config, "long")->name, "*");
	assert_string_equal(vcam_config_guest(config, "b")->name, "b");
	free_config(config);
}

#define FORMATS "YUYV, UYVY, NV12, YU12, RGB3"

static const struct config_bad_text bad[] = {
	{"[sauce a]\n", "1: [sauce a]: no such section (there are [daemon], [source NAME], "
			"[guest NAME])"},
	{"[source]\n", "1: [source]: needs a name of 1 to 63 letters, digits, . _ or -"},
	{"[source a/b]\n", "1: [source a/b]: needs a name of 1 to 63 letters, digits, . _ or -"},
	{"[source *]\n", "1: [source *]: needs a name of 1 to 63 letters, digits, . _ or -"},
	{"[source a]\ntype=pattern\n[source b]\ntype=pattern\n[source a]\n",
		"5: [source a]: is there twice"},
	{"\n[source a]\nformat = NV12\n", "2: [source a] type: is missing"},
	{"[source a]\ntype = webcam\n", "2: [source a] type: must be pattern, file, v4l2 or stamp"},
	{"[source a]\ntype = pattern\ntype = pattern\n", "3: [source a] type: is there twice"},
	{"[source a]\ntype = file\n", "1: [source a] path: is missing, and type is file"},
	{"[source a]\ntype = file\npath = x.y4m\n",
		"3: [source a] path: must be a path that starts with /"},
	{"[source a]\ntype = pattern\npath = /x\n", "1: [source a] path: is only for type = file"},
	{"[source a]\ntype = file\npath = /x\nrate = 30\n",
		"1: [source a] type: a file has its "
		"own format, size and rate; they cannot be given"},
	{"[source a]\ntype = pattern\npace = rate\n",
		"1: [source a] pace: is only for type = stamp"},
	{"[source a]\ntype = stamp\npace = fast\n",
		"3: [source a] pace: must be rate or delivered"},
	{"[source a]\ntype = pattern\nformat = 422P\n",
		"3: [source a] format: must be " FORMATS ", GREY or MJPG"},
	{"[source a]\ntype = pattern\nformat = MJPG\n",
		"3: [source a] format: MJPG is only for type = v4l2"},
	{"[source a]\ntype = pattern\ncard = x\n", "1: [source a] card: is only for type = v4l2"},
	{"[source a]\ntype = v4l2\ndevice = video0\n",
		"3: [source a] device: must be a path that starts with /"},
	{"[source a]\ntype = v4l2\nsize = 640x480\n",
		"1: [source a] type: v4l2 needs device, card or bus, to know the camera by"},
	{"[source a]\ntype = pattern\nsize = 640\n",
		"3: [source a] size: must be WIDTHxHEIGHT in pixels, such as 1920x1080"},
	{"[source a]\nsize = 641x480\ntype = pattern\n",
		"2: [source a] size: 641x480 is not for "
		"YUYV: width a multiple of 2 up to 8192, height of 1 up to 8192"},
	{"[source a]\ntype = pattern\nrate = 0\n",
		"3: [source a] rate: must be frames per second, such as 30 or 30000/1001"},
	{"[source a]\ntype = pattern\nrate = 2000000000\n",
		"3: [source a] rate: must be less than 1000000000 frames per second"},
	{"[source a]\ntype = pattern\n[guest g]\nsources = a, b\n",
		"4: [guest g] sources: there is no [source b]"},
	{"[guest g]\nsources = *, a\n",
		"2: [guest g] sources: * means all sources and stands alone"},
	{"[guest g]\nname =\n", "2: [guest g] name: must be a domain's name, as xl list tells it"},
	{"[guest g]\n[guest h]\nname = g\n", "2: [guest h] name: is that of [guest g], too"},
	{"[guest h]\nname = g\n[guest g]\n", "3: [guest g] name: is that of [guest h], too"},
	{"[guest *]\nname = g\n", "1: [guest *] name: * stands for all others"},
	{"[guest g]\ncontrols = yes\n", "2: [guest g] controls: must be none, read or write"},
	{"[guest g]\nmax-buffers = 33\n",
		"2: [guest g] max-buffers: must be a number from 1 to 32"},
	{"[guest g]\nmax-buffers = 0\n", "2: [guest g] max-buffers: must be a number from 1 to 32"},
	{"[guest g]\nmax-size = big\n",
		"2: [guest g] max-size: must be WIDTHxHEIGHT in pixels, such as 1920x1080"},
	{"[guest g]\nformats = YUYV, MJPG\n",
		"2: [guest g] formats: must list some of " FORMATS " and GREY"},
	{"[guest g]\nformats =\n", "2: [guest g] formats: must list some of " FORMATS " and GREY"},
};

static void test_bad_files(void **state)
{
	(void)state;
	config_assert_refused(&vcam_config_layout, bad, sizeof(bad) / sizeof(bad[0]));
}

static void test_common(void **state)
{
	(void)state;
	config_assert_common(&vcam_config_layout);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole_file),
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_alias),
		cmocka_unit_test(test_bad_files),
		cmocka_unit_test(test_common),
	};

	return cmocka_run_group_tests(tests, config_make_file, config_remove_file);
}
