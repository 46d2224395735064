/* SPDX-License-Identifier: MIT */
/* How a PCM of alsa-lib's is opened: what is asked of it. */
#include "backend/sound/card/alsa.h"

#include <errno.h>

#define BUFFER_QUANTA 4u /* at least */
/* And so long: if we are kept away for longer, nobody sees that the device went round. */
#define BUFFER_PART_OF_S 10u

static int set_hw_params(struct vsnd_alsa *card, const struct vsnd_format *format, bool mapped)
{
	snd_pcm_uframes_t period = card->quantum_frames, buffer;
	snd_pcm_hw_params_t *params;
	int dir = 0;

	snd_pcm_hw_params_alloca(&params);
	if (snd_pcm_hw_params_any(card->pcm, params) < 0 ||
		vsnd_access_choose(&card->access, card->pcm, params, mapped) < 0 ||
		vsnd_access_fit(&card->access, card->pcm, params, format) < 0 ||
		snd_pcm_hw_params_set_rate(card->pcm, params, format->rate_hz, 0) < 0 ||
		snd_pcm_hw_params_set_period_size_near(card->pcm, params, &period, &dir) < 0)
		return -EINVAL;
	buffer = vsnd_fill_room(&card->limits, format->rate_hz);
	if (buffer < BUFFER_QUANTA * period)
		buffer = BUFFER_QUANTA * period;
	if (buffer < format->rate_hz / BUFFER_PART_OF_S)
		buffer = format->rate_hz / BUFFER_PART_OF_S;
	if (snd_pcm_hw_params_set_buffer_size_near(card->pcm, params, &buffer) < 0 ||
		snd_pcm_hw_params(card->pcm, params) < 0 ||
		snd_pcm_hw_params_get_period_size(params, &period, &dir) < 0 || period == 0 ||
		period > UINT16_MAX || buffer < period)
		return -EINVAL;
	card->quantum_frames = (uint32_t)period;
	card->buffer_frames = (uint32_t)buffer;
	return 0;
}

/* Playback is started by hand, and wakes us when there is room for a quantum below the target. */
int vsnd_alsa_aim(struct vsnd_alsa *card)
{
	bool playback = card->direction == VSND_PLAYBACK;
	snd_pcm_uframes_t boundary, avail_min = card->quantum_frames;
	snd_pcm_sw_params_t *params;

	if (playback)
		avail_min += card->buffer_frames - card->fill.target_frames;
	snd_pcm_sw_params_alloca(&params);
	if (snd_pcm_sw_params_current(card->pcm, params) < 0 ||
		snd_pcm_sw_params_get_boundary(params, &boundary) < 0 ||
		snd_pcm_sw_params_set_start_threshold(card->pcm, params, playback ? boundary : 1) <
			0 ||
		snd_pcm_sw_params_set_avail_min(card->pcm, params, avail_min) < 0 ||
		/* What was played is silent when the device goes round: nothing is heard twice. */
		snd_pcm_sw_params_set_silence_threshold(card->pcm, params, 0) < 0 ||
		snd_pcm_sw_params_set_silence_size(card->pcm, params, boundary) < 0 ||
		snd_pcm_sw_params(card->pcm, params) < 0)
		return -EINVAL;
	return 0;
}

snd_pcm_sframes_t vsnd_alsa_avail(struct vsnd_alsa *card)
{
	snd_pcm_sframes_t avail = snd_pcm_avail(card->pcm);

	return avail > (snd_pcm_sframes_t)card->buffer_frames
		       ? (snd_pcm_sframes_t)card->buffer_frames
		       : avail;
}

static int try_moving(struct vsnd_alsa *card)
{
	int err = vsnd_alsa_try(
		card->pcm, &card->access, card->direction, card->buffer_frames, &card->step_frames);

	card->wake.naps = card->step_frames > 0;
	if (err < 0 || card->direction == VSND_CAPTURE)
		return err;
	vsnd_fill_device_step(&card->fill, card->step_frames);
	vsnd_fill_limit(&card->fill, &card->limits, card->rate_hz);
	return vsnd_alsa_aim(card);
}

int vsnd_alsa_setup(struct vsnd_alsa *card, const struct vsnd_format *format)
{
	int err = set_hw_params(card, format, true);

	/* There are those that say they let us and do not. */
	if (err < 0)
		err = set_hw_params(card, format, false);
	vsnd_fill_begin(&card->fill, card->quantum_frames, card->buffer_frames);
	if (err == 0)
		err = vsnd_access_prepare(
			&card->access, card->direction, format, card->buffer_frames);
	if (err == 0)
		err = vsnd_alsa_aim(card);
	if (err == 0)
		err = snd_pcm_nonblock(card->pcm, 0);
	return err < 0 ? err : try_moving(card);
}
