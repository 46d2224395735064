/* SPDX-License-Identifier: MIT */
/* Captured frames that were lost: what is read there dies away and fades in again, as gap.h has it.
 */
#include <errno.h>
#include <stdlib.h>

#include "backend/sound/engine/gap.h"
#include "backend/sound/engine/mix.h"
#include "backend/sound/engine/stream_internal.h"

#define CHUNK_FRAMES 64u

struct vsnd_stream_fade {
	struct vsnd_gap gap;
	bool late;                 /* in a gap */
	uint32_t since_gap_frames; /* that were there, as many as matter */
	double *samples;           /* a chunk, or a tail */
	uint8_t *tail;
};

void vsnd_stream_fade_free(struct vsnd_stream_fade *fade)
{
	if (fade == NULL)
		return;
	free(fade->samples);
	free(fade->tail);
	free(fade);
}

void vsnd_stream_fade_reset(struct vsnd_stream *stream)
{
	if (stream->fade == NULL)
		return;
	vsnd_gap_begin(&stream->fade->gap, &stream->format);
	stream->fade->late = false;
	stream->fade->since_gap_frames = 0;
}

int vsnd_stream_fade_losses(struct vsnd_stream *stream)
{
	struct vsnd_stream_fade *fade = calloc(1, sizeof(*fade));
	size_t most;

	if (fade == NULL)
		return -ENOMEM;
	vsnd_gap_begin(&fade->gap, &stream->format);
	most = fade->gap.tail_frames > CHUNK_FRAMES ? fade->gap.tail_frames : CHUNK_FRAMES;
	fade->samples = calloc(most * stream->format.channels, sizeof(*fade->samples));
	fade->tail = calloc(most, stream->frame_bytes);
	if (fade->samples == NULL || fade->tail == NULL) {
		vsnd_stream_fade_free(fade);
		return -ENOMEM;
	}
	stream->fade = fade;
	return 0;
}

/* The slots of what was read are left alone for 10 ms. */
static void open_gap(struct vsnd_stream *stream, uint64_t at)
{
	struct vsnd_stream_fade *fade = stream->fade;
	uint32_t frames = fade->since_gap_frames;

	vsnd_stream_ring_copy(stream, at - frames, frames, NULL, fade->tail);
	vsnd_mix_load(stream->format.pcm_format, fade->tail, fade->samples,
		(size_t)frames * stream->format.channels);
	vsnd_gap_open(&fade->gap, fade->samples, frames);
	fade->late = true;
	fade->since_gap_frames = 0;
}

static void apply(struct vsnd_stream *stream, uint8_t *frames_at, uint32_t frames, bool there)
{
	struct vsnd_stream_fade *fade = stream->fade;
	size_t samples = (size_t)frames * stream->format.channels;

	vsnd_mix_load(stream->format.pcm_format, frames_at, fade->samples, samples);
	if (there)
		vsnd_gap_close(&fade->gap, fade->samples, frames);
	else
		vsnd_gap_fill(&fade->gap, fade->samples, frames);
	vsnd_mix_store(stream->format.pcm_format, fade->samples, frames_at, samples, NULL);
}

static void count_there(struct vsnd_stream_fade *fade, uint32_t frames)
{
	uint32_t room = fade->gap.tail_frames - fade->since_gap_frames;

	fade->since_gap_frames += frames < room ? frames : room;
	fade->late = false;
}

void vsnd_stream_fade(
	struct vsnd_stream *stream, uint64_t at, uint8_t *frames_at, uint32_t frames, bool there)
{
	struct vsnd_stream_fade *fade = stream->fade;

	if (!there && !fade->late)
		open_gap(stream, at);
	if (there)
		count_there(fade, frames);
	while (frames > 0 &&
		(there ? vsnd_gap_closing(&fade->gap) : fade->gap.played < fade->gap.tail_frames)) {
		uint32_t now = frames < CHUNK_FRAMES ? frames : CHUNK_FRAMES;

		apply(stream, frames_at, now, there);
		frames_at += (size_t)now * stream->frame_bytes;
		frames -= now;
	}
}
