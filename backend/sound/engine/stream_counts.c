/* SPDX-License-Identifier: MIT */
/* What becomes of a stream's frames: see the identities at struct vsnd_stream_counts. */
#include "backend/sound/engine/stream_internal.h"

#define NS_PER_S 1000000000ull

const char *const vsnd_silence_names[VSND_SILENCES] = {
	[VSND_SILENCE_BEGIN] = "begin",
	[VSND_SILENCE_END] = "end",
	[VSND_SILENCE_GUEST_LATE] = "guest_late",
	[VSND_SILENCE_ENGINE_LATE] = "engine_late",
	[VSND_SILENCE_DEVICE_XRUN] = "device_xrun",
	[VSND_SILENCE_DEVICE_GONE] = "device_gone",
};

/* ---- device side ---- */

/*
 * A guest answers what it is told of its position. When the engine is late, it has so much less
 * time for what lies in the buffer's length after that: of what is missing there, as much as the
 * engine was late by is the engine's.
 */
static void count_missing(struct vsnd_stream *stream, uint32_t frames)
{
	uint32_t engine = 0;

	if (stream->device_position < stream->excused_until)
		engine = frames < stream->excuse_frames ? frames : (uint32_t)stream->excuse_frames;
	stream->excuse_frames -= engine;
	stream->last.silence[VSND_SILENCE_ENGINE_LATE] = engine;
	stream->last.silence[VSND_SILENCE_GUEST_LATE] = frames - engine;
}

static void add_silence(struct vsnd_stream *stream)
{
	for (unsigned i = 0; i < VSND_SILENCES; i++)
		if (stream->last.silence[i] > 0)
			stream->silence[i] += stream->last.silence[i];
}

static void set_dry(struct vsnd_stream *stream, bool grows)
{
	for (unsigned i = VSND_SILENCE_GUEST_LATE; i <= VSND_SILENCE_ENGINE_LATE; i++)
		stream->dry_frames[i] = grows ? stream->dry_frames[i] + stream->last.silence[i] : 0;
}

void vsnd_stream_count_pull(struct vsnd_stream *stream, uint32_t there_frames, uint32_t frames)
{
	uint32_t missing = frames - there_frames;

	stream->last.frames = frames;
	stream->last.there_frames = there_frames;
	if (there_frames > 0) {
		stream->had_frames = true;
		stream->starving = false;
		set_dry(stream, false);
	}
	if (missing == 0)
		return;
	stream->unwritten_frames += missing;
	if (stream->had_frames)
		count_missing(stream, missing);
	else
		stream->last.silence[VSND_SILENCE_BEGIN] = missing;
	add_silence(stream);
	set_dry(stream, true);
	if (stream->had_frames && !stream->starving) {
		stream->underruns++;
		stream->last.begins_underrun = true;
	}
	stream->starving = stream->had_frames;
}

void vsnd_stream_count_push(struct vsnd_stream *stream, uint32_t there_frames, uint32_t frames)
{
	stream->last.frames = frames;
	stream->last.there_frames = there_frames;
	if (there_frames < frames) {
		stream->lost_frames += frames - there_frames;
		count_missing(stream, frames - there_frames);
		add_silence(stream);
		if (!stream->starving)
			stream->overruns++;
	}
	stream->starving = there_frames < frames;
}

/* Nobody heard any of it, whoever brought it; nobody was late. */
static void recount_gone(struct vsnd_stream *stream)
{
	struct vsnd_turn *last = &stream->last;

	if (stream->direction == VSND_CAPTURE) {
		stream->silence[VSND_SILENCE_DEVICE_GONE] += last->frames;
		return;
	}
	for (unsigned i = 0; i < VSND_SILENCES; i++) {
		if (last->silence[i] == 0)
			continue;
		stream->silence[i] -= last->silence[i];
		if (i != VSND_SILENCE_BEGIN)
			stream->dry_frames[i] -= last->silence[i];
	}
	if (last->begins_underrun) {
		stream->underruns--;
		stream->starving = false;
	}
	stream->silence[VSND_SILENCE_DEVICE_GONE] += last->frames;
	stream->gone_frames += last->there_frames;
}

static uint64_t ns_to_frames(const struct vsnd_stream *stream, uint64_t ns)
{
	return (uint64_t)((unsigned __int128)ns * stream->format.rate_hz / NS_PER_S);
}

void vsnd_stream_account(struct vsnd_stream *stream, const struct vsnd_mishap *mishap)
{
	uint64_t late_frames = ns_to_frames(stream, mishap->late_ns);

	stream->turn++;
	if (mishap->gone)
		recount_gone(stream);
	if (stream->direction == VSND_PLAYBACK)
		stream->silence[VSND_SILENCE_DEVICE_XRUN] +=
			ns_to_frames(stream, mishap->missed_ns);
	else
		stream->missed_frames += ns_to_frames(stream, mishap->missed_ns);
	if (late_frames > 0) {
		if (stream->device_position >= stream->excused_until)
			stream->excuse_frames = 0;
		stream->excuse_frames += late_frames;
		stream->excused_until = stream->device_position + stream->depth_frames;
	}
	stream->turn++;
}

void vsnd_stream_woke(struct vsnd_stream *stream, uint64_t delay_ns)
{
	vsnd_delays_add(&stream->delays, delay_ns);
}

/* ---- any thread ---- */

const struct vsnd_delays *vsnd_stream_delays(const struct vsnd_stream *stream)
{
	return &stream->delays;
}

void vsnd_stream_set_filter(struct vsnd_stream *stream, uint32_t frames, const char *quality)
{
	stream->filter_frames = frames;
	stream->quality = quality;
}

/*
 * Every frame below the session's position has been written for; those of them that had been played
 * as silence came too late. Silent frames at or above it are those from there to the device.
 */
static uint64_t late_frames(const struct vsnd_stream *stream, uint64_t session, uint64_t device)
{
	uint64_t pending = device > session ? device - session : 0;
	uint64_t excused = pending + stream->abandoned_frames;
	uint64_t unwritten = stream->unwritten_frames;

	return unwritten > excused ? unwritten - excused : 0;
}

static void read_playback(const struct vsnd_stream *stream, uint64_t session, uint64_t device,
	struct vsnd_stream_counts *ret)
{
	ret->late_frames = late_frames(stream, session, device);
	ret->fill_frames = session > device ? session - device : 0;
	ret->device_frames = device + ret->silence[VSND_SILENCE_DEVICE_XRUN];
}

static void read_capture(const struct vsnd_stream *stream, uint64_t session, uint64_t device,
	struct vsnd_stream_counts *ret)
{
	ret->fill_frames = device - session;
	ret->device_frames =
		device - ret->silence[VSND_SILENCE_DEVICE_GONE] + stream->missed_frames;
}

static void read_counts(const struct vsnd_stream *stream, struct vsnd_stream_counts *ret)
{
	uint64_t session = stream->session_position;
	uint64_t device = stream->device_position;

	*ret = (struct vsnd_stream_counts){
		.position_frames = device,
		.guest_frames = stream->guest_frames,
		.underruns = stream->underruns,
		.overruns = stream->overruns,
		.lost_frames = stream->lost_frames,
		.stopped_frames = stream->stopped_frames,
		.gone_frames = stream->gone_frames,
		.missed_frames = stream->missed_frames,
		.filter_frames = stream->filter_frames,
		.quality = stream->quality,
	};
	for (unsigned i = 0; i < VSND_SILENCES; i++) {
		ret->silence[i] = stream->silence[i];
		ret->dry[i] = stream->dry_frames[i];
		ret->dry_frames += ret->dry[i];
	}
	ret->silence_frames =
		ret->silence[VSND_SILENCE_GUEST_LATE] + ret->silence[VSND_SILENCE_ENGINE_LATE];
	if (stream->direction == VSND_PLAYBACK)
		read_playback(stream, session, device, ret);
	else
		read_capture(stream, session, device, ret);
}

void vsnd_stream_counts(const struct vsnd_stream *stream, struct vsnd_stream_counts *ret)
{
	uint64_t turn, session_turn;

	do {
		turn = stream->turn;
		session_turn = stream->session_turn;
		read_counts(stream, ret);
	} while (turn % 2 == 1 || stream->turn != turn || session_turn % 2 == 1 ||
		 stream->session_turn != session_turn);
}
