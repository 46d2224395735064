/* SPDX-License-Identifier: MIT */
/* What card.c (opening, closing), card_query.c and card_thread.c share. */
#ifndef VSND_CARD_INTERNAL_H
#define VSND_CARD_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>

#include "backend/sound/card.h"

#define VSND_QUANTUM_MIN_FRAMES 16u
#define VSND_ANSWERS 32u

/* One query's answer. */
struct vsnd_answer {
	struct vsnd_ranges asked;
	struct vsnd_ranges ranges;
	int err;
	uint64_t got_ns; /* 0: unused */
	uint64_t lost;   /* the card's count then: a device that went may come back as another */
};

/* An open direction: the device, its stream, the real-time thread and its keeper. */
struct vsnd_unit {
	struct vsnd_card *card;
	enum vsnd_direction direction;
	struct vsnd_format format;
	uint32_t quantum_frames;
	struct vsnd_stream *stream;
	void *samples; /* a quantum */
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
};

struct vsnd_card {
	struct vsnd_card_config config; /* strings and ops are the configuration's */
	pthread_mutex_t lock[2];        /* by direction: query, open, close, and all below */
	struct vsnd_unit *units[2];
	struct vsnd_answer answers[2][VSND_ANSWERS];
	unsigned next_answer[2];
	_Atomic bool open[2];
	_Atomic bool real_time[2];
	_Atomic uint64_t quanta;
	_Atomic uint64_t late_quanta;
	_Atomic uint64_t xruns;
	_Atomic uint64_t lost;
};

bool vsnd_card_has(const struct vsnd_card *card, enum vsnd_direction direction);

/* Asks the device what it can at all, if that is not known, or was long ago. Lock held. */
void vsnd_card_learn(struct vsnd_card *card, enum vsnd_direction direction);
/* What is known is wrong. Lock held. */
void vsnd_card_forget(struct vsnd_card *card, enum vsnd_direction direction);

/* Starts and ends both threads of a unit that is otherwise complete. -errno of pthread_create. */
int vsnd_unit_start(struct vsnd_unit *unit);
void vsnd_unit_end(struct vsnd_unit *unit);

#endif
