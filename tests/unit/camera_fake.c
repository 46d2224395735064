/* SPDX-License-Identifier: MIT */
#include "tests/unit/camera_fake.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/parse.h"
#include "common/pixfmt.h"
#include "xenbus/front.h"

#define QUEUE 256
#define BUFFERS 32

enum state { NONE, GUESTS, QUEUED, FILLED };

struct camera_fake fake;

static struct xencamera_resp responses[QUEUE];
static struct xencamera_evt events[QUEUE];
static unsigned responses_put, responses_taken, events_put, events_taken;
static int wake = -1;
static enum state states[BUFFERS];
static uint64_t queued_at[BUFFERS], queueings;
static void *memory[BUFFERS];
static void *last_shared;
static struct xencamera_config_resp config;
static int64_t brightness;

/* Paths as libpvcam reads them. */
static const char *const nodes[][2] = {
	{ "device/pvcam/3/unique-id", "front" },
	{ "device/pvcam/3/backend", "/local/domain/0/backend/pvcam/7/3" },
	{ "/local/domain/0/backend/pvcam/7/3/state", "2" },
	{ "device/pvcam/3/max-buffers", "32" },
	{ "device/pvcam/3/formats/GREY/64x32/frame-rates", "30/1" },
	{ "device/pvcam/3/formats/XYZ1/64x32/frame-rates", "30/1" },
	{ "device/pvcam/3/formats/YUYV/64x32/frame-rates", "15/1,nonsense,30/1" },
	{ "device/pvcam/3/formats/YUYV/63x32/frame-rates", "30/1" },
	{ "device/pvcam/3/formats/YUYV/128x64/frame-rates", "15/2" },
	{ "device/pvcam/3/formats/YUYV/huge/frame-rates", "30/1" },
};

void camera_fake_reset(void)
{
	fake = (struct camera_fake) { .mute = -1, .share_limit = BUFFERS, .grant_limit = BUFFERS };
	responses_put = responses_taken = events_put = events_taken = 0;
	memset(states, 0, sizeof(states));
	brightness = 5;
	config = (struct xencamera_config_resp) {
		.pixel_format = PV_FOURCC_YUYV,
		.width = 64,
		.height = 32,
		.colorspace = XENCAMERA_COLORSPACE_SMPTE170M,
		.frame_rate_numer = 30,
		.frame_rate_denom = 1,
	};
}

static void signal_front(void)
{
	eventfd_write(wake, 1);
}

void camera_fake_respond(const struct xencamera_resp *response)
{
	responses[responses_put++ % QUEUE] = *response;
	signal_front();
}

void camera_fake_event(const struct xencamera_evt *event)
{
	events[events_put++ % QUEUE] = *event;
	signal_front();
}

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
	struct xencamera_evt event = { .type = XENCAMERA_EVT_FRAME_AVAIL };
	int oldest = -1;

	for (int i = 0; i < BUFFERS; i++)
		if (states[i] == QUEUED && (oldest < 0 || queued_at[i] < queued_at[oldest]))
			oldest = i;
	if (oldest < 0)
		return -1;
	states[oldest] = FILLED;
	memset(memory[oldest], fill, frame_bytes(NULL));
	event.evt.frame_avail.index = (uint8_t)oldest;
	event.evt.frame_avail.used_sz = frame_bytes(NULL);
	event.evt.frame_avail.seq_num = seq;
	camera_fake_event(&event);
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
	/* Directory references count from 1 in the order of sharing, as the buffers do. */
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
		response->resp.ctrl_enum = (struct xencamera_ctrl_enum_resp) {
			.type = XENCAMERA_CTRL_BRIGHTNESS, .min = -10, .max = 10, .step = 1,
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
			(uint8_t)(request->req.buf_request.num_bufs < fake.grant_limit ?
					request->req.buf_request.num_bufs :
					fake.grant_limit);
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

int xb_front_send(struct xb_front *front, const void *packet)
{
	const struct xencamera_req *request = packet;
	struct xencamera_resp response = { .id = request->id, .operation = request->operation };

	(void)front;
	fake.counts[request->operation % 16]++;
	if (request->operation == fake.mute)
		return 0;
	response.status = answer(request, &response);
	fake.refused += response.status < 0;
	if (fake.tamper)
		fake.tamper(request, &response);
	camera_fake_respond(&response);
	if (responses_put - responses_taken > fake.outstanding_most)
		fake.outstanding_most = responses_put - responses_taken;
	return responses_put - responses_taken > 32 ? -EAGAIN : 0;
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
	return fake.gone ? -EPIPE : 0;
}

int xb_front_list(struct xb_store *store, const char *device_class,
	int (*each)(uint32_t device, void *ctx), void *ctx)
{
	(void)store;
	return strcmp(device_class, "pvcam") == 0 ? each(3, ctx) : 0;
}

int xb_front_connect(struct xb_store *store, const char *device_class, uint32_t device,
	const struct xb_front_names *names, int timeout_ms, struct xb_front **ret)
{
	(void)store;
	(void)names;
	(void)timeout_ms;
	if (strcmp(device_class, "pvcam") != 0 || device != 3)
		return -ENODEV;
	wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	fake.connected = true;
	*ret = (struct xb_front *)&fake;
	return 0;
}

void xb_front_close(struct xb_front *front)
{
	if (!front)
		return;
	fake.connected = false;
	close(wake);
}

const char *xb_front_path(const struct xb_front *front)
{
	(void)front;
	return "device/pvcam/3";
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
	if (fake.shared == fake.share_limit)
		return -ENOSPC;
	last_shared = calloc(1, size_bytes);
	memory[fake.shared++] = last_shared;
	*ret = (struct xb_shared) { .start = last_shared, .directory_ref = fake.shared };
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
	for (size_t i = 0; i < sizeof(nodes) / sizeof(nodes[0]); i++)
		if (strncmp(nodes[i][0], dir, length) == 0 && nodes[i][0][length] == '/' &&
			strcmp(nodes[i][0] + length + 1, node) == 0 &&
			strlen(nodes[i][1]) <= max_bytes) {
			*ret = strdup(nodes[i][1]);
			return 0;
		}
	return -ENOENT;
}

int xb_store_read_u32(struct xb_store *store, xs_transaction_t txn, const char *dir,
	const char *node, uint32_t min, uint32_t max, uint32_t *ret)
{
	char *text;
	int r = xb_store_read(store, txn, dir, node, 20, &text);

	if (r < 0)
		return r;
	r = pv_parse_u32(text, min, max, ret);
	free(text);
	return r;
}

/* The names below dir: whatever comes between it and the next slash, once each. */
int xb_store_list(struct xb_store *store, xs_transaction_t txn, const char *dir,
	char ***ret_names, unsigned *ret_count)
{
	const size_t most = sizeof(nodes) / sizeof(nodes[0]), room = 32;
	char **names = malloc(most * (sizeof(char *) + room));
	char *text = (char *)(names + most);
	size_t length = strlen(dir);
	unsigned count = 0;

	(void)store;
	(void)txn;
	for (size_t i = 0; i < most; i++) {
		const char *below = nodes[i][0] + length + 1;
		size_t name;

		if (strncmp(nodes[i][0], dir, length) != 0 || nodes[i][0][length] != '/')
			continue;
		name = strcspn(below, "/");
		if (count && strlen(names[count - 1]) == name &&
			strncmp(names[count - 1], below, name) == 0)
			continue;
		names[count] = memcpy(text + count * room, below, name);
		names[count++][name] = '\0';
	}
	*ret_names = names;
	*ret_count = count;
	return 0;
}
