/* SPDX-License-Identifier: MIT */
/* A PCM that was just opened moves for the first time, and its steps are watched. */
#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "backend/sound/card/alsa.h"
#include "backend/sound/card/steps.h"

#define PART_OF_S 50u /* of silence, with its steps: kernels tick at 100 Hz and more */
#define NAP_NS 200000
#define NAPS 100 /* 20 ms */

/* Until it would run dry or over. */
static void watch(
	struct vsnd_steps *steps, snd_pcm_t *pcm, uint32_t begin_frames, uint32_t room_frames)
{
	static const struct timespec nap = {.tv_nsec = NAP_NS};

	for (int i = 0; i < NAPS; i++) {
		snd_pcm_sframes_t moved = snd_pcm_avail(pcm) - (snd_pcm_sframes_t)begin_frames;

		/* Without a clock, or we were kept from looking. */
		if (moved < 0 || moved >= (snd_pcm_sframes_t)room_frames ||
			vsnd_steps_look(steps, (uint32_t)moved))
			return;
		nanosleep(&nap, NULL);
	}
}

static int play_silence(struct vsnd_access *access, snd_pcm_t *pcm,
	const struct vsnd_format *format, uint32_t frames)
{
	snd_pcm_sframes_t written;
	uint32_t frame_bytes;
	void *silence;
	int err = vsnd_format_frame_bytes(format, &frame_bytes);

	if (err < 0)
		return err;
	silence = malloc((size_t)frames * frame_bytes);
	if (silence == NULL)
		return -ENOMEM;
	vsnd_format_silence(format, silence, frames);
	written = vsnd_access_move(access, pcm, silence, frames);
	free(silence);
	return written < 0 ? (int)written : snd_pcm_start(pcm);
}

static int try_playing(struct vsnd_steps *steps, snd_pcm_t *pcm, struct vsnd_access *access,
	const struct vsnd_format *format, uint32_t buffer_frames)
{
	uint32_t frames = format->rate_hz / PART_OF_S;
	int err;

	if (frames > buffer_frames)
		frames = buffer_frames;
	err = play_silence(access, pcm, format, frames);
	if (err < 0)
		return err;
	watch(steps, pcm, buffer_frames - frames, frames);
	return snd_pcm_state(pcm) == SND_PCM_STATE_XRUN ? snd_pcm_prepare(pcm) : 0;
}

/* What comes now is nobody's. */
static int try_capturing(struct vsnd_steps *steps, snd_pcm_t *pcm, uint32_t buffer_frames)
{
	int err = snd_pcm_start(pcm);

	if (err < 0)
		return err;
	watch(steps, pcm, 0, buffer_frames);
	err = snd_pcm_drop(pcm);
	return err < 0 ? err : snd_pcm_prepare(pcm);
}

int vsnd_alsa_try(snd_pcm_t *pcm, struct vsnd_access *access, enum vsnd_direction direction,
	const struct vsnd_format *format, uint32_t quantum_frames, uint32_t buffer_frames,
	uint32_t *ret_step_frames)
{
	struct vsnd_steps steps = {0};
	int err = direction == VSND_PLAYBACK
			  ? try_playing(&steps, pcm, access, format, buffer_frames)
			  : try_capturing(&steps, pcm, buffer_frames);

	if (err < 0)
		return err;
	*ret_step_frames = vsnd_steps_frames(&steps, quantum_frames);
	return 0;
}
