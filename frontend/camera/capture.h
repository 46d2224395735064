/* SPDX-License-Identifier: MIT */
/*
 * One camera of the bridge on a thread of its own, where opening, starting and closing may take
 * their seconds: captures while somebody wants it, tries again for as long as it fails, and tells
 * a feed what there is to show. The functions below are for the main loop.
 */
#ifndef PVCAM_CAPTURE_H
#define PVCAM_CAPTURE_H

#include <stdbool.h>

#include "frontend/camera/feed.h"

struct pvcam_capture;

/*
 * Starts the thread. Until it knows what the camera's device should be (wish: parts that are 0 are
 * free), it looks at the camera. changed_fd, an eventfd, is told when it knows, or failed once.
 */
int pvcam_capture_create(const char *name, const struct pvcam_settings *wish, int changed_fd,
	struct pvcam_capture **ret);
/* Ends the thread; waits for what it does (some seconds, if a backend does not answer). Takes NULL.
 */
void pvcam_capture_destroy(struct pvcam_capture *capture);
/* Asks it to end, without waiting: so that several end together. */
void pvcam_capture_end(struct pvcam_capture *capture);

/* Whether the camera was seen; ret: what its device should be. */
bool pvcam_capture_target(struct pvcam_capture *capture, struct pvcam_settings *ret,
	struct pvcam_colorimetry *ret_colorimetry);
/* Whether it was seen, or tried for once. */
bool pvcam_capture_tried(struct pvcam_capture *capture);

/* Captures for feed from now on; NULL: not any more. feed stays used until the thread says so by
 * pvcam_capture_destroy. */
void pvcam_capture_want(struct pvcam_capture *capture, struct pvcam_feed *feed);

#endif
