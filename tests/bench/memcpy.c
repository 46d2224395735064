/* SPDX-License-Identifier: MIT */
/* The floor: one memcpy by one thread. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/parse.h"
#include "tests/bench/cold.h"
#include "tests/bench/worker.h"

struct copier {
	struct pvbench_ring from, to;
	void *walk;
	size_t cold_bytes;
	uint64_t number;
};

static void copier_close(void *state)
{
	struct copier *copier = state;

	pvbench_ring_destroy(&copier->from);
	pvbench_ring_destroy(&copier->to);
	pvbench_walk_destroy(copier->walk, copier->cold_bytes);
	free(copier);
}

static int copier_open(const struct pvbench_place *place, char *ready, void **ret_state)
{
	struct copier *copier = calloc(1, sizeof(*copier));
	int error;

	(void)ready;
	if (copier == NULL)
		return -ENOMEM;
	copier->cold_bytes = place->cold_bytes;
	copier->walk = pvbench_walk_create(place->cold_bytes);
	error = copier->walk == NULL ? -ENOMEM : 0;
	if (error == 0)
		error = pvbench_ring_create(place->frame_bytes,
			pvbench_source_count(place->frame_bytes, place->cold_bytes), &copier->from);
	if (error == 0)
		error = pvbench_ring_create(place->frame_bytes,
			pvbench_dest_count(place->frame_bytes, place->cold_bytes), &copier->to);
	if (error < 0) {
		copier_close(copier);
		return error;
	}
	*ret_state = copier;
	return 0;
}

static void copy_one(struct copier *copier, struct pvbench_sample *ret)
{
	void *from = pvbench_ring_next(&copier->from), *to = pvbench_ring_next(&copier->to);
	struct pvbench_stamp stamp;

	ret->number = copier->number++;
	pvbench_stamp_write(from, ret->number);
	memcpy(to, from, copier->from.frame_bytes);
	ret->ready_ns = pv_now_ns();
	stamp = pvbench_stamp_read(to);
	ret->time_ns = ret->ready_ns - stamp.filled_ns;
}

static int copier_run(void *state, const struct pvbench_job *job, struct pvbench_sample *samples)
{
	struct pvbench_pace pace = pvbench_pace_start(job->period_ns);
	struct copier *copier = state;

	pvbench_ring_use(&copier->to, job->period_ns > 0 ? PVBENCH_DEST_PACED : copier->to.count);
	for (unsigned i = 0; i < job->frames; i++) {
		pvbench_pace_wait(&pace);
		copy_one(copier, &samples[i]);
		if (job->period_ns > 0)
			pvbench_walk(copier->walk, copier->cold_bytes);
	}
	return 0;
}

const struct pvbench_role pvbench_role_memcpy = {
	.name = "memcpy",
	.open = copier_open,
	.run = copier_run,
	.close = copier_close,
	.measures = true,
};
