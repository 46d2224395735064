/* SPDX-License-Identifier: MIT */
#include "backend/camera/buffers.h"

#include <errno.h>
#include <string.h>

void vcam_buffers_init(struct vcam_buffers *buffers, xengnttab_handle *gnttab, uint32_t domid)
{
	memset(buffers, 0, sizeof(*buffers));
	buffers->gnttab = gnttab;
	buffers->domid = domid;
}

/* The buffer of a guest's index, if it is in this state. */
static struct vcam_buffer *buffer_in(
	struct vcam_buffers *buffers, uint32_t index, enum vcam_buffer_state state)
{
	if (index >= buffers->count || buffers->buffer[index].state != state)
		return NULL;
	return &buffers->buffer[index];
}

int vcam_buffers_request(struct vcam_buffers *buffers, uint32_t count, size_t size_bytes)
{
	if (count == 0) {
		vcam_buffers_finish(buffers);
		return 0;
	}
	if (count > VCAM_BUFFERS_MAX)
		return -EINVAL;
	for (uint32_t i = 0; i < buffers->count; i++)
		if (buffers->buffer[i].state != VCAM_BUFFER_NONE)
			return -EBUSY;
	buffers->count = count;
	buffers->size_bytes = size_bytes;
	return 0;
}

int vcam_buffers_create(struct vcam_buffers *buffers, uint32_t index, uint32_t directory_ref)
{
	struct vcam_buffer *buffer = buffer_in(buffers, index, VCAM_BUFFER_NONE);
	int error;

	if (!buffer)
		return -EINVAL;
	error = xb_map_buffer(buffers->gnttab, buffers->domid, directory_ref, buffers->size_bytes,
		&buffer->memory);
	if (!error)
		buffer->state = VCAM_BUFFER_GUEST;
	return error;
}

int vcam_buffers_destroy(struct vcam_buffers *buffers, uint32_t index)
{
	struct vcam_buffer *buffer;

	if (index >= buffers->count || buffers->buffer[index].state == VCAM_BUFFER_NONE)
		return -EINVAL;
	buffer = &buffers->buffer[index];
	xb_unmap(buffers->gnttab, &buffer->memory);
	buffer->state = VCAM_BUFFER_NONE;
	return 0;
}

int vcam_buffers_queue(struct vcam_buffers *buffers, uint32_t index)
{
	struct vcam_buffer *buffer = buffer_in(buffers, index, VCAM_BUFFER_GUEST);

	if (!buffer)
		return -EINVAL;
	buffer->state = VCAM_BUFFER_QUEUED;
	buffer->queued = buffers->queueings++;
	return 0;
}

int vcam_buffers_dequeue(struct vcam_buffers *buffers, uint32_t index)
{
	struct vcam_buffer *buffer = buffer_in(buffers, index, VCAM_BUFFER_FILLED);

	if (!buffer)
		return -EINVAL;
	buffer->state = VCAM_BUFFER_GUEST;
	return 0;
}

int vcam_buffers_next(const struct vcam_buffers *buffers, uint32_t *ret_index)
{
	uint32_t next = UINT32_MAX;

	for (uint32_t i = 0; i < buffers->count; i++)
		if (buffers->buffer[i].state == VCAM_BUFFER_QUEUED &&
			(next == UINT32_MAX ||
				buffers->buffer[i].queued < buffers->buffer[next].queued))
			next = i;
	if (next == UINT32_MAX)
		return -EAGAIN;
	*ret_index = next;
	return 0;
}

void *vcam_buffers_memory(struct vcam_buffers *buffers, uint32_t index)
{
	return buffers->buffer[index].memory.start;
}

void vcam_buffers_filled(struct vcam_buffers *buffers, uint32_t index)
{
	buffers->buffer[index].state = VCAM_BUFFER_FILLED;
}

void vcam_buffers_return(struct vcam_buffers *buffers)
{
	for (uint32_t i = 0; i < buffers->count; i++)
		if (buffers->buffer[i].state != VCAM_BUFFER_NONE)
			buffers->buffer[i].state = VCAM_BUFFER_GUEST;
}

void vcam_buffers_finish(struct vcam_buffers *buffers)
{
	for (uint32_t i = 0; i < buffers->count; i++)
		vcam_buffers_destroy(buffers, i);
	buffers->count = 0;
}
