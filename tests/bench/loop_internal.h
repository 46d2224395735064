/* SPDX-License-Identifier: MIT */
/* What loop.c (playing, recording, counting) and loop_pcm.c (ALSA) share. */
#ifndef PVBENCH_LOOP_INTERNAL_H
#define PVBENCH_LOOP_INTERNAL_H

#include <alsa/asoundlib.h>

#include "tests/bench/loop.h"

#define LOOP_CHANNELS 2u

struct loop_pcm {
	snd_pcm_t *pcm;
	const char *name;
	uint32_t period_frames;
	uint32_t buffer_frames;
};

/* Opens both, set as params say or as near as they can be. error gets a sentence. */
int loop_pcm_open_both(const struct pvbench_loop_params *params, struct loop_pcm *ret_playback,
	struct loop_pcm *ret_capture, char error[PVBENCH_LOOP_ERROR_BYTES]);
/* Takes one that was never opened. */
void loop_pcm_close(struct loop_pcm *pcm);

/* Whole count of interleaved frames, however long it takes, but -ETIMEDOUT after 2 seconds without
 * any. -EPIPE: an xrun. */
int loop_pcm_write(struct loop_pcm *pcm, const int16_t *samples, uint32_t count);
int loop_pcm_read(struct loop_pcm *pcm, int16_t *samples, uint32_t count);

#endif
