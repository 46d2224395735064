/* SPDX-License-Identifier: MIT */
/*
 * What makes runs comparable: frames that no cache holds, stamps, and an even pace. One thread per
 * object.
 */
#ifndef PVBENCH_COLD_H
#define PVBENCH_COLD_H

#include <stddef.h>
#include <stdint.h>

#define PVBENCH_DEST_PACED 4u /* destination buffers of a paced run, on all sides */
#define PVBENCH_DEST_MAX 32u  /* what a camera can have */

/* What a frame starts with, little-endian, as pvcamd's source "stamp" writes it. */
struct pvbench_stamp {
	uint64_t number;
	uint64_t filled_ns; /* CLOCK_MONOTONIC */
};

/* Bytes that are enough to push everything else out of the caches: four times the largest. */
size_t pvbench_cold_bytes(void);

/* Frames used one after the other. */
struct pvbench_ring {
	char *start;
	size_t frame_bytes;
	size_t stride_bytes; /* whole pages */
	unsigned count;
	unsigned used; /* of them take turns: all, until pvbench_ring_use */
	unsigned next;
};

/* Written once, so that every page is there. -ENOMEM. */
int pvbench_ring_create(size_t frame_bytes, unsigned count, struct pvbench_ring *ret);
void pvbench_ring_destroy(struct pvbench_ring *ring);
/* Begins anew, with the first `used` only. */
void pvbench_ring_use(struct pvbench_ring *ring, unsigned used);
void *pvbench_ring_next(struct pvbench_ring *ring);

/* Source frames that together are colder than any cache. */
unsigned pvbench_source_count(size_t frame_bytes, size_t cold_bytes);
/* Destination buffers, back to back: as many as are cold together, up to 32 or what can be granted,
 * at least 4. */
unsigned pvbench_dest_count(size_t frame_bytes, size_t cold_bytes);

/* Memory to walk over between frames. NULL without memory. */
void *pvbench_walk_create(size_t bytes);
void pvbench_walk_destroy(void *walk, size_t bytes);
/* Reads all of it: afterwards nothing else is in the caches. */
void pvbench_walk(const void *walk, size_t bytes);

/* Stamps a frame, and touches nothing else of it. */
void pvbench_stamp_write(void *pixels, uint64_t number);
struct pvbench_stamp pvbench_stamp_read(const void *pixels);

/* A beat: 0 period_ns never sleeps. A beat that was missed by a period or more begins anew. */
struct pvbench_pace {
	uint64_t period_ns;
	uint64_t next_ns;
};

struct pvbench_pace pvbench_pace_start(uint64_t period_ns);
void pvbench_pace_wait(struct pvbench_pace *pace);

#endif
