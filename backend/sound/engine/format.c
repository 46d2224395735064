/* SPDX-License-Identifier: MIT */
#include "backend/sound/engine/format.h"

#include <errno.h>
#include <math.h>
#include <string.h>

enum kind { KIND_SIGNED, KIND_UNSIGNED, KIND_FLOAT };

static const struct layout {
	const char *name, *xl_name;
	enum kind kind;
	uint8_t sample_bytes;
	uint8_t used_bytes; /* the low ones; above them is padding */
	bool big_endian;
} layouts[] = {
	[XENSND_PCM_FORMAT_S8] = {XENSND_PCM_FORMAT_S8_STR, NULL, KIND_SIGNED, 1, 1, false},
	[XENSND_PCM_FORMAT_U8] = {XENSND_PCM_FORMAT_U8_STR, NULL, KIND_UNSIGNED, 1, 1, false},
	[XENSND_PCM_FORMAT_S16_LE] = {XENSND_PCM_FORMAT_S16_LE_STR, NULL, KIND_SIGNED, 2, 2, false},
	[XENSND_PCM_FORMAT_S16_BE] = {XENSND_PCM_FORMAT_S16_BE_STR, NULL, KIND_SIGNED, 2, 2, true},
	[XENSND_PCM_FORMAT_U16_LE] = {XENSND_PCM_FORMAT_U16_LE_STR, NULL, KIND_UNSIGNED, 2, 2,
		false},
	[XENSND_PCM_FORMAT_U16_BE] = {XENSND_PCM_FORMAT_U16_BE_STR, NULL, KIND_UNSIGNED, 2, 2,
		true},
	[XENSND_PCM_FORMAT_S24_LE] = {XENSND_PCM_FORMAT_S24_LE_STR, NULL, KIND_SIGNED, 4, 3, false},
	[XENSND_PCM_FORMAT_S24_BE] = {XENSND_PCM_FORMAT_S24_BE_STR, NULL, KIND_SIGNED, 4, 3, true},
	[XENSND_PCM_FORMAT_U24_LE] = {XENSND_PCM_FORMAT_U24_LE_STR, NULL, KIND_UNSIGNED, 4, 3,
		false},
	[XENSND_PCM_FORMAT_U24_BE] = {XENSND_PCM_FORMAT_U24_BE_STR, NULL, KIND_UNSIGNED, 4, 3,
		true},
	[XENSND_PCM_FORMAT_S32_LE] = {XENSND_PCM_FORMAT_S32_LE_STR, NULL, KIND_SIGNED, 4, 4, false},
	[XENSND_PCM_FORMAT_S32_BE] = {XENSND_PCM_FORMAT_S32_BE_STR, NULL, KIND_SIGNED, 4, 4, true},
	[XENSND_PCM_FORMAT_U32_LE] = {XENSND_PCM_FORMAT_U32_LE_STR, NULL, KIND_UNSIGNED, 4, 4,
		false},
	[XENSND_PCM_FORMAT_U32_BE] = {XENSND_PCM_FORMAT_U32_BE_STR, NULL, KIND_UNSIGNED, 4, 4,
		true},
	[XENSND_PCM_FORMAT_F32_LE] = {XENSND_PCM_FORMAT_F32_LE_STR, "f32_le", KIND_FLOAT, 4, 4,
		false},
	[XENSND_PCM_FORMAT_F32_BE] = {XENSND_PCM_FORMAT_F32_BE_STR, "f32_be", KIND_FLOAT, 4, 4,
		true},
	[XENSND_PCM_FORMAT_F64_LE] = {XENSND_PCM_FORMAT_F64_LE_STR, "f64_le", KIND_FLOAT, 8, 8,
		false},
	[XENSND_PCM_FORMAT_F64_BE] = {XENSND_PCM_FORMAT_F64_BE_STR, "f64_be", KIND_FLOAT, 8, 8,
		true},
};

#define NUM_LAYOUTS (sizeof(layouts) / sizeof(layouts[0]))

unsigned vsnd_format_sample_bytes(uint8_t pcm_format)
{
	return pcm_format < NUM_LAYOUTS ? layouts[pcm_format].sample_bytes : 0;
}

int vsnd_format_frame_bytes(const struct vsnd_format *format, uint32_t *ret_bytes)
{
	unsigned sample_bytes = vsnd_format_sample_bytes(format->pcm_format);

	if (sample_bytes == 0 || format->channels == 0 || format->channels > VSND_CHANNELS_MAX ||
		format->rate_hz < VSND_RATE_MIN_HZ || format->rate_hz > VSND_RATE_MAX_HZ)
		return -EINVAL;
	*ret_bytes = sample_bytes * format->channels;
	return 0;
}

const char *vsnd_format_name(uint8_t pcm_format)
{
	return pcm_format < NUM_LAYOUTS ? layouts[pcm_format].name : NULL;
}

int vsnd_format_parse(const char *name, uint8_t *ret_pcm_format)
{
	for (uint8_t i = 0; i < NUM_LAYOUTS; i++) {
		if (strcmp(layouts[i].name, name) == 0 ||
			(layouts[i].xl_name != NULL && strcmp(layouts[i].xl_name, name) == 0)) {
			*ret_pcm_format = i;
			return 0;
		}
	}
	return -EINVAL;
}

bool vsnd_format_is_float(uint8_t pcm_format)
{
	return pcm_format < NUM_LAYOUTS && layouts[pcm_format].kind == KIND_FLOAT;
}

unsigned vsnd_format_plain_bytes(uint8_t pcm_format)
{
	return vsnd_format_sample_bytes(pcm_format) == 8 ? 8 : 4;
}

/* The used bytes as a number; padding is left out. */
static inline uint64_t load_bits(const struct layout *layout, const uint8_t *at)
{
	unsigned count = layout->used_bytes;
	uint64_t bits = 0;

	if (layout->big_endian)
		for (unsigned i = layout->sample_bytes - count; i < layout->sample_bytes; i++)
			bits = bits << 8 | at[i];
	else
		for (unsigned i = count; i-- > 0;)
			bits = bits << 8 | at[i];
	return bits;
}

/* Leaves the padding alone. */
static inline void store_bits(const struct layout *layout, uint8_t *at, uint64_t bits)
{
	unsigned bytes = layout->sample_bytes;

	for (unsigned i = 0; i < layout->used_bytes; i++, bits >>= 8)
		at[layout->big_endian ? bytes - 1 - i : i] = (uint8_t)bits;
}

static inline unsigned spare_bits(const struct layout *layout)
{
	return 32u - 8u * layout->used_bytes;
}

static inline uint32_t top_bit(const struct layout *layout)
{
	return layout->kind == KIND_UNSIGNED ? UINT32_C(1) << 31 : 0;
}

/* An integer sample, signed, in the top bits. */
static inline int32_t load_int(const struct layout *layout, const uint8_t *at)
{
	uint32_t bits = (uint32_t)load_bits(layout, at) << spare_bits(layout);

	return (int32_t)(bits ^ top_bit(layout));
}

static inline void store_int(const struct layout *layout, uint8_t *at, int32_t value)
{
	store_bits(layout, at, ((uint32_t)value ^ top_bit(layout)) >> spare_bits(layout));
}

static inline void store_float(const struct layout *layout, uint8_t *at, double wide)
{
	float value = (float)wide;
	uint32_t narrow;
	uint64_t bits;

	if (layout->sample_bytes == 4) {
		memcpy(&narrow, &value, sizeof(narrow));
		bits = narrow;
	} else {
		memcpy(&bits, &wide, sizeof(bits));
	}
	store_bits(layout, at, bits);
}

void vsnd_format_silence(const struct vsnd_format *format, void *to, uint32_t frames)
{
	const struct layout *layout = &layouts[format->pcm_format];
	size_t samples = (size_t)frames * format->channels;
	uint8_t *at = to;

	memset(to, 0, samples * layout->sample_bytes);
	if (layout->kind == KIND_UNSIGNED)
		for (size_t i = 0; i < samples; i++, at += layout->sample_bytes)
			store_int(layout, at, 0);
}

void vsnd_format_to_plain(uint8_t pcm_format, const void *from, void *to, size_t samples)
{
	const struct layout *layout = &layouts[pcm_format];
	unsigned plain_bytes = vsnd_format_plain_bytes(pcm_format);
	const uint8_t *source = from;
	uint8_t *at = to;

	for (size_t i = 0; i < samples; i++, source += layout->sample_bytes, at += plain_bytes) {
		uint64_t bits = load_bits(layout, source);
		uint32_t narrow = (uint32_t)bits;

		if (layout->kind != KIND_FLOAT)
			narrow = (uint32_t)load_int(layout, source);
		if (plain_bytes == 4)
			memcpy(at, &narrow, sizeof(narrow));
		else
			memcpy(at, &bits, sizeof(bits));
	}
}

void vsnd_format_from_plain(uint8_t pcm_format, const void *from, void *to, size_t samples)
{
	const struct layout *layout = &layouts[pcm_format];
	unsigned plain_bytes = vsnd_format_plain_bytes(pcm_format);
	const uint8_t *source = from;
	uint8_t *at = to;

	memset(to, 0, samples * layout->sample_bytes);
	for (size_t i = 0; i < samples; i++, source += plain_bytes, at += layout->sample_bytes) {
		uint64_t bits;
		uint32_t narrow;

		if (plain_bytes == 8) {
			memcpy(&bits, source, sizeof(bits));
			store_bits(layout, at, bits);
			continue;
		}
		memcpy(&narrow, source, sizeof(narrow));
		if (layout->kind == KIND_FLOAT)
			store_bits(layout, at, narrow);
		else
			store_int(layout, at, (int32_t)narrow);
	}
}

void vsnd_format_put(const struct vsnd_format *format, void *frame, double value)
{
	const struct layout *layout = &layouts[format->pcm_format];
	double steps = (double)(UINT64_C(1) << (8 * layout->used_bytes - 1)) - 1.0;
	uint8_t *at = frame;

	memset(frame, 0, (size_t)format->channels * layout->sample_bytes);
	for (unsigned i = 0; i < format->channels; i++, at += layout->sample_bytes) {
		if (layout->kind == KIND_FLOAT)
			store_float(layout, at, value);
		else
			store_int(layout, at,
				(int32_t)((uint32_t)(int32_t)nearbyint(value * steps)
					  << spare_bits(layout)));
	}
}
