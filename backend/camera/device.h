/* SPDX-License-Identifier: MIT */
/*
 * pvcamd's cameras and the guests' devices on them: ties xenbus to sources and sessions. Main
 * thread only.
 */
#ifndef VCAM_DEVICE_H
#define VCAM_DEVICE_H

#include <ev.h>
#include <jansson.h>
#include <stddef.h>

#include "backend/camera/config.h"
#include "xenbus/store.h"

struct vcam_devices;

/*
 * Opens every source of config (which must outlive it) and serves the devices that xenstore has
 * and gets. Sessions that end by themselves are dealt with through loop. error gets one sentence.
 */
int vcam_devices_create(struct ev_loop *loop, struct xb_store *store,
	const struct vcam_config *config, struct vcam_devices **ret, char *error,
	size_t error_bytes);

/* Ends all sessions, tells the frontends, closes the sources. Waits at most 2 seconds for sessions
 * that a guest holds up; -EBUSY when one of them still runs (its memory is then left alone). */
int vcam_devices_destroy(struct vcam_devices *devices);

/* {"sources": […], "sessions": […]}, see pvctl(8). New reference. */
json_t *vcam_devices_stat(struct vcam_devices *devices);

#endif
