/* SPDX-License-Identifier: MIT */
/*
 * How many messages about one thing get through, so that what others cause does not fill a log:
 * PV_LOG_LIMIT_LINES within PV_LOG_LIMIT_NS of the first, then none until these are over. Pure; the
 * caller logs, and says once how many there were.
 */
#ifndef PV_COMMON_LOG_LIMIT_H
#define PV_COMMON_LOG_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

#define PV_LOG_LIMIT_LINES 20
#define PV_LOG_LIMIT_NS UINT64_C(60000000000)

/* All 0 at first. */
struct pv_log_limit {
	uint64_t since_ns;
	unsigned lines;    /* since then */
	unsigned left_out; /* not told yet */
};

/* Whether a message at now_ns (any clock that does not go back) may be logged; *ret_left_out: how
 * many were not before it, to be told now; else 0. */
bool pv_log_limit_allows(struct pv_log_limit *limit, uint64_t now_ns, unsigned *ret_left_out);

#endif
