/* SPDX-License-Identifier: MIT */
/* An open direction of a device, but for its threads: the device's format, memory, streams. */
#include "backend/sound/card/unit.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#define QUANTA_PER_S 375u
#define QUANTA_PER_S_MAX 3000u
#define QUANTA_PER_PERIOD 4u
#define LEAVE_NAP_NS 50000

/*
 * As card.h says, and if one is not below a third of that, a whole part of half a period, or of a
 * period: then the guest hears of each of its periods when it ends.
 */
uint32_t vsnd_unit_quantum(uint32_t rate_hz, uint32_t period_frames)
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

/* ---- the device's format ---- */

static const struct vsnd_ranges anything = {
	.formats = VSND_FORMATS_ALL,
	.rate_min = VSND_RATE_MIN_HZ,
	.rate_max = VSND_RATE_MAX_HZ,
	.channels_min = 1,
	.channels_max = VSND_CHANNELS_MAX,
	.buffer_min = 1,
	.buffer_max = UINT32_MAX,
	.period_min = 1,
	.period_max = UINT32_MAX,
};

static bool takes(const struct vsnd_card *card, enum vsnd_direction direction,
	const struct vsnd_format *format)
{
	struct vsnd_ranges ranges = anything;

	ranges.formats = UINT64_C(1) << format->pcm_format;
	ranges.rate_min = ranges.rate_max = format->rate_hz;
	ranges.channels_min = ranges.channels_max = format->channels;
	return card->config.ops->query(&card->config, direction, &ranges) == 0;
}

static uint32_t within(uint32_t value, uint32_t min, uint32_t max)
{
	return value < min ? min : value > max ? max : value;
}

/* The guest's channels and sample format, or near it; false: not at this rate. */
static bool take_at_rate(const struct vsnd_card *card, enum vsnd_direction direction,
	const struct vsnd_format *guest, const struct vsnd_ranges *can, struct vsnd_format *ret)
{
	const uint8_t formats[] = {guest->pcm_format, XENSND_PCM_FORMAT_S32_LE,
		XENSND_PCM_FORMAT_F32_LE, XENSND_PCM_FORMAT_S24_LE, XENSND_PCM_FORMAT_S16_LE,
		XENSND_PCM_FORMAT_U8};
	const uint32_t channels[] = {within(guest->channels, can->channels_min, can->channels_max),
		within(2, can->channels_min, can->channels_max), can->channels_max};

	for (unsigned k = 0; k < sizeof(channels) / sizeof(channels[0]); k++)
		for (unsigned i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
			ret->pcm_format = formats[i];
			ret->channels = (uint8_t)channels[k];
			if ((can->formats & UINT64_C(1) << formats[i]) &&
				takes(card, direction, ret))
				return true;
		}
	return false;
}

static int choose_format(const struct vsnd_card *card, enum vsnd_direction direction,
	const struct vsnd_format *guest, struct vsnd_format *ret)
{
	static const uint32_t usual[] = {48000, 44100, 96000, 88200, 192000, 32000, 16000, 8000};
	struct vsnd_ranges can = anything;
	int err;

	*ret = *guest;
	if (takes(card, direction, guest))
		return 0;
	err = card->config.ops->query(&card->config, direction, &can);
	if (err < 0)
		return err;
	ret->rate_hz = within(guest->rate_hz, can.rate_min, can.rate_max);
	if (take_at_rate(card, direction, guest, &can, ret))
		return 0;
	for (unsigned i = 0; i < sizeof(usual) / sizeof(usual[0]); i++) {
		ret->rate_hz = within(usual[i], can.rate_min, can.rate_max);
		if (take_at_rate(card, direction, guest, &can, ret))
			return 0;
	}
	return -EINVAL;
}

/* ---- coming and going ---- */

static void unit_free(struct vsnd_unit *unit)
{
	void (*close_device)(void *priv) = unit->card->config.ops->close;

	if (unit->device != NULL)
		close_device(unit->device);
	if (unit->failed != NULL)
		close_device(unit->failed);
	if (unit->keeper_fd >= 0)
		close(unit->keeper_fd);
	vsnd_desk_destroy(unit->desk);
	free(unit->samples);
	free(unit);
}

/* The device, and everything that takes memory. */
static int unit_fill(struct vsnd_unit *unit)
{
	const struct vsnd_card_config *config = &unit->card->config;
	void *device;
	int err = vsnd_format_frame_bytes(&unit->format, &unit->frame_bytes);

	if (err < 0)
		return err;
	unit->keeper_fd = eventfd(0, EFD_CLOEXEC);
	if (unit->keeper_fd < 0)
		return -errno;
	err = config->ops->open(
		config, unit->direction, &unit->format, &unit->quantum_frames, &device);
	if (err < 0)
		return err;
	vsnd_unit_depth_begin(unit, device);
	unit->device = device;
	err = vsnd_desk_create(&(struct vsnd_desk_params){.direction = unit->direction,
				       .device = unit->format,
				       .quality = config->quality,
				       .most_frames = unit->quantum_frames},
		&unit->desk);
	if (err < 0)
		return err;
	unit->samples = malloc((size_t)unit->quantum_frames * unit->frame_bytes);
	if (unit->samples == NULL)
		return -ENOMEM;
	vsnd_format_silence(&unit->format, unit->samples, unit->quantum_frames);
	return vsnd_unit_start(unit);
}

/* What a device may have at most, or what the first stream wishes where that matters to it. */
static uint32_t first_quantum(
	const struct vsnd_unit *unit, uint32_t guest_rate_hz, uint32_t quantum_frames)
{
	uint32_t frames = unit->format.rate_hz / QUANTA_PER_S;

	if (!unit->card->config.ops->any_quantum)
		frames =
			(uint32_t)((uint64_t)quantum_frames * unit->format.rate_hz / guest_rate_hz);
	return frames > VSND_QUANTUM_MIN_FRAMES ? frames : VSND_QUANTUM_MIN_FRAMES;
}

int vsnd_unit_create(struct vsnd_card *card, enum vsnd_direction direction,
	const struct vsnd_format *guest, uint32_t quantum_frames, struct vsnd_unit **ret)
{
	struct vsnd_unit *unit = calloc(1, sizeof(*unit));
	int err;

	if (unit == NULL)
		return -ENOMEM;
	unit->card = card;
	unit->direction = direction;
	unit->keeper_fd = -1;
	err = choose_format(card, direction, guest, &unit->format);
	if (err == 0) {
		unit->quantum_frames = first_quantum(unit, guest->rate_hz, quantum_frames);
		err = unit_fill(unit);
	}
	if (err < 0) {
		unit_free(unit);
		return err;
	}
	*ret = unit;
	return 0;
}

void vsnd_unit_destroy(struct vsnd_unit *unit)
{
	if (unit == NULL)
		return;
	vsnd_unit_end(unit);
	unit_free(unit);
}

int vsnd_unit_add(struct vsnd_unit *unit, struct vsnd_stream *stream, uint32_t quantum_frames)
{
	const struct vsnd_format *guest = vsnd_stream_format(stream);
	struct vsnd_guest_feed *feed = calloc(1, sizeof(*feed));
	int err;

	if (feed == NULL)
		return -ENOMEM;
	feed->quantum_frames =
		(uint32_t)((uint64_t)quantum_frames * unit->format.rate_hz / guest->rate_hz);
	err = vsnd_feed_create(
		stream, unit->desk, unit->card->config.gaps == VSND_GAPS_SILENCE, &feed->feed);
	if (err < 0) {
		free(feed);
		return err;
	}
	for (unsigned i = 0; i < VSND_CARD_STREAMS_MAX; i++)
		if (unit->seats[i] == NULL) {
			unit->streams++;
			unit->seats[i] = feed;
			return 0;
		}
	vsnd_feed_destroy(feed->feed);
	free(feed);
	return -EBUSY;
}

/* The thread reads the seats at the beginning of a turn: whoever was there at the beginning of this
 * one may be looked at until its end. */
static void wait_for_turn(const struct vsnd_unit *unit)
{
	static const struct timespec nap = {.tv_nsec = LEAVE_NAP_NS};
	uint64_t turn = unit->turn;

	while (turn % 2 == 1 && unit->turn == turn)
		nanosleep(&nap, NULL);
}

bool vsnd_unit_remove(struct vsnd_unit *unit, const struct vsnd_stream *stream)
{
	for (unsigned i = 0; i < VSND_CARD_STREAMS_MAX; i++) {
		struct vsnd_guest_feed *feed = unit->seats[i];

		if (feed == NULL || vsnd_feed_stream(feed->feed) != stream)
			continue;
		unit->seats[i] = NULL;
		unit->streams--;
		wait_for_turn(unit);
		vsnd_feed_destroy(feed->feed);
		free(feed);
		return true;
	}
	return false;
}
