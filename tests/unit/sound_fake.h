/* SPDX-License-Identifier: MIT */
/*
 * A sound backend in the test's own process, behind xenbus/front.h and xenbus/store.h: the PCM
 * plugin is linked against it instead of the real ones, and alsa-lib on top is the real one. Time
 * passes only when a test says so. It keeps the protocol strictly and lies where told to.
 */
#ifndef TESTS_UNIT_SOUND_FAKE_H
#define TESTS_UNIT_SOUND_FAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <xen/io/sndif.h>

#define FAKE_STREAM_BYTES (1u << 20)

struct sound_fake {
	/* What a test sets. */
	bool gone; /* the backend died */
	bool busy; /* another process has the device */
	int mute; /* never answers this operation; -1: answers all */
	int late; /* answers this operation only when the next request comes; -1: none */
	int status; /* of the next WRITE or READ, once */
	uint32_t frames_a_look; /* while running: the position moves on by so many at each look */
	const char *const (*nodes)[2]; /* a store of its own; NULL: the usual one */
	size_t num_nodes;

	/* What a test looks at. */
	unsigned connected; /* connections now */
	unsigned shared; /* buffers shared now */
	unsigned counts[16]; /* requests by operation */
	unsigned triggers[4];
	unsigned outstanding_most;
	bool running;
	struct xensnd_open_req open; /* the last */
	uint64_t position_bytes; /* since OPEN */
	uint8_t *sound; /* played: as the guest wrote it; to capture: what the test put there */
	size_t sound_bytes; /* written, or read, since OPEN */
};

extern struct sound_fake fake;

/* Back to an honest backend. */
void sound_fake_reset(void);
/* Moves the position of what runs, and tells it in one event. */
void sound_fake_advance(uint32_t frames);
/* Any event, any response: also false ones. */
void sound_fake_event(const struct xensnd_evt *event);
void sound_fake_respond(const struct xensnd_resp *response);

#endif
