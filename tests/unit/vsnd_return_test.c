/* SPDX-License-Identifier: MIT */
/*
 * Devices that come and go while streams are on them. What a busy machine does to threads is seen
 * by a witness: an ordinary thread that only sleeps; times are compared to what it saw.
 */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "backend/sound/card/pace.h"
#include "common/parse.h"
#include "tests/unit/vsnd_player.h"

#define NS_PER_MS 1000000ull
#define NS_PER_S 1000000000ull
#define GUESTS 4u
#define REMOVALS 100u
#define SHAPES 4u

/* ---- the witness ---- */

static struct {
	pthread_t thread;
	_Atomic bool quit;
	_Atomic uint64_t longest_ns; /* since it was last asked */
	_Atomic uint64_t lost_ns;    /* of all that took long */
} witness;

static void *watch_the_time(void *arg)
{
	uint64_t before_ns = pv_now_ns();

	(void)arg;
	while (!witness.quit) {
		uint64_t now_ns;

		usleep(1000);
		now_ns = pv_now_ns();
		if (now_ns - before_ns > witness.longest_ns)
			witness.longest_ns = now_ns - before_ns;
		if (now_ns - before_ns > 5 * NS_PER_MS)
			witness.lost_ns += now_ns - before_ns;
		before_ns = now_ns;
	}
	return NULL;
}

static void witness_begin(void)
{
	witness.quit = false;
	witness.longest_ns = 0;
	witness.lost_ns = 0;
	assert_int_equal(pthread_create(&witness.thread, NULL, watch_the_time, NULL), 0);
}

static void witness_end(void)
{
	witness.quit = true;
	pthread_join(witness.thread, NULL);
}

/* ---- a device that is there or not, with a buffer, in one format of its own ---- */

static const struct shape {
	struct vsnd_format format;
	uint32_t quantum_frames;
} shapes[SHAPES] = {
	{{XENSND_PCM_FORMAT_S16_LE, 2, 48000}, 128},
	{{XENSND_PCM_FORMAT_S32_LE, 2, 44100}, 100},
	{{XENSND_PCM_FORMAT_F32_LE, 1, 96000}, 128},
	{{XENSND_PCM_FORMAT_S16_LE, 6, 48000}, 64},
};

struct place {
	const char *name;
	_Atomic bool is_there;
	_Atomic unsigned shape;
	_Atomic unsigned opened;
	_Atomic uint64_t heard_ns[2]; /* the first sound since is_there was set; 0: none yet */
};

static struct place places[2] = {{.name = "first"}, {.name = "second"}};
static _Atomic unsigned opening_ms, closing_ms;
static _Atomic int num_open;

struct device {
	struct place *place;
	enum vsnd_direction direction;
	unsigned shape;
	struct vsnd_pace pace;
	unsigned ahead; /* quanta that its buffer still takes at once */
};

static struct place *place_named(const char *name)
{
	return strcmp(name, "first") == 0 ? &places[0] : &places[1];
}

static bool narrow(uint32_t *min, uint32_t *max, uint32_t only)
{
	if (*min > only || *max < only)
		return false;
	*min = *max = only;
	return true;
}

static int loose_query(const struct vsnd_card_config *config, const char *name,
	enum vsnd_direction direction, struct vsnd_ranges *ranges)
{
	const struct vsnd_format *format = &shapes[place_named(name)->shape].format;

	(void)config, (void)direction;
	if (!place_named(name)->is_there)
		return -ENODEV;
	ranges->formats &= UINT64_C(1) << format->pcm_format;
	return ranges->formats != 0 &&
			       narrow(&ranges->rate_min, &ranges->rate_max, format->rate_hz) &&
			       narrow(&ranges->channels_min, &ranges->channels_max,
				       format->channels)
		       ? 0
		       : -EINVAL;
}

static int loose_open(const struct vsnd_card_config *config, const char *name,
	enum vsnd_direction direction, const struct vsnd_format *format, uint32_t *quantum_frames,
	void **ret_priv)
{
	struct place *place = place_named(name);
	struct device *device;

	(void)config;
	usleep(1000 * opening_ms);
	if (!place->is_there)
		return -ENODEV;
	device = calloc(1, sizeof(*device));
	assert_non_null(device);
	device->place = place;
	device->direction = direction;
	device->shape = place->shape;
	device->ahead = direction == VSND_PLAYBACK ? 4 : 0;
	*quantum_frames = shapes[device->shape].quantum_frames;
	vsnd_pace_begin(&device->pace, format->rate_hz);
	num_open++;
	place->opened++;
	*ret_priv = device;
	return 0;
}

static void loose_close(void *priv)
{
	usleep(1000 * closing_ms);
	num_open--;
	free(priv);
}

static bool is_sound(const struct vsnd_format *format, const void *samples, uint32_t frames)
{
	uint8_t silence[512 * 8 * 4];
	uint32_t bytes;

	assert_int_equal(vsnd_format_frame_bytes(format, &bytes), 0);
	vsnd_format_silence(format, silence, frames);
	return memcmp(samples, silence, (size_t)frames * bytes) != 0;
}

static int loose_transfer(void *priv, void *samples, uint32_t frames, bool running)
{
	struct device *device = priv;
	const struct vsnd_format *format = &shapes[device->shape].format;
	_Atomic uint64_t *heard_ns = &device->place->heard_ns[device->direction];

	(void)running;
	if (device->ahead > 0)
		device->ahead--;
	else
		vsnd_pace_wait(&device->pace, frames);
	if (!device->place->is_there || device->place->shape != device->shape)
		return -ENODEV;
	if (device->direction == VSND_CAPTURE) {
		uint32_t bytes;

		assert_int_equal(vsnd_format_frame_bytes(format, &bytes), 0);
		memset(samples, 0x11, (size_t)frames * bytes);
	}
	if (*heard_ns == 0 && is_sound(format, samples, frames))
		*heard_ns = pv_now_ns();
	return 0;
}

static const struct vsnd_card_ops loose_ops = {
	.type = "loose",
	.query = loose_query,
	.open = loose_open,
	.close = loose_close,
	.transfer = loose_transfer,
};

static void set_there(struct vsnd_card *card, struct place *place, unsigned shape)
{
	place->shape = shape;
	place->heard_ns[VSND_PLAYBACK] = 0;
	place->heard_ns[VSND_CAPTURE] = 0;
	place->is_there = true;
	vsnd_card_look_again(card);
}

static struct vsnd_card *make_loose(void)
{
	static char *names[] = {(char *)"first", (char *)"second", NULL};
	static struct vsnd_card_config config;
	struct vsnd_card *card;

	opening_ms = 0;
	closing_ms = 0;
	for (unsigned i = 0; i < 2; i++) {
		places[i].is_there = false;
		places[i].shape = 0;
		places[i].opened = 0;
	}
	config = (struct vsnd_card_config){.name = "loose",
		.ops = &loose_ops,
		.playback = names[0],
		.capture = names[0],
		.playbacks = names,
		.captures = names,
		.priority = 70};
	assert_int_equal(vsnd_card_create(&config, &card), 0);
	return card;
}

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
static void check_return(uint64_t since_ns)
{
	for (unsigned direction = 0; direction < 2; direction++) {
		_Atomic uint64_t *heard_ns = &places[0].heard_ns[direction];
		uint64_t took_ns;

		for (unsigned i = 0; i < 10000 && *heard_ns == 0; i++)
			usleep(1000);
		assert_true(*heard_ns >= since_ns);
		took_ns = *heard_ns - since_ns;
		if (took_ns > 250 * NS_PER_MS + 10 * witness.longest_ns)
			fail_msg("%s after %lu ms, and the witness was away for %lu",
				direction == VSND_PLAYBACK ? "heard" : "captured",
				(unsigned long)(took_ns / NS_PER_MS),
				(unsigned long)(witness.longest_ns / NS_PER_MS));
	}
}

static void check_positions(uint64_t gone_ns)
{
	for (unsigned i = 0; i <= GUESTS; i++) {
		uint64_t position = vsnd_stream_position(guests[i].player.stream);
		uint64_t is_ns = position * NS_PER_S / guests[i].format.rate_hz;
		uint64_t may_ns = gone_ns / 100 + 20 * NS_PER_MS + witness.lost_ns;

		assert_int_equal(guests[i].backwards, 0);
		if (is_ns + may_ns < gone_ns || is_ns > gone_ns + may_ns)
			fail_msg("stream %u is at %lu ms after %lu ms", i,
				(unsigned long)(is_ns / NS_PER_MS),
				(unsigned long)(gone_ns / NS_PER_MS));
	}
}

static void test_a_hundred_times(void **state)
{
	struct vsnd_card *card = make_loose();
	struct vsnd_card_stat stat;
	pthread_t thread;
	uint64_t began_ns;

	(void)state;
	set_there(card, &places[0], 0);
	guests_begin(card);
	witness_begin();
	began_ns = pv_now_ns();
	for (unsigned i = 0; i <= GUESTS; i++)
		vsnd_stream_start(guests[i].player.stream);
	assert_int_equal(pthread_create(&thread, NULL, serve_all, NULL), 0);
	for (unsigned i = 1; i <= REMOVALS; i++) {
		uint64_t back_ns;

		usleep(20000);
		places[0].is_there = false;
		wait_until(card, i);
		usleep(10000);
		witness.longest_ns = 0;
		back_ns = pv_now_ns();
		set_there(card, &places[0], i / 2 % SHAPES);
		check_return(back_ns);
	}
	check_positions(pv_now_ns() - began_ns);
	guests_quit = true;
	pthread_join(thread, NULL);
	vsnd_card_stat(card, &stat);
	assert_int_equal(stat.here[VSND_PLAYBACK].lost, REMOVALS);
	assert_true(stat.here[VSND_PLAYBACK].generation >= REMOVALS + 1);
	assert_true(guests[GUESTS].heard_frames > 0);
	for (unsigned i = 0; i <= GUESTS; i++) {
		assert_true(vsnd_stream_runs(guests[i].player.stream));
		leave(&guests[i].player);
	}
	witness_end();
	vsnd_card_destroy(card);
	assert_int_equal(num_open, 0);
}

/* ---- one stream ---- */

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
	leave(&player);
	vsnd_card_destroy(card);
}

/* Whoever opens and closes does not wait for a device that takes its time; the position does. */
static void test_slow_devices_hold_nobody_up(void **state)
{
	struct vsnd_card *card = make_loose();
	uint64_t began_ns = pv_now_ns(), took_ns;
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
	assert_true(took_ns < 250 * NS_PER_MS + 10 * witness.longest_ns);
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
	uint64_t began_ns = pv_now_ns();

	(void)state;
	witness_begin();
	set_there(card, &places[0], 0);
	for (unsigned i = 0; i < 100; i++) {
		struct player player = open_on(card, VSND_PLAYBACK, &stereo16, 1024);

		vsnd_stream_start(player.stream);
		leave(&player);
	}
	assert_true(pv_now_ns() - began_ns < NS_PER_S + 100 * witness.longest_ns);
	witness_end();
	vsnd_card_destroy(card);
	assert_int_equal(num_open, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_hundred_times),
		cmocka_unit_test(test_the_better_place_is_taken),
		cmocka_unit_test(test_a_muted_stream_moves_muted),
		cmocka_unit_test(test_slow_devices_hold_nobody_up),
		cmocka_unit_test(test_streams_are_held_for_two_seconds),
		cmocka_unit_test(test_open_and_close_are_quick),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
