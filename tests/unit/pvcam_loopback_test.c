/* SPDX-License-Identifier: MIT */
/*
 * What pvcam bridge asks of v4l2loopback: the linker puts this file in the place of open() and
 * ioctl(), and a plain file in that of the device.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <xen/io/cameraif.h>

#include "common/pixfmt.h"
#include "frontend/camera/loopback.h"

#define ADD 0x4C80
#define REMOVE 0x4C81

/* ---- the module ---- */

static struct module {
	const char *driver;
	bool has_control;      /* as of 0.13 */
	bool keeps_format;     /* a reader holds it in another */
	bool refuses_streamon; /* as of 0.14 */
	struct v4l2_pix_format format;
	struct v4l2_fract interval;
	unsigned streamons, adds, removes;
	unsigned long removed;
	int remove_error;
	char label[32];
	int announce_all_caps;
} module;

static char path[] = "pvcam_loopback_test.XXXXXX";

int __real_open(const char *name, int flags, ...);
int __wrap_open(const char *name, int flags, ...);
int __wrap_ioctl(int fd, unsigned long request, ...);

int __wrap_open(const char *name, int flags, ...)
{
	if (strcmp(name, "/dev/v4l2loopback") == 0) {
		if (module.has_control)
			return __real_open(path, flags);
		errno = ENOENT;
		return -1;
	}
	if (strcmp(name, "/dev/video77") == 0)
		return __real_open(path, flags);
	return __real_open(name, flags);
}

static int set_format(struct v4l2_format *format)
{
	assert_int_equal(format->type, V4L2_BUF_TYPE_VIDEO_OUTPUT);
	if (module.keeps_format)
		format->fmt.pix.width = 111;
	module.format = format->fmt.pix;
	return 0;
}

static int streamon(void)
{
	module.streamons++;
	if (!module.refuses_streamon)
		return 0;
	errno = EINVAL;
	return -1;
}

/* Its first words: two numbers and the label; the last is announce_all_caps. */
static int add(const char *config)
{
	module.adds++;
	memcpy(module.label, config + 8, sizeof(module.label));
	memcpy(&module.announce_all_caps, config + 68, 4);
	return 77;
}

static int remove_device(unsigned long number)
{
	module.removes++;
	module.removed = number;
	errno = module.remove_error;
	return module.remove_error ? -1 : 0;
}

int __wrap_ioctl(int fd, unsigned long request, ...)
{
	va_list args;
	void *argument;

	va_start(args, request);
	argument = va_arg(args, void *);
	va_end(args);
	assert_true(fd >= 0);
	switch (request) {
	case VIDIOC_QUERYCAP:
		strcpy((char *)((struct v4l2_capability *)argument)->driver, module.driver);
		return 0;
	case VIDIOC_S_FMT:
		return set_format(argument);
	case VIDIOC_S_PARM:
		module.interval = ((struct v4l2_streamparm *)argument)->parm.output.timeperframe;
		return 0;
	case VIDIOC_STREAMON:
		return streamon();
	case ADD:
		return add(argument);
	case REMOVE:
		return remove_device((unsigned long)argument);
	default:
		errno = ENOTTY;
		return -1;
	}
}

/* ---- tests ---- */

static struct pvcam_loopback_wish wish;
static struct pvcam_loopback *loopback;
static char why[300];

static int set_up(void **state)
{
	int fd;

	(void)state;
	strcpy(path, "pvcam_loopback_test.XXXXXX");
	fd = mkstemp(path);
	module = (struct module){.driver = "v4l2 loopback"};
	wish = (struct pvcam_loopback_wish){
		.device = path,
		.label = "Front door",
		.settings = {PV_FOURCC_YUYV, 64, 48, 30000, 1001},
		.colorimetry = {XENCAMERA_COLORSPACE_REC709, XENCAMERA_XFER_FUNC_709,
			XENCAMERA_YCBCR_ENC_BT2020, XENCAMERA_QUANTIZATION_FULL_RANGE},
	};
	loopback = NULL;
	return fd < 0 ? -1 : close(fd);
}

static int tear_down(void **state)
{
	(void)state;
	unlink(path);
	return 0;
}

static int open_it(void)
{
	why[0] = '\0';
	return pvcam_loopback_open(&wish, &loopback, why, sizeof(why));
}

static void sets_format_rate_and_colours(void **state)
{
	(void)state;
	assert_int_equal(open_it(), 0);
	assert_string_equal(pvcam_loopback_path(loopback), path);
	assert_int_equal(module.format.pixelformat, V4L2_PIX_FMT_YUYV);
	assert_int_equal(module.format.width, 64);
	assert_int_equal(module.format.height, 48);
	assert_int_equal(module.format.field, V4L2_FIELD_NONE);
	assert_int_equal(module.format.priv, V4L2_PIX_FMT_PRIV_MAGIC); /* else these are lost */
	assert_int_equal(module.format.colorspace, V4L2_COLORSPACE_REC709);
	assert_int_equal(module.format.xfer_func, V4L2_XFER_FUNC_709);
	assert_int_equal(module.format.ycbcr_enc, V4L2_YCBCR_ENC_BT2020);
	assert_int_equal(module.format.quantization, V4L2_QUANTIZATION_FULL_RANGE);
	assert_int_equal(module.interval.numerator, 1001);
	assert_int_equal(module.interval.denominator, 30000);
	assert_int_equal(module.streamons, 1);
	assert_int_equal(pvcam_loopback_close(loopback), 0);
	assert_int_equal(module.removes, 0);
}

static void knows_no_colours_beyond_the_protocol(void **state)
{
	(void)state;
	wish.colorimetry = (struct pvcam_colorimetry){7, 1000, UINT32_MAX, 3};
	assert_int_equal(open_it(), 0);
	assert_int_equal(module.format.colorspace, V4L2_COLORSPACE_DEFAULT);
	assert_int_equal(module.format.xfer_func, V4L2_XFER_FUNC_DEFAULT);
	assert_int_equal(module.format.ycbcr_enc, V4L2_YCBCR_ENC_DEFAULT);
	assert_int_equal(module.format.quantization, V4L2_QUANTIZATION_DEFAULT);
	pvcam_loopback_close(loopback);
}

static void writes_whole_frames(void **state)
{
	static const char pixels[64 * 48 * 2] = "pixels";
	char back[sizeof(pixels)];
	int fd;

	(void)state;
	module.refuses_streamon = true;
	assert_int_equal(open_it(), 0);
	assert_int_equal(pvcam_loopback_write(loopback, pixels, sizeof(pixels)), 0);
	pvcam_loopback_close(loopback);
	fd = __real_open(path, O_RDONLY);
	assert_int_equal(read(fd, back, sizeof(back)), sizeof(back));
	assert_memory_equal(back, pixels, sizeof(back));
	close(fd);
}

static void refuses_other_devices(void **state)
{
	(void)state;
	module.driver = "uvcvideo";
	assert_int_equal(open_it(), -EINVAL);
	assert_non_null(strstr(why, "is no v4l2loopback device"));
	wish.device = "/dev/does-not-exist";
	assert_int_equal(open_it(), -ENOENT);
	assert_non_null(strstr(why, "/dev/does-not-exist"));
}

static void refuses_a_device_in_another_format(void **state)
{
	(void)state;
	module.keeps_format = true;
	assert_int_equal(open_it(), -EBUSY);
	assert_non_null(strstr(why, "111x48"));
}

static void makes_and_removes(void **state)
{
	(void)state;
	module.has_control = true;
	wish.device = NULL;
	wish.label = "A name that is longer than V4L2 can hold";
	assert_int_equal(open_it(), 0);
	assert_string_equal(pvcam_loopback_path(loopback), "/dev/video77");
	assert_string_equal(module.label, "A name that is longer than V4L2");
	assert_int_equal(module.announce_all_caps, 0); /* browsers want it so */
	assert_int_equal(pvcam_loopback_close(loopback), 0);
	assert_int_equal(module.removes, 1);
	assert_int_equal(module.removed, 77);
}

static void tells_what_stays(void **state)
{
	(void)state;
	module.has_control = true;
	module.remove_error = EBUSY;
	wish.device = NULL;
	assert_int_equal(open_it(), 0);
	assert_int_equal(pvcam_loopback_close(loopback), -EBUSY);
}

static void removes_what_was_of_no_use(void **state)
{
	(void)state;
	module.has_control = true;
	module.keeps_format = true;
	wish.device = NULL;
	assert_int_equal(open_it(), -EBUSY);
	assert_int_equal(module.adds, 1);
	assert_int_equal(module.removes, 1);
}

static void says_how_to_get_a_device(void **state)
{
	(void)state;
	wish.device = NULL;
	assert_int_equal(open_it(), -ENODEV);
	assert_non_null(
		strstr(why, "modprobe v4l2loopback exclusive_caps=1 card_label='Front door'"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(sets_format_rate_and_colours, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			knows_no_colours_beyond_the_protocol, set_up, tear_down),
		cmocka_unit_test_setup_teardown(writes_whole_frames, set_up, tear_down),
		cmocka_unit_test_setup_teardown(refuses_other_devices, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			refuses_a_device_in_another_format, set_up, tear_down),
		cmocka_unit_test_setup_teardown(makes_and_removes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(tells_what_stays, set_up, tear_down),
		cmocka_unit_test_setup_teardown(removes_what_was_of_no_use, set_up, tear_down),
		cmocka_unit_test_setup_teardown(says_how_to_get_a_device, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
