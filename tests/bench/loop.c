/* SPDX-License-Identifier: MIT */
#include "tests/bench/loop.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "common/parse.h"
#include "tests/bench/burst.h"
#include "tests/bench/child.h"
#include "tests/bench/loop_internal.h"
#include "tests/bench/witness.h"

#define WITNESS_ABOVE 25 /* priorities: above pvsndd's devices, too */
#define HOPS 3u          /* the device's thread, the session, the application */
#define BEAT_MIN_NS 100000u
#define BEAT_MAX_NS 1000000u
#define NS_PER_S UINT64_C(1000000000)
#define WARM_UP_PERIODS 32u
#define TRIES_A_BURST 4u /* before it is all xruns */

/* Where a burst went, in frames of the capture. */
struct sent {
	uint64_t read_frames;  /* when it was handed over */
	uint64_t until_frames; /* when the next was due, or an xrun came */
	bool whole;            /* it had its time to come back */
};

struct loop {
	const struct pvbench_loop_params *params;
	struct loop_pcm playback, capture;
	uint32_t period_frames;
	uint64_t between_frames; /* from burst to burst */
	uint64_t settle_frames;  /* what a burst needs to come back, but in odd loops */
	int16_t *in, *out;       /* a period */
	int16_t *silence;        /* a playback buffer */
	int16_t *recorded;       /* one channel of all that was read */
	uint64_t room_frames;
	uint64_t read_frames;
	uint64_t next_frames; /* when the next burst is due */
	unsigned burst_at;    /* inside the one that is being played */
	struct sent *sent;
	unsigned num_sent;
	uint64_t *xrun_ns;
	unsigned xruns;
};

static void loop_free(struct loop *loop)
{
	loop_pcm_close(&loop->playback);
	loop_pcm_close(&loop->capture);
	free(loop->in);
	free(loop->out);
	free(loop->silence);
	free(loop->recorded);
	free(loop->sent);
	free(loop->xrun_ns);
}

/* One more than are borne. */
static unsigned xruns_max(const struct pvbench_loop_params *params)
{
	return params->bursts * TRIES_A_BURST + 1;
}

/* A second at least must be room for a burst to come back, in memory that is there already. */
static int loop_allocate(struct loop *loop)
{
	const struct pvbench_loop_params *params = loop->params;
	uint64_t between = params->rate_hz / 4;

	if (between < 2 * (uint64_t)loop->playback.buffer_frames)
		between = 2 * (uint64_t)loop->playback.buffer_frames;
	if (between < 4 * PVBENCH_BURST_FRAMES)
		between = 4 * PVBENCH_BURST_FRAMES;
	loop->period_frames = loop->capture.period_frames;
	loop->between_frames = between;
	loop->settle_frames = params->rate_hz / 50 + loop->playback.buffer_frames;
	loop->next_frames = between;
	loop->burst_at = PVBENCH_BURST_FRAMES;
	loop->room_frames = (params->bursts * TRIES_A_BURST + 2) * (between + loop->period_frames);
	loop->in = calloc(loop->period_frames, LOOP_CHANNELS * sizeof(int16_t));
	loop->out = calloc(loop->period_frames, LOOP_CHANNELS * sizeof(int16_t));
	loop->silence = calloc(loop->playback.buffer_frames, LOOP_CHANNELS * sizeof(int16_t));
	loop->recorded = malloc(loop->room_frames * sizeof(int16_t));
	loop->sent = calloc(params->bursts * TRIES_A_BURST, sizeof(struct sent));
	loop->xrun_ns = calloc(xruns_max(params), sizeof(uint64_t));
	if (loop->in == NULL || loop->out == NULL || loop->silence == NULL ||
		loop->recorded == NULL || loop->sent == NULL || loop->xrun_ns == NULL)
		return -ENOMEM;
	memset(loop->recorded, 0, loop->room_frames * sizeof(int16_t));
	return 0;
}

/* Capture first: what lies between the two starts is then time that the application has between
 * reading and writing, and not time that it lacks. */
static int loop_start(struct loop *loop)
{
	int result = snd_pcm_prepare(loop->capture.pcm);

	if (result >= 0)
		result = snd_pcm_prepare(loop->playback.pcm);
	if (result >= 0)
		result = loop_pcm_write(
			&loop->playback, loop->silence, loop->playback.buffer_frames);
	if (result >= 0)
		result = snd_pcm_start(loop->capture.pcm);
	if (result >= 0)
		result = snd_pcm_start(loop->playback.pcm);
	return result < 0 ? result : 0;
}

static void interrupt(struct sent *sent, const struct loop *loop)
{
	if (loop->read_frames >= sent->until_frames)
		return;
	sent->until_frames = loop->read_frames;
	sent->whole = sent->until_frames - sent->read_frames >= loop->settle_frames;
}

static int loop_begin_anew(struct loop *loop)
{
	snd_pcm_drop(loop->capture.pcm);
	snd_pcm_drop(loop->playback.pcm);
	return loop_start(loop);
}

/* What is under way is lost. */
static int loop_restart(struct loop *loop)
{
	loop->xrun_ns[loop->xruns++] = pv_now_ns();
	if (loop->num_sent > 0)
		interrupt(&loop->sent[loop->num_sent - 1], loop);
	loop->burst_at = PVBENCH_BURST_FRAMES;
	loop->next_frames = loop->read_frames + loop->settle_frames;
	return loop_begin_anew(loop);
}

static void record_period(struct loop *loop)
{
	for (uint32_t i = 0; i < loop->period_frames; i++)
		loop->recorded[loop->read_frames + i] = loop->in[i * LOOP_CHANNELS];
	loop->read_frames += loop->period_frames;
}

static void compose_period(struct loop *loop)
{
	if (loop->read_frames >= loop->next_frames) {
		loop->sent[loop->num_sent++] = (struct sent){.read_frames = loop->read_frames,
			.until_frames = loop->read_frames + loop->between_frames,
			.whole = true};
		loop->next_frames = loop->read_frames + loop->between_frames;
		loop->burst_at = 0;
	}
	for (uint32_t i = 0; i < loop->period_frames; i++) {
		int16_t sample = 0;

		if (loop->burst_at < PVBENCH_BURST_FRAMES)
			sample = pvbench_burst_sample(loop->burst_at++);
		for (unsigned channel = 0; channel < LOOP_CHANNELS; channel++)
			loop->out[i * LOOP_CHANNELS + channel] = sample;
	}
}

static int loop_step(struct loop *loop)
{
	int result = loop_pcm_read(&loop->capture, loop->in, loop->period_frames);

	if (result == 0) {
		record_period(loop);
		compose_period(loop);
		result = loop_pcm_write(&loop->playback, loop->out, loop->period_frames);
	}
	return result == -EPIPE ? loop_restart(loop) : result;
}

static unsigned count_whole(const struct loop *loop)
{
	unsigned whole = 0;

	for (unsigned i = 0; i < loop->num_sent; i++)
		whole += loop->sent[i].whole;
	return whole;
}

/* What is done for the first time takes its time, and is not counted: xenloop's first notification
 * over an event channel asks a server. */
static int loop_warm_up(struct loop *loop)
{
	int result = loop_start(loop);

	for (unsigned i = 0; (result == 0 || result == -EPIPE) && i < WARM_UP_PERIODS; i++) {
		result = loop_pcm_read(&loop->capture, loop->in, loop->period_frames);
		if (result == 0)
			result =
				loop_pcm_write(&loop->playback, loop->silence, loop->period_frames);
		if (result == -EPIPE)
			result = loop_begin_anew(loop);
	}
	return result == 0 ? loop_begin_anew(loop) : result;
}

/* One more than is wanted is sent, so that the last has its time to come back. */
static int loop_turn(struct loop *loop)
{
	unsigned most = loop->params->bursts * TRIES_A_BURST;
	int result = 0;

	while (result == 0 && count_whole(loop) <= loop->params->bursts) {
		if (pvbench_interrupted)
			return -EINTR;
		/* Nothing but xruns: what did not get through is lost. */
		if (loop->num_sent == most || loop->xruns == xruns_max(loop->params) ||
			loop->read_frames + loop->period_frames > loop->room_frames)
			return 0;
		result = loop_step(loop);
	}
	return result;
}

static uint64_t frames_ns(const struct loop *loop, uint64_t frames)
{
	return frames * NS_PER_S / loop->params->rate_hz;
}

/* Four beats a period: a stall is seen but for a quarter of a period, or a millisecond. */
static uint64_t beat_ns(const struct loop *loop)
{
	uint64_t beat_ns = frames_ns(loop, loop->period_frames) / 4;

	if (beat_ns < BEAT_MIN_NS)
		return BEAT_MIN_NS;
	return beat_ns > BEAT_MAX_NS ? BEAT_MAX_NS : beat_ns;
}

static int loop_turn_watched(struct loop *loop, struct pvbench_loop_result *ret)
{
	uint32_t buffer_frames = loop->playback.buffer_frames;
	uint32_t slack_frames =
		buffer_frames > loop->period_frames ? buffer_frames - loop->period_frames : 0;
	/* An xrun takes as much in all, and there are HOPS to be late at. */
	uint64_t stall_ns = frames_ns(loop, slack_frames) / HOPS;
	struct pvbench_witness *witness;
	int priority = ret->real_time ? loop->params->priority + WITNESS_ABOVE : 0;
	int result = pvbench_witness_start(priority, beat_ns(loop), stall_ns, &witness);

	if (result < 0)
		return result;
	result = loop_warm_up(loop);
	if (result == 0)
		result = loop_turn(loop);
	pvbench_witness_stop(witness);
	ret->xruns = loop->xruns;
	ret->machine_xruns = pvbench_witness_count(
		witness, loop->xrun_ns, loop->xruns, frames_ns(loop, buffer_frames));
	ret->stalls = pvbench_witness_stalls(witness);
	pvbench_witness_free(witness);
	return result;
}

static void find_bursts(const struct loop *loop, uint64_t *ret_latency_frames)
{
	unsigned found = 0;

	for (unsigned i = 0; i < loop->params->bursts; i++)
		ret_latency_frames[i] = PVBENCH_BURST_LOST;
	for (unsigned i = 0; i < loop->num_sent && found < loop->params->bursts; i++) {
		const struct sent *sent = &loop->sent[i];
		size_t begin;

		if (!sent->whole)
			continue;
		if (pvbench_burst_find(loop->recorded + sent->read_frames,
			    sent->until_frames - sent->read_frames, &begin) == 0)
			ret_latency_frames[found] = begin;
		found++;
	}
}

static bool become_real_time(int priority)
{
	struct sched_param param = {.sched_priority = priority};

	return sched_setscheduler(0, SCHED_FIFO, &param) == 0 &&
	       mlockall(MCL_CURRENT | MCL_FUTURE) == 0;
}

static int loop_prepare(struct loop *loop, char error[PVBENCH_LOOP_ERROR_BYTES])
{
	int result = loop_pcm_open_both(loop->params, &loop->playback, &loop->capture, error);

	if (result == 0)
		result = loop_allocate(loop);
	if (result == -ENOMEM)
		snprintf(error, PVBENCH_LOOP_ERROR_BYTES, "no memory");
	return result;
}

int pvbench_loop_run(const struct pvbench_loop_params *params, uint64_t *ret_latency_frames,
	struct pvbench_loop_result *ret, char error[PVBENCH_LOOP_ERROR_BYTES])
{
	struct loop loop = {.params = params};
	int result = loop_prepare(&loop, error);
	struct pvbench_loop_result found = {0};

	if (result == 0) {
		found.real_time = become_real_time(params->priority);
		result = loop_turn_watched(&loop, &found);
		if (result == -ETIMEDOUT)
			snprintf(error, PVBENCH_LOOP_ERROR_BYTES,
				"no sound moved for 2 seconds, after %llu frames",
				(unsigned long long)loop.read_frames);
		else if (result < 0)
			snprintf(error, PVBENCH_LOOP_ERROR_BYTES, "%.80s (%u xruns)",
				snd_strerror(result), loop.xruns);
	}
	if (result == 0) {
		find_bursts(&loop, ret_latency_frames);
		found.buffer_frames = loop.playback.buffer_frames;
		found.period_frames = loop.period_frames;
		*ret = found;
	}
	loop_free(&loop);
	return result;
}
