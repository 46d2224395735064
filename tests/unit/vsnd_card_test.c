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
#include "common/parse.h"
#include "tests/unit/vsnd_player.h"

static const struct vsnd_format stereo16 = {XENSND_PCM_FORMAT_S16_LE, 2, 48000};

static struct {
	_Atomic unsigned queries;
	bool busy;
	_Atomic bool hangs;         /* queries */
	_Atomic int transfers_left; /* until it breaks */
	_Atomic int opens_refused;
	int refusal; /* with what; 0: -ENODEV */
	_Atomic int num_open;
} moody;

static int moody_query(const struct vsnd_card_config *config, const char *place,
	enum vsnd_direction direction, struct vsnd_ranges *ranges)
{
	(void)config, (void)place, (void)direction;
	moody.queries++;
	while (moody.hangs)
		usleep(1000);
	if (moody.busy)
		return -EBUSY;
	ranges->rate_max = 44100 < ranges->rate_max ? 44100 : ranges->rate_max;
	ranges->period_min = 128;
	return ranges->rate_max < ranges->rate_min ? -EINVAL : 0;
}

static int moody_open(const struct vsnd_card_config *config, const char *place,
	enum vsnd_direction direction, const struct vsnd_format *format, uint32_t *quantum_frames,
	void **ret_priv)
{
	(void)config, (void)place, (void)direction, (void)format, (void)quantum_frames;
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
	ranges = ask(card, 8000, 0);
	assert_int_equal(ranges.period_min, 32); /* nobody knows yet */
	assert_int_equal(vsnd_card_try(card, VSND_PLAYBACK), -EBUSY);
	vsnd_card_destroy(card);
	card = make_moody();
	assert_int_equal(vsnd_card_try(card, VSND_PLAYBACK), 0);
	vsnd_card_destroy(card);
}

/* A card that hangs is waited for once, not by each stream of a guest that is attached. */
static void test_one_wait_is_enough(void **state)
{
	struct vsnd_card *card = make_moody();
	uint64_t began_ns = pv_now_ns();

	(void)state;
	moody.hangs = true;
	for (unsigned i = 0; i < 5; i++)
		assert_int_equal(ask(card, 8000, 0).period_min, 32); /* nobody knows yet */
	assert_true(pv_now_ns() - began_ns < 3000000000ull);
	moody.hangs = false;
	for (unsigned i = 0; i < 10000 && ask(card, 8000, 0).period_min != 128; i++)
		usleep(1000);
	assert_int_equal(ask(card, 8000, 0).period_min, 128);
	vsnd_card_destroy(card);
}

static void wait_for_queries(unsigned queries)
{
	for (unsigned i = 0; i < 10000 && moody.queries < queries; i++)
		usleep(1000);
	assert_int_equal(moody.queries, queries);
}

static void wait_until_refused(void)
{
	for (unsigned i = 0; i < 10000 && moody.opens_refused > 0; i++)
		usleep(1000);
	assert_int_equal(moody.opens_refused, 0);
}

/* A device that breaks: time goes on, and the device comes back when it can. */
static void test_lost_device_comes_back(void **state)
{
	struct vsnd_card *card = make_moody();
	struct vsnd_card_stat stat;
	struct player player;

	(void)state;
	moody.transfers_left = 1000000;
	player = open_on(card, VSND_PLAYBACK, &stereo16, 1024);
	wait_until_there(card, VSND_PLAYBACK, true);
	moody.opens_refused = 1;
	moody.transfers_left = 5;
	vsnd_stream_start(player.stream);
	wait_until_refused();
	wait_for(&player, vsnd_stream_position(player.stream) + 48 * 100);
	vsnd_card_stat(card, &stat);
	assert_int_equal(stat.lost, 1);
	assert_int_equal(stat.here[VSND_PLAYBACK].lost, 1);
	assert_false(stat.here[VSND_PLAYBACK].is_there);
	moody.transfers_left = 1000000;
	wait_until_there(card, VSND_PLAYBACK, true);
	assert_int_equal(moody.num_open, 1);
	moody.transfers_left = 3;
	wait_for(&player, vsnd_stream_position(player.stream) + 48 * 200);
	leave(&player);
	vsnd_card_destroy(card);
	assert_int_equal(moody.num_open, 0);
}

/* What it said it could and then did not take; and a device that was lost may be another one. */
static void test_answers_are_asked_anew(void **state)
{
	struct vsnd_card *card = make_moody();
	struct vsnd_card_stat stat = {0};
	struct player player;
	unsigned queries;

	(void)state;
	ask(card, 8000, 0);
	moody.opens_refused = 1;
	moody.refusal = -EINVAL;
	player = open_on(card, VSND_PLAYBACK, &stereo16, 1024);
	wait_until_refused();
	leave(&player);
	wait_until_there(card, VSND_PLAYBACK, false);
	queries = moody.queries;
	ask(card, 8000, 0);
	wait_for_queries(queries + 1);
	moody.transfers_left = 3;
	player = open_on(card, VSND_PLAYBACK, &stereo16, 1024);
	for (unsigned i = 0; i < 10000 && stat.lost == 0; i++) {
		usleep(1000);
		vsnd_card_stat(card, &stat);
	}
	leave(&player);
	wait_until_there(card, VSND_PLAYBACK, false);
	queries = moody.queries;
	ask(card, 8000, 0);
	wait_for_queries(queries + 1);
	ask(card, 8000, 0);
	wait_for_queries(queries + 1);
	vsnd_card_destroy(card);
}

/* Nothing moves until it was tried; then time goes by in silence, and the device comes. */
static void test_refused_device_comes_later(void **state)
{
	struct vsnd_card *card = make_moody();
	struct vsnd_card_stat stat;
	struct player player;

	(void)state;
	moody.opens_refused = 2;
	moody.transfers_left = 1000000;
	player = open_on(card, VSND_PLAYBACK, &stereo16, 64);
	vsnd_stream_start(player.stream);
	wait_for(&player, 48);
	vsnd_card_stat(card, &stat);
	assert_int_equal(stat.lost, 0);
	vsnd_card_look_again(card);
	wait_until_refused();
	assert_int_equal(moody.num_open, 0);
	vsnd_card_look_again(card);
	wait_until_there(card, VSND_PLAYBACK, true);
	assert_int_equal(moody.num_open, 1);
	leave(&player);
	wait_until_there(card, VSND_PLAYBACK, false);
	assert_int_equal(moody.num_open, 0);
	vsnd_card_destroy(card);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers_are_kept),
		cmocka_unit_test(test_one_wait_is_enough),
		cmocka_unit_test(test_answers_are_asked_anew),
		cmocka_unit_test(test_lost_device_comes_back),
		cmocka_unit_test(test_refused_device_comes_later),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
