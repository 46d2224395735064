/* SPDX-License-Identifier: MIT */
#include "backend/sound/card/unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

int vsnd_card_create(const struct vsnd_card_config *config, struct vsnd_card **ret)
{
	struct vsnd_card *card = calloc(1, sizeof(*card));

	if (card == NULL)
		return -ENOMEM;
	card->config = *config;
	if (config->ops->prepare != NULL)
		config->ops->prepare();
	pthread_mutex_init(&card->lock[VSND_PLAYBACK], NULL);
	pthread_mutex_init(&card->answers_lock[VSND_PLAYBACK], NULL);
	pthread_mutex_init(&card->lock[VSND_CAPTURE], NULL);
	pthread_mutex_init(&card->answers_lock[VSND_CAPTURE], NULL);
	pthread_mutex_init(&card->told_lock, NULL);
	*ret = card;
	return 0;
}

void vsnd_card_destroy(struct vsnd_card *card)
{
	if (card == NULL)
		return;
	pthread_mutex_destroy(&card->lock[VSND_PLAYBACK]);
	pthread_mutex_destroy(&card->answers_lock[VSND_PLAYBACK]);
	pthread_mutex_destroy(&card->lock[VSND_CAPTURE]);
	pthread_mutex_destroy(&card->answers_lock[VSND_CAPTURE]);
	pthread_mutex_destroy(&card->told_lock);
	free(card);
}

/* A clock has both directions without being told; the others have what is named. */
bool vsnd_card_has(const struct vsnd_card *card, enum vsnd_direction direction)
{
	const struct vsnd_card_config *config = &card->config;

	if (config->playback == NULL && config->capture == NULL)
		return true;
	return (direction == VSND_PLAYBACK ? config->playback : config->capture) != NULL;
}

/* The device is opened by the first stream. */
static int open_locked(struct vsnd_card *card, enum vsnd_direction direction,
	struct vsnd_stream *stream, uint32_t period_frames)
{
	const struct vsnd_format *format = vsnd_stream_format(stream);
	uint32_t quantum_frames = vsnd_unit_quantum(format->rate_hz, period_frames);
	struct vsnd_unit *unit = card->units[direction];
	int err = 0;

	if (unit == NULL)
		err = vsnd_unit_create(card, direction, format, quantum_frames, &unit);
	if (err == -EINVAL) /* asked before, it could: it is another device now */
		vsnd_card_forget(card, direction);
	if (err < 0)
		return err;
	err = vsnd_unit_add(unit, stream, quantum_frames);
	if (err < 0) {
		if (card->units[direction] == NULL)
			vsnd_unit_destroy(unit);
		return err;
	}
	card->units[direction] = unit;
	card->real_time[direction] = unit->real_time;
	pthread_mutex_lock(&card->told_lock);
	card->formats[direction] = unit->format;
	card->quantum_frames[direction] = unit->quantum_frames;
	pthread_mutex_unlock(&card->told_lock);
	card->open[direction] = true;
	return 0;
}

int vsnd_card_open(struct vsnd_card *card, enum vsnd_direction direction,
	const struct vsnd_format *format, uint32_t period_frames, uint32_t buffer_frames,
	int wake_fd, struct vsnd_stream **ret)
{
	struct vsnd_stream *stream;
	int err;

	if (!vsnd_card_has(card, direction))
		return -ENODEV;
	if (period_frames == 0 || buffer_frames < period_frames)
		return -EINVAL;
	err = vsnd_stream_create(format, direction, buffer_frames, wake_fd, &stream);
	if (err < 0)
		return err;
	pthread_mutex_lock(&card->lock[direction]);
	err = open_locked(card, direction, stream, period_frames);
	pthread_mutex_unlock(&card->lock[direction]);
	if (err < 0) {
		vsnd_stream_destroy(stream);
		return err;
	}
	*ret = stream;
	return 0;
}

static void close_locked(
	struct vsnd_card *card, enum vsnd_direction direction, const struct vsnd_stream *stream)
{
	struct vsnd_unit *unit = card->units[direction];

	if (unit == NULL || !vsnd_unit_remove(unit, stream) || unit->streams > 0)
		return;
	vsnd_unit_destroy(unit);
	card->units[direction] = NULL;
	card->inside_ns[direction] = 0;
	card->open[direction] = false;
}

void vsnd_card_close(struct vsnd_card *card, struct vsnd_stream *stream)
{
	for (unsigned i = VSND_PLAYBACK; i <= VSND_CAPTURE; i++) {
		pthread_mutex_lock(&card->lock[i]);
		close_locked(card, i, stream);
		pthread_mutex_unlock(&card->lock[i]);
	}
	vsnd_stream_destroy(stream);
}

void vsnd_card_stat(struct vsnd_card *card, struct vsnd_card_stat *ret)
{
	*ret = (struct vsnd_card_stat){
		.open = {card->open[VSND_PLAYBACK], card->open[VSND_CAPTURE]},
		.real_time = true,
		.quanta = card->quanta,
		.late_quanta = card->late_quanta,
		.xruns = card->xruns,
		.lost = card->lost,
		.wakes = vsnd_delays_count(&card->delays),
		.delay_p50_ns = vsnd_delays_quantile_ns(&card->delays, 5000),
		.delay_p99_ns = vsnd_delays_quantile_ns(&card->delays, 9900),
		.delay_max_ns = card->delays.max_ns,
	};
	pthread_mutex_lock(&card->told_lock);
	memcpy(ret->format, card->formats, sizeof(ret->format));
	memcpy(ret->quantum_frames, card->quantum_frames, sizeof(ret->quantum_frames));
	ret->depth = card->depth.stat;
	pthread_mutex_unlock(&card->told_lock);
	for (unsigned i = VSND_PLAYBACK; i <= VSND_CAPTURE; i++)
		if (ret->open[i] && !card->real_time[i])
			ret->real_time = false;
}

uint64_t vsnd_card_inside_ns(const struct vsnd_card *card, enum vsnd_direction direction)
{
	return card->inside_ns[direction];
}
