/* SPDX-License-Identifier: MIT */
/* What a device can. Asking one means opening it, and guests ask often: answers are kept a while.
 */
#include "backend/sound/card_internal.h"

#include <errno.h>
#include <string.h>

#include "common/parse.h"

#define FRESH_NS 30000000000ull /* then a device that was exchanged is noticed */

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

static bool same(const struct vsnd_ranges *a, const struct vsnd_ranges *b)
{
	return a->formats == b->formats && a->rate_min == b->rate_min &&
	       a->rate_max == b->rate_max && a->channels_min == b->channels_min &&
	       a->channels_max == b->channels_max && a->buffer_min == b->buffer_min &&
	       a->buffer_max == b->buffer_max && a->period_min == b->period_min &&
	       a->period_max == b->period_max;
}

/* The first answer's place is kept: what the device can at all. */
static struct vsnd_answer *answer_find(
	struct vsnd_card *card, enum vsnd_direction direction, const struct vsnd_ranges *asked)
{
	struct vsnd_answer *answers = card->answers[direction];

	for (unsigned i = 0; i < VSND_ANSWERS; i++)
		if (answers[i].got_ns != 0 && same(&answers[i].asked, asked))
			return &answers[i];
	return NULL;
}

static struct vsnd_answer *answer_place(
	struct vsnd_card *card, enum vsnd_direction direction, const struct vsnd_ranges *asked)
{
	unsigned *next = &card->next_answer[direction];
	unsigned place = 0;

	if (!same(asked, &widest)) {
		place = 1 + *next;
		*next = (*next + 1) % (VSND_ANSWERS - 1);
	}
	return &card->answers[direction][place];
}

static int from_what_is_known(
	const struct vsnd_card *card, enum vsnd_direction direction, struct vsnd_ranges *ranges)
{
	const struct vsnd_answer *known = &card->answers[direction][0];

	if (known->got_ns == 0)
		return -EBUSY;
	return known->err < 0 ? known->err : intersect(ranges, &known->ranges);
}

static bool fresh(const struct vsnd_card *card, const struct vsnd_answer *answer)
{
	return pv_now_ns() - answer->got_ns <= FRESH_NS && answer->lost == card->lost;
}

/* Lock held. */
static int answer_get(
	struct vsnd_card *card, enum vsnd_direction direction, struct vsnd_ranges *ranges)
{
	struct vsnd_answer *answer = answer_find(card, direction, ranges);
	struct vsnd_answer news = {
		.asked = *ranges, .ranges = *ranges, .got_ns = pv_now_ns(), .lost = card->lost};

	if (answer == NULL || !fresh(card, answer)) {
		news.err = card->config.ops->query(&card->config, direction, &news.ranges);
		if (news.err == -EBUSY && answer == NULL)
			return from_what_is_known(card, direction, ranges);
		if (news.err < 0 && news.err != -EINVAL && news.err != -EBUSY)
			return news.err;
		if (answer == NULL)
			answer = answer_place(card, direction, ranges);
		if (news.err != -EBUSY) {
			*answer = news;
		} else { /* what was known has to do for another while */
			answer->got_ns = news.got_ns;
			answer->lost = news.lost;
		}
	}
	if (answer->err == 0)
		*ranges = answer->ranges;
	return answer->err;
}

void vsnd_card_learn(struct vsnd_card *card, enum vsnd_direction direction)
{
	struct vsnd_ranges ranges = widest;

	if (card->answers[direction][0].got_ns == 0 || !fresh(card, &card->answers[direction][0]))
		(void)answer_get(card, direction, &ranges);
}

void vsnd_card_forget(struct vsnd_card *card, enum vsnd_direction direction)
{
	memset(card->answers[direction], 0, sizeof(card->answers[direction]));
}

int vsnd_card_query(
	struct vsnd_card *card, enum vsnd_direction direction, struct vsnd_ranges *ranges)
{
	struct vsnd_ranges wished = *ranges;
	int err;

	if (!vsnd_card_has(card, direction))
		return -ENODEV;
	err = intersect(&wished, &widest);
	if (err < 0)
		return err;
	pthread_mutex_lock(&card->lock[direction]);
	vsnd_card_learn(card, direction);
	err = answer_get(card, direction, &wished);
	pthread_mutex_unlock(&card->lock[direction]);
	if (err == 0)
		*ranges = wished;
	return err;
}
