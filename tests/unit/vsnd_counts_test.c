/* SPDX-License-Identifier: MIT */
/* What becomes of frames is counted so that nothing is left over, and blamed on who is late; and
 * how late threads wake. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "backend/sound/engine/delays.h"
#include "backend/sound/card/unit.h"
#include "common/parse.h"
#include "tests/unit/vsnd_mono.h"
#include "tests/unit/vsnd_player.h"

#define DEPTH 97u
#define CHUNK 64u
#define NS_PER_FRAME (1000000000ull / 48000)
#define NS_PER_MS 1000000ull

static int32_t chunk[4096];

static unsigned below(unsigned limit)
{
	return (unsigned)rand() % limit;
}

static uint64_t all_silence(const struct vsnd_stream_counts *counts)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < VSND_SILENCES; i++)
		sum += counts->silence[i];
	return sum;
}

static struct vsnd_stream_counts check_identity(
	const struct vsnd_stream *stream, enum vsnd_direction direction)
{
	struct vsnd_stream_counts counts = counts_of(stream);
	uint64_t silence = all_silence(&counts);

	if (direction == VSND_PLAYBACK)
		assert_int_equal(counts.device_frames + counts.late_frames + counts.stopped_frames +
					 counts.gone_frames + counts.fill_frames,
			counts.guest_frames + silence);
	else
		assert_int_equal(counts.guest_frames + counts.lost_frames + counts.stopped_frames +
					 counts.missed_frames + counts.fill_frames,
			counts.device_frames + silence);
	assert_int_equal(counts.silence_frames,
		counts.silence[VSND_SILENCE_GUEST_LATE] + counts.silence[VSND_SILENCE_ENGINE_LATE]);
	return counts;
}

/* ---- nothing is left over ---- */

/* What the test itself saw go in and out. */
static struct seen {
	uint64_t guest, pulled_sound, gone_quanta_frames, missed;
} seen;

static void device_turn(struct vsnd_stream *stream, enum vsnd_direction direction)
{
	struct vsnd_mishap mishap = {.gone = below(10) == 0,
		.missed_ns = below(10) == 0 ? 7 * NS_PER_FRAME + 1000 : 0,
		.late_ns = below(10) == 0 ? 20 * NS_PER_FRAME : 0};
	uint32_t frames = 1 + below(CHUNK - 1);
	bool ran;

	if (direction == VSND_PLAYBACK)
		ran = vsnd_stream_pull(stream, chunk, frames);
	else
		ran = vsnd_stream_push(stream, chunk, frames);
	if (!ran)
		return;
	check_identity(stream, direction);
	if (mishap.gone)
		seen.gone_quanta_frames += frames;
	for (uint32_t i = 0; i < frames && !mishap.gone && direction == VSND_PLAYBACK; i++)
		seen.pulled_sound += chunk[i] != 0;
	seen.missed += mishap.missed_ns > 0 ? 7 : 0;
	vsnd_stream_account(stream, &mishap);
}

static void guest_turn(struct vsnd_stream *stream, enum vsnd_direction direction)
{
	uint32_t frames = below(CHUNK);
	int status;

	for (uint32_t i = 0; i < frames; i++)
		chunk[i] = 1;
	if (direction == VSND_PLAYBACK)
		status = vsnd_stream_write(stream, chunk, frames);
	else
		status = vsnd_stream_read(stream, chunk, frames);
	seen.guest += status == 0 ? frames : 0;
}

static void control(struct vsnd_stream *stream)
{
	switch (below(6)) {
	case 0:
		vsnd_stream_stop(stream);
		break;
	case 1:
		vsnd_stream_pause(stream);
		break;
	default:
		vsnd_stream_start(stream);
		break;
	}
}

static void add_up(enum vsnd_direction direction)
{
	for (unsigned seed = 1; seed <= 30; seed++) {
		struct vsnd_stream *stream = make(direction, DEPTH);
		struct vsnd_stream_counts counts;
		unsigned share = 30 + below(40);

		srand(seed);
		memset(&seen, 0, sizeof(seen));
		for (unsigned i = 0; i < 3000; i++) {
			if (below(40) == 0)
				control(stream);
			else if (below(100) < share)
				guest_turn(stream, direction);
			else
				device_turn(stream, direction);
			check_identity(stream, direction);
		}
		vsnd_stream_stop(stream);
		counts = check_identity(stream, direction);
		assert_int_equal(counts.fill_frames, 0);
		assert_int_equal(counts.guest_frames, seen.guest);
		assert_int_equal(counts.silence[VSND_SILENCE_DEVICE_GONE], seen.gone_quanta_frames);
		if (direction == VSND_CAPTURE)
			assert_int_equal(counts.missed_frames, seen.missed);
		else /* what was sound, and was heard */
			assert_int_equal(
				counts.device_frames - all_silence(&counts), seen.pulled_sound);
		if (direction == VSND_PLAYBACK)
			assert_int_equal(counts.silence[VSND_SILENCE_DEVICE_XRUN], seen.missed);
		vsnd_stream_destroy(stream);
	}
}

static void test_playback_adds_up(void **state)
{
	(void)state;
	add_up(VSND_PLAYBACK);
}

static void test_capture_adds_up(void **state)
{
	(void)state;
	add_up(VSND_CAPTURE);
}

/* ---- who was late ---- */

static void pull(struct vsnd_stream *stream, uint32_t frames)
{
	assert_true(vsnd_stream_pull(stream, chunk, frames));
}

static uint64_t silence(const struct vsnd_stream *stream, enum vsnd_silence cause)
{
	return check_identity(stream, VSND_PLAYBACK).silence[cause];
}

/* As many frames as the engine was late by, and only within a buffer's length after that. */
static void test_engine_late(void **state)
{
	static const struct vsnd_mishap late = {.late_ns = 30 * NS_PER_FRAME + 1000};
	struct vsnd_stream *stream = make(VSND_PLAYBACK, 100);

	(void)state;
	vsnd_stream_start(stream);
	pull(stream, 5);
	assert_int_equal(silence(stream, VSND_SILENCE_BEGIN), 5);
	assert_int_equal(vsnd_stream_write(stream, chunk, 25), 0); /* 5 of them too late */
	pull(stream, 10);
	vsnd_stream_account(stream, &late);
	pull(stream, 20); /* 10 are there */
	assert_int_equal(silence(stream, VSND_SILENCE_ENGINE_LATE), 10);
	pull(stream, 25); /* 20 are excused */
	assert_int_equal(silence(stream, VSND_SILENCE_ENGINE_LATE), 30);
	assert_int_equal(silence(stream, VSND_SILENCE_GUEST_LATE), 5);
	assert_int_equal(counts_of(stream).underruns, 1);
	/* In time again, until the excuse is over. */
	vsnd_stream_account(stream, &late);
	assert_int_equal(vsnd_stream_write(stream, chunk, 35 + 100), 0);
	pull(stream, 100);
	pull(stream, 10);
	assert_int_equal(silence(stream, VSND_SILENCE_ENGINE_LATE), 30);
	assert_int_equal(silence(stream, VSND_SILENCE_GUEST_LATE), 15);
	assert_int_equal(counts_of(stream).late_frames, 40);
	vsnd_stream_destroy(stream);
}

/* What nobody heard is no underrun of the guest's. */
static void test_device_gone(void **state)
{
	static const struct vsnd_mishap gone = {.gone = true};
	struct vsnd_stream *stream = make(VSND_PLAYBACK, 100);

	(void)state;
	assert_int_equal(vsnd_stream_write(stream, chunk, 30), 0);
	vsnd_stream_start(stream);
	pull(stream, 20);
	pull(stream, 20);
	assert_int_equal(counts_of(stream).underruns, 1);
	vsnd_stream_account(stream, &gone);
	assert_int_equal(silence(stream, VSND_SILENCE_DEVICE_GONE), 20);
	assert_int_equal(silence(stream, VSND_SILENCE_GUEST_LATE), 0);
	assert_int_equal(counts_of(stream).gone_frames, 10);
	assert_int_equal(counts_of(stream).underruns, 0);
	assert_int_equal(counts_of(stream).dry_frames, 0);
	pull(stream, 20); /* and back */
	assert_int_equal(silence(stream, VSND_SILENCE_GUEST_LATE), 20);
	assert_int_equal(counts_of(stream).underruns, 1);
	vsnd_stream_destroy(stream);
}

/* ---- a device that tells, comes late and goes ---- */

static _Atomic unsigned turns;

static int teller_query(const struct vsnd_card_config *config, const char *place,
	enum vsnd_direction direction, struct vsnd_ranges *ranges)
{
	(void)config, (void)place, (void)direction, (void)ranges;
	return 0;
}

static int teller_open(const struct vsnd_card_config *config, const char *place,
	enum vsnd_direction direction, const struct vsnd_format *format, uint32_t *quantum_frames,
	void **ret_priv)
{
	static int device;

	(void)config, (void)place, (void)direction, (void)format, (void)quantum_frames;
	if (turns > 0) /* it does not come back */
		return -1;
	*ret_priv = &device;
	return 0;
}

static void teller_close(void *priv)
{
	(void)priv;
}

/* Four times as fast as it should be, but for once. */
static int teller_transfer(void *priv, void *samples, uint32_t frames, bool running)
{
	(void)priv, (void)samples, (void)frames;
	usleep(turns == 10 ? 50000 : 600);
	turns += running;
	return turns < 100 ? 0 : -1;
}

static void teller_told(void *priv, struct vsnd_told *ret)
{
	(void)priv;
	*ret = (struct vsnd_told){.woke = true,
		.delay_ns = turns < 98 ? 2000 : 3000000,
		.missed_ns = turns == 20 ? 1000000 : 0,
		.inside_ns = 7000000};
}

static const struct vsnd_card_ops teller = {
	.type = "teller",
	.query = teller_query,
	.open = teller_open,
	.close = teller_close,
	.transfer = teller_transfer,
	.told = teller_told,
};

static void check_wakes(struct vsnd_card *card)
{
	struct vsnd_card_stat stat;

	vsnd_card_stat(card, &stat);
	assert_int_equal(stat.lost, 1);
	assert_true(stat.late_quanta > 0);
	assert_true(stat.wake.wakes >= 100);
	assert_true(stat.wake.max_ns >= 3000000);
	assert_in_range(stat.wake.p50_ns, 2000, 2250);
}

/* Of its own quanta: 100 of the device's, and some without it. */
static void check_wakes_of(const struct vsnd_stream *stream)
{
	struct vsnd_lateness wake = vsnd_delays_lateness(vsnd_stream_delays(stream));

	assert_in_range(wake.wakes, 100 + 20, vsnd_stream_position(stream) / 16);
	assert_in_range(wake.p50_ns, 2000, 2250);
	assert_true(wake.max_ns >= 3000000);
}

static void test_mishaps_reach_the_stream(void **state)
{
	struct vsnd_card_config config = {
		.name = "teller", .ops = &teller, .playback = (char *)"x", .priority = 70};
	struct vsnd_stream_counts counts;
	struct player player;
	struct vsnd_card *card;

	(void)state;
	turns = 0;
	assert_int_equal(vsnd_card_create(&config, &card), 0);
	assert_int_equal(vsnd_card_inside_ns(card, VSND_PLAYBACK), 0);
	player = open_on(card, VSND_PLAYBACK, &mono32, 512);
	assert_int_equal(vsnd_stream_write(player.stream, chunk, 11 * 128), 0);
	vsnd_stream_start(player.stream);
	wait_for(&player, 50 * 128);
	assert_int_equal(vsnd_card_inside_ns(card, VSND_PLAYBACK), 7000000);
	wait_for(&player, 130 * 128);
	assert_int_equal(vsnd_card_inside_ns(card, VSND_PLAYBACK), 0);
	check_wakes(card);
	check_wakes_of(player.stream);
	vsnd_stream_stop(player.stream);
	counts = check_identity(player.stream, VSND_PLAYBACK);
	/* 47 ms, from the 11th quantum on. */
	assert_true(counts.silence[VSND_SILENCE_ENGINE_LATE] >= 2000);
	/* A busy machine's lateness may excuse all the rest. */
	assert_true(counts.silence[VSND_SILENCE_GUEST_LATE] > 0 ||
		    counts.silence[VSND_SILENCE_ENGINE_LATE] > 4500);
	assert_int_equal(counts.silence[VSND_SILENCE_DEVICE_XRUN], 48);
	assert_true(counts.silence[VSND_SILENCE_DEVICE_GONE] >= 29 * 128);
	leave(&player);
	vsnd_card_destroy(card);
}

/* ---- what is late ---- */

/* A quantum of 100 ms that takes so much longer, on a device that counts in such steps. */
static uint64_t late_ms(unsigned longer_ms, unsigned step_ms)
{
	static struct vsnd_card card;
	struct vsnd_unit unit = {.card = &card, .told.step_ns = step_ms * NS_PER_MS};
	bool tells;

	card.late_quanta = 0;
	unit.ended_ns = pv_now_ns() - (100 + longer_ms) * NS_PER_MS;
	tells = vsnd_unit_count_quantum(&unit, 48000, 4800);
	assert_int_equal(tells, unit.mishap.late_ns > 0);
	assert_int_equal(card.late_quanta, unit.mishap.late_ns > 0);
	return unit.mishap.late_ns / NS_PER_MS;
}

/* The device's own step is not; a busy machine may add some ms. */
static void test_a_step_is_not_late(void **state)
{
	(void)state;
	assert_int_equal(late_ms(20, 0), 0);
	assert_in_range(late_ms(300, 0), 300, 370);
	assert_int_equal(late_ms(320, 300), 0);
	assert_in_range(late_ms(450, 300), 150, 220);
}

/* What is captured is as old as the quantum that it came in, and what the device keeps. */
static void test_a_captured_quantum_is_inside(void **state)
{
	static struct vsnd_card card;
	struct vsnd_unit unit = {.card = &card,
		.direction = VSND_CAPTURE,
		.ended_ns = pv_now_ns(),
		.told.inside_ns = 7 * NS_PER_MS};

	(void)state;
	vsnd_unit_count_quantum(&unit, 48000, 480);
	assert_int_equal(vsnd_card_inside_ns(&card, VSND_CAPTURE), 17 * NS_PER_MS);
	assert_int_equal(vsnd_card_inside_ns(&card, VSND_PLAYBACK), 0);
}

/* ---- how late threads wake ---- */

static void test_quantiles(void **state)
{
	static struct vsnd_delays delays;

	(void)state;
	assert_int_equal(vsnd_delays_count(&delays), 0);
	assert_int_equal(vsnd_delays_quantile_ns(&delays, 9900), 0);
	for (uint64_t ns = 1000; ns <= 1000000; ns += 1000)
		vsnd_delays_add(&delays, ns);
	assert_int_equal(vsnd_delays_count(&delays), 1000);
	for (unsigned of = 100; of <= 9900; of += 100) {
		uint64_t exact_ns = of * 100ull;

		assert_in_range(vsnd_delays_quantile_ns(&delays, of), exact_ns,
			exact_ns < 1024 ? 1024 : exact_ns * 9 / 8);
	}
	vsnd_delays_add(&delays, 0);
	assert_true(vsnd_delays_quantile_ns(&delays, 1) <= 1024);
	assert_int_equal(vsnd_delays_quantile_ns(&delays, 10000), 1000000);
	vsnd_delays_add(&delays, UINT64_MAX);
	assert_int_equal(vsnd_delays_count(&delays), 1002);
	assert_int_equal(delays.max_ns, UINT64_MAX);
}

static void test_delays_add_up(void **state)
{
	static struct vsnd_delays some, others;
	struct vsnd_lateness all;

	(void)state;
	for (unsigned i = 0; i < 100; i++)
		vsnd_delays_add(i < 60 ? &some : &others, i < 60 ? 5000 : 700000);
	vsnd_delays_merge(&some, &others);
	all = vsnd_delays_lateness(&some);
	assert_int_equal(all.wakes, 100);
	assert_in_range(all.p50_ns, 5000, 5000 * 9 / 8);
	assert_int_equal(all.p99_ns, 700000);
	assert_int_equal(all.max_ns, 700000);
	vsnd_delays_merge(&others, &some);
	assert_int_equal(vsnd_delays_count(&others), 140);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_playback_adds_up),
		cmocka_unit_test(test_capture_adds_up),
		cmocka_unit_test(test_engine_late),
		cmocka_unit_test(test_device_gone),
		cmocka_unit_test(test_mishaps_reach_the_stream),
		cmocka_unit_test(test_a_step_is_not_late),
		cmocka_unit_test(test_a_captured_quantum_is_inside),
		cmocka_unit_test(test_quantiles),
		cmocka_unit_test(test_delays_add_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
