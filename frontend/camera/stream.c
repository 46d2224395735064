/* SPDX-License-Identifier: MIT */
/* Frames: announced, fetched, borrowed and given back. Setting up and ending is in start.c. */
#include "frontend/camera/internal.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "common/parse.h"

static void queue_put(struct pvcam_queue *queue, unsigned buffer)
{
	unsigned last = (queue->first + queue->count++) % PVCAM_BUFFERS_MAX;

	queue->buffers[last] = (uint8_t)buffer;
}

static uint8_t queue_take(struct pvcam_queue *queue)
{
	uint8_t buffer = queue->buffers[queue->first];

	queue->first = (queue->first + 1) % PVCAM_BUFFERS_MAX;
	queue->count--;
	return buffer;
}

int pvcam_stream_event(struct pvcam *camera, const struct xencamera_frame_avail_evt *event)
{
	struct pvcam_buffer *buffer = &camera->buffers[event->index % PVCAM_BUFFERS_MAX];

	if (!camera->streaming) /* crossed our STREAM_STOP */
		return 0;
	if (event->index >= camera->num_buffers || buffer->state != PVCAM_BUFFER_QUEUED ||
		event->used_sz > camera->layout.size_bytes)
		return -EPROTO;
	buffer->state = PVCAM_BUFFER_FILLED;
	buffer->used_bytes = event->used_sz;
	buffer->seq = event->seq_num;
	queue_put(&camera->filled, event->index);
	return 0;
}

int pvcam_stream_pump(struct pvcam *camera)
{
	while (camera->filled.count && pvcam_wire_has_room(camera)) {
		uint8_t index = queue_take(&camera->filled);
		int r = pvcam_wire_post_buffer(camera, XENCAMERA_OP_BUF_DEQUEUE, index, NULL);

		if (r < 0)
			return r;
		camera->buffers[index].state = PVCAM_BUFFER_COMING;
	}
	return 0;
}

int pvcam_stream_answer(struct pvcam *camera, uint8_t operation, uint8_t index, int status)
{
	struct pvcam_buffer *buffer = &camera->buffers[index];

	/* Both are requests that a sound backend grants; without them the stream would dry up. */
	if (status < 0)
		return camera->streaming ? status : 0;
	if (operation != XENCAMERA_OP_BUF_DEQUEUE || buffer->state != PVCAM_BUFFER_COMING)
		return 0;
	buffer->received_ns = pv_now_ns();
	buffer->state = PVCAM_BUFFER_READY;
	queue_put(&camera->ready, index);
	return 0;
}

static void borrow(struct pvcam *camera, struct pvcam_frame *ret)
{
	uint8_t index = queue_take(&camera->ready);
	struct pvcam_buffer *buffer = &camera->buffers[index];

	buffer->state = PVCAM_BUFFER_BORROWED;
	*ret = (struct pvcam_frame){
		.pixels = buffer->shared.start,
		.size_bytes = buffer->used_bytes,
		.seq = buffer->seq,
		.received_ns = buffer->received_ns,
		.buffer = index,
	};
	pvcam_wake_update(camera);
}

/* Milliseconds until deadline_ns, rounded up; -1 for ever. */
static int left_ms(int timeout_ms, uint64_t deadline_ns)
{
	uint64_t now_ns = pv_now_ns();

	if (timeout_ms < 0)
		return -1;
	return now_ns >= deadline_ns ? 0 : (int)((deadline_ns - now_ns + 999999) / 1000000);
}

PVCAM_API int pvcam_get_frame(struct pvcam *camera, int timeout_ms, struct pvcam_frame *ret)
{
	uint64_t deadline_ns = pv_now_ns() + (uint64_t)(timeout_ms > 0 ? timeout_ms : 0) * 1000000;
	struct pollfd pfd = {.fd = camera->fd, .events = POLLIN};

	if (!camera->streaming)
		return -EINVAL;
	for (;;) {
		int wait_ms, r = pvcam_wire_process(camera);

		if (camera->ready.count) { /* they are good, even if the backend is gone now */
			borrow(camera, ret);
			return 0;
		}
		if (r < 0)
			return r;
		wait_ms = left_ms(timeout_ms, deadline_ns);
		if (wait_ms == 0)
			return -EAGAIN;
		if (poll(&pfd, 1, wait_ms) < 0)
			return -errno;
	}
}

PVCAM_API int pvcam_give_back(struct pvcam *camera, const struct pvcam_frame *frame)
{
	int r;

	if (frame->buffer >= camera->num_buffers ||
		camera->buffers[frame->buffer].state != PVCAM_BUFFER_BORROWED)
		return -EINVAL;
	r = pvcam_wire_post_buffer(camera, XENCAMERA_OP_BUF_QUEUE, (uint8_t)frame->buffer, NULL);
	if (r == 0)
		camera->buffers[frame->buffer].state = PVCAM_BUFFER_QUEUED;
	return r;
}

PVCAM_API int pvcam_copy_frame(
	struct pvcam *camera, int timeout_ms, void *to, size_t to_bytes, struct pvcam_frame *ret)
{
	struct pvcam_frame frame;
	int r;

	if (to_bytes < camera->layout.size_bytes)
		return -EMSGSIZE;
	r = pvcam_get_frame(camera, timeout_ms, &frame);
	if (r < 0)
		return r;
	memcpy(to, frame.pixels, frame.size_bytes);
	r = pvcam_give_back(camera, &frame);
	if (r < 0 && r != -EPIPE) /* the copy is good without a backend */
		return r;
	frame.pixels = to;
	*ret = frame;
	return 0;
}
