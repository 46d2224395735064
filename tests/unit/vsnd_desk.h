/* SPDX-License-Identifier: MIT */
/* A device's desk and streams at it, without a card. After cmocka.h. */
#ifndef TESTS_VSND_DESK_H
#define TESTS_VSND_DESK_H

#include <sys/eventfd.h>
#include <unistd.h>

#include "backend/sound/engine/feed.h"

#define QUANTUM 128u
#define DEPTH 65536u
#define GUESTS 4u

struct device {
	struct vsnd_desk *desk;
	struct vsnd_stream *streams[GUESTS];
	struct vsnd_feed *feeds[GUESTS];
	bool ran[GUESTS];
	int wake_fd;
};

/* Without streams. */
static inline struct device make(enum vsnd_direction direction, const struct vsnd_format *format)
{
	struct vsnd_desk_params params = {
		.direction = direction, .device = *format, .most_frames = QUANTUM};
	struct device device = {.wake_fd = eventfd(0, EFD_NONBLOCK)};

	assert_int_equal(vsnd_desk_create(&params, &device.desk), 0);
	return device;
}

/* A stopped stream. */
static inline void join(struct device *device, unsigned k, enum vsnd_direction direction,
	const struct vsnd_format *format)
{
	assert_int_equal(
		vsnd_stream_create(format, direction, DEPTH, device->wake_fd, &device->streams[k]),
		0);
	assert_int_equal(
		vsnd_feed_create(device->streams[k], device->desk, false, &device->feeds[k]), 0);
}

static inline void leave(struct device *device, unsigned k)
{
	vsnd_feed_destroy(device->feeds[k]);
	vsnd_stream_destroy(device->streams[k]);
	device->feeds[k] = NULL;
}

static inline void unmake(struct device *device)
{
	for (unsigned k = 0; k < GUESTS; k++)
		if (device->feeds[k] != NULL)
			leave(device, k);
	vsnd_desk_destroy(device->desk);
	close(device->wake_fd);
}

/* A quantum of all. */
static inline void play(struct device *device, void *to, uint32_t frames)
{
	vsnd_desk_begin(device->desk, NULL, frames);
	for (unsigned k = 0; k < GUESTS; k++)
		if (device->feeds[k] != NULL)
			device->ran[k] = vsnd_feed_add(device->feeds[k]);
	vsnd_desk_end(device->desk, to);
}

static inline uint32_t dice(uint32_t *state)
{
	*state = *state * 1664525u + 1013904223u;
	return *state >> 8;
}

#endif
