/* SPDX-License-Identifier: MIT */
#include "xenbus/evtpage.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include <xen/xen.h>
#include <xen/io/ring.h>
#include <xen/io/cameraif.h>

/* cameraif's and sndif's pages are the same but for the names. */
_Static_assert(XENCAMERA_IN_RING_LEN == XB_EVTPAGE_EVENTS, "events in a page");
_Static_assert(sizeof(struct xencamera_evt) == XB_EVENT_BYTES, "event size");
_Static_assert(offsetof(struct xencamera_event_page, reserved) + 55 == XB_EVTPAGE_BACK_LIFE_OFFSET,
	"life bytes");

static struct xencamera_event_page *header(const struct xb_evtpage *events)
{
	return events->page;
}

void xb_evtpage_front_init(struct xb_evtpage *events, void *page)
{
	memset(page, 0, XB_EVTPAGE_FRONT_LIFE_OFFSET);
	memset((char *)page + XENCAMERA_IN_RING_OFFS, 0, XENCAMERA_IN_RING_SIZE);
	events->page = page;
	events->index = 0;
}

int xb_evtpage_front_get(struct xb_evtpage *events, void *ret_event)
{
	uint32_t produced = __atomic_load_n(&header(events)->in_prod, __ATOMIC_ACQUIRE);

	if (produced == events->index)
		return -EAGAIN;
	if (produced - events->index > XB_EVTPAGE_EVENTS)
		return -EPROTO;
	memcpy(ret_event, &XENCAMERA_IN_RING_REF(events->page, events->index), XB_EVENT_BYTES);
	events->index++;
	__atomic_store_n(&header(events)->in_cons, events->index, __ATOMIC_RELEASE);
	return 0;
}

void xb_evtpage_back_attach(struct xb_evtpage *events, void *page)
{
	events->page = page;
	events->index = __atomic_load_n(&header(events)->in_prod, __ATOMIC_RELAXED);
}

uint32_t xb_evtpage_back_room(const struct xb_evtpage *events)
{
	uint32_t used = events->index - __atomic_load_n(&header(events)->in_cons, __ATOMIC_ACQUIRE);

	return used < XB_EVTPAGE_EVENTS ? XB_EVTPAGE_EVENTS - used : 0;
}

int xb_evtpage_back_put(struct xb_evtpage *events, const void *event)
{
	if (xb_evtpage_back_room(events) == 0)
		return -ENOSPC;
	memcpy(&XENCAMERA_IN_RING_REF(events->page, events->index), event, XB_EVENT_BYTES);
	events->index++;
	__atomic_store_n(&header(events)->in_prod, events->index, __ATOMIC_RELEASE);
	return 0;
}

void xb_evtpage_set_alive(void *page, unsigned life_offset, bool alive)
{
	__atomic_store_n((uint8_t *)page + life_offset, alive ? 1 : 0, __ATOMIC_SEQ_CST);
}

bool xb_evtpage_alive(const void *page, unsigned life_offset)
{
	return __atomic_load_n((const uint8_t *)page + life_offset, __ATOMIC_SEQ_CST) != 0;
}
