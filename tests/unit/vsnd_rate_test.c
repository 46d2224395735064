/* SPDX-License-Identifier: MIT */
/* Rate conversion, measured: how pure a sine stays, how far the pass band goes, and that frames are
 * neither lost nor made up. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "backend/sound/engine/rate.h"

#define CHANNELS 2u
#define MOST_FRAMES 1024u
#define AMPLITUDE 0.5

static const uint32_t pairs[][2] = {
	{44100, 48000},
	{48000, 44100},
	{48000, 96000},
	{96000, 48000},
	{44100, 96000},
	{96000, 44100},
	{8000, 48000},
	{48000, 8000},
	{11025, 192000},
	{192000, 4000},
};
#define PAIRS (sizeof(pairs) / sizeof(pairs[0]))
#define HIFI_PAIRS 6u

static uint32_t dice(uint32_t *state)
{
	*state = *state * 1664525u + 1013904223u;
	return *state >> 8;
}

static struct vsnd_rate *make(const uint32_t pair[2], enum vsnd_rate_quality quality)
{
	struct vsnd_rate *rate;

	assert_int_equal(
		vsnd_rate_create(CHANNELS, pair[0], pair[1], quality, MOST_FRAMES, &rate), 0);
	return rate;
}

/* Pulls out_frames of a sine in packets of any size. The caller frees; ret_in: what went in. */
static float *pull_sine(
	struct vsnd_rate *rate, uint32_t from_hz, double hz, uint32_t out_frames, uint64_t *ret_in)
{
	float *out = malloc((size_t)out_frames * CHANNELS * sizeof(*out));
	static float in[MOST_FRAMES * 64 * CHANNELS];
	uint32_t state = 1, done = 0;
	uint64_t at = 0;

	assert_non_null(out);
	while (done < out_frames) {
		uint32_t now = dice(&state) % MOST_FRAMES, need;

		if (now > out_frames - done)
			now = out_frames - done;
		need = vsnd_rate_need(rate, now);
		for (uint32_t i = 0; i < need; i++, at++)
			in[CHANNELS * i] = in[CHANNELS * i + 1] =
				(float)(AMPLITUDE * sin(2 * M_PI * hz * (double)at / from_hz));
		vsnd_rate_pull(rate, in, out + (size_t)done * CHANNELS, now);
		done += now;
	}
	*ret_in = at;
	return out;
}

/* Least squares of the sine; ret_residue_db: all else, against it. */
static double amplitude_of(
	const float *out, uint32_t frames, double hz, uint32_t rate_hz, double *ret_residue_db)
{
	double ss = 0, cc = 0, sc = 0, xs = 0, xc = 0, a, b, residue = 0;

	for (uint32_t i = 0; i < frames; i++) {
		double angle = 2 * M_PI * hz * i / rate_hz, s = sin(angle), c = cos(angle);
		double x = out[CHANNELS * i];

		ss += s * s, cc += c * c, sc += s * c, xs += x * s, xc += x * c;
	}
	a = (xs * cc - xc * sc) / (ss * cc - sc * sc);
	b = (xc * ss - xs * sc) / (ss * cc - sc * sc);
	for (uint32_t i = 0; i < frames; i++) {
		double angle = 2 * M_PI * hz * i / rate_hz;
		double e = out[CHANNELS * i] - a * sin(angle) - b * cos(angle);

		residue += e * e;
	}
	*ret_residue_db = 10 * log10(residue / frames / ((a * a + b * b) / 2));
	return sqrt(a * a + b * b);
}

static double measure(
	const uint32_t pair[2], enum vsnd_rate_quality quality, double hz, double *ret_residue_db)
{
	struct vsnd_rate *rate = make(pair, quality);
	uint32_t frames = pair[1] / 4;
	uint64_t in;
	float *out = pull_sine(rate, pair[0], hz, frames, &in);
	double amplitude = amplitude_of(
		out + (size_t)(frames / 8) * CHANNELS, frames / 2, hz, pair[1], ret_residue_db);

	free(out);
	vsnd_rate_destroy(rate);
	return 20 * log10(amplitude / AMPLITUDE);
}

static void test_usual_quality_is_pure(void **state)
{
	double residue_db;

	(void)state;
	for (unsigned i = 0; i < HIFI_PAIRS; i++) {
		assert_true(fabs(measure(pairs[i], VSND_RATE_USUAL, 997, &residue_db)) < 0.001);
		assert_true(residue_db < -100);
	}
}

static void test_pass_band_reaches_20_khz(void **state)
{
	static const double hz[] = {20, 1000, 10000, 15000, 18000, 19000, 20000};
	double residue_db;

	(void)state;
	for (unsigned i = 0; i < HIFI_PAIRS; i++)
		for (unsigned k = 0; k < sizeof(hz) / sizeof(hz[0]); k++)
			assert_true(
				fabs(measure(pairs[i], VSND_RATE_USUAL, hz[k], &residue_db)) < 0.1);
}

static void test_qualities_differ(void **state)
{
	double fast_db, best_db;

	(void)state;
	measure(pairs[1], VSND_RATE_FAST, 997, &fast_db);
	measure(pairs[1], VSND_RATE_BEST, 997, &best_db);
	assert_true(fast_db < -80 && best_db < -120 && best_db < fast_db - 10);
}

/* As many as the ratio says, within one frame of the lower rate: a frame that comes out needs the
 * one that it lies past or on, which may be the first of 48. */
static void assert_ratio(const uint32_t pair[2], uint64_t in, uint64_t out)
{
	uint32_t lower = pair[0] < pair[1] ? pair[0] : pair[1];

	assert_true(fabs((double)in / pair[0] - (double)out / pair[1]) <= 1.0 / lower);
}

static uint32_t many(unsigned pair)
{
	return pair < HIFI_PAIRS ? 1000000 : 100000;
}

static void test_pulling_keeps_the_ratio(void **state)
{
	(void)state;
	for (unsigned i = 0; i < PAIRS; i++) {
		struct vsnd_rate *rate = make(pairs[i], VSND_RATE_FAST);
		uint64_t in;

		free(pull_sine(rate, pairs[i][0], 100, many(i), &in));
		assert_ratio(pairs[i], in, many(i));
		vsnd_rate_destroy(rate);
	}
}

static void test_pushing_keeps_the_ratio(void **state)
{
	static float in[MOST_FRAMES * CHANNELS], out[(MOST_FRAMES * 64 + 64) * CHANNELS];

	(void)state;
	for (unsigned i = 0; i < PAIRS; i++) {
		struct vsnd_rate *rate = make(pairs[i], VSND_RATE_FAST);
		uint32_t state_of_dice = 7;
		uint64_t got = 0, given = 0;

		while (given < many(i)) {
			uint32_t now = dice(&state_of_dice) % MOST_FRAMES, made;

			if (now > many(i) - given)
				now = (uint32_t)(many(i) - given);
			made = vsnd_rate_push(rate, in, now, out);
			assert_true(made <= vsnd_rate_room(rate, now));
			got += made;
			given += now;
		}
		assert_ratio(pairs[i], given, got);
		vsnd_rate_destroy(rate);
	}
}

/* In whatever packets, the same samples come out, pulled or pushed. */
static void test_packets_do_not_matter(void **state)
{
	static float in[48000 * CHANNELS], whole[60000 * CHANNELS], parts[60000 * CHANNELS];
	struct vsnd_rate *one = make(pairs[0], VSND_RATE_USUAL);
	struct vsnd_rate *two = make(pairs[0], VSND_RATE_USUAL);
	uint32_t dice_state = 3, at = 0, made = 0, pulled = 0, taken = 0;

	(void)state;
	for (uint32_t i = 0; i < 48000 * CHANNELS; i++)
		in[i] = (float)dice(&dice_state) / 16777216.0f - 0.5f;
	while (at < 44000) {
		uint32_t now = 1 + dice(&dice_state) % (MOST_FRAMES - 1);

		made += vsnd_rate_push(
			one, in + (size_t)at * CHANNELS, now, whole + (size_t)made * CHANNELS);
		at += now;
	}
	while (pulled + 300 < made) {
		uint32_t now = dice(&dice_state) % 300, need = vsnd_rate_need(two, now);

		vsnd_rate_pull(
			two, in + (size_t)taken * CHANNELS, parts + (size_t)pulled * CHANNELS, now);
		taken += need;
		pulled += now;
	}
	assert_true(pulled > 40000);
	assert_memory_equal(whole, parts, pulled * CHANNELS * sizeof(float));
	vsnd_rate_destroy(one);
	vsnd_rate_destroy(two);
}

static void test_reset_is_as_new(void **state)
{
	static float in[600 * CHANNELS], first[700 * CHANNELS], second[700 * CHANNELS];
	static const float silence[600 * CHANNELS];
	struct vsnd_rate *rate = make(pairs[0], VSND_RATE_USUAL);
	uint32_t made, dice_state = 5;

	(void)state;
	for (uint32_t i = 0; i < 600 * CHANNELS; i++)
		in[i] = (float)dice(&dice_state) / 16777216.0f;
	made = vsnd_rate_push(rate, in, 599, first);
	assert_in_range(vsnd_rate_wash_frames(rate), 1, 600);
	vsnd_rate_push(rate, silence, vsnd_rate_wash_frames(rate), second);
	vsnd_rate_reset(rate);
	assert_int_equal(vsnd_rate_push(rate, in, 599, second), made);
	assert_memory_equal(first, second, made * CHANNELS * sizeof(float));
	assert_int_equal(vsnd_rate_push(rate, in, 0, second), 0);
	vsnd_rate_reset(rate);
	assert_int_equal(vsnd_rate_need(rate, 1), 1);
	vsnd_rate_destroy(rate);
}

static void test_delay_is_what_it_says(void **state)
{
	static float in[4000 * CHANNELS], out[5000 * CHANNELS];
	struct vsnd_rate *rate = make(pairs[0], VSND_RATE_USUAL);
	uint32_t made = 0, peak = 0;
	double expected;

	(void)state;
	in[1000 * CHANNELS] = 1;
	for (uint32_t at = 0; at < 4000; at += 500)
		made += vsnd_rate_push(
			rate, in + (size_t)at * CHANNELS, 500, out + (size_t)made * CHANNELS);
	for (uint32_t i = 0; i < made; i++)
		if (out[CHANNELS * i] > out[CHANNELS * peak])
			peak = i;
	expected = (1000.0 + vsnd_rate_delay_frames(rate)) * 48000 / 44100;
	assert_true(fabs(peak - expected) < 2);
	assert_in_range(vsnd_rate_delay_frames(rate), 1, 44100 * 3 / 1000);
	vsnd_rate_destroy(rate);
}

static void test_bad_ratios(void **state)
{
	struct vsnd_rate *rate;

	(void)state;
	assert_int_equal(vsnd_rate_create(0, 1, 1, VSND_RATE_USUAL, 1, &rate), -EINVAL);
	assert_int_equal(vsnd_rate_create(2, 0, 1, VSND_RATE_USUAL, 1, &rate), -EINVAL);
	assert_int_equal(vsnd_rate_create(2, 48000, 0, VSND_RATE_USUAL, 1, &rate), -EINVAL);
	assert_int_equal(vsnd_rate_create(2, 192000, 3000, VSND_RATE_USUAL, 1, &rate), -EINVAL);
	vsnd_rate_destroy(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_usual_quality_is_pure),
		cmocka_unit_test(test_pass_band_reaches_20_khz),
		cmocka_unit_test(test_qualities_differ),
		cmocka_unit_test(test_pulling_keeps_the_ratio),
		cmocka_unit_test(test_pushing_keeps_the_ratio),
		cmocka_unit_test(test_packets_do_not_matter),
		cmocka_unit_test(test_reset_is_as_new),
		cmocka_unit_test(test_delay_is_what_it_says),
		cmocka_unit_test(test_bad_ratios),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
