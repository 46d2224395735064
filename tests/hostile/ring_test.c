/* SPDX-License-Identifier: MIT */
/* Rings and event pages whose indices lie. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "tests/hostile/raw_camera.h"

#define PAGES 38

static struct raw raw;
static struct raw_pages frame, directory;

static int reconnect(void **state)
{
	(void)state;
	return raw_connect(&raw) ? 0 : -1;
}

static void set_producer(RING_IDX producer)
{
	__atomic_store_n(&raw.link.ring.sring->req_prod, producer, __ATOMIC_RELEASE);
	raw_notify(&raw);
}

/* Each of these closes the device, and only that. */
static void broken_producer(uint32_t ahead)
{
	assert_int_equal(raw_op(&raw, XENCAMERA_OP_CONFIG_GET), 0);
	set_producer(raw.link.ring.req_prod_pvt + ahead);
	assert_true(raw_wait_backend(&raw, XenbusStateClosed, RAW_TIMEOUT_MS));
}

static void producer_one_too_far(void **state)
{
	(void)state;
	broken_producer(33);
}

static void producer_half_the_numbers_ahead(void **state)
{
	(void)state;
	broken_producer(0x80000000u);
}

static void producer_backwards(void **state)
{
	(void)state;
	broken_producer((uint32_t)-1);
}

static atomic_bool racing;

static void *race_producer(void *ctx)
{
	RING_IDX real = *(RING_IDX *)ctx;

	for (unsigned i = 0; atomic_load(&racing); i++)
		__atomic_store_n(&raw.link.ring.sring->req_prod,
			i & 1 ? real + (i & 31) : real + i * 7919, __ATOMIC_RELEASE);
	return NULL;
}

static void producer_raced(void **state)
{
	RING_IDX real = raw.link.ring.req_prod_pvt;
	pthread_t racer;

	(void)state;
	atomic_store(&racing, true);
	pthread_create(&racer, NULL, race_producer, &real);
	for (int i = 0; i < 1000 && raw_backend_state(&raw) == XenbusStateConnected; i++)
		raw_notify(&raw);
	atomic_store(&racing, false);
	pthread_join(racer, NULL);
	set_producer(real + 1000);
	assert_true(raw_wait_backend(&raw, XenbusStateClosed, RAW_TIMEOUT_MS));
}

/* What the backend wrote is not what it goes by. */
static void its_own_indices_rewritten(void **state)
{
	(void)state;
	raw_op(&raw, XENCAMERA_OP_CONFIG_GET);
	__atomic_store_n(&raw.link.ring.sring->rsp_prod, 0x12345678, __ATOMIC_RELEASE);
	raw.link.ring.sring->req_event = 0xfffffff0;
	raw.link.ring.sring->rsp_event = 0x7fffffff;
	raw_send(&raw, &(struct xencamera_req){.operation = XENCAMERA_OP_CONFIG_GET});
	for (int i = 0;
		i < RAW_TIMEOUT_MS && raw.link.ring.sring->rsp_prod != raw.link.ring.req_prod_pvt;
		i++)
		raw_sleep_ms(1);
	assert_int_equal(raw.link.ring.sring->rsp_prod, raw.link.ring.req_prod_pvt);
}

/* 32 at once is what a ring holds: all are answered, in order. */
static void a_full_ring_is_answered(void **state)
{
	struct xencamera_resp response;

	(void)state;
	for (uint16_t i = 0; i < 32; i++) {
		*RING_GET_REQUEST(&raw.link.ring, raw.link.ring.req_prod_pvt + i) =
			(struct raw_request){.id = i, .operation = 0xee};
	}
	raw.link.ring.req_prod_pvt += 32;
	set_producer(raw.link.ring.req_prod_pvt);
	for (uint16_t i = 0; i < 32; i++) {
		assert_true(raw_response(&raw, &response, RAW_TIMEOUT_MS));
		assert_int_equal(response.id, i);
	}
}

/* ---- the event page ---- */

static void start_streaming(void)
{
	assert_int_equal(raw_config(&raw, XENCAMERA_OP_CONFIG_SET, "YUYV", 320, 240), 0);
	assert_int_equal(raw_buffers(&raw, 1), 0);
	assert_int_equal(raw_create(&raw, 0, directory.refs[0]), 0);
	assert_int_equal(raw_index(&raw, XENCAMERA_OP_BUF_QUEUE, 0), 0);
	assert_int_equal(raw_op(&raw, XENCAMERA_OP_STREAM_START), 0);
}

static uint32_t produced(void)
{
	return __atomic_load_n(&raw.link.evt_page->in_prod, __ATOMIC_ACQUIRE);
}

static void consumed(uint32_t count)
{
	__atomic_store_n(&raw.link.evt_page->in_cons, count, __ATOMIC_RELEASE);
}

/* Gives the buffer back as often as it is filled, for so long; the events stay where they are. */
static void take_frames(unsigned ms)
{
	uint64_t until_ms = raw_now_ms() + ms;

	while (raw_now_ms() < until_ms) {
		if (raw_index(&raw, XENCAMERA_OP_BUF_DEQUEUE, 0) == 0)
			assert_int_equal(raw_index(&raw, XENCAMERA_OP_BUF_QUEUE, 0), 0);
		raw_sleep_ms(5);
	}
}

static void events_are_never_taken(void **state)
{
	(void)state;
	start_streaming();
	take_frames(2700); /* 63 events take 2.1 s at 30 frames a second */
	assert_int_equal(produced(), 63);
	assert_int_equal(raw_op(&raw, XENCAMERA_OP_CONFIG_GET), 0);
	consumed(63);
	take_frames(300);
	assert_true(produced() > 63);
}

static void consumer_lies(void **state)
{
	static const uint32_t lies[] = {1, 1000, 0x80000000u, (uint32_t)-64};
	uint32_t before;

	(void)state;
	start_streaming();
	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		consumed(produced() + lies[i]);
		raw_sleep_ms(50); /* one that was on its way */
		before = produced();
		take_frames(150);
		assert_int_equal(produced(), before);
	}
	consumed(produced());
	before = produced();
	take_frames(300);
	assert_true(produced() > before);
}

static void its_own_events_rewritten(void **state)
{
	struct raw_event_head *page = raw.link.evt_page;

	(void)state;
	start_streaming();
	take_frames(200);
	__atomic_store_n(&page->in_prod, 0xdeadbeef, __ATOMIC_RELEASE);
	take_frames(300);
	assert_true(produced() < 1000);
	assert_int_equal(raw_op(&raw, XENCAMERA_OP_CONFIG_GET), 0);
}

/* The backend goes on from in_prod, whatever a page says that was published with it. */
static void a_page_that_begins_anywhere(void **state)
{
	struct raw_event_head *page;

	(void)state;
	assert_true(raw_start_over(&raw));
	raw_unshare(&raw);
	raw_share(&raw);
	page = raw.link.evt_page;
	page->in_prod = page->in_cons = 0xfffffff0;
	raw_publish(&raw);
	raw_state(&raw, XenbusStateInitialised);
	assert_true(raw_wait_backend(&raw, XenbusStateConnected, RAW_TIMEOUT_MS));
	raw_state(&raw, XenbusStateConnected);
	start_streaming();
	take_frames(1000);
	assert_true(produced() - 0xfffffff0 > 16);
}

/* Events and requests in one page: the guest harms itself alone. */
static void one_page_for_both(void **state)
{
	(void)state;
	assert_true(raw_start_over(&raw));
	raw_unshare(&raw);
	raw_share(&raw);
	((uint8_t *)raw.link.req_page)[RAW_FRONT_LIFE] = 1;
	raw_publish(&raw);
	raw_write(&raw, XENCAMERA_FIELD_EVT_RING_REF, "%u", raw.link.req_ref);
	raw_state(&raw, XenbusStateInitialised);
	raw_wait_backend(&raw, XenbusStateConnected, RAW_TIMEOUT_MS);
	for (int i = 0; i < 32; i++)
		raw_send(&raw, &(struct xencamera_req){.operation = (uint8_t)(i & 15)});
	raw_sleep_ms(100);
}

/* Frames into the pages of the rings themselves. */
static void rings_as_a_buffer(void **state)
{
	uint32_t refs[PAGES];

	(void)state;
	for (int i = 0; i < PAGES; i++)
		refs[i] = i & 1 ? raw.link.req_ref : raw.link.evt_ref;
	raw_directory(&directory, refs, PAGES, 0);
	assert_int_equal(raw_buffers(&raw, 1), 0);
	if (raw_create(&raw, 0, directory.refs[0]) == 0) {
		raw_index(&raw, XENCAMERA_OP_BUF_QUEUE, 0);
		raw_op(&raw, XENCAMERA_OP_STREAM_START);
		raw_sleep_ms(200);
	}
	raw_directory(&directory, frame.refs, PAGES, 0);
}

static void its_life_byte_falls(void **state)
{
	(void)state;
	((volatile uint8_t *)raw.link.evt_page)[RAW_FRONT_LIFE] = 0;
	raw_notify(&raw);
	assert_true(raw_wait_backend(&raw, XenbusStateClosed, RAW_TIMEOUT_MS));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(producer_one_too_far, reconnect),
		cmocka_unit_test_setup(producer_half_the_numbers_ahead, reconnect),
		cmocka_unit_test_setup(producer_backwards, reconnect),
		cmocka_unit_test_setup(producer_raced, reconnect),
		cmocka_unit_test_setup(its_own_indices_rewritten, reconnect),
		cmocka_unit_test_setup(a_full_ring_is_answered, reconnect),
		cmocka_unit_test_setup(events_are_never_taken, reconnect),
		cmocka_unit_test_setup(consumer_lies, reconnect),
		cmocka_unit_test_setup(its_own_events_rewritten, reconnect),
		cmocka_unit_test_setup(a_page_that_begins_anywhere, reconnect),
		cmocka_unit_test_setup(one_page_for_both, reconnect),
		cmocka_unit_test_setup(rings_as_a_buffer, reconnect),
		cmocka_unit_test_setup(its_life_byte_falls, reconnect),
	};
	int failed;

	raw_open(&raw, RAW_CAMERA);
	raw_pages_share(&raw, PAGES, true, &frame);
	raw_pages_share(&raw, 1, true, &directory);
	raw_directory(&directory, frame.refs, PAGES, 0);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	raw_state(&raw, XenbusStateClosing);
	raw_close(&raw);
	return failed != 0;
}
