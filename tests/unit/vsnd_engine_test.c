/* SPDX-License-Identifier: MIT */
/* Several guests on one device, which keeps all that it plays: a tape whose first quantum waits
 * until all are ready. */
#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/vsnd_player.h"

#define GUESTS 8u
#define FRAMES 4000u
#define TAPE_FRAMES 100000u

static const struct vsnd_format stereo16 = {XENSND_PCM_FORMAT_S16_LE, 2, 48000};

/* ---- the tape: a card of stereo S16_LE at 48 kHz and nothing else ---- */

static struct {
	_Atomic bool go, held_up;
	_Atomic uint32_t frames;
	int16_t samples[TAPE_FRAMES * 2];
	_Atomic uint32_t shortest_frames; /* transfer */
	struct vsnd_format opened;
} tape;

static int tape_query(const struct vsnd_card_config *config, const char *place,
	enum vsnd_direction direction, struct vsnd_ranges *ranges)
{
	(void)config, (void)place, (void)direction;
	if (!(ranges->formats & UINT64_C(1) << XENSND_PCM_FORMAT_S16_LE) ||
		ranges->rate_min > 48000 || ranges->rate_max < 48000 || ranges->channels_min > 2 ||
		ranges->channels_max < 2)
		return -EINVAL;
	ranges->formats = UINT64_C(1) << XENSND_PCM_FORMAT_S16_LE;
	ranges->rate_min = ranges->rate_max = 48000;
	ranges->channels_min = ranges->channels_max = 2;
	return 0;
}

static int tape_open(const struct vsnd_card_config *config, const char *place,
	enum vsnd_direction direction, const struct vsnd_format *format, uint32_t *quantum_frames,
	void **ret_priv)
{
	(void)config, (void)place, (void)quantum_frames;
	if (direction == VSND_PLAYBACK)
		tape.opened = *format;
	*ret_priv = direction == VSND_PLAYBACK ? (void *)&tape : (void *)&tape.opened;
	return 0;
}

static void tape_close(void *priv)
{
	(void)priv;
}

static int tape_transfer(void *priv, void *samples, uint32_t frames, bool running)
{
	static int16_t next;

	(void)running;
	if (priv != &tape) { /* the other direction: a row of numbers */
		for (uint32_t i = 0; i < 2 * frames; i++)
			((int16_t *)samples)[i] = ++next;
		usleep(500);
		return 0;
	}
	while (!tape.go) {
		tape.held_up = true;
		usleep(500);
	}
	if (frames < tape.shortest_frames)
		tape.shortest_frames = frames;
	if (tape.frames + frames <= TAPE_FRAMES) {
		memcpy(tape.samples + 2 * (size_t)tape.frames, samples, (size_t)frames * 4);
		tape.frames += frames;
	}
	usleep(frames * 20);
	return 0;
}

static const struct vsnd_card_ops tape_ops = {
	.type = "tape",
	.any_quantum = true,
	.query = tape_query,
	.open = tape_open,
	.close = tape_close,
	.transfer = tape_transfer,
};

static struct vsnd_card *make_tape(void)
{
	static struct vsnd_card_config config;
	struct vsnd_card *card;

	memset(&tape, 0, sizeof(tape));
	tape.shortest_frames = UINT32_MAX;
	config = (struct vsnd_card_config){
		.name = "tape", .ops = &tape_ops, .playback = "x", .capture = "x", .priority = 70};
	assert_int_equal(vsnd_card_create(&config, &card), 0);
	return card;
}

static uint32_t dice(uint32_t *state)
{
	*state = *state * 1664525u + 1013904223u;
	return *state >> 8;
}

/* Where the first sample that is not silent lies. */
static uint32_t first_sound(void)
{
	for (uint32_t i = 0; i < tape.frames; i++)
		if (tape.samples[2 * i] != 0 || tape.samples[2 * i + 1] != 0)
			return i;
	fail_msg("nothing was played");
	return 0;
}

/* ---- many guests ---- */

/* All are started while the device is held up in a quantum, so that all begin in the next. */
static void test_a_mix_is_the_sum(void **state)
{
	static int16_t in[GUESTS][FRAMES * 2];
	struct vsnd_card *card = make_tape();
	struct player players[GUESTS];
	uint32_t dice_state = 1, first;

	(void)state;
	for (unsigned k = 0; k < GUESTS; k++) {
		for (unsigned i = 0; i < FRAMES * 2; i++)
			in[k][i] = (int16_t)((int16_t)dice(&dice_state) / 3);
		in[k][0] = 1;
		players[k] = open_on(card, VSND_PLAYBACK, &stereo16, 1024);
		assert_int_equal(vsnd_stream_write(players[k].stream, in[k], FRAMES), 0);
	}
	while (!tape.held_up)
		usleep(500);
	for (unsigned k = 0; k < GUESTS; k++)
		vsnd_stream_start(players[k].stream);
	tape.go = true;
	for (unsigned k = 0; k < GUESTS; k++)
		wait_for(&players[k], FRAMES + 500);
	for (unsigned k = 0; k < GUESTS; k++)
		leave(&players[k]);
	first = first_sound();
	for (unsigned i = 0; i < FRAMES * 2; i++) {
		int32_t sum = 0;

		for (unsigned k = 0; k < GUESTS; k++)
			sum += in[k][i];
		sum = sum > INT16_MAX ? INT16_MAX : sum < INT16_MIN ? INT16_MIN : sum;
		assert_int_equal(tape.samples[2 * first + i], sum);
	}
	vsnd_card_destroy(card);
}

/* A guest alone gets its bits through; the sum of two begins with the second, to the last bit. */
static void test_alone_and_together(void **state)
{
	static int16_t one[20000 * 2], two[2000 * 2];
	struct vsnd_card *card = make_tape();
	struct player a = open_on(card, VSND_PLAYBACK, &stereo16, 1024), b;
	uint32_t dice_state = 2, first, second = 0;

	(void)state;
	for (unsigned i = 0; i < 40000; i++)
		one[i] = (int16_t)dice(&dice_state);
	for (unsigned i = 0; i < 4000; i++)
		two[i] = (int16_t)(dice(&dice_state) | 1);
	assert_int_equal(vsnd_stream_write(a.stream, one, 20000), 0);
	tape.go = true;
	vsnd_stream_start(a.stream);
	wait_for(&a, 3000);
	b = open_on(card, VSND_PLAYBACK, &stereo16, 512);
	assert_int_equal(vsnd_stream_write(b.stream, two, 2000), 0);
	vsnd_stream_start(b.stream);
	wait_for(&b, 2000);
	vsnd_stream_stop(b.stream);
	leave(&b);
	wait_for(&a, 20000);
	leave(&a);
	first = first_sound();
	while (memcmp(&tape.samples[2 * (first + second)], &one[2 * second], 4) == 0)
		second++;
	assert_true(second >= 3000 && second < 17000);
	for (uint32_t i = 0; i < 4000; i++) {
		int32_t sum = one[2 * second + i] + two[i];

		sum = sum > INT16_MAX ? INT16_MAX : sum < INT16_MIN ? INT16_MIN : sum;
		assert_int_equal(tape.samples[2 * (first + second) + i], sum);
	}
	/* The second's last 5 ms die away behind it; then the first is alone again. */
	for (uint32_t i = second + 2000 + 512; i < 20000; i++)
		assert_memory_equal(&tape.samples[2 * (first + i)], &one[2 * i], 4);
	vsnd_card_destroy(card);
}

static void test_any_format_finds_the_card(void **state)
{
	static const struct vsnd_format guests[] = {
		{XENSND_PCM_FORMAT_U8, 1, 8000},
		{XENSND_PCM_FORMAT_S24_BE, 6, 96000},
		{XENSND_PCM_FORMAT_F64_LE, 8, 44100},
	};
	struct vsnd_card *card = make_tape();

	(void)state;
	tape.go = true;
	for (unsigned i = 0; i < 3; i++) {
		struct player player = open_on(card, VSND_PLAYBACK, &guests[i], 512);
		struct player captured = open_on(card, VSND_CAPTURE, &guests[i], 512);

		wait_until_there(card, VSND_PLAYBACK, true);
		wait_until_there(card, VSND_CAPTURE, true);
		assert_int_equal(tape.opened.pcm_format, XENSND_PCM_FORMAT_S16_LE);
		assert_int_equal(tape.opened.channels, 2);
		assert_int_equal(tape.opened.rate_hz, 48000);
		vsnd_stream_start(player.stream);
		vsnd_stream_start(captured.stream);
		wait_for(&player, 2000);
		wait_for(&captured, 2000);
		leave(&player);
		leave(&captured);
		wait_until_there(card, VSND_PLAYBACK, false);
		wait_until_there(card, VSND_CAPTURE, false);
	}
	vsnd_card_destroy(card);
}

/* The hastiest guest sets the pace, and when it is gone the others have theirs back. */
static void test_short_periods_shorten_quanta(void **state)
{
	struct vsnd_card *card = make_tape();
	struct player slow = open_on(card, VSND_PLAYBACK, &stereo16, 4096);
	struct player fast;

	(void)state;
	tape.go = true;
	vsnd_stream_start(slow.stream);
	wait_for(&slow, 1000);
	assert_int_equal(tape.shortest_frames, 128);
	fast = open_on(card, VSND_PLAYBACK, &stereo16, 64);
	vsnd_stream_start(fast.stream);
	wait_for(&fast, 1000);
	assert_in_range(tape.shortest_frames, 16, 32);
	leave(&fast);
	tape.shortest_frames = UINT32_MAX;
	wait_for(&slow, vsnd_stream_position(slow.stream) + 2000);
	leave(&slow);
	vsnd_card_destroy(card);
}

static void test_all_seats(void **state)
{
	static struct player players[VSND_CARD_STREAMS_MAX];
	struct vsnd_card *card = make_tape();
	struct vsnd_stream *stream;

	(void)state;
	tape.go = true;
	for (unsigned i = 0; i < VSND_CARD_STREAMS_MAX; i++) {
		players[i] = open_on(card, VSND_PLAYBACK, &stereo16, 1024);
		vsnd_stream_start(players[i].stream);
	}
	assert_int_equal(
		vsnd_card_open(card, VSND_PLAYBACK, &stereo16, 1024, 4096, -1, 0, &stream), -EBUSY);
	for (unsigned i = 0; i < VSND_CARD_STREAMS_MAX; i++)
		wait_for(&players[i], 1000);
	for (unsigned i = 0; i < VSND_CARD_STREAMS_MAX; i++)
		leave(&players[i]);
	vsnd_card_destroy(card);
}

static void test_all_hear_the_microphone(void **state)
{
	static uint32_t got[GUESTS][2000];
	struct vsnd_card *card = make_tape();
	struct player players[GUESTS];
	unsigned k;

	(void)state;
	for (k = 0; k < GUESTS; k++) {
		players[k] = open_on(card, VSND_CAPTURE, &stereo16, 1024);
		vsnd_stream_start(players[k].stream);
	}
	for (k = 0; k < GUESTS; k++) {
		wait_for(&players[k], 2000);
		assert_int_equal(vsnd_stream_read(players[k].stream, got[k], 2000), 0);
		/* A frame holds two numbers of a row that has no holes. */
		for (unsigned i = 1; i < 2000; i++)
			assert_int_equal((uint16_t)(got[k][i] - got[k][i - 1]), 2);
		leave(&players[k]);
	}
	vsnd_card_destroy(card);
}

/* Coming and going while others play. */
static void *come_and_go(void *arg)
{
	static const struct vsnd_format other = {XENSND_PCM_FORMAT_S32_LE, 1, 44100};
	struct vsnd_card *card = arg;

	for (unsigned i = 0; i < 60; i++) {
		struct player player =
			open_on(card, VSND_PLAYBACK, i % 2 == 0 ? &stereo16 : &other, 256);

		vsnd_stream_start(player.stream);
		if (i % 3 == 0)
			wait_for(&player, 100);
		leave(&player);
	}
	return NULL;
}

static void test_coming_and_going(void **state)
{
	struct vsnd_card *card = make_tape();
	struct player stays = open_on(card, VSND_PLAYBACK, &stereo16, 512);
	pthread_t threads[3];

	(void)state;
	tape.go = true;
	vsnd_stream_start(stays.stream);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, come_and_go, card), 0);
	for (unsigned i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
	wait_for(&stays, vsnd_stream_position(stays.stream) + 500);
	leave(&stays);
	vsnd_card_destroy(card);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_mix_is_the_sum),
		cmocka_unit_test(test_alone_and_together),
		cmocka_unit_test(test_any_format_finds_the_card),
		cmocka_unit_test(test_short_periods_shorten_quanta),
		cmocka_unit_test(test_all_seats),
		cmocka_unit_test(test_all_hear_the_microphone),
		cmocka_unit_test(test_coming_and_going),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
