/* SPDX-License-Identifier: MIT */
/* What card.c (opening, closing), unit.c, query.c and device_thread.c share. */
#ifndef VSND_UNIT_H
#define VSND_UNIT_H

#include <pthread.h>
#include <stdatomic.h>

#include "backend/sound/card/card.h"
#include "backend/sound/card/delays.h"
#include "backend/sound/card/pace.h"
#include "backend/sound/engine/feed.h"

#define VSND_QUANTUM_MIN_FRAMES 16u

/* What a device can at all. */
struct vsnd_answer {
	struct vsnd_ranges ranges;
	int err;
	uint64_t got_ns; /* 0: unused */
	uint64_t lost;   /* the card's count then: a device that went may come back as another */
};

/* A stream at an open device. The real-time thread finds them in the unit's seats. */
struct vsnd_guest_feed {
	struct vsnd_feed *feed;
	uint32_t quantum_frames; /* what the stream wishes, in the device's frames */
	_Atomic bool ran;        /* the real-time thread's: in the quantum under way */
};

/*
 * An open direction: the device, the streams on it, the real-time thread and its keeper. `turn` is
 * odd while the thread is in a quantum: who takes a feed away from its seat waits for that to end.
 */
struct vsnd_unit {
	struct vsnd_card *card;
	enum vsnd_direction direction;
	struct vsnd_format format; /* the device's */
	uint32_t frame_bytes;
	uint32_t quantum_frames; /* of one transfer, at most */
	_Atomic(struct vsnd_guest_feed *) seats[VSND_CARD_STREAMS_MAX];
	unsigned streams;
	_Atomic uint64_t turn;
	struct vsnd_desk *desk; /* where the streams meet */
	void *samples;          /* a quantum of the device's */
	pthread_t thread;
	pthread_t keeper;
	int keeper_fd; /* an eventfd: something for the keeper to look at */
	bool real_time;
	_Atomic bool quit;
	/* The real-time thread's while set; it sets NULL when the device fails, and the keeper,
	 * who finds the old one in `failed`, sets the new one. */
	_Atomic(void *) device;
	void *failed;
	int failure; /* its errno */
	/* The real-time thread's: when its last quantum was over, and what went wrong with this. */
	uint64_t ended_ns;
	struct vsnd_mishap mishap;
};

/* The controller of a card's playback device. It outlives units: what was learnt is kept while the
 * chain's step and the limits are the same. */
struct vsnd_card_depth {
	bool begun;
	struct vsnd_depth_params params; /* as the unit's device has it */
	struct vsnd_depth control;
	struct vsnd_card_depth_stat stat;
};

struct vsnd_card {
	struct vsnd_card_config config; /* strings and ops are the configuration's */
	pthread_mutex_t lock[2];        /* by direction: open, close, and units */
	struct vsnd_unit *units[2];
	/* Not the same: who asks must not wait for a device that opens or drains. */
	pthread_mutex_t answers_lock[2];
	struct vsnd_answer answers[2];
	_Atomic bool open[2];
	_Atomic bool real_time[2];
	_Atomic uint64_t quanta;
	_Atomic uint64_t late_quanta;
	_Atomic uint64_t xruns;
	_Atomic uint64_t lost;
	_Atomic uint64_t inside_ns[2]; /* vsnd_card_inside_ns */
	struct vsnd_delays delays;
	pthread_mutex_t told_lock; /* of what follows, which is for vsnd_card_stat */
	struct vsnd_format formats[2];
	uint32_t quantum_frames[2];
	struct vsnd_card_depth depth;
};

bool vsnd_card_has(const struct vsnd_card *card, enum vsnd_direction direction);
/* What is known of the device is wrong. */
void vsnd_card_forget(struct vsnd_card *card, enum vsnd_direction direction);

/* How many frames at a time a stream of such periods is to be served. */
uint32_t vsnd_unit_quantum(uint32_t rate_hz, uint32_t period_frames);
/*
 * Opens the device, in the guest's format if it can, else in the nearest that it can, and starts
 * its threads. -EINVAL: no format of the device's is possible; others as the device's open.
 */
int vsnd_unit_create(struct vsnd_card *card, enum vsnd_direction direction,
	const struct vsnd_format *guest, uint32_t quantum_frames, struct vsnd_unit **ret);
/* Ends its threads, closes the device. No stream may be there. Takes NULL. */
void vsnd_unit_destroy(struct vsnd_unit *unit);
/* -EBUSY: all seats are taken. quantum_frames: in the guest's frames. */
int vsnd_unit_add(struct vsnd_unit *unit, struct vsnd_stream *stream, uint32_t quantum_frames);
/* Waits for the quantum under way. False: it is not here. */
bool vsnd_unit_remove(struct vsnd_unit *unit, const struct vsnd_stream *stream);

/* A device of the unit's was opened, which no other thread has yet: it gets the depth that was
 * learnt. */
void vsnd_unit_depth_begin(struct vsnd_unit *unit, void *device);
/* The real-time thread, after each transfer: the keeper is to look. */
bool vsnd_unit_depth_rings(const struct vsnd_unit *unit, void *device);
/* What the real-time thread reports is answered. The keeper. device: NULL: nothing to do. */
void vsnd_unit_depth_look(struct vsnd_unit *unit, void *device);

/*
 * The real-time thread counts, in each quantum: a transfer, or that there was no device and our own
 * pace was kept; and when it is over, its time. Returns whether something went wrong: unit->mishap.
 */
void vsnd_unit_count_transfer(struct vsnd_unit *unit, void *device, unsigned xruns);
void vsnd_unit_count_gone(struct vsnd_unit *unit, const struct vsnd_pace *pace);
bool vsnd_unit_count_quantum(struct vsnd_unit *unit, uint32_t frames);

/* Starts and ends both threads of a unit that is otherwise complete. -errno of pthread_create. */
int vsnd_unit_start(struct vsnd_unit *unit);
void vsnd_unit_end(struct vsnd_unit *unit);

#endif
