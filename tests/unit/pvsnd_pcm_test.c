/* SPDX-License-Identifier: MIT */
/* The PCM plugin under the real alsa-lib, on a backend whose time a test moves. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/pvsnd_fixture.h"

static void finds_streams(void **state)
{
	(void)state;
	assert_int_equal(open_pcm("type pvsnd card Nothing", SND_PCM_STREAM_PLAYBACK, 0), -ENODEV);
	assert_int_equal(open_pcm("card 1", SND_PCM_STREAM_PLAYBACK, 0), -ENODEV);
	assert_int_equal(open_pcm("card 0 device 1", SND_PCM_STREAM_PLAYBACK, 0), -ENODEV);
	assert_int_equal(open_pcm("card 0 speed 1", SND_PCM_STREAM_PLAYBACK, 0), -EINVAL);
	front_fake.busy = true;
	assert_int_equal(open_pcm("card 0", SND_PCM_STREAM_PLAYBACK, 0), -EBUSY);
	front_fake.busy = false;
	assert_int_equal(open_pcm("card \"0\" device 0", SND_PCM_STREAM_CAPTURE, 0), 0);
}

static void says_what_is_possible(void **state)
{
	snd_pcm_hw_params_t *hw;
	unsigned value;
	snd_pcm_uframes_t frames;
	int direction = 0;

	(void)state;
	assert_int_equal(open_pcm("card Main", SND_PCM_STREAM_PLAYBACK, 0), 0);
	snd_pcm_hw_params_alloca(&hw);
	assert_true(snd_pcm_hw_params_any(pcm, hw) >= 0);
	assert_int_equal(snd_pcm_hw_params_test_format(pcm, hw, SND_PCM_FORMAT_U8), 0);
	assert_int_equal(snd_pcm_hw_params_test_format(pcm, hw, SND_PCM_FORMAT_FLOAT_LE), 0);
	assert_int_not_equal(snd_pcm_hw_params_test_format(pcm, hw, SND_PCM_FORMAT_S32_LE), 0);
	assert_int_equal(snd_pcm_hw_params_test_rate(pcm, hw, 8000, 0), 0);
	assert_int_not_equal(snd_pcm_hw_params_test_rate(pcm, hw, 16000, 0), 0);
	assert_int_equal(snd_pcm_hw_params_get_channels_max(hw, &value), 0);
	assert_int_equal(value, 2);
	assert_int_equal(snd_pcm_hw_params_get_buffer_size_max(hw, &frames), 0);
	assert_int_equal(frames, 16384);
	assert_int_equal(snd_pcm_hw_params_get_period_size_min(hw, &frames, &direction), 0);
	assert_true(frames <= 16);
	assert_true(snd_pcm_hw_params_can_pause(hw));
	assert_false(snd_pcm_hw_params_can_resume(hw));
}

static void plays_what_is_written(void **state)
{
	(void)state;
	set_up(SND_PCM_STREAM_PLAYBACK, 0);
	assert_int_equal(fake.open.buffer_sz, BUFFER * 4);
	assert_int_equal(fake.open.period_sz, PERIOD * 4);
	assert_int_equal(fake.open.pcm_rate, 48000);
	fake.frames_a_look = 10;
	/* Odd pieces, so that they cross the end of the buffer in different places. */
	for (unsigned at = 0; at < 4 * BUFFER;) {
		unsigned count = at + 77 < 4 * BUFFER ? 77 : 4 * BUFFER - at;

		assert_int_equal(snd_pcm_writei(pcm, samples[at], count), count);
		at += count;
		if (at == 77)
			assert_int_equal(snd_pcm_start(pcm), 0);
	}
	assert_int_equal(snd_pcm_drain(pcm), 0);
	assert_int_equal(snd_pcm_state(pcm), SND_PCM_STATE_SETUP);
	assert_memory_equal(fake.sound, samples, sizeof(samples));
	assert_true(fake.position_bytes >= sizeof(samples));
	assert_false(fake.running);
	assert_int_equal(front_fake.counts[XENSND_OP_OPEN], 1);
}

static void tells_delay_and_space_to_the_frame(void **state)
{
	(void)state;
	set_up(SND_PCM_STREAM_PLAYBACK, SND_PCM_NONBLOCK);
	assert_true(is_readable());
	assert_int_equal(snd_pcm_writei(pcm, samples, BUFFER), BUFFER);
	assert_int_equal(snd_pcm_start(pcm), 0);
	assert_int_equal(delay(), BUFFER);
	assert_int_equal(snd_pcm_avail(pcm), 0);
	assert_int_equal(revents(), 0);
	assert_false(is_readable());
	assert_int_equal(snd_pcm_writei(pcm, samples, 1), -EAGAIN);
	sound_fake_advance(PERIOD - 1);
	assert_true(is_readable());
	assert_int_equal(revents(), 0);
	assert_false(is_readable()); /* no busy loop until a period is there */
	assert_int_equal(delay(), BUFFER - PERIOD + 1);
	sound_fake_advance(1);
	assert_int_equal(revents(), POLLOUT);
	assert_true(is_readable());
	assert_int_equal(snd_pcm_avail(pcm), PERIOD);
	assert_int_equal(snd_pcm_writei(pcm, samples, PERIOD), PERIOD);
	assert_int_equal(revents(), 0);
	assert_false(is_readable());
}

static void an_xrun_is_told_and_recovered(void **state)
{
	(void)state;
	set_up(SND_PCM_STREAM_PLAYBACK, 0);
	assert_int_equal(snd_pcm_writei(pcm, samples, 100), 100);
	assert_int_equal(snd_pcm_start(pcm), 0);
	sound_fake_advance(130);
	assert_int_equal(revents(), POLLOUT | POLLERR);
	assert_int_equal(snd_pcm_state(pcm), SND_PCM_STATE_XRUN);
	assert_int_equal(snd_pcm_writei(pcm, samples, 10), -EPIPE);
	assert_false(fake.running);
	assert_int_equal(snd_pcm_prepare(pcm), 0);
	assert_int_equal(snd_pcm_avail(pcm), BUFFER);
	assert_int_equal(snd_pcm_writei(pcm, samples[7], BUFFER), BUFFER);
	assert_int_equal(snd_pcm_start(pcm), 0);
	assert_int_equal(delay(), BUFFER);
	sound_fake_advance(50);
	assert_int_equal(delay(), BUFFER - 50);
	assert_int_equal(front_fake.counts[XENSND_OP_OPEN], 1);
	assert_memory_equal(fake.sound + 130 * 4, samples[7], BUFFER * 4);
	assert_int_equal(snd_pcm_drop(pcm), 0);
	assert_int_equal(snd_pcm_state(pcm), SND_PCM_STATE_SETUP);
}

static void pauses(void **state)
{
	(void)state;
	set_up(SND_PCM_STREAM_PLAYBACK, 0);
	assert_int_equal(snd_pcm_writei(pcm, samples, 200), 200);
	assert_int_equal(snd_pcm_start(pcm), 0);
	sound_fake_advance(32);
	assert_int_equal(snd_pcm_pause(pcm, 1), 0);
	assert_int_equal(fake.triggers[XENSND_OP_TRIGGER_PAUSE], 1);
	assert_int_equal(delay(), 168);
	assert_int_equal(snd_pcm_pause(pcm, 0), 0);
	assert_int_equal(fake.triggers[XENSND_OP_TRIGGER_RESUME], 1);
	sound_fake_advance(8);
	assert_int_equal(delay(), 160);
}

static void drains_what_was_only_prepared(void **state)
{
	(void)state;
	set_up(SND_PCM_STREAM_PLAYBACK, 0);
	assert_int_equal(snd_pcm_writei(pcm, samples, 5), 5);
	fake.frames_a_look = 2;
	assert_int_equal(snd_pcm_drain(pcm), 0);
	assert_int_equal(fake.position_bytes, 6 * 4);
	assert_int_equal(snd_pcm_state(pcm), SND_PCM_STATE_SETUP);
	assert_int_equal(snd_pcm_prepare(pcm), 0);
	assert_int_equal(snd_pcm_drain(pcm), 0);
}

static void drains_without_blocking(void **state)
{
	(void)state;
	set_up(SND_PCM_STREAM_PLAYBACK, SND_PCM_NONBLOCK);
	assert_int_equal(snd_pcm_writei(pcm, samples, 100), 100);
	assert_int_equal(snd_pcm_drain(pcm), -EAGAIN);
	assert_int_equal(snd_pcm_state(pcm), SND_PCM_STATE_DRAINING);
	assert_int_equal(revents(), 0);
	assert_false(is_readable());
	sound_fake_advance(100);
	assert_int_equal(revents(), POLLOUT);
	assert_int_equal(snd_pcm_drain(pcm), 0);
	assert_int_equal(snd_pcm_state(pcm), SND_PCM_STATE_SETUP);
}

static void sends_writes_without_waiting(void **state)
{
	(void)state;
	set_up(SND_PCM_STREAM_PLAYBACK, 0);
	fake.late = XENSND_OP_WRITE; /* each answer waits for the next request */
	for (unsigned i = 0; i < BUFFER; i++)
		assert_int_equal(snd_pcm_writei(pcm, samples[i], 1), 1);
	fake.late = -1;
	assert_int_equal(snd_pcm_start(pcm), 0);
	assert_memory_equal(fake.sound, samples, BUFFER * 4);
}

static void never_more_than_a_ring_outstanding(void **state)
{
	(void)state;
	set_up(SND_PCM_STREAM_PLAYBACK, 0);
	for (unsigned i = 0; i < BUFFER; i++)
		assert_int_equal(snd_pcm_writei(pcm, samples[i], 1), 1);
	assert_true(front_fake.outstanding_most <= 32);
}

static void an_error_of_a_write_surfaces_at_the_next(void **state)
{
	(void)state;
	set_up(SND_PCM_STREAM_PLAYBACK, 0);
	fake.status = -EIO;
	assert_int_equal(snd_pcm_writei(pcm, samples, 10), 10);
	assert_int_equal(snd_pcm_writei(pcm, samples, 10), -EIO);
	assert_int_equal(snd_pcm_prepare(pcm), 0);
	assert_int_equal(snd_pcm_writei(pcm, samples, 10), 10);
}

static void captures_what_was_announced(void **state)
{
	static int16_t got[4 * BUFFER][2];

	(void)state;
	set_up(SND_PCM_STREAM_CAPTURE, SND_PCM_NONBLOCK);
	memcpy(fake.sound, samples, sizeof(samples));
	assert_int_equal(snd_pcm_readi(pcm, got, 1), -EAGAIN); /* starts */
	assert_true(fake.running);
	assert_int_equal(revents(), 0);
	assert_false(is_readable());
	for (unsigned at = 0; at + 90 <= 4 * BUFFER; at += 90) {
		sound_fake_advance(90);
		assert_true(is_readable());
		assert_int_equal(revents(), POLLIN);
		assert_int_equal(delay(), 90);
		assert_int_equal(snd_pcm_readi(pcm, got[at], 200), 90);
	}
	assert_memory_equal(got, samples, 4 * BUFFER / 90 * 90 * 4);
	sound_fake_advance(BUFFER);
	assert_int_equal(snd_pcm_readi(pcm, got, 1), -EPIPE);
	assert_int_equal(snd_pcm_prepare(pcm), 0);
	assert_int_equal(snd_pcm_avail(pcm), 0);
	assert_int_equal(snd_pcm_start(pcm), 0);
	sound_fake_advance(20);
	assert_int_equal(snd_pcm_readi(pcm, got, 100), 20);
}

static void going_back_reads_again(void **state)
{
	int16_t got[100][2];

	(void)state;
	set_up(SND_PCM_STREAM_CAPTURE, 0);
	memcpy(fake.sound, samples, sizeof(samples));
	assert_int_equal(snd_pcm_start(pcm), 0);
	sound_fake_advance(100);
	assert_int_equal(snd_pcm_readi(pcm, got, 60), 60);
	assert_int_equal(snd_pcm_rewind(pcm, 20), 20);
	assert_int_equal(snd_pcm_readi(pcm, got, 50), 50);
	assert_memory_equal(got, samples[40], 50 * 4);
	assert_int_equal(snd_pcm_forward(pcm, 5), 5);
	assert_int_equal(snd_pcm_readi(pcm, got, 5), 5);
	assert_memory_equal(got, samples[95], 5 * 4);
}

static void forward_leaves_silence(void **state)
{
	int16_t silence[10][2] = {0};

	(void)state;
	set_up(SND_PCM_STREAM_PLAYBACK, 0);
	assert_int_equal(snd_pcm_writei(pcm, samples, 20), 20);
	assert_int_equal(snd_pcm_forward(pcm, 10), 10);
	assert_int_equal(snd_pcm_writei(pcm, samples[30], 20), 20);
	assert_memory_equal(fake.sound, samples, 20 * 4);
	assert_memory_equal(fake.sound + 20 * 4, silence, 10 * 4);
	assert_memory_equal(fake.sound + 30 * 4, samples[30], 20 * 4);
	assert_int_equal(snd_pcm_rewind(pcm, 10), 10); /* sent is sent */
	assert_int_equal(snd_pcm_writei(pcm, samples[200], 12), 12);
	assert_memory_equal(fake.sound + 30 * 4, samples[30], 20 * 4);
	assert_memory_equal(fake.sound + 50 * 4, samples[210], 2 * 4);
}

static void mmap_works(void **state)
{
	snd_pcm_hw_params_t *hw;
	const snd_pcm_channel_area_t *areas;
	snd_pcm_uframes_t offset, frames = 40;

	(void)state;
	assert_int_equal(open_pcm("card Main", SND_PCM_STREAM_PLAYBACK, 0), 0);
	snd_pcm_hw_params_alloca(&hw);
	assert_true(snd_pcm_hw_params_any(pcm, hw) >= 0);
	assert_int_equal(snd_pcm_hw_params_set_access(pcm, hw, SND_PCM_ACCESS_MMAP_INTERLEAVED), 0);
	assert_int_equal(snd_pcm_hw_params_set_format(pcm, hw, SND_PCM_FORMAT_S16_LE), 0);
	assert_int_equal(snd_pcm_hw_params_set_channels(pcm, hw, 2), 0);
	assert_int_equal(snd_pcm_hw_params_set_buffer_size(pcm, hw, BUFFER), 0);
	assert_int_equal(snd_pcm_hw_params(pcm, hw), 0);
	assert_int_equal(snd_pcm_avail_update(pcm), BUFFER);
	assert_int_equal(snd_pcm_mmap_begin(pcm, &areas, &offset, &frames), 0);
	memcpy((char *)areas[0].addr + offset * 4, samples, 40 * 4);
	assert_int_equal(snd_pcm_mmap_commit(pcm, offset, 40), 40);
	assert_memory_equal(fake.sound, samples, 40 * 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		with_pcm(finds_streams),
		with_pcm(says_what_is_possible),
		with_pcm(plays_what_is_written),
		with_pcm(tells_delay_and_space_to_the_frame),
		with_pcm(an_xrun_is_told_and_recovered),
		with_pcm(pauses),
		with_pcm(drains_what_was_only_prepared),
		with_pcm(drains_without_blocking),
		with_pcm(sends_writes_without_waiting),
		with_pcm(never_more_than_a_ring_outstanding),
		with_pcm(an_error_of_a_write_surfaces_at_the_next),
		with_pcm(captures_what_was_announced),
		with_pcm(going_back_reads_again),
		with_pcm(forward_leaves_silence),
		with_pcm(mmap_works),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
