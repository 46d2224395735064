/* SPDX-License-Identifier: MIT */
/*
 * The event page of cameraif and sndif: the backend writes, the frontend reads; 63 events of 64
 * bytes behind a header of 64. The header's last two bytes tell who lives (DESIGN.md, "Life
 * bytes"): the kernel clears a dead owner's and fires the event channel.
 * One thread a side. Notifying is the caller's.
 */
#ifndef XB_EVTPAGE_H
#define XB_EVTPAGE_H

#include <stdbool.h>
#include <stdint.h>

#define XB_EVENT_BYTES 64
#define XB_EVTPAGE_EVENTS 63
#define XB_EVTPAGE_FRONT_LIFE_OFFSET 62 /* reserved[54] */
#define XB_EVTPAGE_BACK_LIFE_OFFSET 63  /* reserved[55] */

struct xb_evtpage {
	void *page;
	uint32_t index; /* own side's counter: in_prod for the backend, in_cons for the frontend */
};

/* Frontend: clears the page (not the life bytes) and starts at 0. */
void xb_evtpage_front_init(struct xb_evtpage *events, void *page);
/* -EAGAIN: none; -EPROTO: the backend is more than a page ahead. Confirms what it took. */
int xb_evtpage_front_get(struct xb_evtpage *events, void *ret_event);

/* Backend: goes on from the page's in_prod, whatever it says. */
void xb_evtpage_back_attach(struct xb_evtpage *events, void *page);
/* How many events fit; 0 also when the guest lies about what it took. */
uint32_t xb_evtpage_back_room(const struct xb_evtpage *events);
/* -ENOSPC: the guest has not taken 63 events (or lies about it); nothing written. */
int xb_evtpage_back_put(struct xb_evtpage *events, const void *event);

/* Life bytes. Own side's is set once mapped or shared with notify; the other's is only looked at.
 */
void xb_evtpage_set_alive(void *page, unsigned life_offset, bool alive);
bool xb_evtpage_alive(const void *page, unsigned life_offset);

#endif
