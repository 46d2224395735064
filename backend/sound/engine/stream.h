/* SPDX-License-Identifier: MIT */
/*
 * The unified audio stream: a lock-free ring with one producer and one consumer, and the format of
 * what is in it. One side is a guest's session, the other the real-time thread of a host device.
 *
 * Positions are frames since the stream was made and never go back. The device's clock moves
 * `device_position`, whether or not the guest kept up: what the guest did not bring in time is
 * silence, and what it brings too late, for frames that have passed, is dropped, so that the
 * guest's idea of where it is stays true. Source: BACKGROUND.md, T2, "Unified audio stream".
 */
#ifndef VSND_STREAM_H
#define VSND_STREAM_H

#include <stdbool.h>
#include <stdint.h>

#include "backend/sound/engine/delays.h"
#include "backend/sound/engine/format.h"

struct vsnd_stream;

/*
 * depth_frames: at least what the guest may hold in flight (its buffer). wake_fd: an eventfd of the
 * session's, written by the device side: see vsnd_stream_wake_at. Starts stopped, at position 0, at
 * the gains given by vsnd_stream_set_gain (1.0 until then).
 */
int vsnd_stream_create(const struct vsnd_format *format, enum vsnd_direction direction,
	uint32_t depth_frames, int wake_fd, struct vsnd_stream **ret);
void vsnd_stream_destroy(struct vsnd_stream *stream);
/* Capture, before the first start: what is read where frames were lost is no cut: see gap.h.
 * -ENOMEM. */
int vsnd_stream_fade_losses(struct vsnd_stream *stream);

const struct vsnd_format *vsnd_stream_format(const struct vsnd_stream *stream);
uint32_t vsnd_stream_frame_bytes(const struct vsnd_stream *stream);

/* ---- session side (one thread) ---- */

/*
 * Playback: appends frames. Those whose time has passed are dropped and counted. -ENOSPC: more than
 * fit; nothing is taken.
 */
int vsnd_stream_write(struct vsnd_stream *stream, const void *from, uint32_t frames);
/* Capture: takes frames out; -EAGAIN: not that many have come, nothing is taken. Frames that were
 * dropped because the ring was full read as silence, or fade, so that what follows stays in its
 * place. */
int vsnd_stream_read(struct vsnd_stream *stream, void *to, uint32_t frames);

/*
 * start: the device begins (or goes on) to pull or push. pause: it stops, what is inside stays.
 * stop: it stops and what is inside is thrown away; the position stays and the next write is for
 * there. Once pause or stop returned the position stands still: they wait for a pull or push under
 * way (the copying of one quantum, not the quantum itself).
 */
void vsnd_stream_start(struct vsnd_stream *stream);
void vsnd_stream_pause(struct vsnd_stream *stream);
void vsnd_stream_stop(struct vsnd_stream *stream);

/* Was it started, and neither paused nor stopped since? Any thread. */
bool vsnd_stream_runs(const struct vsnd_stream *stream);

/* Frames the device has taken or brought so far; playback: with those of the quantum that is being
 * played. Any thread. */
uint64_t vsnd_stream_position(const struct vsnd_stream *stream);
/* Playback: without that quantum, while the stream runs: what a guest may take for played, because
 * the device needs more at once when all that was written has been. Capture: the position. Until a
 * run's first quantum is over it may be behind where the run began. Any thread. */
uint64_t vsnd_stream_heard(const struct vsnd_stream *stream);

/* The session is woken by the first quantum that ends with at least so many frames heard, and by
 * each after it; at 0, as it is to begin with, by each. If that is so already, nothing wakes it:
 * look at vsnd_stream_heard afterwards. Session thread. */
void vsnd_stream_wake_at(struct vsnd_stream *stream, uint64_t heard_frames);

/* Gains that the device side ramps to, see feed.h; linear, 1.0 = as it is, finite and not negative,
 * one for each channel. Any thread but the device's. */
void vsnd_stream_set_gain(struct vsnd_stream *stream, const float *gain);

/* Why silence stands where frames should. */
enum vsnd_silence {
	VSND_SILENCE_BEGIN,       /* playback: the guest has brought nothing yet in this run */
	VSND_SILENCE_END,         /* playback: it had brought its last; who keeps counts tells this
				   * from GUEST_LATE and ENGINE_LATE, a stream cannot */
	VSND_SILENCE_GUEST_LATE,  /* capture: it did not take what came, which was dropped */
	VSND_SILENCE_ENGINE_LATE, /* the same, because the device's thread came late: see
				   * vsnd_mishap */
	VSND_SILENCE_DEVICE_XRUN, /* playback: the device ran dry */
	VSND_SILENCE_DEVICE_GONE,
	VSND_SILENCES
};
/* "begin", "guest_late" … */
extern const char *const vsnd_silence_names[VSND_SILENCES];

/*
 * What became of every frame, so that at any moment
 * playback: device = guest - late - stopped - gone + all silence - fill
 * capture:  guest = device - lost - stopped - missed + all silence - fill
 */
struct vsnd_stream_counts {
	uint64_t position_frames;
	uint64_t guest_frames;  /* that the guest wrote; that it read */
	uint64_t device_frames; /* playback: the position, and what a device played that ran dry;
				 * capture: that a device brought, or lost */
	uint64_t silence[VSND_SILENCES];
	uint64_t silence_frames; /* of it, GUEST_LATE and ENGINE_LATE: what underruns are of, or
				  * overruns */
	uint64_t underruns;      /* times that a guest's frames were missing, whoever was late */
	uint64_t dry[VSND_SILENCES]; /* of silence: since the last frames of this run, or the
				      * last: GUEST_LATE and ENGINE_LATE */
	uint64_t dry_frames;         /* their sum */
	uint64_t late_frames;        /* playback: dropped because their time had passed */
	uint64_t overruns;           /* capture: times the guest did not take what came */
	uint64_t lost_frames;        /* capture: dropped then */
	uint64_t stopped_frames;     /* thrown away by a stop */
	uint64_t gone_frames;        /* playback: nobody heard them: the device was gone */
	uint64_t missed_frames;      /* capture: the device lost them */
	uint64_t fill_frames; /* inside now; capture: with those lost that are not read yet */
	/* What vsnd_stream_set_filter says. */
	uint64_t filter_frames;
	const char *quality;
};
/* One moment's. Any thread. */
void vsnd_stream_counts(const struct vsnd_stream *stream, struct vsnd_stream_counts *ret);

/* How late the device's thread woke for the quanta of this stream. Any thread. */
const struct vsnd_delays *vsnd_stream_delays(const struct vsnd_stream *stream);
/* Who is to answer for what converting the stream's frames costs (feed.h); 0 unless it is said. Not
 * while others have the stream. */
void vsnd_stream_set_owner(struct vsnd_stream *stream, uint32_t owner);
uint32_t vsnd_stream_owner(const struct vsnd_stream *stream);
/* Who converts the stream's rate keeps so many of its frames, and says how well it does; static,
 * NULL: it is not converted. Any thread. */
void vsnd_stream_set_filter(struct vsnd_stream *stream, uint32_t frames, const char *quality);

/* ---- device side (one real-time thread): no allocation, lock, log, file ---- */

/* Playback: fills `to` with frames frames: what the guest wrote, silence where it did not; all
 * silence when not running. Moves the position by frames when running. True: running. */
bool vsnd_stream_pull(struct vsnd_stream *stream, void *to, uint32_t frames);
/* About the last pull. */
struct vsnd_pulled {
	bool begins;           /* nothing of this run was pulled before, or it does not run */
	bool had_frames;       /* in this run the guest has brought some */
	uint32_t there_frames; /* that the guest had brought; the rest was silence */
};
struct vsnd_pulled vsnd_stream_pulled(const struct vsnd_stream *stream);
/*
 * Frames that were pulled before the last before_frames of those that were, oldest first, as many
 * as there are up to `frames`, in the last 10 ms; what stands there for frames that the guest did
 * not bring is anything. Right after a pull. Returns how many.
 */
uint32_t vsnd_stream_history(
	struct vsnd_stream *stream, void *to, uint32_t frames, uint32_t before_frames);
/* What set_gain said, for each channel. */
void vsnd_stream_gain(const struct vsnd_stream *stream, float *ret_gain);

/* Capture: before the device takes a quantum: does the stream run? Then push brings it in only if
 * the stream was not stopped in between, and not at all if it was not running here: the first frame
 * after start is the first that the device takes after start. */
bool vsnd_stream_arm(struct vsnd_stream *stream);
/* Capture: puts frames in when running, dropping the newest when full. True: running. Without an
 * arm before it, what counts is now. */
bool vsnd_stream_push(struct vsnd_stream *stream, const void *from, uint32_t frames);
/* What went wrong with a quantum. */
struct vsnd_mishap {
	uint64_t late_ns; /* so much too late, and that is more than a quantum, the thread came back
			   * from it; else 0. What the guest cannot bring or take in time for that
			   * reason is ENGINE_LATE: so many frames, within a depth from here */
	uint64_t missed_ns; /* the device played silence, or lost what it should capture, for so
			       long */
	bool gone;          /* it went to nobody, or came from nobody */
};
/* Of the last pull or push, of a stream that ran; before vsnd_stream_wake. */
void vsnd_stream_account(struct vsnd_stream *stream, const struct vsnd_mishap *mishap);
/* For the last pull or push, of a stream that ran, the thread woke so late. */
void vsnd_stream_woke(struct vsnd_stream *stream, uint64_t delay_ns);
/* The quantum that was pulled or pushed is over: all so far has been heard. Writes wake_fd if the
 * session waits for that. Of a running stream. */
void vsnd_stream_wake(struct vsnd_stream *stream);

#endif
