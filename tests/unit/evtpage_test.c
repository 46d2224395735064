/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "xenbus/evtpage.h"

static _Alignas(4096) unsigned char page[4096];

struct event {
	unsigned char bytes[XB_EVENT_BYTES];
};

static struct event event(unsigned number)
{
	struct event made;

	memset(&made, (int)(number * 11 + 3), sizeof(made));
	return made;
}

static void connect(struct xb_evtpage *front, struct xb_evtpage *back)
{
	memset(page, 0xff, sizeof(page));
	xb_evtpage_front_init(front, page);
	xb_evtpage_back_attach(back, page);
}

static void carries_events_over_many_rounds(void **state)
{
	struct xb_evtpage front, back;
	struct event got;

	(void)state;
	connect(&front, &back);
	for (unsigned i = 0; i < 3 * XB_EVTPAGE_EVENTS; i++) {
		struct event sent = event(i);

		assert_int_equal(xb_evtpage_back_put(&back, &sent), 0);
		assert_int_equal(xb_evtpage_front_get(&front, &got), 0);
		assert_memory_equal(&got, &sent, sizeof(got));
		assert_int_equal(xb_evtpage_front_get(&front, &got), -EAGAIN);
	}
}

static void holds_63_events_and_no_more(void **state)
{
	struct xb_evtpage front, back;
	struct event sent = event(1), got;

	(void)state;
	connect(&front, &back);
	for (unsigned i = 0; i < XB_EVTPAGE_EVENTS; i++)
		assert_int_equal(xb_evtpage_back_put(&back, &sent), 0);
	assert_int_equal(xb_evtpage_back_put(&back, &sent), -ENOSPC);
	assert_int_equal(xb_evtpage_front_get(&front, &got), 0);
	assert_int_equal(xb_evtpage_back_put(&back, &sent), 0);
	assert_int_equal(xb_evtpage_back_put(&back, &sent), -ENOSPC);
}

static void lies_about_counters_do_no_harm(void **state)
{
	struct xb_evtpage front, back;
	struct event sent = event(1), got;
	uint32_t *in_cons = (uint32_t *)page, *in_prod = in_cons + 1;

	(void)state;
	connect(&front, &back);
	*in_cons = 1; /* more taken than given */
	assert_int_equal(xb_evtpage_back_put(&back, &sent), -ENOSPC);
	*in_cons = UINT32_MAX / 2;
	assert_int_equal(xb_evtpage_back_put(&back, &sent), -ENOSPC);
	*in_prod = XB_EVTPAGE_EVENTS + 1;
	assert_int_equal(xb_evtpage_front_get(&front, &got), -EPROTO);
}

/* The backend keeps its own count: a guest that rewrites in_prod moves nothing. */
static void a_rewritten_in_prod_is_not_believed(void **state)
{
	struct xb_evtpage front, back;
	struct event sent = event(5), got;
	uint32_t *in_prod = (uint32_t *)page + 1;

	(void)state;
	connect(&front, &back);
	*in_prod = 40;
	assert_int_equal(xb_evtpage_back_put(&back, &sent), 0);
	assert_int_equal(*in_prod, 1);
	assert_int_equal(xb_evtpage_front_get(&front, &got), 0);
	assert_memory_equal(&got, &sent, sizeof(got));
}

static void life_bytes_are_the_last_of_the_header(void **state)
{
	struct xb_evtpage front, back;

	(void)state;
	connect(&front, &back);
	page[62] = page[63] = 0;
	xb_evtpage_set_alive(page, XB_EVTPAGE_FRONT_LIFE_OFFSET, true);
	assert_int_equal(page[62], 1);
	assert_false(xb_evtpage_alive(page, XB_EVTPAGE_BACK_LIFE_OFFSET));
	xb_evtpage_set_alive(page, XB_EVTPAGE_BACK_LIFE_OFFSET, true);
	assert_int_equal(page[63], 1);
	xb_evtpage_front_init(&front, page); /* keeps them */
	assert_true(xb_evtpage_alive(page, XB_EVTPAGE_FRONT_LIFE_OFFSET));
	assert_true(xb_evtpage_alive(page, XB_EVTPAGE_BACK_LIFE_OFFSET));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(carries_events_over_many_rounds),
		cmocka_unit_test(holds_63_events_and_no_more),
		cmocka_unit_test(lies_about_counters_do_no_harm),
		cmocka_unit_test(a_rewritten_in_prod_is_not_believed),
		cmocka_unit_test(life_bytes_are_the_last_of_the_header),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
