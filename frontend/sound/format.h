/* SPDX-License-Identifier: MIT */
/*
 * Sample formats: sndif's numbers are ALSA's own for the linear and float ones (format.c checks
 * it), so a format needs no translation, only a look at its range. No state, any thread.
 */
#ifndef PVSND_FORMAT_H
#define PVSND_FORMAT_H

#include <stdbool.h>
#include <stdint.h>
#include <xen/io/sndif.h>

/* S8 … F64_BE: bit n is XENSND_PCM_FORMAT n. */
#define PVSND_FORMATS_ALL ((UINT64_C(1) << (XENSND_PCM_FORMAT_F64_BE + 1)) - 1)

/* The bit of the format of that name ("s16_le"; xl's "f32_le" is "float_le"); 0: none of ours. */
uint64_t pvsnd_format_parse(const char *name);

/* Bytes of the smallest frame of these formats with so many channels; 0 without formats. */
uint32_t pvsnd_format_smallest_bytes(uint64_t formats, uint32_t channels);

#endif
