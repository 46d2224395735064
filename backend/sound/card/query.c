/* SPDX-License-Identifier: MIT */
/*
 * What a guest may ask of a device: any format, rate and channels, which the engine converts; how
 * short its periods can be is the device's to say. Asking one means opening it, which may take its
 * time, and guests ask often: the keeper asks, and the answer is kept a while, and longer while
 * there is no better one.
 */
#include "backend/sound/card/unit.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <time.h>

#include "common/parse.h"

#define FRESH_NS 30000000000ull
#define FRESH_FAILURE_NS 1000000000ull
#define FIRST_WAIT_NS 1000000000ull
#define NS_PER_S 1000000000ull

/* What streams and quanta are made for, whatever the device. */
static const struct vsnd_ranges widest = {
	.formats = VSND_FORMATS_ALL,
	.rate_min = VSND_RATE_MIN_HZ,
	.rate_max = VSND_RATE_MAX_HZ,
	.channels_min = 1,
	.channels_max = VSND_CHANNELS_MAX,
	.buffer_min = 4 * VSND_QUANTUM_MIN_FRAMES,
	.buffer_max = 1u << 20,
	.period_min = 2 * VSND_QUANTUM_MIN_FRAMES,
	.period_max = 1u << 19,
};

static bool narrow(uint32_t *min, uint32_t *max, uint32_t can_min, uint32_t can_max)
{
	if (*min < can_min)
		*min = can_min;
	if (*max > can_max)
		*max = can_max;
	return *min <= *max;
}

static int intersect(struct vsnd_ranges *ranges, const struct vsnd_ranges *can)
{
	ranges->formats &= can->formats;
	if (ranges->formats == 0 ||
		!narrow(&ranges->rate_min, &ranges->rate_max, can->rate_min, can->rate_max) ||
		!narrow(&ranges->channels_min, &ranges->channels_max, can->channels_min,
			can->channels_max) ||
		!narrow(&ranges->buffer_min, &ranges->buffer_max, can->buffer_min,
			can->buffer_max) ||
		!narrow(&ranges->period_min, &ranges->period_max, can->period_min, can->period_max))
		return -EINVAL;
	return 0;
}

/* While we have the device it cannot be exchanged without being lost. */
static bool fresh(const struct vsnd_unit *unit)
{
	const struct vsnd_answer *answer = &unit->answer;
	uint64_t age_ns = pv_now_ns() - answer->got_ns;

	if (answer->got_ns == 0 || answer->is_wrong || answer->lost != unit->card->lost)
		return false;
	if (answer->err < 0)
		return age_ns <= FRESH_FAILURE_NS;
	return unit->open || age_ns <= FRESH_NS;
}

static int ask_place(struct vsnd_unit *unit, unsigned place, struct vsnd_ranges *ret)
{
	struct vsnd_card *card = unit->card;
	char buffer[VSND_PLACE_BYTES];
	const char *name;
	int err = vsnd_card_resolve(card, unit->direction, place, buffer, &name);

	*ret = widest;
	if (err < 0)
		return err;
	return card->config.ops->query(&card->config, name, unit->direction, ret);
}

/* The first that answers, or the first one's error. */
static int ask_places(struct vsnd_unit *unit, struct vsnd_ranges *ret)
{
	int first_err = ask_place(unit, 0, ret);

	if (first_err == 0)
		return 0;
	for (unsigned i = 1; i < vsnd_card_places(unit->card, unit->direction); i++)
		if (ask_place(unit, i, ret) == 0)
			return 0;
	return first_err;
}

void vsnd_query_answer(struct vsnd_unit *unit)
{
	struct vsnd_answer *answer = &unit->answer;
	struct vsnd_answer news = {.lost = unit->card->lost};

	if (!atomic_exchange(&unit->asked, false))
		return;
	news.err = ask_places(unit, &news.ranges);
	news.got_ns = pv_now_ns();
	pthread_mutex_lock(&unit->answers_lock);
	/* One that is busy or gone will be what it was, unless it says otherwise. */
	if (answer->got_ns != 0 && answer->err == 0 && news.err < 0 && news.err != -EINVAL)
		news = (struct vsnd_answer){.ranges = answer->ranges,
			.got_ns = news.got_ns - FRESH_NS + FRESH_FAILURE_NS,
			.lost = news.lost};
	*answer = news;
	pthread_cond_broadcast(&unit->answered);
	pthread_mutex_unlock(&unit->answers_lock);
}

bool vsnd_query_known(struct vsnd_unit *unit, struct vsnd_ranges *ret)
{
	bool known;

	pthread_mutex_lock(&unit->answers_lock);
	known = unit->answer.got_ns != 0 && unit->answer.err == 0 && !unit->answer.is_wrong;
	if (known)
		*ret = unit->answer.ranges;
	pthread_mutex_unlock(&unit->answers_lock);
	return known;
}

void vsnd_card_forget(struct vsnd_card *card, enum vsnd_direction direction)
{
	struct vsnd_unit *unit = &card->units[direction];

	pthread_mutex_lock(&unit->answers_lock);
	unit->answer.is_wrong = true;
	pthread_mutex_unlock(&unit->answers_lock);
}

/* Answers' lock held. Waits for the very first answer, in bounds that all who ask share. */
static void wait_for_answer(struct vsnd_unit *unit)
{
	struct timespec until;

	if (unit->first_until_ns == 0)
		unit->first_until_ns = pv_now_ns() + FIRST_WAIT_NS;
	until = (struct timespec){.tv_sec = (time_t)(unit->first_until_ns / NS_PER_S),
		.tv_nsec = (long)(unit->first_until_ns % NS_PER_S)};
	unit->asked = true;
	(void)eventfd_write(unit->keeper_fd, 1);
	while (unit->answer.got_ns == 0)
		if (pthread_cond_timedwait(&unit->answered, &unit->answers_lock, &until) != 0)
			return;
}

int vsnd_card_query(
	struct vsnd_card *card, enum vsnd_direction direction, struct vsnd_ranges *ranges)
{
	struct vsnd_unit *unit = &card->units[direction];
	struct vsnd_ranges wished = *ranges, can = widest;
	int err;

	if (!vsnd_card_has(card, direction))
		return -ENODEV;
	err = vsnd_unit_start_keeper(unit);
	if (err < 0)
		return err;
	pthread_mutex_lock(&unit->answers_lock);
	if (!fresh(unit))
		wait_for_answer(unit);
	if (unit->answer.got_ns != 0 && unit->answer.err == 0) {
		can.buffer_min = unit->answer.ranges.buffer_min;
		can.period_min = unit->answer.ranges.period_min;
	}
	err = unit->answer.err == -EINVAL ? -EINVAL : 0;
	pthread_mutex_unlock(&unit->answers_lock);
	if (err == 0)
		err = intersect(&wished, &can);
	if (err == 0)
		*ranges = wished;
	return err;
}

int vsnd_card_try(struct vsnd_card *card, enum vsnd_direction direction)
{
	struct vsnd_ranges ranges;

	return vsnd_card_has(card, direction) ? ask_places(&card->units[direction], &ranges) : 0;
}
