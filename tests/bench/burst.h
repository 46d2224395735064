/* SPDX-License-Identifier: MIT */
/*
 * The sound that is sent around a loop, and where it is in what comes back. No state; any thread.
 * Source: BACKGROUND.md, T2: the loop's latency by a sine that is played and recorded.
 */
#ifndef PVBENCH_BURST_H
#define PVBENCH_BURST_H

#include <stddef.h>
#include <stdint.h>

#define PVBENCH_BURST_FRAMES 64u

/* Sample index (0 .. PVBENCH_BURST_FRAMES - 1) of the burst: noise, the same each time, of half the
 * full scale. Noise resembles no shifted copy of itself, so its place is known to the frame. */
int16_t pvbench_burst_sample(unsigned index);

/*
 * Where the burst begins in count samples, also turned upside down, weaker, or with noise over it:
 * at the largest correlation. -ENOENT: nothing that resembles it.
 */
int pvbench_burst_find(const int16_t *samples, size_t count, size_t *ret_begin);

#endif
