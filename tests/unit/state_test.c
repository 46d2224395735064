/* SPDX-License-Identifier: MIT */
/*
 * The tables are tested by playing them against each other: whatever was left in xenstore, and
 * whoever moves first, a backend and a frontend that follow them meet in Connected.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "xenbus/state.h"

#define STEPS 64

/* What xenstore holds, and what each side knows of itself. */
struct play {
	enum xenbus_state back, front;
	enum xenbus_state front_own; /* Unknown until it has announced itself */
	unsigned sessions;
};

static void back_moves(struct play *play)
{
	switch (xb_state_back(play->back, play->front)) {
	case XB_BACK_PROBE:
		play->back = XenbusStateInitWait;
		break;
	case XB_BACK_CONNECT:
		play->back = XenbusStateConnected;
		play->sessions++;
		break;
	case XB_BACK_DISCONNECT:
		play->back = XenbusStateClosed;
		break;
	case XB_BACK_WAIT:
		break;
	}
}

/* False: the frontend gave up. */
static bool front_moves(struct play *play)
{
	switch (xb_state_front(play->front_own, play->back)) {
	case XB_FRONT_RESET:
		play->front_own = XenbusStateInitialising;
		break;
	case XB_FRONT_PUBLISH:
		play->front_own = XenbusStateInitialised;
		break;
	case XB_FRONT_CONNECTED:
		play->front_own = XenbusStateConnected;
		break;
	case XB_FRONT_WAIT:
		break;
	default:
		return false;
	}
	play->front = play->front_own;
	return true;
}

static bool met(const struct play *play)
{
	return play->back == XenbusStateConnected && play->front_own == XenbusStateConnected;
}

/* A restarted backend knows nothing of its own state. */
static void any_leftovers_and_any_order_meet(void **state)
{
	(void)state;
	for (int left = 0; left <= XenbusStateReconfigured; left++)
		for (uint32_t order = 0; order < 4096; order++) {
			struct play play = {.front = (enum xenbus_state)left};

			for (unsigned step = 0; step < STEPS && !met(&play); step++) {
				if (order >> (step % 12) & 1)
					back_moves(&play);
				else
					assert_true(front_moves(&play));
				/* However one-sided the order is, both get to move now and then. */
				if (step % 13 == 12) {
					back_moves(&play);
					assert_true(front_moves(&play));
				}
			}
			assert_true(met(&play));
			/* Only rings that somebody published before may be tried in vain. */
			assert_in_range(play.sessions, 1, left == XenbusStateInitialised ? 2 : 1);
		}
}

/* The frontend was killed: its state stays Connected. The next one must get in. */
static void a_killed_frontend_is_followed_by_a_new_one(void **state)
{
	struct play play = {.back = XenbusStateConnected, .front = XenbusStateConnected};

	(void)state;
	assert_int_equal(xb_state_back(play.back, play.front), XB_BACK_WAIT);
	play.back = XenbusStateClosed; /* its life byte fell */
	assert_int_equal(xb_state_back(play.back, play.front), XB_BACK_WAIT);
	for (unsigned step = 0; step < STEPS && !met(&play); step++) {
		assert_true(front_moves(&play));
		back_moves(&play);
	}
	assert_true(met(&play));
}

/* Linux's frontends see InitWait, drop their card, go to Initialising and come again. */
static void a_restarted_backend_waits_for_linux_to_come_again(void **state)
{
	(void)state;
	assert_int_equal(xb_state_back(XenbusStateUnknown, XenbusStateConnected), XB_BACK_PROBE);
	assert_int_equal(xb_state_back(XenbusStateInitWait, XenbusStateConnected), XB_BACK_WAIT);
	assert_int_equal(xb_state_back(XenbusStateInitWait, XenbusStateInitialising), XB_BACK_WAIT);
	assert_int_equal(
		xb_state_back(XenbusStateInitWait, XenbusStateInitialised), XB_BACK_CONNECT);
}

static void a_backend_that_leaves_is_a_loss(void **state)
{
	(void)state;
	for (int back = 0; back <= XenbusStateReconfigured; back++)
		assert_int_equal(xb_state_front(XenbusStateConnected, (enum xenbus_state)back),
			back == XenbusStateConnected ? XB_FRONT_WAIT : XB_FRONT_LOST);
	assert_int_equal(
		xb_state_front(XenbusStateInitialised, XenbusStateClosed), XB_FRONT_REFUSED);
}

static void numbers_of_strangers_count_as_unknown(void **state)
{
	static const int strange[] = {-1, 9, 255, INT32_MAX};

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		enum xenbus_state number = (enum xenbus_state)strange[i];

		assert_int_equal(xb_state_back(XenbusStateConnected, number), XB_BACK_DISCONNECT);
		assert_int_equal(xb_state_front(XenbusStateConnected, number), XB_FRONT_LOST);
		assert_string_equal(xb_state_name(number), "Unknown");
	}
	assert_string_equal(xb_state_name(XenbusStateInitWait), "InitWait");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_leftovers_and_any_order_meet),
		cmocka_unit_test(a_killed_frontend_is_followed_by_a_new_one),
		cmocka_unit_test(a_restarted_backend_waits_for_linux_to_come_again),
		cmocka_unit_test(a_backend_that_leaves_is_a_loss),
		cmocka_unit_test(numbers_of_strangers_count_as_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
