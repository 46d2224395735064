/* SPDX-License-Identifier: MIT */
/*
 * What stands behind xenbus/front.h and xenbus/store.h in tests of frontends: one connection, whose
 * backend is a function in the test's own process, and a store that is a table. camera_fake.h and
 * sound_fake.h are such backends. One thread.
 */
#ifndef TESTS_UNIT_FRONT_FAKE_H
#define TESTS_UNIT_FRONT_FAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FRONT_FAKE_BUFFERS 32

struct front_fake {
	/* What a test sets. */
	bool gone;                     /* the backend died */
	bool busy;                     /* another process has the device */
	int mute;                      /* never answers this operation; -1: answers all */
	unsigned share_limit;          /* buffers that can be shared; then -ENOSPC */
	const char *const (*nodes)[2]; /* the store: paths and values */
	size_t num_nodes;

	/* The backend. */
	const char *device_class;
	const char *req_ring_ref; /* the node that must be asked for; NULL: any */
	/* Answers a request: response has its id and operation. false: not now. */
	bool (*answer)(const void *request, void *response);
	void (*look)(void); /* the frontend looks whether something came; maybe NULL */

	/* What a test looks at. */
	unsigned connected;               /* connections now */
	unsigned shared;                  /* buffers shared now */
	unsigned counts[16];              /* requests by operation */
	unsigned outstanding_most;        /* requests sent and not answered yet, at worst */
	void *memory[FRONT_FAKE_BUFFERS]; /* of the buffers, in the order of sharing */
};

extern struct front_fake front_fake;

/* Back to an honest backend with nothing connected. */
void front_fake_reset(const struct front_fake *backend);
/* Any event, any response (64 bytes): also false ones. */
void front_fake_event(const void *event);
void front_fake_respond(const void *response);

#endif
