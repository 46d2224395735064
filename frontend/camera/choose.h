/* SPDX-License-Identifier: MIT */
/* Which format, size and rate a device of the bridge has, and which of the camera's settings serve
 * it best. Pure functions. */
#ifndef PVCAM_CHOOSE_H
#define PVCAM_CHOOSE_H

#include "common/pixfmt.h"
#include "frontend/camera/pvcam.h"

#define PVCAM_CHOOSE_FOURCC PV_FOURCC_YUYV /* what a device shows if nothing else is wished */

/*
 * What a device shows, from what the camera offers and what is wished (parts that are 0 are free):
 * PVCAM_CHOOSE_FOURCC, the largest size up to 1920x1080, the highest rate up to 30 that the size
 * has. Where all are above that, the smallest or slowest. -ENODEV: nothing is on offer.
 */
int pvcam_choose_target(const struct pvcam_settings *offered, unsigned count,
	const struct pvcam_settings *wish, struct pvcam_settings *ret);

/*
 * The settings to capture in for that: the target itself, or what is to be converted least: first
 * the size counts (rather larger than smaller), then the format, then the rate. -ENODEV.
 */
int pvcam_choose_capture(const struct pvcam_settings *offered, unsigned count,
	const struct pvcam_settings *target, struct pvcam_settings *ret);

#endif
