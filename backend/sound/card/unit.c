/* SPDX-License-Identifier: MIT */
/* Rooms: memory and seats for streams. */
#include "backend/sound/card/unit.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#define LEAVE_NAP_NS 50000
#define HUSH_MS 12
#define HUSH_MS_MAX 100

static int room_fill(struct vsnd_room *room)
{
	const struct vsnd_desk_params params = {.direction = room->unit->direction,
		.device = room->format,
		.quality = room->unit->card->config.quality,
		.most_frames = room->quantum_frames};
	int err = vsnd_format_frame_bytes(&room->format, &room->frame_bytes);

	if (err == 0)
		err = vsnd_desk_create(&params, &room->desk);
	if (err < 0)
		return err;
	room->samples = malloc((size_t)room->quantum_frames * room->frame_bytes);
	if (room->samples == NULL)
		return -ENOMEM;
	vsnd_format_silence(&room->format, room->samples, room->quantum_frames);
	return 0;
}

int vsnd_room_create(struct vsnd_unit *unit, const struct vsnd_wish *wish,
	const struct vsnd_format *format, uint32_t quantum_frames, struct vsnd_room **ret)
{
	struct vsnd_room *room = calloc(1, sizeof(*room));
	int err;

	if (room == NULL)
		return -ENOMEM;
	room->unit = unit;
	room->wish = *wish;
	room->format = *format;
	room->quantum_frames = quantum_frames;
	err = room_fill(room);
	if (err < 0) {
		vsnd_room_destroy(room);
		return err;
	}
	*ret = room;
	return 0;
}

static void guest_feed_destroy(struct vsnd_guest_feed *feed)
{
	if (feed == NULL)
		return;
	vsnd_feed_destroy(feed->feed);
	free(feed);
}

void vsnd_room_destroy(struct vsnd_room *room)
{
	if (room == NULL)
		return;
	for (unsigned i = 0; i < VSND_CARD_STREAMS_MAX; i++)
		guest_feed_destroy(room->seats[i]);
	vsnd_desk_destroy(room->desk);
	free(room->samples);
	free(room);
}

static int guest_feed_create(const struct vsnd_room *room, struct vsnd_stream *stream,
	uint32_t wish_frames, struct vsnd_guest_feed **ret)
{
	bool cut_gaps = room->unit->card->config.gaps == VSND_GAPS_SILENCE;
	struct vsnd_guest_feed *feed = calloc(1, sizeof(*feed));
	int err;

	if (feed == NULL)
		return -ENOMEM;
	feed->wish_frames = wish_frames;
	feed->quantum_frames = (uint32_t)((uint64_t)wish_frames * room->format.rate_hz /
					  vsnd_stream_format(stream)->rate_hz);
	err = vsnd_feed_create(stream, room->desk, cut_gaps, &feed->feed);
	if (err < 0) {
		guest_feed_destroy(feed);
		return err;
	}
	*ret = feed;
	return 0;
}

int vsnd_room_add(struct vsnd_room *room, struct vsnd_stream *stream, uint32_t wish_frames)
{
	struct vsnd_guest_feed *feed;
	unsigned seat = 0;
	int err;

	while (seat < VSND_CARD_STREAMS_MAX && room->seats[seat] != NULL)
		seat++;
	if (seat == VSND_CARD_STREAMS_MAX)
		return -EBUSY;
	err = guest_feed_create(room, stream, wish_frames, &feed);
	if (err < 0)
		return err;
	room->streams++;
	room->seats[seat] = feed;
	return 0;
}

int vsnd_room_copy(struct vsnd_room *room, const struct vsnd_room *from)
{
	int err = 0;

	for (unsigned i = 0; i < VSND_CARD_STREAMS_MAX && err == 0; i++) {
		const struct vsnd_guest_feed *feed = from->seats[i];

		if (feed != NULL)
			err = vsnd_room_add(room, vsnd_feed_stream(feed->feed), feed->wish_frames);
	}
	return err;
}

int vsnd_room_find(const struct vsnd_room *room, const struct vsnd_stream *stream)
{
	for (unsigned i = 0; i < VSND_CARD_STREAMS_MAX; i++) {
		const struct vsnd_guest_feed *feed = room->seats[i];

		if (feed != NULL && vsnd_feed_stream(feed->feed) == stream)
			return (int)i;
	}
	return -1;
}

void vsnd_room_remove(struct vsnd_room *room, unsigned seat)
{
	struct vsnd_guest_feed *feed = room->seats[seat];

	room->seats[seat] = NULL;
	room->streams--;
	vsnd_unit_wait_for_turn(room->unit);
	guest_feed_destroy(feed);
}

void vsnd_unit_wait_for_turn(const struct vsnd_unit *unit)
{
	static const struct timespec nap = {.tv_nsec = LEAVE_NAP_NS};
	uint64_t turn = unit->turn;

	while (turn % 2 == 1 && unit->turn == turn)
		nanosleep(&nap, NULL);
}

/* As many quanta as a ramp has, if they come in time. */
static void hush(struct vsnd_unit *unit, uint64_t generation)
{
	static const struct timespec nap = {.tv_nsec = 1000000};
	uint64_t quanta = 0, turn = unit->turn;

	pthread_mutex_lock(&unit->lock);
	if (unit->generation == generation) {
		const struct vsnd_room *room = unit->room;

		vsnd_desk_hush(room->desk, true);
		quanta = room->format.rate_hz / 100 / room->quantum_frames + 2;
	}
	pthread_mutex_unlock(&unit->lock);
	for (unsigned ms = 0; ms < HUSH_MS_MAX && quanta > 0; ms++) {
		if (ms >= HUSH_MS && unit->turn - turn >= 2 * quanta)
			break;
		nanosleep(&nap, NULL);
	}
}

bool vsnd_unit_take_device(struct vsnd_unit *unit, uint64_t generation)
{
	bool same;

	hush(unit, generation);
	pthread_mutex_lock(&unit->lock);
	same = unit->generation == generation;
	if (same) {
		unit->room->device = NULL;
		vsnd_unit_wait_for_turn(unit);
		unit->room->held = NULL;
	}
	if (unit->room != NULL)
		vsnd_desk_hush(unit->room->desk, false);
	pthread_mutex_unlock(&unit->lock);
	return same;
}
