/* SPDX-License-Identifier: MIT */
#include "tests/bench/sound.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "tests/bench/lane.h"
#include "tests/bench/loop.h"

#define WARM_UP 4u /* of each way */
#define FRAME_BYTES 4u
#define COST_CHUNK_FRAMES 1024u

const char *const pvbench_sound_way_names[PVBENCH_SOUND_WAYS] = {
	[PVBENCH_SOUND_TRIP] = "eventfd",
	[PVBENCH_SOUND_COPY] = "memcpy",
	[PVBENCH_SOUND_WRITE] = "pvmedia",
	[PVBENCH_SOUND_ANSWERED] = "answered",
};

static const uint32_t chunk_frames[PVBENCH_SOUND_CHUNKS] = {
	32, 64, 128, 256, 512, 1024, 2048, 4096};

static const struct {
	uint32_t period_frames;
	uint32_t periods;
} loop_settings[PVBENCH_SOUND_LOOPS] = {{1024, 4}, {512, 4}, {256, 4}, {128, 3}, {64, 2}, {32, 2}};

/* ---- writes ---- */

/* A guest with one stream, and what answers bare round trips where pvsndd runs. */
struct stage {
	struct pvbench_world *world;
	int ask_fd, answer_fd; /* inherited by both ends under the same numbers */
	struct pvbench_child *player;
	struct pvbench_child *echo;
};

static void stage_open(
	const struct pvbench_sound_options *options, uint32_t frames, struct stage *stage)
{
	char bytes[16], ask[16], answer[16];
	const char *player_words[] = {"sound", bytes, "0", "0", ask, answer, NULL};
	const char *echo_words[] = {"sound-echo", bytes, "0", "0", ask, answer, NULL};

	stage->world = pvbench_world_create(options->cpus, 1);
	stage->ask_fd = eventfd(0, 0);
	stage->answer_fd = eventfd(0, 0);
	if (stage->ask_fd < 0 || stage->answer_fd < 0)
		pvbench_world_fail("eventfd: %s", strerror(errno));
	snprintf(bytes, sizeof(bytes), "%u", frames * FRAME_BYTES);
	snprintf(ask, sizeof(ask), "%d", stage->ask_fd);
	snprintf(answer, sizeof(answer), "%d", stage->answer_fd);
	pvbench_world_serve_sound(stage->world, "[device bench]\ntype = clock\n");
	pvbench_world_attach_sound(stage->world, 0, "bench", false);
	stage->player = pvbench_world_worker(
		stage->world, (int)pvbench_world_domid(stage->world, 0), player_words, NULL);
	stage->echo = pvbench_world_worker(stage->world, 0, echo_words, NULL);
}

static void stage_close(struct stage *stage)
{
	pvbench_world_destroy(stage->world);
	close(stage->ask_fd);
	close(stage->answer_fd);
}

static void hear_ways(struct stage *stage, unsigned turns, struct pvbench_sound_chunk *ret)
{
	struct pvbench_set sets[PVBENCH_SOUND_WAYS] = {0};

	for (unsigned i = 0; i < turns * PVBENCH_SOUND_WAYS; i++) {
		struct pvbench_sample sample = pvbench_lane_hear_sample(stage->player, "the guest");

		if (sample.number >= PVBENCH_SOUND_WAYS)
			pvbench_world_fail("the guest: no such way");
		if (i >= WARM_UP * PVBENCH_SOUND_WAYS &&
			pvbench_set_add(&sets[sample.number], sample.time_ns) < 0)
			pvbench_world_fail("no memory");
	}
	for (unsigned way = 0; way < PVBENCH_SOUND_WAYS; way++) {
		ret->time[way] = pvbench_set_summary(&sets[way]);
		pvbench_set_free(&sets[way]);
	}
}

/* As many as asked for, unless that took too long: they are as slow as the sound. */
static unsigned chunk_turns(const struct pvbench_sound_options *options, uint32_t frames)
{
	unsigned most = options->seconds * PVBENCH_SOUND_RATE_HZ / frames / PVBENCH_SOUND_WRITES;
	unsigned turns = options->writes < most ? options->writes : most;

	return turns > 0 ? turns : 1;
}

static void measure_chunk(const struct pvbench_sound_options *options, uint32_t frames,
	struct pvbench_sound_chunk *ret)
{
	unsigned turns = chunk_turns(options, frames) + WARM_UP;
	struct pvbench_job job = {.frames = turns * PVBENCH_SOUND_WAYS};
	struct stage stage;

	stage_open(options, frames, &stage);
	pvbench_lane_go(stage.echo, "the echo", &job);
	pvbench_lane_go(stage.player, "the guest", &job);
	ret->frames = frames;
	hear_ways(&stage, turns, ret);
	pvbench_lane_hear_done(stage.player, "the guest");
	pvbench_lane_hear_done(stage.echo, "the echo");
	stage_close(&stage);
}

/* ---- processor time ---- */

static double processor_s(pid_t pid)
{
	struct timespec time;
	clockid_t clock;

	if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &time) < 0)
		pvbench_world_fail("pvsndd is gone");
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* The stream's opening and closing are in it. */
static double measure_cost(const struct pvbench_sound_options *options)
{
	struct pvbench_job job = {
		.frames = options->seconds * PVBENCH_SOUND_RATE_HZ / COST_CHUNK_FRAMES,
		.bare = true};
	struct stage stage;
	double before_s, took_s;

	stage_open(options, COST_CHUNK_FRAMES, &stage);
	before_s = processor_s(pvbench_world_daemon(stage.world));
	pvbench_lane_go(stage.player, "the guest", &job);
	for (unsigned i = 0; i < job.frames; i++)
		pvbench_lane_hear_sample(stage.player, "the guest");
	pvbench_lane_hear_done(stage.player, "the guest");
	took_s = processor_s(pvbench_world_daemon(stage.world)) - before_s;
	stage_close(&stage);
	return took_s * 1e3 / ((double)job.frames * COST_CHUNK_FRAMES / PVBENCH_SOUND_RATE_HZ);
}

/* ---- loops ---- */

static int compare_frames(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

	return left < right ? -1 : left > right;
}

/* Sorts; the lost ones come last. */
static void sum_up(uint64_t *latency_frames, unsigned count, struct pvbench_sound_loop *ret)
{
	double sum = 0, squares = 0;
	unsigned heard = 0;

	qsort(latency_frames, count, sizeof(*latency_frames), compare_frames);
	while (heard < count && latency_frames[heard] != PVBENCH_BURST_LOST)
		sum += (double)latency_frames[heard++];
	ret->heard = heard;
	ret->lost = count - heard;
	if (heard == 0)
		return;
	for (unsigned i = 0; i < heard; i++) {
		double off = (double)latency_frames[i] - sum / heard;

		squares += off * off;
	}
	ret->deviation_frames = sqrt(squares / heard);
	ret->min_frames = (double)latency_frames[0];
	ret->max_frames = (double)latency_frames[heard - 1];
	ret->median_frames =
		(double)(latency_frames[heard / 2] + latency_frames[(heard - 1) / 2]) / 2;
}

static uint64_t *allocate_bursts(const struct pvbench_sound_options *options)
{
	uint64_t *latency_frames = calloc(options->bursts, sizeof(*latency_frames));

	if (latency_frames == NULL)
		pvbench_world_fail("no memory");
	return latency_frames;
}

static void measure_named(
	const struct pvbench_sound_options *options, struct pvbench_sound_loop *ret)
{
	struct pvbench_loop_params params = {
		.playback = options->playback,
		.capture = options->capture,
		.rate_hz = options->rate_hz,
		.period_frames = options->period_frames,
		.periods = options->periods,
		.bursts = options->bursts,
		.priority = PVBENCH_LOOP_PRIORITY,
	};
	uint64_t *latency_frames = allocate_bursts(options);
	char error[PVBENCH_LOOP_ERROR_BYTES];
	struct pvbench_loop_result result;

	if (pvbench_loop_run(&params, latency_frames, &result, error) < 0)
		pvbench_world_fail("%s", error);
	*ret = (struct pvbench_sound_loop){
		.period_frames = result.period_frames,
		.periods = result.buffer_frames / result.period_frames,
		.buffer_frames = result.buffer_frames,
		.rate_hz = options->rate_hz,
		.xruns = result.xruns,
		.real_time = result.real_time,
		.machine_xruns = result.machine_xruns,
		.stalls = result.stalls,
	};
	sum_up(latency_frames, options->bursts, ret);
	free(latency_frames);
}

/* A build tree has the plugin where alsa-lib does not look by itself. */
static void find_plugin(void)
{
	char *plugin = pvbench_child_find("frontend/sound/.libs", "libasound_module_pcm_pvsnd.so");
	char *slash = strrchr(plugin, '/');

	if (slash != NULL) {
		*slash = '\0';
		setenv("ALSA_PLUGIN_DIR", plugin, 0);
	}
	free(plugin);
}

static void hear_loop(struct pvbench_child *guest, const struct pvbench_sound_options *options,
	struct pvbench_sound_loop *ret)
{
	uint64_t *latency_frames = allocate_bursts(options);
	struct pvbench_sample last;

	for (unsigned i = 0; i < options->bursts; i++)
		latency_frames[i] = pvbench_lane_hear_sample(guest, "the loop").number;
	last = pvbench_lane_hear_sample(guest, "the loop");
	ret->real_time = last.number != 0;
	ret->xruns = (unsigned)last.time_ns;
	ret->machine_xruns = (unsigned)last.ready_ns;
	ret->stalls = (unsigned)pvbench_lane_hear_sample(guest, "the loop").number;
	pvbench_lane_hear_done(guest, "the loop");
	sum_up(latency_frames, options->bursts, ret);
	free(latency_frames);
}

static void measure_loop(const struct pvbench_sound_options *options, unsigned setting,
	struct pvbench_sound_loop *ret)
{
	uint32_t period_frames = loop_settings[setting].period_frames;
	uint32_t periods = loop_settings[setting].periods;
	struct pvbench_world *world = pvbench_world_create(options->cpus, 1);
	struct pvbench_job job = {.frames = options->bursts + PVBENCH_LOOP_WORDS};
	char period[16], count[16], device[80];
	const char *words[] = {"loop", "0", "0", "0", period, count, NULL};
	struct pvbench_child *guest;

	snprintf(period, sizeof(period), "%u", period_frames);
	snprintf(count, sizeof(count), "%u", periods);
	snprintf(device, sizeof(device),
		"[device bench]\ntype = clock\nloop = yes\npriority = %d\n",
		PVBENCH_SOUND_PRIORITY);
	pvbench_world_serve_sound(world, device);
	pvbench_world_attach_sound(world, 0, "bench", true);
	guest = pvbench_world_worker(world, (int)pvbench_world_domid(world, 0), words, NULL);
	*ret = (struct pvbench_sound_loop){
		.period_frames = period_frames,
		.periods = periods,
		.buffer_frames = period_frames * periods,
		.rate_hz = PVBENCH_SOUND_RATE_HZ,
	};
	pvbench_lane_go(guest, "the loop", &job);
	hear_loop(guest, options, ret);
	pvbench_world_destroy(world);
}

/* ---- all ---- */

static void tell(const char *what, uint32_t frames)
{
	fprintf(stderr, "pvbench: %s, %u frames\n", what, frames);
}

void pvbench_sound_measure(
	const struct pvbench_sound_options *options, struct pvbench_sound_result *ret)
{
	struct pvbench_sound_result result = {0};
	unsigned step = options->quick ? 3 : 1;

	if (options->playback != NULL) {
		measure_named(options, &result.loops[result.num_loops++]);
		*ret = result;
		return;
	}
	for (unsigned i = 0; i < PVBENCH_SOUND_CHUNKS; i += step) {
		tell("writes", chunk_frames[i]);
		measure_chunk(options, chunk_frames[i], &result.chunks[result.num_chunks++]);
	}
	result.cpu_ms_per_s = measure_cost(options);
	find_plugin();
	for (unsigned i = 0; i < PVBENCH_SOUND_LOOPS; i += step) {
		tell("loop", loop_settings[i].period_frames);
		measure_loop(options, i, &result.loops[result.num_loops++]);
	}
	*ret = result;
}

/* ---- targets ---- */

double pvbench_sound_write_limit_us(const struct pvbench_sound_chunk *chunk)
{
	return 1.5 * chunk->time[PVBENCH_SOUND_TRIP].median_us +
	       chunk->time[PVBENCH_SOUND_COPY].median_us;
}

bool pvbench_sound_write_met(const struct pvbench_sound_chunk *chunk)
{
	return chunk->time[PVBENCH_SOUND_WRITE].median_us <= pvbench_sound_write_limit_us(chunk);
}

double pvbench_sound_loop_limit_frames(const struct pvbench_sound_loop *loop)
{
	return loop->buffer_frames + loop->period_frames;
}

bool pvbench_sound_loop_met(const struct pvbench_sound_loop *loop)
{
	return loop->lost == 0 && loop->xruns == loop->machine_xruns &&
	       loop->median_frames <= pvbench_sound_loop_limit_frames(loop);
}
