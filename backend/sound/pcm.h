/* SPDX-License-Identifier: MIT */
/*
 * One guest's PCM stream: what it opened, the shared buffer, the position it was told, its volume.
 * Session thread only, but for its making, the levels and vsnd_pcm_stat.
 */
#ifndef VSND_PCM_H
#define VSND_PCM_H

#include <pthread.h>
#include <stdbool.h>

#include "backend/session.h"
#include "backend/sound/card/card.h"
#include "backend/sound/levels.h"
#include "backend/sound/offer.h"
#include "xenbus/link.h"

struct vsnd_pcm_params {
	struct xb_link *link;
	uint32_t domid;
	struct vsnd_card *card;
	const struct vsnd_offer *offer;        /* copied */
	const struct vsnd_levels *levels;      /* the guest's; copied */
	const struct vsnd_levels *dom0_levels; /* copied */
	bool record_denied;                    /* capture: silence, whatever the levels say */
	bool kernel_events; /* the frontend may be Linux's snd-xen-front: see vsnd_pcm_pump */
	int wake_fd;        /* the session's */
	/* The guest changed its levels by a request. Session thread. ctx outlives all sessions. */
	void (*levels_changed)(void *ctx);
	void *ctx;
};

/* Of the stream that is open now, and what earlier ones of this connection left. */
struct vsnd_pcm_stat {
	bool open;
	bool running;
	struct vsnd_format format; /* of the last OPEN */
	uint32_t period_frames;    /* 0: the guest wants no events */
	uint32_t buffer_frames;
	struct vsnd_stream_counts counts; /* position and fill: now; the others: of all. What
					   * runs dry at its end and is stopped or closed then is
					   * silence's END, and no underrun */
	uint64_t latency_frames;   /* from a guest's write to the sound, or back, now: what waits in
				    * the stream, in its conversion and in the device's buffer, and
				    * the quantum under way; 0: closed */
	struct vsnd_lateness wake; /* of the device's thread, for this stream's quanta */
	uint64_t lost_events;      /* the guest's event page was full */
};

struct vsnd_pcm {
	struct vsnd_pcm_params params;
	struct vsnd_offer offer;

	struct vsnd_stream *stream; /* NULL: closed */
	struct xb_mapped buffer;
	uint32_t buffer_bytes;
	uint32_t buffer_frames;
	uint32_t frame_bytes;
	uint32_t period_frames; /* 0: no events */
	bool running;
	bool restarts;           /* the next start follows a stop */
	bool begins;             /* nothing was started since OPEN or STOP */
	uint64_t told_frames;    /* position of the last event, as the guest counts */
	uint64_t begun_frames;   /* where its periods are counted from */
	uint64_t skipped_frames; /* what the guest's position is ahead of the stream's */
	uint16_t slots;          /* events written since the connection */
	uint16_t slots_at_open;

	pthread_mutex_t lock;      /* of what follows, and of stream's coming and going */
	struct vsnd_levels levels; /* the guest's */
	struct vsnd_levels dom0_levels;
	struct vsnd_pcm_stat stat; /* but for `wake` */
	struct vsnd_delays delays; /* of streams that are closed */
};

/* For vb_session_start. */
extern const struct vb_session_ops vsnd_pcm_session_ops;

/* Main thread. */
int vsnd_pcm_create(const struct vsnd_pcm_params *params, struct vsnd_pcm **ret);
/* Closes, while the link still is. */
void vsnd_pcm_finish(struct vsnd_pcm *pcm);
/* Frees a finished one. */
void vsnd_pcm_free(struct vsnd_pcm *pcm);

struct vsnd_pcm_open {
	struct vsnd_format format;
	uint32_t buffer_bytes;
	uint32_t period_bytes;
	uint32_t directory_ref;
};

/*
 * Maps the guest's buffer and opens the card at position 0, stopped. One that is open is closed
 * first, also when the new one fails. -EINVAL: not on offer, not possible on the card, a period
 * that is no whole number of frames or longer than the buffer, or a bad buffer; -EBUSY: the card
 * stays with somebody else.
 */
int vsnd_pcm_open(struct vsnd_pcm *pcm, const struct vsnd_pcm_open *open);
/* Nothing open: nothing to do. */
void vsnd_pcm_close(struct vsnd_pcm *pcm);

/* The part of the open buffer that a request names. -EINVAL: not open, or not inside. */
int vsnd_pcm_part(
	struct vsnd_pcm *pcm, uint32_t offset_bytes, uint32_t length_bytes, void **ret_memory);

/*
 * Takes frames from, or puts them into, the guest's buffer; at once. -EINVAL: other direction, not
 * inside, no whole frames. write: -ENOSPC: more than a buffer and a quantum ahead. read:
 * -EAGAIN: beyond the position (Linux's driver reads only what an event announced, so it never
 * sees this). Neither takes anything when it fails.
 */
int vsnd_pcm_write(struct vsnd_pcm *pcm, uint32_t offset_bytes, uint32_t length_bytes);
int vsnd_pcm_read(struct vsnd_pcm *pcm, uint32_t offset_bytes, uint32_t length_bytes);

/*
 * -EINVAL: not open. Doing what is done already is no error. start also resumes; it tells the
 * position first when the guest does not know it yet. For a kernel frontend the position goes on
 * from the next whole buffer when a start follows a stop: Linux prepares a stream anew without an
 * OPEN, ALSA's pointers are then 0, and its driver's is the position modulo the buffer.
 */
int vsnd_pcm_start(struct vsnd_pcm *pcm);
int vsnd_pcm_pause(struct vsnd_pcm *pcm);
int vsnd_pcm_stop(struct vsnd_pcm *pcm);

/*
 * Tells the guest its position, in bytes since OPEN, at each half of a period, while the stream
 * runs: what was heard, so that the guest's buffer includes the quantum that is being played. After
 * each wake-up; asks the stream for the next.
 * A kernel frontend drops events whose id is not the one it expects. Old drivers number all slots
 * of a connection, new ones start over with each OPEN, and nothing says which it is: so each
 * position takes two slots, the first numbered in the one way, the second in the other. Whoever
 * takes both gets a step of 0 for the second.
 */
void vsnd_pcm_pump(struct vsnd_pcm *pcm);

/* The guest's levels and dom0's, for this stream and those opened after it; heard is the product.
 * Any thread. */
void vsnd_pcm_levels(struct vsnd_pcm *pcm, struct vsnd_levels *ret);
void vsnd_pcm_set_levels(struct vsnd_pcm *pcm, const struct vsnd_levels *levels);
void vsnd_pcm_set_dom0_levels(struct vsnd_pcm *pcm, const struct vsnd_levels *levels);

/* Any thread; also of a finished one. */
void vsnd_pcm_stat(struct vsnd_pcm *pcm, struct vsnd_pcm_stat *ret);

#endif
