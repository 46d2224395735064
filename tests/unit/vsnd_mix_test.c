/* SPDX-License-Identifier: MIT */
/* The engine's samples against slow arithmetic: each format into each, sums, noise, channels. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "backend/sound/engine/channels.h"
#include "backend/sound/engine/format.h"
#include "backend/sound/engine/mix.h"

#define SAMPLES 1000u
#define FORMATS (XENSND_PCM_FORMAT_F64_BE + 1u)

static uint64_t dice_state = 88172645463325252u;

static uint64_t dice(void)
{
	dice_state ^= dice_state << 13;
	dice_state ^= dice_state >> 7;
	dice_state ^= dice_state << 17;
	return dice_state;
}

/* ---- a slow reference: text book arithmetic on one sample ---- */

struct slow {
	unsigned bytes, bits; /* bits 0: float */
	bool is_unsigned, big_endian;
};

static struct slow slow_format(uint8_t pcm_format)
{
	const char *name = vsnd_format_name(pcm_format);
	bool is_float = strncmp(name, "float", 5) == 0;
	unsigned bits = (unsigned)atoi(name + (is_float ? 5 : 1));
	struct slow slow = {.bits = is_float ? 0 : bits,
		.is_unsigned = name[0] == 'u',
		.big_endian = strstr(name, "_be") != NULL};

	slow.bytes = is_float ? (bits == 64 ? 8 : 4) : bits == 24 ? 4 : bits / 8;
	return slow;
}

static double slow_read(const struct slow *slow, const uint8_t *at)
{
	uint8_t bytes[8];
	uint64_t raw = 0;
	int64_t value;

	for (unsigned i = 0; i < slow->bytes; i++)
		bytes[i] = at[slow->big_endian ? slow->bytes - 1 - i : i];
	for (unsigned i = slow->bytes; i-- > 0;)
		raw = raw << 8 | bytes[i];
	if (slow->bits == 0 && slow->bytes == 4) {
		float narrow;

		memcpy(&narrow, bytes, 4);
		return (double)narrow;
	}
	if (slow->bits == 0) {
		double wide;

		memcpy(&wide, bytes, 8);
		return wide;
	}
	value = (int64_t)(raw & ((UINT64_C(1) << slow->bits) - 1));
	if (slow->is_unsigned)
		value -= INT64_C(1) << (slow->bits - 1);
	else if (value >= INT64_C(1) << (slow->bits - 1))
		value -= INT64_C(1) << slow->bits;
	return (double)value / (double)(INT64_C(1) << (slow->bits - 1));
}

/* What a value becomes in a format: to the nearest, no further than its ends. */
static double slow_round(const struct slow *slow, double value)
{
	double steps, rounded;

	if (slow->bits == 0)
		return slow->bytes == 4 ? (double)(float)value : value;
	steps = (double)(INT64_C(1) << (slow->bits - 1));
	rounded = nearbyint(value * steps);
	return fmin(fmax(rounded, -steps), steps - 1) / steps;
}

/* Samples of a format: its ends, its middle, and anything. */
static void fill(uint8_t pcm_format, const struct slow *slow, uint8_t *to)
{
	static const double marks[] = {0, -1, 0.5, -0.5, 0.999, 1e-9};

	for (unsigned i = 0; i < SAMPLES; i++, to += slow->bytes) {
		struct vsnd_format format = {pcm_format, 1, 48000};
		double value = (double)(int64_t)dice() / 9223372036854775808.0;

		vsnd_format_put(&format, to, i < 6 ? marks[i] : value);
	}
}

static void test_each_format_into_each(void **state)
{
	static uint8_t from[SAMPLES * 8], to[SAMPLES * 8];
	static double engine[SAMPLES];

	(void)state;
	for (uint8_t a = 0; a < FORMATS; a++)
		for (uint8_t b = 0; b < FORMATS; b++) {
			struct slow slow_a = slow_format(a), slow_b = slow_format(b);

			fill(a, &slow_a, from);
			vsnd_mix_load(a, from, engine, SAMPLES);
			vsnd_mix_store(b, engine, to, SAMPLES, NULL);
			for (unsigned i = 0; i < SAMPLES; i++) {
				double in = slow_read(&slow_a, from + i * slow_a.bytes);

				assert_true(engine[i] == in);
				assert_true(slow_read(&slow_b, to + i * slow_b.bytes) ==
					    slow_round(&slow_b, in));
			}
		}
}

static void test_the_same_format_is_untouched(void **state)
{
	static uint8_t from[SAMPLES * 8], to[SAMPLES * 8];
	static double engine[SAMPLES];

	(void)state;
	for (uint8_t a = 0; a < FORMATS; a++) {
		struct slow slow = slow_format(a);

		fill(a, &slow, from);
		vsnd_mix_load(a, from, engine, SAMPLES);
		vsnd_mix_store(a, engine, to, SAMPLES, NULL);
		assert_memory_equal(from, to, SAMPLES * slow.bytes);
	}
}

/* Integers: exactly their sum, as far as the format goes. */
static void test_a_mix_is_the_sum(void **state)
{
	static int32_t in[8][SAMPLES], out[SAMPLES];
	static double bus[SAMPLES], one[SAMPLES];

	(void)state;
	memset(bus, 0, sizeof(bus));
	for (unsigned k = 0; k < 8; k++) {
		for (unsigned i = 0; i < SAMPLES; i++)
			in[k][i] = (int32_t)((uint32_t)dice()) >> (i % 5);
		vsnd_mix_load(XENSND_PCM_FORMAT_S32_LE, in[k], one, SAMPLES);
		vsnd_mix_add(bus, one, SAMPLES);
	}
	vsnd_mix_store(XENSND_PCM_FORMAT_S32_LE, bus, out, SAMPLES, NULL);
	for (unsigned i = 0; i < SAMPLES; i++) {
		int64_t sum = 0;

		for (unsigned k = 0; k < 8; k++)
			sum += in[k][i];
		sum = sum > INT32_MAX ? INT32_MAX : sum < INT32_MIN ? INT32_MIN : sum;
		assert_int_equal(out[i], sum);
	}
}

static void test_what_is_no_number_is_bounded(void **state)
{
	static const float bad[] = {INFINITY, -INFINITY, NAN, 2.5f};
	int16_t out[4];
	double engine[4];

	(void)state;
	vsnd_mix_load(XENSND_PCM_FORMAT_F32_LE, bad, engine, 4);
	assert_true(engine[0] == VSND_MIX_LOUDEST && engine[1] == -VSND_MIX_LOUDEST);
	assert_true(engine[2] == 0 && engine[3] == 2.5);
	vsnd_mix_store(XENSND_PCM_FORMAT_S16_LE, engine, out, 4, NULL);
	assert_int_equal(out[3], INT16_MAX);
}

/* Nothing so small that processors are slow with it, nor would be with a filter's products of it.
 */
static void test_next_to_nothing_is_nothing(void **state)
{
	static const double tiny[] = {1e-310, -1e-310, 1e-200, -0.9 * 0x1p-64, 0x1p-64, -0x1p-63};
	double engine[6];

	(void)state;
	vsnd_mix_load(XENSND_PCM_FORMAT_F64_LE, tiny, engine, 6);
	for (unsigned i = 0; i < 4; i++)
		assert_true(engine[i] == 0);
	assert_true(engine[4] == tiny[4] && engine[5] == tiny[5]);
}

/* A tone of a quarter of a step is lost without dither, and there on average with it. */
static void test_dither_keeps_what_rounding_loses(void **state)
{
	enum { MANY = 200000 };
	struct vsnd_dither dither = {1};
	double value = 0.25 / 32768, sum = 0, squares = 0;
	int16_t out;

	(void)state;
	vsnd_mix_store(XENSND_PCM_FORMAT_S16_LE, &value, &out, 1, NULL);
	assert_int_equal(out, 0);
	for (unsigned i = 0; i < MANY; i++) {
		vsnd_mix_store(XENSND_PCM_FORMAT_S16_LE, &value, &out, 1, &dither);
		assert_in_range(out + 2, 0, 4);
		sum += out;
		squares += (double)out * out;
	}
	assert_true(fabs(sum / MANY - 0.25) < 0.01);
	/* Two dice and the rounding itself: a quarter of a step squared, whatever the value. */
	assert_true(fabs(squares / MANY - 0.0625 - 0.25) < 0.01);
}

static void test_gain_moves_evenly(void **state)
{
	static double samples[200];
	const float from[] = {0, 1}, to[] = {1, 1};

	(void)state;
	for (unsigned i = 0; i < 200; i++)
		samples[i] = 1;
	vsnd_mix_gain(samples, 2, 100, from, to);
	for (unsigned i = 0; i < 100; i++) {
		assert_true(fabs(samples[2 * i] - i / 100.0) < 1e-6);
		assert_true(samples[2 * i + 1] == 1);
	}
}

/* ---- channels ---- */

static void test_layouts(void **state)
{
	struct vsnd_channels c = vsnd_channels_matrix(1, 2);
	double down;

	(void)state;
	assert_true(c.gain[0][0] == 1 && c.gain[1][0] == 1);
	c = vsnd_channels_matrix(2, 1);
	assert_true(c.gain[0][0] == 0.5 && c.gain[0][1] == 0.5);
	c = vsnd_channels_matrix(2, 6);
	assert_true(c.gain[0][0] == 1 && c.gain[1][1] == 1 && c.gain[0][1] == 0);
	for (unsigned i = 2; i < 6; i++)
		assert_true(c.gain[i][0] == 0 && c.gain[i][1] == 0);
	/* 5.1 to stereo: centre and rear at -3 dB, turned down together; no LFE. */
	c = vsnd_channels_matrix(6, 2);
	down = 1 / (1 + 2 * M_SQRT1_2);
	assert_true(fabs(c.gain[0][0] - down) < 1e-12);
	assert_true(fabs(c.gain[0][4] - down * M_SQRT1_2) < 1e-12);
	assert_true(fabs(c.gain[1][4] - down * M_SQRT1_2) < 1e-12);
	assert_true(fabs(c.gain[0][2] - down * M_SQRT1_2) < 1e-12 && c.gain[1][2] == 0);
	assert_true(c.gain[0][5] == 0 && c.gain[1][5] == 0);
	/* 7.1 to 5.1: the sides go to the rear. */
	c = vsnd_channels_matrix(8, 6);
	assert_true(c.gain[2][6] > 0 && c.gain[3][7] > 0 && c.gain[0][6] == 0);
}

static void test_no_layout_overflows_or_loses_a_front(void **state)
{
	(void)state;
	for (unsigned from = 1; from <= VSND_CHANNELS_MAX; from++)
		for (unsigned to = 1; to <= VSND_CHANNELS_MAX; to++) {
			struct vsnd_channels c = vsnd_channels_matrix(from, to);
			double heard = 0;

			assert_true(c.identity == (from == to));
			for (unsigned i = 0; i < to; i++) {
				double sum = 0;

				for (unsigned k = 0; k < from; k++)
					sum += c.gain[i][k];
				assert_true(sum <= 1 + 1e-12);
				assert_true(from != to || c.gain[i][i] == 1);
				heard += c.gain[i][0];
			}
			assert_true(heard > 0.15);
		}
}

static void test_channels_are_applied(void **state)
{
	const double in[] = {1, 0.5, -1, 0.25};
	struct vsnd_channels down = vsnd_channels_matrix(2, 1), same = vsnd_channels_matrix(2, 2);
	double out[4];

	(void)state;
	vsnd_channels_apply(&down, in, out, 2);
	assert_true(out[0] == 0.75 && out[1] == -0.375);
	vsnd_channels_apply(&same, in, out, 2);
	assert_memory_equal(in, out, sizeof(in));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_format_into_each),
		cmocka_unit_test(test_the_same_format_is_untouched),
		cmocka_unit_test(test_a_mix_is_the_sum),
		cmocka_unit_test(test_what_is_no_number_is_bounded),
		cmocka_unit_test(test_next_to_nothing_is_nothing),
		cmocka_unit_test(test_dither_keeps_what_rounding_loses),
		cmocka_unit_test(test_gain_moves_evenly),
		cmocka_unit_test(test_layouts),
		cmocka_unit_test(test_no_layout_overflows_or_loses_a_front),
		cmocka_unit_test(test_channels_are_applied),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
