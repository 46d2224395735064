/* SPDX-License-Identifier: MIT */
#include "tests/bench/camera.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "tests/bench/cold.h"
#include "tests/bench/lane.h"

#define WARM_UP 3u /* frames of each round that do not count */
#define PAGE_BYTES 4096.0

const char *const pvbench_way_names[PVBENCH_WAYS] = {
	[PVBENCH_MEMCPY] = "memcpy",
	[PVBENCH_VCHAN] = "vchan",
	[PVBENCH_PAGES] = "pages",
	[PVBENCH_PVMEDIA] = "pvmedia",
};

const char *const pvbench_pacing_names[PVBENCH_PACINGS] = {
	[PVBENCH_PACED] = "paced",
	[PVBENCH_BACK_TO_BACK] = "back-to-back",
};

/* The source in pvcamd of each pace. */
static const char *const sources[PVBENCH_PACINGS] = {"paced", "burst"};

/* One way: who must be told to go, in this order. */
struct lane {
	struct pvbench_child *sender; /* NULL: nobody but the receiver */
	struct pvbench_child *receiver;
};

/* What piles up over the rounds. */
struct heap {
	struct pvbench_set times;
	uint64_t lost;
	uint64_t between_ns; /* from the first frame of each round to its last */
	uint64_t between_frames;
};

static void heap_add(
	struct heap *heap, const struct pvbench_sample *sample, const struct pvbench_sample *before)
{
	if (pvbench_set_add(&heap->times, sample->time_ns) < 0)
		pvbench_world_fail("no memory");
	if (before == NULL)
		return;
	heap->lost += sample->number - before->number - 1;
	heap->between_ns += sample->ready_ns - before->ready_ns;
	heap->between_frames++;
}

static void lane_run(const struct lane *lane, const char *who, const struct pvbench_job *job,
	unsigned warm_up, struct heap *heap)
{
	struct pvbench_sample before = {0}, sample;

	if (lane->sender != NULL)
		pvbench_lane_go(lane->sender, who, job);
	pvbench_lane_go(lane->receiver, who, job);
	for (unsigned i = 0; i < job->frames; i++) {
		sample = pvbench_lane_hear_sample(lane->receiver, who);
		if (i >= warm_up)
			heap_add(heap, &sample, i > warm_up ? &before : NULL);
		before = sample;
	}
	pvbench_lane_hear_done(lane->receiver, who);
	if (lane->sender != NULL)
		pvbench_lane_hear_done(lane->sender, who);
}

/* ---- one size ---- */

struct stage {
	struct pvbench_world *world;
	char frame_bytes[16];
	char cold_bytes[16];
	char guest[16]; /* its domid */
};

static struct pvbench_child *worker(const struct stage *stage, bool in_guest, const char *role,
	const char *peer, const char *word)
{
	const char *words[] = {role, stage->frame_bytes, stage->cold_bytes, peer, word, NULL};

	return pvbench_world_worker(stage->world, in_guest ? atoi(stage->guest) : 0, words, NULL);
}

static struct lane memcpy_lane(const struct stage *stage)
{
	const char *words[] = {"memcpy", stage->frame_bytes, stage->cold_bytes, "0", NULL};

	return (struct lane){
		.receiver = pvbench_world_worker(stage->world, PVBENCH_NOWHERE, words, NULL)};
}

static struct lane vchan_lane(const struct stage *stage)
{
	char path[64];
	struct lane lane;

	snprintf(path, sizeof(path), "/local/domain/%s/data/pvbench", stage->guest);
	lane.sender = worker(stage, false, "vchan-send", stage->guest, path);
	lane.receiver = worker(stage, true, "vchan-receive", "0", path);
	return lane;
}

static struct lane pages_lane(const struct stage *stage)
{
	const char *guest_words[] = {
		"pages-receive", stage->frame_bytes, stage->cold_bytes, "0", NULL};
	char ready[PVBENCH_LINE_BYTES], refs[2][16], port[16];
	const char *words[] = {"pages-send", stage->frame_bytes, stage->cold_bytes, stage->guest,
		refs[0], refs[1], port, NULL};
	struct lane lane;

	lane.receiver = pvbench_world_worker(stage->world, atoi(stage->guest), guest_words, ready);
	if (sscanf(ready, "%15s %15s %15s", refs[0], refs[1], port) != 3)
		pvbench_world_fail("pages: %s", ready);
	lane.sender = pvbench_world_worker(stage->world, 0, words, NULL);
	return lane;
}

static struct lane camera_lane(const struct stage *stage, enum pvbench_pacing pacing)
{
	pvbench_world_attach(stage->world, 0, sources[pacing]);
	return (struct lane){.receiver = worker(stage, true, "camera", "0", sources[pacing])};
}

static void serve(struct pvbench_world *world, const struct pvbench_options *options,
	struct pvbench_size size)
{
	char text[512];

	snprintf(text, sizeof(text),
		"[source %s]\ntype = stamp\nformat = YUYV\nsize = %ux%u\nrate = %u/%u\n"
		"[source %s]\ntype = stamp\nformat = YUYV\nsize = %ux%u\npace = delivered\n",
		sources[PVBENCH_PACED], size.width, size.height, options->rate.numer,
		options->rate.denom, sources[PVBENCH_BACK_TO_BACK], size.width, size.height);
	pvbench_world_serve(world, text);
}

static bool wants(const struct pvbench_options *options, enum pvbench_pacing pacing)
{
	return pacing == PVBENCH_PACED ? options->paced : options->back_to_back;
}

struct lanes {
	struct lane lane[PVBENCH_PACINGS][PVBENCH_WAYS];
	struct heap heap[PVBENCH_PACINGS][PVBENCH_WAYS];
};

static void lanes_open(
	struct lanes *lanes, const struct stage *stage, const struct pvbench_options *options)
{
	struct lane same[PVBENCH_WAYS] = {
		[PVBENCH_MEMCPY] = memcpy_lane(stage),
		[PVBENCH_VCHAN] = vchan_lane(stage),
		[PVBENCH_PAGES] = pages_lane(stage),
	};

	for (unsigned pacing = 0; pacing < PVBENCH_PACINGS; pacing++) {
		memcpy(lanes->lane[pacing], same, sizeof(same));
		if (wants(options, pacing))
			lanes->lane[pacing][PVBENCH_PVMEDIA] = camera_lane(stage, pacing);
	}
}

/* The ways take turns, so that what else the machine does hits all of them alike. */
static void lanes_round(struct lanes *lanes, const struct pvbench_options *options)
{
	unsigned frames = (options->frames + options->rounds - 1) / options->rounds;

	for (unsigned pacing = 0; pacing < PVBENCH_PACINGS; pacing++) {
		struct pvbench_job job = {.frames = frames + WARM_UP};

		if (!wants(options, pacing))
			continue;
		if (pacing == PVBENCH_PACED)
			job.period_ns = pv_fraction_period_ns(options->rate);
		for (unsigned way = 0; way < PVBENCH_WAYS; way++)
			lane_run(&lanes->lane[pacing][way], pvbench_way_names[way], &job, WARM_UP,
				&lanes->heap[pacing][way]);
	}
}

static struct pvbench_figures figures(struct heap *heap, enum pvbench_pacing pacing, size_t bytes)
{
	struct pvbench_figures figures = {
		.time = pvbench_set_summary(&heap->times),
		.lost = heap->lost,
	};

	if (pacing == PVBENCH_PACED && figures.time.median_us > 0)
		figures.mb_per_s = (double)bytes / figures.time.median_us;
	else if (heap->between_ns > 0)
		figures.mb_per_s =
			(double)(heap->between_frames * bytes) * 1e3 / (double)heap->between_ns;
	pvbench_set_free(&heap->times);
	return figures;
}

/* pvcamd's own count of the time that its copies took. */
static void take_copies(const struct pvbench_world *world, struct pvbench_point *point)
{
	json_t *answer = pvbench_world_stat(world);
	const json_t *session;
	size_t i;

	json_array_foreach(json_object_get(answer, "sessions"), i, session)
	{
		const char *source = json_string_value(json_object_get(session, "source"));
		double copy_us = json_number_value(json_object_get(session, "copy_ns")) / 1e3;
		double frames = json_number_value(json_object_get(session, "delivered"));

		for (unsigned pacing = 0; pacing < PVBENCH_PACINGS; pacing++)
			if (source != NULL && strcmp(source, sources[pacing]) == 0 && frames > 0)
				point->figures[pacing][PVBENCH_PVMEDIA].copy_us = copy_us / frames;
	}
	json_decref(answer);
}

static void measure_size(
	const struct pvbench_options *options, struct pvbench_size size, struct pvbench_point *ret)
{
	struct stage stage = {.world = pvbench_world_create(options->cpus, 1)};
	struct lanes lanes = {0};

	*ret = (struct pvbench_point){
		.size = size, .frame_bytes = (size_t)size.width * size.height * 2};
	snprintf(stage.frame_bytes, sizeof(stage.frame_bytes), "%zu", ret->frame_bytes);
	snprintf(stage.cold_bytes, sizeof(stage.cold_bytes), "%zu", pvbench_cold_bytes());
	snprintf(stage.guest, sizeof(stage.guest), "%u", pvbench_world_domid(stage.world, 0));
	serve(stage.world, options, size);
	lanes_open(&lanes, &stage, options);
	for (unsigned round = 0; round < options->rounds; round++)
		lanes_round(&lanes, options);
	for (unsigned pacing = 0; pacing < PVBENCH_PACINGS; pacing++)
		for (unsigned way = 0; way < PVBENCH_WAYS; way++)
			ret->figures[pacing][way] =
				figures(&lanes.heap[pacing][way], pacing, ret->frame_bytes);
	take_copies(stage.world, ret);
	pvbench_world_destroy(stage.world);
}

/* ---- round trips ---- */

static void measure_trips(const struct pvbench_options *options, struct pvbench_result *ret)
{
	struct pvbench_world *world = pvbench_world_create(options->cpus, 1);
	unsigned domid = pvbench_world_domid(world, 0), per_round = options->trips / 10;
	/* Inherited by both ends under the same numbers. */
	int ask_fd = eventfd(0, 0), answer_fd = eventfd(0, 0);
	char ask[16], answer[16], guest[16], port[PVBENCH_LINE_BYTES];
	const char *ask_words[] = {"trip-ask", "0", "0", "0", ask, answer, NULL};
	const char *answer_words[] = {"trip-answer", "0", "0", guest, ask, answer, port, NULL};
	struct heap event = {0}, bare = {0};
	struct lane lane;

	if (ask_fd < 0 || answer_fd < 0)
		pvbench_world_fail("eventfd: %s", strerror(errno));
	snprintf(ask, sizeof(ask), "%d", ask_fd);
	snprintf(answer, sizeof(answer), "%d", answer_fd);
	snprintf(guest, sizeof(guest), "%u", domid);
	lane.receiver = pvbench_world_worker(world, (int)domid, ask_words, port);
	lane.sender = pvbench_world_worker(world, 0, answer_words, NULL);
	for (unsigned round = 0; round < 10; round++) {
		struct pvbench_job job = {.frames = per_round + 10};

		lane_run(&lane, "event channel", &job, 10, &event);
		job.bare = true;
		lane_run(&lane, "eventfd", &job, 10, &bare);
	}
	pvbench_world_destroy(world);
	close(ask_fd);
	close(answer_fd);
	ret->event_trip = pvbench_set_summary(&event.times);
	ret->bare_trip = pvbench_set_summary(&bare.times);
	pvbench_set_free(&event.times);
	pvbench_set_free(&bare.times);
}

static void fit(const struct pvbench_options *options, struct pvbench_result *result)
{
	double pages[PVBENCH_SIZES_MAX], us[PVBENCH_SIZES_MAX];

	result->fitted = options->paced ? PVBENCH_PACED : PVBENCH_BACK_TO_BACK;
	for (unsigned way = 0; way < PVBENCH_WAYS; way++) {
		for (unsigned i = 0; i < result->num_points; i++) {
			const struct pvbench_point *point = &result->points[i];

			pages[i] = (double)point->frame_bytes / PAGE_BYTES;
			us[i] = point->figures[result->fitted][way].time.median_us;
		}
		result->fit[way] = pvbench_line_fit(pages, us, result->num_points);
	}
}

void pvbench_camera_measure(const struct pvbench_options *options, struct pvbench_result *ret)
{
	struct pvbench_result result = {.num_points = options->num_sizes};

	measure_trips(options, &result);
	for (unsigned i = 0; i < options->num_sizes; i++) {
		fprintf(stderr, "pvbench: %ux%u (%u of %u)\n", options->sizes[i].width,
			options->sizes[i].height, i + 1, options->num_sizes);
		measure_size(options, options->sizes[i], &result.points[i]);
	}
	fit(options, &result);
	*ret = result;
}

/* ---- targets ---- */

static const struct pvbench_point *full_hd(const struct pvbench_result *result)
{
	for (unsigned i = 0; i < result->num_points; i++)
		if (result->points[i].size.width == 1920 && result->points[i].size.height == 1080)
			return &result->points[i];
	return NULL;
}

static double ratio(double over, double under)
{
	return over > 0 && under > 0 ? over / under : 0;
}

void pvbench_camera_targets(
	const struct pvbench_result *result, struct pvbench_target ret[PVBENCH_TARGETS])
{
	const struct pvbench_point *point = full_hd(result);
	double us[PVBENCH_WAYS] = {0};

	for (unsigned way = 0; point != NULL && way < PVBENCH_WAYS; way++)
		us[way] = point->figures[PVBENCH_PACED][way].time.median_us;
	ret[0] = (struct pvbench_target){"fullhd-memcpy",
		"FullHD, paced: the time of a memcpy, times", 1.25, true,
		ratio(us[PVBENCH_PVMEDIA], us[PVBENCH_MEMCPY])};
	ret[1] = (struct pvbench_target){"fullhd-vchan",
		"FullHD, paced: the speed of libxenvchan, times", 1.5, false,
		ratio(us[PVBENCH_VCHAN], us[PVBENCH_PVMEDIA])};
	ret[2] = (struct pvbench_target){"fullhd-pages",
		"FullHD, paced: the speed of a call a page, times", 10, false,
		ratio(us[PVBENCH_PAGES], us[PVBENCH_PVMEDIA])};
	ret[3] = (struct pvbench_target){"event-trip",
		"event channel round trip: the time of an eventfd's, times", 1.5, true,
		ratio(result->event_trip.median_us, result->bare_trip.median_us)};
}

bool pvbench_target_met(const struct pvbench_target *target)
{
	return target->at_most ? target->value <= target->limit : target->value >= target->limit;
}
