/* SPDX-License-Identifier: MIT */
/* Formats against formulas, and against alsa-lib's idea of the same formats. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <alsa/asoundlib.h>
#include <cmocka.h>

#include "backend/sound/engine/format.h"

/* A sample of 0x80 ... in each byte: the formulas' view of a format. */
static const struct expected {
	uint8_t pcm_format;
	const char *name;
	unsigned bytes, bits; /* of a sample; significant */
	bool is_signed, big_endian;
} expected[] = {
	{XENSND_PCM_FORMAT_S8, "s8", 1, 8, true, false},
	{XENSND_PCM_FORMAT_U8, "u8", 1, 8, false, false},
	{XENSND_PCM_FORMAT_S16_LE, "s16_le", 2, 16, true, false},
	{XENSND_PCM_FORMAT_S16_BE, "s16_be", 2, 16, true, true},
	{XENSND_PCM_FORMAT_U16_LE, "u16_le", 2, 16, false, false},
	{XENSND_PCM_FORMAT_U16_BE, "u16_be", 2, 16, false, true},
	{XENSND_PCM_FORMAT_S24_LE, "s24_le", 4, 24, true, false},
	{XENSND_PCM_FORMAT_S24_BE, "s24_be", 4, 24, true, true},
	{XENSND_PCM_FORMAT_U24_LE, "u24_le", 4, 24, false, false},
	{XENSND_PCM_FORMAT_U24_BE, "u24_be", 4, 24, false, true},
	{XENSND_PCM_FORMAT_S32_LE, "s32_le", 4, 32, true, false},
	{XENSND_PCM_FORMAT_S32_BE, "s32_be", 4, 32, true, true},
	{XENSND_PCM_FORMAT_U32_LE, "u32_le", 4, 32, false, false},
	{XENSND_PCM_FORMAT_U32_BE, "u32_be", 4, 32, false, true},
};

#define NUM_INTEGERS (sizeof(expected) / sizeof(expected[0]))

static void put_int(const struct expected *e, uint8_t *at, int64_t value)
{
	uint64_t bits = (uint64_t)(value + (e->is_signed ? 0 : INT64_C(1) << (e->bits - 1)));

	for (unsigned i = 0; i < e->bits / 8; i++)
		at[e->big_endian ? e->bytes - 1 - i : i] = (uint8_t)(bits >> 8 * i);
}

static int64_t get_int(const struct expected *e, const uint8_t *at)
{
	uint64_t bits = 0;

	for (unsigned i = 0; i < e->bits / 8; i++)
		bits |= (uint64_t)at[e->big_endian ? e->bytes - 1 - i : i] << 8 * i;
	if (!e->is_signed)
		return (int64_t)bits - (INT64_C(1) << (e->bits - 1));
	return (int64_t)(bits << (64 - e->bits)) >> (64 - e->bits);
}

static snd_pcm_format_t alsa_format(uint8_t pcm_format)
{
	char name[16];

	strcpy(name, vsnd_format_name(pcm_format));
	for (char *c = name; *c != '\0'; c++)
		*c = (char)(*c >= 'a' && *c <= 'z' ? *c - 'a' + 'A' : *c);
	return snd_pcm_format_value(name);
}

static void test_names_and_sizes(void **state)
{
	uint8_t pcm_format;

	(void)state;
	for (unsigned i = 0; i <= XENSND_PCM_FORMAT_F64_BE; i++) {
		assert_true(VSND_FORMATS_ALL & UINT64_C(1) << i);
		assert_int_equal(vsnd_format_parse(vsnd_format_name((uint8_t)i), &pcm_format), 0);
		assert_int_equal(pcm_format, i);
		assert_int_equal(vsnd_format_sample_bytes((uint8_t)i) * 8,
			snd_pcm_format_physical_width(alsa_format((uint8_t)i)));
	}
	for (unsigned i = 0; i < NUM_INTEGERS; i++) {
		assert_string_equal(vsnd_format_name(expected[i].pcm_format), expected[i].name);
		assert_int_equal(
			vsnd_format_sample_bytes(expected[i].pcm_format), expected[i].bytes);
	}
	assert_int_equal(vsnd_format_parse("f32_be", &pcm_format), 0);
	assert_int_equal(pcm_format, XENSND_PCM_FORMAT_F32_BE);
	assert_int_equal(vsnd_format_parse("f64_le", &pcm_format), 0);
	assert_int_equal(pcm_format, XENSND_PCM_FORMAT_F64_LE);
	assert_int_equal(vsnd_format_parse("mu_law", &pcm_format), -EINVAL);
	assert_null(vsnd_format_name(XENSND_PCM_FORMAT_IEC958_SUBFRAME_LE));
	assert_int_equal(vsnd_format_sample_bytes(XENSND_PCM_FORMAT_GSM), 0);
	assert_int_equal(vsnd_format_sample_bytes(255), 0);
}

static void test_frame_bytes(void **state)
{
	struct vsnd_format format = {XENSND_PCM_FORMAT_S24_BE, 6, 44100};
	uint32_t bytes = 0;

	(void)state;
	assert_int_equal(vsnd_format_frame_bytes(&format, &bytes), 0);
	assert_int_equal(bytes, 24);
	format.channels = 9;
	assert_int_equal(vsnd_format_frame_bytes(&format, &bytes), -EINVAL);
	assert_int_equal(bytes, 24);
}

static void test_silence_is_alsas(void **state)
{
	uint8_t ours[8 * 3 * 5], alsas[8 * 3 * 5];

	(void)state;
	for (unsigned i = 0; i <= XENSND_PCM_FORMAT_F64_BE; i++) {
		struct vsnd_format format = {(uint8_t)i, 3, 8000};

		memset(ours, 0x5a, sizeof(ours));
		memset(alsas, 0x5a, sizeof(alsas));
		vsnd_format_silence(&format, ours, 5);
		snd_pcm_format_set_silence(alsa_format((uint8_t)i), alsas, 15);
		assert_memory_equal(ours, alsas, sizeof(ours));
	}
}

static void test_unity_is_exact(void **state)
{
	static const float one[VSND_CHANNELS_MAX] = {1, 1, 1, 1, 1, 1, 1, 1};
	uint8_t before[8 * 2 * 64], after[8 * 2 * 64];

	(void)state;
	for (unsigned i = 0; i < sizeof(before); i++)
		before[i] = (uint8_t)(i * 151 + 7);
	for (unsigned i = 0; i <= XENSND_PCM_FORMAT_F64_BE; i++) {
		struct vsnd_format format = {(uint8_t)i, 2, 8000};

		memcpy(after, before, sizeof(after));
		vsnd_format_gain(&format, after, 64, one, one);
		assert_memory_equal(after, before, sizeof(after));
	}
}

static int64_t gained(int64_t value, double gain, unsigned bits)
{
	int64_t top = (INT64_C(1) << (bits - 1)) - 1;
	double scaled = nearbyint((double)value * gain);

	if (scaled > (double)top)
		return top;
	return scaled < (double)(-top - 1) ? -top - 1 : (int64_t)scaled;
}

/* Both channels have a ramp of their own; pads and the frame behind stay as they were. */
static void check_integer_gain(const struct expected *e, float gain0, float gain1, float end1)
{
	struct vsnd_format format = {e->pcm_format, 2, 8000};
	const float from[] = {gain0, gain1}, to[] = {gain0, end1};
	int64_t top = (INT64_C(1) << (e->bits - 1)) - 1;
	int64_t values[16] = {0, 1, -1, 2, -3, 100, -101, top, -top - 1, top / 2, -top / 3, top - 1,
		77, -78, top / 5, 5};
	uint8_t samples[17 * 2 * 4];

	memset(samples, 0xa5, sizeof(samples));
	for (unsigned i = 0; i < 32; i++)
		put_int(e, samples + i * e->bytes, values[i / 2]);
	vsnd_format_gain(&format, samples, 16, from, to);
	for (unsigned i = 0; i < 32; i++) {
		double step = ((double)end1 - gain1) / 16;
		double gain = i % 2 == 0 ? gain0 : gain1 + step * (i / 2);

		assert_int_equal(
			get_int(e, samples + i * e->bytes), gained(values[i / 2], gain, e->bits));
		if (e->bits == 24)
			assert_int_equal(samples[i * 4 + (e->big_endian ? 0 : 3)], 0xa5);
	}
	for (unsigned i = 32 * e->bytes; i < sizeof(samples); i++)
		assert_int_equal(samples[i], 0xa5);
}

static void test_integer_gains(void **state)
{
	(void)state;
	for (unsigned i = 0; i < NUM_INTEGERS; i++) {
		check_integer_gain(&expected[i], 0.5f, 1.0f, 0.0f);
		check_integer_gain(&expected[i], 1.0f, 0.0f, 0.0f);
		check_integer_gain(&expected[i], 2.0f, 0.25f, 4.0f);
		check_integer_gain(&expected[i], 0.333f, 1.0f, 1.0f);
	}
}

static void swap(uint8_t *at, unsigned bytes)
{
	for (unsigned i = 0; i < bytes / 2; i++) {
		uint8_t other = at[bytes - 1 - i];

		at[bytes - 1 - i] = at[i];
		at[i] = other;
	}
}

static void test_float_gains(void **state)
{
	static const float values[] = {0.5f, -1.0f, 1.5f, 0.1f};
	static const float from[] = {0.5f}, to[] = {2.5f};

	(void)state;
	for (unsigned f = XENSND_PCM_FORMAT_F32_LE; f <= XENSND_PCM_FORMAT_F64_BE; f++) {
		bool wide = f >= XENSND_PCM_FORMAT_F64_LE;
		unsigned bytes = wide ? 8 : 4;
		bool foreign = f % 2 == 1; /* this test runs where the tests run: little-endian */
		struct vsnd_format format = {(uint8_t)f, 1, 8000};
		uint8_t samples[4 * 8];

		for (unsigned i = 0; i < 4; i++) {
			double value = values[i];

			memcpy(samples + i * bytes, wide ? (void *)&value : (void *)&values[i],
				bytes);
			if (foreign)
				swap(samples + i * bytes, bytes);
		}
		vsnd_format_gain(&format, samples, 4, from, to);
		for (unsigned i = 0; i < 4; i++) {
			double gain = 0.5 + 0.5 * i, value;
			float narrow;

			if (foreign)
				swap(samples + i * bytes, bytes);
			memcpy(&narrow, samples + i * bytes, sizeof(narrow));
			value = narrow;
			if (wide)
				memcpy(&value, samples + i * bytes, sizeof(value));
			assert_true(fabs(value - values[i] * gain) < 1e-7);
		}
	}
}

/* There and back; and what is in between is the sample in the top bits. */
static void test_plain(void **state)
{
	uint8_t samples[32 * 8], back[32 * 8];
	int32_t plain[32 * 2];

	(void)state;
	for (unsigned i = 0; i < NUM_INTEGERS; i++) {
		const struct expected *e = &expected[i];

		memset(samples, 0, sizeof(samples));
		for (int64_t k = 0; k < 32; k++)
			put_int(e, samples + k * e->bytes, (k - 16) * 5);
		vsnd_format_to_plain(e->pcm_format, samples, plain, 32);
		for (int64_t k = 0; k < 32; k++)
			assert_int_equal(plain[k], (k - 16) * 5 * (INT64_C(1) << (32 - e->bits)));
		vsnd_format_from_plain(e->pcm_format, plain, back, 32);
		assert_memory_equal(back, samples, 32 * e->bytes);
	}
	for (unsigned i = 0; i < sizeof(samples); i++)
		samples[i] = (uint8_t)(i * 37 + 11);
	for (unsigned f = XENSND_PCM_FORMAT_F32_LE; f <= XENSND_PCM_FORMAT_F64_BE; f++) {
		assert_true(vsnd_format_is_float((uint8_t)f));
		vsnd_format_to_plain((uint8_t)f, samples, plain, 32);
		vsnd_format_from_plain((uint8_t)f, plain, back, 32);
		assert_memory_equal(back, samples, 32 * vsnd_format_plain_bytes((uint8_t)f));
	}
	assert_false(vsnd_format_is_float(XENSND_PCM_FORMAT_U32_BE));
}

static void test_put(void **state)
{
	static const double values[] = {0.0, 1.0, -1.0, 0.25, -0.7};
	uint8_t frame[8 * 2];

	(void)state;
	for (unsigned i = 0; i < NUM_INTEGERS; i++) {
		const struct expected *e = &expected[i];
		struct vsnd_format format = {e->pcm_format, 2, 8000};
		double top = (double)((INT64_C(1) << (e->bits - 1)) - 1);

		for (unsigned k = 0; k < 5; k++) {
			vsnd_format_put(&format, frame, values[k]);
			assert_int_equal(get_int(e, frame), (int64_t)nearbyint(values[k] * top));
			assert_memory_equal(frame, frame + e->bytes, e->bytes);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names_and_sizes),
		cmocka_unit_test(test_frame_bytes),
		cmocka_unit_test(test_silence_is_alsas),
		cmocka_unit_test(test_unity_is_exact),
		cmocka_unit_test(test_integer_gains),
		cmocka_unit_test(test_float_gains),
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_put),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
