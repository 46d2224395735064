/* SPDX-License-Identifier: MIT */
/* Streams of one channel of numbers, for the tests of streams. After cmocka.h. */
#ifndef TESTS_VSND_MONO_H
#define TESTS_VSND_MONO_H

#include "backend/sound/engine/stream.h"

static const struct vsnd_format mono32 = {XENSND_PCM_FORMAT_S32_LE, 1, 48000};

static inline struct vsnd_stream *make(enum vsnd_direction direction, uint32_t depth_frames)
{
	struct vsnd_stream *stream;

	assert_int_equal(vsnd_stream_create(&mono32, direction, depth_frames, -1, &stream), 0);
	return stream;
}

static inline struct vsnd_stream_counts counts_of(const struct vsnd_stream *stream)
{
	struct vsnd_stream_counts counts;

	vsnd_stream_counts(stream, &counts);
	return counts;
}

#endif
