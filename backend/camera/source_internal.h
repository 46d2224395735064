/* SPDX-License-Identifier: MIT */
/* What source.c, source_thread.c and tap.c share. One lock a source; the pool's comes after it. */
#ifndef VCAM_SOURCE_INTERNAL_H
#define VCAM_SOURCE_INTERNAL_H

#include <pthread.h>

#include "backend/camera/source.h"

#define VCAM_SOURCE_CONTROLS 4 /* XENCAMERA_CTRL_* below this */

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
	struct vcam_source_mode mode;
	struct vcam_pool *pool;

	pthread_mutex_t lock;   /* of all that follows */
	pthread_cond_t changed; /* CLOCK_MONOTONIC; run, taps_started, destroyed, a tap done */
	pthread_t thread;
	enum vcam_thread_state thread_state;
	bool destroyed;
	unsigned run; /* grows when the first tap starts: a run begins at frame 0 */
	unsigned taps_started;
	struct vcam_tap *taps;
	void *priv; /* NULL: not open */
	int64_t values[VCAM_SOURCE_CONTROLS];
	bool lost;
	uint64_t frames;
	uint64_t late;
	uint64_t pool_empty;
};

/* Lock held. Makes a thread that captures while taps_started > 0, unless one does already. */
int vcam_source_thread_start(struct vcam_source *source);
/* Lock held. Opens ops, checks the mode, and sets the controls. *ret_error: a static sentence. */
int vcam_source_open(struct vcam_source *source, void **ret_priv, const char **ret_error);
/* Frees the source once it is destroyed and has no tap. Takes the lock over. */
void vcam_source_unlock_unref(struct vcam_source *source);

/* Lock held. */
void vcam_tap_offer(struct vcam_tap *tap, struct vcam_frame *frame);
void vcam_tap_wake(struct vcam_tap *tap);
void vcam_tap_drain(struct vcam_tap *tap);

#endif
