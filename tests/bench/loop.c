/* SPDX-License-Identifier: MIT */
#include "tests/bench/loop.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "tests/bench/burst.h"
#include "tests/bench/child.h"
#include "tests/bench/loop_internal.h"
#include "tests/bench/witness.h"

#define PRIORITY 50      /* below pvsndd's sessions */
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
	if (loop->in == NULL || loop->out == NULL || loop->silence == NULL ||
		loop->recorded == NULL || loop->sent == NULL)
		return -ENOMEM;
	memset(loop->recorded, 0, loop->room_frames * sizeof(int16_t));
	return 0;
}

/* Playback first: then it is never behind the capture that paces it by more than its buffer. */
static int loop_start(struct loop *loop)
{
	int result = snd_pcm_prepare(loop->capture.pcm);

	if (result >= 0)
		result = snd_pcm_prepare(loop->playback.pcm);
	if (result >= 0)
		result = loop_pcm_write(
			&loop->playback, loop->silence, loop->playback.buffer_frames);
	if (result >= 0)
		result = snd_pcm_start(loop->playback.pcm);
	if (result >= 0)
		result = snd_pcm_start(loop->capture.pcm);
	return result < 0 ? result : 0;
}

static void interrupt(struct sent *sent, const struct loop *loop)
{
	if (loop->read_frames >= sent->until_frames)
		return;
	sent->until_frames = loop->read_frames;
	sent->whole = sent->until_frames - sent->read_frames >= loop->settle_frames;
}

/* What is under way is lost. */
static int loop_restart(struct loop *loop)
{
	loop->xruns++;
	if (loop->num_sent > 0)
		interrupt(&loop->sent[loop->num_sent - 1], loop);
	loop->burst_at = PVBENCH_BURST_FRAMES;
	loop->next_frames = loop->read_frames + loop->settle_frames;
	snd_pcm_drop(loop->capture.pcm);
	snd_pcm_drop(loop->playback.pcm);
	return loop_start(loop);
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

/* One more than is wanted is sent, so that the last has its time to come back. */
static int loop_turn(struct loop *loop)
{
	unsigned most = loop->params->bursts * TRIES_A_BURST;
	int result = loop_start(loop);

	while (result == 0 && count_whole(loop) <= loop->params->bursts) {
		if (pvbench_interrupted)
			return -EINTR;
		/* Nothing but xruns: what did not get through is lost. */
		if (loop->num_sent == most || loop->xruns > most ||
			loop->read_frames + loop->period_frames > loop->room_frames)
			return 0;
		result = loop_step(loop);
	}
	return result;
}

static int loop_turn_watched(struct loop *loop, int priority, uint64_t *ret_bare_late)
{
	uint32_t rate_hz = loop->params->rate_hz;
	uint64_t slack_frames = loop->playback.buffer_frames > loop->period_frames
					? loop->playback.buffer_frames - loop->period_frames
					: 0;
	struct pvbench_witness *witness;
	int result = pvbench_witness_start(priority,
		loop->period_frames * UINT64_C(1000000000) / rate_hz,
		slack_frames * UINT64_C(1000000000) / rate_hz, &witness);

	if (result == 0) {
		result = loop_turn(loop);
		*ret_bare_late = pvbench_witness_end(witness);
	}
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

static bool become_real_time(void)
{
	struct sched_param priority = {.sched_priority = PRIORITY};

	return sched_setscheduler(0, SCHED_FIFO, &priority) == 0 &&
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
	bool real_time = result == 0 && params->real_time && become_real_time();
	uint64_t bare_late = 0;

	if (result == 0) {
		result = loop_turn_watched(&loop, real_time ? PRIORITY : 0, &bare_late);
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
		*ret = (struct pvbench_loop_result){
			.buffer_frames = loop.playback.buffer_frames,
			.period_frames = loop.period_frames,
			.xruns = loop.xruns,
			.real_time = real_time,
			.bare_late = bare_late,
		};
	}
	loop_free(&loop);
	return result;
}
