/* SPDX-License-Identifier: MIT */
/* What stream.c and stream_counts.c share. */
#ifndef VSND_STREAM_INTERNAL_H
#define VSND_STREAM_INTERNAL_H

#include <stdatomic.h>

#include "backend/sound/engine/stream.h"

/* One pull or push, as it was counted. */
struct vsnd_turn {
	uint32_t frames;       /* by which the position moved */
	uint32_t there_frames; /* pulled, and brought by the guest; pushed, and there was room */
	uint32_t silence[VSND_SILENCES];
	bool begins_underrun;
};

struct vsnd_stream {
	struct vsnd_format format;
	enum vsnd_direction direction;
	uint32_t frame_bytes;
	uint32_t depth_frames; /* that may be inside */
	uint32_t ring_frames;  /* more: see vsnd_stream_history */
	int wake_fd;
	uint32_t owner;
	uint8_t *ring;
	struct vsnd_stream_fade *fade; /* capture, the session's; NULL: cuts */
	uint8_t *there; /* capture: the slot has a frame that was not read; who reads it clears that
			 */

	_Atomic uint64_t control;
	_Atomic uint64_t session_turn;     /* odd while the session changes what follows */
	_Atomic uint64_t session_position; /* written up to; read up to */
	_Atomic uint64_t guest_frames;     /* written; read */
	_Atomic uint64_t stopped_frames;   /* that a stop threw away */
	_Atomic uint64_t abandoned_frames; /* silent and never written, because of a stop */
	_Atomic uint64_t wake_frames;
	_Atomic float target[VSND_CHANNELS_MAX];

	_Alignas(64) _Atomic uint64_t turn;
	_Atomic uint64_t device_position;
	_Atomic uint64_t heard_position;
	_Atomic uint64_t unwritten_frames; /* played as silence, before the first data too */
	_Atomic uint64_t silence[VSND_SILENCES];
	_Atomic uint64_t dry_frames[VSND_SILENCES]; /* of those: since the guest's last frames */
	_Atomic uint64_t underruns;
	_Atomic uint64_t overruns;
	_Atomic uint64_t lost_frames;
	_Atomic uint64_t gone_frames;   /* playback: pulled for a device that was not there */
	_Atomic uint64_t missed_frames; /* capture: that the device lost */
	_Atomic uint64_t filter_frames;
	_Atomic(const char *) quality;
	struct vsnd_delays delays;

	uint64_t run; /* control of the run that the following are about */
	uint64_t armed;
	bool had_frames;
	bool starving;
	struct vsnd_pulled pulled;
	struct vsnd_turn last;
	/* The engine is to blame for so many frames, until there. */
	uint64_t excuse_frames, excused_until;
};

/* Copies frames from or to their slots, which may wrap; one of from and to is NULL: the ring. */
void vsnd_stream_ring_copy(struct vsnd_stream *stream, uint64_t frame, uint32_t frames,
	const uint8_t *from, uint8_t *to);

/* ---- stream_fade.c: the session ---- */

/* Takes NULL. */
void vsnd_stream_fade_free(struct vsnd_stream_fade *fade);
/* As before the first frame; also of a stream that cuts. */
void vsnd_stream_fade_reset(struct vsnd_stream *stream);
/* Frames that are about to be read from a position on, all there or all lost, and then silent: what
 * is to be heard instead. Of a stream that fades. */
void vsnd_stream_fade(
	struct vsnd_stream *stream, uint64_t at, uint8_t *frames_at, uint32_t frames, bool there);

/*
 * Device side, inside a turn: counts it, before the position moves. There are fewer frames there
 * than there should be: who is late?
 */
void vsnd_stream_count_pull(struct vsnd_stream *stream, uint32_t there_frames, uint32_t frames);
void vsnd_stream_count_push(struct vsnd_stream *stream, uint32_t there_frames, uint32_t frames);

#endif
