/* SPDX-License-Identifier: MIT */
/*
 * How frames get to and from a PCM of alsa-lib's: by read and write; in planes, one a channel,
 * where the PCM takes no interleaved ones. The PCM's one thread.
 */
#ifndef VSND_ACCESS_H
#define VSND_ACCESS_H

#include <alsa/asoundlib.h>

#include "backend/sound/engine/format.h"

struct vsnd_access {
	bool apart; /* in planes */
	enum vsnd_direction direction;
	unsigned channels;
	unsigned sample_bytes;
	uint32_t most_frames; /* in planes */
	uint8_t *planes;
	uint8_t *silence; /* a few frames */
};

/* Leaves one way in params, interleaved if it can be. -EINVAL: neither is there. */
int vsnd_access_choose(struct vsnd_access *access, snd_pcm_t *pcm, snd_pcm_hw_params_t *params);
/* After choose, for moves of so many frames and less. -ENOMEM. */
int vsnd_access_prepare(struct vsnd_access *access, enum vsnd_direction direction,
	const struct vsnd_format *format, uint32_t most_frames);
/* Of one that is all zeroes, too. */
void vsnd_access_finish(struct vsnd_access *access);

/* Plays, or captures, interleaved frames. Returns how many; as snd_pcm_writei and snd_pcm_readi.
 * Real-time safe. */
snd_pcm_sframes_t vsnd_access_move(
	struct vsnd_access *access, snd_pcm_t *pcm, void *samples, uint32_t frames);
/* Plays so much silence, for which there is room. 0, or as snd_pcm_writei. Real-time safe. */
int vsnd_access_play_silence(struct vsnd_access *access, snd_pcm_t *pcm, uint32_t frames);

#endif
