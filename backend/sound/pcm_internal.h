/* SPDX-License-Identifier: MIT */
/* What pcm.c (opening, samples, running) and pcm_events.c (telling) share. An open pcm's session
 * thread only. */
#ifndef VSND_PCM_INTERNAL_H
#define VSND_PCM_INTERNAL_H

#include "backend/sound/pcm.h"

/* As the guest counts. */
uint64_t vsnd_pcm_position(const struct vsnd_pcm *pcm);
/* Where the next half period after what was told is over, as the stream counts. With events only.
 */
uint64_t vsnd_pcm_next_half(const struct vsnd_pcm *pcm);
/* Announces a position of the guest's counting; counts what the event page had no room for. */
void vsnd_pcm_tell(struct vsnd_pcm *pcm, uint64_t position_frames);

#endif
