/* SPDX-License-Identifier: MIT */
#include "backend/sound/engine/mix.h"

#include <math.h>
#include <string.h>

#include "backend/sound/engine/format.h"

#define CHUNK_SAMPLES 64u
#define FULL_SCALE 2147483648.0 /* of a plain integer */

union plain {
	int32_t integers[CHUNK_SAMPLES];
	float floats[CHUNK_SAMPLES];
	double doubles[CHUNK_SAMPLES];
};

/* What a sum of all streams and every filter stays finite with; and what processors compute with as
 * fast as with anything else, also as a filter's products: no denormals. NaN is less than all. */
static double bound(double value)
{
	double loud = fabs(value);

	if (!(loud >= VSND_MIX_QUIETEST))
		return 0;
	return loud > VSND_MIX_LOUDEST ? copysign(VSND_MIX_LOUDEST, value) : value;
}

static void load_plain(uint8_t pcm_format, const union plain *plain, double *to, size_t samples)
{
	if (!vsnd_format_is_float(pcm_format))
		for (size_t i = 0; i < samples; i++)
			to[i] = plain->integers[i] * (1 / FULL_SCALE);
	else if (vsnd_format_plain_bytes(pcm_format) == 4)
		for (size_t i = 0; i < samples; i++)
			to[i] = bound((double)plain->floats[i]);
	else
		for (size_t i = 0; i < samples; i++)
			to[i] = bound(plain->doubles[i]);
}

void vsnd_mix_load(uint8_t pcm_format, const void *from, double *to, size_t samples)
{
	unsigned sample_bytes = vsnd_format_sample_bytes(pcm_format);
	const uint8_t *at = from;
	union plain plain;

	while (samples > 0) {
		size_t now = samples < CHUNK_SAMPLES ? samples : CHUNK_SAMPLES;

		vsnd_format_to_plain(pcm_format, at, &plain, now);
		load_plain(pcm_format, &plain, to, now);
		at += now * sample_bytes;
		to += now;
		samples -= now;
	}
}

void vsnd_mix_add(double *bus, const double *from, size_t samples)
{
	for (size_t i = 0; i < samples; i++)
		bus[i] += from[i];
}

void vsnd_mix_gain(
	double *samples, unsigned channels, uint32_t frames, const float *from, const float *to)
{
	for (unsigned k = 0; k < channels && frames > 0; k++) {
		double gain = from[k], step = ((double)to[k] - from[k]) / frames;

		if (from[k] == 1.0f && to[k] == 1.0f)
			continue;
		for (uint32_t i = 0; i < frames; i++)
			samples[(size_t)i * channels + k] *= gain + step * i;
	}
}

unsigned vsnd_mix_bits(uint8_t pcm_format)
{
	if (vsnd_format_is_float(pcm_format))
		return vsnd_format_plain_bytes(pcm_format) == 4 ? 25 : 54;
	switch (pcm_format) {
	case XENSND_PCM_FORMAT_S24_LE:
	case XENSND_PCM_FORMAT_S24_BE:
	case XENSND_PCM_FORMAT_U24_LE:
	case XENSND_PCM_FORMAT_U24_BE:
		return 24;
	default:
		return 8 * vsnd_format_sample_bytes(pcm_format);
	}
}

/* Xorshift; its upper half is one die. */
static double die(struct vsnd_dither *dither)
{
	dither->state ^= dither->state << 13;
	dither->state ^= dither->state >> 7;
	dither->state ^= dither->state << 17;
	return (double)(dither->state >> 11) * 0x1p-53;
}

/* Steps of the format's last bit; then up to the top bits. */
static void store_integers(
	unsigned bits, const double *from, int32_t *to, size_t samples, struct vsnd_dither *dither)
{
	double steps = ldexp(1, (int)bits - 1);

	for (size_t i = 0; i < samples; i++) {
		double value = from[i] * steps;

		if (dither != NULL)
			value += die(dither) - die(dither);
		value = nearbyint(value);
		if (!(value > -steps))
			value = -steps;
		if (value > steps - 1)
			value = steps - 1;
		to[i] = (int32_t)((uint32_t)(int32_t)value << (32 - bits));
	}
}

static void store_plain(uint8_t pcm_format, const double *from, union plain *plain, size_t samples,
	struct vsnd_dither *dither)
{
	if (!vsnd_format_is_float(pcm_format))
		store_integers(vsnd_mix_bits(pcm_format), from, plain->integers, samples, dither);
	else if (vsnd_format_plain_bytes(pcm_format) == 4)
		for (size_t i = 0; i < samples; i++)
			plain->floats[i] = (float)from[i];
	else
		memcpy(plain->doubles, from, samples * sizeof(*from));
}

void vsnd_mix_store(uint8_t pcm_format, const double *from, void *to, size_t samples,
	struct vsnd_dither *dither)
{
	unsigned sample_bytes = vsnd_format_sample_bytes(pcm_format);
	uint8_t *at = to;
	union plain plain;

	while (samples > 0) {
		size_t now = samples < CHUNK_SAMPLES ? samples : CHUNK_SAMPLES;

		store_plain(pcm_format, from, &plain, now, dither);
		vsnd_format_from_plain(pcm_format, &plain, at, now);
		at += now * sample_bytes;
		from += now;
		samples -= now;
	}
}
