/* SPDX-License-Identifier: MIT */
/* Keeps processors from sleeping while something is timed, as /dev/cpu_dma_latency does on a bare
 * machine: a virtual processor that sleeps is given to others, and comes back late. */
#ifndef PVBENCH_AWAKE_H
#define PVBENCH_AWAKE_H

/* A thread on each CPU that runs when nothing else does (SCHED_IDLE), until the program ends.
 * -errno. */
int pvbench_awake_start(void);

#endif
