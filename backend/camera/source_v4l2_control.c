/* SPDX-License-Identifier: MIT */
#include <errno.h>

#include <libv4l2.h>
#include <linux/videodev2.h>

#include "backend/camera/source_v4l2.h"

static const uint32_t ids[XENCAMERA_MAX_CTRL] = {
	[XENCAMERA_CTRL_BRIGHTNESS] = V4L2_CID_BRIGHTNESS,
	[XENCAMERA_CTRL_CONTRAST] = V4L2_CID_CONTRAST,
	[XENCAMERA_CTRL_SATURATION] = V4L2_CID_SATURATION,
	[XENCAMERA_CTRL_HUE] = V4L2_CID_HUE,
};

static bool query(int fd, uint32_t id, struct v4l2_queryctrl *ret)
{
	*ret = (struct v4l2_queryctrl){.id = id};
	return vcam_v4l2_ioctl(fd, VIDIOC_QUERYCTRL, ret) == 0 &&
	       ret->type == V4L2_CTRL_TYPE_INTEGER && ret->step > 0 &&
	       ret->minimum <= ret->default_value && ret->default_value <= ret->maximum &&
	       !(ret->flags & (V4L2_CTRL_FLAG_DISABLED | V4L2_CTRL_FLAG_READ_ONLY |
				      V4L2_CTRL_FLAG_WRITE_ONLY));
}

static void subscribe(int fd, uint32_t type, uint32_t id)
{
	struct v4l2_event_subscription wish = {.type = type, .id = id};

	/* Without, we see its own changes when it is opened next. */
	(void)vcam_v4l2_ioctl(fd, VIDIOC_SUBSCRIBE_EVENT, &wish);
}

unsigned vcam_v4l2_controls(int fd, struct vcam_control ret[XENCAMERA_MAX_CTRL])
{
	struct v4l2_queryctrl control;
	unsigned count = 0;

	subscribe(fd, V4L2_EVENT_SOURCE_CHANGE, 0);
	for (uint8_t type = 0; type < XENCAMERA_MAX_CTRL; type++) {
		if (!query(fd, ids[type], &control))
			continue;
		subscribe(fd, V4L2_EVENT_CTRL, ids[type]);
		ret[count++] = (struct vcam_control){
			.type = type,
			.min = control.minimum,
			.max = control.maximum,
			.step = control.step,
			.def = control.default_value,
		};
	}
	return count;
}

/* The camera that came back may be another one, with other bounds. */
int vcam_v4l2_set_control(int fd, uint8_t type, int64_t value)
{
	struct v4l2_control control = {.id = ids[type]};
	struct v4l2_queryctrl bounds;

	if (!query(fd, ids[type], &bounds))
		return -EOPNOTSUPP;
	if (value < bounds.minimum)
		value = bounds.minimum;
	if (value > bounds.maximum)
		value = bounds.maximum;
	control.value = (int32_t)value;
	return vcam_v4l2_ioctl(fd, VIDIOC_S_CTRL, &control);
}

int vcam_v4l2_get_control(int fd, uint8_t type, int64_t *ret_value)
{
	struct v4l2_control control = {.id = ids[type]};
	int err = vcam_v4l2_ioctl(fd, VIDIOC_G_CTRL, &control);

	if (err == 0)
		*ret_value = control.value;
	return err;
}

unsigned vcam_v4l2_events(int fd, bool *ret_other)
{
	struct v4l2_event event = {0};
	unsigned changed = 0;

	while (vcam_v4l2_ioctl(fd, VIDIOC_DQEVENT, &event) == 0) {
		if (event.type == V4L2_EVENT_SOURCE_CHANGE)
			*ret_other = true;
		if (event.type != V4L2_EVENT_CTRL)
			continue;
		for (unsigned type = 0; type < XENCAMERA_MAX_CTRL; type++)
			if (event.id == ids[type])
				changed |= 1u << type;
	}
	return changed;
}
