/* SPDX-License-Identifier: MIT */
#include "tests/unit/sound_fake.h"

#include <errno.h>
#include <string.h>

struct sound_fake fake;

static struct xensnd_resp held;
static bool is_open, is_held;
static uint8_t sound[FAKE_STREAM_BYTES];

static const char *const usual[][2] = {
	{"device/pvsnd/0/short-name", "Main"},
	{"device/pvsnd/0/long-name", "The main card"},
	{"device/pvsnd/0/sample-rates", "8000,48000"},
	{"device/pvsnd/0/0/channels-max", "2"},
	{"device/pvsnd/0/0/0/type", "p"},
	{"device/pvsnd/0/0/0/sample-formats", "u8;s16_le,f32_le,nonsense"},
	{"device/pvsnd/1/short-name", "Main"},
	{"device/pvsnd/1/0/0/type", "c"},
	{"device/pvsnd/1/0/0/sample-formats", "s16_le"},
	{"device/pvsnd/1/0/0/channels-max", "2"},
};

static uint32_t frame_bytes(void)
{
	static const uint8_t widths[] = {1, 1, 2, 2, 2, 2, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 8, 8};

	return (uint32_t)widths[fake.open.pcm_format] * fake.open.pcm_channels;
}

void sound_fake_advance(uint32_t frames)
{
	struct xensnd_evt event = {.type = XENSND_EVT_CUR_POS};

	if (!fake.running)
		return;
	fake.position_bytes += frames * frame_bytes();
	event.op.cur_pos.position = fake.position_bytes;
	front_fake_event(&event);
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
	uint8_t *memory = front_fake.memory[0];
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

static bool answer_request(const void *packet, void *ret_response)
{
	const struct xensnd_req *request = packet;
	struct xensnd_resp *response = ret_response;

	if (is_held)
		front_fake_respond(&held);
	is_held = false;
	if (request->operation == front_fake.mute)
		return false;
	response->status = answer(request, response);
	if (request->operation != fake.late)
		return true;
	held = *response;
	is_held = true;
	return false;
}

static void look(void)
{
	if (fake.frames_a_look)
		sound_fake_advance(fake.frames_a_look);
}

void sound_fake_reset(void)
{
	memset(sound, 0, sizeof(sound));
	front_fake_reset(&(struct front_fake){
		.nodes = usual,
		.num_nodes = sizeof(usual) / sizeof(usual[0]),
		.device_class = "pvsnd",
		.req_ring_ref = "0/0/ring-ref",
		.answer = answer_request,
		.look = look,
	});
	fake = (struct sound_fake){.late = -1, .sound = sound};
	is_open = is_held = false;
}
