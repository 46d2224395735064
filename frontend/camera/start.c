/* SPDX-License-Identifier: MIT */
/* Sharing buffers with the backend and taking them back. */
#include "frontend/camera/internal.h"

#include <errno.h>
#include <string.h>

/* How many buffers the backend allows; 0 gives all back. */
static int request_buffers(struct pvcam *camera, unsigned wanted, unsigned *ret_granted)
{
	struct xencamera_req request = {
		.operation = XENCAMERA_OP_BUF_REQUEST,
		.req.buf_request.num_bufs = (uint8_t)wanted,
	};
	struct xencamera_resp response;
	int r;

	r = pvcam_wire_call(camera, &request, &response);
	if (r < 0)
		return r;
	*ret_granted = response.resp.buf_request.num_bufs;
	return 0;
}

static int share_buffers(struct pvcam *camera)
{
	xengntshr_handle *gntshr = xb_front_gntshr(camera->front);
	uint32_t domid = xb_front_backend_domid(camera->front);

	for (unsigned i = 0; i < camera->num_buffers; i++) {
		int r = xb_share_buffer(
			gntshr, domid, camera->layout.size_bytes, &camera->buffers[i].shared);

		if (r < 0)
			return r;
	}
	return 0;
}

static int post_create(struct pvcam *camera, unsigned index, struct pvcam_batch *batch)
{
	struct xencamera_req request = {
		.operation = XENCAMERA_OP_BUF_CREATE,
		.req.buf_create.index = (uint8_t)index,
		.req.buf_create.gref_directory = camera->buffers[index].shared.directory_ref,
	};

	return pvcam_wire_post(camera, &request, (uint8_t)index, batch, NULL);
}

/* All on their way at once: one round trip, not one a buffer. */
static int create_and_queue(struct pvcam *camera)
{
	struct pvcam_batch batch = {0};
	int r = 0, waited;

	for (unsigned i = 0; i < camera->num_buffers && r == 0; i++) {
		r = post_create(camera, i, &batch);
		if (r == 0)
			r = pvcam_wire_post_buffer(
				camera, XENCAMERA_OP_BUF_QUEUE, (uint8_t)i, &batch);
		if (r == 0)
			camera->buffers[i].state = PVCAM_BUFFER_QUEUED;
	}
	waited = pvcam_wire_wait(camera, &batch);
	return r < 0 ? r : waited;
}

static int start_stream(struct pvcam *camera)
{
	struct xencamera_req request = {.operation = XENCAMERA_OP_STREAM_START};
	int r;

	camera->streaming = true; /* the first frame may come with the answer */
	r = pvcam_wire_call(camera, &request, NULL);
	if (r < 0)
		camera->streaming = false;
	return r;
}

/* A buffer must be the backend's when it is destroyed. */
static int destroy_buffers(struct pvcam *camera)
{
	struct pvcam_batch queued = {0}, destroyed = {0};
	int r = 0, waited;

	for (unsigned i = 0; i < camera->num_buffers && r == 0; i++) {
		if (camera->buffers[i].state == PVCAM_BUFFER_IDLE)
			continue;
		if (camera->buffers[i].state != PVCAM_BUFFER_QUEUED)
			r = pvcam_wire_post_buffer(
				camera, XENCAMERA_OP_BUF_QUEUE, (uint8_t)i, &queued);
		if (r == 0)
			r = pvcam_wire_post_buffer(
				camera, XENCAMERA_OP_BUF_DESTROY, (uint8_t)i, &destroyed);
	}
	/* Whether it wanted them queued is its affair, once they are destroyed. */
	pvcam_wire_wait(camera, &queued);
	waited = pvcam_wire_wait(camera, &destroyed);
	return r < 0 ? r : waited;
}

static void unshare_buffers(struct pvcam *camera)
{
	xengntshr_handle *gntshr = xb_front_gntshr(camera->front);

	for (unsigned i = 0; i < camera->num_buffers; i++)
		xb_unshare(gntshr, &camera->buffers[i].shared);
	memset(camera->buffers, 0, sizeof(camera->buffers));
	camera->num_buffers = 0;
	camera->filled.count = 0;
	camera->ready.count = 0;
	pvcam_wake_update(camera);
}

/* Back to no buffers, as far as the backend still answers; locally in any case. */
static int release(struct pvcam *camera)
{
	unsigned granted;
	int r, requested;

	r = destroy_buffers(camera);
	requested = request_buffers(camera, 0, &granted);
	unshare_buffers(camera);
	return r < 0 ? r : requested;
}

static int choose_count(const struct pvcam *camera, unsigned wanted, unsigned *ret)
{
	unsigned max = camera->offer.max_buffers;

	if (wanted > max || (wanted == 1 && max > 1))
		return -EINVAL;
	if (wanted)
		*ret = wanted;
	else
		*ret = max < PVCAM_BUFFERS_DEFAULT ? max : PVCAM_BUFFERS_DEFAULT;
	return 0;
}

PVCAM_API int pvcam_start(struct pvcam *camera, unsigned num_buffers)
{
	unsigned wanted, granted;
	int r;

	if (camera->streaming)
		return -EBUSY;
	r = choose_count(camera, num_buffers, &wanted);
	if (r == 0)
		r = request_buffers(camera, wanted, &granted);
	if (r < 0)
		return r;
	if (granted == 0 || granted > wanted)
		return pvcam_wire_die(camera, -EPROTO);
	camera->num_buffers = granted;
	r = share_buffers(camera);
	if (r == 0)
		r = create_and_queue(camera);
	if (r == 0)
		r = start_stream(camera);
	if (r < 0)
		release(camera);
	return r;
}

PVCAM_API int pvcam_stop(struct pvcam *camera)
{
	struct xencamera_req request = {.operation = XENCAMERA_OP_STREAM_STOP};
	int r, released;

	if (!camera->streaming)
		return -EINVAL;
	/* First: what is announced from now on crosses the request and must not be asked for. */
	camera->streaming = false;
	camera->filled.count = 0;
	r = pvcam_wire_call(camera, &request, NULL);
	released = release(camera);
	return r < 0 ? r : released;
}
