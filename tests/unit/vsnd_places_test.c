/* SPDX-License-Identifier: MIT */
/* Streams on devices that take their time, and that move from place to place. */
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

static const struct vsnd_format stereo16 = {XENSND_PCM_FORMAT_S16_LE, 2, 48000};

static void wait_for_place(struct vsnd_card *card, const char *name)
{
	struct vsnd_card_stat stat;

	for (unsigned i = 0; i < 10000; i++) {
		vsnd_card_stat(card, &stat);
		if (stat.here[VSND_PLAYBACK].is_there &&
			strcmp(stat.here[VSND_PLAYBACK].place, name) == 0)
			return;
		usleep(1000);
	}
	fail_msg("it is not on %s", name);
}

/* The next in the list takes over, and gives back. */
static void test_the_better_place_is_taken(void **state)
{
	struct vsnd_card *card = make_loose();
	struct player player;
	uint64_t position;

	(void)state;
	set_there(card, &places[1], 1);
	player = open_on(card, VSND_PLAYBACK, &stereo16, 1024);
	vsnd_stream_start(player.stream);
	wait_for_place(card, "second");
	set_there(card, &places[0], 0);
	wait_for_place(card, "first");
	for (unsigned i = 0; i < 10000 && num_open > 1; i++)
		usleep(1000);
	assert_int_equal(num_open, 1); /* the worse one is closed */
	places[0].is_there = false;
	wait_for_place(card, "second");
	position = vsnd_stream_position(player.stream);
	wait_for(&player, position + 4800);
	assert_int_equal(places[0].opened, 1);
	assert_int_equal(places[1].opened, 2);
	leave(&player);
	vsnd_card_destroy(card);
	assert_int_equal(num_open, 0);
}

/* A name such as default stands for another device now: streams follow, and nothing was lost. */
static void test_a_name_means_another_device(void **state)
{
	struct vsnd_card *card = make_loose();
	struct vsnd_card_stat stat;
	struct player player;

	(void)state;
	set_there(card, &places[0], 0);
	player = open_on(card, VSND_PLAYBACK, &stereo16, 1024);
	vsnd_stream_start(player.stream);
	wait_for_place(card, "first");
	wait_for(&player, 960);
	vsnd_card_look_again(card);
	wait_for(&player, vsnd_stream_position(player.stream) + 960);
	assert_int_equal(places[0].opened, 1);
	places[0].is_elsewhere = true;
	vsnd_card_look_again(card);
	for (unsigned i = 0; i < 10000 && (places[0].opened < 2 || num_open > 1); i++)
		usleep(1000);
	assert_int_equal(places[0].opened, 2);
	assert_int_equal(num_open, 1);
	wait_for(&player, vsnd_stream_position(player.stream) + 4800);
	vsnd_card_stat(card, &stat);
	assert_int_equal(stat.here[VSND_PLAYBACK].lost, 0);
	assert_int_equal(stat.here[VSND_PLAYBACK].generation, 2);
	leave(&player);
	vsnd_card_destroy(card);
}

/* The time of change of the cards' nodes, as this machine has it and more. */
static _Atomic uint64_t nodes_changed;

uint64_t __real_vsnd_directory_stamp(void);
uint64_t __wrap_vsnd_directory_stamp(void);

uint64_t __wrap_vsnd_directory_stamp(void)
{
	return __real_vsnd_directory_stamp() + nodes_changed;
}

/* Nobody tells of anything: nodes that come or go are seen, also by who has the device it wants. */
static void test_nodes_tell_that_a_name_means_another_device(void **state)
{
	struct vsnd_card *card = make_loose();
	struct vsnd_directory *directory;
	struct player player;

	(void)state;
	assert_int_equal(vsnd_directory_create(&directory), 0);
	assert_int_equal(vsnd_card_follow(card, directory), 0);
	set_there(card, &places[0], 0);
	player = open_on(card, VSND_PLAYBACK, &stereo16, 1024);
	vsnd_stream_start(player.stream);
	wait_for_place(card, "first");
	wait_for(&player, 4800);
	for (unsigned moves = 1; moves <= 2; moves++) {
		usleep(1200 * 1000); /* what was seen before is over */
		places[0].is_elsewhere = true;
		usleep(300 * 1000);
		assert_int_equal(places[0].opened, moves);
		nodes_changed++;
		for (unsigned i = 0; i < 10000 && places[0].opened == moves; i++)
			usleep(1000);
		assert_int_equal(places[0].opened, moves + 1);
		wait_for(&player, vsnd_stream_position(player.stream) + 4800);
	}
	leave(&player);
	vsnd_card_destroy(card);
	vsnd_directory_destroy(directory);
}

/* What is closed is silent from the first sample on wherever it goes: nothing of a muted stream is
 * heard in a move. */
static void test_a_muted_stream_moves_muted(void **state)
{
	static const float nothing[VSND_CHANNELS_MAX];
	static int16_t loud[96000];
	struct vsnd_card *card = make_loose();
	struct player player;

	(void)state;
	memset(loud, 0x22, sizeof(loud));
	set_there(card, &places[0], 0);
	player = open_on(card, VSND_PLAYBACK, &stereo16, 1024);
	vsnd_stream_set_gain(player.stream, nothing);
	assert_int_equal(vsnd_stream_write(player.stream, loud, 48000), 0);
	vsnd_stream_start(player.stream);
	wait_for(&player, 2400);
	for (unsigned shape = 1; shape < SHAPES; shape++) {
		places[0].is_there = false;
		wait_for(&player, vsnd_stream_position(player.stream) + 960);
		set_there(card, &places[0], shape);
		wait_until_there(card, VSND_PLAYBACK, true);
		wait_for(&player, vsnd_stream_position(player.stream) + 2400);
		assert_int_equal(places[0].heard_ns[VSND_PLAYBACK], 0);
	}
	/* And from one that plays to one that plays. */
	set_there(card, &places[1], 0);
	places[0].is_there = false;
	wait_for_place(card, "second");
	set_there(card, &places[0], 1);
	wait_for_place(card, "first");
	wait_for(&player, vsnd_stream_position(player.stream) + 2400);
	assert_int_equal(places[0].heard_ns[VSND_PLAYBACK], 0);
	assert_int_equal(places[1].heard_ns[VSND_PLAYBACK], 0);
	leave(&player);
	vsnd_card_destroy(card);
}

/* Whoever opens and closes does not wait for a device that takes its time; the position does. */
static void test_slow_devices_hold_nobody_up(void **state)
{
	struct vsnd_card *card = make_loose();
	uint64_t began_ns = pv_now_ns(), queued_before_ns = queued_ns(), took_ns;
	struct player player;

	(void)state;
	witness_begin();
	set_there(card, &places[0], 0);
	opening_ms = 300;
	closing_ms = 300;
	for (unsigned i = 0; i < 3; i++) {
		player = open_on(card, VSND_PLAYBACK, &stereo16, 1024);
		vsnd_stream_start(player.stream);
		leave(&player);
	}
	player = open_on(card, VSND_PLAYBACK, &stereo16, 1024);
	vsnd_stream_start(player.stream);
	took_ns = pv_now_ns() - began_ns;
	if (took_ns < 250 * NS_PER_MS) /* else the machine was away */
		assert_int_equal(vsnd_stream_position(player.stream), 0);
	assert_true(took_ns <
		    250 * NS_PER_MS + 10 * witness.longest_ns + queued_ns() - queued_before_ns);
	wait_until_there(card, VSND_PLAYBACK, true);
	wait_for(&player, 4800);
	leave(&player);
	witness_end();
	vsnd_card_destroy(card);
	assert_int_equal(num_open, 0);
}

/* Nothing is lost: the first frame that the device gets of a run is its first; but after two
 * seconds time goes on without it. */
static void test_streams_are_held_for_two_seconds(void **state)
{
	struct vsnd_card *card = make_loose();
	struct vsnd_stream_counts counts;
	struct player player;
	uint64_t began_ns;

	(void)state;
	set_there(card, &places[0], 0);
	opening_ms = 2500;
	player = open_on(card, VSND_PLAYBACK, &stereo16, 1024);
	began_ns = pv_now_ns();
	vsnd_stream_start(player.stream);
	wait_for(&player, 480);
	assert_true(pv_now_ns() - began_ns >= 1900 * NS_PER_MS);
	wait_until_there(card, VSND_PLAYBACK, true);
	vsnd_stream_counts(player.stream, &counts);
	assert_true(counts.silence[VSND_SILENCE_DEVICE_GONE] > 0);
	leave(&player);
	vsnd_card_destroy(card);
}

static void test_open_and_close_are_quick(void **state)
{
	struct vsnd_card *card = make_loose();
	uint64_t began_ns = pv_now_ns(), queued_before_ns = queued_ns();

	(void)state;
	witness_begin();
	set_there(card, &places[0], 0);
	for (unsigned i = 0; i < 100; i++) {
		struct player player = open_on(card, VSND_PLAYBACK, &stereo16, 1024);

		vsnd_stream_start(player.stream);
		leave(&player);
	}
	assert_true(pv_now_ns() - began_ns <
		    NS_PER_S + 100 * witness.longest_ns + queued_ns() - queued_before_ns);
	witness_end();
	vsnd_card_destroy(card);
	assert_int_equal(num_open, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_better_place_is_taken),
		cmocka_unit_test(test_a_name_means_another_device),
		cmocka_unit_test(test_nodes_tell_that_a_name_means_another_device),
		cmocka_unit_test(test_a_muted_stream_moves_muted),
		cmocka_unit_test(test_slow_devices_hold_nobody_up),
		cmocka_unit_test(test_streams_are_held_for_two_seconds),
		cmocka_unit_test(test_open_and_close_are_quick),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
