/* SPDX-License-Identifier: MIT */
#include "backend/session.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include <xen/io/cameraif.h>
#include <xen/io/sndif.h>

#include "common/parse.h"

#define REQUESTS_PER_TURN 32 /* then media gets its turn, whatever the guest does */

/* A session with a priority: one part in so many of a processor, saved up to so much. Short,
 * because another session of the same priority may have to wait that long; for the same reason a
 * turn ends with the request that it takes longer with. What a turn took too much is slept off. */
#define BUDGET_PART 4
#define BUDGET_NS 500000

/* The status stands in the same place in both protocols. */
_Static_assert(offsetof(struct xencamera_resp, status) == offsetof(struct xensnd_resp, status),
	"status of a response");

/*
 * Held by two: the thread and the owner. The thread closes link when it leaves its loop; the rest
 * goes with whoever lets go last.
 */
struct vb_session {
	struct xb_link *link;
	const struct vb_session_ops *ops;
	void *stream;
	int wake_fd;
	bool budgeted;
	pthread_mutex_t lock; /* of what follows */
	bool ended;           /* one of the two is gone */
	void (*died)(void *ctx, const char *reason);
	void *ctx;
	struct vb_session_counts counts;
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

static bool session_ended(struct vb_session *session)
{
	bool ended;

	pthread_mutex_lock(&session->lock);
	ended = session->ended;
	pthread_mutex_unlock(&session->lock);
	return ended;
}

static void session_free(struct vb_session *session)
{
	session->ops->free(session->stream);
	close(session->wake_fd);
	pthread_mutex_destroy(&session->lock);
	free(session);
}

/* -EAGAIN: no more requests now; 0: there may be more; else the session is over. */
static int answer_requests(struct vb_session *session)
{
	uint64_t until_ns = pv_now_ns() + BUDGET_NS;
	struct xb_packet request, response;
	int32_t status;

	for (unsigned i = 0; i < REQUESTS_PER_TURN; i++) {
		int error = xb_link_request(session->link, &request);

		if (error)
			return error;
		session->ops->answer(session->stream, &request, &response);
		xb_link_respond(session->link, &response);
		xb_link_flush(session->link);
		memcpy(&status, response.bytes + offsetof(struct xensnd_resp, status),
			sizeof(status));
		pthread_mutex_lock(&session->lock);
		session->counts.requests++;
		session->counts.refused += status != 0;
		pthread_mutex_unlock(&session->lock);
		if (session->budgeted && pv_now_ns() >= until_ns)
			break;
	}
	return 0;
}

/* Of one session's thread, as it stood after its last turn. */
struct budget {
	uint64_t now_ns;  /* CLOCK_MONOTONIC */
	uint64_t used_ns; /* CLOCK_THREAD_CPUTIME_ID */
	int64_t left_ns;
	uint64_t unseen_ns; /* CLOCK_MONOTONIC in turns since: no more was used in them */
};

static uint64_t thread_time_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* After a turn that began then: sleeps until the budget is no longer overdrawn. The processor's
 * time is asked for, which takes a system call, only when it may be. */
static void keep_to_budget(struct budget *budget, uint64_t turn_ns)
{
	uint64_t now_ns = pv_now_ns(), used_ns;
	int64_t earned_ns, left_ns;

	budget->unseen_ns += now_ns - turn_ns;
	if (budget->left_ns >= 0 && budget->unseen_ns <= (uint64_t)budget->left_ns)
		return;
	used_ns = thread_time_ns();
	earned_ns = (int64_t)((now_ns - budget->now_ns) / BUDGET_PART);
	left_ns = budget->left_ns + earned_ns - (int64_t)(used_ns - budget->used_ns);
	*budget = (struct budget){now_ns, used_ns, left_ns > BUDGET_NS ? BUDGET_NS : left_ns, 0};
	if (left_ns < 0) {
		uint64_t until_ns = now_ns + (uint64_t)-left_ns * BUDGET_PART;
		const struct timespec until = {
			.tv_sec = (time_t)(until_ns / 1000000000u),
			.tv_nsec = (long)(until_ns % 1000000000u),
		};

		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
	}
}

/* NULL: the owner ended it; else why it ended by itself. */
static const char *session_loop(struct vb_session *session)
{
	struct pollfd ready[] = {
		{.fd = xb_link_fd(session->link), .events = POLLIN},
		{.fd = session->wake_fd, .events = POLLIN},
	};
	int answered = 0; /* requests may be there already */
	struct budget budget = {0};

	for (;;) {
		eventfd_t wakes;
		uint64_t turn_ns;

		if (poll(ready, 2, answered == 0 ? 0 : -1) < 0 && errno != EINTR)
			return "poll failed";
		turn_ns = pv_now_ns();
		if (session_ended(session))
			return NULL;
		if (ready[1].revents & POLLIN)
			eventfd_read(session->wake_fd, &wakes);
		if (ready[0].revents & (POLLERR | POLLHUP | POLLNVAL))
			return "its event channels do not work any more";
		if (ready[0].revents & POLLIN && xb_link_process(session->link) != 0)
			return "the frontend's process is gone";
		if (ready[0].revents & POLLIN || answered == 0)
			answered = answer_requests(session);
		if (answered == -EPROTO)
			return "the guest broke its request ring";
		session->ops->pump(session->stream);
		if (session->budgeted)
			keep_to_budget(&budget, turn_ns);
	}
}

static void *session_run(void *ctx)
{
	struct vb_session *session = ctx;
	const char *reason = session_loop(session);
	bool ended;

	session->ops->finish(session->stream);
	xb_link_destroy(session->link);

	pthread_mutex_lock(&session->lock);
	ended = session->ended;
	session->ended = true;
	if (!ended)
		session->died(session->ctx, reason);
	pthread_mutex_unlock(&session->lock);
	if (ended)
		session_free(session);
	count_threads(-1);
	return NULL;
}

/* A thread of this priority, or an ordinary one where that is not permitted. */
static int create_thread(int priority, void *(*run)(void *), void *ctx)
{
	struct sched_param param = {.sched_priority = priority};
	pthread_attr_t attributes;
	pthread_t thread;
	int error;

	pthread_attr_init(&attributes);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	if (priority > 0) {
		pthread_attr_setinheritsched(&attributes, PTHREAD_EXPLICIT_SCHED);
		pthread_attr_setschedpolicy(&attributes, SCHED_FIFO);
		pthread_attr_setschedparam(&attributes, &param);
	}
	error = pthread_create(&thread, &attributes, run, ctx);
	pthread_attr_destroy(&attributes);
	return error == EPERM && priority > 0 ? create_thread(0, run, ctx) : -error;
}

int vb_session_start(struct xb_link *link, const struct vb_session_ops *ops, void *stream,
	int wake_fd, int priority, void (*died)(void *ctx, const char *reason), void *ctx,
	struct vb_session **ret)
{
	struct vb_session *session = calloc(1, sizeof(*session));
	pthread_mutexattr_t attributes;
	int error;

	if (!session)
		return -ENOMEM;
	*session = (struct vb_session){
		.link = link,
		.ops = ops,
		.stream = stream,
		.wake_fd = wake_fd,
		.budgeted = priority > 0,
		.died = died,
		.ctx = ctx,
	};
	/* The main thread takes it too, and may be put aside while it has it. */
	pthread_mutexattr_init(&attributes);
	pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_INHERIT);
	pthread_mutex_init(&session->lock, &attributes);
	pthread_mutexattr_destroy(&attributes);
	count_threads(1);
	error = create_thread(priority, session_run, session);
	if (error) {
		count_threads(-1);
		pthread_mutex_destroy(&session->lock);
		free(session);
		return error;
	}
	*ret = session;
	return 0;
}

void vb_session_end(struct vb_session *session)
{
	bool ended;

	pthread_mutex_lock(&session->lock);
	ended = session->ended; /* the thread has said its last word already */
	session->ended = true;
	if (!ended)
		eventfd_write(session->wake_fd, 1); /* once unlocked, the thread may free all */
	pthread_mutex_unlock(&session->lock);
	if (ended)
		session_free(session);
}

bool vb_session_wait_all(int timeout_ms)
{
	struct timespec until;
	bool gone;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += timeout_ms / 1000;
	until.tv_nsec += (timeout_ms % 1000) * 1000000L;
	if (until.tv_nsec >= 1000000000L) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000L;
	}
	pthread_mutex_lock(&all.lock);
	while (all.threads > 0 && pthread_cond_clockwait(&all.changed, &all.lock, CLOCK_MONOTONIC,
					  &until) != ETIMEDOUT)
		;
	gone = all.threads == 0;
	pthread_mutex_unlock(&all.lock);
	return gone;
}

void vb_session_counts(struct vb_session *session, struct vb_session_counts *ret)
{
	pthread_mutex_lock(&session->lock);
	*ret = session->counts;
	pthread_mutex_unlock(&session->lock);
}
