/* SPDX-License-Identifier: MIT */
/*
 * How a PCM is waited for: by its own wake-ups, where they come in time. What counts in coarse
 * steps wakes us late, too: snd-aloop moves with each tick of the kernel's timer (4 ms) and tells
 * of every second one, and a guest whose buffer is small cannot follow such strides. So that is
 * looked at often instead. One thread, real-time.
 */
#ifndef VSND_WAKE_H
#define VSND_WAKE_H

#include <alsa/asoundlib.h>
#include <stdbool.h>

struct vsnd_wake {
	bool naps; /* looked at, not waited for */
	unsigned late;
};

/* Until something may have changed. naps counts how often nothing had: 0 at first. -EIO: for a
 * second. */
int vsnd_wake_wait(const struct vsnd_wake *wake, snd_pcm_t *pcm, unsigned *naps);
/* By how much a wait that took so long ended too late, as far as time tells it: the device's own
 * wake-ups have none to keep. */
uint64_t vsnd_wake_late_ns(const struct vsnd_wake *wake, uint64_t took_ns);
/* A wake-up was late by a quantum or more, or not. Several late ones in a row: no more of them. */
void vsnd_wake_note(struct vsnd_wake *wake, bool late);

#endif
