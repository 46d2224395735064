/* SPDX-License-Identifier: MIT */
/*
 * A camera backend in the test's own process: libpvcam is linked against it and front_fake instead
 * of xenbus. It keeps the protocol more strictly than pvcamd
 * does (a buffer must be queued when it is destroyed) and lies where a test tells it to.
 */
#ifndef TESTS_UNIT_CAMERA_FAKE_H
#define TESTS_UNIT_CAMERA_FAKE_H

#include <stdbool.h>
#include <stdint.h>
#include <xen/io/cameraif.h>

#include "tests/unit/front_fake.h"

#define FAKE_PADDING_BYTES 16 /* behind each line of the padded layout */

struct camera_fake {
	/* What a test sets. */
	bool padded;          /* lines are longer than they need to be */
	unsigned grant_limit; /* buffers BUF_REQUEST allows */
	/* Changes an answer before it is sent. */
	void (*tamper)(const struct xencamera_req *request, struct xencamera_resp *response);

	/* What a test looks at. */
	unsigned created;
	unsigned refused; /* requests answered with an error */
	bool streaming;
};

extern struct camera_fake fake;

/* Back to an honest backend with nothing connected. */
void camera_fake_reset(void);
/* Fills the buffer that was queued longest with `fill` bytes and announces it: its index, or -1
 * when none is queued. */
int camera_fake_frame(uint32_t seq, uint8_t fill);

#endif
