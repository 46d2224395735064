/* SPDX-License-Identifier: MIT */
/* What both ends of a device do when their event channels' descriptor is readable. */
#ifndef XB_NOTIFICATION_H
#define XB_NOTIFICATION_H

#include <xenevtchn.h>

/* Takes and unmasks one, whichever port it came through; the descriptor, which must not block,
 * stays readable while there are more. Without one, nothing happens. One thread a handle. */
void xb_take_notification(xenevtchn_handle *evtchn);

#endif
