/* SPDX-License-Identifier: MIT */
/* A guest's PCM over a real stream; the fixture plays link, grants and card below it. After
 * cmocka.h. */
#ifndef TESTS_PCM_FIXTURE_H
#define TESTS_PCM_FIXTURE_H

#include "backend/sound/pcm.h"

#define FRAME_BYTES 4u
#define PERIOD 64u
#define BUFFER (4 * PERIOD)
#define BUFFER_BYTES (BUFFER * FRAME_BYTES)
#define EVENTS 256

struct below {
	void *memory;               /* what is mapped; NULL: nothing */
	struct vsnd_stream *stream; /* open on the card */
	unsigned opened;
	struct xensnd_evt events[EVENTS];
	unsigned num_events;
	unsigned notified_events; /* of them, that the guest was notified of */
	unsigned notifications;
	bool full;          /* the event page */
	uint64_t inside_ns; /* the device has */
};

extern struct below below;
extern struct vsnd_pcm *pcm;
/* S16_LE, stereo, 48 kHz, all of the buffer. */
extern const struct vsnd_pcm_open usual;

/* A quantum of the device, from its beginning to its end; its gains, too, which the device applies.
 * What was played, left and right in turn. */
const int16_t *quantum(uint32_t frames);

/* The position of an event, in frames. */
uint64_t told(unsigned event);

/* cmocka's: open with `usual`; playback of a user's, or a kernel's, frontend, or capture. */
int set_up(void **state);
int set_up_capture(void **state);
int set_up_kernel(void **state);
int tear_down(void **state);

#define WITH(test, set_up) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

#endif
