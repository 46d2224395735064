/* SPDX-License-Identifier: MIT */
/*
 * The time of every operation and frame of `pvcam grab`, summed up, and logged as CSV when asked.
 * All times are CLOCK_MONOTONIC. One thread.
 */
#ifndef PVCAM_TIMING_H
#define PVCAM_TIMING_H

#include <stdint.h>
#include <stdio.h>

enum pvcam_op {
	PVCAM_OP_OPEN,
	PVCAM_OP_SETTINGS,
	PVCAM_OP_START,
	PVCAM_OP_GET,
	PVCAM_OP_CONVERT,
	PVCAM_OP_WRITE,
	PVCAM_OP_GIVE_BACK,
	PVCAM_OP_STOP,
	PVCAM_OP_CLOSE,
	PVCAM_OPS
};

struct pvcam_timing_sum {
	uint64_t frames;
	uint64_t lost;    /* numbers skipped by seq */
	uint64_t doubled; /* frames whose seq does not go up */
	uint64_t late;    /* frames that came over 1.5 periods after the one before */
	uint64_t bytes;
	uint64_t first_ns;
	uint64_t last_ns;
};

struct pvcam_op_stat {
	uint64_t count;
	uint64_t min_ns, median_ns, p99_ns, max_ns; /* 0 without any */
};

struct pvcam_timing;

/* csv_path: a file to log to, NULL: sums only. -errno of the file. */
int pvcam_timing_create(const char *csv_path, struct pvcam_timing **ret);
/* What the frames should come at. */
void pvcam_timing_set_period(struct pvcam_timing *timing, uint64_t period_ns);

/* The operation ran from start_ns to end_ns. -ENOMEM. */
int pvcam_timing_op(
	struct pvcam_timing *timing, enum pvcam_op op, uint64_t start_ns, uint64_t end_ns);
void pvcam_timing_frame(
	struct pvcam_timing *timing, uint32_t seq, uint64_t received_ns, uint64_t bytes);

void pvcam_timing_sum(const struct pvcam_timing *timing, struct pvcam_timing_sum *ret);
/* Frames a second between the first and the last; 0 below two frames. */
double pvcam_timing_fps(const struct pvcam_timing_sum *sum);
void pvcam_timing_op_stat(struct pvcam_timing *timing, enum pvcam_op op, struct pvcam_op_stat *ret);

/* Ends the log with the sums as lines that start with '#'. Frees all. -errno of the file. Takes
 * NULL. */
int pvcam_timing_finish(struct pvcam_timing *timing);

#endif
