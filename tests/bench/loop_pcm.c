/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "tests/bench/loop_internal.h"

#define STILL_MS 2000

/* alsa-lib's own last word, instead of on standard error. */
static char alsa_said[80];

static void hear_alsa(const char *file, int line, const char *function, int error,
	const char *format, ...) __attribute__((format(printf, 5, 6)));
static void hear_alsa(
	const char *file, int line, const char *function, int error, const char *format, ...)
{
	va_list arguments;

	(void)file, (void)line, (void)function, (void)error;
	va_start(arguments, format);
	vsnprintf(alsa_said, sizeof(alsa_said), format, arguments);
	va_end(arguments);
}

static int complain(
	char error[PVBENCH_LOOP_ERROR_BYTES], const char *name, const char *what, int result)
{
	snprintf(error, PVBENCH_LOOP_ERROR_BYTES, "%.40s: %s: %.80s", name, what,
		alsa_said[0] != '\0' ? alsa_said : snd_strerror(result));
	return result;
}

static int open_one(
	const struct pvbench_loop_params *params, snd_pcm_stream_t stream, struct loop_pcm *ret)
{
	snd_config_t *config;
	int result;

	if (params->config == NULL)
		return snd_pcm_open(&ret->pcm, ret->name, stream, SND_PCM_NONBLOCK);
	result = snd_config_load_string(&config, params->config, 0);
	if (result < 0)
		return result;
	result = snd_pcm_open_lconf(&ret->pcm, ret->name, stream, SND_PCM_NONBLOCK, config);
	snd_config_delete(config);
	return result;
}

static int set_hardware(const struct pvbench_loop_params *params, struct loop_pcm *pcm)
{
	snd_pcm_uframes_t period = params->period_frames;
	snd_pcm_uframes_t buffer = period * params->periods;
	snd_pcm_hw_params_t *hardware;
	int result;

	snd_pcm_hw_params_alloca(&hardware);
	result = snd_pcm_hw_params_any(pcm->pcm, hardware);
	if (result >= 0)
		result = snd_pcm_hw_params_set_access(
			pcm->pcm, hardware, SND_PCM_ACCESS_RW_INTERLEAVED);
	if (result >= 0)
		result = snd_pcm_hw_params_set_format(pcm->pcm, hardware, SND_PCM_FORMAT_S16_LE);
	if (result >= 0)
		result = snd_pcm_hw_params_set_channels(pcm->pcm, hardware, LOOP_CHANNELS);
	if (result >= 0)
		result = snd_pcm_hw_params_set_rate(pcm->pcm, hardware, params->rate_hz, 0);
	if (result >= 0)
		result = snd_pcm_hw_params_set_period_size_near(pcm->pcm, hardware, &period, NULL);
	if (result >= 0)
		result = snd_pcm_hw_params_set_buffer_size_near(pcm->pcm, hardware, &buffer);
	if (result >= 0)
		result = snd_pcm_hw_params(pcm->pcm, hardware);
	pcm->period_frames = (uint32_t)period;
	pcm->buffer_frames = (uint32_t)buffer;
	return result;
}

/* Started by hand, never by what is written. */
static int set_software(struct loop_pcm *pcm)
{
	snd_pcm_sw_params_t *software;
	snd_pcm_uframes_t boundary;
	int result;

	snd_pcm_sw_params_alloca(&software);
	result = snd_pcm_sw_params_current(pcm->pcm, software);
	if (result >= 0)
		result = snd_pcm_sw_params_get_boundary(software, &boundary);
	if (result >= 0)
		result = snd_pcm_sw_params_set_start_threshold(pcm->pcm, software, boundary);
	if (result >= 0)
		result = snd_pcm_sw_params_set_avail_min(pcm->pcm, software, pcm->period_frames);
	return result < 0 ? result : snd_pcm_sw_params(pcm->pcm, software);
}

static int open_and_set(const struct pvbench_loop_params *params, snd_pcm_stream_t stream,
	struct loop_pcm *pcm, char error[PVBENCH_LOOP_ERROR_BYTES])
{
	int result = open_one(params, stream, pcm);

	if (result < 0)
		return complain(error, pcm->name, "cannot be opened", result);
	result = set_hardware(params, pcm);
	if (result < 0)
		return complain(
			error, pcm->name, "not in S16_LE, stereo, at this rate; try plug:", result);
	result = set_software(pcm);
	return result < 0 ? complain(error, pcm->name, "cannot be set", result) : 0;
}

int loop_pcm_open_both(const struct pvbench_loop_params *params, struct loop_pcm *ret_playback,
	struct loop_pcm *ret_capture, char error[PVBENCH_LOOP_ERROR_BYTES])
{
	struct loop_pcm playback = {.name = params->playback}, capture = {.name = params->capture};
	int result;

	snd_lib_error_set_handler(hear_alsa);
	result = open_and_set(params, SND_PCM_STREAM_PLAYBACK, &playback, error);
	if (result == 0)
		result = open_and_set(params, SND_PCM_STREAM_CAPTURE, &capture, error);
	if (result < 0) {
		loop_pcm_close(&capture);
		loop_pcm_close(&playback);
		return result;
	}
	*ret_playback = playback;
	*ret_capture = capture;
	return 0;
}

void loop_pcm_close(struct loop_pcm *pcm)
{
	if (pcm->pcm == NULL)
		return;
	snd_pcm_drop(pcm->pcm);
	snd_pcm_close(pcm->pcm);
	pcm->pcm = NULL;
}

/* Until as many can be moved, or a period: in pieces of less, an application would be woken up
 * for the next whole period only, when the rest of this one has long been there. */
static snd_pcm_sframes_t wait_for(struct loop_pcm *pcm, uint32_t count)
{
	snd_pcm_sframes_t there;

	while ((there = snd_pcm_avail_update(pcm->pcm)) >= 0) {
		int result;

		if (there >= count || there >= pcm->period_frames)
			return there;
		result = snd_pcm_wait(pcm->pcm, STILL_MS);
		if (result <= 0)
			return result == 0 ? -ETIMEDOUT : result;
	}
	return there;
}

int loop_pcm_write(struct loop_pcm *pcm, const int16_t *samples, uint32_t count)
{
	while (count > 0) {
		snd_pcm_sframes_t done = wait_for(pcm, count);

		if (done >= 0)
			done = snd_pcm_writei(pcm->pcm, samples, count);
		if (done == -EAGAIN)
			continue;
		if (done < 0)
			return (int)done;
		samples += (size_t)done * LOOP_CHANNELS;
		count -= (uint32_t)done;
	}
	return 0;
}

int loop_pcm_read(struct loop_pcm *pcm, int16_t *samples, uint32_t count)
{
	while (count > 0) {
		snd_pcm_sframes_t done = wait_for(pcm, count);

		if (done >= 0)
			done = snd_pcm_readi(pcm->pcm, samples, count);
		if (done == -EAGAIN)
			continue;
		if (done < 0)
			return (int)done;
		samples += (size_t)done * LOOP_CHANNELS;
		count -= (uint32_t)done;
	}
	return 0;
}
