/* SPDX-License-Identifier: MIT */
#include "backend/sound/card/wake.h"

#include <errno.h>
#include <time.h>

#define STILL_MS 1000 /* without a move, and the device is lost */
#define NAP_NS 500000
#define STILL_NAPS (STILL_MS * (1000000u / NAP_NS))
#define LATE_MAX 4u

int vsnd_wake_wait(const struct vsnd_wake *wake, snd_pcm_t *pcm, unsigned *naps)
{
	static const struct timespec nap = {.tv_nsec = NAP_NS};

	if (!wake->naps)
		return snd_pcm_wait(pcm, STILL_MS) == 0 ? -EIO : 0;
	nanosleep(&nap, NULL);
	return ++*naps < STILL_NAPS ? 0 : -EIO;
}

uint64_t vsnd_wake_late_ns(const struct vsnd_wake *wake, uint64_t took_ns)
{
	return wake->naps && took_ns > NAP_NS ? took_ns - NAP_NS : 0;
}

void vsnd_wake_note(struct vsnd_wake *wake, bool late)
{
	wake->late = late ? wake->late + 1 : 0;
	wake->naps = wake->naps || wake->late == LATE_MAX;
}
