/* SPDX-License-Identifier: MIT */
/*
 * A device that is there or not, with a buffer, in one format of its own, for the tests of what
 * happens then; it has two places, of which each may be there. And what a busy machine does to
 * threads: times are compared to what a witness saw, an ordinary thread that only sleeps, and to
 * how long Linux says that threads of ours waited for a processor. After cmocka.h.
 */
#ifndef TESTS_VSND_LOOSE_H
#define TESTS_VSND_LOOSE_H

#include <pthread.h>
#include <stdatomic.h>

#include "backend/sound/card/card.h"

#define NS_PER_MS 1000000ull
#define NS_PER_S 1000000000ull
#define SHAPES 4u

struct witness {
	pthread_t thread;
	_Atomic bool quit;
	_Atomic uint64_t longest_ns; /* since it was last asked */
	_Atomic uint64_t lost_ns;    /* of all that took long */
};

extern struct witness witness;

void witness_begin(void);
void witness_end(void);
/* By all threads of ours, so far. */
uint64_t queued_ns(void);

struct place {
	const char *name;
	_Atomic bool is_there;
	_Atomic bool is_elsewhere; /* its name stands for another device, from the next look on */
	_Atomic unsigned shape;
	_Atomic unsigned opened;
	_Atomic uint64_t heard_ns[2]; /* the first sound since it was set there; 0: none yet */
};

extern struct place places[2];                  /* "first" and "second" */
extern _Atomic unsigned opening_ms, closing_ms; /* that open and close take */
extern _Atomic unsigned losing_ms;              /* that it stands still before it says it is lost */
extern _Atomic int num_open;

/* A card with both places, nobody there. */
struct vsnd_card *make_loose(void);
/* It comes, with a format and quantum of a shape's, and the card hears of it. */
void set_there(struct vsnd_card *card, struct place *place, unsigned shape);

#endif
