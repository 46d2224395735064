/* SPDX-License-Identifier: MIT */
/* The PCM plugin against a backend that dies or lies. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/pvsnd_fixture.h"

static void expect_disconnected(void)
{
	assert_int_equal(revents() & POLLERR, POLLERR);
	assert_int_equal(snd_pcm_state(pcm), SND_PCM_STATE_DISCONNECTED);
	assert_true(is_readable());
	assert_int_equal(snd_pcm_writei(pcm, samples, 1), -ENODEV);
	assert_int_equal(snd_pcm_prepare(pcm), -ENODEV);
	assert_int_equal(snd_pcm_wait(pcm, 1000), -ENODEV);
}

static void a_dead_backend_disconnects(void **state)
{
	(void)state;
	set_up(SND_PCM_STREAM_PLAYBACK, 0);
	assert_int_equal(snd_pcm_writei(pcm, samples, BUFFER), BUFFER);
	assert_int_equal(snd_pcm_start(pcm), 0);
	front_fake.gone = true;
	assert_int_equal(snd_pcm_writei(pcm, samples, 1), -ENODEV);
	expect_disconnected();
}

static void positions_never_go_back(void **state)
{
	struct xensnd_evt event = {.type = XENSND_EVT_CUR_POS};

	(void)state;
	set_up(SND_PCM_STREAM_PLAYBACK, 0);
	assert_int_equal(snd_pcm_writei(pcm, samples, BUFFER), BUFFER);
	assert_int_equal(snd_pcm_start(pcm), 0);
	sound_fake_advance(20);
	event.op.cur_pos.position = 20 * 4; /* the same again is no harm */
	front_fake_event(&event);
	event.type = 77; /* of a later protocol */
	event.op.cur_pos.position = 0;
	front_fake_event(&event);
	assert_int_equal(delay(), BUFFER - 20);
	event.type = XENSND_EVT_CUR_POS;
	event.op.cur_pos.position = 19 * 4;
	front_fake_event(&event);
	expect_disconnected();
}

static void positions_have_bounds(void **state)
{
	struct xensnd_evt event = {.type = XENSND_EVT_CUR_POS};

	(void)state;
	set_up(SND_PCM_STREAM_PLAYBACK, 0);
	assert_int_equal(snd_pcm_writei(pcm, samples, BUFFER), BUFFER);
	assert_int_equal(snd_pcm_start(pcm), 0);
	event.op.cur_pos.position = UINT64_MAX;
	front_fake_event(&event);
	expect_disconnected();
}

static void answers_must_have_a_question(void **state)
{
	struct xensnd_resp response = {.id = 999, .operation = XENSND_OP_WRITE};

	(void)state;
	set_up(SND_PCM_STREAM_PLAYBACK, 0);
	front_fake_respond(&response);
	expect_disconnected();
}

static void silence_of_the_backend_ends(void **state)
{
	(void)state;
	set_up(SND_PCM_STREAM_PLAYBACK, 0);
	front_fake.mute = XENSND_OP_TRIGGER;
	assert_int_equal(snd_pcm_start(pcm), -ENODEV);
	expect_disconnected();
}

/* What the backend has not taken yet must not be written over, wherever it says that it is. */
static void memory_in_flight_is_left_alone(void **state)
{
	(void)state;
	set_up(SND_PCM_STREAM_PLAYBACK, 0);
	front_fake.mute = XENSND_OP_WRITE;
	assert_int_equal(snd_pcm_writei(pcm, samples, BUFFER), BUFFER);
	assert_int_equal(snd_pcm_start(pcm), 0);
	sound_fake_advance(PERIOD);
	assert_int_equal(snd_pcm_writei(pcm, samples, PERIOD), -ENODEV);
	expect_disconnected();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		with_pcm(a_dead_backend_disconnects),
		with_pcm(positions_never_go_back),
		with_pcm(positions_have_bounds),
		with_pcm(answers_must_have_a_question),
		with_pcm(silence_of_the_backend_ends),
		with_pcm(memory_in_flight_is_left_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
