/* SPDX-License-Identifier: MIT */
/* What the guest writes into xenstore: nothing of it may be believed, and none of it may hurt. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <xen/errno.h>

#include "tests/hostile/raw_camera.h"

#define VALUE(text)                                                                                \
	{                                                                                          \
		text, sizeof(text) - 1                                                             \
	}

static struct raw raw;
static char huge[1950]; /* a node has 2048 bytes, with its permissions */

struct value {
	const char *bytes;
	unsigned length_bytes;
};

static const struct value bad_numbers[] = {
	VALUE(""),
	VALUE("-1"),
	VALUE("+1"),
	VALUE(" 1"),
	VALUE("1 "),
	VALUE("0x10"),
	VALUE("1e3"),
	VALUE("ten"),
	VALUE("4294967296"),
	VALUE("99999999999999999999"),
	VALUE("1\0002"),
	VALUE("\0"),
	VALUE("0"),
	VALUE("%n%s"),
	VALUE("\xff\xfe"),
	{huge, sizeof(huge)},
};

static const char *const published[] = {XENCAMERA_FIELD_REQ_RING_REF, XENCAMERA_FIELD_REQ_CHANNEL,
	XENCAMERA_FIELD_EVT_RING_REF, XENCAMERA_FIELD_EVT_CHANNEL};

static void remove_node(const char *node)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", raw.path, node);
	xs_rm(raw.xs, XBT_NULL, path);
}

/* Publishes all but one right, and asks to be connected. */
static void publish_but(const char *node, const struct value *value)
{
	assert_true(raw_start_over(&raw));
	raw_unshare(&raw);
	raw_share(&raw);
	raw_publish(&raw);
	if (value)
		assert_true(raw_write_bytes(&raw, node, value->bytes, value->length_bytes));
	else
		remove_node(node);
	raw_state(&raw, XenbusStateInitialised);
	if (!raw_wait_backend(&raw, XenbusStateClosed, RAW_TIMEOUT_MS))
		fail_msg("%s: backend in state %d", node, raw_backend_state(&raw));
}

static void bad_references_and_ports_are_refused(void **state)
{
	(void)state;
	for (size_t node = 0; node < sizeof(published) / sizeof(published[0]); node++) {
		publish_but(published[node], NULL);
		for (size_t i = 0; i < sizeof(bad_numbers) / sizeof(bad_numbers[0]); i++)
			publish_but(published[node], &bad_numbers[i]);
	}
	assert_true(raw_connect(&raw));
}

/* Numbers, but not of anything that this guest gave. */
static void strange_references_and_ports_are_refused(void **state)
{
	static const struct value strange[] = {
		VALUE("3999"), VALUE("4000000"), VALUE("2147483647"), VALUE("4294967295")};

	(void)state;
	for (size_t node = 0; node < sizeof(published) / sizeof(published[0]); node++)
		for (size_t i = 0; i < sizeof(strange) / sizeof(strange[0]); i++)
			publish_but(published[node], &strange[i]);
	assert_true(raw_connect(&raw));
}

static void a_dead_frontend_is_refused(void **state)
{
	(void)state;
	assert_true(raw_start_over(&raw));
	raw_unshare(&raw);
	raw_share(&raw);
	((uint8_t *)raw.link.evt_page)[RAW_FRONT_LIFE] = 0;
	raw_publish(&raw);
	raw_state(&raw, XenbusStateInitialised);
	assert_true(raw_wait_backend(&raw, XenbusStateClosed, RAW_TIMEOUT_MS));
}

static void strange_states_change_nothing_for_good(void **state)
{
	static const struct value states[] = {VALUE("0"), VALUE("1"), VALUE("2"), VALUE("3"),
		VALUE("4"), VALUE("5"), VALUE("6"), VALUE("7"), VALUE("8"), VALUE("9"), VALUE("99"),
		VALUE("4294967299"), VALUE("-1"), VALUE("Connected"), VALUE(""), VALUE("\0"),
		{huge, sizeof(huge)}};
	const size_t count = sizeof(states) / sizeof(states[0]);
	uint32_t random = 1;

	(void)state;
	for (size_t from = 0; from < count; from++)
		for (size_t to = 0; to < count; to++) {
			raw_write_bytes(
				&raw, "state", states[from].bytes, states[from].length_bytes);
			raw_write_bytes(&raw, "state", states[to].bytes, states[to].length_bytes);
		}
	assert_true(raw_connect(&raw));
	for (int i = 0; i < 500; i++) { /* from Connected, and without waiting */
		random = random * 1103515245 + 12345;
		raw_write_bytes(&raw, "state", states[(random >> 16) % count].bytes,
			states[(random >> 16) % count].length_bytes);
	}
	assert_true(raw_connect(&raw));
	for (size_t i = 0; i < count; i++) {
		assert_true(raw_connect(&raw));
		raw_write_bytes(&raw, "state", states[i].bytes, states[i].length_bytes);
	}
	assert_true(raw_connect(&raw));
}

/* ---- values that change between two looks at them ---- */

static atomic_bool racing;

static void *rewrite(void *ctx)
{
	struct raw writer;

	(void)ctx;
	raw_open(&writer, RAW_CAMERA);
	for (unsigned i = 0; atomic_load(&racing); i++) {
		raw_write(&writer, published[i % 4], "%u", i % 3 ? i % 16 : UINT32_MAX - i);
		raw_write(&writer, "state", "%u", i % 7);
		raw_write(&writer, "formats/YUYV/640x480/frame-rates", "%u/1", i);
		raw_write(&writer, "max-buffers", "%u", i);
	}
	raw_close(&writer);
	return NULL;
}

static void values_rewritten_as_they_are_read(void **state)
{
	uint64_t until_ms = raw_now_ms() + 2000;
	pthread_t writer;

	(void)state;
	atomic_store(&racing, true);
	pthread_create(&writer, NULL, rewrite, NULL);
	while (raw_now_ms() < until_ms) {
		raw_unshare(&raw);
		raw_share(&raw);
		raw_publish(&raw);
		raw_state(&raw, XenbusStateInitialised);
		raw_sleep_ms(2);
	}
	atomic_store(&racing, false);
	pthread_join(writer, NULL);
	assert_true(raw_connect(&raw));
	assert_int_equal(raw_op(&raw, XENCAMERA_OP_CONFIG_GET), 0);
}

/* Everything in it; it would not be the guest's to make again. */
static void the_directory_is_emptied_and_filled(void **state)
{
	static const char *const kept[] = {"backend", "backend-id"};
	char *values[2], **names;
	unsigned count;

	(void)state;
	assert_true(raw_connect(&raw));
	for (int i = 0; i < 2; i++)
		values[i] = raw_read(&raw, kept[i]);
	names = xs_directory(raw.xs, XBT_NULL, raw.path, &count);
	assert_non_null(names);
	for (unsigned i = 0; i < count; i++)
		remove_node(names[i]);
	free(names);
	assert_true(raw_wait_backend(&raw, XenbusStateClosed, RAW_TIMEOUT_MS));
	for (int i = 0; i < 2; i++) {
		raw_write(&raw, kept[i], "%s", values[i]);
		free(values[i]);
	}
	assert_true(raw_connect(&raw));
}

/* ---- wishes ---- */

/* Whatever the guest wrote: YUYV and GREY of this size at most, and no more than 4 buffers. */
static void gets_no_more_than_dom0_allows(void)
{
	struct xencamera_req request = {
		.operation = XENCAMERA_OP_BUF_REQUEST, .req.buf_request.num_bufs = 255};
	struct xencamera_resp response;

	assert_true(raw_connect(&raw));
	assert_int_equal(raw_config(&raw, XENCAMERA_OP_CONFIG_SET, "YUYV", 640, 480), -XEN_EINVAL);
	assert_int_equal(raw_config(&raw, XENCAMERA_OP_CONFIG_SET, "RGB3", 320, 240), -XEN_EINVAL);
	assert_int_equal(
		raw_config(&raw, XENCAMERA_OP_CONFIG_SET, "RGB3", 8192, 8192), -XEN_EINVAL);
	assert_int_equal(raw_call(&raw, request, &response), 0);
	assert_true(response.resp.buf_request.num_bufs <= 4);
	assert_int_equal(raw_buffers(&raw, 0), 0);
}

static void wish_for_all(void)
{
	raw_write(&raw, "max-buffers", "32");
	raw_write(&raw, "unique-id", "secret");
	raw_write(&raw, "controls", "contrast,brightness,hue,saturation,%%n,,;;,zoom");
	raw_write(&raw, "formats/YUYV/640x480/frame-rates", "1000/1,30/1");
	raw_write(&raw, "formats/YUYV/320x240/frame-rates", "1000/1;30/0;0/1;-1/1;x/y;15/1,30/1");
	raw_write(&raw, "formats/YUYV/320x240x3/frame-rates", "30/1");
	raw_write(&raw, "formats/YUYV/0x0/frame-rates", "30/1");
	raw_write(&raw, "formats/YUYV/-1x-1/frame-rates", "30/1");
	raw_write(&raw, "formats/YUYV/320x240/frame-rates/320x240/frame-rates", "30/1");
	raw_write(&raw, "formats/RGB3/320x240/frame-rates", "30/1");
	raw_write(&raw, "formats/RGB3/8192x8192/frame-rates", "30/1");
	raw_write(&raw, "formats/RGB3/65535x65535/frame-rates", "30/1");
	raw_write(&raw, "formats/YUYVYUYV/320x240/frame-rates", "30/1");
	raw_write(&raw, "formats/x/320x240/frame-rates", "30/1");
	raw_write_bytes(&raw, "formats/GREY/160x120/frame-rates", huge, sizeof(huge));
}

static void wishes_of_the_guest_are_not_read(void **state)
{
	(void)state;
	assert_true(raw_start_over(&raw));
	wish_for_all();
	gets_no_more_than_dom0_allows();
	raw_write(&raw, "unique-id", "cam"); /* by which the guest itself knows it */
}

/* A device whose attached configuration stands only in the guest's directory, as xl leaves it. */
static void wishes_of_the_guest_are_bounded(void **state)
{
	char *id;

	(void)state;
	raw_close(&raw);
	raw_open(&raw, RAW_WISHES);
	assert_true(raw_connect(&raw));
	wish_for_all();
	raw_state(&raw, XenbusStateInitialising); /* another source than it may use */
	assert_true(raw_wait_backend(&raw, XenbusStateClosed, RAW_TIMEOUT_MS));
	raw_write_bytes(&raw, "unique-id", huge, sizeof(huge));
	raw_state(&raw, XenbusStateInitialising);
	raw_sleep_ms(100);
	assert_int_equal(raw_backend_state(&raw), XenbusStateClosed);
	raw_write(&raw, "unique-id", "../../wish");
	raw_state(&raw, XenbusStateInitialising);
	raw_sleep_ms(100);
	assert_int_equal(raw_backend_state(&raw), XenbusStateClosed);
	raw_write(&raw, "unique-id", "wish");
	wish_for_all();
	raw_write(&raw, "unique-id", "wish");
	gets_no_more_than_dom0_allows();
	id = raw_read(&raw, "max-buffers");
	assert_string_equal(id, "4");
	free(id);
	raw_close(&raw);
	raw_open(&raw, RAW_CAMERA);
}

/* As many formats and sizes as a guest can write. */
static void a_thousand_wishes(void **state)
{
	char node[64];
	unsigned written = 0;

	(void)state;
	raw_close(&raw);
	raw_open(&raw, RAW_WISHES);
	assert_true(raw_connect(&raw));
	raw_state(&raw, XenbusStateClosing);
	assert_true(raw_wait_backend(&raw, XenbusStateClosed, RAW_TIMEOUT_MS));
	for (unsigned i = 1; i < 400; i++) {
		snprintf(node, sizeof(node), "formats/GREY/%ux%u/frame-rates", i, i);
		if (!raw_write_bytes(
			    &raw, node, "30/1,29/1,28/1,27/1,26/1,25/1,24/1,23/1,22/1", 44))
			break;
		written++;
	}
	assert_true(written > 64);
	raw_state(&raw, XenbusStateInitialising);
	raw_sleep_ms(300);
	assert_true(raw_connect(&raw));
	assert_int_equal(raw_op(&raw, XENCAMERA_OP_CONFIG_GET), 0);
	raw_state(&raw, XenbusStateClosing);
	raw_close(&raw);
	raw_open(&raw, RAW_CAMERA);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bad_references_and_ports_are_refused),
		cmocka_unit_test(strange_references_and_ports_are_refused),
		cmocka_unit_test(a_dead_frontend_is_refused),
		cmocka_unit_test(strange_states_change_nothing_for_good),
		cmocka_unit_test(values_rewritten_as_they_are_read),
		cmocka_unit_test(the_directory_is_emptied_and_filled),
		cmocka_unit_test(wishes_of_the_guest_are_not_read),
		cmocka_unit_test(wishes_of_the_guest_are_bounded),
		cmocka_unit_test(a_thousand_wishes),
	};
	int failed;

	memset(huge, '9', sizeof(huge));
	raw_open(&raw, RAW_CAMERA);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	raw_state(&raw, XenbusStateClosing);
	raw_close(&raw);
	return failed != 0;
}
