/* SPDX-License-Identifier: MIT */
/* What alsa.c, alsa_try.c and alsa_query.c share. */
#ifndef VSND_ALSA_H
#define VSND_ALSA_H

#include <alsa/asoundlib.h>

#include "backend/sound/card/access.h"
#include "backend/sound/card/card.h"

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

#endif
