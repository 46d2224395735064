/* SPDX-License-Identifier: MIT */
/* backend/camera/source.h and pool.h without a thread: frames come when the test says so. */
#ifndef FUZZ_SOURCE_DOUBLE_H
#define FUZZ_SOURCE_DOUBLE_H

#include <stdbool.h>
#include <stdint.h>

extern struct source_double {
	bool tap; /* there is one */
	bool started;
	unsigned waiting; /* frames offered and not taken */
	unsigned held;    /* frames out of the pool */
	uint64_t offered;
	bool control_changed;
} source_double;

void source_double_reset(void);
/* Offers a frame to the tap, as a source does. */
void source_double_offer(void);

#endif
