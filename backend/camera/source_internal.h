/* SPDX-License-Identifier: MIT */
/* What source.c, source_thread.c and tap.c share. One lock a source; the pool's comes after it. */
#ifndef VCAM_SOURCE_INTERNAL_H
#define VCAM_SOURCE_INTERNAL_H

#include <pthread.h>

#include "backend/camera/source.h"

struct vcam_tap {
	struct vcam_source *source;
	struct vcam_tap *next;
	int wake_fd;
	bool started;
	/* A frame is offered when due reaches whole; due grows by step with every source frame. */
	unsigned __int128 step, whole, due;
	uint32_t next_seq;
	struct vcam_tap_frame waiting[VCAM_TAP_DEPTH];
	unsigned first;
	unsigned num_waiting;
	unsigned in_hand; /* taken, not done */
	bool given_up;    /* a back-to-back source waits no more for it until it is done */
	uint8_t changed;  /* bit n: XENCAMERA_CTRL n */
	struct vcam_tap_counts counts;
};

enum vcam_thread_state { VCAM_THREAD_NONE, VCAM_THREAD_RUNS, VCAM_THREAD_ENDED };

struct vcam_source {
	char name[VCAM_NAME_BYTES];
	const struct vcam_source_config *config;
	const struct vcam_source_ops *ops;
	struct vcam_source_traits traits; /* its controls: under the lock */
	struct vcam_pool *pool;
	int wake_fd; /* eventfd: interrupts ops->wait when run, taps_started, destroyed, or to_set
			changes */

	pthread_mutex_t lock;   /* of all that follows */
	pthread_cond_t changed; /* CLOCK_MONOTONIC; run, taps_started, destroyed, a tap done */
	pthread_t thread;
	enum vcam_thread_state thread_state;
	bool destroyed;
	unsigned run; /* grows when the first tap starts: a run begins at frame 0 */
	unsigned taps_started;
	struct vcam_tap *taps;
	void *priv; /* NULL: not open */
	int64_t values[XENCAMERA_MAX_CTRL];
	uint8_t to_set;  /* bit n: the device has yet to hear of XENCAMERA_CTRL n */
	uint8_t was_set; /* bit n: a guest chose it, a device that comes back gets it again */
	uint8_t refused; /* bit n: the device did not take it last time */
	bool lost;
	bool guessed;    /* it was never open: its controls are not known */
	bool look_again; /* do not wait until it is time to open it again */
	uint64_t frames;
	uint64_t late;
	uint64_t pool_empty;
	uint64_t missed;
	uint64_t spoiled[VCAM_FILLED_KINDS];
};

/* Lock held. Makes a thread that captures while taps_started > 0, unless one does already. */
int vcam_source_thread_start(struct vcam_source *source);
/* Opens ops and checks the mode. Source's thread, without the lock. *ret_error: a static sentence.
 */
int vcam_source_open(struct vcam_source *source, void **ret_priv, struct vcam_source_traits *ret,
	const char **ret_error);
/* Lock held. Something has changed that its thread waits for. */
void vcam_source_wake(struct vcam_source *source);
/*
 * Source's thread, with the lock, which is given up while the device is asked. pass: what guests
 * have set since. learn: of a device that was not there before, what controls it has. read: what
 * the device has now; taps hear of it. meet: after opening, what either side has changed meanwhile;
 * what guests have set wins.
 */
void vcam_source_pass_controls(struct vcam_source *source);
void vcam_source_learn_controls(
	struct vcam_source *source, const struct vcam_source_traits *traits);
void vcam_source_read_control(struct vcam_source *source, uint8_t type);
void vcam_source_meet_controls(struct vcam_source *source);
/* Frees the source once it is destroyed and has no tap. Takes the lock over. */
void vcam_source_unlock_unref(struct vcam_source *source);

/* Lock held. */
void vcam_tap_offer(struct vcam_tap *tap, struct vcam_frame *frame);
void vcam_tap_wake(struct vcam_tap *tap);
void vcam_tap_drain(struct vcam_tap *tap);

#endif
