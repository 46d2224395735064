/* SPDX-License-Identifier: MIT */
/* What the nodes attached to a device leave a guest, and how a question is narrowed to it. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "backend/sound/offer.h"
#include "tests/fuzz/store_double.h"

#define FRONT "/local/domain/7/device/vsnd/0"
#define BACK "backend/vsnd/7/0"
#define BIT(format) (UINT64_C(1) << XENSND_PCM_FORMAT_##format)

static const struct xb_back_device device = {
	.device_class = "vsnd", .domid = 7, .guest = "g", .back_path = BACK, .front_path = FRONT};

static void node(const char *dir, const char *path, const char *value)
{
	char whole[256];

	snprintf(whole, sizeof(whole), *path ? "%s/%s" : "%s%s", dir, path);
	store_double_set(whole, value, strlen(value));
}

/* A card with one stream as pvctl leaves it, in both places; the guest's says something else. */
static int attach(void **state)
{
	(void)state;
	store_double_reset();
	node(FRONT, "", "");
	node(FRONT, "0", "");
	node(FRONT, "0/0/unique-id", "lie");
	node(FRONT, "0/0/type", "c");
	node(BACK, "", "");
	node(BACK, "0", "");
	node(BACK, "0/0/unique-id", "speaker");
	node(BACK, "0/0/type", "p");
	return 0;
}

static struct vsnd_offer read_one(void)
{
	struct vsnd_offer offers[VSND_OFFER_STREAMS];
	unsigned count = 99;

	assert_int_equal(vsnd_offer_read(&device, offers, &count), 0);
	assert_int_equal(count, 1);
	return offers[0];
}

static void expect_refused(int error)
{
	struct vsnd_offer offers[VSND_OFFER_STREAMS];
	unsigned count = 99;

	assert_int_equal(vsnd_offer_read(&device, offers, &count), error);
	assert_int_equal(count, 99);
}

static void what_is_not_said_is_not_limited(void **state)
{
	struct vsnd_offer offer = read_one();

	(void)state;
	assert_int_equal(offer.pcm, 0);
	assert_int_equal(offer.stream, 0);
	assert_int_equal(offer.direction, VSND_PLAYBACK);
	assert_string_equal(offer.unique_id, "speaker");
	assert_true(offer.formats == VSND_FORMATS_ALL);
	assert_int_equal(offer.num_rates, 0);
	assert_int_equal(offer.channels_min, 1);
	assert_int_equal(offer.channels_max, VSND_CHANNELS_MAX);
	assert_int_equal(offer.buffer_bytes_max, VSND_BUFFER_BYTES_DEFAULT);
}

static void layers_intersect(void **state)
{
	struct vsnd_offer offer;

	(void)state;
	node(BACK, "sample-formats", "s16_le,s24_le,u8,nonsense");
	node(BACK, "0/sample-formats", "u8;s16_le;s32_le");
	node(BACK, "0/0/sample-formats", "s16_le,f32_le");
	node(BACK, "sample-rates", "48000,8000;44100,48000,1,x,999999999");
	node(BACK, "0/0/sample-rates", "96000,44100,8000");
	node(BACK, "channels-min", "2");
	node(BACK, "0/channels-max", "6");
	node(BACK, "0/0/channels-max", "8");
	node(BACK, "0/0/channels-min", "1");
	node(BACK, "buffer-size", "4294967295");
	offer = read_one();
	assert_true(offer.formats == BIT(S16_LE));
	assert_int_equal(offer.num_rates, 2);
	assert_int_equal(offer.rates[0], 8000);
	assert_int_equal(offer.rates[1], 44100);
	assert_int_equal(offer.channels_min, 2);
	assert_int_equal(offer.channels_max, 6);
	assert_int_equal(offer.buffer_bytes_max, VSND_BUFFER_BYTES_MAX);
	node(BACK, "0/0/buffer-size", "4096");
	offer = read_one();
	assert_int_equal(offer.buffer_bytes_max, 4096);
}

static void what_leaves_nothing_is_refused(void **state)
{
	static const struct {
		const char *path, *value;
	} rows[] = {
		{"0/0/type", "x"},
		{"0/0/type", "pp"},
		{"0/0/sample-formats", "nonsense"},
		{"0/0/sample-rates", "1,x"},
		{"0/0/sample-rates", ""},
		{"0/0/channels-min", "8"},
		{"0/0/unique-id",
			"0123456789012345678901234567890123456789012345678901234567890123"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		attach(state);
		node(BACK, "channels-max", "7");
		node(BACK, rows[i].path, rows[i].value);
		expect_refused(-EINVAL);
	}
	store_double_reset();
	expect_refused(-ENOENT);
	node(BACK, "0", "");
	expect_refused(-ENOENT);
}

static void streams_are_counted(void **state)
{
	struct vsnd_offer offers[VSND_OFFER_STREAMS];
	char path[48];
	unsigned count;

	(void)state;
	for (unsigned i = 0; i < VSND_OFFER_STREAMS; i++) {
		snprintf(path, sizeof(path), "%u", i / 8);
		node(BACK, path, "");
		snprintf(path, sizeof(path), "%u/%u/type", i / 8, i % 8);
		node(BACK, path, i % 2 ? "c" : "p");
		snprintf(path, sizeof(path), "%u/%u/unique-id", i / 8, i % 8);
		node(BACK, path, "x");
	}
	assert_int_equal(vsnd_offer_read(&device, offers, &count), 0);
	assert_int_equal(count, VSND_OFFER_STREAMS);
	assert_int_equal(offers[15].pcm, 1);
	assert_int_equal(offers[15].stream, 7);
	assert_int_equal(offers[15].direction, VSND_CAPTURE);
	node(BACK, "2", "");
	node(BACK, "2/0/type", "p");
	node(BACK, "2/0/unique-id", "x");
	expect_refused(-E2BIG);
}

static const struct vsnd_ranges anything = {
	.formats = UINT64_MAX,
	.rate_max = UINT32_MAX,
	.channels_max = UINT32_MAX,
	.buffer_max = UINT32_MAX,
	.period_max = UINT32_MAX,
};

static const struct vsnd_offer some = {
	.formats = BIT(S16_LE) | BIT(S32_LE),
	.num_rates = 3,
	.rates = {8000, 44100, 48000},
	.channels_min = 1,
	.channels_max = 2,
	.buffer_bytes_max = 4096,
};

static void a_question_is_narrowed(void **state)
{
	struct vsnd_ranges ranges = anything;

	(void)state;
	assert_int_equal(vsnd_offer_narrow(&some, &ranges), 0);
	assert_true(ranges.formats == some.formats);
	assert_int_equal(ranges.rate_min, 8000);
	assert_int_equal(ranges.rate_max, 48000);
	assert_int_equal(ranges.channels_min, 1);
	assert_int_equal(ranges.channels_max, 2);
	assert_int_equal(ranges.buffer_min, 1);
	assert_int_equal(ranges.buffer_max, 2048); /* mono, 16 bits */
	assert_int_equal(ranges.period_max, 2048);
	ranges.formats = BIT(S32_LE);
	ranges.channels_min = 2;
	ranges.rate_min = 8001;
	ranges.rate_max = 47999;
	assert_int_equal(vsnd_offer_narrow(&some, &ranges), 0);
	assert_int_equal(ranges.rate_min, 44100);
	assert_int_equal(ranges.rate_max, 44100);
	assert_int_equal(ranges.buffer_max, 512);
	assert_int_equal(ranges.period_max, 512);
}

static void an_empty_question_stays_as_it_is(void **state)
{
	struct vsnd_ranges rows[] = {anything, anything, anything, anything, anything, anything};

	(void)state;
	rows[0].formats = BIT(U8);
	rows[1].rate_min = 8001, rows[1].rate_max = 44099;
	rows[2].channels_min = 3;
	rows[3].buffer_min = 2049;
	rows[4].period_min = 2049;
	rows[5].channels_max = 0;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct vsnd_ranges ranges = rows[i];

		assert_int_equal(vsnd_offer_narrow(&some, &ranges), -EINVAL);
		assert_memory_equal(&ranges, &rows[i], sizeof(ranges));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(what_is_not_said_is_not_limited, attach),
		cmocka_unit_test_setup(layers_intersect, attach),
		cmocka_unit_test_setup(what_leaves_nothing_is_refused, attach),
		cmocka_unit_test_setup(streams_are_counted, attach),
		cmocka_unit_test(a_question_is_narrowed),
		cmocka_unit_test(an_empty_question_stays_as_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
