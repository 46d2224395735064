/* SPDX-License-Identifier: MIT */
/* The PCM plugin under the real alsa-lib, on the fake backend, for each test anew. After cmocka.h.
 */
#ifndef TESTS_UNIT_PVSND_FIXTURE_H
#define TESTS_UNIT_PVSND_FIXTURE_H

#include <alsa/asoundlib.h>
#include <alsa/pcm_external.h>

#include "tests/unit/sound_fake.h"

#define PERIOD 64
#define BUFFER (4 * PERIOD)

SND_PCM_PLUGIN_DEFINE_FUNC(pvsnd);

static snd_pcm_t *pcm;
static int16_t samples[4 * BUFFER][2];

static inline void quiet(
	const char *file, int line, const char *function, int err, const char *fmt, ...)
{
	(void)file;
	(void)line;
	(void)function;
	(void)err;
	(void)fmt;
}

static inline int open_pcm(const char *text, snd_pcm_stream_t stream, int mode)
{
	snd_config_t *conf;
	snd_input_t *input;
	int r;

	assert_int_equal(snd_config_top(&conf), 0);
	assert_int_equal(snd_input_buffer_open(&input, text, -1), 0);
	assert_int_equal(snd_config_load(conf, input), 0);
	snd_input_close(input);
	r = _snd_pcm_pvsnd_open(&pcm, "test", NULL, conf, stream, mode);
	snd_config_delete(conf);
	return r;
}

/* alsa-lib starts with the first frame written otherwise. */
static inline void start_by_hand(void)
{
	snd_pcm_sw_params_t *sw;

	snd_pcm_sw_params_alloca(&sw);
	assert_int_equal(snd_pcm_sw_params_current(pcm, sw), 0);
	assert_int_equal(snd_pcm_sw_params_set_start_threshold(pcm, sw, 100000), 0);
	assert_int_equal(snd_pcm_sw_params(pcm, sw), 0);
}

static inline void set_up(snd_pcm_stream_t stream, int mode)
{
	snd_pcm_hw_params_t *hw;

	assert_int_equal(open_pcm("type pvsnd card Main", stream, mode), 0);
	snd_pcm_hw_params_alloca(&hw);
	assert_true(snd_pcm_hw_params_any(pcm, hw) >= 0);
	assert_int_equal(snd_pcm_hw_params_set_access(pcm, hw, SND_PCM_ACCESS_RW_INTERLEAVED), 0);
	assert_int_equal(snd_pcm_hw_params_set_format(pcm, hw, SND_PCM_FORMAT_S16_LE), 0);
	assert_int_equal(snd_pcm_hw_params_set_channels(pcm, hw, 2), 0);
	assert_int_equal(snd_pcm_hw_params_set_rate(pcm, hw, 48000, 0), 0);
	assert_int_equal(snd_pcm_hw_params_set_period_size(pcm, hw, PERIOD, 0), 0);
	assert_int_equal(snd_pcm_hw_params_set_buffer_size(pcm, hw, BUFFER), 0);
	assert_int_equal(snd_pcm_hw_params(pcm, hw), 0);
	start_by_hand();
}

static inline int reset(void **state)
{
	(void)state;
	sound_fake_reset();
	snd_lib_error_set_handler(quiet);
	for (unsigned i = 0; i < 4 * BUFFER; i++)
		samples[i][0] = samples[i][1] = (int16_t)(i + 1);
	return 0;
}

static inline int tear_down(void **state)
{
	(void)state;
	if (pcm)
		snd_pcm_close(pcm);
	pcm = NULL;
	assert_int_equal(front_fake.connected, 0);
	assert_int_equal(front_fake.shared, 0);
	return 0;
}

static inline bool is_readable(void)
{
	struct pollfd pfd;

	assert_int_equal(snd_pcm_poll_descriptors(pcm, &pfd, 1), 1);
	return poll(&pfd, 1, 0) == 1;
}

static inline unsigned short revents(void)
{
	struct pollfd pfd;
	unsigned short events;

	assert_int_equal(snd_pcm_poll_descriptors(pcm, &pfd, 1), 1);
	assert_int_equal(snd_pcm_poll_descriptors_revents(pcm, &pfd, 1, &events), 0);
	return events;
}

static inline snd_pcm_sframes_t delay(void)
{
	snd_pcm_sframes_t frames;

	assert_int_equal(snd_pcm_delay(pcm, &frames), 0);
	return frames;
}

#define with_pcm(test) cmocka_unit_test_setup_teardown(test, reset, tear_down)

#endif
