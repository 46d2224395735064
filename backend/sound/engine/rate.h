/* SPDX-License-Identifier: MIT */
/*
 * Conversion of rates: interleaved float frames at one rate into frames at another, exactly as many
 * as the ratio says, the remainder of every packet carried over. By speexdsp's resampler, chosen by
 * measurement: HACKING.md, "Rate conversion". Real-time safe but for create and destroy; one
 * thread.
 */
#ifndef VSND_RATE_H
#define VSND_RATE_H

#include <stdint.h>

enum vsnd_rate_quality {
	VSND_RATE_USUAL,  /* -0.1 dB at 20 kHz, THD+N below -100 dB */
	VSND_RATE_FAST,   /* half the processor time; pass band to 18 kHz at 44.1 kHz */
	VSND_RATE_BEST,   /* below -130 dB; two to three times the processor time */
	VSND_RATE_COARSE, /* as good as a telephone, and a sixteenth of the processor time */
};

struct vsnd_rate;

/* most_frames: of one call, on either side. -EINVAL: a rate or the channels are 0, or the ratio is
 * beyond 1:64 or 64:1; -ENOMEM. */
int vsnd_rate_create(unsigned channels, uint32_t from_hz, uint32_t to_hz,
	enum vsnd_rate_quality quality, uint32_t most_frames, struct vsnd_rate **ret);
/* Takes NULL. */
void vsnd_rate_destroy(struct vsnd_rate *rate);

/* About how many multiplications a conversion takes in a second. */
uint64_t vsnd_rate_cost(
	unsigned channels, uint32_t from_hz, uint32_t to_hz, enum vsnd_rate_quality quality);

/* So many frames of silence that go in leave nothing inside of what went in before. (The library's
 * own way of forgetting keeps what it has of all channels but the first.) */
uint32_t vsnd_rate_wash_frames(const struct vsnd_rate *rate);
/* As new, after so much silence. */
void vsnd_rate_reset(struct vsnd_rate *rate);

/* How long what goes in takes to come out, in frames that go in. */
uint32_t vsnd_rate_delay_frames(const struct vsnd_rate *rate);
/* The same in frames that come out, rounded up. */
uint32_t vsnd_rate_delay_out_frames(const struct vsnd_rate *rate);

/* Pulling: how many frames must go in for so many to come out next. May be 0. */
uint32_t vsnd_rate_need(const struct vsnd_rate *rate, uint32_t out_frames);
/* Takes vsnd_rate_need(out_frames) frames from `in`, writes out_frames to `out`. */
void vsnd_rate_pull(struct vsnd_rate *rate, const float *in, float *out, uint32_t out_frames);

/* Pushing: at most how many frames come out for so many that go in next. */
uint32_t vsnd_rate_room(const struct vsnd_rate *rate, uint32_t in_frames);
/* Takes all of in_frames; returns how many it wrote to `out`, which has room for
 * vsnd_rate_room(in_frames). */
uint32_t vsnd_rate_push(struct vsnd_rate *rate, const float *in, uint32_t in_frames, float *out);

#endif
