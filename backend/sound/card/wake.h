/* SPDX-License-Identifier: MIT */
/*
 * How a PCM is waited for: by its own wake-ups, or by the clock, until it will be where we want it,
 * and looked at again then. By the clock where a card can do without waking us, and where its
 * wake-ups come too coarse: snd-aloop moves with each tick of the kernel's timer (4 ms) and tells
 * of every second one, and a guest whose buffer is small cannot follow such strides. One thread,
 * real-time.
 */
#ifndef VSND_WAKE_H
#define VSND_WAKE_H

#include <alsa/asoundlib.h>
#include <stdbool.h>
#include <stdint.h>

struct vsnd_wake {
	bool timed;         /* by the clock */
	uint64_t behind_ns; /* then: it may be further by so much than it says */
	uint64_t nap_ns;    /* and the least from a look to the next, up to 0.5 ms; 0: that */
	unsigned late;
	bool vain; /* its own wake-up came in the wait under way: the rest is by the clock */
	uint64_t still_ns; /* waited since it moved */
	uint64_t until_ns; /* when the last wait was to end; 0: there was none */
};

/* What comes is another wait. */
void vsnd_wake_begin(struct vsnd_wake *wake);
/* Until something may have changed: it was looked at then, and should be where it is wanted so much
 * later. -EIO: it was still for a second, or as snd_pcm_wait. */
int vsnd_wake_wait(struct vsnd_wake *wake, snd_pcm_t *pcm, uint64_t looked_ns, uint64_t away_ns);
/* It moved. */
void vsnd_wake_moved(struct vsnd_wake *wake);
/* By how much the wait was over too late, if it was now, as far as time tells it: the device's own
 * wake-ups have none to keep. */
uint64_t vsnd_wake_late_ns(const struct vsnd_wake *wake, uint64_t now_ns);
/* A wake-up was late by a quantum or more, or not. Several late ones of the PCM's own in a row: no
 * more of them. */
void vsnd_wake_note(struct vsnd_wake *wake, bool late);

#endif
