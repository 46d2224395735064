/* SPDX-License-Identifier: MIT */
#include "xenbus/link.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <xenevtchn.h>

#include "xenbus/notification.h"
#include "xenbus/quiet.h"

struct xb_link {
	struct xb_link_params params;
	xenevtchn_handle *evtchn;
	xengnttab_handle *gnttab;
	evtchn_port_t req_port; /* our ends */
	evtchn_port_t evt_port;
	struct xb_mapped req_page;
	struct xb_mapped evt_page;
	xb_reqring_back_ring_t requests;
	struct xb_evtpage events;
};

static int bind_port(struct xb_link *link, uint32_t remote_port, evtchn_port_t *ret)
{
	xenevtchn_port_or_error_t port =
		xenevtchn_bind_interdomain(link->evtchn, link->params.domid, remote_port);

	if (port < 0)
		return errno > 0 ? -errno : -EINVAL;
	*ret = (evtchn_port_t)port;
	return 0;
}

static int link_open(struct xb_link *link)
{
	const struct xb_link_params *params = &link->params;
	int error;

	link->evtchn = xenevtchn_open(xb_quiet(), 0);
	link->gnttab = xengnttab_open(xb_quiet(), 0);
	if (!link->evtchn || !link->gnttab)
		return errno > 0 ? -errno : -ENODEV;
	/* Readable does not mean that there is an event: somebody's death may wake us twice for
	 * one. */
	if (fcntl(xenevtchn_fd(link->evtchn), F_SETFL, O_NONBLOCK) < 0)
		return -errno;
	error = bind_port(link, params->req_port, &link->req_port);
	if (!error)
		error = bind_port(link, params->evt_port, &link->evt_port);
	if (!error)
		error = xb_map_page(
			link->gnttab, params->domid, params->req_ring_ref, &link->req_page);
	if (!error)
		error = xb_map_page_life(link->gnttab, params->domid, params->evt_ring_ref,
			link->evt_port, &link->evt_page);
	return error;
}

int xb_link_create(const struct xb_link_params *params, struct xb_link **ret)
{
	struct xb_link *link = calloc(1, sizeof(*link));
	int error;

	if (!link)
		return -ENOMEM;
	link->params = *params;
	error = link_open(link);
	if (!error && params->needs_life &&
		!xb_evtpage_alive(link->evt_page.start, XB_EVTPAGE_FRONT_LIFE_OFFSET))
		error = -ESTALE;
	if (error) {
		xb_link_destroy(link);
		return error;
	}
	xb_reqring_back_attach(&link->requests, link->req_page.start);
	xb_evtpage_back_attach(&link->events, link->evt_page.start);
	xb_evtpage_set_alive(link->evt_page.start, XB_EVTPAGE_BACK_LIFE_OFFSET, true);
	*ret = link;
	return 0;
}

void xb_link_destroy(struct xb_link *link)
{
	if (!link)
		return;
	/* Before the ports go: unmapping clears our life byte and notifies through one of them. */
	if (link->gnttab) {
		xb_unmap(link->gnttab, &link->evt_page);
		xb_unmap(link->gnttab, &link->req_page);
		xengnttab_close(link->gnttab);
	}
	if (link->evtchn)
		xenevtchn_close(link->evtchn);
	free(link);
}

xengnttab_handle *xb_link_gnttab(struct xb_link *link)
{
	return link->gnttab;
}

int xb_link_fd(const struct xb_link *link)
{
	return xenevtchn_fd(link->evtchn);
}

int xb_link_process(struct xb_link *link)
{
	xb_take_notification(link->evtchn);
	if (link->params.needs_life &&
		!xb_evtpage_alive(link->evt_page.start, XB_EVTPAGE_FRONT_LIFE_OFFSET))
		return -EPIPE;
	return 0;
}

int xb_link_request(struct xb_link *link, void *ret_request)
{
	return xb_reqring_back_get(&link->requests, ret_request);
}

void xb_link_respond(struct xb_link *link, const void *response)
{
	xb_reqring_back_put(&link->requests, response);
}

/* Whether or not it asked: Linux's sound driver does not listen while a stream is closed, and would
 * never ask again for an answer that came then, and with it for none that follows. */
void xb_link_flush(struct xb_link *link)
{
	xb_reqring_back_push(&link->requests);
	xenevtchn_notify(link->evtchn, link->req_port);
}

uint32_t xb_link_events_written(const struct xb_link *link)
{
	return link->events.index;
}

uint32_t xb_link_event_room(const struct xb_link *link)
{
	return xb_evtpage_back_room(&link->events);
}

int xb_link_put_event(struct xb_link *link, const void *event)
{
	return xb_evtpage_back_put(&link->events, event);
}

void xb_link_notify_events(struct xb_link *link)
{
	xenevtchn_notify(link->evtchn, link->evt_port);
}

int xb_link_event(struct xb_link *link, const void *event)
{
	int error = xb_link_put_event(link, event);

	if (!error)
		xb_link_notify_events(link);
	return error;
}
