/* SPDX-License-Identifier: MIT */
/* Samples and what is said of them. No state; an object belongs to one thread. */
#ifndef PVBENCH_STATS_H
#define PVBENCH_STATS_H

#include <stddef.h>
#include <stdint.h>

/* Times in nanoseconds, in any number. Zeroed memory is an empty set. */
struct pvbench_set {
	uint64_t *ns;
	size_t count;
	size_t room;
};

/* -ENOMEM. */
int pvbench_set_add(struct pvbench_set *set, uint64_t ns);
void pvbench_set_free(struct pvbench_set *set);

struct pvbench_summary {
	size_t count;
	double min_us;
	double median_us;
	double p99_us; /* the smallest sample that 99 % do not exceed */
	double max_us;
};

/* Sorts the set. All 0 for an empty one. */
struct pvbench_summary pvbench_set_summary(struct pvbench_set *set);

/* y = intercept + slope * x. */
struct pvbench_line {
	double slope;
	double intercept;
};

/*
 * Least squares of the relative error (weights 1/y^2), so that a line over four decades of sizes
 * fits the small ones, too. Needs two different x and y > 0; all 0 otherwise.
 */
struct pvbench_line pvbench_line_fit(const double *x, const double *y, size_t count);

#endif
