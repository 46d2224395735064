/* SPDX-License-Identifier: MIT */
/*
 * The device that `pvcam bridge` writes to: a v4l2loopback. Everything that is special about that
 * module is in here; the rest of the bridge knows a device that has one format and takes frames.
 * One thread at a time an object.
 *
 * Source: v4l2loopback 0.12.7 (Debian 12; its devices are made by module options alone) and 0.13.2
 * (has /dev/v4l2loopback to make and remove devices).
 */
#ifndef PVCAM_LOOPBACK_H
#define PVCAM_LOOPBACK_H

#include <stddef.h>

#include "frontend/camera/pvcam.h"

#define PVCAM_LABEL_BYTES 32 /* V4L2's; with the 0 at the end */

struct pvcam_loopback_wish {
	const char *device; /* a path; NULL: the device of this label, or a new one */
	const char *label;  /* the name that programs show; cut after 31 characters */
	struct pvcam_settings settings;
	struct pvcam_colorimetry colorimetry; /* XENCAMERA_* numbers */
};

struct pvcam_loopback;

/*
 * Finds or makes the device, opens it as its writer and sets format, colorimetry and rate. On
 * failure why gets a sentence. -ENODEV no device and no way to make one; -EBUSY a reader holds it
 * in another format; -EINVAL it is no v4l2loopback.
 */
int pvcam_loopback_open(const struct pvcam_loopback_wish *wish, struct pvcam_loopback **ret,
	char *why, size_t why_bytes);

/* "/dev/video0". */
const char *pvcam_loopback_path(const struct pvcam_loopback *loopback);

/* A whole frame, tightly packed as pv_pixfmt_layout says; copied once, into the kernel's buffer. */
int pvcam_loopback_write(struct pvcam_loopback *loopback, const void *pixels, size_t size_bytes);

/* Closes, and removes the device if it was made here. -EBUSY: somebody has it open still, it
 * stays. Frees all in any case; takes NULL. */
int pvcam_loopback_close(struct pvcam_loopback *loopback);

#endif
