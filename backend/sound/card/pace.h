/* SPDX-License-Identifier: MIT */
/* The clock of a device that has none: frames of a rate against CLOCK_MONOTONIC. One thread. */
#ifndef VSND_PACE_H
#define VSND_PACE_H

#include <stdint.h>

struct vsnd_pace {
	uint64_t epoch_ns; /* when frame 0 began */
	uint64_t frame;    /* the next one */
	uint32_t rate_hz;
	uint64_t late_ns; /* by which the last wait returned too late */
};

/* Frame 0 begins now. */
void vsnd_pace_begin(struct vsnd_pace *pace, uint32_t rate_hz);

/* The frame under way at this time, counted from the epoch. */
uint64_t vsnd_pace_frame_at(const struct vsnd_pace *pace, uint64_t now_ns);

/*
 * Sleeps until these frames have gone by. Exact: nothing is rounded but the end of the sleep. Who
 * comes late does not sleep until on time again, so that no frame is left out. Real-time safe.
 */
void vsnd_pace_wait(struct vsnd_pace *pace, uint32_t frames);

#endif
