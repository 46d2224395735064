/* SPDX-License-Identifier: MIT */
#include "tests/bench/stats.h"

#include <errno.h>
#include <stdlib.h>

int pvbench_set_add(struct pvbench_set *set, uint64_t ns)
{
	if (set->count == set->room) {
		size_t room = set->room > 0 ? set->room * 2 : 256;
		uint64_t *grown = reallocarray(set->ns, room, sizeof(*grown));

		if (grown == NULL)
			return -ENOMEM;
		set->ns = grown;
		set->room = room;
	}
	set->ns[set->count++] = ns;
	return 0;
}

void pvbench_set_free(struct pvbench_set *set)
{
	free(set->ns);
	*set = (struct pvbench_set){0};
}

static int compare_ns(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

	return left < right ? -1 : left > right;
}

struct pvbench_summary pvbench_set_summary(struct pvbench_set *set)
{
	size_t count = set->count, middle = count / 2;
	uint64_t median2_ns; /* twice the median */

	if (count == 0)
		return (struct pvbench_summary){0};
	qsort(set->ns, count, sizeof(set->ns[0]), compare_ns);
	median2_ns = set->ns[middle] + set->ns[count % 2 == 0 ? middle - 1 : middle];
	return (struct pvbench_summary){
		.count = count,
		.min_us = (double)set->ns[0] / 1e3,
		.median_us = (double)median2_ns / 2e3,
		.p99_us = (double)set->ns[(count * 99 + 99) / 100 - 1] / 1e3,
		.max_us = (double)set->ns[count - 1] / 1e3,
	};
}

struct pvbench_line pvbench_line_fit(const double *x, const double *y, size_t count)
{
	double w = 0, wx = 0, wy = 0, wxx = 0, wxy = 0, divisor;
	struct pvbench_line line;

	for (size_t i = 0; i < count; i++) {
		double weight = y[i] > 0 ? 1 / (y[i] * y[i]) : 0;

		w += weight;
		wx += weight * x[i];
		wy += weight * y[i];
		wxx += weight * x[i] * x[i];
		wxy += weight * x[i] * y[i];
	}
	divisor = w * wxx - wx * wx;
	if (!(divisor > 0))
		return (struct pvbench_line){0};
	line.slope = (w * wxy - wx * wy) / divisor;
	line.intercept = (wy - line.slope * wx) / w;
	return line;
}
