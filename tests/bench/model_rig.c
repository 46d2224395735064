/* SPDX-License-Identifier: MIT */
/*
 * The player's steps lie at whole milliseconds, the generator's half a millisecond after them, so
 * that a little lateness of either is no miss. Positions are units since the start, on both sides;
 * what comes for a step that is over is late and never heard, as in pvsndd's stream.
 */
#include "tests/bench/model.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "backend/sound/engine/stream.h"
#include "backend/sound/thread.h"
#include "common/parse.h"

#define RATE_HZ 48000u
#define UNIT_FRAMES (RATE_HZ / 1000u)
#define FRAME_BYTES 4u
#define UNIT_BYTES (UNIT_FRAMES * FRAME_BYTES)
#define SLOTS (2u * PVBENCH_MODEL_DEPTH)
#define PLAYER_PRIORITY 70
#define SESSION_PRIORITY 60
#define BEGIN_NS 20000000u

struct rig {
	struct pvbench_model_trace *trace;
	uint64_t begin_ns;
	_Atomic bool quit;
	/* Units: made by the generator, arrived where the player takes them, played. */
	_Atomic uint64_t made, arrived, played;
	_Atomic unsigned wakes;
	int made_fd; /* an eventfd: the session has something to copy; -1: direct */
	struct vsnd_stream *stream;
	int stream_fd; /* the stream's wake_fd, which nobody waits for here */
	uint8_t buffer[SLOTS][UNIT_BYTES];
};

static void sleep_until(uint64_t at_ns)
{
	struct timespec until = {
		.tv_sec = (time_t)(at_ns / 1000000000u), .tv_nsec = (long)(at_ns % 1000000000u)};

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
		;
}

/* ---- the generator: an ordinary thread ---- */

/* As much as there is room for, as any program that plays: by how much B rises is found, not made.
 */
static void make_units(struct rig *rig)
{
	uint64_t until = rig->played + PVBENCH_MODEL_DEPTH;

	for (uint64_t unit = rig->made; unit < until; unit++)
		memset(rig->buffer[unit % SLOTS], (int)(unit % 251) + 1, UNIT_BYTES);
	if (until > rig->made)
		rig->made = until;
}

static void *generator(void *arg)
{
	struct rig *rig = arg;
	uint64_t next_ns = rig->begin_ns + PVBENCH_MODEL_STEP_NS / 2, now_ns;

	while (!rig->quit) {
		sleep_until(next_ns);
		make_units(rig);
		if (rig->made_fd < 0)
			rig->arrived = rig->made;
		else
			(void)eventfd_write(rig->made_fd, 1);
		rig->wakes++;
		/* A timer that was missed does not come again. */
		now_ns = pv_now_ns();
		next_ns += PVBENCH_MODEL_STEP_NS;
		if (now_ns > next_ns)
			next_ns += (now_ns - next_ns + PVBENCH_MODEL_STEP_NS - 1) /
				   PVBENCH_MODEL_STEP_NS * PVBENCH_MODEL_STEP_NS;
	}
	return NULL;
}

/* ---- the session: copies into the stream ---- */

static void *session(void *arg)
{
	struct rig *rig = arg;
	eventfd_t count;

	while (!rig->quit && eventfd_read(rig->made_fd, &count) == 0) {
		uint64_t made = rig->made;

		for (uint64_t unit = rig->arrived; unit < made; unit++)
			(void)vsnd_stream_write(
				rig->stream, rig->buffer[unit % SLOTS], UNIT_FRAMES);
		rig->arrived = made;
	}
	return NULL;
}

/* ---- the player ---- */

static void take_unit(struct rig *rig, uint8_t *unit)
{
	uint64_t played = rig->played;

	if (rig->stream != NULL)
		(void)vsnd_stream_pull(rig->stream, unit, UNIT_FRAMES);
	else
		memcpy(unit, rig->buffer[played % SLOTS], UNIT_BYTES);
	rig->played = played + 1;
}

static void *player(void *arg)
{
	struct rig *rig = arg;
	struct pvbench_model_trace *trace = rig->trace;
	uint8_t unit[UNIT_BYTES];

	prctl(PR_SET_TIMERSLACK, 1ul, 0ul, 0ul, 0ul);
	for (uint32_t step = 0; step < trace->steps; step++) {
		uint64_t at_ns = rig->begin_ns + (uint64_t)step * PVBENCH_MODEL_STEP_NS;
		uint64_t arrived, played = rig->played;
		unsigned wakes;

		sleep_until(at_ns);
		trace->player_late += pv_now_ns() > at_ns + PVBENCH_MODEL_STEP_NS;
		arrived = rig->arrived;
		wakes = atomic_exchange(&rig->wakes, 0);
		trace->b[step] = (uint8_t)(arrived > played ? arrived - played : 0);
		trace->wakes[step] = wakes < UINT8_MAX ? (uint8_t)wakes : UINT8_MAX;
		take_unit(rig, unit);
	}
	return NULL;
}

/* ---- putting it together ---- */

static int start_real_time(int priority, void *(*run)(void *), struct rig *rig, pthread_t *ret)
{
	int error = vsnd_thread_start(priority, run, rig, ret);

	if (error != -EPERM)
		return error;
	rig->trace->real_time = false;
	return vsnd_thread_start(0, run, rig, ret);
}

static int start_and_wait(struct rig *rig)
{
	pthread_t threads[3];
	int error;

	error = vsnd_thread_start(0, generator, rig, &threads[0]);
	if (error != 0)
		return error;
	error = start_real_time(PLAYER_PRIORITY, player, rig, &threads[1]);
	if (error == 0 && rig->stream != NULL)
		error = start_real_time(SESSION_PRIORITY, session, rig, &threads[2]);
	if (error != 0)
		rig->trace->steps = 0;
	else
		pthread_join(threads[1], NULL);
	rig->quit = true;
	pthread_join(threads[0], NULL);
	if (error == 0 && rig->stream != NULL) {
		(void)eventfd_write(rig->made_fd, 1);
		pthread_join(threads[2], NULL);
	}
	return error;
}

static int open_stream(struct rig *rig)
{
	struct vsnd_format format = {XENSND_PCM_FORMAT_S16_LE, 2, RATE_HZ};
	uint8_t silence[UNIT_BYTES] = {0};
	int error;

	rig->made_fd = eventfd(0, EFD_CLOEXEC);
	rig->stream_fd = eventfd(0, EFD_CLOEXEC);
	if (rig->made_fd < 0 || rig->stream_fd < 0)
		return -errno;
	error = vsnd_stream_create(&format, VSND_PLAYBACK, (PVBENCH_MODEL_DEPTH + 2) * UNIT_FRAMES,
		rig->stream_fd, &rig->stream);
	for (unsigned i = 0; error == 0 && i < PVBENCH_MODEL_DEPTH; i++)
		error = vsnd_stream_write(rig->stream, silence, UNIT_FRAMES);
	if (error == 0)
		vsnd_stream_start(rig->stream);
	return error;
}

int pvbench_model_trace_run(enum pvbench_model_way way, struct pvbench_model_trace *trace)
{
	struct rig *rig = calloc(1, sizeof(*rig));
	int error = 0;

	if (rig == NULL)
		return -ENOMEM;
	trace->real_time = true;
	trace->player_late = 0;
	rig->trace = trace;
	rig->begin_ns = pv_now_ns() + BEGIN_NS;
	rig->made_fd = rig->stream_fd = -1;
	rig->made = rig->arrived = PVBENCH_MODEL_DEPTH;
	if (way == PVBENCH_MODEL_RING)
		error = open_stream(rig);
	if (error == 0)
		error = start_and_wait(rig);
	vsnd_stream_destroy(rig->stream);
	if (rig->made_fd >= 0)
		close(rig->made_fd);
	if (rig->stream_fd >= 0)
		close(rig->stream_fd);
	free(rig);
	return error;
}
