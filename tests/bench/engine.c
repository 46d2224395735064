/* SPDX-License-Identifier: MIT */
#include "tests/bench/engine.h"

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "backend/sound/card/card.h"
#include "common/program.h"

#define NAME "pvbench"
#define DEPTH_FRAMES 16384u
#define PERIOD_FRAMES 1024u
#define FEED_NS 20000000
#define SETTLE_NS 200000000

const char *const pvbench_engine_way_names[PVBENCH_ENGINE_WAYS] = {
	[PVBENCH_ENGINE_UNTOUCHED] = "untouched",
	[PVBENCH_ENGINE_CONVERTED] = "44.1 to 48 kHz",
	[PVBENCH_ENGINE_CAPTURED] = "48 to 44.1 kHz",
};
const double pvbench_engine_limits_percent[PVBENCH_ENGINE_WAYS] = {
	[PVBENCH_ENGINE_UNTOUCHED] = 0.25,
	[PVBENCH_ENGINE_CONVERTED] = 1.0,
	[PVBENCH_ENGINE_CAPTURED] = 1.0,
};

/* A card of the clock's, whose thread tells its processor's clock. What it captures is silence: the
 * clock's own tone would be taken for what the first stream costs. */
static struct {
	_Atomic bool known;
	clockid_t clock;
} device_thread;

static int watched_transfer(void *priv, void *samples, uint32_t frames, bool running)
{
	if (!device_thread.known) {
		pthread_getcpuclockid(pthread_self(), &device_thread.clock);
		device_thread.known = true;
	}
	(void)running;
	return vsnd_card_clock.transfer(priv, samples, frames, false);
}

struct stage {
	struct vsnd_card *card;
	struct vsnd_stream *first; /* opens the device at 48 kHz; never runs */
	struct vsnd_stream *streams[PVBENCH_ENGINE_STREAMS_MAX];
	enum vsnd_direction direction;
	unsigned count;
	int wake_fd;
	_Atomic bool quit;
};

static void nap(long ns)
{
	struct timespec time = {.tv_nsec = ns};

	nanosleep(&time, NULL);
}

/* One period. */
static int serve(const struct stage *stage, struct vsnd_stream *stream, const int16_t *noise)
{
	static int16_t got[PERIOD_FRAMES * 2];

	if (stage->direction == VSND_CAPTURE)
		return vsnd_stream_read(stream, got, PERIOD_FRAMES);
	return vsnd_stream_write(stream, noise, PERIOD_FRAMES);
}

static void *feeder(void *arg)
{
	static int16_t noise[PERIOD_FRAMES * 2];
	struct stage *stage = arg;

	for (unsigned i = 0; i < PERIOD_FRAMES * 2; i++)
		noise[i] = (int16_t)(i * 2654435761u >> 16);
	while (!stage->quit) {
		for (unsigned i = 0; i < stage->count; i++)
			while (serve(stage, stage->streams[i], noise) == 0)
				;
		nap(FEED_NS);
	}
	return NULL;
}

static struct vsnd_stream *open_stream(struct stage *stage, uint32_t rate_hz)
{
	const struct vsnd_format format = {XENSND_PCM_FORMAT_S16_LE, 2, rate_hz};
	struct vsnd_stream *stream;
	int error = vsnd_card_open(stage->card, stage->direction, &format, PERIOD_FRAMES,
		DEPTH_FRAMES, stage->wake_fd, 0, &stream);

	if (error != 0)
		pv_program_fail(NAME, "cannot open a stream: %s", strerror(-error));
	vsnd_stream_wake_at(stream, UINT64_MAX);
	return stream;
}

static double thread_s(void)
{
	struct timespec now;

	clock_gettime(device_thread.clock, &now);
	return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void watch(struct stage *stage, unsigned seconds, struct pvbench_engine_point *ret)
{
	struct timespec time = {.tv_sec = seconds};
	double begin_s;

	/* A thread of the card's own opens the device. */
	while (!device_thread.known)
		nap(FEED_NS);
	nap(SETTLE_NS);
	begin_s = thread_s();
	nanosleep(&time, NULL);
	ret->percent = 100 * (thread_s() - begin_s) / seconds;
	for (unsigned i = 0; i < stage->count; i++) {
		struct vsnd_stream_counts counts;

		vsnd_stream_counts(stage->streams[i], &counts);
		ret->silence_frames += counts.silence_frames + counts.lost_frames;
	}
}

static void run(enum pvbench_engine_way way, unsigned streams, unsigned seconds,
	struct pvbench_engine_result *result, struct pvbench_engine_point *ret)
{
	struct vsnd_card_ops ops = vsnd_card_clock;
	struct vsnd_card_config config = {.name = "bench", .ops = &ops, .priority = 70};
	struct stage stage = {.count = streams,
		.direction = way == PVBENCH_ENGINE_CAPTURED ? VSND_CAPTURE : VSND_PLAYBACK,
		.wake_fd = eventfd(0, EFD_NONBLOCK)};
	struct vsnd_card_stat stat;
	pthread_t thread;

	ops.transfer = watched_transfer;
	device_thread.known = false;
	if (stage.wake_fd < 0 || vsnd_card_create(&config, &stage.card) != 0)
		pv_program_fail(NAME, "no memory");
	stage.first = open_stream(&stage, 48000);
	for (unsigned i = 0; i < streams; i++)
		stage.streams[i] =
			open_stream(&stage, way == PVBENCH_ENGINE_UNTOUCHED ? 48000 : 44100);
	if (pthread_create(&thread, NULL, feeder, &stage) != 0)
		pv_program_fail(NAME, "cannot start a thread");
	nap(SETTLE_NS);
	for (unsigned i = 0; i < streams; i++)
		vsnd_stream_start(stage.streams[i]);
	*ret = (struct pvbench_engine_point){.streams = streams};
	watch(&stage, seconds, ret);
	vsnd_card_stat(stage.card, &stat);
	result->real_time = result->real_time && stat.real_time;
	stage.quit = true;
	pthread_join(thread, NULL);
	for (unsigned i = 0; i < streams; i++)
		vsnd_card_close(stage.card, stage.streams[i]);
	vsnd_card_close(stage.card, stage.first);
	vsnd_card_destroy(stage.card);
	close(stage.wake_fd);
}

/* Least squares; the line's worst point. Without a stream nothing is converted: not on the line. */
static void fit(struct pvbench_engine_result *result, unsigned way)
{
	double n = result->num_points - 1, x = 0, y = 0, xx = 0, xy = 0;
	double *base = &result->base_percent[way], *stream = &result->stream_percent[way];

	for (unsigned i = 1; i < result->num_points; i++) {
		const struct pvbench_engine_point *point = &result->points[way][i];

		x += point->streams;
		y += point->percent;
		xx += (double)point->streams * point->streams;
		xy += point->streams * point->percent;
	}
	result->first_percent[way] =
		result->points[way][1].percent - result->points[way][0].percent;
	*stream = n > 1 ? (n * xy - x * y) / (n * xx - x * x) : y;
	*base = n > 1 ? (y - *stream * x) / n : 0;
	for (unsigned i = 1; i < result->num_points; i++) {
		const struct pvbench_engine_point *point = &result->points[way][i];
		double off = fabs(*base + *stream * point->streams - point->percent);

		result->worst_percent[way] = fmax(result->worst_percent[way], off);
	}
}

void pvbench_engine_measure(
	const struct pvbench_engine_options *options, struct pvbench_engine_result *ret)
{
	*ret = (struct pvbench_engine_result){.real_time = true, .num_points = 1};
	while (ret->num_points < PVBENCH_ENGINE_POINTS &&
		1u << (ret->num_points - 1) <= options->most)
		ret->num_points++;
	for (unsigned way = 0; way < PVBENCH_ENGINE_WAYS; way++) {
		for (unsigned i = 0; i < ret->num_points; i++)
			run(way, 1u << i >> 1, options->seconds, ret, &ret->points[way][i]);
		fit(ret, way);
	}
}

struct pvbench_engine_verdict pvbench_engine_judge(
	const struct pvbench_engine_result *result, unsigned way)
{
	double limit = pvbench_engine_limits_percent[way];
	double most = result->points[way][result->num_points - 1].percent;

	return (struct pvbench_engine_verdict){
		.first = result->first_percent[way] <= limit,
		.stream = result->stream_percent[way] <= limit,
		.line = result->worst_percent[way] <= most * PVBENCH_ENGINE_OFF_LINE,
	};
}

bool pvbench_engine_met(const struct pvbench_engine_result *result)
{
	for (unsigned way = 0; way < PVBENCH_ENGINE_WAYS; way++) {
		struct pvbench_engine_verdict verdict = pvbench_engine_judge(result, way);

		if (!verdict.first || !verdict.stream || !verdict.line)
			return false;
	}
	return true;
}
