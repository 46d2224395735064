/* SPDX-License-Identifier: MIT */
/* Streams against a model that keeps every frame ever written, and rule by rule. */
#include <errno.h>
#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/vsnd_mono.h"

/* ---- the model: a tape of all positions, and who has been where ---- */

#define TAPE_FRAMES 200000u
#define MODEL_DEPTH 97u
#define CHUNK_MAX 64u

struct model {
	int32_t tape[TAPE_FRAMES]; /* 0: nobody wrote */
	uint64_t session, device;
	uint64_t silence, underruns, late, lost, overruns;
	bool running, had_frames, starving;
	int32_t next_sample;
};

static struct model model;

static unsigned below(unsigned limit)
{
	return (unsigned)rand() % limit;
}

static void model_write(struct vsnd_stream *stream)
{
	uint32_t frames = below(CHUNK_MAX);
	int32_t chunk[CHUNK_MAX];
	bool fits = model.session + frames <= model.device + MODEL_DEPTH;

	for (uint32_t i = 0; i < frames; i++)
		chunk[i] = model.next_sample + (int32_t)i;
	assert_int_equal(vsnd_stream_write(stream, chunk, frames), fits ? 0 : -ENOSPC);
	if (!fits)
		return;
	model.next_sample += (int32_t)frames;
	for (uint32_t i = 0; i < frames; i++) {
		if (model.session < model.device)
			model.late++;
		else
			model.tape[model.session] = chunk[i];
		model.session++;
	}
}

static void model_pull(struct vsnd_stream *stream)
{
	uint32_t frames = 1 + below(CHUNK_MAX - 1);
	int32_t chunk[CHUNK_MAX];

	memset(chunk, 0x55, sizeof(chunk));
	assert_int_equal(vsnd_stream_pull(stream, chunk, frames), model.running);
	for (uint32_t i = 0; i < frames; i++) {
		bool there = model.running && model.device < model.session;

		assert_int_equal(chunk[i], there ? model.tape[model.device] : 0);
		if (!model.running)
			continue;
		if (there) {
			model.had_frames = true;
			model.starving = false;
		} else if (model.had_frames) {
			model.underruns += !model.starving;
			model.starving = true;
			model.silence++;
		}
		model.device++;
	}
}

static void model_push(struct vsnd_stream *stream)
{
	uint32_t frames = 1 + below(CHUNK_MAX - 1);
	int32_t chunk[CHUNK_MAX];
	bool full = false;

	for (uint32_t i = 0; i < frames; i++)
		chunk[i] = model.next_sample++;
	assert_int_equal(vsnd_stream_push(stream, chunk, frames), model.running);
	for (uint32_t i = 0; i < frames && model.running; i++, model.device++) {
		full = model.device >= model.session + MODEL_DEPTH;
		model.tape[model.device] = full ? 0 : chunk[i];
		model.lost += full;
	}
	if (!model.running)
		return;
	model.overruns += full && !model.starving;
	model.starving = full;
}

static void model_read(struct vsnd_stream *stream)
{
	uint32_t frames = below(CHUNK_MAX);
	int32_t chunk[CHUNK_MAX];
	bool there = model.device - model.session >= frames;

	assert_int_equal(vsnd_stream_read(stream, chunk, frames), there ? 0 : -EAGAIN);
	if (!there)
		return;
	for (uint32_t i = 0; i < frames; i++)
		assert_int_equal(chunk[i], model.tape[model.session++]);
}

static void model_control(struct vsnd_stream *stream)
{
	switch (below(6)) {
	case 0:
		vsnd_stream_stop(stream);
		model.running = model.had_frames = model.starving = false;
		model.session = model.device;
		break;
	case 1:
		vsnd_stream_pause(stream);
		model.running = false;
		break;
	default:
		vsnd_stream_start(stream);
		model.running = true;
		break;
	}
}

static void check_counts(const struct vsnd_stream *stream, enum vsnd_direction direction)
{
	struct vsnd_stream_counts counts = counts_of(stream);
	uint64_t inside;

	if (direction == VSND_PLAYBACK)
		inside = model.session > model.device ? model.session - model.device : 0;
	else
		inside = model.device - model.session;
	assert_int_equal(counts.position_frames, model.device);
	assert_int_equal(vsnd_stream_position(stream), model.device);
	assert_int_equal(
		counts.silence_frames, direction == VSND_PLAYBACK ? model.silence : model.lost);
	assert_int_equal(counts.underruns, model.underruns);
	assert_int_equal(counts.late_frames, model.late);
	assert_int_equal(counts.lost_frames, model.lost);
	assert_int_equal(counts.overruns, model.overruns);
	assert_int_equal(counts.fill_frames, inside);
}

/* act: what the session does, move: what the device does; how often each, in percent, varies. */
static void follow_model(enum vsnd_direction direction, void (*act)(struct vsnd_stream *stream),
	void (*move)(struct vsnd_stream *stream))
{
	for (unsigned seed = 1; seed <= 30; seed++) {
		struct vsnd_stream *stream = make(direction, MODEL_DEPTH);
		unsigned share = 30 + below(40);

		srand(seed);
		memset(&model, 0, sizeof(model));
		model.next_sample = 1;
		for (unsigned i = 0; i < 3000 && model.device < TAPE_FRAMES - 1000; i++) {
			if (below(40) == 0)
				model_control(stream);
			else if (below(100) < share)
				act(stream);
			else
				move(stream);
			check_counts(stream, direction);
		}
		vsnd_stream_destroy(stream);
	}
}

static void test_playback_follows_the_model(void **state)
{
	(void)state;
	follow_model(VSND_PLAYBACK, model_write, model_pull);
}

static void test_capture_follows_the_model(void **state)
{
	(void)state;
	follow_model(VSND_CAPTURE, model_read, model_push);
}

/* ---- single rules ---- */

static void test_bad_formats(void **state)
{
	static const struct vsnd_format bad[] = {
		{XENSND_PCM_FORMAT_MU_LAW, 1, 8000},
		{XENSND_PCM_FORMAT_S8, 0, 8000},
		{XENSND_PCM_FORMAT_S8, 9, 8000},
		{XENSND_PCM_FORMAT_S8, 1, 3999},
		{XENSND_PCM_FORMAT_S8, 1, 192001},
	};
	struct vsnd_stream *stream;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(
			vsnd_stream_create(&bad[i], VSND_PLAYBACK, 8, -1, &stream), -EINVAL);
	assert_int_equal(vsnd_stream_create(&mono32, VSND_PLAYBACK, 0, -1, &stream), -EINVAL);
	vsnd_stream_destroy(NULL);
}

/* A guest's own frames are most of what a stream takes: all of it is locked in dom0's memory. */
static void test_memory_is_frames(void **state)
{
	static const struct vsnd_format mono8 = {XENSND_PCM_FORMAT_U8, 1, 8000};
	const size_t frames = 1u << 20;

	(void)state;
	for (unsigned i = VSND_PLAYBACK; i <= VSND_CAPTURE; i++) {
		struct mallinfo2 before = mallinfo2(), with;
		struct vsnd_stream *stream;

		assert_int_equal(vsnd_stream_create(&mono8, i, (uint32_t)frames, -1, &stream), 0);
		with = mallinfo2();
		assert_in_range(with.uordblks + with.hblkhd - before.uordblks - before.hblkhd, 0,
			2 * frames + (1u << 16));
		vsnd_stream_destroy(stream);
	}
}

static void test_armed_push(void **state)
{
	struct vsnd_stream *stream = make(VSND_CAPTURE, 16);
	int32_t samples[4] = {1, 2, 3, 4};

	(void)state;
	/* Began before start. */
	assert_false(vsnd_stream_arm(stream));
	vsnd_stream_start(stream);
	assert_false(vsnd_stream_push(stream, samples, 4));
	assert_int_equal(vsnd_stream_position(stream), 0);
	assert_true(vsnd_stream_arm(stream));
	assert_true(vsnd_stream_push(stream, samples, 4));
	assert_int_equal(vsnd_stream_position(stream), 4);
	/* Stopped and started in between. */
	assert_true(vsnd_stream_arm(stream));
	vsnd_stream_stop(stream);
	vsnd_stream_start(stream);
	assert_false(vsnd_stream_push(stream, samples, 4));
	assert_true(vsnd_stream_push(stream, samples, 4));
	assert_int_equal(vsnd_stream_position(stream), 8);
	vsnd_stream_destroy(stream);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_playback_follows_the_model),
		cmocka_unit_test(test_capture_follows_the_model),
		cmocka_unit_test(test_bad_formats),
		cmocka_unit_test(test_memory_is_frames),
		cmocka_unit_test(test_armed_push),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
