/* SPDX-License-Identifier: MIT */
/*
 * How frames get to and from a PCM of alsa-lib's: where it lets us, straight into its buffer, which
 * is no system call; else by read and write. In planes, one a channel, where the PCM takes no
 * interleaved ones. The PCM's one thread.
 */
#ifndef VSND_ACCESS_H
#define VSND_ACCESS_H

#include <alsa/asoundlib.h>

#include "backend/sound/engine/format.h"

struct vsnd_access {
	bool mapped; /* its buffer is ours, too */
	bool apart;  /* in planes */
	enum vsnd_direction direction;
	unsigned channels;
	unsigned sample_bytes;
	snd_pcm_format_t format;
	uint32_t most_frames; /* in planes, by read and write */
	uint8_t *planes;
	uint8_t *silence; /* a few frames */
};

/* Leaves one way in params, interleaved if it can be. -EINVAL: neither is there. */
int vsnd_access_choose(
	struct vsnd_access *access, snd_pcm_t *pcm, snd_pcm_hw_params_t *params, bool mapped);
/* After choose, for moves of so many frames and less. -ENOMEM. */
int vsnd_access_prepare(struct vsnd_access *access, enum vsnd_direction direction,
	const struct vsnd_format *format, uint32_t most_frames);
/* Of one that is all zeroes, too. */
void vsnd_access_finish(struct vsnd_access *access);

/* Plays, or captures, interleaved frames, for which snd_pcm_avail said that there is room, or that
 * they are there. Returns how many; as snd_pcm_writei and snd_pcm_readi. Starts nothing. Real-time
 * safe. */
snd_pcm_sframes_t vsnd_access_move(
	struct vsnd_access *access, snd_pcm_t *pcm, void *samples, uint32_t frames);
/* Plays so much silence, for which there is room. 0, or as snd_pcm_writei. Real-time safe. */
int vsnd_access_play_silence(struct vsnd_access *access, snd_pcm_t *pcm, uint32_t frames);

#endif
