/* SPDX-License-Identifier: MIT */
/*
 * What the files of the source `v4l2` share: a camera of Linux, through libv4l2. Source's thread,
 * or the main thread while probing.
 */
#ifndef VCAM_SOURCE_V4L2_H
#define VCAM_SOURCE_V4L2_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "backend/camera/source.h"
#include "backend/camera/source_jpeg.h"
#include "common/pixfmt.h"

#define VCAM_V4L2_BUFFERS 6u /* asked for; a driver may give others */
#define VCAM_V4L2_BUFFERS_MAX 32u

/* v4l2_ioctl, again while it is interrupted. 0 or -errno. */
int vcam_v4l2_ioctl(int fd, unsigned long request, void *arg);

/* ---- source_v4l2_find.c ---- */

/*
 * The descriptor of the one camera that answers to the device, card and bus of config, through
 * libv4l2, nonblocking; of several the lowest /dev/videoN. *ret_error: a static sentence. -ENODEV:
 * none; -EACCES and others of open.
 */
int vcam_v4l2_find(const struct vcam_source_config *config, int *ret_fd, const char **ret_error);

/* ---- source_v4l2_mode.c ---- */

/* How the device gives its frames. */
struct vcam_v4l2_mode {
	uint32_t pixelformat; /* V4L2_PIX_FMT_* */
	bool jpeg;
	struct pv_picture picture; /* as in memory; of JPEGs, as decoded */
	struct pv_fraction rate;
	struct vcam_colours colours;
	size_t size_bytes;     /* of a whole frame; of JPEGs 0 */
	uint32_t stride_bytes; /* of the first plane; of JPEGs 0 */
};

/*
 * Chooses from what the device enumerates what config asks for (format, size, rate: 0 where it
 * leaves it open; then the largest up to FullHD, the rate nearest to 30, a format that loses
 * nothing) and sets it. -EINVAL: it has nothing of the kind; -EBUSY: somebody else streams from it.
 */
int vcam_v4l2_set_mode(int fd, const struct vcam_source_config *config, struct vcam_v4l2_mode *ret,
	const char **ret_error);

/* ---- source_v4l2_control.c ---- */

/* Those of cameraif's that it has, with its ranges; returns how many. And to be told of changes. */
unsigned vcam_v4l2_controls(int fd, struct vcam_control ret[XENCAMERA_MAX_CTRL]);
int vcam_v4l2_set_control(int fd, uint8_t type, int64_t value);
int vcam_v4l2_get_control(int fd, uint8_t type, int64_t *ret_value);
/* Takes all events that wait: bits of controls changed. *ret_other: its picture has another form.
 */
unsigned vcam_v4l2_events(int fd, bool *ret_other);

/* ---- source_v4l2_frame.c: from a buffer to a frame of the pool ---- */

struct vcam_v4l2_frames;

/* From frames of this mode to the native picture. -EINVAL: the buffers cannot hold what the device
 * says it puts there; -ENOMEM. */
int vcam_v4l2_frames_create(
	const struct vcam_v4l2_mode *mode, struct pv_picture native, struct vcam_v4l2_frames **ret);
/* Takes NULL. */
void vcam_v4l2_frames_destroy(struct vcam_v4l2_frames *frames);
/* The one copy (or decoding) of a frame into pixels. enum vcam_filled, or -ENOMEM. */
int vcam_v4l2_frame_take(
	struct vcam_v4l2_frames *frames, const void *bytes, size_t size_bytes, void *pixels);

/* ---- source_colours.c ---- */

/* From V4L2's own numbers (struct v4l2_pix_format), its defaults resolved. */
struct vcam_colours vcam_colours_from_v4l2(uint32_t fourcc, uint32_t colorspace, uint32_t xfer_func,
	uint32_t ycbcr_enc, uint32_t quantization);

#endif
