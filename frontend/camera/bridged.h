/* SPDX-License-Identifier: MIT */
/* One camera of the bridge and its device: who reads, and what follows from that. Main loop only.
 */
#ifndef PVCAM_BRIDGED_H
#define PVCAM_BRIDGED_H

#include <ev.h>

#include "frontend/camera/bridge_options.h"
#include "frontend/camera/capture.h"
#include "frontend/camera/feed.h"
#include "frontend/camera/readers.h"

struct pvcam_bridged {
	struct pvcam_bridged *next;
	struct pvcam_bridge_entry entry;
	struct ev_loop *loop;
	void (*failed)(void *ctx); /* the device takes no frames any more; said why */
	void *ctx;
	struct pvcam_capture *capture;
	struct pvcam_loopback *loopback; /* this and what follows: NULL until the camera was seen */
	struct pvcam_feed *feed;
	struct pvcam_readers *readers;
	ev_io opened;
	ev_timer look;      /* at who reads, for a while after each event */
	ev_timer tick;      /* while somebody reads */
	ev_tstamp event_at; /* of the last event */
	ev_tstamp read_at;  /* until then there were readers */
	bool has_readers;   /* at the last look */
	bool read;          /* somebody does, or did a moment ago */
};

/* Begins to look for the camera; see pvcam_capture_create about changed_fd. */
int pvcam_bridged_create(struct ev_loop *loop, const struct pvcam_bridge_entry *entry,
	int changed_fd, void (*failed)(void *ctx), void *ctx, struct pvcam_bridged **ret);
/* Closes the device, and removes it if it was made here. */
void pvcam_bridged_destroy(struct pvcam_bridged *bridged);

/* Makes the device when the camera was seen. On failure why gets a sentence. */
int pvcam_bridged_look(struct pvcam_bridged *bridged, char *why, size_t why_bytes);

#endif
