/* SPDX-License-Identifier: MIT */
/*
 * PCM formats by sndif's numbers (XENSND_PCM_FORMAT_*), the linear and float ones that ALSA has
 * too. Everything is interleaved. No state, any thread.
 */
#ifndef VSND_FORMAT_H
#define VSND_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <xen/io/sndif.h>

#define VSND_CHANNELS_MAX 8u
#define VSND_RATE_MIN_HZ 4000u
#define VSND_RATE_MAX_HZ 192000u

/* S8 … F64_BE: bit n is XENSND_PCM_FORMAT n. */
#define VSND_FORMATS_ALL ((UINT64_C(1) << (XENSND_PCM_FORMAT_F64_BE + 1)) - 1)

struct vsnd_format {
	uint8_t pcm_format; /* XENSND_PCM_FORMAT_* */
	uint8_t channels;
	uint32_t rate_hz;
};

enum vsnd_direction { VSND_PLAYBACK, VSND_CAPTURE };

/* Bytes of one sample in memory: 1, 2, 4 or 8; 0 for a format that is none of ours. S24 takes 4. */
unsigned vsnd_format_sample_bytes(uint8_t pcm_format);
/* -EINVAL: format, channels or rate outside what this header names. */
int vsnd_format_frame_bytes(const struct vsnd_format *format, uint32_t *ret_bytes);

/* "s16_le" as in xenstore; xl's spellings of the float formats ("f32_le") are taken as well. */
const char *vsnd_format_name(uint8_t pcm_format);
int vsnd_format_parse(const char *name, uint8_t *ret_pcm_format);

/* Fills with silence (0x80 for U8 and so on; pad bytes 0). Real-time safe. */
void vsnd_format_silence(const struct vsnd_format *format, void *to, uint32_t frames);

/*
 * Between a format and its plain kind in this machine's byte order: int32_t, signed and moved up to
 * the top bits, for integers; float; double. No bit of a sample is lost either way; pad bytes are
 * written as 0. from and to must not overlap. Real-time safe.
 */
void vsnd_format_to_plain(uint8_t pcm_format, const void *from, void *to, size_t samples);
void vsnd_format_from_plain(uint8_t pcm_format, const void *from, void *to, size_t samples);
/* Bytes of one plain sample: 4 or 8. */
unsigned vsnd_format_plain_bytes(uint8_t pcm_format);
bool vsnd_format_is_float(uint8_t pcm_format);

/* Writes one frame with this value, -1.0 to 1.0 (full scale), in each channel. Real-time safe. */
void vsnd_format_put(const struct vsnd_format *format, void *frame, double value);

#endif
