/* SPDX-License-Identifier: MIT */
/*
 * A camera behind libv4l2's functions, for the source `v4l2`: this file takes the place of libv4l2,
 * of glob (for /dev/video*) and of poll. It has /dev/video10, which gives no pictures, and
 * /dev/video3, the camera; it can go and come, be in disorder, and refuse any request. Any thread.
 */
#ifndef TESTS_UNIT_V4L2_FAKE_H
#define TESTS_UNIT_V4L2_FAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/videodev2.h>

#define V4L2_FAKE_NODE "/dev/video3"

/* One way to capture; the table ends at pixelformat 0. */
struct v4l2_fake_way {
	uint32_t pixelformat;
	uint32_t width, height;
	struct v4l2_fract intervals[4]; /* end at numerator 0 */
};

struct v4l2_fake_setup {
	const struct v4l2_fake_way *ways;
	/* Sizes from ways[].width x height down to 16x16 in such steps; 0: each as it stands; 1: as
	 * a continuous range. Intervals then range from the first to the second. */
	uint32_t step;
	bool silent_lists; /* no ENUM_FRAMESIZES, ENUM_FRAMEINTERVALS, S_PARM */
	uint32_t padding;  /* bytes more in each row of the first plane */
	uint32_t colorspace;
	unsigned num_controls; /* the first of brightness, contrast, saturation, hue */
	bool absent;
};

/* Plugs in a new one; all that was before is forgotten. Sends by itself, if rate_hz: frames that
 * are full of their number's low byte. */
void v4l2_fake_reset(const struct v4l2_fake_setup *setup, unsigned rate_hz);
/* Waits for the thread of the rate; all descriptors must be closed. */
void v4l2_fake_finish(void);

/* Unplugs: each request fails with ENODEV from now on. */
void v4l2_fake_unplug(void);
/* Plugs in the same, or another one. */
void v4l2_fake_plug(const struct v4l2_fake_setup *setup);

/* Fills the buffer queued longest. false: the driver has none (the frame is lost, and counted). */
bool v4l2_fake_send(const void *bytes, size_t size_bytes, uint32_t flags);
/* Sends a whole frame full of the value; padding is filled with its complement. */
bool v4l2_fake_send_plain(uint8_t value);

#define V4L2_FAKE_OPEN 0ul
#define V4L2_FAKE_MMAP 1ul
/* The next `times` such requests (VIDIOC_*, or these) fail; 0 ends it. */
void v4l2_fake_refuse(unsigned long request, int error, unsigned times);
/* Somebody else in dom0 changes a control, or the device changes the form of its picture. */
void v4l2_fake_change_control(uint32_t id, int32_t value);
void v4l2_fake_change_source(void);
int32_t v4l2_fake_control(uint32_t id);

/* What has been set, or is going on. */
struct v4l2_fake_state {
	struct v4l2_pix_format format;
	struct v4l2_fract interval;
	bool streaming;
	unsigned open;   /* descriptors */
	unsigned opens;  /* tried since the program began */
	unsigned queued; /* buffers */
};
struct v4l2_fake_state v4l2_fake_state(void);

#endif
