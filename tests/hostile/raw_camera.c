/* SPDX-License-Identifier: MIT */
#include "tests/hostile/raw_camera.h"

#include <string.h>

_Static_assert(sizeof(struct xencamera_req) == RAW_PACKET_BYTES &&
		       sizeof(struct xencamera_resp) == RAW_PACKET_BYTES &&
		       sizeof(struct xencamera_evt) == RAW_PACKET_BYTES &&
		       XENCAMERA_IN_RING_OFFS == RAW_PACKET_BYTES,
	"cameraif's packets");

/* ---- the connection ---- */

void raw_share(struct raw *raw)
{
	raw_link_share(raw, &raw->link);
}

void raw_unshare(struct raw *raw)
{
	raw_link_unshare(raw, &raw->link);
}

void raw_publish(struct raw *raw)
{
	raw_write(raw, XENCAMERA_FIELD_REQ_RING_REF, "%u", raw->link.req_ref);
	raw_write(raw, XENCAMERA_FIELD_REQ_CHANNEL, "%u", raw->link.req_port);
	raw_write(raw, XENCAMERA_FIELD_EVT_RING_REF, "%u", raw->link.evt_ref);
	raw_write(raw, XENCAMERA_FIELD_EVT_CHANNEL, "%u", raw->link.evt_port);
}

/* 1: connected; 0: refused; -1: neither in time. */
static int try_to_connect(struct raw *raw)
{
	uint64_t until_ms = raw_now_ms() + RAW_TIMEOUT_MS;
	int state;

	if (!raw_start_over(raw))
		return -1;
	raw_unshare(raw);
	raw_share(raw);
	raw_publish(raw);
	raw_state(raw, XenbusStateInitialised);
	while ((state = raw_backend_state(raw)) == XenbusStateInitWait && raw_now_ms() < until_ms)
		raw_sleep_ms(1);
	if (state == XenbusStateConnected) {
		raw_state(raw, XenbusStateConnected);
		return 1;
	}
	return state == XenbusStateInitWait ? -1 : 0;
}

bool raw_connect(struct raw *raw)
{
	int got = 0;

	for (int i = 0; i < 10 && got == 0; i++)
		got = try_to_connect(raw);
	return got == 1 && raw_op(raw, XENCAMERA_OP_CONFIG_GET) == 0;
}

/* ---- requests ---- */

void raw_notify(struct raw *raw)
{
	raw_link_notify(raw, &raw->link);
}

void raw_send(struct raw *raw, const struct xencamera_req *request)
{
	raw_link_send(raw, &raw->link, request);
}

bool raw_response(struct raw *raw, struct xencamera_resp *ret, int timeout_ms)
{
	return raw_link_response(&raw->link, ret, timeout_ms);
}

int32_t raw_call(struct raw *raw, struct xencamera_req request, struct xencamera_resp *ret)
{
	return raw_link_call(raw, &raw->link, &request, ret, RAW_TIMEOUT_MS);
}

int32_t raw_op(struct raw *raw, uint8_t operation)
{
	return raw_call(raw, (struct xencamera_req){.operation = operation}, NULL);
}

int32_t raw_index(struct raw *raw, uint8_t operation, uint8_t index)
{
	return raw_call(raw,
		(struct xencamera_req){.operation = operation, .req.index.index = index}, NULL);
}

int32_t raw_config(
	struct raw *raw, uint8_t operation, const char *fourcc, uint32_t width, uint32_t height)
{
	struct xencamera_req request = {
		.operation = operation, .req.config = {.width = width, .height = height}};

	memcpy(&request.req.config.pixel_format, fourcc, 4);
	return raw_call(raw, request, NULL);
}

int32_t raw_buffers(struct raw *raw, uint8_t count)
{
	return raw_call(raw,
		(struct xencamera_req){
			.operation = XENCAMERA_OP_BUF_REQUEST, .req.buf_request.num_bufs = count},
		NULL);
}

int32_t raw_create(struct raw *raw, uint8_t index, uint32_t directory_ref)
{
	return raw_call(raw,
		(struct xencamera_req){.operation = XENCAMERA_OP_BUF_CREATE,
			.req.buf_create = {.index = index, .gref_directory = directory_ref}},
		NULL);
}

bool raw_event(struct raw *raw, struct xencamera_evt *ret, int timeout_ms)
{
	return raw_link_event(&raw->link, ret, timeout_ms);
}
