/* SPDX-License-Identifier: MIT */
/* When a stream wakes its session, what was heard, and what it played dry. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cmocka.h>

#include "backend/sound/engine/stream.h"

static const struct vsnd_format mono32 = {XENSND_PCM_FORMAT_S32_LE, 1, 48000};

static void expect_wakes(int fd, eventfd_t expected)
{
	eventfd_t count = 0;

	(void)eventfd_read(fd, &count);
	assert_int_equal(count, expected);
}

static void pull_and_wake(struct vsnd_stream *stream)
{
	int32_t samples[4];

	assert_true(vsnd_stream_pull(stream, samples, 4));
	vsnd_stream_wake(stream);
}

/* After each quantum, until the session says how far it wants to sleep. */
static void test_wakes_when_asked_to(void **state)
{
	struct vsnd_stream *stream;
	int fd = eventfd(0, EFD_NONBLOCK);
	int32_t samples[4];

	(void)state;
	assert_int_equal(vsnd_stream_create(&mono32, VSND_PLAYBACK, 8, fd, &stream), 0);
	vsnd_stream_start(stream);
	pull_and_wake(stream);
	pull_and_wake(stream);
	expect_wakes(fd, 2);
	vsnd_stream_wake_at(stream, 16);
	pull_and_wake(stream);
	expect_wakes(fd, 0);
	pull_and_wake(stream);
	pull_and_wake(stream);
	expect_wakes(fd, 2);
	vsnd_stream_wake_at(stream, UINT64_MAX);
	pull_and_wake(stream);
	expect_wakes(fd, 0);
	/* What is being played has not been heard. */
	assert_true(vsnd_stream_pull(stream, samples, 4));
	assert_int_equal(vsnd_stream_position(stream), 28);
	assert_int_equal(vsnd_stream_heard(stream), 24);
	vsnd_stream_wake(stream);
	assert_int_equal(vsnd_stream_heard(stream), 28);
	vsnd_stream_destroy(stream);
	close(fd);
}

static uint64_t dry_frames(const struct vsnd_stream *stream)
{
	struct vsnd_stream_counts counts;

	vsnd_stream_counts(stream, &counts);
	return counts.dry_frames;
}

/* What is silent at the end of a run, until frames come or another run begins. */
static void test_dry_at_the_end(void **state)
{
	struct vsnd_stream *stream;
	int32_t samples[16] = {0};

	(void)state;
	assert_int_equal(vsnd_stream_create(&mono32, VSND_PLAYBACK, 32, -1, &stream), 0);
	vsnd_stream_start(stream);
	vsnd_stream_pull(stream, samples, 4);
	assert_int_equal(dry_frames(stream), 0);
	assert_int_equal(vsnd_stream_write(stream, samples, 10), 0);
	vsnd_stream_pull(stream, samples, 8);
	assert_int_equal(dry_frames(stream), 2);
	vsnd_stream_pull(stream, samples, 8);
	assert_int_equal(dry_frames(stream), 10);
	assert_int_equal(vsnd_stream_write(stream, samples, 16), 0);
	vsnd_stream_pull(stream, samples, 4);
	assert_int_equal(dry_frames(stream), 0);
	vsnd_stream_pull(stream, samples, 8);
	assert_true(dry_frames(stream) > 0);
	vsnd_stream_stop(stream);
	assert_true(dry_frames(stream) > 0);
	vsnd_stream_start(stream);
	vsnd_stream_pull(stream, samples, 8);
	assert_int_equal(dry_frames(stream), 0);
	vsnd_stream_destroy(stream);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wakes_when_asked_to),
		cmocka_unit_test(test_dry_at_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
