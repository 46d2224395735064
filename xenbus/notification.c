/* SPDX-License-Identifier: MIT */
#include "xenbus/notification.h"

void xb_take_notification(xenevtchn_handle *evtchn)
{
	xenevtchn_port_or_error_t port = xenevtchn_pending(evtchn);

	if (port >= 0)
		xenevtchn_unmask(evtchn, (evtchn_port_t)port);
}
