/* SPDX-License-Identifier: MIT */
/* A device that is removed and comes back a hundred times, while streams are on it. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/parse.h"
#include "tests/unit/vsnd_loose.h"
#include "tests/unit/vsnd_player.h"

#define GUESTS 4u
#define REMOVALS 100u

/* ---- guests: one thread that brings and takes their frames ---- */

struct guest {
	struct player player;
	struct vsnd_format format;
	enum vsnd_direction direction;
	uint32_t frame_bytes;
	uint64_t written, position;
	uint64_t backwards;
	_Atomic uint64_t heard_frames; /* capture: not silent */
};

static struct guest guests[GUESTS + 1];
static _Atomic bool guests_quit;

static void serve(struct guest *guest)
{
	static uint8_t frames[4800 * 8 * 4], silence[4800 * 8 * 4];
	struct vsnd_stream *stream = guest->player.stream;
	uint64_t position = vsnd_stream_position(stream);

	guest->backwards += position < guest->position;
	guest->position = position;
	if (guest->direction == VSND_PLAYBACK) {
		memset(frames, 0x22, sizeof(frames));
		if (guest->written < position) /* too late; nothing to repeat */
			guest->written = position;
		while (guest->written < position + guest->format.rate_hz / 2 &&
			vsnd_stream_write(stream, frames, 480) == 0)
			guest->written += 480;
		return;
	}
	vsnd_format_silence(&guest->format, silence, 480);
	while (vsnd_stream_read(stream, frames, 480) == 0)
		if (memcmp(frames, silence, 480u * guest->frame_bytes) != 0)
			guest->heard_frames += 480;
}

static void *serve_all(void *arg)
{
	(void)arg;
	while (!guests_quit) {
		for (unsigned i = 0; i <= GUESTS; i++)
			serve(&guests[i]);
		usleep(1000);
	}
	return NULL;
}

static void guests_begin(struct vsnd_card *card)
{
	static const struct vsnd_format formats[GUESTS + 1] = {
		{XENSND_PCM_FORMAT_S16_LE, 2, 48000},
		{XENSND_PCM_FORMAT_S16_LE, 2, 44100},
		{XENSND_PCM_FORMAT_S16_LE, 1, 8000},
		{XENSND_PCM_FORMAT_S32_LE, 6, 96000},
		{XENSND_PCM_FORMAT_S16_LE, 2, 44100},
	};

	memset(guests, 0, sizeof(guests));
	guests_quit = false;
	for (unsigned i = 0; i <= GUESTS; i++) {
		guests[i].format = formats[i];
		guests[i].direction = i < GUESTS ? VSND_PLAYBACK : VSND_CAPTURE;
		guests[i].player = open_on(card, guests[i].direction, &formats[i], 1024);
		assert_int_equal(vsnd_format_frame_bytes(&formats[i], &guests[i].frame_bytes), 0);
	}
	wait_until_there(card, VSND_PLAYBACK, true);
	wait_until_there(card, VSND_CAPTURE, true);
}

/* ---- */

static void wait_until(struct vsnd_card *card, uint64_t lost)
{
	struct vsnd_card_stat stat;

	for (unsigned i = 0; i < 10000; i++) {
		vsnd_card_stat(card, &stat);
		if (stat.here[0].lost >= lost && stat.here[1].lost >= lost)
			return;
		usleep(1000);
	}
	fail_msg("it was not lost");
}

/* How long it was until there was sound again, both ways, without what the machine took. */
static void check_return(uint64_t since_ns, uint64_t queued_before_ns)
{
	for (unsigned direction = 0; direction < 2; direction++) {
		_Atomic uint64_t *heard_ns = &places[0].heard_ns[direction];
		uint64_t took_ns, away_ns;

		for (unsigned i = 0; i < 10000 && *heard_ns == 0; i++)
			usleep(1000);
		assert_true(*heard_ns >= since_ns);
		took_ns = *heard_ns - since_ns;
		away_ns = 10 * witness.longest_ns + queued_ns() - queued_before_ns;
		if (took_ns > 250 * NS_PER_MS + away_ns)
			fail_msg("%s after %lu ms, and the machine was away for %lu",
				direction == VSND_PLAYBACK ? "heard" : "captured",
				(unsigned long)(took_ns / NS_PER_MS),
				(unsigned long)(away_ns / NS_PER_MS));
	}
}

static uint64_t apart_ns(const struct guest *guest, uint64_t gone_ns)
{
	uint64_t position = vsnd_stream_position(guest->player.stream);
	uint64_t is_ns = position * NS_PER_S / guest->format.rate_hz;

	return is_ns > gone_ns ? is_ns - gone_ns : gone_ns - is_ns;
}

/* Each is where time is, or soon: what a device took to be lost is made up for at full speed, which
 * is not much with sanitizers. */
static void check_positions(uint64_t began_ns)
{
	for (unsigned i = 0; i <= GUESTS; i++) {
		uint64_t gone_ns, ns, may_ns;

		for (unsigned tries = 0; tries < 100; tries++) {
			gone_ns = pv_now_ns() - began_ns;
			may_ns = gone_ns / 100 + 20 * NS_PER_MS + witness.lost_ns;
			ns = apart_ns(&guests[i], gone_ns);
			if (ns <= may_ns)
				break;
			usleep(10000);
		}
		if (ns > may_ns)
			fail_msg("stream %u is off by %lu ms after %lu ms", i,
				(unsigned long)(ns / NS_PER_MS),
				(unsigned long)(gone_ns / NS_PER_MS));
	}
}

/* Removed so often, each time after a while without a move. */
static void check_removals(unsigned removals, unsigned still_ms)
{
	struct vsnd_card *card = make_loose();
	struct vsnd_card_stat stat;
	pthread_t thread;
	uint64_t began_ns;

	losing_ms = still_ms;
	set_there(card, &places[0], 0);
	guests_begin(card);
	witness_begin();
	began_ns = pv_now_ns();
	for (unsigned i = 0; i <= GUESTS; i++)
		vsnd_stream_start(guests[i].player.stream);
	assert_int_equal(pthread_create(&thread, NULL, serve_all, NULL), 0);
	for (unsigned i = 1; i <= removals; i++) {
		uint64_t back_ns, queued_before_ns;

		usleep(20000);
		places[0].is_there = false;
		wait_until(card, i);
		usleep(10000);
		witness.longest_ns = 0;
		queued_before_ns = queued_ns();
		back_ns = pv_now_ns();
		set_there(card, &places[0], i / 2 % SHAPES);
		check_return(back_ns, queued_before_ns);
	}
	check_positions(began_ns);
	guests_quit = true;
	pthread_join(thread, NULL);
	vsnd_card_stat(card, &stat);
	assert_int_equal(stat.here[VSND_PLAYBACK].lost, removals);
	assert_true(stat.here[VSND_PLAYBACK].generation > removals);
	assert_true(guests[GUESTS].heard_frames > 0);
	for (unsigned i = 0; i <= GUESTS; i++) {
		assert_int_equal(guests[i].backwards, 0);
		assert_true(vsnd_stream_runs(guests[i].player.stream));
		leave(&guests[i].player);
	}
	witness_end();
	vsnd_card_destroy(card);
	assert_int_equal(num_open, 0);
}

static void test_a_hundred_times(void **state)
{
	(void)state;
	check_removals(REMOVALS, 0);
}

static void test_a_device_that_stands_still_first(void **state)
{
	(void)state;
	check_removals(3, 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_hundred_times),
		cmocka_unit_test(test_a_device_that_stands_still_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
