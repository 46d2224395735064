/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/source_double.h"

#include <errno.h>
#include <string.h>

#include "backend/camera/source.h"
#include "common/pixfmt.h"
#include "tests/fuzz/fuzz.h"

struct source_double source_double;
static uint8_t pixels[640 * 480 * 3];
static struct vcam_frame the_frame;
static int64_t values[XENCAMERA_MAX_CTRL];

void source_double_reset(void)
{
	memset(&source_double, 0, sizeof(source_double));
}

void source_double_offer(void)
{
	if (!source_double.started || source_double.waiting == VCAM_TAP_DEPTH)
		return;
	source_double.waiting++;
	source_double.held++;
	source_double.offered++;
}

struct vcam_source_mode vcam_source_mode(const struct vcam_source *source)
{
	(void)source;
	return (struct vcam_source_mode){{PV_FOURCC_YUYV, 640, 480}, {30, 1}};
}

struct vcam_colours vcam_source_colours(const struct vcam_source *source)
{
	(void)source;
	return vcam_colours_usual(PV_FOURCC_YUYV);
}

int vcam_source_control(struct vcam_source *source, unsigned index, struct vcam_control *ret)
{
	(void)source;
	if (index >= XENCAMERA_MAX_CTRL)
		return -EINVAL;
	*ret = (struct vcam_control){.type = (uint8_t)index, .min = -100, .max = 100, .step = 1};
	return 0;
}

bool vcam_source_may_have_control(struct vcam_source *source, uint8_t type)
{
	(void)source;
	return type < XENCAMERA_MAX_CTRL;
}

int vcam_source_get_control(struct vcam_source *source, uint8_t type, int64_t *ret_value)
{
	(void)source;
	FUZZ_CHECK(type < XENCAMERA_MAX_CTRL);
	*ret_value = values[type];
	return 0;
}

int vcam_source_set_control(
	struct vcam_source *source, uint8_t type, int64_t value, struct vcam_tap *origin)
{
	(void)source;
	(void)origin;
	FUZZ_CHECK(type < XENCAMERA_MAX_CTRL);
	if (value < -100 || value > 100)
		return -EINVAL;
	values[type] = value;
	return 0;
}

int vcam_tap_create(struct vcam_source *source, int wake_fd, struct vcam_tap **ret)
{
	(void)source;
	(void)wake_fd;
	source_double.tap = true;
	*ret = (struct vcam_tap *)&source_double;
	return 0;
}

void vcam_tap_destroy(struct vcam_tap *tap)
{
	if (tap)
		vcam_tap_stop(tap);
	source_double.tap = false;
}

int vcam_tap_start(struct vcam_tap *tap, struct pv_fraction rate)
{
	(void)tap;
	FUZZ_CHECK(rate.numer && rate.denom && !source_double.started);
	source_double.started = true;
	return 0;
}

void vcam_tap_stop(struct vcam_tap *tap)
{
	(void)tap;
	source_double.started = false;
	source_double.held -= source_double.waiting;
	source_double.waiting = 0;
}

int vcam_tap_take(struct vcam_tap *tap, struct vcam_tap_frame *ret)
{
	(void)tap;
	if (source_double.waiting == 0)
		return -EAGAIN;
	source_double.waiting--;
	*ret = (struct vcam_tap_frame){&the_frame, (uint32_t)source_double.offered};
	return 0;
}

void vcam_tap_done(struct vcam_tap *tap)
{
	(void)tap;
}

int vcam_tap_control_changed(struct vcam_tap *tap, uint8_t *ret_type, int64_t *ret_value)
{
	(void)tap;
	if (!source_double.control_changed)
		return -EAGAIN;
	source_double.control_changed = false;
	*ret_type = XENCAMERA_CTRL_HUE;
	*ret_value = values[XENCAMERA_CTRL_HUE];
	return 0;
}

void vcam_tap_counts(struct vcam_tap *tap, struct vcam_tap_counts *ret)
{
	(void)tap;
	memset(ret, 0, sizeof(*ret));
}

struct vcam_frame *vcam_frame_hold(struct vcam_frame *frame)
{
	source_double.held++;
	return frame;
}

void vcam_frame_put(struct vcam_frame *frame)
{
	FUZZ_CHECK(frame == &the_frame && source_double.held > 0);
	source_double.held--;
}

int vcam_frame_as(struct vcam_frame *frame, struct pv_picture picture, const void **ret_pixels,
	size_t *ret_bytes)
{
	struct pv_layout layout;

	FUZZ_CHECK(frame == &the_frame && source_double.held > 0);
	FUZZ_CHECK(pv_pixfmt_layout(picture.fourcc, picture.width, picture.height, &layout) == 0);
	FUZZ_CHECK(layout.size_bytes <= sizeof(pixels));
	*ret_pixels = pixels;
	*ret_bytes = layout.size_bytes;
	return 0;
}
