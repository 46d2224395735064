/* SPDX-License-Identifier: MIT */
/* What a guest may ask of a device: any format, rate and channels, which the engine converts; how
 * short its periods can be is the device's to say. Asking one means opening it, and guests ask
 * often: the answer is kept a while. */
#include "backend/sound/card/unit.h"

#include <errno.h>

#include "common/parse.h"

#define FRESH_NS 30000000000ull

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
static bool fresh(const struct vsnd_card *card, enum vsnd_direction direction)
{
	const struct vsnd_answer *answer = &card->answers[direction];

	return answer->got_ns != 0 && answer->lost == card->lost &&
	       (card->open[direction] || pv_now_ns() - answer->got_ns <= FRESH_NS);
}

/* Answers' lock held. An answer that is old stays in force while the device is busy. */
static int know(struct vsnd_card *card, enum vsnd_direction direction)
{
	struct vsnd_answer *answer = &card->answers[direction];
	struct vsnd_answer news = {.ranges = widest, .got_ns = pv_now_ns(), .lost = card->lost};

	if (fresh(card, direction))
		return answer->err;
	news.err = card->config.ops->query(&card->config, direction, &news.ranges);
	if (news.err == -EBUSY && answer->got_ns != 0)
		return answer->err;
	if (news.err == 0 || news.err == -EINVAL)
		*answer = news;
	return news.err;
}

void vsnd_card_forget(struct vsnd_card *card, enum vsnd_direction direction)
{
	pthread_mutex_lock(&card->answers_lock[direction]);
	card->answers[direction].got_ns = 0;
	pthread_mutex_unlock(&card->answers_lock[direction]);
}

int vsnd_card_query(
	struct vsnd_card *card, enum vsnd_direction direction, struct vsnd_ranges *ranges)
{
	struct vsnd_ranges wished = *ranges, can = widest;
	int err;

	if (!vsnd_card_has(card, direction))
		return -ENODEV;
	pthread_mutex_lock(&card->answers_lock[direction]);
	err = know(card, direction);
	if (err == 0) {
		can.buffer_min = card->answers[direction].ranges.buffer_min;
		can.period_min = card->answers[direction].ranges.period_min;
	}
	pthread_mutex_unlock(&card->answers_lock[direction]);
	if (err == 0)
		err = intersect(&wished, &can);
	if (err == 0)
		*ranges = wished;
	return err;
}
