/* SPDX-License-Identifier: MIT */
/*
 * One connected guest device (or stream of one): a thread that answers requests off a link and is
 * woken for everything else. What the requests mean is the protocol's affair, given as operations
 * on a stream. Made, ended and looked at by the main thread.
 */
#ifndef VB_SESSION_H
#define VB_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "xenbus/link.h"

struct vb_session;

/* All but free run on the session's thread. */
struct vb_session_ops {
	/* Answers a private copy of one request (64 bytes) with a whole response (64 bytes). */
	void (*answer)(void *stream, const void *request, void *ret_response);
	/* After a turn of answers, and when wake_fd was written: moves media and events. */
	void (*pump)(void *stream);
	/* The thread leaves: gives back what needs link. What counters show stays readable. */
	void (*finish)(void *stream);
	/* Frees it. Whichever thread lets go last. */
	void (*free)(void *stream);
};

/*
 * Takes over link, stream and wake_fd (an eventfd, non-blocking); on failure all three are still
 * the caller's. priority 0: an ordinary thread, else SCHED_FIFO (an ordinary one where that is not
 * permitted), which gets a quarter of a processor and sleeps off what it took more, so that a guest
 * that floods its ring starves neither other sessions nor the main thread. died(ctx) is called on
 * the session's thread, once, when the session ends by itself (frontend dead, ring broken: reason
 * is a static sentence); the owner then still calls vb_session_end.
 */
int vb_session_start(struct xb_link *link, const struct vb_session_ops *ops, void *stream,
	int wake_fd, int priority, void (*died)(void *ctx, const char *reason), void *ctx,
	struct vb_session **ret);

/* Tells it to stop and forgets it: the thread frees everything when it gets there. Never blocks;
 * died is not called any more once this returned. */
void vb_session_end(struct vb_session *session);

/* Waits until every ended session is gone; false after timeout_ms. */
bool vb_session_wait_all(int timeout_ms);

struct vb_session_counts {
	uint64_t requests;
	uint64_t refused; /* answered with an error */
};
void vb_session_counts(struct vb_session *session, struct vb_session_counts *ret);

#endif
