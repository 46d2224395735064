/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/v4l2_fake_internal.h"

static const uint32_t ids[NUM_CONTROLS] = {
	V4L2_CID_BRIGHTNESS, V4L2_CID_CONTRAST, V4L2_CID_SATURATION, V4L2_CID_HUE};

int v4l2_fake_refusal(int error)
{
	errno = error;
	return -1;
}

int v4l2_fake_control_index(uint32_t id)
{
	for (unsigned i = 0; i < fake.setup.num_controls; i++)
		if (ids[i] == id)
			return (int)i;
	return -1;
}

static int query_cap(struct v4l2_capability *cap, bool other)
{
	*cap = (struct v4l2_capability){
		.capabilities = V4L2_CAP_DEVICE_CAPS | V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING,
		.device_caps =
			other ? V4L2_CAP_VIDEO_OUTPUT : V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING,
	};
	strcpy((char *)cap->card, other ? "Blind" : "Fake Camera");
	strcpy((char *)cap->bus_info, other ? "usb-0:2" : "usb-0:1");
	return 0;
}

/* Formats are the distinct ones of the ways, in their order. */
static int enum_fmt(struct v4l2_fmtdesc *desc)
{
	const struct v4l2_fake_way *ways = fake.setup.ways;
	uint32_t index = 0;

	for (unsigned i = 0; ways[i].pixelformat != 0; i++) {
		bool again = i > 0 && ways[i].pixelformat == ways[i - 1].pixelformat;

		if (again || index++ != desc->index)
			continue;
		desc->pixelformat = ways[i].pixelformat;
		return 0;
	}
	return v4l2_fake_refusal(EINVAL);
}

static const struct v4l2_fake_way *nth_way(uint32_t pixelformat, uint32_t index)
{
	const struct v4l2_fake_way *way = fake.setup.ways;

	for (; way->pixelformat != 0; way++)
		if (way->pixelformat == pixelformat && index-- == 0)
			return way;
	return NULL;
}

static int enum_sizes(struct v4l2_frmsizeenum *size)
{
	const struct v4l2_fake_way *way = nth_way(size->pixel_format, size->index);
	uint32_t step = fake.setup.step;

	if (way == NULL)
		return v4l2_fake_refusal(EINVAL);
	size->type = step == 0   ? V4L2_FRMSIZE_TYPE_DISCRETE
		     : step == 1 ? V4L2_FRMSIZE_TYPE_CONTINUOUS
				 : V4L2_FRMSIZE_TYPE_STEPWISE;
	if (step == 0)
		size->discrete = (struct v4l2_frmsize_discrete){way->width, way->height};
	else
		size->stepwise =
			(struct v4l2_frmsize_stepwise){16, way->width, step, 16, way->height, step};
	return 0;
}

static int enum_intervals(struct v4l2_frmivalenum *interval)
{
	const struct v4l2_fake_way *way;
	uint32_t index = interval->index;

	for (unsigned i = 0; (way = nth_way(interval->pixel_format, i)) != NULL; i++)
		if (fake.setup.step != 0 ||
			(way->width == interval->width && way->height == interval->height))
			break;
	if (way == NULL || index >= 4 || way->intervals[index].numerator == 0)
		return v4l2_fake_refusal(EINVAL);
	interval->type =
		fake.setup.step == 0 ? V4L2_FRMIVAL_TYPE_DISCRETE : V4L2_FRMIVAL_TYPE_STEPWISE;
	if (fake.setup.step == 0)
		interval->discrete = way->intervals[index];
	else
		interval->stepwise = (struct v4l2_frmival_stepwise){
			way->intervals[0], way->intervals[1], {1, 1000}};
	return 0;
}

static uint32_t row_bytes(uint32_t pixelformat, uint32_t width)
{
	switch (pixelformat) {
	case V4L2_PIX_FMT_YUYV:
	case V4L2_PIX_FMT_UYVY:
		return width * 2;
	case V4L2_PIX_FMT_RGB24:
		return width * 3;
	case V4L2_PIX_FMT_MJPEG:
		return 0;
	default:
		return width;
	}
}

static int set_format(struct v4l2_pix_format *pix, bool really)
{
	const struct v4l2_fake_way *way = nth_way(pix->pixelformat, 0);
	bool planar =
		pix->pixelformat == V4L2_PIX_FMT_YUV420 || pix->pixelformat == V4L2_PIX_FMT_NV12;

	if (way == NULL)
		return v4l2_fake_refusal(EINVAL);
	if (fake.setup.silent_lists) {
		pix->width = way->width;
		pix->height = way->height;
	}
	pix->field = V4L2_FIELD_NONE;
	pix->colorspace = fake.setup.colorspace;
	pix->bytesperline = row_bytes(pix->pixelformat, pix->width);
	if (pix->bytesperline != 0)
		pix->bytesperline += fake.setup.padding;
	pix->sizeimage = pix->bytesperline != 0
				 ? pix->bytesperline * pix->height * (planar ? 3 : 2) / 2
				 : pix->width * pix->height * 2;
	if (really)
		fake.format = *pix;
	return 0;
}

static int request_buffers(struct v4l2_requestbuffers *request)
{
	request->count = NUM_BUFFERS;
	fake.num_buffers = NUM_BUFFERS;
	fake.num_queued = fake.num_done = 0;
	for (unsigned i = 0; i < NUM_BUFFERS; i++) {
		free(fake.buffers[i].memory);
		fake.buffers[i].length_bytes = fake.format.sizeimage;
		fake.buffers[i].memory = malloc(fake.format.sizeimage);
	}
	return 0;
}

static int query_buffer(struct v4l2_buffer *buffer)
{
	if (buffer->index >= fake.num_buffers)
		return v4l2_fake_refusal(EINVAL);
	buffer->length = (uint32_t)fake.buffers[buffer->index].length_bytes;
	buffer->m.offset = buffer->index * 4096;
	return 0;
}

static int queue(const struct v4l2_buffer *buffer)
{
	if (buffer->index >= fake.num_buffers || fake.num_queued == NUM_BUFFERS)
		return v4l2_fake_refusal(EINVAL);
	fake.queued[fake.num_queued++] = buffer->index;
	return 0;
}

static int dequeue(struct v4l2_buffer *buffer)
{
	if (fake.num_done == 0)
		return v4l2_fake_refusal(EAGAIN);
	*buffer = fake.buffers[fake.done[0]].filled;
	fake.num_done--;
	memmove(fake.done, fake.done + 1, fake.num_done * sizeof(fake.done[0]));
	return 0;
}

static int dequeue_event(struct v4l2_event *event)
{
	unsigned bit;

	if (fake.events == 0)
		return v4l2_fake_refusal(ENOENT);
	bit = (unsigned)__builtin_ctz(fake.events);
	fake.events &= fake.events - 1;
	event->type = bit == 31 ? V4L2_EVENT_SOURCE_CHANGE : V4L2_EVENT_CTRL;
	event->id = bit == 31 ? 0 : ids[bit];
	return 0;
}

static int subscribe(const struct v4l2_event_subscription *wish)
{
	int index = v4l2_fake_control_index(wish->id);

	if (wish->type == V4L2_EVENT_SOURCE_CHANGE)
		fake.subscribed |= EVENT_SOURCE;
	else if (wish->type == V4L2_EVENT_CTRL && index >= 0)
		fake.subscribed |= 1u << index;
	else
		return v4l2_fake_refusal(EINVAL);
	return 0;
}

static int query_control(struct v4l2_queryctrl *control)
{
	if (v4l2_fake_control_index(control->id) < 0)
		return v4l2_fake_refusal(EINVAL);
	control->type = V4L2_CTRL_TYPE_INTEGER;
	control->minimum = -100;
	control->maximum = 100;
	control->step = 1;
	control->default_value = 5;
	return 0;
}

static int access_control(struct v4l2_control *control, bool write)
{
	int index = v4l2_fake_control_index(control->id);

	if (index < 0)
		return v4l2_fake_refusal(EINVAL);
	if (write)
		fake.values[index] = control->value;
	control->value = fake.values[index];
	return 0;
}

static int set_parm(struct v4l2_streamparm *parm)
{
	if (fake.setup.silent_lists)
		return v4l2_fake_refusal(ENOTTY);
	fake.interval = parm->parm.capture.timeperframe;
	return 0;
}

void v4l2_fake_stream(bool on)
{
	fake.streaming = on;
	if (!on)
		fake.num_queued = fake.num_done = 0;
	else
		fake.sequence = 0;
}

static int stream(bool on)
{
	v4l2_fake_stream(on);
	return 0;
}

int v4l2_fake_serve(unsigned long request, void *arg, bool other)
{
	struct v4l2_format *format = arg;

	if (request == VIDIOC_QUERYCAP)
		return query_cap(arg, other);
	if (other)
		return v4l2_fake_refusal(ENOTTY);
	switch (request) {
	case VIDIOC_ENUM_FMT:
		return enum_fmt(arg);
	case VIDIOC_ENUM_FRAMESIZES:
		return fake.setup.silent_lists ? v4l2_fake_refusal(ENOTTY) : enum_sizes(arg);
	case VIDIOC_ENUM_FRAMEINTERVALS:
		return fake.setup.silent_lists ? v4l2_fake_refusal(ENOTTY) : enum_intervals(arg);
	case VIDIOC_TRY_FMT:
		return set_format(&format->fmt.pix, false);
	case VIDIOC_S_FMT:
		return set_format(&format->fmt.pix, true);
	case VIDIOC_S_PARM:
		return set_parm(arg);
	case VIDIOC_REQBUFS:
		return request_buffers(arg);
	case VIDIOC_QUERYBUF:
		return query_buffer(arg);
	case VIDIOC_QBUF:
		return queue(arg);
	case VIDIOC_DQBUF:
		return dequeue(arg);
	case VIDIOC_STREAMON:
		return stream(true);
	case VIDIOC_STREAMOFF:
		return stream(false);
	case VIDIOC_QUERYCTRL:
		return query_control(arg);
	case VIDIOC_S_CTRL:
		return access_control(arg, true);
	case VIDIOC_G_CTRL:
		return access_control(arg, false);
	case VIDIOC_SUBSCRIBE_EVENT:
		return subscribe(arg);
	case VIDIOC_DQEVENT:
		return dequeue_event(arg);
	default:
		return v4l2_fake_refusal(ENOTTY);
	}
}
