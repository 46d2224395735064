/* SPDX-License-Identifier: MIT */
/*
 * The steps in which a device counts its frames: most devices a few frames, snd-aloop a timer tick
 * of the kernel's (4 ms). What lies within a step nobody knows, so nobody is late by it. Seen while
 * the device runs and nothing is moved. One thread.
 */
#ifndef VSND_STEPS_H
#define VSND_STEPS_H

#include <stdbool.h>
#include <stdint.h>

/* All 0 to begin with. */
struct vsnd_steps {
	uint32_t at_frames;
	uint32_t least_frames; /* whoever looks late sees several steps as one */
	unsigned moves;
	bool stands; /* between two moves, at a look */
};

/* at_frames: that it has counted since it began. Returns whether enough was seen. */
bool vsnd_steps_look(struct vsnd_steps *steps, uint32_t at_frames);
/* The step; 0: not enough was seen, or it moved at each look, so that it may count more finely than
 * was looked. */
uint32_t vsnd_steps_frames(const struct vsnd_steps *steps);

#endif
