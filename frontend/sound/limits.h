/* SPDX-License-Identifier: MIT */
/*
 * From what a stream's configuration and its backend allow (in frames, for all formats together) to
 * what ALSA's ioplug can express (in bytes). Pure.
 */
#ifndef PVSND_LIMITS_H
#define PVSND_LIMITS_H

#include <stdint.h>
#include <xen/io/sndif.h>

#include "frontend/sound/card.h"

#define PVSND_BUFFER_BYTES_MAX (4u << 20) /* gntalloc's own default is 4 MiB for a whole guest */
#define PVSND_FORMATS 18
#define PVSND_PERIODS_MAX 1024u

/* Minima and maxima are inclusive. */
struct pvsnd_limits {
	unsigned num_formats;
	unsigned formats[PVSND_FORMATS]; /* snd_pcm_format_t */
	unsigned num_rates;              /* 0: all of rate_min … rate_max */
	unsigned rates[PVSND_RATES_MAX];
	unsigned rate_min, rate_max;
	unsigned channels_min, channels_max;
	unsigned period_bytes_min, period_bytes_max;
	unsigned buffer_bytes_min, buffer_bytes_max;
	/* For the format with the smallest frame the bytes above say the same; with larger ones a
	 * period or buffer may come out shorter, and the backend is then asked for these. */
	uint32_t period_frames_min, period_frames_max;
	uint32_t buffer_frames_min;
};

/* The question to the backend: the whole offer. */
void pvsnd_limits_wish(const struct pvsnd_stream *stream, struct xensnd_query_hw_param *ret);

/* From its answer. -EINVAL: nothing is left, or the answer makes no sense. */
int pvsnd_limits_derive(const struct pvsnd_stream *stream,
	const struct xensnd_query_hw_param *answer, struct pvsnd_limits *ret);

#endif
