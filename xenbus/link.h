/* SPDX-License-Identifier: MIT */
/*
 * The backend's end of one connected ring pair: request ring and event page mapped, both ports
 * bound on an event-channel handle of its own. Made on the main thread, then owned by one session
 * thread.
 */
#ifndef XB_LINK_H
#define XB_LINK_H

#include <stdbool.h>
#include <stdint.h>

#include "xenbus/evtpage.h"
#include "xenbus/grant.h"
#include "xenbus/reqring.h"

struct xb_link;

/* What the frontend published. Strangers' numbers: any value is safe to try. */
struct xb_link_params {
	uint32_t domid;
	uint32_t req_ring_ref;
	uint32_t req_port;
	uint32_t evt_ring_ref;
	uint32_t evt_port;
	bool needs_life; /* a user-space frontend: refuse it when its life byte is 0 */
};

/* -ESTALE: needs_life and the frontend is dead; -EINVAL and others: a reference or port that the
 * guest did not give us. */
int xb_link_create(const struct xb_link_params *params, struct xb_link **ret);
/* Clears our life byte, notifies, unmaps, closes. Takes NULL. */
void xb_link_destroy(struct xb_link *link);

xengnttab_handle *xb_link_gnttab(struct xb_link *link);

/* Readable when xb_link_process has work. */
int xb_link_fd(const struct xb_link *link);
/* When the descriptor is readable: takes and unmasks a notification; it stays readable while there
 * are more. -EPIPE: the frontend's life byte fell. */
int xb_link_process(struct xb_link *link);

/* -EAGAIN none; -EPROTO the guest broke the ring. */
int xb_link_request(struct xb_link *link, void *ret_request);
/* Queues the answer; xb_link_flush makes it visible and notifies. */
void xb_link_respond(struct xb_link *link, const void *response);
void xb_link_flush(struct xb_link *link);
/* How many events were written since the frontend made the page, by backends before this one,
 * too, as the page tells. */
uint32_t xb_link_events_written(const struct xb_link *link);
/* How many events fit now, 0..63. */
uint32_t xb_link_event_room(const struct xb_link *link);
/* Writes an event and notifies. -ENOSPC: the guest takes no events. */
int xb_link_event(struct xb_link *link, const void *event);
/* The same in two, for several events: each notification interrupts the guest. */
int xb_link_put_event(struct xb_link *link, const void *event);
void xb_link_notify_events(struct xb_link *link);

#endif
