/* SPDX-License-Identifier: MIT */
/* Volumes and mutes as text, and what the guest's and dom0's make together. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "backend/sound/levels.h"

static struct vsnd_levels all(int32_t volume_mdb, bool mute)
{
	struct vsnd_levels levels;

	for (unsigned i = 0; i < VSND_CHANNELS_MAX; i++) {
		levels.volume_mdb[i] = volume_mdb;
		levels.mute[i] = mute;
	}
	return levels;
}

static void the_last_number_is_for_all_after_it(void **state)
{
	struct vsnd_levels levels = all(-5, true);

	(void)state;
	assert_int_equal(vsnd_levels_parse_volume("-1,-2000", &levels), 0);
	assert_int_equal(levels.volume_mdb[0], -1);
	for (unsigned i = 1; i < VSND_CHANNELS_MAX; i++)
		assert_int_equal(levels.volume_mdb[i], -2000);
	assert_true(levels.mute[0] && levels.mute[7]);
	assert_int_equal(vsnd_levels_parse_mute("0,1,0", &levels), 0);
	assert_false(levels.mute[0]);
	assert_true(levels.mute[1]);
	assert_false(levels.mute[2] || levels.mute[7]);
	assert_int_equal(levels.volume_mdb[0], -1);
}

static void volumes_are_bounded(void **state)
{
	struct vsnd_levels levels = all(-5, false);

	(void)state;
	assert_int_equal(vsnd_levels_parse_volume("1,-120001,2147483647,-2147483647", &levels), 0);
	assert_int_equal(levels.volume_mdb[0], 0);
	assert_int_equal(levels.volume_mdb[1], -120000);
	assert_int_equal(levels.volume_mdb[2], 0);
	assert_int_equal(levels.volume_mdb[3], -120000);
	assert_int_equal(vsnd_levels_bound(INT64_MIN), VSND_VOLUME_MIN_MDB);
	assert_int_equal(vsnd_levels_bound(INT64_MAX), VSND_VOLUME_MAX_MDB);
	assert_int_equal(vsnd_levels_bound(-119999), -119999);
}

static void nonsense_changes_nothing(void **state)
{
	static const char *const nonsense[] = {"", "x", "-", "--1", "+1", "1.5", "0x10", ",,,",
		"- 1", "99999999999999999999", "2147483648", "0,0,0,0,0,0,0,0,0", "0,x"};
	struct vsnd_levels levels = all(-5, true), before = levels;

	(void)state;
	for (size_t i = 0; i < sizeof(nonsense) / sizeof(nonsense[0]); i++) {
		assert_int_equal(vsnd_levels_parse_volume(nonsense[i], &levels), -EINVAL);
		assert_int_equal(vsnd_levels_parse_mute(nonsense[i], &levels), -EINVAL);
	}
	assert_int_equal(vsnd_levels_parse_mute("2", &levels), -EINVAL);
	assert_int_equal(vsnd_levels_parse_mute("-1", &levels), -EINVAL);
	assert_true(vsnd_levels_equal(&levels, &before));
}

static void texts_are_short_and_read_back(void **state)
{
	struct vsnd_levels levels = all(-6000, true), again = all(0, false);
	char text[VSND_LEVELS_TEXT_BYTES];

	(void)state;
	vsnd_levels_volume_text(&levels, text);
	assert_string_equal(text, "-6000");
	vsnd_levels_mute_text(&levels, text);
	assert_string_equal(text, "1");
	levels = all(-120000, false);
	levels.volume_mdb[6] = -119999; /* no text is longer */
	vsnd_levels_volume_text(&levels, text);
	assert_string_equal(
		text, "-120000,-120000,-120000,-120000,-120000,-120000,-119999,-120000");
	assert_int_equal(vsnd_levels_parse_volume(text, &again), 0);
	assert_true(vsnd_levels_equal(&levels, &again));
	levels.mute[1] = true;
	assert_false(vsnd_levels_equal(&levels, &again));
	vsnd_levels_mute_text(&levels, text);
	assert_string_equal(text, "0,1,0");
}

static void expect_gain(const struct vsnd_levels *guest, const struct vsnd_levels *dom0, float gain)
{
	float gains[VSND_CHANNELS_MAX];

	vsnd_levels_gain(guest, dom0, gains);
	for (unsigned i = 0; i < VSND_CHANNELS_MAX; i++)
		assert_true(gains[i] >= gain * 0.9999f && gains[i] <= gain * 1.0001f);
}

static void heard_is_the_product(void **state)
{
	const struct vsnd_levels full = all(0, false), tenth = all(-20000, false);
	const struct vsnd_levels half = all(-6021, false), muted = all(0, true);
	const struct vsnd_levels lowest = all(VSND_VOLUME_MIN_MDB, false);
	struct vsnd_levels left = full;
	float gains[VSND_CHANNELS_MAX];

	(void)state;
	expect_gain(&full, &full, 1.0f);
	expect_gain(&full, &tenth, 0.1f);
	expect_gain(&tenth, &full, 0.1f);
	expect_gain(&tenth, &half, 0.05f);
	expect_gain(&full, &muted, 0.0f);
	expect_gain(&muted, &full, 0.0f);
	expect_gain(&lowest, &full, 0.0f);
	expect_gain(&full, &lowest, 0.0f);
	left.mute[1] = true;
	vsnd_levels_gain(&left, &full, gains);
	assert_true(gains[0] == 1.0f && gains[1] == 0.0f && gains[2] == 1.0f);
	vsnd_levels_gain(&full, &left, gains);
	assert_true(gains[0] == 1.0f && gains[1] == 0.0f && gains[2] == 1.0f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_last_number_is_for_all_after_it),
		cmocka_unit_test(volumes_are_bounded),
		cmocka_unit_test(nonsense_changes_nothing),
		cmocka_unit_test(texts_are_short_and_read_back),
		cmocka_unit_test(heard_is_the_product),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
