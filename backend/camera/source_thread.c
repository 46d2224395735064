/* SPDX-License-Identifier: MIT */
/* The source's thread: runs while taps are started, keeps the rate, shows NO SIGNAL when lost. */
#include "backend/camera/source_internal.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>

#include "common/canvas.h"
#include "common/log.h"

#define NS_PER_S 1000000000ull
#define REOPEN_NS NS_PER_S
#define DONE_TIMEOUT_NS NS_PER_S /* a guest that is dead must not stop the others */
#define POOL_EMPTY_NS 1000000ull /* back to back: when to look for a free frame again */

/* One run, from the first tap's start to the last one's stop. The thread's own. */
struct capture {
	struct vcam_source *source;
	unsigned run;
	uint64_t epoch_ns;      /* when period 0 began */
	uint64_t period;        /* the next one */
	uint64_t opened;        /* the period that is frame 0 of what is open */
	uint64_t not_before_ns; /* the next frame */
	uint64_t reopen_ns;
};

static uint64_t period_start_ns(const struct capture *capture, uint64_t period)
{
	struct pv_fraction rate = capture->source->mode.rate;

	return capture->epoch_ns +
	       (uint64_t)((unsigned __int128)period * rate.denom * NS_PER_S / rate.numer);
}

/* Whole periods between the start of this one and now. */
static uint64_t periods_behind(const struct capture *capture, uint64_t now_ns)
{
	struct pv_fraction rate = capture->source->mode.rate;
	uint64_t start_ns = period_start_ns(capture, capture->period);

	if (now_ns < start_ns)
		return 0;
	return (uint64_t)((unsigned __int128)(now_ns - start_ns) * rate.numer /
			  ((unsigned __int128)rate.denom * NS_PER_S));
}

static bool goes_on(const struct capture *capture)
{
	const struct vcam_source *source = capture->source;

	return !source->destroyed && source->taps_started > 0 && source->run == capture->run;
}

/* Lock held. 0 when something changed, -ETIMEDOUT at until_ns. */
static int sleep_until(struct vcam_source *source, uint64_t until_ns)
{
	struct timespec until = {
		.tv_sec = (time_t)(until_ns / NS_PER_S),
		.tv_nsec = (long)(until_ns % NS_PER_S),
	};

	return -pthread_cond_timedwait(&source->changed, &source->lock, &until);
}

static bool tap_is_busy(const struct vcam_tap *tap)
{
	return tap->started && !tap->given_up && tap->in_hand + tap->num_waiting > 0;
}

static bool any_tap_busy(const struct vcam_source *source)
{
	for (const struct vcam_tap *tap = source->taps; tap != NULL; tap = tap->next)
		if (tap_is_busy(tap))
			return true;
	return false;
}

/* Lock held, as in the others that wait. */
static void wait_for_taps(struct capture *capture)
{
	struct vcam_source *source = capture->source;
	uint64_t until_ns = pv_now_ns() + DONE_TIMEOUT_NS;

	while (goes_on(capture) && any_tap_busy(source)) {
		if (sleep_until(source, until_ns) != -ETIMEDOUT)
			continue;
		for (struct vcam_tap *tap = source->taps; tap != NULL; tap = tap->next)
			tap->given_up = tap->given_up || tap_is_busy(tap);
	}
}

/*
 * A wake-up that is late by less than a period changes nothing. One that is later skips the periods
 * it missed, unless the kind of source may catch up: then no frame is left out, and they follow
 * one another at twice the rate until the source is on time again.
 */
static void keep_rate(struct capture *capture)
{
	struct vcam_source *source = capture->source;
	uint64_t now_ns = pv_now_ns();
	uint64_t behind = periods_behind(capture, now_ns);

	capture->not_before_ns = 0;
	if (behind > source->ops->catch_up_periods) {
		source->late += behind;
		capture->period += behind;
	} else if (behind > 0) {
		capture->not_before_ns = now_ns + pv_fraction_period_ns(source->mode.rate) / 2;
	}
}

/* False: the run is over. */
static bool wait_for_turn(struct capture *capture)
{
	struct vcam_source *source = capture->source;
	uint64_t until_ns = capture->not_before_ns;

	if (source->config->back_to_back)
		wait_for_taps(capture);
	else if (until_ns < period_start_ns(capture, capture->period))
		until_ns = period_start_ns(capture, capture->period);
	while (goes_on(capture) && pv_now_ns() < until_ns)
		sleep_until(source, until_ns);
	if (!goes_on(capture))
		return false;
	if (!source->config->back_to_back)
		keep_rate(capture);
	return true;
}

static void become_lost(struct capture *capture, const char *why)
{
	struct vcam_source *source = capture->source;
	bool news = !source->lost;

	source->lost = true;
	capture->reopen_ns = pv_now_ns() + REOPEN_NS;
	if (news)
		pv_warning("source %s: lost: %s; guests see NO SIGNAL until it can be opened again",
			source->name, why);
}

/* Only this thread writes priv; the lock keeps set_control off while it changes. */
static void capture_open(struct capture *capture)
{
	struct vcam_source *source = capture->source;
	const struct vcam_source_ops *ops = source->ops;
	const char *why = "";
	void *priv;
	int err = vcam_source_open(source, &priv, &why);

	pthread_mutex_lock(&source->lock);
	if (err < 0) {
		become_lost(capture, why);
	} else {
		for (unsigned i = 0; i < ops->num_controls; i++)
			ops->set_control(
				priv, ops->controls[i].type, source->values[ops->controls[i].type]);
		source->priv = priv;
		capture->opened = capture->period;
		if (source->lost)
			pv_info("source %s: back", source->name);
		source->lost = false;
	}
	pthread_mutex_unlock(&source->lock);
}

static void capture_close(struct vcam_source *source)
{
	void *priv = source->priv;

	pthread_mutex_lock(&source->lock);
	source->priv = NULL;
	pthread_mutex_unlock(&source->lock);
	if (priv != NULL)
		source->ops->close(priv);
}

static void fill(struct capture *capture, void *pixels)
{
	struct vcam_source *source = capture->source;
	int err;

	if (source->priv == NULL && pv_now_ns() >= capture->reopen_ns)
		capture_open(capture);
	if (source->priv != NULL) {
		err = source->ops->fill(source->priv, capture->period - capture->opened, pixels);
		if (err == 0)
			return;
		capture_close(source);
		pthread_mutex_lock(&source->lock);
		become_lost(capture, strerrordesc_np(-err));
		pthread_mutex_unlock(&source->lock);
	}
	pv_canvas_notice(source->mode.picture, "NO SIGNAL", pixels);
}

/* Called and left with the lock held, which it gives up while it fills. */
static void make_frame(struct capture *capture)
{
	struct vcam_source *source = capture->source;
	struct vcam_frame *frame;

	if (vcam_pool_take(source->pool, &frame) < 0) {
		source->pool_empty++;
		if (source->config->back_to_back)
			capture->not_before_ns = pv_now_ns() + POOL_EMPTY_NS;
		return;
	}
	frame->number = source->frames++;
	pthread_mutex_unlock(&source->lock);
	fill(capture, frame->pixels);
	frame->filled_ns = pv_now_ns();
	pthread_mutex_lock(&source->lock);
	/* A run that was ended meanwhile must not hand its frame to the taps of the next one. */
	if (goes_on(capture))
		for (struct vcam_tap *tap = source->taps; tap != NULL; tap = tap->next)
			vcam_tap_offer(tap, frame);
	vcam_frame_put(frame);
}

/* Lock held. */
static void capture_run(struct vcam_source *source)
{
	struct capture capture = {.source = source, .run = source->run};

	pthread_mutex_unlock(&source->lock);
	capture_open(&capture);
	capture.epoch_ns = pv_now_ns();
	pthread_mutex_lock(&source->lock);
	while (wait_for_turn(&capture)) {
		make_frame(&capture);
		capture.period++;
	}
	pthread_mutex_unlock(&source->lock);
	capture_close(source);
	pthread_mutex_lock(&source->lock);
}

static void *source_thread(void *arg)
{
	struct vcam_source *source = arg;
	char name[16];

	snprintf(name, sizeof(name), "src:%.11s", source->name);
	pthread_setname_np(pthread_self(), name);
	prctl(PR_SET_TIMERSLACK, 1ul, 0ul, 0ul, 0ul);
	pthread_mutex_lock(&source->lock);
	while (source->taps_started > 0 && !source->destroyed)
		capture_run(source);
	source->thread_state = VCAM_THREAD_ENDED;
	pthread_mutex_unlock(&source->lock);
	return NULL;
}

int vcam_source_thread_start(struct vcam_source *source)
{
	sigset_t all, before;
	int err;

	source->run++;
	if (source->thread_state == VCAM_THREAD_RUNS)
		return 0;
	if (source->thread_state == VCAM_THREAD_ENDED)
		pthread_join(source->thread, NULL);
	source->thread_state = VCAM_THREAD_NONE;
	/* Signals are the main thread's. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	err = pthread_create(&source->thread, NULL, source_thread, source);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (err == 0)
		source->thread_state = VCAM_THREAD_RUNS;
	return -err;
}
