/* SPDX-License-Identifier: MIT */
/*
 * How late threads wake: a histogram of fixed bins, eight for each doubling from 1 µs up to 16 s.
 * Adding is real-time safe, any threads; so is reading, which sees one moment's bins, more or less.
 */
#ifndef VSND_DELAYS_H
#define VSND_DELAYS_H

#include <stdatomic.h>
#include <stdint.h>

#define VSND_DELAYS_BINS (1u + 24 * 8)

/* All 0 to begin with. */
struct vsnd_delays {
	_Atomic uint64_t bins[VSND_DELAYS_BINS];
	_Atomic uint64_t max_ns;
};

void vsnd_delays_add(struct vsnd_delays *delays, uint64_t delay_ns);
/* Adds all that are in another, but for what comes there meanwhile. */
void vsnd_delays_merge(struct vsnd_delays *delays, const struct vsnd_delays *from);
/* How many there are. */
uint64_t vsnd_delays_count(const struct vsnd_delays *delays);
/* What so many of 10000 are not above: the upper end of a bin, up to an eighth more than it is, at
 * most the longest; 0: there are none. */
uint64_t vsnd_delays_quantile_ns(const struct vsnd_delays *delays, unsigned of_10000);

/* All that is told of them. */
struct vsnd_lateness {
	uint64_t wakes;
	uint64_t p50_ns, p99_ns, max_ns;
};
struct vsnd_lateness vsnd_delays_lateness(const struct vsnd_delays *delays);

#endif
