/* SPDX-License-Identifier: MIT */
/*
 * speexdsp's filter for a ratio of rates, written down: what the library makes of a click, for each
 * place that a frame which comes out can have between two that went in. The library itself keeps a
 * few rows and interpolates between them for every frame, which takes four products and more; with
 * all rows it takes one. Immutable once made, any thread.
 */
#ifndef VSND_FILTER_H
#define VSND_FILTER_H

#include <stdint.h>

struct vsnd_filter;

/* from and to: the ratio, without common divisors; quality: speexdsp's. Takes some milliseconds.
 * -ENOSPC: more rows than it is worth; -ENOMEM. */
int vsnd_filter_create(uint32_t from, uint32_t to, int quality, struct vsnd_filter **ret);
/* Takes NULL. */
void vsnd_filter_destroy(struct vsnd_filter *filter);

/* How many frames that went in make one that comes out; its middle is half of them behind. */
uint32_t vsnd_filter_taps(const struct vsnd_filter *filter);
/* The frame that lies place/to past the last of these, one channel's. Real-time safe. */
float vsnd_filter_run(const struct vsnd_filter *filter, uint32_t place, const float *taps);

#endif
