/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "xenbus/reqring.h"

#define RING_LENGTH 32

static _Alignas(4096) unsigned char page[4096];

static void connect(xb_reqring_front_ring_t *front, xb_reqring_back_ring_t *back)
{
	memset(page, 0xff, sizeof(page));
	xb_reqring_front_init(front, page);
	xb_reqring_back_attach(back, page);
}

static struct xb_packet packet(unsigned number)
{
	struct xb_packet made;

	memset(&made, (int)(number * 7 + 1), sizeof(made));
	return made;
}

static void carries_packets_both_ways_over_many_rounds(void **state)
{
	xb_reqring_front_ring_t front;
	xb_reqring_back_ring_t back;
	struct xb_packet got;

	(void)state;
	connect(&front, &back);
	for (unsigned i = 0; i < 5 * RING_LENGTH; i++) {
		struct xb_packet request = packet(i), response = packet(i + 1000);

		assert_int_equal(xb_reqring_front_put(&front, &request), 0);
		xb_reqring_front_push(&front);
		assert_int_equal(xb_reqring_back_get(&back, &got), 0);
		assert_memory_equal(&got, &request, sizeof(got));
		xb_reqring_back_put(&back, &response);
		xb_reqring_back_push(&back);
		assert_int_equal(xb_reqring_front_get(&front, &got), 0);
		assert_memory_equal(&got, &response, sizeof(got));
	}
	assert_int_equal(xb_reqring_back_get(&back, &got), -EAGAIN);
	assert_int_equal(xb_reqring_front_get(&front, &got), -EAGAIN);
}

static void holds_32_requests_and_no_more(void **state)
{
	xb_reqring_front_ring_t front;
	xb_reqring_back_ring_t back;
	struct xb_packet request = packet(1), got;

	(void)state;
	connect(&front, &back);
	for (unsigned i = 0; i < RING_LENGTH; i++)
		assert_int_equal(xb_reqring_front_put(&front, &request), 0);
	assert_int_equal(xb_reqring_front_put(&front, &request), -EAGAIN);
	assert_int_equal(xb_reqring_back_get(&back, &got), -EAGAIN); /* not published yet */
	xb_reqring_front_push(&front);
	for (unsigned i = 0; i < RING_LENGTH; i++)
		assert_int_equal(xb_reqring_back_get(&back, &got), 0);
	assert_int_equal(xb_reqring_back_get(&back, &got), -EAGAIN);
}

/* Notifications are asked for by the side that has run dry, and only then. */
static void notifies_a_sleeper_and_not_a_worker(void **state)
{
	xb_reqring_front_ring_t front;
	xb_reqring_back_ring_t back;
	struct xb_packet request = packet(1), got;

	(void)state;
	connect(&front, &back);
	assert_int_equal(xb_reqring_back_get(&back, &got), -EAGAIN);
	xb_reqring_front_put(&front, &request);
	assert_true(xb_reqring_front_push(&front));
	xb_reqring_front_put(&front, &request);
	assert_false(xb_reqring_front_push(&front)); /* it has not run dry since */
	assert_int_equal(xb_reqring_back_get(&back, &got), 0);
	assert_int_equal(xb_reqring_back_get(&back, &got), 0);
	assert_int_equal(xb_reqring_back_get(&back, &got), -EAGAIN);
	xb_reqring_front_put(&front, &request);
	assert_true(xb_reqring_front_push(&front));
}

static void a_producer_too_far_ahead_is_refused(void **state)
{
	xb_reqring_front_ring_t front;
	xb_reqring_back_ring_t back;
	struct xb_packet got;
	xb_reqring_sring_t *shared = (xb_reqring_sring_t *)page;

	(void)state;
	connect(&front, &back);
	shared->req_prod = RING_LENGTH + 1;
	assert_int_equal(xb_reqring_back_get(&back, &got), -EPROTO);
	shared->req_prod = UINT32_MAX; /* "behind" */
	assert_int_equal(xb_reqring_back_get(&back, &got), -EPROTO);
	shared->req_prod = 0;
	assert_int_equal(xb_reqring_back_get(&back, &got), -EAGAIN);
}

static void more_answers_than_questions_are_refused(void **state)
{
	xb_reqring_front_ring_t front;
	xb_reqring_back_ring_t back;
	struct xb_packet request = packet(1), got;
	xb_reqring_sring_t *shared = (xb_reqring_sring_t *)page;

	(void)state;
	connect(&front, &back);
	shared->rsp_prod = 1;
	assert_int_equal(xb_reqring_front_get(&front, &got), -EPROTO);
	shared->rsp_prod = 0;
	xb_reqring_front_put(&front, &request);
	xb_reqring_front_push(&front);
	shared->rsp_prod = 2;
	assert_int_equal(xb_reqring_front_get(&front, &got), -EPROTO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(carries_packets_both_ways_over_many_rounds),
		cmocka_unit_test(holds_32_requests_and_no_more),
		cmocka_unit_test(notifies_a_sleeper_and_not_a_worker),
		cmocka_unit_test(a_producer_too_far_ahead_is_refused),
		cmocka_unit_test(more_answers_than_questions_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
