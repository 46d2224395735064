/* SPDX-License-Identifier: MIT */
/* As much as a guest can do, as fast as it can: requests, notifications, control changes. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <xen/errno.h>

#include "tests/hostile/raw_camera.h"

#define STORM_MS 2500

static struct raw raw;
static atomic_bool storming;

static int reconnect(void **state)
{
	(void)state;
	return raw_connect(&raw) ? 0 : -1;
}

/* Keeps the ring full; answers are counted by their ids. */
static void requests_at_full_speed(void **state)
{
	uint64_t until_ms = raw_now_ms() + STORM_MS;
	RING_IDX answered = raw.link.ring.rsp_cons;

	(void)state;
	while (raw_now_ms() < until_ms) {
		RING_IDX ready = __atomic_load_n(&raw.link.ring.sring->rsp_prod, __ATOMIC_ACQUIRE);

		for (; answered != ready; answered++)
			assert_int_equal(RING_GET_RESPONSE(&raw.link.ring, answered)->id,
				(uint16_t)answered);
		while (raw.link.ring.req_prod_pvt - answered < 32) {
			struct xencamera_req request = {.id = (uint16_t)raw.link.ring.req_prod_pvt,
				.operation = (uint8_t)(raw.link.ring.req_prod_pvt % 17)};

			raw_send(&raw, &request);
		}
	}
	assert_true(answered > 1000);
}

/* Everybody who looks through this camera is told of each change. */
static void controls_at_full_speed(void **state)
{
	uint64_t until_ms = raw_now_ms() + STORM_MS;
	RING_IDX answered = raw.link.ring.rsp_cons;

	(void)state;
	while (raw_now_ms() < until_ms) {
		answered = __atomic_load_n(&raw.link.ring.sring->rsp_prod, __ATOMIC_ACQUIRE);
		while (raw.link.ring.req_prod_pvt - answered < 32) {
			RING_IDX next = raw.link.ring.req_prod_pvt;
			struct xencamera_req request = {.operation = XENCAMERA_OP_CTRL_SET,
				.req.ctrl_value = {.type = next & 3, .value = next >> 2 & 1}};

			raw_send(&raw, &request);
		}
	}
	assert_true(answered > 1000);
}

static void *notify(void *ctx)
{
	(void)ctx;
	while (atomic_load(&storming)) {
		xenevtchn_notify(raw.evtchn, raw.link.req_port);
		xenevtchn_notify(raw.evtchn, raw.link.evt_port);
	}
	return NULL;
}

static void notifications_at_full_speed(void **state)
{
	uint64_t until_ms = raw_now_ms() + STORM_MS;
	pthread_t threads[2];

	(void)state;
	atomic_store(&storming, true);
	for (int i = 0; i < 2; i++)
		pthread_create(&threads[i], NULL, notify, NULL);
	while (raw_now_ms() < until_ms)
		assert_int_equal(raw_op(&raw, XENCAMERA_OP_CONFIG_GET), 0);
	/* In the middle of it the device goes, and its session must, too: run looks for that. */
	raw_state(&raw, XenbusStateInitialising);
	assert_true(raw_wait_backend(&raw, XenbusStateInitWait, RAW_TIMEOUT_MS));
	raw_sleep_ms(300);
	atomic_store(&storming, false);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
}

/* Connecting and leaving as fast as the backend follows. */
static void connections_at_full_speed(void **state)
{
	uint64_t until_ms = raw_now_ms() + STORM_MS;

	(void)state;
	while (raw_now_ms() < until_ms)
		assert_true(raw_connect(&raw));
	assert_int_equal(raw_op(&raw, XENCAMERA_OP_CONFIG_GET), 0);
}

/* The state node written without end, and without waiting for anything. */
static void states_at_full_speed(void **state)
{
	uint64_t until_ms = raw_now_ms() + STORM_MS;

	(void)state;
	for (unsigned i = 0; raw_now_ms() < until_ms; i++)
		raw_state(&raw, i & 1 ? XenbusStateInitialising : XenbusStateInitialised);
	assert_true(raw_connect(&raw));
}

static void ports_closed_on_one_side(void **state)
{
	(void)state;
	xenevtchn_unbind(raw.evtchn, raw.link.evt_port);
	raw.link.evt_port = 0;
	assert_int_equal(raw_op(&raw, XENCAMERA_OP_CONFIG_GET), 0);
	assert_int_equal(raw_buffers(&raw, 1), 0);
	raw_op(&raw, XENCAMERA_OP_STREAM_START);
	raw_sleep_ms(100);
	xenevtchn_unbind(raw.evtchn, raw.link.req_port);
	raw.link.req_port = 0;
	raw_sleep_ms(100);
	assert_true(raw_connect(&raw));
	assert_int_equal(raw_op(&raw, XENCAMERA_OP_CONFIG_GET), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(requests_at_full_speed, reconnect),
		cmocka_unit_test_setup(controls_at_full_speed, reconnect),
		cmocka_unit_test_setup(notifications_at_full_speed, reconnect),
		cmocka_unit_test_setup(connections_at_full_speed, reconnect),
		cmocka_unit_test_setup(states_at_full_speed, reconnect),
		cmocka_unit_test_setup(ports_closed_on_one_side, reconnect),
	};
	int failed;

	raw_open(&raw, RAW_CAMERA);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	raw_state(&raw, XenbusStateClosing);
	raw_close(&raw);
	return failed != 0;
}
