/* SPDX-License-Identifier: MIT */
/*
 * Bare timer threads, one on each CPU of the machine, above the priority of what is measured: when
 * this machine would have made anybody late, whatever his code. Main thread only.
 */
#ifndef PVBENCH_WITNESS_H
#define PVBENCH_WITNESS_H

#include <stdint.h>

struct pvbench_witness;

/* Sleeps from beat to beat of beat_ns. Remembers each beat that came stall_ns late or later,
 * whereupon the beat begins anew. priority: SCHED_FIFO's, or 0. -errno. */
int pvbench_witness_start(
	int priority, uint64_t beat_ns, uint64_t stall_ns, struct pvbench_witness **ret);
/* Ends the threads. Takes NULL. */
void pvbench_witness_stop(struct pvbench_witness *witness);
/* How many of these moments (CLOCK_MONOTONIC) had a stall on any CPU within window_ns before them,
 * or during them. Stopped ones only. */
unsigned pvbench_witness_count(const struct pvbench_witness *witness, const uint64_t *at_ns,
	unsigned num_moments, uint64_t window_ns);
/* Stalls in all, of all CPUs. Stopped ones only. */
unsigned pvbench_witness_stalls(const struct pvbench_witness *witness);
/* A stopped one, or NULL. */
void pvbench_witness_free(struct pvbench_witness *witness);

#endif
