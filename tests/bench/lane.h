/* SPDX-License-Identifier: MIT */
/* Jobs for workers and what they answer. What fails ends the program. Main thread only. */
#ifndef PVBENCH_LANE_H
#define PVBENCH_LANE_H

#include "tests/bench/child.h"
#include "tests/bench/worker.h"

/* who: for complaints. */
void pvbench_lane_go(struct pvbench_child *child, const char *who, const struct pvbench_job *job);
struct pvbench_sample pvbench_lane_hear_sample(struct pvbench_child *child, const char *who);
/* After the last sample. */
void pvbench_lane_hear_done(struct pvbench_child *child, const char *who);

#endif
