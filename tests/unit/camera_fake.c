/* SPDX-License-Identifier: MIT */
#include "tests/unit/camera_fake.h"

#include <errno.h>
#include <string.h>

#include "common/pixfmt.h"

#define BUFFERS FRONT_FAKE_BUFFERS

enum state { NONE, GUESTS, QUEUED, FILLED };

struct camera_fake fake;

static enum state states[BUFFERS];
static uint64_t queued_at[BUFFERS], queueings;
static struct xencamera_config_resp config;
static int64_t brightness;

/* Paths as libpvcam reads them. */
static const char *const nodes[][2] = {
	{"device/pvcam/3/unique-id", "front"},
	{"device/pvcam/3/backend", "/local/domain/0/backend/pvcam/7/3"},
	{"/local/domain/0/backend/pvcam/7/3/state", "2"},
	{"device/pvcam/3/max-buffers", "32"},
	{"device/pvcam/3/formats/GREY/64x32/frame-rates", "30/1"},
	{"device/pvcam/3/formats/XYZ1/64x32/frame-rates", "30/1"},
	{"device/pvcam/3/formats/YUYV/64x32/frame-rates", "15/1,nonsense,30/1"},
	{"device/pvcam/3/formats/YUYV/63x32/frame-rates", "30/1"},
	{"device/pvcam/3/formats/YUYV/128x64/frame-rates", "15/2"},
	{"device/pvcam/3/formats/YUYV/huge/frame-rates", "30/1"},
};

static uint32_t frame_bytes(uint32_t *ret_stride_bytes)
{
	uint32_t stride = config.width * (config.pixel_format == PV_FOURCC_YUYV ? 2 : 1);

	stride += fake.padded ? FAKE_PADDING_BYTES : 0;
	if (ret_stride_bytes)
		*ret_stride_bytes = stride;
	return stride * config.height;
}

int camera_fake_frame(uint32_t seq, uint8_t fill)
{
	struct xencamera_evt event = {.type = XENCAMERA_EVT_FRAME_AVAIL};
	int oldest = -1;

	for (int i = 0; i < BUFFERS; i++)
		if (states[i] == QUEUED && (oldest < 0 || queued_at[i] < queued_at[oldest]))
			oldest = i;
	if (oldest < 0)
		return -1;
	states[oldest] = FILLED;
	memset(front_fake.memory[oldest], fill, frame_bytes(NULL));
	event.evt.frame_avail.index = (uint8_t)oldest;
	event.evt.frame_avail.used_sz = frame_bytes(NULL);
	event.evt.frame_avail.seq_num = seq;
	front_fake_event(&event);
	return oldest;
}

static int change_state(uint8_t index, enum state from, enum state to)
{
	if (index >= BUFFERS || states[index] != from)
		return -EINVAL;
	states[index] = to;
	queued_at[index] = queueings++;
	return 0;
}

static int create(const struct xencamera_req *request)
{
	uint8_t index = request->req.buf_create.index;

	if (request->req.buf_create.gref_directory == 0)
		return -EINVAL;
	fake.created++;
	return change_state(index, NONE, GUESTS);
}

static int stop(void)
{
	fake.streaming = false;
	for (int i = 0; i < BUFFERS; i++)
		if (states[i] == FILLED)
			states[i] = QUEUED;
	return 0;
}

static int get_layout(struct xencamera_buf_get_layout_resp *layout)
{
	layout->num_planes = 1;
	layout->size = frame_bytes(&layout->plane_stride[0]);
	layout->plane_size[0] = layout->size;
	return 0;
}

static int answer_config(const struct xencamera_req *request, struct xencamera_resp *response)
{
	struct xencamera_config_resp answer = config;

	if (request->operation != XENCAMERA_OP_CONFIG_GET) {
		answer.pixel_format = request->req.config.pixel_format;
		answer.width = request->req.config.width;
		answer.height = request->req.config.height;
	}
	if (request->operation == XENCAMERA_OP_CONFIG_SET)
		config = answer;
	response->resp.config = answer;
	return 0;
}

static int answer_control(const struct xencamera_req *request, struct xencamera_resp *response)
{
	switch (request->operation) {
	case XENCAMERA_OP_CTRL_ENUM:
		if (request->req.index.index > 0)
			return -EINVAL;
		response->resp.ctrl_enum = (struct xencamera_ctrl_enum_resp){
			.type = XENCAMERA_CTRL_BRIGHTNESS,
			.min = -10,
			.max = 10,
			.step = 1,
		};
		return 0;
	case XENCAMERA_OP_CTRL_GET:
		response->resp.ctrl_value.type = request->req.get_ctrl.type;
		response->resp.ctrl_value.value = brightness;
		return 0;
	default:
		brightness = request->req.ctrl_value.value;
		return 0;
	}
}

static int answer(const struct xencamera_req *request, struct xencamera_resp *response)
{
	uint8_t index = request->req.index.index;

	switch (request->operation) {
	case XENCAMERA_OP_BUF_REQUEST:
		response->resp.buf_request.num_bufs =
			(uint8_t)(request->req.buf_request.num_bufs < fake.grant_limit
					  ? request->req.buf_request.num_bufs
					  : fake.grant_limit);
		return 0;
	case XENCAMERA_OP_BUF_GET_LAYOUT:
		return get_layout(&response->resp.buf_layout);
	case XENCAMERA_OP_BUF_CREATE:
		return create(request);
	case XENCAMERA_OP_BUF_QUEUE:
		return change_state(index, GUESTS, QUEUED);
	case XENCAMERA_OP_BUF_DEQUEUE:
		return fake.streaming ? change_state(index, FILLED, GUESTS) : -EINVAL;
	case XENCAMERA_OP_BUF_DESTROY:
		fake.created--;
		return change_state(index, QUEUED, NONE);
	case XENCAMERA_OP_STREAM_START:
		fake.streaming = true;
		return 0;
	case XENCAMERA_OP_STREAM_STOP:
		return stop();
	case XENCAMERA_OP_FRAME_RATE_SET:
		config.frame_rate_numer = request->req.frame_rate.frame_rate_numer;
		config.frame_rate_denom = request->req.frame_rate.frame_rate_denom;
		return 0;
	case XENCAMERA_OP_CTRL_ENUM:
	case XENCAMERA_OP_CTRL_GET:
	case XENCAMERA_OP_CTRL_SET:
		return answer_control(request, response);
	default:
		return answer_config(request, response);
	}
}

static bool answer_request(const void *packet, void *ret_response)
{
	const struct xencamera_req *request = packet;
	struct xencamera_resp *response = ret_response;

	if (request->operation == front_fake.mute)
		return false;
	response->status = answer(request, response);
	fake.refused += response->status < 0;
	if (fake.tamper)
		fake.tamper(request, response);
	return true;
}

void camera_fake_reset(void)
{
	front_fake_reset(&(struct front_fake){
		.nodes = nodes,
		.num_nodes = sizeof(nodes) / sizeof(nodes[0]),
		.device_class = "pvcam",
		.answer = answer_request,
	});
	fake = (struct camera_fake){.grant_limit = BUFFERS};
	memset(states, 0, sizeof(states));
	brightness = 5;
	config = (struct xencamera_config_resp){
		.pixel_format = PV_FOURCC_YUYV,
		.width = 64,
		.height = 32,
		.colorspace = XENCAMERA_COLORSPACE_SMPTE170M,
		.frame_rate_numer = 30,
		.frame_rate_denom = 1,
	};
}
