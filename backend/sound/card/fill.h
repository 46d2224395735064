/* SPDX-License-Identifier: MIT */
/*
 * How full a playback device's buffer is kept. Its size is no latency: what is in it is. So the
 * buffer is large, and filled up to a target:
 *
 *   a quantum, which is what one transfer writes,
 *   the device's own step: devices count what they have played in steps, most of them a few frames,
 *   snd-aloop a timer tick of the kernel's (4 ms), so that more must be inside at any time,
 *   and the depth, for a thread that comes late: so many of the chain's steps (engine/chain.h).
 *
 * The device's step is seen while it plays silence, before a stream begins (card/steps.h). The
 * chain's is a whole number of the quanta that the device was opened for, and stays so while
 * streams with shorter ones come and go. B is how many of them are inside, rounded up and at most
 * the depth, each time that the device has played one more: by the device's own count, so that a
 * thread that comes late knows what there was while it was away. What is late by less than a step,
 * of the chain's or of the device's, is no miss.
 *
 * The real-time thread counts and, when the device ran dry, goes deeper at once. From time to time
 * it hands over what it counted, to an ordinary thread that answers with a depth; neither waits for
 * the other. In frames.
 */
#ifndef VSND_FILL_H
#define VSND_FILL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "backend/sound/engine/depth.h"

struct vsnd_fill_report {
	struct vsnd_depth_seen seen;
	uint64_t below[VSND_DEPTH_MAX_STEPS + 1]; /* steps that found B so far below the depth */
	uint64_t dropouts;                        /* the device ran dry */
	unsigned depth_steps;                     /* in the end */
};

struct vsnd_fill {
	uint32_t quantum_frames;
	uint32_t buffer_frames;
	uint32_t target_frames;      /* never more inside */
	uint32_t device_step_frames; /* 0: not seen, or fine */
	/* target = base + depth_steps * step; the real-time thread may cut it up otherwise, but not
	 * while a report waits. */
	uint32_t step_frames;  /* the chain's; 0: the buffer leaves no choice */
	uint32_t slack_frames; /* what is no miss: a step of the device's, or how late it wakes */
	uint32_t base_frames;
	unsigned min_steps, max_steps, depth_steps;
	uint32_t min_frames, max_frames; /* limits */
	bool fixed;
	uint64_t report_steps; /* a report's length */
	/* The real-time thread's. */
	unsigned wished_steps;
	uint64_t written_frames;
	uint64_t risen_frames; /* written when it went up for the last time */
	bool counting;         /* it was full since the target rose or the device was prepared */
	int64_t next_frames;   /* where, of what was played, the next step ends */
	unsigned b, lowest;
	uint32_t wakes,
		woke[VSND_DEPTH_MAX_STEPS + 1]; /* so many steps after it wanted a quantum */
	bool rings;
	unsigned ours; /* the report under way */
	/* Changes hands with `told`: true, the other report and the answer are the ordinary
	 * thread's. */
	_Atomic bool told;
	struct vsnd_fill_report reports[2];
	bool answered;
	unsigned answer_steps;
};

/* What is asked of the target. 0: nothing; max_frames 0: 40 ms, or what is chosen at first or twice
 * the least if that is more. */
struct vsnd_fill_limits {
	uint32_t fixed_frames;
	uint32_t min_frames, max_frames;
};

/* ---- while the device is opened; one thread ---- */

/* The buffer in which all of that has room. */
uint32_t vsnd_fill_room(const struct vsnd_fill_limits *limits, uint32_t rate_hz);

/* Four quanta or, if it has not got them, the buffer. buffer_frames: at least quantum_frames. */
void vsnd_fill_begin(struct vsnd_fill *fill, uint32_t quantum_frames, uint32_t buffer_frames);
/* The device's step, as vsnd_steps_frames has it. Where it is more than a quantum, the target is a
 * step and four quanta then, or two where four are less than a step: room for a step that comes
 * late. */
void vsnd_fill_device_step(struct vsnd_fill *fill, uint32_t frames);
/* What was chosen so far is where the depth begins, within the limits; a fixed one is kept to the
 * frame. No target is below a quantum, the device's step and one step of the chain's, or
 * above the buffer. */
void vsnd_fill_limit(
	struct vsnd_fill *fill, const struct vsnd_fill_limits *limits, uint32_t rate_hz);

/* ---- the real-time thread ---- */

/* Takes an answer: down at once, up by a step at a time, an eighth faster than time goes by, so
 * that guests can follow. Returns whether the target is another now. */
bool vsnd_fill_turn(struct vsnd_fill *fill);
/* It slept until the device woke it: so much was inside then. What a third of all times is late
 * is regular, and no miss; the target stays what it is. */
void vsnd_fill_woke(struct vsnd_fill *fill, uint32_t inside_frames);
/* So much is inside now. Whenever that is known, and always before something is written. */
void vsnd_fill_look(struct vsnd_fill *fill, uint32_t inside_frames);
/* Whether a quantum is to be written while so much is inside. */
bool vsnd_fill_wants(const struct vsnd_fill *fill, uint32_t inside_frames);
void vsnd_fill_wrote(struct vsnd_fill *fill, uint32_t frames);
/* The device ran dry, and would have played so much more: the target rises so far that this would
 * not have happened, or by a step where the limits do not allow that. It is prepared anew. */
void vsnd_fill_ran_dry(struct vsnd_fill *fill, uint32_t missing_frames);
/* The device is prepared anew for another reason. */
void vsnd_fill_restart(struct vsnd_fill *fill);
/* Once for each report: there is one. */
bool vsnd_fill_rings(struct vsnd_fill *fill);

/* ---- an ordinary thread ---- */

/* What was seen since the last report; NULL: nothing yet. Until it is answered. */
const struct vsnd_fill_report *vsnd_fill_report(const struct vsnd_fill *fill);
/* The depth from now on, unless the real-time thread knows better since. Also before it begins. */
void vsnd_fill_answer(struct vsnd_fill *fill, unsigned depth_steps);
/* What the target is at such a depth. */
uint32_t vsnd_fill_target(const struct vsnd_fill *fill, unsigned depth_steps);

#endif
