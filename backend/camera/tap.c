/* SPDX-License-Identifier: MIT */
#include "backend/camera/source_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/eventfd.h>

int vcam_tap_create(struct vcam_source *source, int wake_fd, struct vcam_tap **ret)
{
	struct vcam_tap *tap = calloc(1, sizeof(*tap));

	if (tap == NULL)
		return -ENOMEM;
	tap->source = source;
	tap->wake_fd = wake_fd;
	pthread_mutex_lock(&source->lock);
	tap->next = source->taps;
	source->taps = tap;
	pthread_mutex_unlock(&source->lock);
	*ret = tap;
	return 0;
}

/* Lock held. */
static void stop_locked(struct vcam_tap *tap)
{
	struct vcam_source *source = tap->source;

	if (!tap->started)
		return;
	tap->started = false;
	vcam_tap_drain(tap);
	source->taps_started--;
	vcam_source_wake(source);
}

void vcam_tap_destroy(struct vcam_tap *tap)
{
	struct vcam_source *source;
	struct vcam_tap **place;

	if (tap == NULL)
		return;
	source = tap->source;
	pthread_mutex_lock(&source->lock);
	stop_locked(tap);
	for (place = &source->taps; *place != tap; place = &(*place)->next)
		;
	*place = tap->next;
	vcam_source_unlock_unref(source);
	free(tap);
}

/* Frame k since the start is offered when floor(k * r) is reached first, r = rate / source's. */
static void thin_to(struct vcam_tap *tap, struct pv_fraction rate)
{
	struct pv_fraction all = tap->source->traits.mode.rate;

	if (pv_fraction_compare(rate, all) > 0)
		rate = all;
	tap->step = (unsigned __int128)rate.numer * all.denom;
	tap->whole = (unsigned __int128)rate.denom * all.numer;
	tap->due = tap->whole - tap->step;
}

int vcam_tap_start(struct vcam_tap *tap, struct pv_fraction rate)
{
	struct vcam_source *source = tap->source;
	int err = 0;

	if (rate.numer == 0 || rate.denom == 0)
		return -EINVAL;
	pthread_mutex_lock(&source->lock);
	if (source->destroyed)
		err = -ENODEV;
	else if (source->taps_started == 0)
		err = vcam_source_thread_start(source);
	if (err == 0) {
		thin_to(tap, rate);
		if (!tap->started) {
			tap->started = true;
			tap->in_hand = 0;
			tap->given_up = false;
			source->taps_started++;
		}
	}
	pthread_mutex_unlock(&source->lock);
	return err;
}

void vcam_tap_stop(struct vcam_tap *tap)
{
	pthread_mutex_lock(&tap->source->lock);
	stop_locked(tap);
	pthread_mutex_unlock(&tap->source->lock);
}

static struct vcam_tap_frame shift(struct vcam_tap *tap)
{
	struct vcam_tap_frame oldest = tap->waiting[tap->first];

	tap->first = (tap->first + 1) % VCAM_TAP_DEPTH;
	tap->num_waiting--;
	return oldest;
}

void vcam_tap_drain(struct vcam_tap *tap)
{
	while (tap->num_waiting > 0) {
		vcam_frame_put(shift(tap).frame);
		tap->counts.dropped_stopped++;
	}
}

void vcam_tap_wake(struct vcam_tap *tap)
{
	/* Fails only when the eventfd's counter is full, and then its owner is awake already. */
	(void)eventfd_write(tap->wake_fd, 1);
}

void vcam_tap_offer(struct vcam_tap *tap, struct vcam_frame *frame)
{
	struct vcam_tap_frame *place;

	if (!tap->started)
		return;
	tap->due += tap->step;
	if (tap->due < tap->whole)
		return;
	tap->due -= tap->whole;
	tap->counts.offered++;
	if (tap->num_waiting == VCAM_TAP_DEPTH) {
		vcam_frame_put(shift(tap).frame);
		tap->counts.dropped_late++;
	}
	place = &tap->waiting[(tap->first + tap->num_waiting++) % VCAM_TAP_DEPTH];
	*place = (struct vcam_tap_frame){vcam_frame_hold(frame), tap->next_seq++};
	vcam_tap_wake(tap);
}

int vcam_tap_take(struct vcam_tap *tap, struct vcam_tap_frame *ret)
{
	int err = -EAGAIN;

	pthread_mutex_lock(&tap->source->lock);
	if (tap->num_waiting > 0) {
		*ret = shift(tap);
		tap->in_hand++;
		err = 0;
	}
	pthread_mutex_unlock(&tap->source->lock);
	return err;
}

void vcam_tap_done(struct vcam_tap *tap)
{
	pthread_mutex_lock(&tap->source->lock);
	if (tap->in_hand > 0)
		tap->in_hand--;
	tap->given_up = false;
	/* Only a back-to-back source waits for it; another would wake up for nothing. */
	if (tap->in_hand == 0 && tap->source->config->back_to_back)
		pthread_cond_broadcast(&tap->source->changed);
	pthread_mutex_unlock(&tap->source->lock);
}

int vcam_tap_control_changed(struct vcam_tap *tap, uint8_t *ret_type, int64_t *ret_value)
{
	struct vcam_source *source = tap->source;
	int err = -EAGAIN;

	pthread_mutex_lock(&source->lock);
	if (tap->changed != 0) {
		unsigned type = (unsigned)__builtin_ctz(tap->changed);

		tap->changed &= (uint8_t)(tap->changed - 1);
		*ret_type = (uint8_t)type;
		*ret_value = source->values[type];
		err = 0;
	}
	pthread_mutex_unlock(&source->lock);
	return err;
}

void vcam_tap_counts(struct vcam_tap *tap, struct vcam_tap_counts *ret)
{
	pthread_mutex_lock(&tap->source->lock);
	*ret = tap->counts;
	pthread_mutex_unlock(&tap->source->lock);
}
