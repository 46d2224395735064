/* SPDX-License-Identifier: MIT */
/*
 * Frame x lies in slot x mod the ring's length, in both directions. The session owns
 * session_position, the device device_position; `turn` is odd while the device is inside pull or
 * push, so that the session can wait for it to leave and counts can be taken between two turns.
 *
 * Capture: what is dropped leaves its slot alone, where an older frame may wait to be read. So a
 * frame is there if its slot has one when all before it were read.
 */
#include "backend/sound/engine/stream_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>

#define RUNNING 1u /* in control; above it the generation, one more with each stop */
#define NOT_ARMED UINT64_MAX
#define LEAVE_NAP_NS 20000
#define HISTORY_FRAMES(rate_hz) ((rate_hz) / 100u) /* 10 ms */

static void stream_free(struct vsnd_stream *stream)
{
	free(stream->ring);
	free(stream->there);
	vsnd_stream_fade_free(stream->fade);
	free(stream);
}

/* Capture: nothing is there. */
static void forget_all(struct vsnd_stream *stream)
{
	if (stream->direction == VSND_CAPTURE)
		memset(stream->there, 0, stream->ring_frames);
}

int vsnd_stream_create(const struct vsnd_format *format, enum vsnd_direction direction,
	uint32_t depth_frames, int wake_fd, struct vsnd_stream **ret)
{
	struct vsnd_stream *stream;
	uint32_t frame_bytes;
	int err = vsnd_format_frame_bytes(format, &frame_bytes);

	if (err < 0 || depth_frames == 0)
		return -EINVAL;
	stream = aligned_alloc(64, sizeof(*stream));
	if (stream == NULL)
		return -ENOMEM;
	memset(stream, 0, sizeof(*stream));
	stream->format = *format;
	stream->direction = direction;
	stream->frame_bytes = frame_bytes;
	stream->depth_frames = depth_frames;
	stream->ring_frames = depth_frames + HISTORY_FRAMES(format->rate_hz);
	stream->wake_fd = wake_fd;
	stream->run = UINT64_MAX;
	stream->armed = NOT_ARMED;
	stream->ring = calloc(stream->ring_frames, frame_bytes);
	stream->there = calloc(direction == VSND_CAPTURE ? stream->ring_frames : 1, 1);
	if (stream->ring == NULL || stream->there == NULL) {
		stream_free(stream);
		return -ENOMEM;
	}
	/* Written to, so that the device thread finds the pages there. */
	vsnd_format_silence(format, stream->ring, stream->ring_frames);
	forget_all(stream);
	for (unsigned i = 0; i < VSND_CHANNELS_MAX; i++)
		stream->target[i] = 1.0f;
	*ret = stream;
	return 0;
}

void vsnd_stream_destroy(struct vsnd_stream *stream)
{
	if (stream != NULL)
		stream_free(stream);
}

void vsnd_stream_set_owner(struct vsnd_stream *stream, uint32_t owner)
{
	stream->owner = owner;
}

uint32_t vsnd_stream_owner(const struct vsnd_stream *stream)
{
	return stream->owner;
}

const struct vsnd_format *vsnd_stream_format(const struct vsnd_stream *stream)
{
	return &stream->format;
}

uint32_t vsnd_stream_frame_bytes(const struct vsnd_stream *stream)
{
	return stream->frame_bytes;
}

void vsnd_stream_ring_copy(struct vsnd_stream *stream, uint64_t frame, uint32_t frames,
	const uint8_t *from, uint8_t *to)
{
	size_t frame_bytes = stream->frame_bytes;

	while (frames > 0) {
		uint32_t slot = (uint32_t)(frame % stream->ring_frames);
		uint32_t room = stream->ring_frames - slot;
		uint32_t now = frames < room ? frames : room;
		uint8_t *place = stream->ring + slot * frame_bytes;

		if (from != NULL) {
			memcpy(place, from, now * frame_bytes);
			from += now * frame_bytes;
		} else {
			memcpy(to, place, now * frame_bytes);
			to += now * frame_bytes;
		}
		frame += now;
		frames -= now;
	}
}

/* ---- session side ---- */

static void move_session(struct vsnd_stream *stream, uint64_t position)
{
	stream->session_turn++;
	stream->guest_frames += position - stream->session_position;
	stream->session_position = position;
	stream->session_turn++;
}

int vsnd_stream_write(struct vsnd_stream *stream, const void *from, uint32_t frames)
{
	uint64_t at = stream->session_position;

	if (at + frames > stream->device_position + stream->depth_frames)
		return -ENOSPC;
	/* Those that are late go into slots that nobody will look at before they are written anew:
	 * when the device is ahead, nothing is inside. */
	vsnd_stream_ring_copy(stream, at, frames, from, NULL);
	move_session(stream, at + frames);
	return 0;
}

/* How many frames from there on are as the first: there, or lost. Nothing is there any more then.
 */
static uint32_t take_run(struct vsnd_stream *stream, uint64_t at, uint32_t most, bool *ret_there)
{
	uint32_t frames = 0;

	*ret_there = stream->there[at % stream->ring_frames];
	while (frames < most) {
		uint8_t *there = &stream->there[(at + frames) % stream->ring_frames];

		if (*there != *ret_there)
			break;
		*there = 0;
		frames++;
	}
	return frames;
}

int vsnd_stream_read(struct vsnd_stream *stream, void *to, uint32_t frames)
{
	uint64_t at = stream->session_position, end = at + frames;
	uint8_t *place = to;

	if (stream->device_position - at < frames)
		return -EAGAIN;
	while (at < end) {
		bool there;
		uint32_t now = take_run(stream, at, (uint32_t)(end - at), &there);

		if (there)
			vsnd_stream_ring_copy(stream, at, now, NULL, place);
		else
			vsnd_format_silence(&stream->format, place, now);
		if (stream->fade != NULL)
			vsnd_stream_fade(stream, at, place, now, there);
		place += (size_t)now * stream->frame_bytes;
		at += now;
	}
	move_session(stream, at);
	return 0;
}

void vsnd_stream_start(struct vsnd_stream *stream)
{
	stream->control = stream->control | RUNNING;
}

/*
 * Either the device sees the new control, or we see that it is inside and wait: control and turn
 * are written and then the other's read, on both sides, in one order for all (seq_cst).
 */
static void set_control(struct vsnd_stream *stream, uint64_t control)
{
	static const struct timespec nap = {.tv_nsec = LEAVE_NAP_NS};
	uint64_t turn;

	stream->control = control;
	turn = stream->turn;
	while (turn % 2 == 1 && stream->turn == turn)
		nanosleep(&nap, NULL);
}

void vsnd_stream_pause(struct vsnd_stream *stream)
{
	set_control(stream, stream->control & ~(uint64_t)RUNNING);
}

void vsnd_stream_stop(struct vsnd_stream *stream)
{
	uint64_t at = stream->session_position;
	uint64_t device;

	set_control(stream, (stream->control & ~(uint64_t)RUNNING) + 2 * RUNNING);
	device = stream->device_position;
	forget_all(stream);
	vsnd_stream_fade_reset(stream);
	stream->session_turn++;
	if (stream->direction == VSND_CAPTURE)
		stream->stopped_frames += device - at;
	else if (device > at)
		stream->abandoned_frames += device - at;
	else
		stream->stopped_frames += at - device;
	stream->session_position = device;
	stream->session_turn++;
}

bool vsnd_stream_runs(const struct vsnd_stream *stream)
{
	return stream->control & RUNNING;
}

uint64_t vsnd_stream_position(const struct vsnd_stream *stream)
{
	return stream->device_position;
}

uint64_t vsnd_stream_heard(const struct vsnd_stream *stream)
{
	return stream->heard_position;
}

void vsnd_stream_wake_at(struct vsnd_stream *stream, uint64_t heard_frames)
{
	stream->wake_frames = heard_frames;
}

void vsnd_stream_set_gain(struct vsnd_stream *stream, const float *gain)
{
	for (unsigned i = 0; i < stream->format.channels; i++)
		stream->target[i] = gain[i];
}

/* ---- device side ---- */

/* Comes in, and looks whether the stream runs; leave follows in any case. */
static bool enter(struct vsnd_stream *stream)
{
	uint64_t control;

	stream->turn++;
	control = stream->control;
	stream->pulled = (struct vsnd_pulled){.begins = true};
	stream->last = (struct vsnd_turn){0};
	if (!(control & RUNNING))
		return false;
	stream->pulled.begins = control != stream->run;
	if (stream->pulled.begins) {
		stream->run = control;
		stream->had_frames = false;
		stream->starving = false;
		for (unsigned i = 0; i < VSND_SILENCES; i++)
			stream->dry_frames[i] = 0;
	}
	return true;
}

static void leave(struct vsnd_stream *stream)
{
	stream->turn++;
}

bool vsnd_stream_pull(struct vsnd_stream *stream, void *to, uint32_t frames)
{
	bool running = enter(stream);
	uint64_t at = stream->device_position;
	uint64_t written = stream->session_position;
	uint32_t there = 0;

	if (running) {
		if (written > at)
			there = written - at < frames ? (uint32_t)(written - at) : frames;
		vsnd_stream_ring_copy(stream, at, there, NULL, to);
		stream->pulled.there_frames = there;
		stream->pulled.had_frames = stream->had_frames || there > 0;
		vsnd_stream_count_pull(stream, there, frames);
		stream->device_position = at + frames;
	}
	leave(stream);
	vsnd_format_silence(&stream->format, (uint8_t *)to + (size_t)there * stream->frame_bytes,
		frames - there);
	return running;
}

struct vsnd_pulled vsnd_stream_pulled(const struct vsnd_stream *stream)
{
	return stream->pulled;
}

/* The guest may write as far as the depth goes beyond the device; the ring is longer than that by
 * what is looked back at here, so that those slots stay as they are. */
uint32_t vsnd_stream_history(
	struct vsnd_stream *stream, void *to, uint32_t frames, uint32_t before_frames)
{
	uint32_t spare = stream->ring_frames - stream->depth_frames;
	uint64_t end = stream->device_position - before_frames;

	spare = before_frames < spare ? spare - before_frames : 0;
	if (frames > spare)
		frames = spare;
	if (frames > end)
		frames = (uint32_t)end;
	vsnd_stream_ring_copy(stream, end - frames, frames, NULL, to);
	return frames;
}

void vsnd_stream_gain(const struct vsnd_stream *stream, float *ret_gain)
{
	for (unsigned i = 0; i < stream->format.channels; i++)
		ret_gain[i] = stream->target[i];
}

bool vsnd_stream_arm(struct vsnd_stream *stream)
{
	stream->armed = stream->control;
	return stream->armed & RUNNING;
}

static void take_in(struct vsnd_stream *stream, uint64_t at, const uint8_t *from, uint32_t frames)
{
	vsnd_stream_ring_copy(stream, at, frames, from, NULL);
	for (uint32_t i = 0; i < frames; i++)
		stream->there[(at + i) % stream->ring_frames] = 1;
}

bool vsnd_stream_push(struct vsnd_stream *stream, const void *from, uint32_t frames)
{
	bool running = enter(stream);
	uint64_t at = stream->device_position;
	uint64_t inside = at - stream->session_position;
	uint32_t room = 0;

	if (stream->armed != NOT_ARMED && stream->armed != stream->run)
		running = false;
	stream->armed = NOT_ARMED;
	if (running) {
		if (inside < stream->depth_frames)
			room = stream->depth_frames - (uint32_t)inside;
		if (room > frames)
			room = frames;
		take_in(stream, at, from, room);
		vsnd_stream_count_push(stream, room, frames);
		stream->device_position = at + frames;
	}
	leave(stream);
	return running;
}

void vsnd_stream_wake(struct vsnd_stream *stream)
{
	/* Written before the other's is read, here and by the session: one of the two sees it. */
	stream->heard_position = stream->device_position;
	/* Fails only when the eventfd's counter is full, and then its owner is awake already. */
	if (stream->heard_position >= stream->wake_frames)
		(void)eventfd_write(stream->wake_fd, 1);
}
