/* SPDX-License-Identifier: MIT */
/*
 * What is heard when a guest is late: the sound goes on as the mirror of what was heard last and
 * dies away in 5 ms, and what comes after fades in over 2 ms. Nothing is moved in time: only the
 * frames that are missing, and the first after them, are not as the guest wrote them. From one
 * sample to the next the sound then changes by at most what it did by itself in the last 5 ms and
 * in what comes, and the loudest sample times 1.5 / tail_frames + 3 / fade_in_frames: 4 % at 48
 * kHz. Interleaved frames of the engine. Real-time safe, no allocation; one thread.
 */
#ifndef VSND_GAP_H
#define VSND_GAP_H

#include <stdint.h>

#include "backend/sound/engine/format.h"

#define VSND_GAP_TAIL_FRAMES_MAX (VSND_RATE_MAX_HZ / 200) /* 5 ms */

struct vsnd_gap {
	unsigned channels;
	uint32_t tail_frames;    /* 5 ms */
	uint32_t fade_in_frames; /* 2 ms */
	/* Of the gap under way: frames of the tail that were played, tail_frames when it is over.
	 */
	uint32_t played;
	uint32_t faded;                   /* frames of the fading in that were played */
	double heard[VSND_CHANNELS_MAX];  /* the last frame of fill or close */
	double offset[VSND_CHANNELS_MAX]; /* of it above the history's last, dying away too */
	uint32_t history_frames;
	double history[VSND_GAP_TAIL_FRAMES_MAX * VSND_CHANNELS_MAX]; /* oldest first */
};

/* As before the first frame: what comes now is neither faded in nor continued. */
void vsnd_gap_begin(struct vsnd_gap *gap, const struct vsnd_format *format);
/* A gap begins. history: the last frames that came before it, oldest first, the last of them at
 * most tail_frames after the gap before. It may begin while that is still faded out of. */
void vsnd_gap_open(struct vsnd_gap *gap, const double *history, uint32_t frames);
/* Frames that are missing: writes what is to be heard instead. After open. */
void vsnd_gap_fill(struct vsnd_gap *gap, double *to, uint32_t frames);
/* Frames that came: fades them in, if a gap was before them. */
void vsnd_gap_close(struct vsnd_gap *gap, double *samples, uint32_t frames);
/* True while close would change anything. */
bool vsnd_gap_closing(const struct vsnd_gap *gap);

#endif
