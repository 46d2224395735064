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
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_put),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
