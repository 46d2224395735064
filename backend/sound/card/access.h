/* SPDX-License-Identifier: MIT */
/*
 * How frames get to and from a PCM of alsa-lib's: where it lets us, straight into its buffer, which
 * is no system call; else by read and write. In planes, one a channel, where the PCM takes no
 * interleaved ones; in 3 bytes where it packs samples of 24 bits so, and we have 4; and where it
 * has more channels than we can have, those are silent, or heard by nobody. The PCM's one thread.
 */
#ifndef VSND_ACCESS_H
#define VSND_ACCESS_H

#include <alsa/asoundlib.h>

#include "backend/sound/engine/format.h"

#define VSND_ACCESS_CHANNELS_MAX 64u
#define VSND_ACCESS_WIDE_MIN 2u /* of ours, on a PCM that has more channels than we can have */

/* How samples lie. */
struct vsnd_access_shape {
	snd_pcm_format_t format;
	unsigned channels;
	unsigned sample_bytes;
};

struct vsnd_access {
	bool mapped; /* its buffer is ours, too */
	bool apart;  /* in planes */
	enum vsnd_direction direction;
	struct vsnd_access_shape ours, theirs;
	uint32_t most_frames; /* in between, by read and write */
	uint8_t *between;     /* frames as the PCM takes them, NULL: as ours */
	uint8_t *silence;     /* a few frames of ours */
};

/* Leaves one way in params, interleaved if it can be. -EINVAL: neither is there. */
int vsnd_access_choose(
	struct vsnd_access *access, snd_pcm_t *pcm, snd_pcm_hw_params_t *params, bool mapped);
/* The format of 3 bytes that a PCM may have for one of ours; SND_PCM_FORMAT_UNKNOWN: none. */
snd_pcm_format_t vsnd_access_packed(uint8_t pcm_format);
/* How many channels a PCM has at least if we cannot have as many, and it is opened with; else 0. */
unsigned vsnd_access_wide(const snd_pcm_hw_params_t *params);
/* Leaves format and channels in params. -EINVAL: the PCM has not got them. */
int vsnd_access_fit(struct vsnd_access *access, snd_pcm_t *pcm, snd_pcm_hw_params_t *params,
	const struct vsnd_format *format);
/* After choose and fit, for moves of so many frames and less. -ENOMEM. */
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
