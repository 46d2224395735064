/* SPDX-License-Identifier: MIT */
/*
 * The controller on a whole card: a device with a buffer and a clock of its own, whose real-time
 * thread the test makes late. The device's time goes as fast as the thread writes, and stands still
 * while a report is not answered, so that hours take seconds and nothing depends on the machine.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/vsnd_player.h"

#define QUANTUM 128u
#define BUFFER 4800u
#define STEPS_PER_S 375u
#define MINUTE (60 * STEPS_PER_S)
#define PARTS_MAX 4

static const struct vsnd_format stereo16 = {XENSND_PCM_FORMAT_S16_LE, 2, 48000};

/* So long the thread misses a step with this probability, and then each further one. */
struct part {
	uint32_t steps;
	double miss;
};

static struct {
	struct vsnd_fill fill;
	struct part parts[PARTS_MAX];
	unsigned part;
	uint32_t part_steps; /* gone by */
	uint64_t dice;
	uint32_t stall_at, stall_steps; /* in all steps */
	uint32_t inside, missing;
	bool late, in_step;
	_Atomic uint32_t steps, dropouts;
	uint32_t dropouts_at_part[PARTS_MAX + 1];
	uint32_t depth_at_part[PARTS_MAX + 1], deepest[PARTS_MAX + 1];
	/* What was inside after the device ran dry, when time went on. */
	uint32_t mended_to;
	bool mending;
	_Atomic bool done, ending;
} fake;

static double even(void)
{
	fake.dice ^= fake.dice << 13;
	fake.dice ^= fake.dice >> 7;
	fake.dice ^= fake.dice << 17;
	return (double)(fake.dice >> 11) / 9007199254740992.0;
}

static int fake_query(const struct vsnd_card_config *config, const char *place,
	enum vsnd_direction direction, struct vsnd_ranges *ranges)
{
	(void)config, (void)place, (void)direction, (void)ranges;
	return 0;
}

static int fake_open(const struct vsnd_card_config *config, const char *place,
	enum vsnd_direction direction, const struct vsnd_format *format, uint32_t *quantum_frames,
	void **ret_priv)
{
	struct vsnd_fill_limits limits;

	(void)place, (void)direction;
	assert_int_equal(*quantum_frames, QUANTUM);
	vsnd_card_limits(config, format->rate_hz, &limits);
	vsnd_fill_begin(&fake.fill, *quantum_frames, BUFFER);
	vsnd_fill_limit(&fake.fill, &limits, format->rate_hz);
	fake.inside = 0;
	*ret_priv = &fake;
	return 0;
}

static void fake_close(void *priv)
{
	(void)priv;
}

static struct vsnd_fill *fake_fill(void *priv)
{
	(void)priv;
	return &fake.fill;
}

static bool is_missed(void)
{
	uint32_t step = fake.steps;

	if (step >= fake.stall_at && step < fake.stall_at + fake.stall_steps)
		return true;
	return even() < fake.parts[fake.part].miss;
}

static void next_part(void)
{
	fake.part++;
	fake.part_steps = 0;
	fake.dropouts_at_part[fake.part] = fake.dropouts;
	fake.depth_at_part[fake.part] = fake.fill.target_frames;
	fake.deepest[fake.part] = fake.fill.target_frames;
	if (fake.part == PARTS_MAX || fake.parts[fake.part].steps == 0)
		fake.done = true;
}

/* The device plays a step; is the thread there in the end? If so, then a quarter of a step late. */
static void play_step(void)
{
	uint32_t frames = fake.in_step ? QUANTUM : QUANTUM + QUANTUM / 4;

	if (fake.mending)
		fake.mended_to = fake.inside;
	fake.mending = false;
	fake.in_step = true;
	if (fake.inside < frames)
		fake.missing += frames - fake.inside;
	fake.inside -= fake.inside < frames ? fake.inside : frames;
	fake.late = is_missed();
	fake.steps++;
	if (fake.fill.target_frames > fake.deepest[fake.part])
		fake.deepest[fake.part] = fake.fill.target_frames;
	if (++fake.part_steps == fake.parts[fake.part].steps)
		next_part();
}

static bool run_dry(void)
{
	if (fake.missing == 0)
		return false;
	fake.dropouts++;
	vsnd_fill_ran_dry(&fake.fill, fake.missing);
	fake.missing = 0;
	fake.mending = true;
	fake.in_step = false;
	return true;
}

static int fake_transfer(void *priv, void *samples, uint32_t frames, bool running)
{
	int mends = 0;

	(void)priv, (void)samples, (void)running;
	while (vsnd_fill_report(&fake.fill) != NULL && !fake.ending)
		usleep(20);
	for (;;) {
		if (fake.done) {
			usleep(1000);
			return 0;
		}
		if (!fake.late) {
			mends += run_dry();
			vsnd_fill_turn(&fake.fill);
			vsnd_fill_look(&fake.fill, fake.inside);
			if (vsnd_fill_wants(&fake.fill, fake.inside)) {
				fake.inside += frames;
				vsnd_fill_wrote(&fake.fill, frames);
				return mends;
			}
		}
		play_step();
	}
}

static const struct vsnd_card_ops fake_ops = {
	.type = "fake",
	.query = fake_query,
	.open = fake_open,
	.close = fake_close,
	.transfer = fake_transfer,
	.fill = fake_fill,
};

static struct vsnd_card_stat run_card(struct vsnd_card *card)
{
	struct vsnd_card_stat stat;
	struct player player = open_on(card, VSND_PLAYBACK, &stereo16, 1024);

	for (unsigned i = 0; i < 600000 && !fake.done; i++)
		usleep(1000);
	assert_true(fake.done);
	/* The last answer. */
	for (unsigned i = 0; i < 10000 && vsnd_fill_report(&fake.fill) != NULL; i++)
		usleep(1000);
	vsnd_card_stat(card, &stat);
	fake.ending = true;
	leave(&player);
	return stat;
}

static void fake_begin(const struct part *parts, unsigned count)
{
	memset(&fake, 0, sizeof(fake));
	fake.dice = 88172645463325252u;
	memcpy(fake.parts, parts, count * sizeof(*parts));
}

/* No priority: it must not take a whole processor from others. */
static struct vsnd_card_stat run(struct vsnd_card_config config)
{
	struct vsnd_card_stat stat;
	struct vsnd_card *card;

	config.ops = &fake_ops;
	config.playback = "x";
	strcpy(config.name, "fake");
	assert_int_equal(vsnd_card_create(&config, &card), 0);
	stat = run_card(card);
	vsnd_card_destroy(card);
	return stat;
}

#define FRAMES(steps) ((1 + (steps)) * QUANTUM)

/* 5 steps and a quarter are 2 and a quarter more than 3 steps of depth bear. */
static void test_deeper_at_once_when_it_ran_dry(void **state)
{
	struct vsnd_card_stat stat;

	(void)state;
	fake_begin((const struct part[]){{2 * MINUTE, 0}}, 1);
	fake.stall_at = 1000;
	fake.stall_steps = 5;
	stat = run((struct vsnd_card_config){0});
	assert_int_equal(fake.dropouts, 1);
	assert_int_equal(stat.xruns, 1);
	assert_int_equal(fake.mended_to, FRAMES(6));
	/* It happened once in two minutes; that is remembered for as long as an hour. */
	assert_int_equal(stat.depth.now_frames, FRAMES(6));
	assert_int_equal(stat.depth.dropouts, 1);
}

static void test_shallower_with_evidence(void **state)
{
	struct vsnd_card_stat stat;

	(void)state;
	fake_begin((const struct part[]){{8 * STEPS_PER_S, 0}, {20 * MINUTE, 0}}, 2);
	stat = run((struct vsnd_card_config){0});
	assert_int_equal(fake.depth_at_part[1], FRAMES(3));
	assert_in_range(stat.depth.now_frames, FRAMES(1), FRAMES(2));
	assert_int_equal(stat.depth.floor_frames, FRAMES(1));
	assert_int_equal(fake.dropouts, 0);
	assert_true(stat.depth.watched_hours > 0.33 && stat.depth.watched_hours < 0.34);
	assert_true(stat.depth.below[0] > 19 * MINUTE);
	assert_int_equal(stat.depth.below[1], 0);
}

static void test_a_late_thread_is_estimated(void **state)
{
	/* Three quanta and the one that is written: 10.67 ms. */
	struct vsnd_card_config config = {.depth_us = 10667};
	struct vsnd_card_stat stat;
	double expected;

	(void)state;
	fake_begin((const struct part[]){{60 * MINUTE, 0.05}}, 1);
	stat = run(config);
	assert_true(stat.depth.fixed);
	assert_int_equal(stat.depth.now_frames, FRAMES(3));
	assert_true(stat.depth.estimate.miss.least <= 0.05);
	assert_true(stat.depth.estimate.miss.most >= 0.05);
	assert_true(stat.depth.estimate.miss.most < 0.06);
	assert_true(stat.depth.estimate.catch_up.least <= 0.95);
	assert_true(stat.depth.estimate.catch_up.most >= 0.95);
	/* What is predicted happens: some 160 times. */
	expected = stat.depth.estimate.predicted_per_hour * stat.depth.watched_hours;
	assert_true(fake.dropouts > 100 && expected > 100);
	assert_true(expected > 0.7 * fake.dropouts && expected < 1.3 * fake.dropouts);
	assert_in_range(stat.depth.dropouts, fake.dropouts - 1, fake.dropouts);
}

static void test_a_load_that_changes(void **state)
{
	struct vsnd_card_stat stat;

	(void)state;
	fake_begin((const struct part[]){{10 * MINUTE, 0}, {10 * STEPS_PER_S, 0.2},
			   {10 * MINUTE, 0.2}, {240 * MINUTE, 0}},
		4);
	stat = run((struct vsnd_card_config){0});
	/* Calm: shallow; then a few dropouts until it is deep enough, and it stays so. */
	assert_in_range(fake.depth_at_part[1], FRAMES(1), FRAMES(3));
	assert_int_equal(fake.dropouts_at_part[1], 0);
	assert_in_range(fake.dropouts_at_part[2], 1, 8);
	assert_in_range(fake.deepest[2], FRAMES(8), FRAMES(14));
	assert_in_range(fake.dropouts_at_part[3] - fake.dropouts_at_part[2], 0, 2);
	/* Calm again. */
	assert_int_equal(fake.dropouts, fake.dropouts_at_part[3]);
	assert_in_range(stat.depth.now_frames, FRAMES(1), FRAMES(4));
}

static void test_limits(void **state)
{
	struct vsnd_card_config config = {.depth_min_us = 12000, .depth_max_us = 20000};
	struct vsnd_card_stat stat;

	(void)state;
	/* 12 ms are 576 frames: 4 steps; 20 ms are 960: 6. */
	fake_begin((const struct part[]){{2 * MINUTE, 0.5}}, 1);
	stat = run(config);
	assert_int_equal(stat.depth.now_frames, FRAMES(6));
	assert_int_equal(stat.depth.min_frames, FRAMES(4));
	assert_int_equal(stat.depth.max_frames, FRAMES(6));
	assert_in_range(fake.deepest[0], FRAMES(6), FRAMES(6));
	fake_begin((const struct part[]){{20 * MINUTE, 0}}, 1);
	stat = run(config);
	assert_int_equal(stat.depth.now_frames, FRAMES(4));
}

static void test_fixed_stays(void **state)
{
	struct vsnd_card_config config = {.depth_us = 10000};
	struct vsnd_card_stat stat;

	(void)state;
	fake_begin((const struct part[]){{5 * MINUTE, 0.3}, {5 * MINUTE, 0}}, 2);
	stat = run(config);
	assert_true(fake.dropouts > 100);
	assert_int_equal(fake.depth_at_part[1], 480);
	assert_int_equal(fake.deepest[0], 480);
	assert_int_equal(stat.depth.now_frames, 480);
	/* Less than the device can: its floor. */
	config.depth_us = 1000;
	fake_begin((const struct part[]){{MINUTE, 0}}, 1);
	stat = run(config);
	assert_int_equal(stat.depth.now_frames, FRAMES(1));
}

/* What was learnt is there when a stream opens the device again. */
static void test_the_next_stream_begins_where_the_last_ended(void **state)
{
	struct vsnd_card_config config = {.name = "fake", .ops = &fake_ops, .playback = "x"};
	struct vsnd_card_stat stat;
	struct vsnd_card *card;

	(void)state;
	assert_int_equal(vsnd_card_create(&config, &card), 0);
	fake_begin((const struct part[]){{MINUTE, 0}}, 1);
	fake.stall_at = 1000;
	fake.stall_steps = 8;
	stat = run_card(card);
	assert_int_equal(stat.depth.now_frames, FRAMES(9));
	/* Before the first report. */
	fake_begin((const struct part[]){{90, 0}, {10 * STEPS_PER_S, 0}}, 2);
	stat = run_card(card);
	assert_int_equal(fake.depth_at_part[1], FRAMES(9));
	assert_int_equal(stat.depth.now_frames, FRAMES(9));
	assert_int_equal(stat.depth.dropouts, 1);
	assert_int_equal(fake.fill.target_frames, FRAMES(9));
	assert_int_equal(fake.dropouts, 0);
	vsnd_card_destroy(card);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_deeper_at_once_when_it_ran_dry),
		cmocka_unit_test(test_shallower_with_evidence),
		cmocka_unit_test(test_a_late_thread_is_estimated),
		cmocka_unit_test(test_a_load_that_changes),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_fixed_stays),
		cmocka_unit_test(test_the_next_stream_begins_where_the_last_ended),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
