/* SPDX-License-Identifier: MIT */
/* The ways in which the alsa card is driven: straight into its buffer or by read and write, by the
 * card's wake-ups or by the clock. On a PCM with a clock that says of itself what the test wants.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <alsa/asoundlib.h>
#include <cmocka.h>
#include <dlfcn.h>

#include "common/parse.h"
#include "tests/unit/vsnd_alsa_card.h"
#include "tests/unit/vsnd_player.h"

#define EXPORT __attribute__((visibility("default")))

static char dir[64], config_path[96];
static const struct vsnd_format stereo16 = {XENSND_PCM_FORMAT_S16_LE, 2, 48000};

/* ---- what the linker prefers to alsa-lib's ---- */

static bool wakes_can_be_off, is_batch, is_mapped;
static _Atomic unsigned looks;
static _Atomic snd_pcm_sframes_t left_frames; /* unplayed, when it was closed */

EXPORT int snd_pcm_hw_params_can_disable_period_wakeup(const snd_pcm_hw_params_t *params)
{
	(void)params;
	return wakes_can_be_off;
}

EXPORT int snd_pcm_hw_params_is_batch(const snd_pcm_hw_params_t *params)
{
	(void)params;
	return is_batch;
}

EXPORT int snd_pcm_hw_params_set_access(
	snd_pcm_t *pcm, snd_pcm_hw_params_t *params, snd_pcm_access_t access)
{
	__typeof__(&snd_pcm_hw_params_set_access) real =
		(__typeof__(real))dlsym(RTLD_NEXT, "snd_pcm_hw_params_set_access");

	if (!is_mapped && access == SND_PCM_ACCESS_MMAP_INTERLEAVED)
		return -EINVAL;
	return real(pcm, params, access);
}

static bool cannot_map; /* although it says so */

EXPORT int snd_pcm_hw_params(snd_pcm_t *pcm, snd_pcm_hw_params_t *params)
{
	__typeof__(&snd_pcm_hw_params) real =
		(__typeof__(real))dlsym(RTLD_NEXT, "snd_pcm_hw_params");
	snd_pcm_access_t access;

	if (cannot_map && snd_pcm_hw_params_get_access(params, &access) == 0 &&
		access == SND_PCM_ACCESS_MMAP_INTERLEAVED)
		return -ENXIO;
	return real(pcm, params);
}

static snd_pcm_sframes_t real_avail(snd_pcm_t *pcm)
{
	static __typeof__(&snd_pcm_avail) real;

	if (real == NULL)
		real = (__typeof__(real))dlsym(RTLD_NEXT, "snd_pcm_avail");
	return real(pcm);
}

EXPORT snd_pcm_sframes_t snd_pcm_avail(snd_pcm_t *pcm)
{
	looks++;
	return real_avail(pcm);
}

EXPORT int snd_pcm_close(snd_pcm_t *pcm)
{
	__typeof__(&snd_pcm_close) real = (__typeof__(real))dlsym(RTLD_NEXT, "snd_pcm_close");
	snd_pcm_uframes_t buffer, period;

	if (snd_pcm_get_params(pcm, &buffer, &period) == 0) {
		snd_pcm_sframes_t avail = real_avail(pcm);

		left_frames = avail < 0 ? 0 : (snd_pcm_sframes_t)buffer - avail;
	}
	return real(pcm);
}

/* ---- cards ---- */

/* Where a busy machine kept the keeper from looking while the card began, it seems to move in
 * steps, and is driven as such. */
static bool seems_coarse(const struct vsnd_card_stat *stat)
{
	return stat->depth.device_step_frames > 0;
}

static void check_way(struct vsnd_card *card, enum vsnd_direction direction, const char *by)
{
	struct vsnd_card_stat stat;

	vsnd_card_stat(card, &stat);
	assert_true(stat.here[direction].is_there);
	assert_int_equal(stat.lost, 0);
	assert_int_equal(stat.here[direction].generation, 1);
	assert_string_equal(
		stat.here[direction].driven.access, is_mapped && !cannot_map ? "mmap" : "rw");
	if (direction == VSND_CAPTURE || !seems_coarse(&stat))
		assert_string_equal(stat.here[direction].driven.by, by);
}

/* Plays for 2 s: what has to be waited for is, and what is inside in the end is heard. */
static struct vsnd_card_stat play(const char *pcm, const char *by)
{
	struct vsnd_card *card = make_card(pcm);
	struct player player = open_on(card, VSND_PLAYBACK, &stereo16, 1024);
	struct vsnd_card_stat stat;
	uint64_t began_ns;

	wait_until_there(card, VSND_PLAYBACK, true);
	looks = 0;
	vsnd_card_stat(card, &stat);
	assert_int_equal(stat.quantum_frames[VSND_PLAYBACK], 128);
	vsnd_stream_start(player.stream);
	began_ns = pv_now_ns();
	wait_for(&player, 96000);
	/* No faster than the card; how slow a busy machine is, nobody knows. */
	assert_true(pv_now_ns() - began_ns > UINT64_C(1900000000));
	check_way(card, VSND_PLAYBACK, by);
	vsnd_card_stat(card, &stat);
	left_frames = -1;
	leave(&player);
	vsnd_card_destroy(card);
	assert_int_equal(left_frames, 0);
	return stat;
}

/* It never wakes anybody, and is looked at about once in a quantum. */
static void test_by_the_clock(void **state)
{
	struct vsnd_card_stat stat;

	(void)state;
	wakes_can_be_off = true;
	for (unsigned i = 0; i < 2; i++) {
		is_mapped = i == 0;
		stat = play("mute", "timer");
		assert_int_equal(stat.depth.rate_hz, 48000);
		assert_true(seems_coarse(&stat) || looks < stat.quanta * 3 / 2);
		assert_true(stat.wake.wakes > 0);
	}
	wakes_can_be_off = false;
}

/* It says that it moves finely, and moves in 4 ms: that is inside, and it is looked at often. */
static void test_by_the_clock_in_steps(void **state)
{
	struct vsnd_card_stat stat;

	(void)state;
	wakes_can_be_off = is_mapped = true;
	stat = play("striding", "timer");
	assert_true(stat.depth.device_step_frames >= 192);
	assert_true(stat.depth.now_frames >= 192 + 2 * 128);
	wakes_can_be_off = false;
}

/* Frames one by one; where the buffer ran over, their numbers begin anew. The quanta of 128 frames
 * wrap in the middle of a buffer of 4800. */
static void capture(const char *pcm, const char *by)
{
	static uint32_t got[9600];
	struct vsnd_card *card = make_card(pcm);
	struct player player = open_on(card, VSND_CAPTURE, &stereo16, 1024);
	struct vsnd_card_stat stat;
	unsigned breaks = 0;

	wait_until_there(card, VSND_CAPTURE, true);
	looks = 0;
	vsnd_stream_start(player.stream);
	wait_for(&player, 9600);
	assert_int_equal(vsnd_stream_read(player.stream, got, 9600), 0);
	check_way(card, VSND_CAPTURE, by);
	for (unsigned i = 1; i < 9600; i++)
		breaks += got[i] != got[i - 1] + 1;
	vsnd_card_stat(card, &stat);
	assert_true(breaks <= 4 * stat.xruns);
	leave(&player);
	vsnd_card_destroy(card);
}

/* It could do without, but moves in batches, or has too small a buffer. */
static void test_by_wake_ups(void **state)
{
	(void)state;
	wakes_can_be_off = is_batch = true;
	is_mapped = false;
	(void)play("fine", "poll");
	is_mapped = true;
	is_batch = false;
	(void)play("small", "poll");
	cannot_map = true;
	capture("mute", "timer");
	cannot_map = wakes_can_be_off = false;
}

static void test_capture(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		is_mapped = i == 0;
		wakes_can_be_off = false;
		capture("fine", "poll");
		wakes_can_be_off = true;
		capture("mute", "timer");
		capture("striding", "timer");
	}
	wakes_can_be_off = false;
}

static int make_dir(void **state)
{
	const char *build = getenv("top_builddir");
	char here[256] = ".";
	FILE *file;

	(void)state;
	strcpy(dir, "/tmp/vsnd_driven_test.XXXXXX");
	if (mkdtemp(dir) == NULL)
		return -1;
	snprintf(config_path, sizeof(config_path), "%s/asound.conf", dir);
	file = fopen(config_path, "we");
	if (file == NULL)
		return -1;
	fprintf(file,
		"pcm_type.clocked { lib \"%s/tests/unit/.libs/pcm_clocked.so\" }\n"
		"pcm.fine { type clocked }\n"
		"pcm.mute { type clocked wake_ms 100000 }\n"
		"pcm.striding { type clocked step 192 wake_ms 100000 }\n"
		"pcm.small { type clocked buffer_bytes 65536 }\n",
		build != NULL ? build : getcwd(here, sizeof(here)));
	fclose(file);
	return setenv("ALSA_CONFIG_PATH", config_path, 1);
}

static int remove_dir(void **state)
{
	(void)state;
	unlink(config_path);
	snd_config_update_free_global();
	return rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_by_the_clock),
		cmocka_unit_test(test_by_the_clock_in_steps),
		cmocka_unit_test(test_by_wake_ups),
		cmocka_unit_test(test_capture),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
