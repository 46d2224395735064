/* SPDX-License-Identifier: MIT */
#include "tests/unit/v4l2_fake.h"

#include <errno.h>
#include <glob.h>
#include <libv4l2.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define NUM_BUFFERS 4
#define NUM_CONTROLS 4
#define OTHER_NODE "/dev/video10"

struct buffer {
	uint8_t *memory;
	size_t length_bytes;
	struct v4l2_buffer filled; /* as DQBUF gives it */
};

/* Everything under lock. A descriptor is an eventfd, readable while something waits or is wrong. */
static struct {
	pthread_mutex_t lock;
	struct v4l2_fake_setup setup;
	bool there;
	int fd, other_fd; /* -1: not open. One program at a time. */
	bool gone;        /* what fd was opened on */
	struct v4l2_pix_format format;
	struct v4l2_fract interval;
	bool streaming;
	unsigned num_buffers, num_queued, num_done;
	struct buffer buffers[NUM_BUFFERS];
	unsigned queued[NUM_BUFFERS], done[NUM_BUFFERS];
	uint32_t sequence;
	int32_t values[NUM_CONTROLS];
	uint32_t subscribed; /* bit n: control n; bit 31: the source */
	uint32_t events;     /* likewise */
	unsigned long refused;
	int refused_error;
	unsigned refused_times;
	pthread_t sender;
	unsigned rate_hz;
	bool ends;
} fake = {.lock = PTHREAD_MUTEX_INITIALIZER, .fd = -1, .other_fd = -1};

static const uint32_t ids[NUM_CONTROLS] = {
	V4L2_CID_BRIGHTNESS, V4L2_CID_CONTRAST, V4L2_CID_SATURATION, V4L2_CID_HUE};

#define EVENT_SOURCE (1u << 31)

static void signal_fd(void)
{
	if (fake.fd >= 0)
		eventfd_write(fake.fd, 1);
}

static int refuse(int error)
{
	errno = error;
	return -1;
}

/* ---- the test's side ---- */

static void set_up(const struct v4l2_fake_setup *setup)
{
	fake.setup = *setup;
	fake.there = !setup->absent;
	for (unsigned i = 0; i < NUM_CONTROLS; i++)
		fake.values[i] = 10 * ((int32_t)i + 1);
}

static void *send_on(void *unused)
{
	struct timespec period = {.tv_nsec = 1000000000 / fake.rate_hz};

	(void)unused;
	for (unsigned i = 0;; i++) {
		bool ends;

		nanosleep(&period, NULL);
		v4l2_fake_send_plain((uint8_t)i);
		pthread_mutex_lock(&fake.lock);
		ends = fake.ends;
		pthread_mutex_unlock(&fake.lock);
		if (ends)
			return NULL;
	}
}

void v4l2_fake_reset(const struct v4l2_fake_setup *setup, unsigned rate_hz)
{
	pthread_mutex_lock(&fake.lock);
	fake.refused_times = 0;
	fake.ends = false;
	fake.rate_hz = rate_hz;
	set_up(setup);
	pthread_mutex_unlock(&fake.lock);
	if (rate_hz != 0 && pthread_create(&fake.sender, NULL, send_on, NULL) != 0)
		abort();
}

void v4l2_fake_finish(void)
{
	pthread_mutex_lock(&fake.lock);
	fake.ends = true;
	pthread_mutex_unlock(&fake.lock);
	if (fake.rate_hz != 0)
		pthread_join(fake.sender, NULL);
}

void v4l2_fake_unplug(void)
{
	pthread_mutex_lock(&fake.lock);
	fake.there = false;
	fake.gone = true;
	signal_fd();
	pthread_mutex_unlock(&fake.lock);
}

void v4l2_fake_plug(const struct v4l2_fake_setup *setup)
{
	pthread_mutex_lock(&fake.lock);
	set_up(setup);
	pthread_mutex_unlock(&fake.lock);
}

/* write fills the buffer and returns how many bytes that is. */
static bool send_by(size_t (*write)(struct buffer *buffer, const void *ctx, size_t size_bytes),
	const void *ctx, size_t size_bytes, uint32_t flags)
{
	struct buffer *buffer;
	struct timespec now;
	unsigned index;
	bool sent = false;

	pthread_mutex_lock(&fake.lock);
	if (fake.streaming && !fake.gone) {
		fake.sequence++;
		sent = fake.num_queued > 0;
	}
	if (sent) {
		index = fake.queued[0];
		fake.num_queued--;
		memmove(fake.queued, fake.queued + 1, fake.num_queued * sizeof(fake.queued[0]));
		buffer = &fake.buffers[index];
		clock_gettime(CLOCK_MONOTONIC, &now);
		buffer->filled = (struct v4l2_buffer){
			.index = index,
			.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
			.memory = V4L2_MEMORY_MMAP,
			.flags = flags | V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC,
			.sequence = fake.sequence - 1,
			.timestamp = {now.tv_sec, now.tv_nsec / 1000},
			.bytesused = (uint32_t)write(buffer, ctx, size_bytes),
		};
		fake.done[fake.num_done++] = index;
		signal_fd();
	}
	pthread_mutex_unlock(&fake.lock);
	return sent;
}

static size_t write_bytes(struct buffer *buffer, const void *ctx, size_t size_bytes)
{
	memcpy(buffer->memory, ctx,
		size_bytes < buffer->length_bytes ? size_bytes : buffer->length_bytes);
	return size_bytes;
}

bool v4l2_fake_send(const void *bytes, size_t size_bytes, uint32_t flags)
{
	return send_by(write_bytes, bytes, size_bytes, flags);
}

static size_t write_plain(struct buffer *buffer, const void *ctx, size_t size_bytes)
{
	uint8_t value = *(const uint8_t *)ctx;
	uint32_t stride = fake.format.bytesperline;

	(void)size_bytes;
	memset(buffer->memory, value, fake.format.sizeimage);
	for (uint32_t y = 0; fake.setup.padding != 0 && y < fake.format.height; y++)
		memset(buffer->memory + (size_t)(y + 1) * stride - fake.setup.padding, ~value,
			fake.setup.padding);
	return fake.format.sizeimage;
}

bool v4l2_fake_send_plain(uint8_t value)
{
	return send_by(write_plain, &value, 0, 0);
}

void v4l2_fake_refuse(unsigned long request, int error, unsigned times)
{
	pthread_mutex_lock(&fake.lock);
	fake.refused = request;
	fake.refused_error = error;
	fake.refused_times = times;
	signal_fd();
	pthread_mutex_unlock(&fake.lock);
}

static int control_index(uint32_t id)
{
	for (unsigned i = 0; i < fake.setup.num_controls; i++)
		if (ids[i] == id)
			return (int)i;
	return -1;
}

void v4l2_fake_change_control(uint32_t id, int32_t value)
{
	int index;

	pthread_mutex_lock(&fake.lock);
	index = control_index(id);
	fake.values[index] = value;
	fake.events |= fake.subscribed & 1u << index;
	signal_fd();
	pthread_mutex_unlock(&fake.lock);
}

void v4l2_fake_change_source(void)
{
	pthread_mutex_lock(&fake.lock);
	fake.events |= fake.subscribed & EVENT_SOURCE;
	signal_fd();
	pthread_mutex_unlock(&fake.lock);
}

int32_t v4l2_fake_control(uint32_t id)
{
	int32_t value;

	pthread_mutex_lock(&fake.lock);
	value = fake.values[control_index(id)];
	pthread_mutex_unlock(&fake.lock);
	return value;
}

struct v4l2_fake_state v4l2_fake_state(void)
{
	struct v4l2_fake_state state;

	pthread_mutex_lock(&fake.lock);
	state = (struct v4l2_fake_state){
		.format = fake.format,
		.interval = fake.interval,
		.streaming = fake.streaming,
		.open = (fake.fd >= 0) + (fake.other_fd >= 0),
		.queued = fake.num_queued,
	};
	pthread_mutex_unlock(&fake.lock);
	return state;
}

/* ---- requests of the device; lock held ---- */

static int query_cap(struct v4l2_capability *cap, bool other)
{
	*cap = (struct v4l2_capability){
		.capabilities = V4L2_CAP_DEVICE_CAPS | V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING,
		.device_caps = other ? V4L2_CAP_VIDEO_OUTPUT
				     : V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING,
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
	return refuse(EINVAL);
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
		return refuse(EINVAL);
	size->type = step == 0 ? V4L2_FRMSIZE_TYPE_DISCRETE
		     : step == 1 ? V4L2_FRMSIZE_TYPE_CONTINUOUS
				 : V4L2_FRMSIZE_TYPE_STEPWISE;
	if (step == 0)
		size->discrete = (struct v4l2_frmsize_discrete){way->width, way->height};
	else
		size->stepwise = (struct v4l2_frmsize_stepwise){
			16, way->width, step, 16, way->height, step};
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
		return refuse(EINVAL);
	interval->type = fake.setup.step == 0 ? V4L2_FRMIVAL_TYPE_DISCRETE
					      : V4L2_FRMIVAL_TYPE_STEPWISE;
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
	bool planar = pix->pixelformat == V4L2_PIX_FMT_YUV420 ||
		      pix->pixelformat == V4L2_PIX_FMT_NV12;

	if (way == NULL)
		return refuse(EINVAL);
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
		return refuse(EINVAL);
	buffer->length = (uint32_t)fake.buffers[buffer->index].length_bytes;
	buffer->m.offset = buffer->index * 4096;
	return 0;
}

static int queue(const struct v4l2_buffer *buffer)
{
	if (buffer->index >= fake.num_buffers || fake.num_queued == NUM_BUFFERS)
		return refuse(EINVAL);
	fake.queued[fake.num_queued++] = buffer->index;
	return 0;
}

static int dequeue(struct v4l2_buffer *buffer)
{
	if (fake.num_done == 0)
		return refuse(EAGAIN);
	*buffer = fake.buffers[fake.done[0]].filled;
	fake.num_done--;
	memmove(fake.done, fake.done + 1, fake.num_done * sizeof(fake.done[0]));
	return 0;
}

static int dequeue_event(struct v4l2_event *event)
{
	unsigned bit;

	if (fake.events == 0)
		return refuse(ENOENT);
	bit = (unsigned)__builtin_ctz(fake.events);
	fake.events &= fake.events - 1;
	event->type = bit == 31 ? V4L2_EVENT_SOURCE_CHANGE : V4L2_EVENT_CTRL;
	event->id = bit == 31 ? 0 : ids[bit];
	return 0;
}

static int subscribe(const struct v4l2_event_subscription *wish)
{
	int index = control_index(wish->id);

	if (wish->type == V4L2_EVENT_SOURCE_CHANGE)
		fake.subscribed |= EVENT_SOURCE;
	else if (wish->type == V4L2_EVENT_CTRL && index >= 0)
		fake.subscribed |= 1u << index;
	else
		return refuse(EINVAL);
	return 0;
}

static int query_control(struct v4l2_queryctrl *control)
{
	if (control_index(control->id) < 0)
		return refuse(EINVAL);
	control->type = V4L2_CTRL_TYPE_INTEGER;
	control->minimum = -100;
	control->maximum = 100;
	control->step = 1;
	control->default_value = 5;
	return 0;
}

static int access_control(struct v4l2_control *control, bool write)
{
	int index = control_index(control->id);

	if (index < 0)
		return refuse(EINVAL);
	if (write)
		fake.values[index] = control->value;
	control->value = fake.values[index];
	return 0;
}

static int set_parm(struct v4l2_streamparm *parm)
{
	if (fake.setup.silent_lists)
		return refuse(ENOTTY);
	fake.interval = parm->parm.capture.timeperframe;
	return 0;
}

static int stream(bool on)
{
	fake.streaming = on;
	if (!on)
		fake.num_queued = fake.num_done = 0;
	else
		fake.sequence = 0;
	return 0;
}

static int serve(unsigned long request, void *arg, bool other)
{
	struct v4l2_format *format = arg;

	if (request == VIDIOC_QUERYCAP)
		return query_cap(arg, other);
	if (other)
		return refuse(ENOTTY);
	switch (request) {
	case VIDIOC_ENUM_FMT: return enum_fmt(arg);
	case VIDIOC_ENUM_FRAMESIZES: return fake.setup.silent_lists ? refuse(ENOTTY) : enum_sizes(arg);
	case VIDIOC_ENUM_FRAMEINTERVALS:
		return fake.setup.silent_lists ? refuse(ENOTTY) : enum_intervals(arg);
	case VIDIOC_TRY_FMT: return set_format(&format->fmt.pix, false);
	case VIDIOC_S_FMT: return set_format(&format->fmt.pix, true);
	case VIDIOC_S_PARM: return set_parm(arg);
	case VIDIOC_REQBUFS: return request_buffers(arg);
	case VIDIOC_QUERYBUF: return query_buffer(arg);
	case VIDIOC_QBUF: return queue(arg);
	case VIDIOC_DQBUF: return dequeue(arg);
	case VIDIOC_STREAMON: return stream(true);
	case VIDIOC_STREAMOFF: return stream(false);
	case VIDIOC_QUERYCTRL: return query_control(arg);
	case VIDIOC_S_CTRL: return access_control(arg, true);
	case VIDIOC_G_CTRL: return access_control(arg, false);
	case VIDIOC_SUBSCRIBE_EVENT: return subscribe(arg);
	case VIDIOC_DQEVENT: return dequeue_event(arg);
	default: return refuse(ENOTTY);
	}
}

/* ---- libv4l2's functions ---- */

int v4l2_open(const char *path, int flags, ...)
{
	bool other = strcmp(path, OTHER_NODE) == 0;
	int fd = -1;

	(void)flags;
	pthread_mutex_lock(&fake.lock);
	if (!other && (strcmp(path, V4L2_FAKE_NODE) != 0 || !fake.there)) {
		errno = ENOENT;
	} else if (fake.refused_times > 0 && fake.refused == V4L2_FAKE_OPEN) {
		fake.refused_times--;
		errno = fake.refused_error;
	} else {
		fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
		*(other ? &fake.other_fd : &fake.fd) = fd;
		if (!other) {
			fake.gone = false;
			fake.subscribed = fake.events = 0;
		}
	}
	pthread_mutex_unlock(&fake.lock);
	return fd;
}

int v4l2_close(int fd)
{
	pthread_mutex_lock(&fake.lock);
	if (fd == fake.fd) {
		stream(false);
		fake.fd = -1;
		for (unsigned i = 0; i < fake.num_buffers; i++) {
			free(fake.buffers[i].memory);
			fake.buffers[i].memory = NULL;
		}
		fake.num_buffers = 0;
	} else if (fd == fake.other_fd) {
		fake.other_fd = -1;
	} else {
		abort();
	}
	pthread_mutex_unlock(&fake.lock);
	return close(fd);
}

int v4l2_ioctl(int fd, unsigned long request, ...)
{
	va_list args;
	void *arg;
	int r;

	va_start(args, request);
	arg = va_arg(args, void *);
	va_end(args);
	pthread_mutex_lock(&fake.lock);
	if (fd != fake.fd && fd != fake.other_fd)
		abort();
	if (fd == fake.fd && fake.gone) {
		r = refuse(ENODEV);
	} else if (fake.refused_times > 0 && request == fake.refused) {
		fake.refused_times--;
		r = refuse(fake.refused_error);
	} else {
		r = serve(request, arg, fd == fake.other_fd);
	}
	pthread_mutex_unlock(&fake.lock);
	return r;
}

void *v4l2_mmap(void *start, size_t length, int protection, int flags, int fd, int64_t offset)
{
	void *memory = MAP_FAILED;

	(void)start;
	(void)length;
	(void)protection;
	(void)flags;
	(void)fd;
	pthread_mutex_lock(&fake.lock);
	if (fake.refused_times > 0 && fake.refused == V4L2_FAKE_MMAP) {
		fake.refused_times--;
		errno = fake.refused_error;
	} else {
		memory = fake.buffers[offset / 4096].memory;
	}
	pthread_mutex_unlock(&fake.lock);
	return memory;
}

int v4l2_munmap(void *start, size_t length)
{
	(void)start;
	(void)length;
	return 0;
}

/* ---- the system's ---- */

int glob(const char *pattern, int flags, int (*failed)(const char *path, int error), glob_t *ret)
{
	static char *nodes[] = {OTHER_NODE, V4L2_FAKE_NODE, NULL};

	(void)flags;
	(void)failed;
	if (strcmp(pattern, "/dev/video[0-9]*") != 0)
		return GLOB_NOMATCH;
	ret->gl_pathc = 2;
	ret->gl_pathv = nodes;
	return 0;
}

void globfree(glob_t *found)
{
	(void)found;
}

/* What poll would say of fd, if it is the camera. Lowers its eventfd when nothing is left to tell. */
static short correct_events(int fd, short events)
{
	eventfd_t count;

	pthread_mutex_lock(&fake.lock);
	if (fd != fake.fd) {
		pthread_mutex_unlock(&fake.lock);
		return events;
	}
	events = 0;
	if (fake.num_done > 0)
		events |= POLLIN;
	if (fake.events != 0)
		events |= POLLPRI;
	if (fake.gone)
		events |= POLLERR | POLLHUP;
	if (events == 0)
		eventfd_read(fake.fd, &count);
	pthread_mutex_unlock(&fake.lock);
	return events;
}

int poll(struct pollfd *fds, nfds_t num_fds, int timeout_ms)
{
	struct timespec timeout = {timeout_ms / 1000, timeout_ms % 1000 * 1000000};
	int ready = (int)syscall(
		SYS_ppoll, fds, num_fds, timeout_ms < 0 ? NULL : &timeout, NULL, (size_t)8);

	for (nfds_t i = 0; ready > 0 && i < num_fds; i++)
		if (fds[i].revents != 0)
			fds[i].revents = correct_events(fds[i].fd, fds[i].revents);
	return ready;
}
