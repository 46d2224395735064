/* SPDX-License-Identifier: MIT */
/*
 * One guest's stream: what it configured, its buffers, and the frames on their way into them.
 * Session thread only, except for its making and vcam_stream_stat.
 */
#ifndef VCAM_STREAM_H
#define VCAM_STREAM_H

#include <pthread.h>
#include <stdbool.h>

#include "backend/camera/buffers.h"
#include "backend/camera/offer.h"
#include "backend/camera/source.h"
#include "common/pixfmt.h"
#include "xenbus/link.h"

/* Every frame offered is, sooner or later, in exactly one of delivered and dropped_*. */
struct vcam_stream_stat {
	bool streaming;
	struct pv_picture picture;
	struct pv_fraction rate;
	uint32_t buffers;
	uint64_t offered;
	uint64_t delivered;
	uint64_t dropped_late;      /* the session was late, the queue overflowed */
	uint64_t dropped_no_buffer; /* the guest had none queued, or we no memory to convert in */
	uint64_t dropped_no_event;  /* the guest did not take its events */
	uint64_t dropped_stopped;   /* still waiting when the stream stopped */
	uint64_t copied_bytes;
	uint64_t copy_ns;    /* spent in copying */
	uint64_t latency_ns; /* sum over those delivered, from captured to announced */
};

struct vcam_stream {
	struct xb_link *link;
	struct vcam_source *source;
	struct vcam_offer offer;
	bool be_alloc; /* the guest wants us to allocate: refused */
	struct vcam_tap *tap;
	struct vcam_buffers buffers;

	const struct vcam_offer_mode *mode; /* in force; into offer */
	struct pv_fraction rate;
	struct pv_layout layout;
	bool streaming;
	struct vcam_tap_frame waiting; /* newest frame that found no buffer; .frame NULL: none */

	pthread_mutex_t stat_lock;    /* of stat, and of tap's going */
	struct vcam_stream_stat stat; /* offered and dropped_late: the tap's, until it goes */
};

/*
 * Starts in the offer's first mode at its fastest rate. wake_fd: see vcam_tap_create. offer is
 * copied. be_alloc: the guest asks us to allocate buffers; each BUF_CREATE is then answered
 * -XEN_EOPNOTSUPP. Main thread.
 */
int vcam_stream_create(struct xb_link *link, uint32_t domid, struct vcam_source *source,
	const struct vcam_offer *offer, bool be_alloc, int wake_fd, struct vcam_stream **ret);
/* Stops, and gives back buffers and tap; while link still is. */
void vcam_stream_finish(struct vcam_stream *stream);
/* Frees a finished one. */
void vcam_stream_free(struct vcam_stream *stream);

/* -EBUSY: streaming, or buffers agreed on; -EINVAL: not on offer. */
int vcam_stream_configure(struct vcam_stream *stream, struct pv_picture picture);
int vcam_stream_set_rate(struct vcam_stream *stream, struct pv_fraction rate);

/* -EINVAL: no buffers agreed on, or streaming already (start), or not (stop). */
int vcam_stream_start(struct vcam_stream *stream);
int vcam_stream_stop(struct vcam_stream *stream);

/* Moves what has come into queued buffers and announces it: after a wake-up or a BUF_QUEUE. */
void vcam_stream_pump(struct vcam_stream *stream);

/* Makes what a request changed visible to vcam_stream_stat. */
void vcam_stream_note(struct vcam_stream *stream);

/* Any thread; also of a finished stream. */
void vcam_stream_stat(struct vcam_stream *stream, struct vcam_stream_stat *ret);

#endif
