/* SPDX-License-Identifier: MIT */
#include "frontend/sound/wire.h"

#include <errno.h>
#include <string.h>
#include <xen/errno.h>

#include "common/parse.h"

#define EVENTS_MAX 1024                    /* taken at once; a backend that makes more is refused */
#define STEP_BYTES_MAX (UINT64_C(1) << 40) /* no position goes further at once */

_Static_assert(sizeof(struct xensnd_req) == XB_PACKET_BYTES, "a packet");
_Static_assert(sizeof(struct xensnd_resp) == XB_PACKET_BYTES, "a packet");
_Static_assert(sizeof(struct xensnd_evt) == XB_EVENT_BYTES, "an event");
_Static_assert(XEN_EINVAL == EINVAL && XEN_EBUSY == EBUSY && XEN_EAGAIN == EAGAIN,
	"Xen's error numbers are ours");

/* One place holds what is the same for all streams: device, PCM 0, stream 0. */
static const struct xb_front_names ring_names = {
	.req_ring_ref = "0/0/" XENSND_FIELD_RING_REF,
	.req_event_channel = "0/0/" XENSND_FIELD_EVT_CHNL,
	.evt_ring_ref = "0/0/" XENSND_FIELD_EVT_RING_REF,
	.evt_event_channel = "0/0/" XENSND_FIELD_EVT_EVT_CHNL,
};

int pvsnd_wire_connect(struct xb_store *store, uint32_t device, struct pvsnd_wire *ret)
{
	struct xb_front *front;
	int r = xb_front_connect(store, PVSND_CLASS, device, &ring_names, PVSND_TIMEOUT_MS, &front);

	if (r < 0)
		return r;
	*ret = (struct pvsnd_wire){.front = front};
	return 0;
}

void pvsnd_wire_disconnect(struct pvsnd_wire *wire)
{
	if (!wire->front)
		return;
	pvsnd_wire_close(wire);
	xb_front_close(wire->front);
	*wire = (struct pvsnd_wire){.front = NULL};
}

static int die(struct pvsnd_wire *wire, int error)
{
	wire->dead = error;
	return error;
}

static struct pvsnd_request *request_of(struct pvsnd_wire *wire, uint16_t id)
{
	return &wire->requests[id % PVSND_REQUESTS_MAX];
}

static unsigned num_outstanding(const struct pvsnd_wire *wire)
{
	return (uint16_t)(wire->next_id - wire->oldest_id);
}

/* ---- what comes ---- */

/* A status is 0 or a negative error number; anything else is a stranger's. */
static int check_status(int32_t status)
{
	return status > 0 || status < -4095 ? -EIO : status;
}

static void retire_answered(struct pvsnd_wire *wire)
{
	while (num_outstanding(wire) && request_of(wire, wire->oldest_id)->answered) {
		wire->in_flight_bytes -= request_of(wire, wire->oldest_id)->length_bytes;
		wire->oldest_id++;
	}
}

static int take_response(struct pvsnd_wire *wire, const struct xensnd_resp *response)
{
	struct pvsnd_request *request = request_of(wire, response->id);

	if ((uint16_t)(response->id - wire->oldest_id) >= num_outstanding(wire) ||
		request->answered || request->operation != response->operation)
		return -EPROTO;
	request->answered = true;
	request->status = check_status(response->status);
	request->response = *response;
	if (request->status < 0 && !request->waited_for && !wire->error)
		wire->error = request->status;
	retire_answered(wire);
	return 0;
}

static int take_event(struct pvsnd_wire *wire, const struct xensnd_evt *event)
{
	uint64_t position = event->op.cur_pos.position;

	/* Others are of a later protocol; and what a closed stream left says nothing. */
	if (event->type != XENSND_EVT_CUR_POS || !wire->open)
		return 0;
	/* Back is too far on, too. */
	if (position - wire->position_bytes > STEP_BYTES_MAX)
		return -EPROTO;
	wire->position_bytes = position;
	return 0;
}

/* Answers before events: so what was told before an answer was written (STOP's) is taken along
 * with it. */
static int take_all(struct pvsnd_wire *wire)
{
	struct xensnd_resp response;
	struct xensnd_evt event;
	int r;

	while ((r = xb_front_response(wire->front, &response)) == 0) {
		r = take_response(wire, &response);
		if (r < 0)
			return r;
	}
	if (r != -EAGAIN)
		return r;
	for (unsigned i = 0; i < EVENTS_MAX; i++) {
		r = xb_front_event(wire->front, &event);
		if (r == -EAGAIN)
			return 0;
		if (r == 0)
			r = take_event(wire, &event);
		if (r < 0)
			return r;
	}
	return -EPROTO;
}

static int wait_and_take(struct pvsnd_wire *wire, int timeout_ms)
{
	int gone, r;

	if (wire->dead)
		return wire->dead;
	/* What a backend sent before it went is still good. */
	gone = xb_front_process(wire->front, timeout_ms);
	r = take_all(wire);
	if (gone < 0)
		return die(wire, gone);
	return r < 0 ? die(wire, r) : 0;
}

int pvsnd_wire_process(struct pvsnd_wire *wire)
{
	return wait_and_take(wire, 0);
}

/* ---- what goes ---- */

static uint64_t deadline_after_timeout(void)
{
	return pv_now_ns() + PVSND_TIMEOUT_MS * UINT64_C(1000000);
}

/* Sleeps until something comes, then takes it; a signal only makes it look again. */
static int wait_until(struct pvsnd_wire *wire, uint64_t deadline_ns)
{
	uint64_t now_ns = pv_now_ns();

	if (now_ns >= deadline_ns)
		return die(wire, -ETIMEDOUT);
	return wait_and_take(wire, (int)((deadline_ns - now_ns) / 1000000) + 1);
}

/* Sends; afterwards *ret_id is outstanding. */
static int post(
	struct pvsnd_wire *wire, struct xensnd_req *packet, bool waited_for, uint16_t *ret_id)
{
	uint64_t deadline_ns = deadline_after_timeout();
	uint16_t id;
	int r = wire->dead;

	while (r == 0 && num_outstanding(wire) == PVSND_REQUESTS_MAX)
		r = wait_until(wire, deadline_ns);
	if (r < 0)
		return r;
	id = wire->next_id;
	packet->id = id;
	r = xb_front_send(wire->front, packet);
	if (r < 0) /* the ring holds as many as we count: it lies */
		return die(wire, r == -EAGAIN ? -EPROTO : r);
	*request_of(wire, id) = (struct pvsnd_request){
		.operation = packet->operation,
		.waited_for = waited_for,
		.length_bytes = packet->operation == XENSND_OP_WRITE ? packet->op.rw.length : 0,
	};
	wire->in_flight_bytes += request_of(wire, id)->length_bytes;
	wire->next_id++;
	*ret_id = id;
	return 0;
}

/* Sends and waits. An answered request's place stays as it is until the next is sent. */
static int call(
	struct pvsnd_wire *wire, struct xensnd_req *packet, struct xensnd_resp *ret_response)
{
	uint64_t deadline_ns = deadline_after_timeout();
	uint16_t id;
	int r = post(wire, packet, true, &id);

	while (r == 0 && !request_of(wire, id)->answered)
		r = wait_until(wire, deadline_ns);
	if (r < 0)
		return r;
	r = request_of(wire, id)->status;
	if (r == 0 && ret_response)
		*ret_response = request_of(wire, id)->response;
	return r;
}

int pvsnd_wire_query(struct pvsnd_wire *wire, struct xensnd_query_hw_param *ranges)
{
	struct xensnd_req packet = {.operation = XENSND_OP_HW_PARAM_QUERY};
	struct xensnd_resp response;
	int r;

	packet.op.hw_param = *ranges;
	r = call(wire, &packet, &response);
	if (r == 0)
		*ranges = response.resp.hw_param;
	return r;
}

int pvsnd_wire_open(struct pvsnd_wire *wire, const struct pvsnd_wire_open *open)
{
	struct xensnd_req packet = {
		.operation = XENSND_OP_OPEN,
		.op.open =
			{
				.pcm_rate = open->rate_hz,
				.pcm_format = open->pcm_format,
				.pcm_channels = open->channels,
				.buffer_sz = open->buffer_bytes,
				.period_sz = open->period_bytes,
			},
	};
	int r;

	if (wire->dead)
		return wire->dead;
	r = xb_share_buffer(xb_front_gntshr(wire->front), xb_front_backend_domid(wire->front),
		open->buffer_bytes, &wire->buffer);
	if (r < 0)
		return r;
	packet.op.open.gref_directory = wire->buffer.directory_ref;
	wire->buffer_bytes = open->buffer_bytes;
	wire->position_bytes = 0;
	wire->error = 0;
	wire->open = true;
	r = call(wire, &packet, NULL);
	if (r < 0) {
		wire->open = false;
		xb_unshare(xb_front_gntshr(wire->front), &wire->buffer);
	}
	return r;
}

int pvsnd_wire_close(struct pvsnd_wire *wire)
{
	struct xensnd_req packet = {.operation = XENSND_OP_CLOSE};
	int r;

	if (!wire->open)
		return 0;
	wire->open = false;
	r = call(wire, &packet, NULL);
	xb_unshare(xb_front_gntshr(wire->front), &wire->buffer);
	return r;
}

int pvsnd_wire_trigger(struct pvsnd_wire *wire, uint8_t type)
{
	struct xensnd_req packet = {.operation = XENSND_OP_TRIGGER, .op.trigger.type = type};

	return call(wire, &packet, NULL);
}

int pvsnd_wire_read(struct pvsnd_wire *wire, uint32_t offset_bytes, uint32_t length_bytes)
{
	struct xensnd_req packet = {
		.operation = XENSND_OP_READ,
		.op.rw = {.offset = offset_bytes, .length = length_bytes},
	};

	return call(wire, &packet, NULL);
}

int pvsnd_wire_reserve(struct pvsnd_wire *wire, uint32_t length_bytes)
{
	uint64_t deadline_ns = deadline_after_timeout();
	int r = wire->dead;

	while (r == 0 && wire->in_flight_bytes > wire->buffer_bytes - length_bytes)
		r = wait_until(wire, deadline_ns);
	return r;
}

int pvsnd_wire_write(struct pvsnd_wire *wire, uint32_t offset_bytes, uint32_t length_bytes)
{
	struct xensnd_req packet = {
		.operation = XENSND_OP_WRITE,
		.op.rw = {.offset = offset_bytes, .length = length_bytes},
	};
	uint16_t id;

	return post(wire, &packet, false, &id);
}

int pvsnd_wire_post_stop(struct pvsnd_wire *wire)
{
	struct xensnd_req packet = {
		.operation = XENSND_OP_TRIGGER,
		.op.trigger.type = XENSND_OP_TRIGGER_STOP,
	};
	uint16_t id;

	return post(wire, &packet, false, &id);
}
