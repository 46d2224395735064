/* SPDX-License-Identifier: MIT */
/*
 * Bare timer threads, one on each CPU that this process may use, with the priority of what is
 * measured: how often this machine would have made anybody late. Main thread only.
 */
#ifndef PVBENCH_WITNESS_H
#define PVBENCH_WITNESS_H

#include <stdint.h>

struct pvbench_witness;

/* Sleeps from beat to beat of period_ns. priority: SCHED_FIFO's, or 0. -errno. */
int pvbench_witness_start(
	int priority, uint64_t period_ns, uint64_t slack_ns, struct pvbench_witness **ret);
/* Ends and frees. The times that a beat came later than slack_ns, whereupon the beat began anew; of
 * all threads together. Takes NULL. */
uint64_t pvbench_witness_end(struct pvbench_witness *witness);

#endif
