/* SPDX-License-Identifier: MIT */
/* Cards out of xenstore, limits out of a backend's answer, levels as text. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "frontend/sound/card.h"
#include "frontend/sound/format.h"
#include "frontend/sound/levels.h"
#include "frontend/sound/limits.h"
#include "tests/unit/sound_fake.h"

static struct xb_store *const store = (struct xb_store *)&fake;

#define FORMAT(name) (UINT64_C(1) << XENSND_PCM_FORMAT_##name)

static const char *const house[][2] = {
	{"device/pvsnd/2/short-name", "Main"},
	{"device/pvsnd/2/0/0/type", "p"},
	{"device/pvsnd/2/sample-rates", "8000;44100,nonsense"},
	{"device/pvsnd/2/0/sample-rates", "48000"},
	{"device/pvsnd/2/channels-max", "6"},
	{"device/pvsnd/2/0/0/channels-min", "2"},
	{"device/pvsnd/3/card", "7"},
	{"device/pvsnd/3/short-name", "Other\x1b[31m"},
	{"device/pvsnd/3/0/0/type", "c"},
	{"device/pvsnd/4/short-name", "Main"},
	{"device/pvsnd/4/0/0/type", "c"},
	{"device/pvsnd/5/short-name", "no stream"},
	{"device/pvsnd/6/card", "7"},
	{"device/pvsnd/6/short-name", "Another"},
	{"device/pvsnd/6/0/0/type", "c"},
	{"device/pvsnd/8/short-name", "1"},
	{"device/pvsnd/8/0/0/type", "p"},
	{"device/pvsnd/9/0/0/type", "p"},
};

static int reset(void **state)
{
	(void)state;
	sound_fake_reset();
	front_fake.nodes = house;
	front_fake.num_nodes = sizeof(house) / sizeof(house[0]);
	return 0;
}

static void streams_make_cards(void **state)
{
	static const struct {
		uint32_t device;
		unsigned card;
		bool capture;
	} want[] = {{2, 0, false}, {3, 1, true}, {4, 0, true}, {6, 1, true}, {8, 2, false},
		{9, 3, false}};
	struct pvsnd_stream *streams;
	size_t count;

	(void)state;
	assert_int_equal(pvsnd_card_list(store, &streams, &count), 0);
	assert_int_equal(count, sizeof(want) / sizeof(want[0]));
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(streams[i].device, want[i].device);
		assert_int_equal(streams[i].card, want[i].card);
		assert_int_equal(streams[i].capture, want[i].capture);
	}
	assert_string_equal(streams[1].short_name, "Other?[31m"); /* it is shown on terminals */
	assert_string_equal(streams[5].short_name, "9");
	free(streams);
}

static void inner_values_override(void **state)
{
	struct pvsnd_stream stream;

	(void)state;
	assert_int_equal(pvsnd_card_stream(store, "Main", false, 0, &stream), 0);
	assert_int_equal(stream.num_rates, 1);
	assert_int_equal(stream.rates[0], 48000);
	assert_int_equal(stream.channels_min, 2);
	assert_int_equal(stream.channels_max, 6);
	assert_int_equal(stream.formats, PVSND_FORMATS_ALL);
}

static void expect_device(const char *card, bool capture, unsigned index, uint32_t device)
{
	struct pvsnd_stream stream;

	assert_int_equal(pvsnd_card_stream(store, card, capture, index, &stream), 0);
	assert_int_equal(stream.device, device);
}

static void cards_have_names_and_numbers(void **state)
{
	struct pvsnd_stream stream;

	(void)state;
	expect_device("Main", false, 0, 2);
	expect_device("0", true, 0, 4);
	expect_device("7", true, 0, 3);
	expect_device("7", true, 1, 6);
	expect_device("Another", true, 0, 3);
	expect_device("1", false, 0, 8); /* a name first */
	expect_device("2", false, 0, 8);
	assert_int_equal(pvsnd_card_stream(store, "Main", true, 1, &stream), -ENODEV);
	assert_int_equal(pvsnd_card_stream(store, "5", false, 0, &stream), -ENODEV);
	assert_int_equal(pvsnd_card_stream(store, "", false, 0, &stream), -ENODEV);
}

/* ---- */

static const struct pvsnd_stream offer = {
	.formats = FORMAT(S16_LE) | FORMAT(S32_LE) | FORMAT(U8),
	.num_rates = 3,
	.rates = {44100, 8000, 48000},
	.channels_min = 2,
	.channels_max = 6,
	.buffer_bytes = 65536,
};

static void limits_are_what_both_allow(void **state)
{
	struct xensnd_query_hw_param answer;
	struct pvsnd_limits limits;

	(void)state;
	pvsnd_limits_wish(&offer, &answer);
	assert_int_equal(answer.formats, offer.formats);
	assert_int_equal(answer.rates.min, 8000);
	assert_int_equal(answer.rates.max, 48000);
	assert_int_equal(answer.buffer.max, 65536);
	answer.formats = FORMAT(S16_LE) | FORMAT(S32_LE) | FORMAT(F32_LE);
	answer.rates.max = 44100;
	answer.channels.max = 4;
	answer.buffer.min = 64;
	answer.buffer.max = 8192;
	answer.period.min = 16;
	answer.period.max = 4096;
	assert_int_equal(pvsnd_limits_derive(&offer, &answer, &limits), 0);
	assert_int_equal(limits.num_formats, 2);
	assert_int_equal(limits.formats[0], XENSND_PCM_FORMAT_S16_LE);
	assert_int_equal(limits.num_rates, 2);
	assert_int_equal(limits.rates[0], 44100);
	assert_int_equal(limits.channels_max, 4);
	assert_int_equal(limits.buffer_bytes_max, 8192 * 4);
	assert_int_equal(limits.buffer_bytes_min, 64 * 4);
	assert_int_equal(limits.period_bytes_min, 16 * 4);
	assert_int_equal(limits.period_frames_max, 4096);
}

static void the_configured_buffer_is_the_most(void **state)
{
	struct xensnd_query_hw_param answer;
	struct pvsnd_limits limits;
	struct pvsnd_stream stream = offer;

	(void)state;
	pvsnd_limits_wish(&stream, &answer);
	answer.buffer.max = UINT32_MAX;
	answer.period.max = UINT32_MAX;
	assert_int_equal(pvsnd_limits_derive(&stream, &answer, &limits), 0);
	assert_int_equal(limits.buffer_bytes_max, 65536);
	stream.buffer_bytes = UINT32_MAX;
	assert_int_equal(pvsnd_limits_derive(&stream, &answer, &limits), 0);
	assert_int_equal(limits.buffer_bytes_max, PVSND_BUFFER_BYTES_MAX);
}

static void nonsense_leaves_nothing(void **state)
{
	struct xensnd_query_hw_param good, answer;
	struct pvsnd_limits limits;

	(void)state;
	pvsnd_limits_wish(&offer, &good);
	assert_int_equal(pvsnd_limits_derive(&offer, &good, &limits), 0);
#define REFUSED(field, value)                                                                      \
	answer = good;                                                                             \
	answer.field = value;                                                                      \
	assert_int_equal(pvsnd_limits_derive(&offer, &answer, &limits), -EINVAL)
	REFUSED(formats, 0);
	REFUSED(formats, FORMAT(F64_LE));
	REFUSED(rates.max, 7999);
	REFUSED(rates.min, 50000);
	REFUSED(channels.max, 1);
	REFUSED(channels.min, UINT32_MAX);
	REFUSED(buffer.max, 0);
	REFUSED(buffer.min, UINT32_MAX);
	REFUSED(period.max, 0);
	REFUSED(period.min, UINT32_MAX);
}

/* ---- */

static void volumes_are_numbers_between_commas(void **state)
{
	struct pvsnd_levels levels = {.mute = true};
	char text[PVSND_LEVELS_TEXT_BYTES];

	(void)state;
	assert_int_equal(pvsnd_levels_parse_volume("0,-6000,-120000", &levels), 0);
	assert_int_equal(levels.volume[0], 12000);
	assert_int_equal(levels.volume[1], 11400);
	assert_int_equal(levels.volume[2], 0);
	assert_int_equal(levels.volume[7], 0); /* the last one also for those after it */
	assert_true(levels.mute);
	pvsnd_levels_volume_text(&levels, 4, text);
	assert_string_equal(text, "0,-6000,-120000");
	pvsnd_levels_volume_text(&levels, 1, text);
	assert_string_equal(text, "0");
	assert_int_equal(pvsnd_levels_parse_volume("-200000", &levels), 0);
	assert_int_equal(levels.volume[3], 0);
	assert_int_equal(pvsnd_levels_parse_volume("5000", &levels), 0);
	assert_int_equal(levels.volume[3], 12000);
	assert_int_equal(pvsnd_levels_parse_volume("-3014", &levels), 0); /* to 0.01 dB */
	assert_int_equal(levels.volume[0], 12000 - 301);
	for (unsigned i = 0; i < PVSND_CHANNELS_MAX; i++)
		levels.volume[i] = (long)i;
	pvsnd_levels_volume_text(&levels, PVSND_CHANNELS_MAX, text); /* the longest there is */
	assert_int_equal(strlen(text), 8 * 7 + 7);
}

static void texts_of_strangers_change_nothing(void **state)
{
	static const char *const bad[] = {
		"", ",", "loud", "-", "--5", "-6000,x", "1e3", "0x10", "-99999999999999999999"};
	struct pvsnd_levels levels = {.volume = {77}, .mute = true};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(pvsnd_levels_parse_volume(bad[i], &levels), -EINVAL);
		assert_int_equal(pvsnd_levels_parse_mute(bad[i], &levels), -EINVAL);
	}
	assert_int_equal(levels.volume[0], 77);
	assert_true(levels.mute);
	assert_int_equal(pvsnd_levels_parse_mute("0", &levels), 0);
	assert_false(levels.mute);
	assert_int_equal(pvsnd_levels_parse_mute("1,0", &levels), 0);
	assert_true(levels.mute);
	levels.volume[0] = 99999; /* what an application gives */
	levels.volume[1] = -5;
	char text[PVSND_LEVELS_TEXT_BYTES];
	pvsnd_levels_volume_text(&levels, 2, text);
	assert_string_equal(text, "0,-120000");
}

static void formats_have_names(void **state)
{
	(void)state;
	assert_int_equal(pvsnd_format_parse("s24_le"), FORMAT(S24_LE));
	assert_int_equal(pvsnd_format_parse("float64_be"), FORMAT(F64_BE));
	assert_int_equal(pvsnd_format_parse("f32_le"), FORMAT(F32_LE));
	assert_int_equal(pvsnd_format_parse("mu_law"), 0);
	assert_int_equal(pvsnd_format_smallest_bytes(FORMAT(S24_LE) | FORMAT(F64_LE), 3), 12);
	assert_int_equal(pvsnd_format_smallest_bytes(0, 3), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(streams_make_cards, reset),
		cmocka_unit_test_setup(inner_values_override, reset),
		cmocka_unit_test_setup(cards_have_names_and_numbers, reset),
		cmocka_unit_test(limits_are_what_both_allow),
		cmocka_unit_test(the_configured_buffer_is_the_most),
		cmocka_unit_test(nonsense_leaves_nothing),
		cmocka_unit_test(volumes_are_numbers_between_commas),
		cmocka_unit_test(texts_of_strangers_change_nothing),
		cmocka_unit_test(formats_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
