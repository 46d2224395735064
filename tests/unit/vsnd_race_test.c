/* SPDX-License-Identifier: MIT */
/* Streams with both threads at once. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/vsnd_mono.h"

#define RUNS 400u
#define RUN_FRAMES 256u
#define SHARED_DEPTH 64u

struct device {
	struct vsnd_stream *stream;
	_Atomic bool quit;
	uint64_t wrong;
};

/* Samples are run << 16 | frame of the run: they rise within a run, and no old run comes back. */
static void *pull_all(void *arg)
{
	struct device *device = arg;
	int32_t chunk[24], last = 0;

	while (!device->quit) {
		vsnd_stream_pull(device->stream, chunk, 24);
		for (unsigned i = 0; i < 24; i++) {
			if (chunk[i] == 0)
				continue;
			device->wrong += chunk[i] <= last;
			last = chunk[i];
		}
	}
	return NULL;
}

/* True: no stop swallowed frames of this run, they were all pulled or late. */
static void one_run(struct vsnd_stream *stream, int32_t run)
{
	int32_t chunk[16];

	vsnd_stream_start(stream);
	for (int32_t at = 0; at < (int32_t)RUN_FRAMES;) {
		for (int32_t i = 0; i < 16; i++)
			chunk[i] = run << 16 | (at + i + 1);
		if (vsnd_stream_write(stream, chunk, 16) == 0)
			at += 16;
		else
			usleep(1);
	}
}

static void test_stops_race_with_pulls(void **state)
{
	struct device device = {.stream = make(VSND_PLAYBACK, SHARED_DEPTH)};
	float gain[] = {1.0f};
	pthread_t thread;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, pull_all, &device), 0);
	for (int32_t run = 0; run < (int32_t)RUNS; run++) {
		uint64_t position;

		one_run(device.stream, run);
		if (run % 2 == 0)
			vsnd_stream_pause(device.stream);
		else
			vsnd_stream_stop(device.stream);
		position = vsnd_stream_position(device.stream);
		(void)counts_of(device.stream);
		vsnd_stream_set_gain(device.stream, gain);
		if (run % 16 == 0)
			usleep(50);
		assert_int_equal(vsnd_stream_position(device.stream), position);
	}
	device.quit = true;
	pthread_join(thread, NULL);
	assert_int_equal(device.wrong, 0);
	assert_true(counts_of(device.stream).position_frames > 0);
	vsnd_stream_destroy(device.stream);
}

static void *push_all(void *arg)
{
	struct device *device = arg;
	int32_t next = 1, chunk[24];

	while (!device->quit) {
		for (unsigned i = 0; i < 24; i++)
			chunk[i] = next + (int32_t)i;
		if (vsnd_stream_push(device->stream, chunk, 24))
			next += 24;
	}
	return NULL;
}

/* Without a stop, frame x of the stream is sample x + 1, or silence where it was lost. */
static void test_reads_race_with_pushes(void **state)
{
	struct device device = {.stream = make(VSND_CAPTURE, SHARED_DEPTH)};
	uint64_t silent = 0, at = 0;
	pthread_t thread;

	(void)state;
	vsnd_stream_start(device.stream);
	assert_int_equal(pthread_create(&thread, NULL, push_all, &device), 0);
	while (at < 200000) {
		int32_t chunk[10];

		if (vsnd_stream_read(device.stream, chunk, 10) < 0)
			continue;
		for (unsigned i = 0; i < 10; i++, at++) {
			silent += chunk[i] == 0;
			if (chunk[i] != 0)
				assert_int_equal(chunk[i], at + 1);
		}
	}
	device.quit = true;
	pthread_join(thread, NULL);
	assert_true(counts_of(device.stream).lost_frames >= silent);
	vsnd_stream_destroy(device.stream);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stops_race_with_pulls),
		cmocka_unit_test(test_reads_race_with_pushes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
