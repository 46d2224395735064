/* SPDX-License-Identifier: MIT */
/*
 * One connected guest camera: a thread that answers the guest's requests and copies frames into its
 * buffers. Made, ended and looked at by the main thread.
 */
#ifndef VCAM_SESSION_H
#define VCAM_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "backend/camera/offer.h"
#include "backend/camera/source.h"
#include "xenbus/link.h"

struct vcam_session;

/* Every frame offered is in exactly one of delivered and dropped_*. */
struct vcam_session_stat {
	bool streaming;
	struct pv_picture picture;
	struct pv_fraction rate;
	uint32_t buffers;
	uint64_t offered;
	uint64_t delivered;
	uint64_t dropped_late; /* the session was late, the queue overflowed */
	uint64_t dropped_no_buffer; /* the guest had no buffer queued */
	uint64_t dropped_no_event; /* the guest did not take its events */
	uint64_t dropped_stopped; /* still waiting when the stream stopped */
	uint64_t copied_bytes;
	uint64_t copy_ns; /* spent in copying */
	uint64_t requests;
	uint64_t refused; /* requests answered with an error */
};

/*
 * Takes over link. died(ctx) is called on the session's thread, once, when the session ends by
 * itself (frontend dead, ring broken: reason is a static sentence); the owner then still calls
 * vcam_session_end. offer is copied. be_alloc: the guest asks us to allocate buffers; each
 * BUF_CREATE is then answered -XEN_EOPNOTSUPP. On failure link is still the caller's.
 */
int vcam_session_start(struct xb_link *link, uint32_t domid, bool be_alloc,
	struct vcam_source *source, const struct vcam_offer *offer,
	void (*died)(void *ctx, const char *reason), void *ctx, struct vcam_session **ret);

/* Tells it to stop and forgets it: the thread frees everything when it gets there. Never blocks;
 * died is not called any more once this returned. */
void vcam_session_end(struct vcam_session *session);

/* Waits until every ended session is gone; false after timeout_ms. */
bool vcam_session_wait_all(int timeout_ms);

void vcam_session_stat(struct vcam_session *session, struct vcam_session_stat *ret);

#endif
