/* SPDX-License-Identifier: MIT */
/* What alsa.c, alsa_setup.c, alsa_try.c and alsa_query.c share. */
#ifndef VSND_ALSA_H
#define VSND_ALSA_H

#include <alsa/asoundlib.h>

#include "backend/sound/card/access.h"
#include "backend/sound/card/card.h"
#include "backend/sound/card/fill.h"
#include "backend/sound/card/pace.h"
#include "backend/sound/card/wake.h"

/* A PCM that is open in one direction. */
struct vsnd_alsa {
	snd_pcm_t *pcm;
	struct vsnd_access access;
	enum vsnd_direction direction;
	int number; /* of the sound card, negative where it has none */
	uint32_t frame_bytes;
	uint32_t rate_hz;
	uint32_t quantum_frames;
	uint32_t buffer_frames;
	bool wakeless;                  /* it was asked not to wake us */
	uint32_t step_frames;           /* that it counts in; 0: not seen, or fine */
	struct vsnd_fill_limits limits; /* playback */
	struct vsnd_fill fill;          /* playback */
	uint64_t looked_ns;             /* when so much was inside; 0: not looked yet */
	uint32_t inside_frames;         /* then, and with what was moved since */
	struct vsnd_wake wake;
	/* About the transfer under way. */
	bool slept;
	uint64_t delay_ns; /* from where it should have woken to where it did */
	uint32_t missed_frames;
	/* Is there a clock? Asked for the first second. */
	uint64_t began_ns; /* 0: nothing was moved yet */
	uint64_t moved_frames;
	bool asking;
	bool paced;
	struct vsnd_pace pace;
};

/* See vsnd_card_ops. alsa-lib would print to stderr what we return, and lock each PCM against
 * threads that it has not. */
void vsnd_alsa_prepare(void);
/* Not blocking, so that a busy device is -EBUSY at once. -ENODEV: there is none of this name;
 * others as ALSA has them. Caller: snd_pcm_close. */
int vsnd_alsa_open(const char *place, enum vsnd_direction direction, snd_pcm_t **ret);
/* Of the sound card that an open PCM is on; negative: none. */
int vsnd_alsa_card_number(snd_pcm_t *pcm);
/* A PCM that is prepared moves for the first time, for 20 ms at most; it plays silence. Then it is
 * prepared anew. In frames; step: as vsnd_steps_frames has it. May block. As ALSA has it. */
int vsnd_alsa_try(snd_pcm_t *pcm, struct vsnd_access *access, enum vsnd_direction direction,
	uint32_t buffer_frames, uint32_t *ret_step_frames);
/* See vsnd_card_ops. */
int vsnd_alsa_query(const struct vsnd_card_config *config, const char *place,
	enum vsnd_direction direction, struct vsnd_ranges *ranges);

/* ---- alsa_setup.c ---- */

/* For a device that is open and has its direction, rate, limits, quantum and frame's size; how it
 * moves is tried. The quantum may be another then. As vsnd_card_ops' open. */
int vsnd_alsa_setup(struct vsnd_alsa *card, const struct vsnd_format *format);
/* Playback is to be filled up to another target now. Real-time safe. */
int vsnd_alsa_aim(struct vsnd_alsa *card);
/* Frames that playback has room for, or capture has; negative: an xrun, or it is lost. Real-time
 * safe. */
snd_pcm_sframes_t vsnd_alsa_avail(struct vsnd_alsa *card);

#endif
