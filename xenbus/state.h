/* SPDX-License-Identifier: MIT */
/*
 * The connection state machine of a split device, as data: for each pair of states (backend's,
 * frontend's) what a side does. Source: <xen/io/xenbus.h>, the diagrams of cameraif.h and sndif.h,
 * and what Linux's frontends really do (they leave by Initialising, not by Closed).
 * Pure functions.
 */
#ifndef XB_STATE_H
#define XB_STATE_H

#include <xen/io/xenbus.h>

enum xb_back_action {
	XB_BACK_WAIT,       /* nothing to do until a state changes */
	XB_BACK_PROBE,      /* check the device, publish what it offers, go to InitWait */
	XB_BACK_CONNECT,    /* map rings, bind ports, go to Connected */
	XB_BACK_DISCONNECT, /* drop the session, go to Closed; look again */
};

enum xb_front_action {
	XB_FRONT_WAIT,
	XB_FRONT_RESET,     /* announce Initialising, so that the backend starts over */
	XB_FRONT_PUBLISH,   /* share rings and ports, go to Initialised */
	XB_FRONT_CONNECTED, /* go to Connected: the device works */
	XB_FRONT_LOST,      /* the backend left a working device */
	XB_FRONT_REFUSED,   /* the backend closed before it ever connected */
};

/* states out of xenstore are numbers of a stranger: anything unknown counts as Unknown. */
enum xb_back_action xb_state_back(enum xenbus_state back, enum xenbus_state front);
enum xb_front_action xb_state_front(enum xenbus_state front, enum xenbus_state back);

/* "Connected", …; "Unknown" for anything else. */
const char *xb_state_name(enum xenbus_state state);

#endif
