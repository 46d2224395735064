/* SPDX-License-Identifier: MIT */
/*
 * One sndif stream from the guest's end: requests and their answers, the shared buffer, the
 * position. Knows no ALSA. One thread at a time. What the backend sends is checked here: it is
 * trusted with the samples and nothing else.
 * Source: <xen/io/sndif.h>; how positions go on across STOP: XEN-FACTS.md.
 */
#ifndef PVSND_WIRE_H
#define PVSND_WIRE_H

#include <stdbool.h>
#include <stdint.h>
#include <xen/io/sndif.h>

#include "xenbus/front.h"

#define PVSND_CLASS "pvsnd"
#define PVSND_TIMEOUT_MS 3000 /* for an answer, and for a connection */
#define PVSND_REQUESTS_MAX 32 /* what a ring holds */

/* A request sent, until it and all those before it are answered. */
struct pvsnd_request {
	uint8_t operation;
	bool answered;
	bool waited_for; /* somebody takes the answer; else an error is kept */
	int status;
	uint32_t length_bytes; /* of the buffer that the backend still reads */
	struct xensnd_resp response;
};

struct pvsnd_wire {
	struct xb_front *front;
	int dead; /* the backend is gone or broke the protocol: -EPIPE, -EPROTO, -ETIMEDOUT */

	struct pvsnd_request requests[PVSND_REQUESTS_MAX]; /* by id */
	uint16_t next_id;
	uint16_t oldest_id;       /* == next_id: none */
	uint32_t in_flight_bytes; /* WRITEs not answered */
	int error;                /* of the first request that nobody waited for and that failed */

	bool open;
	struct xb_shared buffer;
	uint32_t buffer_bytes;
	uint64_t position_bytes; /* since OPEN */
};

/* What OPEN says; sizes in bytes. */
struct pvsnd_wire_open {
	uint8_t pcm_format;
	uint8_t channels;
	uint32_t rate_hz;
	uint32_t buffer_bytes;
	uint32_t period_bytes;
};

/* Takes the device and connects it: see xb_front_connect for the errors. The store stays the
 * caller's and must outlive the wire. */
int pvsnd_wire_connect(struct xb_store *store, uint32_t device, struct pvsnd_wire *ret);
/* Closes what is open, says goodbye, frees. Takes a zeroed one. */
void pvsnd_wire_disconnect(struct pvsnd_wire *wire);

/*
 * Takes what has come, without blocking: answers, then the position. Negative, now and for good:
 * the backend is gone (-EPIPE), broke the protocol (-EPROTO) or left a request unanswered
 * (-ETIMEDOUT).
 */
int pvsnd_wire_process(struct pvsnd_wire *wire);

/* All of the following wait for the backend's answer, PVSND_TIMEOUT_MS at most; they return its
 * status, or what pvsnd_wire_process would. */

/* Narrows ranges. -EINVAL: nothing is left; ranges is untouched then. */
int pvsnd_wire_query(struct pvsnd_wire *wire, struct xensnd_query_hw_param *ranges);
/* Shares a buffer and opens at position 0, stopped. -ENOSPC: gntalloc's limit. Not while open. */
int pvsnd_wire_open(struct pvsnd_wire *wire, const struct pvsnd_wire_open *open);
/* Takes the buffer back, whatever the backend says. Nothing open: nothing to do. */
int pvsnd_wire_close(struct pvsnd_wire *wire);
/* type: XENSND_OP_TRIGGER_*. After STOP the position is the one at which the next run begins. */
int pvsnd_wire_trigger(struct pvsnd_wire *wire, uint8_t type);
/* Fills this part of the shared buffer with samples that were captured. */
int pvsnd_wire_read(struct pvsnd_wire *wire, uint32_t offset_bytes, uint32_t length_bytes);

/*
 * Waits until length_bytes more of the shared buffer may be written over: the backend has taken
 * what was there. Answers at most buffer_bytes may be on the way.
 */
int pvsnd_wire_reserve(struct pvsnd_wire *wire, uint32_t length_bytes);
/* Sends this part of the shared buffer to be played. Does not wait for the answer: an error shows
 * in wire->error later. Reserve first. */
int pvsnd_wire_write(struct pvsnd_wire *wire, uint32_t offset_bytes, uint32_t length_bytes);

/* Asks for STOP without waiting for it. */
int pvsnd_wire_post_stop(struct pvsnd_wire *wire);

#endif
