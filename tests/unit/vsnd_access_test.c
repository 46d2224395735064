/* SPDX-License-Identifier: MIT */
/* How frames get to and from PCMs of alsa-lib's that take them otherwise than we have them. */
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

#include "tests/unit/vsnd_player.h"
#include "tests/unit/vsnd_tape.h"

static const struct vsnd_format stereo24 = {XENSND_PCM_FORMAT_S24_LE, 2, 48000};

/* ---- planes ---- */

/* Left and right, each from its plane. */
static void test_planes_are_played(void **state)
{
	static int32_t samples[4800 * 2], got[1 << 20];
	struct vsnd_card *card = make_card("tape");
	struct player player;
	size_t count, at = 0;
	FILE *file;

	(void)state;
	planes_only = true;
	player = open_on(card, VSND_PLAYBACK, &stereo24, 480);
	for (int32_t i = 0; i < 4800 * 2; i++)
		samples[i] = i + 1;
	assert_int_equal(vsnd_stream_write(player.stream, samples, 4800), 0);
	vsnd_stream_start(player.stream);
	wait_for(&player, 4900);
	leave(&player);
	vsnd_card_destroy(card);
	planes_only = false;
	file = fopen(out_path, "re");
	assert_non_null(file);
	count = fread(got, 4, sizeof(got) / 4, file);
	fclose(file);
	while (at < count && got[at] == 0)
		at++;
	assert_true(at + 9600 <= count);
	assert_memory_equal(got + at, samples, sizeof(samples));
}

/* ALSA's file plugin itself brings none: through one that turns left and right round, to whom it
 * brings only some of the frames. */
static void test_planes_are_captured(void **state)
{
	static int32_t samples[96000], got[4800 * 2];
	struct vsnd_card *card = make_card("turned");
	struct player player;
	unsigned in_row = 0;
	FILE *file = fopen(in_path, "we");

	(void)state;
	assert_non_null(file);
	for (int32_t i = 0; i < 96000; i++)
		samples[i] = i + 1;
	fwrite(samples, 4, 96000, file);
	fclose(file);
	planes_only = true;
	player = open_on(card, VSND_CAPTURE, &stereo24, 480);
	vsnd_stream_start(player.stream);
	wait_for(&player, 4800);
	assert_int_equal(vsnd_stream_read(player.stream, got, 4800), 0);
	for (int32_t i = 0; i < 4800; i++) {
		assert_int_equal(got[2 * i], got[2 * i + 1] + 1);
		assert_true(got[2 * i + 1] > 0);
		in_row += i > 0 && got[2 * i] == got[2 * i - 2] + 2;
	}
	assert_true(in_row > 4800 * 9 / 10);
	leave(&player);
	vsnd_card_destroy(card);
	planes_only = false;
}

/* ---- samples of 3 bytes, in more channels than we have ---- */

/* A PCM that packs its samples, and has that many channels, while this is set. */
static unsigned packed_channels;

__attribute__((visibility("default"))) int snd_pcm_hw_params_any(
	snd_pcm_t *pcm, snd_pcm_hw_params_t *params)
{
	__typeof__(&snd_pcm_hw_params_any) real =
		(__typeof__(real))dlsym(RTLD_NEXT, "snd_pcm_hw_params_any");
	int err = real(pcm, params);

	if (packed_channels > 0 && err >= 0)
		err = snd_pcm_hw_params_set_format(pcm, params, SND_PCM_FORMAT_S24_3LE);
	if (packed_channels > 0 && err >= 0)
		err = snd_pcm_hw_params_set_channels(pcm, params, packed_channels);
	return err;
}

#define PACKED_CHANNELS 10u
#define PACKED_FRAMES 4800u

static int32_t sample_of(uint32_t frame, unsigned channel)
{
	return (int32_t)(0x123456 + frame * 333 + channel * 7777) & 0xffffff;
}

static void *open_packed(enum vsnd_direction direction)
{
	static const struct vsnd_card_config config = {.name = "main"};
	uint32_t quantum_frames = 480;
	void *device;

	assert_int_equal(vsnd_card_alsa.open(
				 &config, "tape", direction, &stereo24, &quantum_frames, &device),
		0);
	assert_int_equal(quantum_frames, 480);
	return device;
}

static void transfer_packed(void *device, int32_t *samples, uint32_t frames)
{
	for (uint32_t at = 0; at < frames; at += 480)
		assert_true(vsnd_card_alsa.transfer(device, samples + 2 * at, 480, true) >= 0);
	vsnd_card_alsa.close(device);
}

static void check_packed_playback(void)
{
	static int32_t samples[2 * PACKED_FRAMES];
	static uint8_t got[PACKED_FRAMES * 20][PACKED_CHANNELS][3];
	size_t count, at = 0;
	FILE *file;

	for (uint32_t i = 0; i < 2 * PACKED_FRAMES; i++)
		samples[i] = sample_of(i / 2, i % 2);
	transfer_packed(open_packed(VSND_PLAYBACK), samples, PACKED_FRAMES);
	file = fopen(out_path, "re");
	assert_non_null(file);
	count = fread(got, sizeof(got[0]), sizeof(got) / sizeof(got[0]), file);
	fclose(file);
	while (at < count && got[at][0][0] == 0)
		at++;
	assert_true(at + PACKED_FRAMES <= count);
	for (uint32_t i = 0; i < PACKED_FRAMES; i++)
		for (unsigned k = 0; k < PACKED_CHANNELS; k++) {
			const uint8_t *three = got[at + i][k];

			assert_int_equal(three[0] | three[1] << 8 | three[2] << 16,
				k < 2 ? sample_of(i, k) : 0);
		}
}

static void check_packed_capture(void)
{
	static uint8_t brought[PACKED_FRAMES * 4][PACKED_CHANNELS][3];
	static int32_t samples[2 * PACKED_FRAMES];
	uint32_t in_row = 0;
	FILE *file = fopen(in_path, "we");

	assert_non_null(file);
	for (uint32_t i = 0; i < PACKED_FRAMES * 4; i++)
		for (unsigned k = 0; k < PACKED_CHANNELS; k++)
			for (unsigned byte = 0; byte < 3; byte++)
				brought[i][k][byte] = (uint8_t)(sample_of(i, k) >> 8 * byte);
	fwrite(brought, 1, sizeof(brought), file);
	fclose(file);
	transfer_packed(open_packed(VSND_CAPTURE), samples, PACKED_FRAMES);
	for (uint32_t i = 0; i < PACKED_FRAMES; i++) {
		assert_in_range(samples[2 * i], 1, 0xffffff);
		assert_int_equal(samples[2 * i + 1], (samples[2 * i] + 7777) & 0xffffff);
		in_row += i > 0 && samples[2 * i] == ((samples[2 * i - 2] + 333) & 0xffffff);
	}
	assert_true(in_row > PACKED_FRAMES * 9 / 10);
}

static void test_packed_samples_and_many_channels(void **state)
{
	struct vsnd_ranges ranges = {VSND_FORMATS_ALL, 8000, 96000, 1, 8, 64, 65536, 32, 4096};
	const struct vsnd_card_config config = {.name = "main"};

	(void)state;
	packed_channels = PACKED_CHANNELS;
	assert_int_equal(vsnd_card_alsa.query(&config, "tape", VSND_PLAYBACK, &ranges), 0);
	assert_int_equal(ranges.formats, UINT64_C(1) << XENSND_PCM_FORMAT_S24_LE);
	assert_int_equal(ranges.channels_min, 2);
	assert_int_equal(ranges.channels_max, 8);
	check_packed_playback();
	check_packed_capture();
	planes_only = true;
	check_packed_playback();
	planes_only = false;
	frames_only = true;
	check_packed_playback();
	check_packed_capture();
	frames_only = false;
	packed_channels = 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_planes_are_played),
		cmocka_unit_test(test_planes_are_captured),
		cmocka_unit_test(test_packed_samples_and_many_channels),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
