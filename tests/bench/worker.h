/* SPDX-License-Identifier: MIT */
/*
 * A worker: pvbench run by itself as one end of a transfer, in the domain and on the CPU where that
 * end belongs. It says "ready ...", then does one job a line it reads, until its input ends.
 */
#ifndef PVBENCH_WORKER_H
#define PVBENCH_WORKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PVBENCH_LINE_BYTES 256
#define PVBENCH_PEER_NONE 0x7ff0u /* Xen's DOMID_SELF: there is no other end */

/* What a worker is started with. */
struct pvbench_place {
	size_t frame_bytes;
	size_t cold_bytes; /* to walk over between paced frames */
	unsigned peer;     /* the other end's domain */
	unsigned num_words;
	char *const *words; /* what this role takes besides */
};

struct pvbench_job {
	unsigned frames;    /* or round trips */
	uint64_t period_ns; /* 0: back to back */
	bool bare;          /* round trips: by eventfd alone, without an event channel */
};

struct pvbench_sample {
	uint64_t number;   /* a gap is a frame lost */
	uint64_t time_ns;  /* from filled frame to readable frame */
	uint64_t ready_ns; /* CLOCK_MONOTONIC when it was readable */
};

/* One end of one way to transfer frames. Everywhere 0 or -errno. */
struct pvbench_role {
	const char *name;
	/* ready (PVBENCH_LINE_BYTES, "" before) gets what the other end must be told. */
	int (*open)(const struct pvbench_place *place, char *ready, void **ret_state);
	/* samples: one a frame; NULL for a role that only serves the other end. */
	int (*run)(void *state, const struct pvbench_job *job, struct pvbench_sample *samples);
	void (*close)(void *state);
	bool measures;
};

extern const struct pvbench_role pvbench_role_memcpy;
extern const struct pvbench_role pvbench_role_camera;
extern const struct pvbench_role pvbench_role_vchan_send;
extern const struct pvbench_role pvbench_role_vchan_receive;
extern const struct pvbench_role pvbench_role_pages_send;
extern const struct pvbench_role pvbench_role_pages_receive;
extern const struct pvbench_role pvbench_role_trip_ask;
extern const struct pvbench_role pvbench_role_trip_answer;
extern const struct pvbench_role pvbench_role_stream;
extern const struct pvbench_role pvbench_role_sound;
extern const struct pvbench_role pvbench_role_sound_echo;
extern const struct pvbench_role pvbench_role_loop;

/* argv: ROLE FRAME_BYTES COLD_BYTES PEER WORD... Returns the process's exit status. */
int pvbench_worker(int argc, char *argv[]);

#endif
