/* SPDX-License-Identifier: MIT */
/* What every card has, on a device that cannot be asked while it is busy, and that breaks. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "backend/sound/card/card.h"
#include "tests/unit/vsnd_player.h"

static const struct vsnd_format stereo16 = {XENSND_PCM_FORMAT_S16_LE, 2, 48000};

static struct {
	unsigned queries;
	bool busy;
	_Atomic int transfers_left; /* until it breaks */
	_Atomic int opens_refused;
	int refusal; /* with what; 0: -ENODEV */
	_Atomic int num_open;
} moody;

static int moody_query(const struct vsnd_card_config *config, enum vsnd_direction direction,
	struct vsnd_ranges *ranges)
{
	(void)config, (void)direction;
	moody.queries++;
	if (moody.busy)
		return -EBUSY;
	ranges->rate_max = 44100 < ranges->rate_max ? 44100 : ranges->rate_max;
	ranges->period_min = 128;
	return ranges->rate_max < ranges->rate_min ? -EINVAL : 0;
}

static int moody_open(const struct vsnd_card_config *config, enum vsnd_direction direction,
	const struct vsnd_format *format, uint32_t *quantum_frames, void **ret_priv)
{
	(void)config, (void)direction, (void)format, (void)quantum_frames;
	if (moody.opens_refused > 0) {
		moody.opens_refused--;
		return moody.refusal ? moody.refusal : -ENODEV;
	}
	moody.num_open++;
	*ret_priv = &moody;
	return 0;
}

static void moody_close(void *priv)
{
	(void)priv;
	moody.num_open--;
}

static int moody_transfer(void *priv, void *samples, uint32_t frames, bool running)
{
	(void)priv, (void)frames, (void)running;
	memset(samples, 0x33, 4);
	usleep(500);
	return moody.transfers_left-- > 0 ? 0 : -EIO;
}

static const struct vsnd_card_ops moody_ops = {
	.type = "moody",
	.query = moody_query,
	.open = moody_open,
	.close = moody_close,
	.transfer = moody_transfer,
};

static struct vsnd_card *make_moody(void)
{
	static struct vsnd_card_config config;
	struct vsnd_card *card;

	memset(&moody, 0, sizeof(moody));
	config = (struct vsnd_card_config){
		.name = "moody", .ops = &moody_ops, .playback = "x", .priority = 70};
	assert_int_equal(vsnd_card_create(&config, &card), 0);
	return card;
}

static struct vsnd_ranges ask(struct vsnd_card *card, uint32_t rate_min, int expected)
{
	struct vsnd_ranges ranges = {VSND_FORMATS_ALL, rate_min, 192000, 1, 8, 64, 4096, 32, 2048};

	assert_int_equal(vsnd_card_query(card, VSND_PLAYBACK, &ranges), expected);
	return ranges;
}

/* The device is asked once; rates that it lacks are offered, shorter periods than it has are not.
 */
static void test_answers_are_kept(void **state)
{
	struct vsnd_card *card = make_moody();
	struct vsnd_ranges ranges;

	(void)state;
	for (uint32_t i = 0; i < 100; i++) {
		ranges = ask(card, 5000 + i, 0);
		assert_int_equal(ranges.rate_min, 5000 + i);
		assert_int_equal(ranges.rate_max, 192000);
		assert_int_equal(ranges.period_min, 128);
	}
	assert_int_equal(moody.queries, 1);
	moody.busy = true;
	ask(card, 96000, 0);
	assert_int_equal(vsnd_card_query(card, VSND_CAPTURE, &ranges), -ENODEV);
	vsnd_card_destroy(card);
	card = make_moody();
	moody.busy = true;
	ask(card, 8000, -EBUSY);
	moody.busy = false;
	ask(card, 8000, 0);
	vsnd_card_destroy(card);
}

/* A device that breaks: time goes on, and the device comes back when it can. */
static void test_lost_device_comes_back(void **state)
{
	struct vsnd_card *card = make_moody();
	struct vsnd_card_stat stat;
	struct player player;

	(void)state;
	moody.transfers_left = 5;
	player = open_on(card, VSND_PLAYBACK, &stereo16, 1024);
	moody.opens_refused = 1;
	vsnd_stream_start(player.stream);
	wait_for(&player, 48 * 200);
	vsnd_card_stat(card, &stat);
	assert_int_equal(stat.lost, 1);
	moody.transfers_left = 1000000;
	for (unsigned i = 0; i < 500 && moody.num_open == 0; i++)
		usleep(10000);
	assert_int_equal(moody.num_open, 1);
	moody.transfers_left = 3;
	wait_for(&player, vsnd_stream_position(player.stream) + 48 * 200);
	leave(&player);
	assert_int_equal(moody.num_open, 0);
	vsnd_card_destroy(card);
}

/* What it said it could and then did not take; and a device that was lost may be another one. */
static void test_answers_are_asked_anew(void **state)
{
	struct vsnd_card *card = make_moody();
	struct vsnd_card_stat stat = {0};
	struct vsnd_stream *stream;
	struct player player;
	unsigned queries;

	(void)state;
	ask(card, 8000, 0);
	moody.opens_refused = 1;
	moody.refusal = -EINVAL;
	assert_int_equal(
		vsnd_card_open(card, VSND_PLAYBACK, &stereo16, 64, 128, -1, &stream), -EINVAL);
	queries = moody.queries;
	ask(card, 8000, 0);
	assert_int_equal(moody.queries, queries + 1);
	moody.transfers_left = 3;
	player = open_on(card, VSND_PLAYBACK, &stereo16, 1024);
	for (unsigned i = 0; i < 1000 && stat.lost == 0; i++) {
		usleep(10000);
		vsnd_card_stat(card, &stat);
	}
	queries = moody.queries;
	ask(card, 8000, 0);
	assert_int_equal(moody.queries, queries + 1);
	ask(card, 8000, 0);
	assert_int_equal(moody.queries, queries + 1);
	leave(&player);
	vsnd_card_destroy(card);
}

static void test_no_memory_of_a_refused_open(void **state)
{
	struct vsnd_card *card = make_moody();
	struct vsnd_stream *stream;

	(void)state;
	moody.opens_refused = 1;
	assert_int_equal(
		vsnd_card_open(card, VSND_PLAYBACK, &stereo16, 64, 128, -1, &stream), -ENODEV);
	moody.transfers_left = 1000;
	assert_int_equal(vsnd_card_open(card, VSND_PLAYBACK, &stereo16, 64, 128, -1, &stream), 0);
	vsnd_card_close(card, stream);
	assert_int_equal(moody.num_open, 0);
	vsnd_card_destroy(card);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers_are_kept),
		cmocka_unit_test(test_answers_are_asked_anew),
		cmocka_unit_test(test_lost_device_comes_back),
		cmocka_unit_test(test_no_memory_of_a_refused_open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
