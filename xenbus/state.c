/* SPDX-License-Identifier: MIT */
#include "xenbus/state.h"

#include <stdint.h>

#define STATES (XenbusStateReconfigured + 1)

/* Shorter names, so that the tables read as tables. */
#define Wait XB_BACK_WAIT
#define Prob XB_BACK_PROBE
#define Conn XB_BACK_CONNECT
#define Drop XB_BACK_DISCONNECT

/*
 * A frontend that is Connected while we wait has not seen our restart yet: wait for it. One that
 * was killed stays Connected while we are Closed: only a new one, which begins with Initialising,
 * opens the device again.
 */
static const uint8_t back_actions[STATES][STATES] = {
	/* frontend:   Unknown Initi'g InitW Initi'd Conn'd Closing Closed Reconf'g Reconf'd */
	[XenbusStateUnknown] = {Prob, Prob, Prob, Prob, Prob, Prob, Prob, Prob, Prob},
	[XenbusStateInitialising] = {Prob, Prob, Prob, Prob, Prob, Prob, Prob, Prob, Prob},
	[XenbusStateInitWait] = {Wait, Wait, Wait, Conn, Wait, Wait, Wait, Wait, Wait},
	[XenbusStateInitialised] = {Prob, Prob, Prob, Prob, Prob, Prob, Prob, Prob, Prob},
	[XenbusStateConnected] = {Drop, Drop, Drop, Wait, Wait, Drop, Drop, Drop, Drop},
	[XenbusStateClosing] = {Wait, Prob, Prob, Wait, Wait, Wait, Wait, Wait, Wait},
	[XenbusStateClosed] = {Wait, Prob, Prob, Wait, Wait, Wait, Wait, Wait, Wait},
	[XenbusStateReconfiguring] = {Prob, Prob, Prob, Prob, Prob, Prob, Prob, Prob, Prob},
	[XenbusStateReconfigured] = {Prob, Prob, Prob, Prob, Prob, Prob, Prob, Prob, Prob},
};

#undef Wait
#undef Prob
#undef Conn
#undef Drop

#define Wait XB_FRONT_WAIT
#define Rset XB_FRONT_RESET
#define Publ XB_FRONT_PUBLISH
#define Work XB_FRONT_CONNECTED
#define Lost XB_FRONT_LOST
#define Deny XB_FRONT_REFUSED

static const uint8_t front_actions[STATES][STATES] = {
	/* backend:     Unknown Initi'g InitW Initi'd Conn'd Closing Closed Reconf'g Reconf'd */
	[XenbusStateUnknown] = {Rset, Rset, Rset, Rset, Rset, Rset, Rset, Rset, Rset},
	[XenbusStateInitialising] = {Wait, Wait, Publ, Wait, Wait, Wait, Wait, Wait, Wait},
	[XenbusStateInitWait] = {Rset, Rset, Rset, Rset, Rset, Rset, Rset, Rset, Rset},
	[XenbusStateInitialised] = {Deny, Wait, Wait, Wait, Work, Deny, Deny, Wait, Wait},
	[XenbusStateConnected] = {Lost, Lost, Lost, Lost, Wait, Lost, Lost, Lost, Lost},
	[XenbusStateClosing] = {Rset, Rset, Rset, Rset, Wait, Rset, Rset, Rset, Rset},
	[XenbusStateClosed] = {Rset, Rset, Rset, Rset, Rset, Rset, Rset, Rset, Rset},
	[XenbusStateReconfiguring] = {Rset, Rset, Rset, Rset, Rset, Rset, Rset, Rset, Rset},
	[XenbusStateReconfigured] = {Rset, Rset, Rset, Rset, Rset, Rset, Rset, Rset, Rset},
};

static unsigned known(enum xenbus_state state)
{
	return (unsigned)state < STATES ? (unsigned)state : XenbusStateUnknown;
}

enum xb_back_action xb_state_back(enum xenbus_state back, enum xenbus_state front)
{
	return (enum xb_back_action)back_actions[known(back)][known(front)];
}

enum xb_front_action xb_state_front(enum xenbus_state front, enum xenbus_state back)
{
	return (enum xb_front_action)front_actions[known(front)][known(back)];
}

const char *xb_state_name(enum xenbus_state state)
{
	static const char *const names[STATES] = {
		[XenbusStateUnknown] = "Unknown",
		[XenbusStateInitialising] = "Initialising",
		[XenbusStateInitWait] = "InitWait",
		[XenbusStateInitialised] = "Initialised",
		[XenbusStateConnected] = "Connected",
		[XenbusStateClosing] = "Closing",
		[XenbusStateClosed] = "Closed",
		[XenbusStateReconfiguring] = "Reconfiguring",
		[XenbusStateReconfigured] = "Reconfigured",
	};

	return names[known(state)];
}
