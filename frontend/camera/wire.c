/* SPDX-License-Identifier: MIT */
/* Requests, their answers, and the events between them. */
#include "frontend/camera/internal.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <xen/errno.h>

#include "common/parse.h"

_Static_assert(sizeof(struct xencamera_req) == XB_PACKET_BYTES, "a packet");
_Static_assert(sizeof(struct xencamera_resp) == XB_PACKET_BYTES, "a packet");
_Static_assert(sizeof(struct xencamera_evt) == XB_EVENT_BYTES, "an event");
_Static_assert(XEN_EINVAL == EINVAL && XEN_EBUSY == EBUSY && XEN_ETIMEDOUT == ETIMEDOUT,
	"Xen's error numbers are ours");

int pvcam_wire_die(struct pvcam *camera, int error)
{
	camera->dead = true;
	pvcam_wake_update(camera);
	return error;
}

static int find_free(const struct pvcam *camera)
{
	for (int i = 0; i < PVCAM_CALLS_MAX; i++)
		if (!camera->calls[i].pending)
			return i;
	return -EAGAIN;
}

bool pvcam_wire_has_room(const struct pvcam *camera)
{
	return find_free(camera) >= 0;
}

/* A status is 0 or a negative error number; anything else is a stranger's. */
static int check_status(int32_t status)
{
	return status > 0 || status < -4095 ? -EIO : status;
}

static int take_response(struct pvcam *camera, const struct xencamera_resp *response)
{
	struct pvcam_call *call = NULL;
	int status = check_status(response->status);

	for (unsigned i = 0; i < PVCAM_CALLS_MAX; i++)
		if (camera->calls[i].pending && camera->calls[i].id == response->id)
			call = &camera->calls[i];
	if (!call || call->operation != response->operation)
		return -EPROTO;
	call->pending = false;
	if (!call->batch)
		return pvcam_stream_answer(camera, call->operation, call->buffer, status);
	call->batch->pending--;
	if (status < 0 && !call->batch->error)
		call->batch->error = status;
	if (call->ret_response)
		*call->ret_response = *response;
	return 0;
}

static int take_event(struct pvcam *camera, const struct xencamera_evt *event)
{
	switch (event->type) {
	case XENCAMERA_EVT_FRAME_AVAIL:
		return pvcam_stream_event(camera, &event->evt.frame_avail);
	case XENCAMERA_EVT_CTRL_CHANGE:
		pvcam_control_event(camera, &event->evt.ctrl_value);
		return 0;
	default: /* of a later protocol */
		return 0;
	}
}

/* Answers before events: so what was announced before an answer was written (STREAM_STOP's) is
 * taken along with it. */
static int take_all(struct pvcam *camera)
{
	struct xencamera_resp response;
	struct xencamera_evt event;
	int r;

	while ((r = xb_front_response(camera->front, &response)) == 0) {
		r = take_response(camera, &response);
		if (r < 0)
			return r;
	}
	if (r != -EAGAIN)
		return r;
	for (unsigned i = 0; i < PVCAM_EVENTS_MAX; i++) {
		r = xb_front_event(camera->front, &event);
		if (r == -EAGAIN)
			return pvcam_stream_pump(camera);
		if (r == 0)
			r = take_event(camera, &event);
		if (r < 0)
			return r;
	}
	return -EPROTO;
}

int pvcam_wire_process(struct pvcam *camera)
{
	int gone, r;

	if (camera->dead)
		return -EPIPE;
	/* What a backend sent before it went is still good. */
	gone = xb_front_process(camera->front, 0);
	r = take_all(camera);
	if (gone < 0)
		return pvcam_wire_die(camera, gone);
	if (r < 0)
		return pvcam_wire_die(camera, r);
	pvcam_wake_update(camera);
	return 0;
}

/* Sleeps until something comes; a signal only makes the caller look again. */
static int sleep_until(struct pvcam *camera, uint64_t deadline_ns)
{
	struct pollfd pfd = {.fd = xb_front_fd(camera->front), .events = POLLIN};
	uint64_t now_ns = pv_now_ns();

	if (now_ns >= deadline_ns)
		return pvcam_wire_die(camera, -ETIMEDOUT);
	if (poll(&pfd, 1, (int)((deadline_ns - now_ns) / 1000000) + 1) < 0 && errno != EINTR)
		return -errno;
	return 0;
}

static uint64_t deadline_after_timeout(void)
{
	return pv_now_ns() + PVCAM_TIMEOUT_MS * 1000000ull;
}

static int wait_for_room(struct pvcam *camera)
{
	uint64_t deadline_ns = deadline_after_timeout();

	while (!pvcam_wire_has_room(camera)) {
		int r = pvcam_wire_process(camera);

		if (r == 0 && !pvcam_wire_has_room(camera))
			r = sleep_until(camera, deadline_ns);
		if (r < 0)
			return r;
	}
	return 0;
}

static bool id_in_use(const struct pvcam *camera, uint16_t id)
{
	for (unsigned i = 0; i < PVCAM_CALLS_MAX; i++)
		if (camera->calls[i].pending && camera->calls[i].id == id)
			return true;
	return false;
}

int pvcam_wire_post(struct pvcam *camera, struct xencamera_req *request, uint8_t buffer,
	struct pvcam_batch *batch, struct xencamera_resp *ret_response)
{
	int r;

	if (camera->dead)
		return -EPIPE;
	r = wait_for_room(camera);
	if (r < 0)
		return r;
	do
		request->id = camera->next_id++;
	while (id_in_use(camera, request->id));
	r = xb_front_send(camera->front, request);
	if (r < 0) /* the ring holds as many as we count: it lies */
		return pvcam_wire_die(camera, r == -EAGAIN ? -EPROTO : r);
	camera->calls[find_free(camera)] = (struct pvcam_call){
		.pending = true,
		.id = request->id,
		.operation = request->operation,
		.buffer = buffer,
		.batch = batch,
		.ret_response = ret_response,
	};
	if (batch)
		batch->pending++;
	return 0;
}

/* The waiter leaves: its stack must not be written any more. */
static void forget(struct pvcam *camera, const struct pvcam_batch *batch)
{
	for (unsigned i = 0; i < PVCAM_CALLS_MAX; i++)
		if (camera->calls[i].batch == batch)
			camera->calls[i] = (struct pvcam_call){.pending = false};
}

int pvcam_wire_wait(struct pvcam *camera, struct pvcam_batch *batch)
{
	uint64_t deadline_ns = deadline_after_timeout();
	int r = 0;

	while (batch->pending) {
		r = pvcam_wire_process(camera);
		if (r == 0 && batch->pending)
			r = sleep_until(camera, deadline_ns);
		if (r < 0)
			break;
	}
	forget(camera, batch);
	return r < 0 ? r : batch->error;
}

int pvcam_wire_call(
	struct pvcam *camera, struct xencamera_req *request, struct xencamera_resp *ret_response)
{
	struct pvcam_batch batch = {0};
	struct xencamera_resp response;
	int r;

	r = pvcam_wire_post(camera, request, 0, &batch, &response);
	if (r < 0)
		return r;
	r = pvcam_wire_wait(camera, &batch);
	if (r == 0 && ret_response)
		*ret_response = response;
	return r;
}

int pvcam_wire_post_buffer(
	struct pvcam *camera, uint8_t operation, uint8_t buffer, struct pvcam_batch *batch)
{
	struct xencamera_req request = {
		.operation = operation,
		.req.index.index = buffer,
	};

	return pvcam_wire_post(camera, &request, buffer, batch, NULL);
}
