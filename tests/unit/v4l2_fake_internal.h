/* SPDX-License-Identifier: MIT */
/* What v4l2_fake.c and v4l2_fake_requests.c share: the camera. */
#ifndef TESTS_UNIT_V4L2_FAKE_INTERNAL_H
#define TESTS_UNIT_V4L2_FAKE_INTERNAL_H

#include <pthread.h>

#include "tests/unit/v4l2_fake.h"

#define NUM_BUFFERS 4
#define NUM_CONTROLS 4
#define OTHER_NODE "/dev/video10"

struct buffer {
	uint8_t *memory;
	size_t length_bytes;
	struct v4l2_buffer filled; /* as DQBUF gives it */
};

/* Everything under lock. A descriptor is an eventfd, readable while something waits or is wrong. */
struct v4l2_fake {
	pthread_mutex_t lock;
	struct v4l2_fake_setup setup;
	bool there;
	int fd, other_fd; /* -1: not open. One program at a time. */
	unsigned opens;   /* tried */
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
};

extern struct v4l2_fake fake;

#define EVENT_SOURCE (1u << 31)

/* Lock held, as in the others. Sets errno. -1. */
int v4l2_fake_refusal(int error);
/* Which of fake.values; -1: none that it has. */
int v4l2_fake_control_index(uint32_t id);
void v4l2_fake_stream(bool on);
/* Answers a request of libv4l2; other: of the node that gives no pictures. */
int v4l2_fake_serve(unsigned long request, void *arg, bool other);

#endif
