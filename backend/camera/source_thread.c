/* SPDX-License-Identifier: MIT */
/*
 * The source's thread: runs while taps are started. It asks for frames at the source's rate, or
 * waits for those of a device with a clock of its own; while the source is lost it shows NO SIGNAL
 * at its rate.
 */
#include "backend/camera/source_internal.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>

#include "common/canvas.h"
#include "common/log.h"

#define NS_PER_S 1000000000ull
#define REOPEN_NS NS_PER_S
#define DONE_TIMEOUT_NS NS_PER_S /* a guest that is dead must not stop the others */
#define POOL_EMPTY_NS 1000000ull /* back to back: when to look for a free frame again */
/* A device that gives no frame for so long, and for so many periods, is lost. */
#define SILENCE_NS (2 * NS_PER_S)
#define SILENCE_PERIODS 4

/* One run, from the first tap's start to the last one's stop. The thread's own. */
struct capture {
	struct vcam_source *source;
	unsigned run;
	uint64_t epoch_ns;      /* when period 0 began */
	uint64_t period;        /* the next one */
	uint64_t opened;        /* the period that is frame 0 of what is open */
	uint64_t not_before_ns; /* the next frame */
	uint64_t reopen_ns;
	uint64_t heard_ns; /* from a device with a clock of its own */
};

static bool has_own_clock(const struct vcam_source *source)
{
	return source->priv != NULL && source->ops->wait != NULL;
}

static uint64_t period_start_ns(const struct capture *capture, uint64_t period)
{
	struct pv_fraction rate = capture->source->traits.mode.rate;

	return capture->epoch_ns +
	       (uint64_t)((unsigned __int128)period * rate.denom * NS_PER_S / rate.numer);
}

/* Whole periods between the start of this one and now. */
static uint64_t periods_behind(const struct capture *capture, uint64_t now_ns)
{
	struct pv_fraction rate = capture->source->traits.mode.rate;
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
		capture->not_before_ns =
			now_ns + pv_fraction_period_ns(source->traits.mode.rate) / 2;
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
	source->to_set |= source->was_set;
	capture->reopen_ns = pv_now_ns() + REOPEN_NS;
	if (news)
		pv_warning("source %s: lost: %s; guests see NO SIGNAL until it can be opened again",
			source->name, why);
}

/* Lock held. */
static void note_back(struct vcam_source *source)
{
	if (source->lost)
		pv_info("source %s: back", source->name);
	source->lost = false;
}

/* ---- opening and closing: only this thread writes priv ---- */

static void capture_open(struct capture *capture)
{
	struct vcam_source *source = capture->source;
	const char *why = "";
	struct vcam_source_traits traits;
	void *priv;
	int err = vcam_source_open(source, &priv, &traits, &why);

	pthread_mutex_lock(&source->lock);
	if (err < 0) {
		become_lost(capture, why);
	} else {
		source->priv = priv;
		capture->opened = capture->period;
		capture->heard_ns = pv_now_ns();
		vcam_source_learn_controls(source, &traits);
		vcam_source_meet_controls(source);
		if (!has_own_clock(source))
			note_back(source);
	}
	pthread_mutex_unlock(&source->lock);
}

/* Lock held; it is given up while the device is closed. */
static void capture_close(struct vcam_source *source)
{
	void *priv = source->priv;

	source->priv = NULL;
	pthread_mutex_unlock(&source->lock);
	if (priv != NULL)
		source->ops->close(priv);
	pthread_mutex_lock(&source->lock);
}

static const char *describe(int err)
{
	if (err == -ETIMEDOUT)
		return "it sends no frames";
	if (err == -ESTALE)
		return "its pictures have another form now";
	return err == -ENODEV ? "it is gone" : strerrordesc_np(-err);
}

/* Lock held. From here on the placeholder is shown, from now on at the source's rate. */
static void capture_lose(struct capture *capture, int err)
{
	capture_close(capture->source);
	become_lost(capture, describe(err));
	if (capture->source->ops->wait != NULL) {
		capture->epoch_ns = pv_now_ns();
		capture->period = 0;
		capture->opened = 0;
	}
}

/* ---- frames ---- */

/* enum vcam_filled, or -errno of a device with a clock of its own. */
static int fill(struct capture *capture, struct vcam_filling *filling)
{
	struct vcam_source *source = capture->source;
	bool ready = source->priv != NULL;
	int filled;

	if (!ready && pv_now_ns() >= capture->reopen_ns)
		capture_open(capture);
	if (has_own_clock(source) && ready)
		return source->ops->fill(source->priv, 0, filling);
	if (source->priv != NULL && !has_own_clock(source)) {
		filled =
			source->ops->fill(source->priv, capture->period - capture->opened, filling);
		if (filled >= 0)
			return filled;
		pthread_mutex_lock(&source->lock);
		capture_lose(capture, filled);
		pthread_mutex_unlock(&source->lock);
	}
	pv_canvas_notice(source->traits.mode.picture, "NO SIGNAL", filling->pixels);
	return VCAM_FILLED;
}

static int fill_placeholder(struct capture *capture, struct vcam_filling *filling)
{
	pv_canvas_notice(capture->source->traits.mode.picture, "NO SIGNAL", filling->pixels);
	return VCAM_FILLED;
}

/* Lock held. A run that was ended meanwhile must not hand its frame to the taps of the next one. */
static void publish(
	struct capture *capture, struct vcam_frame *frame, const struct vcam_filling *filling)
{
	struct vcam_source *source = capture->source;

	frame->number = source->frames++;
	frame->captured_ns = filling->captured_ns;
	frame->filled_ns = pv_now_ns();
	if (goes_on(capture))
		for (struct vcam_tap *tap = source->taps; tap != NULL; tap = tap->next)
			vcam_tap_offer(tap, frame);
}

/* Called and left with the lock held, which it gives up while it fills. enum vcam_filled or -errno.
 */
static int make_frame(struct capture *capture,
	int (*filler)(struct capture *capture, struct vcam_filling *filling))
{
	struct vcam_source *source = capture->source;
	struct vcam_filling filling = {.captured_ns = pv_now_ns()};
	struct vcam_frame *frame = NULL;
	int filled;

	if (vcam_pool_take(source->pool, &frame) == 0) {
		filling.pixels = frame->pixels;
	} else {
		source->pool_empty++;
		if (source->config->back_to_back)
			capture->not_before_ns = pv_now_ns() + POOL_EMPTY_NS;
		if (!has_own_clock(source) || filler == fill_placeholder)
			return VCAM_NOT_READY;
	}
	vcam_source_pass_controls(source);
	if (source->look_again)
		capture->reopen_ns = 0;
	source->look_again = false;
	pthread_mutex_unlock(&source->lock);
	filled = filler(capture, &filling);
	pthread_mutex_lock(&source->lock);
	source->missed += filling.missed;
	if (filled == VCAM_FILLED && frame != NULL)
		publish(capture, frame, &filling);
	else if (filled > VCAM_FILLED)
		source->spoiled[filled]++;
	if (frame != NULL)
		vcam_frame_put(frame);
	return filled;
}

/* ---- a device with a clock of its own ---- */

/* Lock held. When one that sends nothing, or nothing that can be used, is lost. */
static uint64_t silent_at_ns(const struct capture *capture)
{
	uint64_t patience_ns =
		SILENCE_PERIODS * pv_fraction_period_ns(capture->source->traits.mode.rate);

	return capture->heard_ns + (patience_ns > SILENCE_NS ? patience_ns : SILENCE_NS);
}

/* Lock held. It is open; whether it is back shows its first frame. */
static void take_frame(struct capture *capture)
{
	struct vcam_source *source = capture->source;
	int filled = make_frame(capture, fill);

	if (filled < 0)
		capture_lose(capture, filled);
	if (filled != VCAM_FILLED)
		return;
	capture->heard_ns = pv_now_ns();
	note_back(source);
}

/* Called and left with the lock held, which it gives up while it waits. */
static int wait_for_device(struct capture *capture, uint64_t until_ns)
{
	struct vcam_source *source = capture->source;
	eventfd_t wakes;
	unsigned changed;
	int err;

	pthread_mutex_unlock(&source->lock);
	err = source->ops->wait(source->priv, source->wake_fd, until_ns);
	(void)eventfd_read(source->wake_fd, &wakes);
	pthread_mutex_lock(&source->lock);
	for (changed = source->ops->changed_controls(source->priv); changed; changed &= changed - 1)
		vcam_source_read_control(source, (uint8_t)__builtin_ctz(changed));
	vcam_source_pass_controls(source);
	return err;
}

/* Lock held. While one that was lost has sent no frame yet, guests go on seeing the placeholder. */
static void device_turn(struct capture *capture)
{
	struct vcam_source *source = capture->source;
	uint64_t silent_ns = silent_at_ns(capture), until_ns = silent_ns;
	int err;

	if (source->lost && period_start_ns(capture, capture->period) < until_ns)
		until_ns = period_start_ns(capture, capture->period);
	err = wait_for_device(capture, until_ns);
	if (!goes_on(capture))
		return;
	if (err == 0) {
		take_frame(capture);
	} else if (err == -ETIMEDOUT && until_ns < silent_ns) {
		keep_rate(capture);
		make_frame(capture, fill_placeholder);
		capture->period++;
	} else if (err != -EAGAIN) {
		capture_lose(capture, err);
		return;
	}
	if (source->priv != NULL && pv_now_ns() >= silent_at_ns(capture))
		capture_lose(capture, -ETIMEDOUT);
}

/* Lock held. */
static void capture_run(struct vcam_source *source)
{
	struct capture capture = {.source = source, .run = source->run};

	pthread_mutex_unlock(&source->lock);
	capture_open(&capture);
	capture.epoch_ns = pv_now_ns();
	pthread_mutex_lock(&source->lock);
	while (goes_on(&capture)) {
		if (has_own_clock(source)) {
			device_turn(&capture);
			continue;
		}
		if (!wait_for_turn(&capture))
			break;
		make_frame(&capture, fill);
		capture.period++;
	}
	capture_close(source);
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
