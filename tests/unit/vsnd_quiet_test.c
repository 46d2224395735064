/* SPDX-License-Identifier: MIT */
/*
 * The proof that a device thread allocates nothing, takes no lock, opens and writes no file and
 * logs nothing once it runs, and sleeps only so long: see quiet_calls.h. Threads are watched once
 * they have begun a first quantum.
 */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include <alsa/asoundlib.h>
#include <cmocka.h>

#include "tests/unit/quiet_calls.h"
#include "tests/unit/quiet_devices.h"
#include "tests/unit/vsnd_player.h"

#ifndef SANITIZED

/* ---- cards whose threads are quiet_watched from their first quantum on ---- */

static const struct vsnd_card_ops *inner;
static bool misbehave;
static bool has_clock;
static unsigned transfers;
static _Atomic unsigned xruns;
static _Atomic unsigned sw_params;

EXPORT int snd_pcm_sw_params(snd_pcm_t *pcm, snd_pcm_sw_params_t *params)
{
	static __typeof__(&snd_pcm_sw_params) real;

	sw_params += quiet_watched;
	if (real == NULL)
		real = REAL(snd_pcm_sw_params);
	return real(pcm, params);
}

static bool wakes_can_be_off;

EXPORT int snd_pcm_hw_params_can_disable_period_wakeup(const snd_pcm_hw_params_t *params)
{
	(void)params;
	return wakes_can_be_off;
}

/* A device of ALSA's is asked for another depth, again and again. Without a clock nobody else asks.
 */
static void change_depth(void *priv)
{
	struct vsnd_fill *fill = inner == &vsnd_card_alsa && !has_clock ? inner->fill(priv) : NULL;

	if (++transfers % 16 == 0 && fill != NULL)
		vsnd_fill_answer(fill, transfers % 32 == 0 ? fill->min_steps : fill->max_steps);
}

static void make_noise(void)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	static _Atomic unsigned times;
	void *volatile memory = malloc(1);
	struct pollfd none = {.fd = -1};

	free(memory);
	pthread_mutex_lock(&lock);
	pthread_mutex_unlock(&lock);
	(void)ioctl(-1, FIONREAD, NULL);
	if (times++ == 0)
		(void)poll(&none, 1, (int)QUIET_SLEEP_MS_MAX + 1);
}

static int watched_transfer(void *priv, void *samples, uint32_t frames, bool running)
{
	int ret;

	quiet_watched = true;
	quiet_in_transfer = true;
	if (misbehave)
		make_noise();
	change_depth(priv);
	ret = inner->transfer(priv, samples, frames, running);
	quiet_in_transfer = false;
	xruns += ret > 0 ? (unsigned)ret : 0;
	return ret;
}

static char dir[64], out_path[96], in_path[96], config_path[96], raw_path[96];

/* Starts and stops, gains, underruns, overruns, and a close. */
static void exercise(
	struct vsnd_card *card, enum vsnd_direction direction, const struct vsnd_format *format)
{
	static uint8_t samples[2000 * 16];
	static const float half[VSND_CHANNELS_MAX] = {0.5f, 0.25f};
	struct player player = open_on(card, direction, format, 256);

	for (unsigned turn = 0; turn < 3; turn++) {
		uint64_t position = vsnd_stream_position(player.stream);

		if (direction == VSND_PLAYBACK)
			assert_int_equal(vsnd_stream_write(player.stream, samples, 2000), 0);
		vsnd_stream_start(player.stream);
		wait_for(&player, position + 1000);
		vsnd_stream_set_gain(player.stream, half);
		wait_for(&player, position + (turn == 0 ? 9000 : 2500));
		if (turn == 1)
			vsnd_stream_pause(player.stream);
		vsnd_stream_stop(player.stream);
	}
	leave(&player);
}

static void watch(const struct vsnd_card_ops *ops, bool loop, const char *playback,
	const char *capture, const struct vsnd_format *format)
{
	struct vsnd_card_ops watching = *ops;
	struct vsnd_card_config config = {.name = "quiet",
		.ops = &watching,
		.playback = (char *)playback,
		.capture = (char *)capture,
		.loop = loop,
		.priority = 70};
	struct vsnd_card *card;

	inner = ops;
	watching.transfer = watched_transfer;
	for (unsigned i = 0; i < NUM_CALLS; i++)
		quiet_calls[i] = 0;
	assert_int_equal(vsnd_card_create(&config, &card), 0);
	if (loop || playback != NULL || capture == NULL)
		exercise(card, VSND_PLAYBACK, format);
	if (loop || capture != NULL)
		exercise(card, VSND_CAPTURE, format);
	quiet_closing = true;
	vsnd_card_destroy(card);
	quiet_closing = false;
}

static void assert_quiet(void)
{
	for (unsigned i = 0; i < NUM_CALLS; i++)
		if (quiet_calls[i] > 0)
			fail_msg("the device thread called %s %u times", quiet_call_names[i],
				quiet_calls[i]);
}

static const struct vsnd_format stereo16 = {XENSND_PCM_FORMAT_S16_LE, 2, 48000};
static const struct vsnd_format odd24 = {XENSND_PCM_FORMAT_U24_BE, 2, 48000};

/* That the counting counts. */
static void test_noise_is_heard(void **state)
{
	(void)state;
	misbehave = true;
	watch(&vsnd_card_clock, false, NULL, NULL, &stereo16);
	misbehave = false;
	assert_true(quiet_calls[ALLOCATE] > 0);
	assert_true(quiet_calls[FREE] > 0);
	assert_true(quiet_calls[MUTEX] > 0);
	assert_true(quiet_calls[CONTROL] > 0);
	assert_int_equal(quiet_calls[SLEEP], 1);
}

static void test_clock_is_quiet(void **state)
{
	(void)state;
	watch(&vsnd_card_clock, false, NULL, NULL, &stereo16);
	assert_quiet();
	watch(&vsnd_card_clock, true, NULL, NULL, &odd24);
	assert_quiet();
}

/* Rates and channels converted, sums, and streams that come and go beside one that stays. */
static void test_conversion_is_quiet(void **state)
{
	static const struct vsnd_format other = {XENSND_PCM_FORMAT_S24_LE, 1, 44100};
	struct vsnd_card_ops watching = vsnd_card_clock;
	struct vsnd_card_config config = {
		.name = "quiet", .ops = &watching, .loop = true, .priority = 70};
	struct vsnd_card *card;

	(void)state;
	inner = &vsnd_card_clock;
	watching.transfer = watched_transfer;
	for (unsigned i = 0; i < NUM_CALLS; i++)
		quiet_calls[i] = 0;
	assert_int_equal(vsnd_card_create(&config, &card), 0);
	for (unsigned i = VSND_PLAYBACK; i <= VSND_CAPTURE; i++) {
		struct player stays = open_on(card, i, &stereo16, 256);
		struct player beside = open_on(card, i, &other, 256);

		vsnd_stream_start(stays.stream);
		vsnd_stream_start(beside.stream);
		exercise(card, i, &other);
		leave(&beside);
		wait_for(&stays, vsnd_stream_position(stays.stream) + 1000);
		leave(&stays);
	}
	quiet_closing = true;
	vsnd_card_destroy(card);
	quiet_closing = false;
	assert_quiet();
}

static void test_wav_is_quiet(void **state)
{
	struct stat played;

	(void)state;
	watch(&vsnd_card_wav, false, out_path, NULL, &stereo16);
	assert_quiet();
	/* What was played is there, and is now captured. */
	assert_int_equal(stat(out_path, &played), 0);
	assert_true(played.st_size > 4 * 10000);
	assert_int_equal(rename(out_path, in_path), 0);
	watch(&vsnd_card_wav, false, out_path, in_path, &stereo16);
	assert_quiet();
}

/*
 * alsa-lib locks a mutex of the PCM's own in each call, unless told that each PCM has one thread.
 * Its file plugin writes to the file, of course.
 */
static void test_alsa_is_quiet(void **state)
{
	(void)state;
	sw_params = 0;
	watch(&vsnd_card_alsa, false, "nothing", "nothing", &stereo16);
	assert_quiet();
	/* The depth was changed, which alsa-lib is told by the thread itself. */
	assert_true(sw_params > 10);
	watch(&vsnd_card_alsa, false, "tape", "tape", &stereo16);
	quiet_calls[WRITE] = 0;
	assert_quiet();
}

/* A device that runs dry, or full, is mended. By the clock 200 ms do not fill its buffer. */
static void watch_mending(void)
{
	xruns = 0;
	watch(&vsnd_card_alsa, false, "stalled", NULL, &stereo16);
	assert_quiet();
	assert_true(xruns > 0);
	xruns = 0;
	watch(&vsnd_card_alsa, false, NULL, "stalled", &stereo16);
	assert_quiet();
	assert_true(xruns > 0 || wakes_can_be_off);
}

static void test_mending_is_quiet(void **state)
{
	(void)state;
	has_clock = true;
	watch_mending();
	wakes_can_be_off = true;
	watch_mending();
	wakes_can_be_off = has_clock = false;
}

static void test_depth_is_quiet(void **state)
{
	static const struct vsnd_format slow = {XENSND_PCM_FORMAT_S16_LE, 2, 8000};

	(void)state;
	watch(&buffered_ops, false, "x", NULL, &slow);
	assert_quiet();
	assert_true(reports > 1);
}

static void move_about(struct vsnd_card *card, enum vsnd_direction direction)
{
	static const struct vsnd_format other = {XENSND_PCM_FORMAT_U24_BE, 6, 96000};
	struct player player = open_on(card, direction, &stereo16, 256);
	struct player second = open_on(card, direction, &other, 1024);
	unsigned until = rovings + 20;

	vsnd_stream_start(player.stream);
	vsnd_stream_start(second.stream);
	while (rovings < until) {
		vsnd_card_look_again(card);
		usleep(1000);
	}
	leave(&player);
	leave(&second);
}

static void test_moves_are_quiet(void **state)
{
	struct vsnd_card_ops watching = roving_ops;
	struct vsnd_card_config config = {.name = "roving",
		.ops = &watching,
		.playback = (char *)"x",
		.capture = (char *)"x",
		.priority = 70};
	struct vsnd_card *card;

	(void)state;
	inner = &roving_ops;
	watching.transfer = watched_transfer;
	for (unsigned i = 0; i < NUM_CALLS; i++)
		quiet_calls[i] = 0;
	assert_int_equal(vsnd_card_create(&config, &card), 0);
	move_about(card, VSND_PLAYBACK);
	move_about(card, VSND_CAPTURE);
	quiet_closing = true;
	vsnd_card_destroy(card);
	quiet_closing = false;
	assert_quiet();
}

static int make_dir(void **state)
{
	const char *build = getenv("top_builddir");
	char here[256] = ".";
	FILE *file;

	(void)state;
	strcpy(dir, "/tmp/vsnd_quiet_test.XXXXXX");
	if (mkdtemp(dir) == NULL)
		return -1;
	sprintf(out_path, "%s/out.wav", dir);
	sprintf(in_path, "%s/in.wav", dir);
	sprintf(raw_path, "%s/out.raw", dir);
	sprintf(config_path, "%s/asound.conf", dir);
	file = fopen(config_path, "we");
	if (file == NULL)
		return -1;
	fprintf(file,
		"pcm.nothing { type null }\n"
		"pcm.tape { type file slave.pcm nothing file \"%s\" infile \"/dev/zero\" "
		"format raw }\n"
		"pcm_type.clocked { lib \"%s/tests/unit/.libs/pcm_clocked.so\" }\n"
		"pcm.stalled { type clocked stall_at_ms 150 stall_ms 200 }\n",
		raw_path, build != NULL ? build : getcwd(here, sizeof(here)));
	fclose(file);
	return setenv("ALSA_CONFIG_PATH", config_path, 1);
}

static int remove_dir(void **state)
{
	(void)state;
	unlink(out_path);
	unlink(in_path);
	unlink(raw_path);
	unlink(config_path);
	snd_config_update_free_global();
	return rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_noise_is_heard),
		cmocka_unit_test(test_clock_is_quiet),
		cmocka_unit_test(test_conversion_is_quiet),
		cmocka_unit_test(test_wav_is_quiet),
		cmocka_unit_test(test_alsa_is_quiet),
		cmocka_unit_test(test_mending_is_quiet),
		cmocka_unit_test(test_depth_is_quiet),
		cmocka_unit_test(test_moves_are_quiet),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}

#else

int main(void)
{
	puts("skipped: the sanitizer has functions of these names itself");
	return 77;
}

#endif
