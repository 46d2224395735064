/* SPDX-License-Identifier: MIT */
/* Cards, and streams that come and go. */
#include "backend/sound/card/unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/parse.h"

#define HOLD_NS 2000000000ull

static void unit_begin(struct vsnd_card *card, enum vsnd_direction direction)
{
	struct vsnd_unit *unit = &card->units[direction];
	pthread_mutexattr_t attributes;
	pthread_condattr_t cond_attributes;

	unit->card = card;
	unit->direction = direction;
	unit->thread_fd = -1;
	unit->keeper_fd = -1;
	/* The keeper takes them, too, and may be put aside while it has them. */
	pthread_mutexattr_init(&attributes);
	pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_INHERIT);
	pthread_mutex_init(&unit->lock, &attributes);
	pthread_mutex_init(&unit->answers_lock, &attributes);
	pthread_mutexattr_destroy(&attributes);
	pthread_condattr_init(&cond_attributes);
	pthread_condattr_setclock(&cond_attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&unit->answered, &cond_attributes);
	pthread_condattr_destroy(&cond_attributes);
}

static void unit_end(struct vsnd_unit *unit)
{
	unit->quit = true;
	if (unit->thread_runs) {
		(void)eventfd_write(unit->thread_fd, 1);
		pthread_join(unit->thread, NULL);
	}
	if (unit->keeper_runs) {
		(void)eventfd_write(unit->keeper_fd, 1);
		pthread_join(unit->keeper, NULL);
	}
	if (unit->thread_fd >= 0)
		close(unit->thread_fd);
	if (unit->keeper_fd >= 0)
		close(unit->keeper_fd);
	pthread_mutex_destroy(&unit->lock);
	pthread_mutex_destroy(&unit->answers_lock);
	pthread_cond_destroy(&unit->answered);
}

int vsnd_card_create(const struct vsnd_card_config *config, struct vsnd_card **ret)
{
	struct vsnd_card *card = calloc(1, sizeof(*card));

	if (card == NULL)
		return -ENOMEM;
	card->config = *config;
	if (config->ops->prepare != NULL)
		config->ops->prepare();
	pthread_mutex_init(&card->told_lock, NULL);
	unit_begin(card, VSND_PLAYBACK);
	unit_begin(card, VSND_CAPTURE);
	*ret = card;
	return 0;
}

void vsnd_card_destroy(struct vsnd_card *card)
{
	if (card == NULL)
		return;
	if (card->directory != NULL)
		vsnd_directory_unsubscribe(card->directory, card);
	unit_end(&card->units[VSND_PLAYBACK]);
	unit_end(&card->units[VSND_CAPTURE]);
	pthread_mutex_destroy(&card->told_lock);
	free(card);
}

static void look_again(void *ctx)
{
	vsnd_card_look_again(ctx);
}

int vsnd_card_follow(struct vsnd_card *card, struct vsnd_directory *directory)
{
	int err = vsnd_directory_subscribe(directory, look_again, card);

	if (err == 0)
		card->directory = directory;
	return err;
}

/* A clock has both directions without being told; the others have what is named. */
bool vsnd_card_has(const struct vsnd_card *card, enum vsnd_direction direction)
{
	const struct vsnd_card_config *config = &card->config;

	if (config->playback == NULL && config->capture == NULL)
		return true;
	return (direction == VSND_PLAYBACK ? config->playback : config->capture) != NULL;
}

static char *const *places_of(const struct vsnd_card *card, enum vsnd_direction direction)
{
	return direction == VSND_PLAYBACK ? card->config.playbacks : card->config.captures;
}

unsigned vsnd_card_places(const struct vsnd_card *card, enum vsnd_direction direction)
{
	char *const *places = places_of(card, direction);
	unsigned count = 0;

	while (places != NULL && places[count] != NULL)
		count++;
	return count > 0 ? count : 1;
}

const char *vsnd_card_place(
	const struct vsnd_card *card, enum vsnd_direction direction, unsigned place)
{
	if (places_of(card, direction) != NULL)
		return places_of(card, direction)[place];
	return direction == VSND_PLAYBACK ? card->config.playback : card->config.capture;
}

int vsnd_card_resolve(const struct vsnd_card *card, enum vsnd_direction direction, unsigned place,
	char ret[VSND_PLACE_BYTES], const char **ret_name)
{
	const char *name = vsnd_card_place(card, direction, place);
	int err;

	if (name != NULL) {
		err = vsnd_directory_resolve(card->directory, name, ret, VSND_PLACE_BYTES);
		if (err < 0)
			return err;
		name = ret;
	}
	*ret_name = name;
	return 0;
}

/* ---- opening ---- */

static int start_keeper_locked(struct vsnd_unit *unit)
{
	int err;

	if (unit->keeper_runs)
		return 0;
	if (unit->thread_fd < 0)
		unit->thread_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (unit->keeper_fd < 0)
		unit->keeper_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (unit->thread_fd < 0 || unit->keeper_fd < 0)
		return -errno;
	err = vsnd_keeper_start(unit);
	unit->keeper_runs = err == 0;
	return err;
}

int vsnd_unit_start_keeper(struct vsnd_unit *unit)
{
	int err;

	pthread_mutex_lock(&unit->lock);
	err = start_keeper_locked(unit);
	pthread_mutex_unlock(&unit->lock);
	return err;
}

static int start_threads(struct vsnd_unit *unit)
{
	int err = start_keeper_locked(unit);

	if (err < 0 || unit->thread_runs)
		return err;
	err = vsnd_device_thread_start(unit);
	unit->thread_runs = err == 0;
	return err;
}

/* The first stream: a room in its format, which may do for the device. */
static int begin_room(struct vsnd_unit *unit, struct vsnd_stream *stream, uint32_t quantum_frames)
{
	struct vsnd_wish wish =
		vsnd_choose_wish(&unit->card->config, vsnd_stream_format(stream), quantum_frames);
	struct vsnd_room *room;
	int err;

	err = vsnd_room_create(unit, &wish, &wish.format,
		vsnd_choose_first_quantum(unit, &wish, wish.format.rate_hz), &room);
	if (err < 0)
		return err;
	err = vsnd_room_add(room, stream, quantum_frames);
	if (err < 0) {
		vsnd_room_destroy(room);
		return err;
	}
	room->hold_until_ns = pv_now_ns() + HOLD_NS;
	unit->generation++;
	unit->open = true;
	unit->room = room;
	(void)eventfd_write(unit->thread_fd, 1);
	(void)eventfd_write(unit->keeper_fd, 1);
	return 0;
}

/* Another stream: the device may do no more. */
static int join_room(struct vsnd_unit *unit, struct vsnd_stream *stream, uint32_t quantum_frames)
{
	struct vsnd_room *room = unit->room;
	int err = vsnd_room_add(room, stream, quantum_frames);

	if (err < 0 ||
		!vsnd_choose_widen(&unit->card->config, &room->wish, vsnd_stream_format(stream)))
		return err;
	room->outgrown = true;
	unit->generation++;
	(void)eventfd_write(unit->keeper_fd, 1);
	return 0;
}

static int open_locked(struct vsnd_unit *unit, struct vsnd_stream *stream, uint32_t period_frames)
{
	uint32_t quantum_frames =
		vsnd_choose_quantum(vsnd_stream_format(stream)->rate_hz, period_frames);
	int err = start_threads(unit);

	if (err < 0)
		return err;
	return unit->room != NULL ? join_room(unit, stream, quantum_frames)
				  : begin_room(unit, stream, quantum_frames);
}

int vsnd_card_open(struct vsnd_card *card, enum vsnd_direction direction,
	const struct vsnd_format *format, uint32_t period_frames, uint32_t buffer_frames,
	int wake_fd, uint32_t owner, struct vsnd_stream **ret)
{
	struct vsnd_unit *unit = &card->units[direction];
	struct vsnd_stream *stream;
	int err;

	if (!vsnd_card_has(card, direction))
		return -ENODEV;
	if (period_frames == 0 || buffer_frames < period_frames)
		return -EINVAL;
	err = vsnd_stream_create(format, direction, buffer_frames, wake_fd, &stream);
	if (err < 0)
		return err;
	vsnd_stream_set_owner(stream, owner);
	if (direction == VSND_CAPTURE && card->config.gaps != VSND_GAPS_SILENCE)
		err = vsnd_stream_fade_losses(stream);
	if (err == 0) {
		pthread_mutex_lock(&unit->lock);
		err = open_locked(unit, stream, period_frames);
		pthread_mutex_unlock(&unit->lock);
	}
	if (err < 0) {
		vsnd_stream_destroy(stream);
		return err;
	}
	*ret = stream;
	return 0;
}

/* ---- closing ---- */

/* With the last stream the room goes; a device that it has is closed by the keeper. */
static void close_locked(struct vsnd_unit *unit, const struct vsnd_stream *stream)
{
	struct vsnd_room *room = unit->room;
	int seat = room != NULL ? vsnd_room_find(room, stream) : -1;

	if (seat < 0)
		return;
	if (room->streams == 1) {
		unit->generation++;
		unit->room = NULL;
	}
	vsnd_room_remove(room, (unsigned)seat);
	if (room->streams > 0)
		return;
	unit->card->inside_ns[unit->direction] = 0;
	if (room->held != NULL) {
		room->next = unit->retired;
		unit->retired = room;
	} else {
		vsnd_room_destroy(room);
	}
	(void)eventfd_write(unit->keeper_fd, 1);
}

void vsnd_card_close(struct vsnd_card *card, struct vsnd_stream *stream)
{
	for (unsigned i = VSND_PLAYBACK; i <= VSND_CAPTURE; i++) {
		pthread_mutex_lock(&card->units[i].lock);
		close_locked(&card->units[i], stream);
		pthread_mutex_unlock(&card->units[i].lock);
	}
	vsnd_stream_destroy(stream);
}

/* ---- devices ---- */

void vsnd_card_look_again(struct vsnd_card *card)
{
	for (unsigned i = VSND_PLAYBACK; i <= VSND_CAPTURE; i++) {
		struct vsnd_unit *unit = &card->units[i];

		unit->look = true;
		if (unit->open)
			(void)eventfd_write(unit->keeper_fd, 1);
	}
}

void vsnd_card_stat(struct vsnd_card *card, struct vsnd_card_stat *ret)
{
	*ret = (struct vsnd_card_stat){
		.real_time = true,
		.quanta = card->quanta,
		.late_quanta = card->late_quanta,
		.xruns = card->xruns,
		.lost = card->lost,
		.wake = vsnd_delays_lateness(&card->delays),
	};
	for (unsigned i = VSND_PLAYBACK; i <= VSND_CAPTURE; i++) {
		struct vsnd_unit *unit = &card->units[i];

		ret->open[i] = unit->open;
		if (unit->open && !unit->real_time)
			ret->real_time = false;
	}
	pthread_mutex_lock(&card->told_lock);
	memcpy(ret->here, card->here, sizeof(ret->here));
	memcpy(ret->format, card->formats, sizeof(ret->format));
	memcpy(ret->quantum_frames, card->quantum_frames, sizeof(ret->quantum_frames));
	ret->depth = card->depth.stat;
	pthread_mutex_unlock(&card->told_lock);
}

uint64_t vsnd_card_inside_ns(const struct vsnd_card *card, enum vsnd_direction direction)
{
	return card->inside_ns[direction];
}
