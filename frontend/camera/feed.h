/* SPDX-License-Identifier: MIT */
/*
 * What a device of the bridge shows, always at its own rate: the camera's frames while they come,
 * the last one again where the next is late, a notice otherwise. Two threads: the camera's, which
 * has frames or the reason why not, and the main loop, which keeps the time.
 */
#ifndef PVCAM_FEED_H
#define PVCAM_FEED_H

#include <stdbool.h>
#include <stdint.h>

#include "frontend/camera/loopback.h"

struct pvcam_feed;

struct pvcam_feed_sum {
	uint64_t frames;  /* of the camera, each once */
	uint64_t repeats; /* of the last one */
	uint64_t notices;
};

/* settings: the device's. The loopback is only used, not owned. -ENOMEM. */
int pvcam_feed_create(struct pvcam_loopback *loopback, const struct pvcam_settings *settings,
	struct pvcam_feed **ret);
void pvcam_feed_destroy(struct pvcam_feed *feed); /* takes NULL */
/* The device's. */
const struct pvcam_settings *pvcam_feed_settings(const struct pvcam_feed *feed);

/* ---- the camera's thread ---- */

/* Frames will come at this rate. Near the device's own each is written as it comes; otherwise the
 * newest is written in the device's time. */
void pvcam_feed_begin(struct pvcam_feed *feed, uint32_t rate_numer, uint32_t rate_denom);
/* A frame as the device holds them; stays readable until the next one or a notice. */
void pvcam_feed_frame(struct pvcam_feed *feed, const void *pixels, uint64_t now_ns);
/* No frames (any more): these few words in capitals are shown. */
void pvcam_feed_notice(struct pvcam_feed *feed, const char *words);

/* ---- the main loop ---- */

/* Somebody reads from now on: writes at once, and from then on in time. */
void pvcam_feed_wake(struct pvcam_feed *feed, uint64_t now_ns);
/* Writes what is due. Answers when to call again at the latest (CLOCK_MONOTONIC). */
uint64_t pvcam_feed_tick(struct pvcam_feed *feed, uint64_t now_ns);
/* Nobody reads any more: writes a last notice, so that no picture is left for who comes. ret may
 * be NULL: what was shown since pvcam_feed_wake. */
void pvcam_feed_rest(struct pvcam_feed *feed, struct pvcam_feed_sum *ret);
/* The first error of writing; 0: none. */
int pvcam_feed_error(struct pvcam_feed *feed);

#endif
