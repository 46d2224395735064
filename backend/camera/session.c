/* SPDX-License-Identifier: MIT */
#include "backend/camera/session.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "backend/camera/ops.h"
#include "backend/camera/stream.h"

#define REQUESTS_PER_TURN 64 /* then frames get their turn, whatever the guest does */

/*
 * Held by two: the thread and the owner. The thread closes link and stream when it leaves its
 * loop; the struct goes with whoever lets go last.
 */
struct vcam_session {
	struct xb_link *link;
	struct vcam_stream stream;
	int wake_fd;
	pthread_mutex_t lock; /* of what follows */
	bool ended; /* the owner is gone */
	bool finished; /* the thread is gone; stat is final */
	void (*died)(void *ctx, const char *reason);
	void *ctx;
	uint64_t requests;
	uint64_t refused;
	struct vcam_session_stat stat; /* what the stream last said, once finished */
};

static struct {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	unsigned threads;
} all = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

static void count_threads(int by)
{
	pthread_mutex_lock(&all.lock);
	all.threads += (unsigned)by;
	pthread_cond_broadcast(&all.changed);
	pthread_mutex_unlock(&all.lock);
}

static bool session_ended(struct vcam_session *session)
{
	bool ended;

	pthread_mutex_lock(&session->lock);
	ended = session->ended;
	pthread_mutex_unlock(&session->lock);
	return ended;
}

static void session_free(struct vcam_session *session)
{
	close(session->wake_fd);
	pthread_mutex_destroy(&session->lock);
	free(session);
}

/* -EAGAIN: no more requests now; 0: there may be more; else the session is over. */
static int answer_requests(struct vcam_session *session)
{
	struct xencamera_resp response;
	struct xencamera_req request;

	for (unsigned i = 0; i < REQUESTS_PER_TURN; i++) {
		int error = xb_link_request(session->link, &request);

		if (error)
			return error;
		vcam_ops_answer(&session->stream, &request, &response);
		vcam_stream_note(&session->stream);
		xb_link_respond(session->link, &response);
		xb_link_flush(session->link);
		pthread_mutex_lock(&session->lock);
		session->requests++;
		session->refused += response.status != 0;
		pthread_mutex_unlock(&session->lock);
		/* A queued buffer may be what the newest frame waits for. */
		if (request.operation == XENCAMERA_OP_BUF_QUEUE)
			vcam_stream_pump(&session->stream);
	}
	return 0;
}

static void tell_controls(struct vcam_session *session)
{
	struct xencamera_evt event = {.type = XENCAMERA_EVT_CTRL_CHANGE};

	while (vcam_tap_control_changed(session->stream.tap, &event.evt.ctrl_value.type,
		       &event.evt.ctrl_value.value) == 0)
		if (session->stream.offer.controls != VCAM_CONTROLS_NONE &&
			(session->stream.offer.control_mask & (1u << event.evt.ctrl_value.type)))
			xb_link_event(session->link, &event);
}

/* NULL: the owner ended it; else why it ended by itself. */
static const char *session_loop(struct vcam_session *session)
{
	struct pollfd ready[] = {
		{.fd = xb_link_fd(session->link), .events = POLLIN},
		{.fd = session->wake_fd, .events = POLLIN},
	};
	int answered = 0; /* requests may be there already */

	for (;;) {
		eventfd_t wakes;

		if (poll(ready, 2, answered == 0 ? 0 : -1) < 0 && errno != EINTR)
			return "poll failed";
		if (session_ended(session))
			return NULL;
		if (ready[1].revents & POLLIN) {
			eventfd_read(session->wake_fd, &wakes);
			vcam_stream_pump(&session->stream);
			tell_controls(session);
		}
		if (ready[0].revents & POLLIN && xb_link_process(session->link) != 0)
			return "the frontend's process is gone";
		if (ready[0].revents & POLLIN || answered == 0)
			answered = answer_requests(session);
		if (answered == -EPROTO)
			return "the guest broke its request ring";
	}
}

static void *session_run(void *ctx)
{
	struct vcam_session *session = ctx;
	const char *reason = session_loop(session);
	struct vcam_session_stat stat;
	bool ended;

	vcam_stream_stop(&session->stream);
	vcam_stream_note(&session->stream);
	vcam_session_stat(session, &stat);
	pthread_mutex_lock(&session->lock);
	session->finished = true;
	session->stat = stat;
	pthread_mutex_unlock(&session->lock);
	vcam_stream_finish(&session->stream);
	xb_link_destroy(session->link);

	pthread_mutex_lock(&session->lock);
	ended = session->ended;
	if (!ended) {
		session->ended = true; /* the owner's call of vcam_session_end frees */
		if (session->died)
			session->died(session->ctx, reason);
	}
	pthread_mutex_unlock(&session->lock);
	if (ended)
		session_free(session);
	count_threads(-1);
	return NULL;
}

int vcam_session_start(struct xb_link *link, uint32_t domid, bool be_alloc,
	struct vcam_source *source, const struct vcam_offer *offer,
	void (*died)(void *ctx, const char *reason), void *ctx, struct vcam_session **ret)
{
	struct vcam_session *session = calloc(1, sizeof(*session));
	pthread_t thread;
	int error;

	if (!session)
		return -ENOMEM;
	session->link = link;
	session->died = died;
	session->ctx = ctx;
	pthread_mutex_init(&session->lock, NULL);
	session->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	error = session->wake_fd < 0 ? -errno
				     : vcam_stream_init(&session->stream, link, domid, source,
					       offer, be_alloc, session->wake_fd);
	if (error)
		goto fail;
	count_threads(1);
	error = -pthread_create(&thread, NULL, session_run, session);
	if (error) {
		count_threads(-1);
		vcam_stream_finish(&session->stream);
		goto fail;
	}
	pthread_detach(thread);
	*ret = session;
	return 0;
fail:
	session_free(session);
	return error;
}

void vcam_session_end(struct vcam_session *session)
{
	bool ended;

	pthread_mutex_lock(&session->lock);
	ended = session->ended; /* the thread has said its last word already */
	session->ended = true;
	pthread_mutex_unlock(&session->lock);
	if (ended)
		session_free(session);
	else
		eventfd_write(session->wake_fd, 1);
}

bool vcam_session_wait_all(int timeout_ms)
{
	struct timespec until;
	bool gone;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += timeout_ms / 1000;
	until.tv_nsec += (timeout_ms % 1000) * 1000000L;
	if (until.tv_nsec >= 1000000000L) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000L;
	}
	pthread_mutex_lock(&all.lock);
	while (all.threads > 0 &&
		pthread_cond_timedwait(&all.changed, &all.lock, &until) != ETIMEDOUT)
		;
	gone = all.threads == 0;
	pthread_mutex_unlock(&all.lock);
	return gone;
}

void vcam_session_stat(struct vcam_session *session, struct vcam_session_stat *ret)
{
	pthread_mutex_lock(&session->lock);
	if (session->finished)
		*ret = session->stat;
	else
		vcam_stream_stat(&session->stream, ret);
	ret->requests = session->requests;
	ret->refused = session->refused;
	pthread_mutex_unlock(&session->lock);
}
