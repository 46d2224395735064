/* SPDX-License-Identifier: MIT */
/* A PCM that was just opened moves for the first time, and its steps are watched. */
#include <time.h>

#include "backend/sound/card/alsa.h"
#include "backend/sound/card/steps.h"

#define NAP_NS 200000
#define NAPS 100 /* 20 ms: kernels tick at 100 Hz and more */

/* Until it has run dry or full, at once without a clock. */
static void watch(struct vsnd_steps *steps, snd_pcm_t *pcm, uint32_t buffer_frames)
{
	static const struct timespec nap = {.tv_nsec = NAP_NS};

	for (int i = 0; i < NAPS; i++) {
		snd_pcm_sframes_t moved = snd_pcm_avail(pcm);

		if (moved < 0 || moved >= (snd_pcm_sframes_t)buffer_frames ||
			vsnd_steps_look(steps, (uint32_t)moved))
			return;
		nanosleep(&nap, NULL);
	}
}

int vsnd_alsa_try(snd_pcm_t *pcm, struct vsnd_access *access, enum vsnd_direction direction,
	uint32_t buffer_frames, uint32_t *ret_step_frames)
{
	struct vsnd_steps steps = {0};
	int err = 0;

	/* The whole buffer: who is kept from looking for less than that sees a step all the same.
	 */
	if (direction == VSND_PLAYBACK)
		err = vsnd_access_play_silence(access, pcm, buffer_frames);
	if (err >= 0)
		err = snd_pcm_start(pcm);
	if (err < 0)
		return err;
	watch(&steps, pcm, buffer_frames);
	err = snd_pcm_drop(pcm);
	if (err >= 0)
		err = snd_pcm_prepare(pcm);
	if (err < 0)
		return err;
	*ret_step_frames = vsnd_steps_frames(&steps);
	return 0;
}
