/* SPDX-License-Identifier: MIT */
/* The alsa card on alsa-lib's plugins that need no hardware: null, file. */
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
#include "tests/unit/vsnd_player.h"
#include "tests/unit/vsnd_tape.h"

#define MARK 0x12345678

/* A PCM that takes no such rate, while this is set, whatever it says before. */
static unsigned refused_hz;

__attribute__((visibility("default"))) int snd_pcm_hw_params(
	snd_pcm_t *pcm, snd_pcm_hw_params_t *params)
{
	__typeof__(&snd_pcm_hw_params) real =
		(__typeof__(real))dlsym(RTLD_NEXT, "snd_pcm_hw_params");
	unsigned rate_hz;
	int above;

	if (snd_pcm_hw_params_get_rate(params, &rate_hz, &above) == 0 && rate_hz == refused_hz)
		return -EINVAL;
	return real(pcm, params);
}

/* A PCM that takes nothing, or a frame after each xrun, while it is so; but silence. */
static enum { TAKES_ALL, TAKES_NONE, RUNS_DRY } mood;

__attribute__((visibility("default"))) snd_pcm_sframes_t snd_pcm_writen(
	snd_pcm_t *pcm, void **planes, snd_pcm_uframes_t frames)
{
	__typeof__(&snd_pcm_writen) real = (__typeof__(real))dlsym(RTLD_NEXT, "snd_pcm_writen");
	static bool dry;

	if (mood == TAKES_ALL || *(int32_t *)planes[0] == 0)
		return real(pcm, planes, frames);
	if (mood == TAKES_NONE)
		return 0;
	dry = !dry;
	return dry ? -EPIPE : real(pcm, planes, 1);
}

static const struct vsnd_format mono32 = {XENSND_PCM_FORMAT_S32_LE, 1, 48000};

static struct vsnd_card_stat stat_of(struct vsnd_card *card)
{
	struct vsnd_card_stat stat;

	vsnd_card_stat(card, &stat);
	return stat;
}

/* It is open, and took more than its buffer holds: 100 ms. */
static void wait_until_found_out(struct vsnd_card *card, enum vsnd_direction direction)
{
	uint64_t quanta;

	for (unsigned i = 0; i < 1000 && !stat_of(card).here[direction].is_there; i++)
		usleep(10000);
	quanta = stat_of(card).quanta;
	for (unsigned i = 0; i < 1000 && stat_of(card).quanta < quanta + 60; i++)
		usleep(10000);
}

/* A PCM without a clock must not run away: loose below, strict above. */
static void check_pace(const char *pcm, enum vsnd_direction direction)
{
	struct vsnd_card *card = make_card(pcm);
	struct player player = open_on(card, direction, &mono32, 1024);
	uint64_t began_ns, gone_frames, position;

	wait_until_found_out(card, direction);
	began_ns = pv_now_ns();
	vsnd_stream_start(player.stream);
	wait_for(&player, 9600);
	position = vsnd_stream_heard(player.stream);
	gone_frames = (pv_now_ns() - began_ns) * 48 / 1000000;
	/* That it always has all is no lateness of ours. */
	assert_true(stat_of(card).wake.max_ns < 90 * UINT64_C(1000000) ||
		    stat_of(card).late_quanta > 0);
	/* A quantum that was under way at start, and the eighth of what goes by in between. */
	assert_true(position <= gone_frames + 200);
	leave(&player);
	vsnd_card_destroy(card);
}

static void test_clockless_are_paced(void **state)
{
	(void)state;
	check_pace("nothing", VSND_PLAYBACK);
	check_pace("nothing", VSND_CAPTURE);
	check_pace("tape", VSND_PLAYBACK);
}

/* What a file gets is what was played, somewhere between the silence before and after. Quanta of
 * 128 frames wrap in the middle of its buffer of 4800. */
static void test_file_gets_the_samples(void **state)
{
	static int32_t samples[4801], got[1 << 20];
	struct vsnd_card *card = make_card("tape");
	struct player player = open_on(card, VSND_PLAYBACK, &mono32, 1024);
	size_t count, at = 0;
	FILE *file;

	(void)state;
	for (int32_t i = 0; i < 4801; i++)
		samples[i] = MARK + i * 77;
	assert_int_equal(vsnd_stream_write(player.stream, samples, 4801), 0);
	wait_until_there(card, VSND_PLAYBACK, true);
	vsnd_stream_start(player.stream);
	wait_for(&player, 4900);
	leave(&player);
	vsnd_card_destroy(card);
	file = fopen(out_path, "re");
	assert_non_null(file);
	count = fread(got, 4, sizeof(got) / 4, file);
	fclose(file);
	while (at < count && got[at] == 0)
		at++;
	assert_true(at + 4801 <= count);
	assert_memory_equal(got + at, samples, sizeof(samples));
	/* Behind them the sound dies away, in 5 ms. */
	for (at += 4801 + mono32.rate_hz / 200; at < count; at++)
		assert_int_equal(got[at], 0);
}

static void test_file_brings_samples(void **state)
{
	static int32_t samples[96000], got[4800];
	struct vsnd_card *card = make_card("tape");
	struct player player;
	FILE *file = fopen(in_path, "we");

	(void)state;
	assert_non_null(file);
	for (int32_t i = 0; i < 96000; i++)
		samples[i] = i + 1;
	fwrite(samples, 4, 96000, file);
	fclose(file);
	player = open_on(card, VSND_CAPTURE, &mono32, 480);
	wait_until_there(card, VSND_CAPTURE, true);
	vsnd_stream_start(player.stream);
	wait_for(&player, 4800);
	assert_int_equal(vsnd_stream_read(player.stream, got, 4800), 0);
	/* From wherever the file was when the stream started; then one by one. */
	assert_in_range(got[0], 1, 96000 - 4800);
	for (int32_t i = 0; i < 4800; i++)
		assert_int_equal(got[i], got[0] + i);
	leave(&player);
	vsnd_card_destroy(card);
}

static void test_query(void **state)
{
	struct vsnd_ranges ranges = {VSND_FORMATS_ALL, 8000, 96000, 1, 6, 64, 65536, 32, 4096};
	struct vsnd_card *card = make_card("nothing");

	(void)state;
	assert_int_equal(vsnd_card_query(card, VSND_PLAYBACK, &ranges), 0);
	assert_int_equal(ranges.formats, VSND_FORMATS_ALL);
	assert_int_equal(ranges.rate_min, 8000);
	assert_int_equal(ranges.rate_max, 96000);
	assert_int_equal(ranges.channels_max, 6);
	assert_int_equal(ranges.period_min, 32);
	vsnd_card_destroy(card);
}

static void test_every_format_opens(void **state)
{
	struct vsnd_card *card = make_card("nothing");

	(void)state;
	for (uint8_t i = 0; i <= XENSND_PCM_FORMAT_F64_BE; i++) {
		struct vsnd_format format = {i, (uint8_t)(1 + i % 8), 44100};
		struct player player =
			open_on(card, i % 2 == 0 ? VSND_PLAYBACK : VSND_CAPTURE, &format, 256);

		vsnd_stream_start(player.stream);
		wait_for(&player, 100);
		leave(&player);
	}
	vsnd_card_destroy(card);
}

/* It is opened in another format then. */
static void test_what_is_refused_is_not_tried_again(void **state)
{
	static const struct vsnd_format refused = {XENSND_PCM_FORMAT_S16_LE, 2, 44100};
	struct vsnd_card *card = make_card("nothing");
	struct player player;

	(void)state;
	refused_hz = 44100;
	player = open_on(card, VSND_PLAYBACK, &refused, 512);
	vsnd_stream_start(player.stream);
	wait_until_there(card, VSND_PLAYBACK, true);
	assert_int_equal(stat_of(card).format[VSND_PLAYBACK].rate_hz, 48000);
	wait_for(&player, 4410);
	leave(&player);
	vsnd_card_destroy(card);
	refused_hz = 0;
}

/* 0 to n: it was mended so often; else it is lost. */
static int transfer_to_moody(int how)
{
	const struct vsnd_card_config config = {.name = "main"};
	static int32_t samples[64];
	uint32_t quantum_frames = 64;
	void *device;
	int ret;

	for (unsigned i = 0; i < 64; i++)
		samples[i] = MARK;
	planes_only = true;
	assert_int_equal(vsnd_card_alsa.open(&config, "nothing", VSND_PLAYBACK, &mono32,
				 &quantum_frames, &device),
		0);
	mood = how;
	ret = vsnd_card_alsa.transfer(device, samples, 64, true);
	mood = TAKES_ALL;
	vsnd_card_alsa.close(device);
	planes_only = false;
	return ret;
}

/* It does not hold the processor for ever, and is not lost while it moves. */
static void test_moody_pcms(void **state)
{
	(void)state;
	assert_int_equal(transfer_to_moody(TAKES_ALL), 0);
	assert_int_equal(transfer_to_moody(TAKES_NONE), -EAGAIN);
	assert_int_equal(transfer_to_moody(RUNS_DRY), 64);
}

static void test_unknown_pcm(void **state)
{
	struct vsnd_ranges ranges = {VSND_FORMATS_ALL, 8000, 96000, 1, 6, 64, 65536, 32, 4096};
	struct vsnd_card *card = make_card("no such thing");
	struct player player;

	(void)state;
	assert_int_equal(vsnd_card_try(card, VSND_PLAYBACK), -ENODEV);
	assert_int_equal(vsnd_card_query(card, VSND_PLAYBACK, &ranges), 0);
	/* It may come later: silence until then. */
	player = open_on(card, VSND_PLAYBACK, &mono32, 64);
	vsnd_stream_start(player.stream);
	wait_for(&player, 480);
	leave(&player);
	vsnd_card_destroy(card);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_clockless_are_paced),
		cmocka_unit_test(test_file_gets_the_samples),
		cmocka_unit_test(test_file_brings_samples),
		cmocka_unit_test(test_query),
		cmocka_unit_test(test_every_format_opens),
		cmocka_unit_test(test_what_is_refused_is_not_tried_again),
		cmocka_unit_test(test_moody_pcms),
		cmocka_unit_test(test_unknown_pcm),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
