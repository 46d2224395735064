/* SPDX-License-Identifier: MIT */
/* The guest's end of pvmedia's camera, by libpvcam. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "common/parse.h"
#include "frontend/camera/pvcam.h"
#include "tests/bench/cold.h"
#include "tests/bench/worker.h"

#define FRAME_TIMEOUT_MS 5000

struct viewer {
	struct pvcam *camera;
	void *walk;
	size_t frame_bytes;
	size_t cold_bytes;
};

static void viewer_close(void *state)
{
	struct viewer *viewer = state;

	pvcam_close(viewer->camera);
	pvbench_walk_destroy(viewer->walk, viewer->cold_bytes);
	free(viewer);
}

/* The camera must be in the settings that it was attached with. */
static int viewer_check(struct viewer *viewer)
{
	struct pvcam_layout layout;
	int error = pvcam_get_layout(viewer->camera, &layout);

	if (error == 0 && layout.size_bytes != viewer->frame_bytes)
		return -EMSGSIZE;
	return error;
}

/* words: the camera's name. */
static int viewer_open(const struct pvbench_place *place, char *ready, void **ret_state)
{
	struct viewer *viewer;
	int error;

	(void)ready;
	if (place->num_words != 1)
		return -EINVAL;
	viewer = calloc(1, sizeof(*viewer));
	if (viewer == NULL)
		return -ENOMEM;
	viewer->frame_bytes = place->frame_bytes;
	viewer->cold_bytes = place->cold_bytes;
	viewer->walk = pvbench_walk_create(place->cold_bytes);
	error = viewer->walk == NULL ? -ENOMEM : pvcam_open(place->words[0], &viewer->camera);
	if (error == 0)
		error = viewer_check(viewer);
	if (error < 0) {
		viewer_close(viewer);
		return error;
	}
	*ret_state = viewer;
	return 0;
}

static int viewer_take(struct viewer *viewer, struct pvcam_frame *frame, struct pvbench_sample *ret)
{
	struct pvbench_stamp stamp;
	int error = pvcam_get_frame(viewer->camera, FRAME_TIMEOUT_MS, frame);

	if (error < 0)
		return error;
	stamp = pvbench_stamp_read(frame->pixels);
	ret->number = frame->seq;
	ret->ready_ns = frame->received_ns;
	ret->time_ns = frame->received_ns - stamp.filled_ns;
	return 0;
}

static int run_paced(struct viewer *viewer, unsigned frames, struct pvbench_sample *samples)
{
	struct pvcam_frame frame;

	for (unsigned i = 0; i < frames; i++) {
		int error = viewer_take(viewer, &frame, &samples[i]);

		if (error == 0)
			error = pvcam_give_back(viewer->camera, &frame);
		if (error < 0)
			return error;
		pvbench_walk(viewer->walk, viewer->cold_bytes);
	}
	return 0;
}

/*
 * All buffers but one are held, the oldest goes back for each that comes: so frames do not queue up
 * in buffers, and those take turns.
 */
static int run_back_to_back(
	struct viewer *viewer, unsigned buffers, unsigned frames, struct pvbench_sample *samples)
{
	struct pvcam_frame held[PVBENCH_DEST_MAX];
	struct pvbench_sample ignored;

	for (unsigned i = 0; i < frames + buffers - 1; i++) {
		bool filling = i < buffers - 1;
		struct pvcam_frame *oldest = &held[i % (buffers - 1)];
		struct pvcam_frame frame;
		int error = viewer_take(
			viewer, &frame, filling ? &ignored : &samples[i - (buffers - 1)]);

		if (error == 0 && !filling)
			error = pvcam_give_back(viewer->camera, oldest);
		if (error < 0)
			return error;
		*oldest = frame;
	}
	return 0;
}

static int viewer_run(void *state, const struct pvbench_job *job, struct pvbench_sample *samples)
{
	struct viewer *viewer = state;
	bool paced = job->period_ns > 0;
	unsigned buffers = paced ? PVBENCH_DEST_PACED
				 : pvbench_dest_count(viewer->frame_bytes, viewer->cold_bytes);
	int error = pvcam_start(viewer->camera, buffers), stopped;

	if (error < 0)
		return error;
	if (paced)
		error = run_paced(viewer, job->frames, samples);
	else
		error = run_back_to_back(viewer, buffers, job->frames, samples);
	stopped = pvcam_stop(viewer->camera);
	return error < 0 ? error : stopped;
}

const struct pvbench_role pvbench_role_camera = {
	.name = "camera",
	.open = viewer_open,
	.run = viewer_run,
	.close = viewer_close,
	.measures = true,
};

/* ---- streaming for a time, as an application does ---- */

static uint64_t processor_ns(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (uint64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000000ull +
	       (uint64_t)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1000ull;
}

/*
 * One sample sums the whole job up: number = frames, time_ns = processor time, ready_ns = the time
 * it took. job->frames is the number of samples, 1; job->period_ns is how long to stream.
 */
static int stream_run(void *state, const struct pvbench_job *job, struct pvbench_sample *samples)
{
	uint64_t start_ns = pv_now_ns(), start_cpu_ns, now_ns;
	struct viewer *viewer = state;
	struct pvcam_frame frame;
	int error = pvcam_start(viewer->camera, 0), stopped;

	if (error < 0)
		return error;
	start_cpu_ns = processor_ns();
	while (error == 0 && (now_ns = pv_now_ns()) < start_ns + job->period_ns) {
		error = pvcam_get_frame(viewer->camera, 100, &frame);
		if (error == 0) {
			samples->number++;
			error = pvcam_give_back(viewer->camera, &frame);
		}
		if (error == -EAGAIN)
			error = 0;
	}
	samples->time_ns = processor_ns() - start_cpu_ns;
	samples->ready_ns = pv_now_ns() - start_ns;
	stopped = pvcam_stop(viewer->camera);
	return error < 0 ? error : stopped;
}

const struct pvbench_role pvbench_role_stream = {
	.name = "stream",
	.open = viewer_open,
	.run = stream_run,
	.close = viewer_close,
	.measures = true,
};
