/* SPDX-License-Identifier: MIT */
/* One capture for the bridge, from opening a camera to closing it. The camera's own thread: all of
 * this may take seconds. */
#ifndef PVCAM_SHOT_H
#define PVCAM_SHOT_H

#include <stdbool.h>

#include "frontend/camera/feed.h"

/* Puts an open camera into the settings that serve wish (parts that are 0 are free) best.
 * ret_target: the wish made whole, as pvcam_choose_target does. */
int pvcam_shot_set_up(struct pvcam *camera, const struct pvcam_settings *wish,
	struct pvcam_settings *ret_target, struct pvcam_settings *ret_settings);

/*
 * Opens a camera and gives its frames, converted where they must be, to feed for as long as goes_on
 * answers true (0) or until it fails; feed gets a notice then. why: a sentence, where one says more
 * than pvcam_strerror; else untouched.
 */
int pvcam_shot_run(const char *name, struct pvcam_feed *feed, bool (*goes_on)(void *ctx), void *ctx,
	char *why, size_t why_bytes);

#endif
