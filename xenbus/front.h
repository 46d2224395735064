/* SPDX-License-Identifier: MIT */
/*
 * A frontend's connection to its backend: finds devices of a class, takes one for this process,
 * shares a request ring and an event page, follows the states. For user-space frontends (classes
 * pvcam, pvsnd). One thread an object; no thread of its own (libxenstore has one for watches).
 */
#ifndef XB_FRONT_H
#define XB_FRONT_H

#include <stdbool.h>
#include <stdint.h>

#include "xenbus/evtpage.h"
#include "xenbus/grant.h"
#include "xenbus/reqring.h"
#include "xenbus/store.h"

/* Calls each with the number of every device of this class that this domain has, ascending, until
 * it answers non-zero, which is returned. */
int xb_front_list(struct xb_store *store, const char *device_class,
	int (*each)(uint32_t device, void *ctx), void *ctx);

/* Does a process of this domain have the device at this moment? false, too, for who may not open
 * /dev/xen/gntalloc. */
bool xb_front_is_claimed(const char *device_class, uint32_t device);

struct xb_front;

/* What one ring pair is called in the frontend's directory. */
struct xb_front_names {
	const char *req_ring_ref;
	const char *req_event_channel;
	const char *evt_ring_ref;
	const char *evt_event_channel;
};

/*
 * Takes device `device` for this process and connects it: waits for the backend's InitWait,
 * publishes in one transaction, waits for Connected, all within timeout_ms. Processes see each
 * other in whatever namespace they are, if their /dev/xen/gntalloc is the same node. -ENODEV no
 * such device, -EBUSY another process of this domain has it, -ETIMEDOUT no backend serves it,
 * -ECONNREFUSED the backend refused it again and again, -ENOSPC gntalloc's limit. The store stays
 * the caller's and must outlive the object.
 */
int xb_front_connect(struct xb_store *store, const char *device_class, uint32_t device,
	const struct xb_front_names *names, int timeout_ms, struct xb_front **ret);

/* Says goodbye (Closing, then Initialising) without waiting for long, frees all. Takes NULL. */
void xb_front_close(struct xb_front *front);

/* The frontend's own directory ("device/pvcam/0"), for reading configuration. */
const char *xb_front_path(const struct xb_front *front);
uint32_t xb_front_backend_domid(const struct xb_front *front);
xengntshr_handle *xb_front_gntshr(struct xb_front *front);

/* One descriptor for everything: readable when xb_front_process has work. */
int xb_front_fd(const struct xb_front *front);

/*
 * Waits up to timeout_ms until the descriptor is readable or a signal comes (0: does not wait; -1:
 * as long as it takes). Then takes a notification and store changes; the descriptor stays readable
 * while there are more. -EPIPE from the moment the backend is gone (its life byte fell, its state
 * left Connected, or the store died); the device must then be closed. Afterwards look at responses
 * and events.
 */
int xb_front_process(struct xb_front *front, int timeout_ms);

/* Sends a request (64 bytes) and notifies if due. -EAGAIN ring full. */
int xb_front_send(struct xb_front *front, const void *request);
/* -EAGAIN none; -EPROTO the backend broke the ring. */
int xb_front_response(struct xb_front *front, void *ret_response);
int xb_front_event(struct xb_front *front, void *ret_event);

#endif
