/* SPDX-License-Identifier: MIT */
#include "frontend/sound/format.h"

#include <alsa/asoundlib.h>
#include <string.h>

#define SAME(xen, alsa)                                                                            \
	_Static_assert((int)XENSND_PCM_FORMAT_##xen == (int)SND_PCM_FORMAT_##alsa, #xen)
SAME(S8, S8);
SAME(U8, U8);
SAME(S16_LE, S16_LE);
SAME(S16_BE, S16_BE);
SAME(U16_LE, U16_LE);
SAME(U16_BE, U16_BE);
SAME(S24_LE, S24_LE);
SAME(S24_BE, S24_BE);
SAME(U24_LE, U24_LE);
SAME(U24_BE, U24_BE);
SAME(S32_LE, S32_LE);
SAME(S32_BE, S32_BE);
SAME(U32_LE, U32_LE);
SAME(U32_BE, U32_BE);
SAME(F32_LE, FLOAT_LE);
SAME(F32_BE, FLOAT_BE);
SAME(F64_LE, FLOAT64_LE);
SAME(F64_BE, FLOAT64_BE);

static const struct {
	const char *name;
	uint8_t format;
} spellings_of_xl[] = {
	{"f32_le", XENSND_PCM_FORMAT_F32_LE},
	{"f32_be", XENSND_PCM_FORMAT_F32_BE},
	{"f64_le", XENSND_PCM_FORMAT_F64_LE},
	{"f64_be", XENSND_PCM_FORMAT_F64_BE},
};

uint64_t pvsnd_format_parse(const char *name)
{
	for (int format = 0; format <= XENSND_PCM_FORMAT_F64_BE; format++)
		if (strcasecmp(name, snd_pcm_format_name((snd_pcm_format_t)format)) == 0)
			return UINT64_C(1) << format;
	for (unsigned i = 0; i < sizeof(spellings_of_xl) / sizeof(spellings_of_xl[0]); i++)
		if (strcasecmp(name, spellings_of_xl[i].name) == 0)
			return UINT64_C(1) << spellings_of_xl[i].format;
	return 0;
}

uint32_t pvsnd_format_smallest_bytes(uint64_t formats, uint32_t channels)
{
	uint32_t smallest = 0;

	for (int format = 0; format <= XENSND_PCM_FORMAT_F64_BE; format++) {
		uint32_t bytes = (uint32_t)snd_pcm_format_physical_width((snd_pcm_format_t)format) /
				 8 * channels;

		if (formats >> format & 1 && (smallest == 0 || bytes < smallest))
			smallest = bytes;
	}
	return smallest;
}
