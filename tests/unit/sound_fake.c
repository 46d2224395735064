/* SPDX-License-Identifier: MIT */
#include "tests/unit/sound_fake.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/parse.h"
#include "xenbus/front.h"

#define QUEUE 2048

struct sound_fake fake;

static struct xensnd_resp responses[QUEUE], held;
static struct xensnd_evt events[QUEUE];
static unsigned responses_put, responses_taken, events_put, events_taken;
static int wake = -1;
static bool is_open, is_held;
static uint8_t *memory;
static uint8_t sound[FAKE_STREAM_BYTES];

static const char *const usual[][2] = {
	{ "device/pvsnd/0/short-name", "Main" },
	{ "device/pvsnd/0/long-name", "The main card" },
	{ "device/pvsnd/0/sample-rates", "8000,48000" },
	{ "device/pvsnd/0/0/channels-max", "2" },
	{ "device/pvsnd/0/0/0/type", "p" },
	{ "device/pvsnd/0/0/0/sample-formats", "u8;s16_le,f32_le,nonsense" },
	{ "device/pvsnd/1/short-name", "Main" },
	{ "device/pvsnd/1/0/0/type", "c" },
	{ "device/pvsnd/1/0/0/sample-formats", "s16_le" },
	{ "device/pvsnd/1/0/0/channels-max", "2" },
};

void sound_fake_reset(void)
{
	memset(sound, 0, sizeof(sound));
	fake = (struct sound_fake) {
		.mute = -1,
		.late = -1,
		.nodes = usual,
		.num_nodes = sizeof(usual) / sizeof(usual[0]),
		.sound = sound,
	};
	responses_put = responses_taken = events_put = events_taken = 0;
	is_open = is_held = false;
}

void sound_fake_respond(const struct xensnd_resp *response)
{
	responses[responses_put++ % QUEUE] = *response;
	eventfd_write(wake, 1);
}

void sound_fake_event(const struct xensnd_evt *event)
{
	events[events_put++ % QUEUE] = *event;
	eventfd_write(wake, 1);
}

static uint32_t frame_bytes(void)
{
	static const uint8_t widths[] = { 1, 1, 2, 2, 2, 2, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 8, 8 };

	return (uint32_t)widths[fake.open.pcm_format] * fake.open.pcm_channels;
}

void sound_fake_advance(uint32_t frames)
{
	struct xensnd_evt event = { .type = XENSND_EVT_CUR_POS };

	if (!fake.running)
		return;
	fake.position_bytes += frames * frame_bytes();
	event.op.cur_pos.position = fake.position_bytes;
	sound_fake_event(&event);
}

static int open_stream(const struct xensnd_open_req *open)
{
	if (is_open || open->gref_directory == 0 || open->buffer_sz == 0 ||
		open->period_sz > open->buffer_sz)
		return -EINVAL;
	fake.open = *open;
	fake.position_bytes = 0;
	fake.sound_bytes = 0;
	is_open = true;
	return 0;
}

static int move(uint8_t operation, const struct xensnd_rw_req *rw)
{
	int status = fake.status;

	fake.status = 0;
	if (status < 0)
		return status;
	if (!is_open || rw->length % frame_bytes() != 0 || rw->offset >= fake.open.buffer_sz ||
		rw->length > fake.open.buffer_sz - rw->offset)
		return -EINVAL;
	if (operation == XENSND_OP_WRITE) {
		if (fake.sound_bytes + rw->length > fake.position_bytes + fake.open.buffer_sz)
			return -ENOSPC;
		memcpy(sound + fake.sound_bytes, memory + rw->offset, rw->length);
	} else {
		if (fake.sound_bytes + rw->length > fake.position_bytes)
			return -EAGAIN;
		memcpy(memory + rw->offset, sound + fake.sound_bytes, rw->length);
	}
	fake.sound_bytes += rw->length;
	return 0;
}

static int trigger(uint8_t type)
{
	if (!is_open || type > XENSND_OP_TRIGGER_RESUME)
		return -EINVAL;
	fake.triggers[type]++;
	fake.running = type == XENSND_OP_TRIGGER_START || type == XENSND_OP_TRIGGER_RESUME;
	if (type == XENSND_OP_TRIGGER_STOP)
		fake.sound_bytes = fake.position_bytes;
	return 0;
}

static uint32_t lower(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static int query(const struct xensnd_query_hw_param *wish, struct xensnd_query_hw_param *ret)
{
	*ret = *wish;
	ret->buffer.max = lower(wish->buffer.max, 16384);
	ret->period.max = lower(wish->period.max, 4096);
	if (ret->buffer.min < 64)
		ret->buffer.min = 64;
	if (ret->period.min < 16)
		ret->period.min = 16;
	return ret->buffer.min > ret->buffer.max || ret->period.min > ret->period.max ? -EINVAL : 0;
}

static int answer(const struct xensnd_req *request, struct xensnd_resp *response)
{
	switch (request->operation) {
	case XENSND_OP_OPEN:
		return open_stream(&request->op.open);
	case XENSND_OP_CLOSE:
		is_open = fake.running = false;
		return 0;
	case XENSND_OP_READ:
	case XENSND_OP_WRITE:
		return move(request->operation, &request->op.rw);
	case XENSND_OP_TRIGGER:
		return trigger(request->op.trigger.type);
	case XENSND_OP_HW_PARAM_QUERY:
		return query(&request->op.hw_param, &response->resp.hw_param);
	default:
		return -EOPNOTSUPP;
	}
}

int xb_front_send(struct xb_front *front, const void *packet)
{
	const struct xensnd_req *request = packet;
	struct xensnd_resp response = { .id = request->id, .operation = request->operation };

	(void)front;
	fake.counts[request->operation % 16]++;
	if (is_held)
		sound_fake_respond(&held);
	is_held = false;
	if (request->operation == fake.mute)
		return 0;
	response.status = answer(request, &response);
	if (request->operation == fake.late) {
		held = response;
		is_held = true;
		return 0;
	}
	sound_fake_respond(&response);
	if (responses_put - responses_taken > fake.outstanding_most)
		fake.outstanding_most = responses_put - responses_taken;
	return 0;
}

int xb_front_response(struct xb_front *front, void *ret_response)
{
	(void)front;
	if (responses_taken == responses_put)
		return -EAGAIN;
	memcpy(ret_response, &responses[responses_taken++ % QUEUE], sizeof(responses[0]));
	return 0;
}

int xb_front_event(struct xb_front *front, void *ret_event)
{
	(void)front;
	if (events_taken == events_put)
		return -EAGAIN;
	memcpy(ret_event, &events[events_taken++ % QUEUE], sizeof(events[0]));
	return 0;
}

int xb_front_process(struct xb_front *front)
{
	eventfd_t count;

	(void)front;
	eventfd_read(wake, &count);
	if (fake.frames_a_look)
		sound_fake_advance(fake.frames_a_look);
	return fake.gone ? -EPIPE : 0;
}

int xb_front_list(struct xb_store *store, const char *device_class,
	int (*each)(uint32_t device, void *ctx), void *ctx)
{
	int r = 0;

	(void)store;
	for (uint32_t device = 0; r == 0 && device < 16; device++) {
		char prefix[64];
		bool there = false;

		snprintf(prefix, sizeof(prefix), "device/%s/%u/", device_class, device);
		for (size_t i = 0; i < fake.num_nodes; i++)
			there |= strncmp(fake.nodes[i][0], prefix, strlen(prefix)) == 0;
		if (there)
			r = each(device, ctx);
	}
	return r;
}

int xb_front_connect(struct xb_store *store, const char *device_class, uint32_t device,
	const struct xb_front_names *names, int timeout_ms, struct xb_front **ret)
{
	(void)store;
	(void)device;
	(void)timeout_ms;
	if (strcmp(device_class, "pvsnd") != 0 || strcmp(names->req_ring_ref, "0/0/ring-ref") != 0)
		return -ENODEV;
	if (fake.busy)
		return -EBUSY;
	wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	fake.connected++;
	*ret = (struct xb_front *)&fake;
	return 0;
}

void xb_front_close(struct xb_front *front)
{
	if (!front)
		return;
	fake.connected--;
	close(wake);
}

uint32_t xb_front_backend_domid(const struct xb_front *front)
{
	(void)front;
	return 0;
}

xengntshr_handle *xb_front_gntshr(struct xb_front *front)
{
	(void)front;
	return NULL;
}

int xb_front_fd(const struct xb_front *front)
{
	(void)front;
	return wake;
}

int xb_share_buffer(xengntshr_handle *gntshr, uint32_t domid, size_t size_bytes,
	struct xb_shared *ret)
{
	(void)gntshr;
	(void)domid;
	memory = calloc(1, size_bytes);
	*ret = (struct xb_shared) { .start = memory, .directory_ref = ++fake.shared };
	return 0;
}

void xb_unshare(xengntshr_handle *gntshr, struct xb_shared *shared)
{
	(void)gntshr;
	if (!shared->start)
		return;
	free(shared->start);
	*shared = (struct xb_shared) { 0 };
	fake.shared--;
}

int xb_store_open(struct xb_store **ret)
{
	*ret = (struct xb_store *)&fake;
	return 0;
}

const char *xb_store_open_error(int error)
{
	return error ? "no store" : "";
}

void xb_store_close(struct xb_store *store)
{
	(void)store;
}

int xb_store_read(struct xb_store *store, xs_transaction_t txn, const char *dir, const char *node,
	size_t max_bytes, char **ret)
{
	size_t length = strlen(dir);

	(void)store;
	(void)txn;
	for (size_t i = 0; i < fake.num_nodes; i++)
		if (strncmp(fake.nodes[i][0], dir, length) == 0 &&
			fake.nodes[i][0][length] == '/' &&
			strcmp(fake.nodes[i][0] + length + 1, node) == 0 &&
			strlen(fake.nodes[i][1]) <= max_bytes) {
			*ret = strdup(fake.nodes[i][1]);
			return 0;
		}
	return -ENOENT;
}
