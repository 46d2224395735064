/* SPDX-License-Identifier: MIT */
/*
 * How full a playback device's buffer is kept. Its size is no latency: what is in it is. So the
 * buffer is large, and it is filled as far as its device needs. Devices count what they have played
 * in steps: most of them a few frames, snd-aloop a timer tick of the kernel's (4 ms), so that more
 * than a step must be inside at any time. The step is seen while the device plays silence, before a
 * stream begins. One thread. In frames.
 */
#ifndef VSND_FILL_H
#define VSND_FILL_H

#include <stdbool.h>
#include <stdint.h>

struct vsnd_fill {
	uint32_t quantum_frames;
	uint32_t buffer_frames;
	uint32_t target_frames; /* never more inside */
	uint32_t step_frames;   /* the least that the device moved by; 0: not seen yet */
	uint32_t played_frames; /* of what is watched */
	unsigned moves;
};

/* Four quanta or, if it has not got them, the buffer. buffer_frames: at least quantum_frames. */
void vsnd_fill_begin(struct vsnd_fill *fill, uint32_t quantum_frames, uint32_t buffer_frames);
/* played_frames: since the device began, without anything new. Returns whether
 * enough was seen. Where a step is more than a quantum, the target is a step and four quanta then,
 * or two where four are less than a step: room for a step that comes late. */
bool vsnd_fill_watch(struct vsnd_fill *fill, uint32_t played_frames);
/* Whether a quantum is to be written while so much is inside. */
bool vsnd_fill_wants(const struct vsnd_fill *fill, uint32_t inside_frames);
/* The device ran dry, and would have played so much more: the target rises by that and a quantum.
 */
void vsnd_fill_ran_dry(struct vsnd_fill *fill, uint32_t missing_frames);

#endif
