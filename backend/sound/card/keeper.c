/* SPDX-License-Identifier: MIT */
/*
 * The keeper of a direction: an ordinary thread that does for the real-time one and for the
 * sessions what takes time, locks or the log: it opens, drains and closes devices.
 */
#include "backend/sound/card/unit.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>

#include "backend/sound/thread.h"
#include "common/log.h"
#include "common/parse.h"

#define NS_PER_MS 1000000ull
#define LOOK_MS 1000 /* for devices that nobody tells of */
#define LOOK_BETTER_MS 5000
#define NODES_MS 100 /* for those of which a network of our own hears nothing */

/* The room, as it was when the keeper looked. */
struct view {
	uint64_t generation;
	struct vsnd_wish wish;
	bool is_first; /* nothing was tried for it */
	bool outgrown;
	void *held; /* the device; only the keeper closes it */
	struct vsnd_format format;
	void *lost; /* a device that failed, the keeper's to close */
	int failure;
};

/* A device that was opened. */
struct found {
	void *device;
	struct vsnd_format format;
	uint32_t quantum_frames;
	unsigned place;
	char buffer[VSND_PLACE_BYTES];
	const char *name; /* in buffer, or NULL */
	struct vsnd_driven driven;
};

/* "device NAME: playback …": not without limit about one that comes and goes. */
__attribute__((format(printf, 3, 4))) static void tell(
	struct vsnd_unit *unit, enum pv_log_level level, const char *format, ...)
{
	const char *name = unit->card->config.name;
	const char *way = unit->direction == VSND_PLAYBACK ? "playback" : "capture";
	char what[VSND_PLACE_BYTES + 100];
	unsigned left_out;
	bool allowed = pv_log_limit_allows(&unit->log_limit, pv_now_ns(), &left_out);
	va_list args;

	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	if (left_out > 0)
		pv_info("device %s: %u lines about %s were left out", name, left_out, way);
	if (allowed)
		pv_log(level, "device %s: %s %s", name, way, what);
	else if (unit->log_limit.left_out == 1)
		pv_warning(
			"device %s: too much to log of %s; it is left out for a while", name, way);
}

/* ---- where ---- */

static void note_here(struct vsnd_unit *unit, const struct found *found)
{
	struct vsnd_here *here = &unit->card->here[unit->direction];

	pthread_mutex_lock(&unit->card->told_lock);
	here->is_there = true;
	snprintf(here->place, sizeof(here->place), "%s", found->name != NULL ? found->name : "");
	here->since_s = (uint64_t)time(NULL);
	here->generation++;
	here->driven = found->driven;
	unit->card->formats[unit->direction] = found->format;
	unit->card->quantum_frames[unit->direction] = found->quantum_frames;
	pthread_mutex_unlock(&unit->card->told_lock);
}

static void note_gone(struct vsnd_unit *unit, bool lost)
{
	struct vsnd_here *here = &unit->card->here[unit->direction];

	pthread_mutex_lock(&unit->card->told_lock);
	here->is_there = false;
	here->place[0] = '\0';
	here->since_s = (uint64_t)time(NULL);
	here->lost += lost;
	pthread_mutex_unlock(&unit->card->told_lock);
}

/* ---- closing ---- */

static void close_retired(struct vsnd_unit *unit)
{
	struct vsnd_room *room;

	pthread_mutex_lock(&unit->lock);
	room = unit->retired;
	unit->retired = NULL;
	pthread_mutex_unlock(&unit->lock);
	while (room != NULL) {
		struct vsnd_room *next = room->next;

		unit->card->config.ops->close(room->held);
		note_gone(unit, false);
		vsnd_room_destroy(room);
		room = next;
	}
	pthread_mutex_lock(&unit->lock);
	if (unit->room == NULL && unit->retired == NULL)
		unit->open = false;
	pthread_mutex_unlock(&unit->lock);
}

/* ---- opening ---- */

static int open_place(struct vsnd_unit *unit, const struct vsnd_wish *wish, struct found *ret)
{
	const struct vsnd_card_config *config = &unit->card->config;
	int err =
		vsnd_card_resolve(unit->card, unit->direction, ret->place, ret->buffer, &ret->name);

	if (err == 0)
		err = vsnd_choose_format(unit, ret->name, &wish->format, &ret->format);
	if (err < 0)
		return err;
	ret->quantum_frames = vsnd_choose_first_quantum(unit, wish, ret->format.rate_hz);
	err = config->ops->open(config, ret->name, unit->direction, &ret->format,
		&ret->quantum_frames, &ret->device);
	ret->driven = (struct vsnd_driven){0};
	if (err == 0 && config->ops->driven != NULL)
		config->ops->driven(ret->device, &ret->driven);
	if (err == -EINVAL) /* asked before, it could: it is another device now */
		vsnd_card_forget(unit->card, unit->direction);
	return err;
}

/* The first from a place on and before another that can be opened; or the first one's error. */
static int open_one_of(struct vsnd_unit *unit, const struct vsnd_wish *wish, unsigned begin,
	unsigned end, struct found *ret)
{
	int first_err = 0;

	for (ret->place = begin; ret->place < end; ret->place++) {
		int err = open_place(unit, wish, ret);

		if (err == 0)
			return 0;
		if (first_err == 0)
			first_err = err;
	}
	return first_err;
}

static bool same_shape(const struct vsnd_room *room, const struct found *found)
{
	return room->format.pcm_format == found->format.pcm_format &&
	       room->format.channels == found->format.channels &&
	       room->format.rate_hz == found->format.rate_hz &&
	       room->quantum_frames == found->quantum_frames;
}

/* With the lock. A device of another shape needs another room; the streams change with it. */
static int change_room(struct vsnd_unit *unit, const struct found *found)
{
	struct vsnd_room *old = unit->room, *room = NULL;
	int err = vsnd_room_create(unit, &old->wish, &found->format, found->quantum_frames, &room);

	if (err == 0)
		err = vsnd_room_copy(room, old);
	if (err < 0) {
		vsnd_room_destroy(room);
		return err;
	}
	room->held = found->device;
	room->device = found->device;
	unit->room = room;
	vsnd_unit_wait_for_turn(unit);
	vsnd_room_destroy(old);
	return 0;
}

/* ret_old: a device that is used no more, and is to be closed; -ESTALE: nobody waits for it now. */
static int install(
	struct vsnd_unit *unit, const struct view *view, const struct found *found, void **ret_old)
{
	struct vsnd_room *room;
	int err = 0;

	pthread_mutex_lock(&unit->lock);
	room = unit->room;
	if (unit->generation != view->generation) {
		err = -ESTALE;
	} else {
		*ret_old = room->held;
		if (same_shape(room, found)) {
			room->held = found->device;
			room->device = found->device;
			room->hold_until_ns = 0;
			vsnd_unit_wait_for_turn(unit);
		} else {
			err = change_room(unit, found);
		}
	}
	if (err == 0)
		unit->generation++;
	pthread_mutex_unlock(&unit->lock);
	(void)eventfd_write(unit->thread_fd, 1);
	return err;
}

static void tell_back(struct vsnd_unit *unit, const char *place)
{
	if (unit->absent)
		tell(unit, PV_LOG_INFO, "is back%s%s", place != NULL ? ", on " : "",
			place != NULL ? place : "");
	unit->absent = false;
}

/* To one of these places, from none or from a worse one. */
static int bring(struct vsnd_unit *unit, const struct view *view, unsigned begin, unsigned end)
{
	struct found found;
	void *old = NULL;
	int err = open_one_of(unit, &view->wish, begin, end, &found);

	if (err < 0)
		return err;
	vsnd_unit_depth_begin(unit, found.device, found.format.rate_hz);
	err = install(unit, view, &found, &old);
	if (err < 0) {
		unit->card->config.ops->close(found.device);
		return err;
	}
	unit->place = found.place;
	note_here(unit, &found);
	if (view->held != NULL)
		tell(unit, PV_LOG_INFO, "goes on on %s", found.name);
	else
		tell_back(unit, found.name);
	if (old != NULL)
		unit->card->config.ops->close(old);
	return 0;
}

/* ---- attending ---- */

/* False: no stream is there. */
static bool look(struct vsnd_unit *unit, struct view *ret)
{
	struct vsnd_room *room;

	pthread_mutex_lock(&unit->lock);
	room = unit->room;
	if (room != NULL) {
		*ret = (struct view){.generation = unit->generation,
			.wish = room->wish,
			.is_first = room->hold_until_ns != 0};
		if (room->held != NULL && room->device == NULL) {
			ret->lost = room->held;
			ret->failure = room->failure;
			room->held = NULL;
		}
		ret->held = room->held;
		ret->format = room->format;
		ret->outgrown = room->outgrown;
		room->outgrown = false;
	}
	pthread_mutex_unlock(&unit->lock);
	return room != NULL;
}

static void drop_lost(struct vsnd_unit *unit, const struct view *view)
{
	unit->card->config.ops->close(view->lost);
	note_gone(unit, true);
	unit->absent = true;
	tell(unit, PV_LOG_WARNING,
		"lost (%s); guests go on in silence until it can be opened again",
		strerror(view->failure));
}

/* Guests wait for it no more. */
static void do_without(struct vsnd_unit *unit, const struct view *view, int err)
{
	if (!unit->absent)
		tell(unit, PV_LOG_WARNING,
			"cannot be opened (%s); guests go on in silence until it can",
			strerror(-err));
	unit->absent = true;
	pthread_mutex_lock(&unit->lock);
	if (unit->generation == view->generation)
		unit->room->hold_until_ns = 0;
	pthread_mutex_unlock(&unit->lock);
	(void)eventfd_write(unit->thread_fd, 1);
}

/* A device that fails as soon as it is open must not be opened all the time. */
static bool may_try(struct vsnd_unit *unit, const struct view *view)
{
	bool told = atomic_exchange(&unit->look, false);

	return told || view->is_first || pv_now_ns() >= unit->tried_ns + LOOK_MS * NS_PER_MS;
}

/* While a device is held: is there a better one, or is it elsewhere now? */
static int look_around(struct vsnd_unit *unit, const struct view *view)
{
	const struct vsnd_card_ops *ops = unit->card->config.ops;
	char buffer[VSND_PLACE_BYTES];
	const char *name;
	bool told = atomic_exchange(&unit->look, false);

	if (told ||
		(unit->place > 0 && pv_now_ns() >= unit->tried_ns + LOOK_BETTER_MS * NS_PER_MS)) {
		unit->tried_ns = pv_now_ns();
		if (unit->place > 0 && bring(unit, view, 0, unit->place) == 0)
			return 0;
	}
	if (told && ops->moved != NULL &&
		vsnd_card_resolve(unit->card, unit->direction, unit->place, buffer, &name) == 0 &&
		ops->moved(view->held, name))
		(void)bring(unit, view, unit->place, unit->place + 1);
	return unit->place > 0 || ops->moved != NULL ? LOOK_BETTER_MS : -1;
}

/* Streams came since it was opened: would it be opened in another format for all of them? */
static bool outgrown(struct vsnd_unit *unit, const struct view *view)
{
	char buffer[VSND_PLACE_BYTES];
	const char *name;

	return view->outgrown &&
	       vsnd_card_resolve(unit->card, unit->direction, unit->place, buffer, &name) == 0 &&
	       vsnd_choose_is_outgrown(unit, name, &view->format, &view->wish.format);
}

/* Most devices can be open only once: it is closed, and then another is brought. False: it is not
 * the room's any more. */
static bool release(struct vsnd_unit *unit, struct view *view)
{
	if (!vsnd_unit_take_device(unit, view->generation))
		return false;
	unit->card->config.ops->close(view->held);
	view->held = NULL;
	unit->look = true;
	return true;
}

/* Returns when to look again at the latest, in ms; negative: when told. */
static int attend(struct vsnd_unit *unit)
{
	struct view view;
	int err;

	if (!look(unit, &view))
		return -1;
	if (view.lost != NULL)
		drop_lost(unit, &view);
	if (view.held != NULL) {
		vsnd_unit_depth_look(unit, view.held, view.format.rate_hz);
		if (!outgrown(unit, &view))
			return look_around(unit, &view);
		if (!release(unit, &view))
			return 0;
	}
	if (!may_try(unit, &view))
		return LOOK_MS;
	unit->tried_ns = pv_now_ns();
	err = bring(unit, &view, 0, vsnd_card_places(unit->card, unit->direction));
	if (err == -ESTALE)
		unit->look = true;
	if (err == 0 || err == -ESTALE)
		return 0;
	do_without(unit, &view, err);
	return LOOK_MS;
}

/* Whom nobody tells sees at least that a card's nodes came or went: the device it wants, or another
 * one for the name of that it has. They may not be usable yet: for a second it is tried again and
 * again. */
static bool nodes_came(struct vsnd_unit *unit)
{
	uint64_t stamp = vsnd_directory_stamp();

	if (stamp != unit->nodes_stamp)
		unit->eager_until_ns = pv_now_ns() + LOOK_MS * NS_PER_MS;
	unit->nodes_stamp = stamp;
	return pv_now_ns() < unit->eager_until_ns;
}

static void keeper_wait(struct vsnd_unit *unit, int timeout_ms)
{
	struct pollfd poll_fd = {.fd = unit->keeper_fd, .events = POLLIN};
	bool watches = unit->card->directory != NULL && timeout_ms > 0;
	eventfd_t count;

	while (watches && timeout_ms > NODES_MS) {
		timeout_ms -= NODES_MS;
		if (poll(&poll_fd, 1, NODES_MS) > 0)
			break;
		if (nodes_came(unit)) {
			unit->look = true;
			return;
		}
	}
	if (poll(&poll_fd, 1, timeout_ms) > 0)
		(void)eventfd_read(unit->keeper_fd, &count);
}

static void *keeper_thread(void *arg)
{
	struct vsnd_unit *unit = arg;

	unit->nodes_stamp = vsnd_directory_stamp();
	while (!unit->quit) {
		close_retired(unit);
		vsnd_query_answer(unit);
		keeper_wait(unit, attend(unit));
	}
	close_retired(unit);
	return NULL;
}

int vsnd_keeper_start(struct vsnd_unit *unit)
{
	return vsnd_thread_start(0, keeper_thread, unit, &unit->keeper);
}
