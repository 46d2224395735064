/* SPDX-License-Identifier: MIT */
/* The clock card and what every card has: quanta, positions in time, queries, loops. */
#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "backend/sound/card/card.h"
#include "common/parse.h"
#include "tests/unit/vsnd_player.h"

static const struct vsnd_format stereo16 = {XENSND_PCM_FORMAT_S16_LE, 2, 48000};

static struct vsnd_card *make_card(const struct vsnd_card_ops *ops, bool loop)
{
	static struct vsnd_card_config config;
	struct vsnd_card *card;

	config = (struct vsnd_card_config){.name = "t", .ops = ops, .loop = loop, .priority = 70};
	assert_int_equal(vsnd_card_create(&config, &card), 0);
	return card;
}

static void test_position_is_time(void **state)
{
	struct vsnd_card *card = make_card(&vsnd_card_clock, false);
	struct player player = open_on(card, VSND_PLAYBACK, &stereo16, 1024);
	struct vsnd_card_stat stat;
	uint64_t began_ns, position, gone_frames;

	(void)state;
	usleep(20000);
	assert_int_equal(vsnd_stream_position(player.stream), 0);
	began_ns = pv_now_ns();
	vsnd_stream_start(player.stream);
	wait_for(&player, 14400);
	position = vsnd_stream_heard(player.stream);
	gone_frames = (pv_now_ns() - began_ns) * 48 / 1000000;
	/* Never ahead, but for a quantum that was late at start; behind only on a busy machine. */
	assert_true(position <= gone_frames + 128);
	assert_true(position + 48000 >= gone_frames);
	vsnd_card_stat(card, &stat);
	assert_true(stat.open[VSND_PLAYBACK]);
	assert_false(stat.open[VSND_CAPTURE]);
	assert_true(stat.quanta >= 112);
	leave(&player);
	wait_until_there(card, VSND_PLAYBACK, false);
	vsnd_card_destroy(card);
}

/* Quanta: at most 1/375 s and a quarter of a period; at least 1/3000 s or half a period, and 16
 * frames; parts of a period if possible. */
static void test_quanta(void **state)
{
	static const struct {
		uint32_t rate_hz, period_frames, quantum_frames;
	} table[] = {
		{48000, 1024, 128},
		{48000, 256, 64},
		{48000, 128, 32},
		{48000, 32, 16},
		{48000, 4096, 128},
		{48000, 480, 120},
		{48000, 20, 16},
		{44100, 441, 63},
		{44100, 882, 63},
		{44100, 1021, 117},
		{192000, 64, 32},
		{192000, 256, 64},
		{192000, 4096, 512},
		{8000, 1024, 16},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct vsnd_format format = {XENSND_PCM_FORMAT_U8, 1, table[i].rate_hz};
		struct vsnd_card *card = make_card(&vsnd_card_clock, false);
		struct player player =
			open_on(card, VSND_PLAYBACK, &format, table[i].period_frames);

		vsnd_stream_start(player.stream);
		wait_for(&player, 1);
		assert_int_equal(vsnd_stream_position(player.stream) % table[i].quantum_frames, 0);
		wait_for(&player, 1 + vsnd_stream_position(player.stream));
		assert_int_equal(vsnd_stream_position(player.stream) % table[i].quantum_frames, 0);
		leave(&player);
		vsnd_card_destroy(card);
	}
}

static void test_bad_streams(void **state)
{
	struct vsnd_card *card = make_card(&vsnd_card_clock, false);
	struct player capture = open_on(card, VSND_CAPTURE, &stereo16, 1024);
	struct vsnd_format bad = {XENSND_PCM_FORMAT_S16_LE, 9, 48000};
	struct vsnd_stream *stream;

	(void)state;
	assert_int_equal(
		vsnd_card_open(card, VSND_PLAYBACK, &bad, 1024, 4096, -1, 0, &stream), -EINVAL);
	assert_int_equal(
		vsnd_card_open(card, VSND_PLAYBACK, &stereo16, 1024, 512, -1, 0, &stream), -EINVAL);
	assert_int_equal(
		vsnd_card_open(card, VSND_PLAYBACK, &stereo16, 0, 512, -1, 0, &stream), -EINVAL);
	leave(&capture);
	vsnd_card_destroy(card);
}

static void test_query(void **state)
{
	struct vsnd_card *card = make_card(&vsnd_card_clock, false);
	struct vsnd_ranges ranges = {
		.formats = UINT64_MAX,
		.rate_min = 0,
		.rate_max = 96000,
		.channels_min = 2,
		.channels_max = 99,
		.buffer_min = 0,
		.buffer_max = UINT32_MAX,
		.period_min = 8,
		.period_max = 4096,
	};

	(void)state;
	assert_int_equal(vsnd_card_query(card, VSND_PLAYBACK, &ranges), 0);
	assert_int_equal(ranges.formats, VSND_FORMATS_ALL);
	assert_int_equal(ranges.rate_min, VSND_RATE_MIN_HZ);
	assert_int_equal(ranges.rate_max, 96000);
	assert_int_equal(ranges.channels_min, 2);
	assert_int_equal(ranges.channels_max, 8);
	assert_int_equal(ranges.period_min, 32);
	assert_int_equal(ranges.period_max, 4096);
	assert_true(ranges.buffer_max >= 65536);
	ranges.formats = UINT64_C(1) << XENSND_PCM_FORMAT_MPEG;
	assert_int_equal(vsnd_card_query(card, VSND_PLAYBACK, &ranges), -EINVAL);
	vsnd_card_destroy(card);
}

/* ---- what the clock captures ---- */

static void test_tone(void **state)
{
	struct vsnd_format format = {XENSND_PCM_FORMAT_F64_LE, 1, 44100};
	struct vsnd_card *card = make_card(&vsnd_card_clock, false);
	struct player player = open_on(card, VSND_CAPTURE, &format, 512);
	double samples[4410];

	(void)state;
	usleep(5000);
	vsnd_stream_start(player.stream);
	wait_for(&player, 4410);
	assert_int_equal(vsnd_stream_read(player.stream, samples, 4410), 0);
	for (unsigned i = 0; i < 4410; i++)
		assert_true(fabs(samples[i] -
				    pow(10, -12 / 20.0) * sin(2 * M_PI * 440 * i / 44100)) < 1e-9);
	leave(&player);
	vsnd_card_destroy(card);
}

#define LOOPED_FRAMES 5000u

/* The first frame that is not silent. */
static uint32_t wait_for_sound(struct player *in)
{
	uint32_t frame = 0;

	while (frame == 0)
		if (vsnd_stream_read(in->stream, &frame, 1) < 0)
			wait_for(in, vsnd_stream_position(in->stream) + 1);
	return frame;
}

static void record(struct player *in, uint32_t *to, uint32_t frames)
{
	while (vsnd_stream_read(in->stream, to, frames) < 0)
		wait_for(in, vsnd_stream_position(in->stream) + 1);
}

static void check_loop(const struct vsnd_format *format, uint32_t out_period, uint32_t in_period)
{
	static uint32_t played[LOOPED_FRAMES], recorded[2 * LOOPED_FRAMES];
	struct vsnd_card *card = make_card(&vsnd_card_clock, true);
	struct player out = open_on(card, VSND_PLAYBACK, format, out_period);
	struct player in = open_on(card, VSND_CAPTURE, format, in_period);

	for (uint32_t i = 0; i < LOOPED_FRAMES; i++)
		played[i] = 0x01000100u + i;
	assert_int_equal(vsnd_stream_write(out.stream, played, LOOPED_FRAMES), 0);
	vsnd_stream_start(in.stream);
	wait_for(&in, 1);
	vsnd_stream_start(out.stream);
	recorded[0] = wait_for_sound(&in);
	record(&in, recorded + 1, 2 * LOOPED_FRAMES - 1);
	assert_memory_equal(recorded, played, sizeof(played));
	/* Behind it the sound dies away, in 5 ms. */
	for (uint32_t i = LOOPED_FRAMES + format->rate_hz / 200; i < 2 * LOOPED_FRAMES; i++)
		assert_int_equal(recorded[i], 0);
	leave(&in);
	leave(&out);
	vsnd_card_destroy(card);
}

static void test_loop_is_exact(void **state)
{
	static const struct vsnd_format formats[] = {
		{XENSND_PCM_FORMAT_S16_LE, 2, 48000},
		{XENSND_PCM_FORMAT_S32_BE, 1, 192000},
		{XENSND_PCM_FORMAT_S8, 4, 44100},
	};

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		check_loop(&formats[i], 1024, 1024);
		check_loop(&formats[i], 32, 441);
		check_loop(&formats[i], 1000, 32);
	}
}

/* ---- a loop whose player is late: the device's own operations, by hand ---- */

#define LATE_QUANTA 60u
#define QUANTUM 48u

static uint32_t heard[3 * LATE_QUANTA * QUANTUM];

static void *capture_quanta(void *device)
{
	for (unsigned i = 0; i < 3 * LATE_QUANTA; i++)
		vsnd_card_clock.transfer(device, heard + i * QUANTUM, QUANTUM, true);
	return NULL;
}

static void test_loop_waits_for_a_late_player(void **state)
{
	struct vsnd_card_config config = {.name = "t", .ops = &vsnd_card_clock, .loop = true};
	uint32_t quantum = QUANTUM, samples[QUANTUM], first = 0, next = 1;
	void *out, *in;
	pthread_t thread;

	(void)state;
	assert_int_equal(
		vsnd_card_clock.open(&config, NULL, VSND_CAPTURE, &stereo16, &quantum, &in), 0);
	assert_int_equal(
		vsnd_card_clock.open(&config, NULL, VSND_PLAYBACK, &stereo16, &quantum, &out), 0);
	assert_int_equal(pthread_create(&thread, NULL, capture_quanta, in), 0);
	for (unsigned i = 0; i < LATE_QUANTA; i++) {
		for (unsigned k = 0; k < QUANTUM; k++)
			samples[k] = next++;
		if (i % 20 == 10)
			usleep(15000);
		vsnd_card_clock.transfer(out, samples, QUANTUM, true);
	}
	vsnd_card_clock.close(out);
	pthread_join(thread, NULL);
	vsnd_card_clock.close(in);
	while (heard[first] == 0)
		first++;
	for (uint32_t i = 0; i < LATE_QUANTA * QUANTUM; i++)
		assert_int_equal(heard[first + i], i + 1);
}

/* Both directions have one clock and one format: the second stream's is converted. */
static void test_loop_of_one_format(void **state)
{
	struct vsnd_card *card = make_card(&vsnd_card_clock, true);
	struct vsnd_format other = {XENSND_PCM_FORMAT_S16_LE, 2, 44100};
	static uint32_t samples[400] = {0x7fff7fff};
	struct player out = open_on(card, VSND_PLAYBACK, &stereo16, 256);
	struct player in = open_on(card, VSND_CAPTURE, &other, 256);

	(void)state;
	vsnd_stream_start(in.stream);
	vsnd_stream_start(out.stream);
	wait_for(&out, 4800);
	wait_for(&in, 4410);
	assert_in_range(vsnd_stream_position(in.stream), 4000, 8820);
	leave(&out);
	leave(&in);
	/* Nobody plays: silence. And somebody plays again: it is heard. */
	in = open_on(card, VSND_CAPTURE, &stereo16, 256);
	vsnd_stream_start(in.stream);
	wait_for(&in, 2000);
	for (unsigned turn = 0; turn < 3; turn++) {
		out = open_on(card, VSND_PLAYBACK, &stereo16, 256);
		assert_int_equal(vsnd_stream_write(out.stream, samples, 400), 0);
		vsnd_stream_start(out.stream);
		assert_int_equal(wait_for_sound(&in), samples[0]);
		leave(&out);
	}
	leave(&in);
	vsnd_card_destroy(card);
}

#define HALF 16384 /* of what S16 has */

/* Waits for a sample of half the range, in one channel of S16. */
static void hear_half(struct player *in)
{
	for (unsigned i = 0; i < 48000; i++) {
		int16_t sample = 0;

		while (vsnd_stream_read(in->stream, &sample, 1) < 0)
			wait_for(in, vsnd_stream_position(in->stream) + 1);
		if (sample >= HALF - 2 && sample <= HALF + 2)
			return;
	}
	fail_msg("a second of something else");
}

/* A device that has one format has any: the loop's other direction has the first one's. */
static void test_loop_of_each_format(void **state)
{
	static const struct vsnd_format mono16 = {XENSND_PCM_FORMAT_S16_LE, 1, 48000};
	static uint64_t samples[4800];

	(void)state;
	for (uint8_t i = 0; i <= XENSND_PCM_FORMAT_F64_BE; i++) {
		struct vsnd_format format = {i, 1, 48000};
		struct vsnd_card *card = make_card(&vsnd_card_clock, true);
		struct player out = open_on(card, VSND_PLAYBACK, &format, 256), in;
		uint32_t frame_bytes = vsnd_format_sample_bytes(i);

		for (unsigned k = 0; k < 4800; k++)
			vsnd_format_put(&format, (uint8_t *)samples + k * frame_bytes,
				(double)HALF / 32768);
		wait_until_there(card, VSND_PLAYBACK, true);
		in = open_on(card, VSND_CAPTURE, &mono16, 256);
		vsnd_stream_start(in.stream);
		assert_int_equal(vsnd_stream_write(out.stream, samples, 4800), 0);
		wait_for(&in, 1);
		vsnd_stream_start(out.stream);
		print_message("%s\n", vsnd_format_name(i));
		hear_half(&in);
		leave(&in);
		leave(&out);
		vsnd_card_destroy(card);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_position_is_time),
		cmocka_unit_test(test_quanta),
		cmocka_unit_test(test_bad_streams),
		cmocka_unit_test(test_query),
		cmocka_unit_test(test_tone),
		cmocka_unit_test(test_loop_is_exact),
		cmocka_unit_test(test_loop_waits_for_a_late_player),
		cmocka_unit_test(test_loop_of_one_format),
		cmocka_unit_test(test_loop_of_each_format),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
