/* SPDX-License-Identifier: MIT */
/*
 * A camera of Linux. Each buffer of the driver's is copied once, into a frame of the pool, and
 * given back at once: what guests see can never change under them, and the driver is never short of
 * buffers because a guest holds a frame.
 */
#include "backend/camera/source_v4l2.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <libv4l2.h>
#include <linux/videodev2.h>

#define NS_PER_S 1000000000ull
#define NS_PER_MS 1000000ull

struct mapped {
	void *at;
	size_t size_bytes;
};

struct camera {
	int fd;
	struct vcam_v4l2_mode mode;
	struct vcam_v4l2_frames *frames;
	bool streaming;
	unsigned num_buffers;
	struct mapped buffer[VCAM_V4L2_BUFFERS_MAX];
	bool failing;     /* poll says so; taking a frame tells what it is */
	unsigned changed; /* controls, not yet told */
	bool has_sequence;
	uint32_t next_sequence;
};

static void camera_close(void *priv)
{
	struct camera *camera = priv;
	enum v4l2_buf_type type = V4L2_BUF_TYPE_VIDEO_CAPTURE;

	if (camera->streaming)
		(void)vcam_v4l2_ioctl(camera->fd, VIDIOC_STREAMOFF, &type);
	for (unsigned i = 0; i < camera->num_buffers; i++)
		v4l2_munmap(camera->buffer[i].at, camera->buffer[i].size_bytes);
	if (camera->fd >= 0)
		v4l2_close(camera->fd);
	vcam_v4l2_frames_destroy(camera->frames);
	free(camera);
}

static int camera_start(struct camera *camera, const struct vcam_source_config *config,
	const struct vcam_source_mode *have, const char **ret_error)
{
	int err = vcam_v4l2_find(config, &camera->fd, ret_error);

	if (err == 0)
		err = vcam_v4l2_set_mode(camera->fd, config, &camera->mode, ret_error);
	if (err < 0)
		return err;
	err = vcam_v4l2_frames_create(&camera->mode,
		have != NULL ? have->picture : camera->mode.picture, &camera->frames);
	if (err < 0)
		*ret_error = err == -EINVAL ? "its driver's frames are smaller than their size"
					    : strerrordesc_np(-err);
	return err;
}

static int camera_open(const struct vcam_source_config *config, const struct vcam_source_mode *have,
	void **ret_priv, struct vcam_source_traits *ret, const char **ret_error)
{
	struct camera *camera = calloc(1, sizeof(*camera));
	int err;

	*ret_error = "out of memory";
	if (camera == NULL)
		return -ENOMEM;
	camera->fd = -1;
	err = camera_start(camera, config, have, ret_error);
	if (err < 0) {
		camera_close(camera);
		return err;
	}
	/* It may have come back as another one: its frames are then made into those on offer. */
	ret->mode = have != NULL
			    ? *have
			    : (struct vcam_source_mode){camera->mode.picture, camera->mode.rate};
	ret->colours = camera->mode.colours;
	ret->num_controls = vcam_v4l2_controls(camera->fd, ret->controls);
	*ret_priv = camera;
	return 0;
}

static void camera_guess(const struct vcam_source_config *config, struct vcam_source_traits *ret)
{
	bool sized = config->width != 0;
	uint32_t fourcc = pv_pixfmt_find(config->fourcc) != NULL ? config->fourcc : PV_FOURCC_YUYV;

	*ret = (struct vcam_source_traits){
		.mode = {{fourcc, sized ? config->width : 1280, sized ? config->height : 720},
			config->rate.denom != 0 ? config->rate : (struct pv_fraction){30, 1}},
		.colours = vcam_colours_usual(fourcc),
	};
}

/* ---- streaming ---- */

static int give_buffer(struct camera *camera, uint32_t index)
{
	struct v4l2_buffer buffer = {
		.index = index,
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
		.memory = V4L2_MEMORY_MMAP,
	};

	return vcam_v4l2_ioctl(camera->fd, VIDIOC_QBUF, &buffer);
}

static int map_buffer(struct camera *camera, uint32_t index)
{
	struct v4l2_buffer buffer = {
		.index = index,
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
		.memory = V4L2_MEMORY_MMAP,
	};
	struct mapped *mapped = &camera->buffer[index];
	int err = vcam_v4l2_ioctl(camera->fd, VIDIOC_QUERYBUF, &buffer);

	if (err < 0)
		return err;
	mapped->size_bytes = buffer.length;
	mapped->at = v4l2_mmap(NULL, buffer.length, PROT_READ | PROT_WRITE, MAP_SHARED, camera->fd,
		buffer.m.offset);
	if (mapped->at == MAP_FAILED)
		return -errno;
	camera->num_buffers++;
	return 0;
}

static int stream_on(struct camera *camera)
{
	enum v4l2_buf_type type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
	struct v4l2_requestbuffers request = {
		.count = VCAM_V4L2_BUFFERS,
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
		.memory = V4L2_MEMORY_MMAP,
	};
	int err = vcam_v4l2_ioctl(camera->fd, VIDIOC_REQBUFS, &request);

	if (err == 0 && request.count == 0)
		err = -ENOMEM;
	if (request.count > VCAM_V4L2_BUFFERS_MAX)
		request.count = VCAM_V4L2_BUFFERS_MAX;
	for (uint32_t i = 0; i < request.count && err == 0; i++)
		err = map_buffer(camera, i);
	for (uint32_t i = 0; i < request.count && err == 0; i++)
		err = give_buffer(camera, i);
	if (err == 0)
		err = vcam_v4l2_ioctl(camera->fd, VIDIOC_STREAMON, &type);
	camera->streaming = err == 0;
	return err;
}

static int poll_timeout_ms(uint64_t until_ns)
{
	uint64_t now_ns = pv_now_ns();

	return until_ns <= now_ns ? 0 : (int)((until_ns - now_ns) / NS_PER_MS + 1);
}

static int camera_wait(void *priv, int wake_fd, uint64_t until_ns)
{
	struct camera *camera = priv;
	struct pollfd fds[] = {
		{.fd = camera->fd, .events = POLLIN | POLLPRI},
		{.fd = wake_fd, .events = POLLIN},
	};
	bool other = false;
	int ready, err;

	if (!camera->streaming) {
		err = stream_on(camera);
		if (err < 0)
			return err;
	}
	ready = poll(fds, 2, poll_timeout_ms(until_ns));
	if (ready < 0)
		return errno == EINTR ? -EAGAIN : -errno;
	if (ready == 0)
		return -ETIMEDOUT;
	if (fds[0].revents & POLLPRI)
		camera->changed |= vcam_v4l2_events(camera->fd, &other);
	if (other)
		return -ESTALE;
	camera->failing = fds[0].revents & (POLLERR | POLLHUP);
	return camera->failing || (fds[0].revents & POLLIN) ? 0 : -EAGAIN;
}

static unsigned camera_changed_controls(void *priv)
{
	struct camera *camera = priv;
	unsigned changed = camera->changed;

	camera->changed = 0;
	return changed;
}

/* ---- frames ---- */

/* The driver counts the frames that it had no buffer for; some drivers leave it at 0. */
static uint32_t count_missed(struct camera *camera, uint32_t sequence)
{
	uint32_t missed = 0;

	if (camera->has_sequence && sequence > camera->next_sequence)
		missed = sequence - camera->next_sequence;
	camera->has_sequence = true;
	camera->next_sequence = sequence + 1;
	return missed;
}

static uint64_t captured_ns(const struct v4l2_buffer *buffer, uint64_t now_ns)
{
	uint64_t stamp_ns = (uint64_t)buffer->timestamp.tv_sec * NS_PER_S +
			    (uint64_t)buffer->timestamp.tv_usec * 1000;

	if ((buffer->flags & V4L2_BUF_FLAG_TIMESTAMP_MASK) != V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC ||
		stamp_ns > now_ns)
		return now_ns;
	return stamp_ns;
}

static int take(struct camera *camera, const struct v4l2_buffer *buffer, void *pixels)
{
	const struct mapped *mapped = &camera->buffer[buffer->index];
	size_t size_bytes = buffer->bytesused;

	if (buffer->flags & V4L2_BUF_FLAG_ERROR)
		return VCAM_DAMAGED;
	if (pixels == NULL)
		return VCAM_FILLED;
	if (size_bytes > mapped->size_bytes)
		size_bytes = mapped->size_bytes;
	return vcam_v4l2_frame_take(camera->frames, mapped->at, size_bytes, pixels);
}

static int camera_fill(void *priv, uint64_t number, struct vcam_filling *filling)
{
	struct camera *camera = priv;
	struct v4l2_buffer buffer = {
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
		.memory = V4L2_MEMORY_MMAP,
	};
	int filled, err;

	(void)number;
	err = vcam_v4l2_ioctl(camera->fd, VIDIOC_DQBUF, &buffer);
	if (err == -EAGAIN)
		return camera->failing ? -EIO : VCAM_NOT_READY;
	if (err == 0 && buffer.index >= camera->num_buffers)
		err = -EPROTO;
	if (err < 0)
		return err;
	filling->missed = count_missed(camera, buffer.sequence);
	filling->captured_ns = captured_ns(&buffer, filling->captured_ns);
	filled = take(camera, &buffer, filling->pixels);
	err = give_buffer(camera, buffer.index);
	return err < 0 ? err : filled;
}

static int camera_set_control(void *priv, uint8_t type, int64_t value)
{
	return vcam_v4l2_set_control(((struct camera *)priv)->fd, type, value);
}

static int camera_get_control(void *priv, uint8_t type, int64_t *ret_value)
{
	return vcam_v4l2_get_control(((struct camera *)priv)->fd, type, ret_value);
}

const struct vcam_source_ops vcam_source_v4l2 = {
	.type = "v4l2",
	.open = camera_open,
	.close = camera_close,
	.guess = camera_guess,
	.wait = camera_wait,
	.fill = camera_fill,
	.set_control = camera_set_control,
	.get_control = camera_get_control,
	.changed_controls = camera_changed_controls,
};
