/* SPDX-License-Identifier: MIT */
/* How a PCM of alsa-lib's is opened: what is asked of it. */
#include "backend/sound/card/alsa.h"

#include <errno.h>

#define BUFFER_QUANTA 4u /* at least */
/* And so long: if we are kept away for longer, nobody sees that the device went round. */
#define BUFFER_PART_OF_S 10u
/* By the clock nobody stops a device that ran dry until we look: what was played is silent, but
 * what was not at our last look is heard again when it comes round. So the buffer is a second, or
 * at least a half. */
#define WAKELESS_BUFFER_PART_OF_S 2u
#define NAPS_PER_QUANTUM 4u
#define NS_PER_S 1000000000ull

/* Periods of a quantum, and a wake-up with each. */
static int ask_for_wakes(
	const struct vsnd_alsa *card, snd_pcm_hw_params_t *params, snd_pcm_uframes_t *buffer)
{
	snd_pcm_uframes_t period = card->quantum_frames;
	int dir = 0;

	if (snd_pcm_hw_params_set_period_size_near(card->pcm, params, &period, &dir) < 0)
		return -EINVAL;
	*buffer = vsnd_fill_room(&card->limits, card->rate_hz);
	if (*buffer < BUFFER_QUANTA * period)
		*buffer = BUFFER_QUANTA * period;
	if (*buffer < card->rate_hz / BUFFER_PART_OF_S)
		*buffer = card->rate_hz / BUFFER_PART_OF_S;
	return snd_pcm_hw_params_set_buffer_size_near(card->pcm, params, buffer);
}

/* No wake-ups, few periods, a large buffer. A device that moves in batches says late what it has
 * played. */
static int ask_for_none(
	const struct vsnd_alsa *card, snd_pcm_hw_params_t *params, snd_pcm_uframes_t *buffer)
{
	unsigned periods = 1;
	int dir = 0;

	*buffer = vsnd_fill_room(&card->limits, card->rate_hz);
	if (*buffer < card->rate_hz)
		*buffer = card->rate_hz;
	if (!snd_pcm_hw_params_can_disable_period_wakeup(params) ||
		snd_pcm_hw_params_is_batch(params) ||
		snd_pcm_hw_params_set_period_wakeup(card->pcm, params, 0) < 0 ||
		snd_pcm_hw_params_set_buffer_size_near(card->pcm, params, buffer) < 0 ||
		*buffer < card->rate_hz / WAKELESS_BUFFER_PART_OF_S)
		return -EINVAL;
	return snd_pcm_hw_params_set_periods_near(card->pcm, params, &periods, &dir);
}

static int set_hw_params(
	struct vsnd_alsa *card, const struct vsnd_format *format, bool mapped, bool wakeless)
{
	snd_pcm_uframes_t period, buffer;
	snd_pcm_hw_params_t *params;
	int dir = 0;

	snd_pcm_hw_params_alloca(&params);
	if (snd_pcm_hw_params_any(card->pcm, params) < 0 ||
		vsnd_access_choose(&card->access, card->pcm, params, mapped) < 0 ||
		vsnd_access_fit(&card->access, card->pcm, params, format) < 0 ||
		snd_pcm_hw_params_set_rate(card->pcm, params, format->rate_hz, 0) < 0 ||
		(wakeless ? ask_for_none : ask_for_wakes)(card, params, &buffer) < 0 ||
		snd_pcm_hw_params(card->pcm, params) < 0 ||
		snd_pcm_hw_params_get_period_size(params, &period, &dir) < 0 || period == 0 ||
		buffer < period || buffer > UINT32_MAX)
		return -EINVAL;
	card->buffer_frames = (uint32_t)buffer;
	card->wakeless = wakeless;
	if (wakeless)
		return 0;
	card->quantum_frames = (uint32_t)period;
	return period <= UINT16_MAX ? 0 : -EINVAL;
}

/* The best that it has, without what it says it has and has not. */
static int choose_way(struct vsnd_alsa *card, const struct vsnd_format *format)
{
	int err = -EINVAL;

	for (unsigned worse = 0; worse < 4 && err < 0; worse++)
		err = set_hw_params(card, format, (worse & 2) == 0, (worse & 1) == 0);
	return err;
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

/* A device that counts in steps may be where it is wanted by up to a step sooner than it seems;
 * what lies within a quantum is not worth to be looked for. */
static void time_wakes(struct vsnd_alsa *card)
{
	struct vsnd_wake *wake = &card->wake;

	wake->timed = card->wakeless || card->step_frames > 0;
	if (card->step_frames == 0)
		wake->nap_ns = card->quantum_frames * NS_PER_S / card->rate_hz / NAPS_PER_QUANTUM;
	if (card->step_frames > card->quantum_frames)
		wake->behind_ns = card->step_frames * NS_PER_S / card->rate_hz;
}

static int try_moving(struct vsnd_alsa *card)
{
	int err = vsnd_alsa_try(
		card->pcm, &card->access, card->direction, card->buffer_frames, &card->step_frames);

	time_wakes(card);
	if (err < 0 || card->direction == VSND_CAPTURE)
		return err;
	vsnd_fill_device_step(&card->fill, card->step_frames);
	vsnd_fill_limit(&card->fill, &card->limits, card->rate_hz);
	return vsnd_alsa_aim(card);
}

int vsnd_alsa_setup(struct vsnd_alsa *card, const struct vsnd_format *format)
{
	int err = choose_way(card, format);

	vsnd_fill_begin(&card->fill, card->quantum_frames, card->buffer_frames);
	if (err == 0)
		err = vsnd_access_prepare(
			&card->access, card->direction, format, card->buffer_frames);
	if (err == 0)
		err = vsnd_alsa_aim(card);
	/* Without wake-ups nothing may block. */
	if (err == 0 && !card->wakeless)
		err = snd_pcm_nonblock(card->pcm, 0);
	return err < 0 ? err : try_moving(card);
}
