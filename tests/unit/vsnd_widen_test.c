/* SPDX-License-Identifier: MIT */
/* What a device is opened for: the first stream alone, and all that come to it. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/vsnd_player.h"

static const struct vsnd_format phone = {XENSND_PCM_FORMAT_U8, 1, 4000};
static const struct vsnd_format cd = {XENSND_PCM_FORMAT_S16_LE, 2, 44100};
static const struct vsnd_format stereo16 = {XENSND_PCM_FORMAT_S16_LE, 2, 48000};
static const struct vsnd_format surround = {XENSND_PCM_FORMAT_F64_BE, 5, 88200};

/* ---- a card that only one can have, and nobody can ask while somebody does ---- */

static struct {
	_Atomic bool open;
	_Atomic unsigned opened;
	_Atomic unsigned heard; /* transfers since with a sound in them */
	uint8_t last;           /* of what it played, and what it was when it was closed */
	_Atomic uint8_t closed_at;
	uint64_t formats;
	uint32_t rate_max, channels_max;
	struct vsnd_format format;
} lone;

static bool within(uint32_t *min, uint32_t *max, uint32_t can_min, uint32_t can_max)
{
	*min = *min > can_min ? *min : can_min;
	*max = *max < can_max ? *max : can_max;
	return *min <= *max;
}

static int lone_query(const struct vsnd_card_config *config, const char *place,
	enum vsnd_direction direction, struct vsnd_ranges *ranges)
{
	(void)config, (void)place, (void)direction;
	if (lone.open)
		return -EBUSY;
	ranges->formats &= lone.formats;
	return ranges->formats != 0 &&
			       within(&ranges->rate_min, &ranges->rate_max, 4000, lone.rate_max) &&
			       within(&ranges->channels_min, &ranges->channels_max, 1,
				       lone.channels_max)
		       ? 0
		       : -EINVAL;
}

static int lone_open(const struct vsnd_card_config *config, const char *place,
	enum vsnd_direction direction, const struct vsnd_format *format, uint32_t *quantum_frames,
	void **ret_priv)
{
	(void)config, (void)place, (void)direction, (void)quantum_frames;
	assert_false(lone.open);
	lone.open = true;
	lone.format = *format;
	lone.heard = 0;
	lone.opened++;
	*ret_priv = &lone;
	return 0;
}

static void lone_close(void *priv)
{
	(void)priv;
	lone.closed_at = lone.last;
	lone.open = false;
}

static int lone_transfer(void *priv, void *samples, uint32_t frames, bool running)
{
	(void)priv;
	if (running && ((const uint8_t *)samples)[0] != 0)
		lone.heard++;
	lone.last = ((const uint8_t *)samples)[frames - 1]; /* of mono U8 */
	usleep((useconds_t)(frames * 1000000ull / lone.format.rate_hz));
	return 0;
}

static const struct vsnd_card_ops lone_ops = {
	.type = "lone",
	.any_quantum = true,
	.query = lone_query,
	.open = lone_open,
	.close = lone_close,
	.transfer = lone_transfer,
};

static struct vsnd_card_ops kept_ops;

static struct vsnd_card *make_card(const struct vsnd_card_ops *ops)
{
	static struct vsnd_card_config config;
	struct vsnd_card *card;

	memset(&lone, 0, sizeof(lone));
	lone.formats = VSND_FORMATS_ALL;
	lone.rate_max = VSND_RATE_MAX_HZ;
	lone.channels_max = VSND_CHANNELS_MAX;
	config = (struct vsnd_card_config){.name = "lone", .ops = ops, .priority = 70};
	if (ops != &vsnd_card_clock)
		config.playback = (char *)"x";
	assert_int_equal(vsnd_card_create(&config, &card), 0);
	return card;
}

static bool runs_in(struct vsnd_card *card, uint8_t pcm_format, uint8_t channels, uint32_t rate_hz)
{
	struct vsnd_card_stat stat;

	vsnd_card_stat(card, &stat);
	return stat.here[VSND_PLAYBACK].is_there &&
	       stat.format[VSND_PLAYBACK].pcm_format == pcm_format &&
	       stat.format[VSND_PLAYBACK].channels == channels &&
	       stat.format[VSND_PLAYBACK].rate_hz == rate_hz;
}

static void wait_until_in(
	struct vsnd_card *card, uint8_t pcm_format, uint8_t channels, uint32_t rate_hz)
{
	for (unsigned i = 0; i < 10000; i++) {
		if (runs_in(card, pcm_format, channels, rate_hz))
			return;
		usleep(1000);
	}
	fail_msg(
		"it does not come to format %u, %u channels, %u Hz", pcm_format, channels, rate_hz);
}

static uint64_t generation(struct vsnd_card *card)
{
	struct vsnd_card_stat stat;

	vsnd_card_stat(card, &stat);
	return stat.here[VSND_PLAYBACK].generation;
}

static struct player play(struct vsnd_card *card, const struct vsnd_format *format)
{
	return open_on(card, VSND_PLAYBACK, format, 256);
}

/* The one that was there first sounds as ever, and so does the one that has more. */
static void check_widening(const struct vsnd_card_ops *ops)
{
	static uint8_t sound[40000];
	struct vsnd_card *card = make_card(ops);
	struct player first = play(card, &phone), second, third;

	memset(sound, 0xc0, sizeof(sound));
	assert_int_equal(vsnd_stream_write(first.stream, sound, sizeof(sound)), 0);
	vsnd_stream_start(first.stream);
	wait_until_in(card, XENSND_PCM_FORMAT_U8, 1, 4000);
	wait_for(&first, 100);
	second = play(card, &stereo16);
	vsnd_stream_start(second.stream);
	wait_until_in(card, XENSND_PCM_FORMAT_S32_LE, 2, 48000);
	wait_for(&second, 4800);
	wait_for(&first, vsnd_stream_position(first.stream) + 400);
	if (ops != &vsnd_card_clock) {
		assert_true(lone.heard > 0);
		assert_in_range(lone.closed_at, 0x7e, 0x82); /* it died away */
	}
	/* Less than that joins; and what it is, it is until the last one leaves. */
	third = play(card, &cd);
	vsnd_stream_start(third.stream);
	wait_for(&third, 4410);
	leave(&second);
	leave(&third);
	wait_for(&first, vsnd_stream_position(first.stream) + 400);
	assert_true(runs_in(card, XENSND_PCM_FORMAT_S32_LE, 2, 48000));
	assert_int_equal(generation(card), 2);
	leave(&first);
	wait_until_there(card, VSND_PLAYBACK, false);
	first = play(card, &cd);
	wait_until_in(card, XENSND_PCM_FORMAT_S16_LE, 2, 44100);
	leave(&first);
	vsnd_card_destroy(card);
}

static void test_the_wider_stream_gets_its_due(void **state)
{
	(void)state;
	check_widening(&lone_ops);
	check_widening(&vsnd_card_clock);
}

/* The steps are few: nobody can have it opened anew all the time. */
static void test_it_widens_in_steps(void **state)
{
	struct vsnd_card *card = make_card(&lone_ops);
	struct player first = play(card, &stereo16), others[20];

	(void)state;
	wait_until_in(card, XENSND_PCM_FORMAT_S16_LE, 2, 48000);
	for (unsigned i = 0; i < 20; i++) {
		struct vsnd_format format = {XENSND_PCM_FORMAT_S16_LE, 2, 48001 + 7200 * i};

		others[i] = play(card, &format);
		vsnd_stream_start(others[i].stream);
		wait_for(&others[i], 512);
	}
	wait_until_in(card, XENSND_PCM_FORMAT_S32_LE, 2, 192000);
	assert_int_equal(lone.opened, 3);
	for (unsigned i = 0; i < 20; i++)
		leave(&others[i]);
	others[0] = play(card, &surround);
	wait_until_in(card, XENSND_PCM_FORMAT_S32_LE, 6, 192000);
	assert_int_equal(lone.opened, 4);
	leave(&others[0]);
	leave(&first);
	vsnd_card_destroy(card);
}

/* A device that has no more than it is open for is left alone. */
static void test_no_more_than_there_is(void **state)
{
	struct vsnd_ranges ranges = {VSND_FORMATS_ALL, 4000, 192000, 1, 8, 64, 4096, 32, 2048};
	struct vsnd_card *card = make_card(&lone_ops);
	struct player first, second;

	(void)state;
	lone.formats = UINT64_C(1) << XENSND_PCM_FORMAT_S16_LE;
	lone.rate_max = 48000;
	lone.channels_max = 2;
	assert_int_equal(vsnd_card_query(card, VSND_PLAYBACK, &ranges), 0);
	first = play(card, &stereo16);
	wait_until_in(card, XENSND_PCM_FORMAT_S16_LE, 2, 48000);
	second = play(card, &surround);
	vsnd_stream_start(second.stream);
	wait_for(&second, 8820);
	assert_int_equal(lone.opened, 1);
	leave(&second);
	leave(&first);
	wait_until_there(card, VSND_PLAYBACK, false);
	lone.rate_max = 44100; /* the nearest that it has */
	first = play(card, &phone);
	wait_until_in(card, XENSND_PCM_FORMAT_S16_LE, 1, 4000);
	second = play(card, &stereo16);
	wait_until_in(card, XENSND_PCM_FORMAT_S16_LE, 2, 44100);
	leave(&second);
	leave(&first);
	vsnd_card_destroy(card);
}

/* A file keeps the format that it began with. */
static void test_a_file_keeps_its_format(void **state)
{
	struct vsnd_card *card;
	struct player first, second;

	(void)state;
	assert_true(vsnd_card_wav.one_format);
	kept_ops = lone_ops;
	kept_ops.one_format = true;
	card = make_card(&kept_ops);
	first = play(card, &phone);
	wait_until_in(card, XENSND_PCM_FORMAT_U8, 1, 4000);
	second = play(card, &stereo16);
	vsnd_stream_start(second.stream);
	wait_for(&second, 4800);
	assert_int_equal(lone.opened, 1);
	leave(&second);
	leave(&first);
	vsnd_card_destroy(card);
}

/* What is configured holds, each part by itself. */
static void test_what_is_configured_holds(void **state)
{
	struct vsnd_card_config config = {.name = "lone",
		.ops = &lone_ops,
		.playback = (char *)"x",
		.priority = 70,
		.rate_hz = 44100,
		.format = XENSND_PCM_FORMAT_S24_BE + 1};
	struct player first, second;
	struct vsnd_card *card = make_card(&lone_ops);

	(void)state;
	vsnd_card_destroy(card);
	assert_int_equal(vsnd_card_create(&config, &card), 0);
	first = play(card, &phone);
	wait_until_in(card, XENSND_PCM_FORMAT_S24_BE, 1, 44100);
	second = play(card, &surround);
	wait_until_in(card, XENSND_PCM_FORMAT_S24_BE, 6, 44100);
	vsnd_stream_start(second.stream);
	wait_for(&second, 8820);
	assert_int_equal(lone.opened, 2);
	leave(&second);
	leave(&first);
	vsnd_card_destroy(card);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_wider_stream_gets_its_due),
		cmocka_unit_test(test_it_widens_in_steps),
		cmocka_unit_test(test_no_more_than_there_is),
		cmocka_unit_test(test_a_file_keeps_its_format),
		cmocka_unit_test(test_what_is_configured_holds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
