/* SPDX-License-Identifier: MIT */
#include "frontend/sound/limits.h"

#include <errno.h>
#include <string.h>

#include "frontend/sound/format.h"

#define RATE_MIN_HZ 1000u
#define RATE_MAX_HZ 768000u

static uint32_t at_most(uint32_t value, uint32_t limit)
{
	return value < limit ? value : limit;
}

static uint32_t at_least(uint32_t value, uint32_t limit)
{
	return value > limit ? value : limit;
}

static uint32_t buffer_bytes(const struct pvsnd_stream *stream)
{
	return stream->buffer_bytes ? at_most(stream->buffer_bytes, PVSND_BUFFER_BYTES_MAX)
				    : PVSND_BUFFER_BYTES_MAX;
}

void pvsnd_limits_wish(const struct pvsnd_stream *stream, struct xensnd_query_hw_param *ret)
{
	*ret = (struct xensnd_query_hw_param){
		.formats = stream->formats,
		.rates = {RATE_MIN_HZ, RATE_MAX_HZ},
		.channels = {stream->channels_min, stream->channels_max},
		.buffer = {1, buffer_bytes(stream)},
		.period = {1, buffer_bytes(stream)},
	};
	for (unsigned i = 0; i < stream->num_rates; i++) {
		ret->rates.min = i ? at_most(ret->rates.min, stream->rates[i]) : stream->rates[i];
		ret->rates.max = i ? at_least(ret->rates.max, stream->rates[i]) : stream->rates[i];
	}
}

static int derive_rates(const struct pvsnd_stream *stream, struct pvsnd_limits *limits)
{
	for (unsigned i = 0; i < stream->num_rates; i++)
		if (stream->rates[i] >= limits->rate_min && stream->rates[i] <= limits->rate_max)
			limits->rates[limits->num_rates++] = stream->rates[i];
	return stream->num_rates && !limits->num_rates ? -EINVAL : 0;
}

static void derive_formats(uint64_t formats, struct pvsnd_limits *limits)
{
	for (unsigned format = 0; format < PVSND_FORMATS; format++)
		if (formats >> format & 1)
			limits->formats[limits->num_formats++] = format;
}

int pvsnd_limits_derive(const struct pvsnd_stream *stream,
	const struct xensnd_query_hw_param *answer, struct pvsnd_limits *ret)
{
	uint64_t formats = answer->formats & stream->formats & PVSND_FORMATS_ALL;
	struct pvsnd_limits limits = {
		.rate_min = at_least(answer->rates.min, RATE_MIN_HZ),
		.rate_max = at_most(answer->rates.max, RATE_MAX_HZ),
		.channels_min = at_least(answer->channels.min, stream->channels_min),
		.channels_max = at_most(answer->channels.max, stream->channels_max),
		.buffer_frames_min = at_least(answer->buffer.min, 1),
		.period_frames_min = at_least(answer->period.min, 1),
	};
	uint32_t frame_bytes = pvsnd_format_smallest_bytes(formats, limits.channels_min);
	uint32_t buffer_frames_max, bytes = buffer_bytes(stream);

	if (frame_bytes == 0 || limits.rate_min > limits.rate_max ||
		limits.channels_min > limits.channels_max)
		return -EINVAL;
	buffer_frames_max = at_most(answer->buffer.max, bytes / frame_bytes);
	limits.period_frames_max = at_most(answer->period.max, buffer_frames_max);
	if (limits.buffer_frames_min > buffer_frames_max ||
		limits.period_frames_min > limits.period_frames_max)
		return -EINVAL;
	limits.buffer_bytes_min = limits.buffer_frames_min * frame_bytes;
	limits.buffer_bytes_max = buffer_frames_max * frame_bytes;
	limits.period_bytes_min = limits.period_frames_min * frame_bytes;
	/* The backend's longest period bounds how far apart its events are, not ours. */
	limits.period_bytes_max = limits.buffer_bytes_max;
	derive_formats(formats, &limits);
	if (derive_rates(stream, &limits) < 0)
		return -EINVAL;
	*ret = limits;
	return 0;
}
