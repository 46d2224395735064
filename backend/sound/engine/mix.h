/* SPDX-License-Identifier: MIT */
/*
 * Between samples of any format and the engine's own: double, 1.0 = full scale, in which every
 * format up to 32 bits is exact, so that a mix of integers is their exact sum. Real-time safe.
 */
#ifndef VSND_MIX_H
#define VSND_MIX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VSND_MIX_LOUDEST 1024.0   /* 60 dB above full scale */
#define VSND_MIX_QUIETEST 0x1p-64 /* 385 dB below */

/* Exact; but in a float format what is louder than that is read as that, and what is quieter, and
 * NaN, as 0. */
void vsnd_mix_load(uint8_t pcm_format, const void *from, double *to, size_t samples);
/* bus += from. */
void vsnd_mix_add(double *bus, const double *from, size_t samples);
/* Multiplies by a gain for each channel (finite, not negative) that moves linearly from `from` to
 * `to` (1.0f: as they are) over these frames: frame 0 gets `from`, the one after the last would get
 * `to`. */
void vsnd_mix_gain(
	double *samples, unsigned channels, uint32_t frames, const float *from, const float *to);

/* Noise of a rounding that has something to hide; one thread. seed: not 0. */
struct vsnd_dither {
	uint64_t state;
};

/*
 * Integers: rounds to nearest and saturates at the format's ends; with dither (may be NULL) two
 * even dice of one step each are added before, so that what is lost turns into noise that does not
 * depend on the sound. Floats: as they are. Pad bytes are 0.
 */
void vsnd_mix_store(uint8_t pcm_format, const double *from, void *to, size_t samples,
	struct vsnd_dither *dither);

/* Significant bits of an integer format; 25 and 54 for 32 and 64 bit floats. */
unsigned vsnd_mix_bits(uint8_t pcm_format);

#endif
