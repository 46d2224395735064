/* SPDX-License-Identifier: MIT */
#include "backend/sound/card_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define QUANTA_PER_S 375u
#define QUANTA_PER_S_MAX 3000u
#define QUANTA_PER_PERIOD 4u

int vsnd_card_create(const struct vsnd_card_config *config, struct vsnd_card **ret)
{
	struct vsnd_card *card = calloc(1, sizeof(*card));

	if (card == NULL)
		return -ENOMEM;
	card->config = *config;
	if (config->ops->prepare != NULL)
		config->ops->prepare();
	pthread_mutex_init(&card->lock[VSND_PLAYBACK], NULL);
	pthread_mutex_init(&card->lock[VSND_CAPTURE], NULL);
	*ret = card;
	return 0;
}

void vsnd_card_destroy(struct vsnd_card *card)
{
	if (card == NULL)
		return;
	pthread_mutex_destroy(&card->lock[VSND_PLAYBACK]);
	pthread_mutex_destroy(&card->lock[VSND_CAPTURE]);
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

/*
 * As card.h says, and if one is not below a third of that, a whole part of half a period, or of a
 * period: then the guest hears of each of its periods when it ends.
 */
static uint32_t choose_quantum(uint32_t rate_hz, uint32_t period_frames)
{
	uint32_t most = rate_hz / QUANTA_PER_S;

	if (most > period_frames / QUANTA_PER_PERIOD)
		most = period_frames / QUANTA_PER_PERIOD;
	if (most < rate_hz / QUANTA_PER_S_MAX)
		most = rate_hz / QUANTA_PER_S_MAX;
	if (most > period_frames / 2)
		most = period_frames / 2;
	if (most <= VSND_QUANTUM_MIN_FRAMES)
		return VSND_QUANTUM_MIN_FRAMES;
	for (uint32_t parts = 2; parts >= 1; parts--)
		for (uint32_t quantum = most;
			quantum >= VSND_QUANTUM_MIN_FRAMES && 3 * quantum > most; quantum--)
			if (period_frames % (parts * quantum) == 0)
				return quantum;
	return most;
}

static void unit_free(struct vsnd_unit *unit)
{
	void (*close_device)(void *priv) = unit->card->config.ops->close;

	if (unit->device != NULL)
		close_device(unit->device);
	if (unit->failed != NULL)
		close_device(unit->failed);
	if (unit->keeper_fd >= 0)
		close(unit->keeper_fd);
	vsnd_stream_destroy(unit->stream);
	free(unit->samples);
	free(unit);
}

/* Everything that takes memory, and then the device. */
static int unit_fill(struct vsnd_unit *unit, uint32_t buffer_frames, int wake_fd)
{
	const struct vsnd_card_config *config = &unit->card->config;
	uint32_t frame_bytes;
	void *device;
	int err = vsnd_format_frame_bytes(&unit->format, &frame_bytes);

	if (err < 0)
		return err;
	err = vsnd_stream_create(
		&unit->format, unit->direction, buffer_frames, wake_fd, &unit->stream);
	if (err < 0)
		return err;
	unit->keeper_fd = eventfd(0, EFD_CLOEXEC);
	if (unit->keeper_fd < 0)
		return -errno;
	err = config->ops->open(
		config, unit->direction, &unit->format, &unit->quantum_frames, &device);
	if (err < 0)
		return err;
	unit->device = device;
	unit->samples = malloc((size_t)unit->quantum_frames * frame_bytes);
	if (unit->samples == NULL)
		return -ENOMEM;
	vsnd_format_silence(&unit->format, unit->samples, unit->quantum_frames);
	return vsnd_unit_start(unit);
}

static int open_locked(struct vsnd_card *card, enum vsnd_direction direction,
	const struct vsnd_format *format, uint32_t period_frames, uint32_t buffer_frames,
	int wake_fd)
{
	struct vsnd_unit *unit;
	int err;

	if (card->units[direction] != NULL)
		return -EBUSY;
	vsnd_card_learn(card, direction);
	unit = calloc(1, sizeof(*unit));
	if (unit == NULL)
		return -ENOMEM;
	unit->card = card;
	unit->direction = direction;
	unit->format = *format;
	unit->quantum_frames = choose_quantum(format->rate_hz, period_frames);
	unit->keeper_fd = -1;
	err = unit_fill(unit, buffer_frames, wake_fd);
	if (err < 0) {
		unit_free(unit);
		/* Asked before, it could: it is another device now. */
		if (err == -EINVAL)
			vsnd_card_forget(card, direction);
		return err;
	}
	card->units[direction] = unit;
	card->real_time[direction] = unit->real_time;
	card->open[direction] = true;
	return 0;
}

int vsnd_card_open(struct vsnd_card *card, enum vsnd_direction direction,
	const struct vsnd_format *format, uint32_t period_frames, uint32_t buffer_frames,
	int wake_fd, struct vsnd_stream **ret)
{
	int err;

	if (!vsnd_card_has(card, direction))
		return -ENODEV;
	if (period_frames == 0 || buffer_frames < period_frames)
		return -EINVAL;
	pthread_mutex_lock(&card->lock[direction]);
	err = open_locked(card, direction, format, period_frames, buffer_frames, wake_fd);
	if (err == 0)
		*ret = card->units[direction]->stream;
	pthread_mutex_unlock(&card->lock[direction]);
	return err;
}

void vsnd_card_close(struct vsnd_card *card, struct vsnd_stream *stream)
{
	for (unsigned i = VSND_PLAYBACK; i <= VSND_CAPTURE; i++) {
		struct vsnd_unit *unit;

		pthread_mutex_lock(&card->lock[i]);
		unit = card->units[i];
		if (unit != NULL && unit->stream == stream) {
			vsnd_unit_end(unit);
			unit_free(unit);
			card->units[i] = NULL;
			card->open[i] = false;
		}
		pthread_mutex_unlock(&card->lock[i]);
	}
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
	};
	for (unsigned i = VSND_PLAYBACK; i <= VSND_CAPTURE; i++)
		if (ret->open[i] && !card->real_time[i])
			ret->real_time = false;
}
