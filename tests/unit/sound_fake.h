/* SPDX-License-Identifier: MIT */
/*
 * A sound backend in the test's own process: the PCM plugin is linked against it and front_fake
 * instead of xenbus, and alsa-lib on top is the real one. Time
 * passes only when a test says so. It keeps the protocol strictly and lies where told to.
 */
#ifndef TESTS_UNIT_SOUND_FAKE_H
#define TESTS_UNIT_SOUND_FAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <xen/io/sndif.h>

#include "tests/unit/front_fake.h"

#define FAKE_STREAM_BYTES (1u << 20)

struct sound_fake {
	/* What a test sets. */
	int late;   /* answers this operation only when the next request comes; -1: none */
	int status; /* of the next WRITE or READ, once */
	uint32_t frames_a_look; /* while running: the position moves on by so many at each look */

	/* What a test looks at. */
	unsigned triggers[4];
	bool running;
	struct xensnd_open_req open; /* the last */
	uint64_t position_bytes;     /* since OPEN */
	uint8_t *sound;     /* played: as the guest wrote it; to capture: what the test put there */
	size_t sound_bytes; /* written, or read, since OPEN */
};

extern struct sound_fake fake;

/* Back to an honest backend. */
void sound_fake_reset(void);
/* Moves the position of what runs, and tells it in one event. */
void sound_fake_advance(uint32_t frames);

#endif
