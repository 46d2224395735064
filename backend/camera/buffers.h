/* SPDX-License-Identifier: MIT */
/*
 * The buffers one guest has granted to one camera: mapped when created, filled in the order they
 * were queued. A buffer is the guest's or ours, never both. Session thread only.
 */
#ifndef VCAM_BUFFERS_H
#define VCAM_BUFFERS_H

#include <stdint.h>

#include "backend/camera/config.h"
#include "xenbus/grant.h"

enum vcam_buffer_state {
	VCAM_BUFFER_NONE,
	VCAM_BUFFER_GUEST,  /* created or dequeued: the guest's */
	VCAM_BUFFER_QUEUED, /* ours, to be filled */
	VCAM_BUFFER_FILLED, /* filled and announced; nobody touches it until it is dequeued */
};

struct vcam_buffer {
	enum vcam_buffer_state state;
	struct xb_mapped memory;
	uint64_t queued; /* order of queueing */
};

struct vcam_buffers {
	xengnttab_handle *gnttab;
	uint32_t domid;
	uint32_t count;    /* as agreed by BUF_REQUEST; indices are below it */
	size_t size_bytes; /* of each */
	uint64_t queueings;
	struct vcam_buffer buffer[VCAM_BUFFERS_MAX];
};

void vcam_buffers_init(struct vcam_buffers *buffers, xengnttab_handle *gnttab, uint32_t domid);

/* Agrees on count buffers of size_bytes; 0 gives all back. -EBUSY: some are still created. */
int vcam_buffers_request(struct vcam_buffers *buffers, uint32_t count, size_t size_bytes);

/* Verbs of the protocol; -EINVAL: index out of range, or in the wrong state for it.
 * create: also what xb_map_buffer says. */
int vcam_buffers_create(struct vcam_buffers *buffers, uint32_t index, uint32_t directory_ref);
int vcam_buffers_destroy(struct vcam_buffers *buffers, uint32_t index);
int vcam_buffers_queue(struct vcam_buffers *buffers, uint32_t index);
int vcam_buffers_dequeue(struct vcam_buffers *buffers, uint32_t index);

/* The buffer to fill next (the one queued longest), or -EAGAIN. */
int vcam_buffers_next(const struct vcam_buffers *buffers, uint32_t *ret_index);
void *vcam_buffers_memory(struct vcam_buffers *buffers, uint32_t index);
/* The next one has been filled and announced. */
void vcam_buffers_filled(struct vcam_buffers *buffers, uint32_t index);

/* Streaming ended: every buffer is the guest's. */
void vcam_buffers_return(struct vcam_buffers *buffers);
/* Unmaps everything. */
void vcam_buffers_finish(struct vcam_buffers *buffers);

#endif
