/* SPDX-License-Identifier: MIT */
#include "tests/unit/v4l2_fake_internal.h"

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

struct v4l2_fake fake = {.lock = PTHREAD_MUTEX_INITIALIZER, .fd = -1, .other_fd = -1};

static void signal_fd(void)
{
	if (fake.fd >= 0)
		eventfd_write(fake.fd, 1);
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
	uint32_t rows = fake.format.height;

	(void)size_bytes;
	memset(buffer->memory, value, fake.format.sizeimage);
	if (fake.format.pixelformat == V4L2_PIX_FMT_NV12)
		rows += rows / 2;
	for (uint32_t y = 0; fake.setup.padding != 0 && y < rows; y++)
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

void v4l2_fake_change_control(uint32_t id, int32_t value)
{
	int index;

	pthread_mutex_lock(&fake.lock);
	index = v4l2_fake_control_index(id);
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
	value = fake.values[v4l2_fake_control_index(id)];
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
		.opens = fake.opens,
		.open = (fake.fd >= 0) + (fake.other_fd >= 0),
		.queued = fake.num_queued,
	};
	pthread_mutex_unlock(&fake.lock);
	return state;
}

/* ---- libv4l2's functions ---- */

int v4l2_open(const char *path, int flags, ...)
{
	bool other = strcmp(path, OTHER_NODE) == 0;
	int fd = -1;

	(void)flags;
	pthread_mutex_lock(&fake.lock);
	fake.opens++;
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
		v4l2_fake_stream(false);
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
		r = v4l2_fake_refusal(ENODEV);
	} else if (fake.refused_times > 0 && request == fake.refused) {
		fake.refused_times--;
		r = v4l2_fake_refusal(fake.refused_error);
	} else {
		r = v4l2_fake_serve(request, arg, fd == fake.other_fd);
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

/* What poll would say of fd, if it is the camera. Lowers its eventfd when nothing is left to tell.
 */
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
