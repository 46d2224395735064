/* SPDX-License-Identifier: MIT */
/*
 * pvsndd's sound devices and the guests' devices on them: ties xenbus to cards and sessions. Main
 * thread only.
 */
#ifndef VSND_DEVICE_H
#define VSND_DEVICE_H

#include <ev.h>
#include <jansson.h>
#include <stddef.h>

#include "backend/sound/config.h"
#include "xenbus/store.h"

struct vsnd_devices;

/*
 * Makes a card of each [device] of config (which must outlive it) and serves the devices that
 * xenstore has and gets. Sessions that end by themselves are dealt with through loop. error gets
 * one sentence.
 */
int vsnd_devices_create(struct ev_loop *loop, struct xb_store *store,
	const struct vsnd_config *config, struct vsnd_devices **ret, char *error,
	size_t error_bytes);

/* Ends all sessions, tells the frontends, closes the cards. Waits at most 2 seconds for sessions
 * that a guest holds up; -EBUSY when one of them still runs (its memory is then left alone). */
int vsnd_devices_destroy(struct vsnd_devices *devices);

/* {"devices": […], "streams": […]}, see pvctl(8). New reference. */
json_t *vsnd_devices_stat(struct vsnd_devices *devices);

/*
 * {"volume": {"guest", "device", "mdb" or "step_mdb"}} and {"mute": {"guest", "device", "on"}}:
 * for every stream of that guest (name or id), or of its device with that number, or its streams
 * with that unique-id; device may be missing. dom0's own, beside the guest's: kept as long as the
 * device is attached. Bounded. Answers {"streams": […]} as in the stat, or
 * {"error": …}. New reference.
 */
json_t *vsnd_devices_volume(struct vsnd_devices *devices, const json_t *request);
json_t *vsnd_devices_mute(struct vsnd_devices *devices, const json_t *request);

#endif
