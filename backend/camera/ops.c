/* SPDX-License-Identifier: MIT */
#include "backend/camera/ops.h"

#include <errno.h>
#include <string.h>

#include "backend/wire_status.h"

#define ROOM_FOR_FRAMES 32 /* of the 63 events in a page */

typedef int op(struct vcam_stream *stream, const struct xencamera_req *request,
	struct xencamera_resp *response);

static uint32_t greatest_common_divisor(uint32_t a, uint32_t b)
{
	while (b) {
		uint32_t rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

/* Conversion between YUV formats keeps the meaning of their numbers; from and to RGB has its own.
 */
static struct vcam_colours colours_as(const struct vcam_source *source, uint32_t fourcc)
{
	bool rgb = vcam_source_mode(source).picture.fourcc == PV_FOURCC_RGB3;

	if ((fourcc == PV_FOURCC_RGB3) == rgb)
		return vcam_source_colours(source);
	return vcam_colours_usual(fourcc);
}

static void fill_config(const struct vcam_stream *stream, struct pv_picture picture,
	struct pv_fraction rate, struct xencamera_config_resp *ret)
{
	struct pv_picture native = vcam_source_mode(stream->source).picture;
	uint32_t divisor = greatest_common_divisor(native.width, native.height);
	struct vcam_colours colours = colours_as(stream->source, picture.fourcc);

	ret->pixel_format = picture.fourcc;
	ret->width = picture.width;
	ret->height = picture.height;
	ret->colorspace = colours.colorspace;
	ret->xfer_func = colours.xfer_func;
	ret->ycbcr_enc = colours.ycbcr_enc;
	ret->quantization = colours.quantization;
	/* What the camera sees keeps its shape, also when it is scaled to another. */
	ret->displ_asp_ratio_numer = native.width / divisor;
	ret->displ_asp_ratio_denom = native.height / divisor;
	ret->frame_rate_numer = rate.numer;
	ret->frame_rate_denom = rate.denom;
}

static struct pv_picture asked_picture(const struct xencamera_req *request)
{
	return (struct pv_picture){
		.fourcc = request->req.config.pixel_format,
		.width = request->req.config.width,
		.height = request->req.config.height,
	};
}

static int config_get(struct vcam_stream *stream, const struct xencamera_req *request,
	struct xencamera_resp *response)
{
	(void)request;
	fill_config(stream, stream->mode->picture, stream->rate, &response->resp.config);
	return 0;
}

static int config_set(struct vcam_stream *stream, const struct xencamera_req *request,
	struct xencamera_resp *response)
{
	int error = vcam_stream_configure(stream, asked_picture(request));

	return error ? error : config_get(stream, request, response);
}

static int config_validate(struct vcam_stream *stream, const struct xencamera_req *request,
	struct xencamera_resp *response)
{
	const struct vcam_offer_mode *mode =
		vcam_offer_find(&stream->offer, asked_picture(request));

	if (!mode)
		return -EINVAL;
	fill_config(stream, mode->picture, mode->rates[0], &response->resp.config);
	return 0;
}

static int frame_rate_set(struct vcam_stream *stream, const struct xencamera_req *request,
	struct xencamera_resp *response)
{
	(void)response;
	return vcam_stream_set_rate(stream, (struct pv_fraction){
						    request->req.frame_rate.frame_rate_numer,
						    request->req.frame_rate.frame_rate_denom,
					    });
}

static int buf_get_layout(struct vcam_stream *stream, const struct xencamera_req *request,
	struct xencamera_resp *response)
{
	struct xencamera_buf_get_layout_resp *layout = &response->resp.buf_layout;

	(void)request;
	/* One piece of memory for all colour planes, as V4L2's single-planar formats are. */
	layout->num_planes = 1;
	layout->size = (uint32_t)stream->layout.size_bytes;
	layout->plane_size[0] = layout->size;
	layout->plane_stride[0] = stream->layout.stride_bytes[0];
	return 0;
}

static int buf_request(struct vcam_stream *stream, const struct xencamera_req *request,
	struct xencamera_resp *response)
{
	uint32_t count = request->req.buf_request.num_bufs;
	int error;

	if (stream->streaming)
		return -EBUSY;
	if (count > stream->offer.max_buffers)
		count = stream->offer.max_buffers;
	error = vcam_buffers_request(&stream->buffers, count, stream->layout.size_bytes);
	response->resp.buf_request.num_bufs = (uint8_t)stream->buffers.count;
	return error;
}

static int buf_create(struct vcam_stream *stream, const struct xencamera_req *request,
	struct xencamera_resp *response)
{
	(void)response;
	if (stream->be_alloc)
		return -EOPNOTSUPP;
	if (request->req.buf_create.plane_offset[0] != 0)
		return -EINVAL;
	return vcam_buffers_create(&stream->buffers, request->req.buf_create.index,
		request->req.buf_create.gref_directory);
}

static int buf_destroy(struct vcam_stream *stream, const struct xencamera_req *request,
	struct xencamera_resp *response)
{
	(void)response;
	return vcam_buffers_destroy(&stream->buffers, request->req.index.index);
}

static int buf_queue(struct vcam_stream *stream, const struct xencamera_req *request,
	struct xencamera_resp *response)
{
	(void)response;
	return vcam_buffers_queue(&stream->buffers, request->req.index.index);
}

static int buf_dequeue(struct vcam_stream *stream, const struct xencamera_req *request,
	struct xencamera_resp *response)
{
	(void)response;
	return vcam_buffers_dequeue(&stream->buffers, request->req.index.index);
}

static bool may_use_control(const struct vcam_stream *stream, uint8_t type)
{
	return stream->offer.controls != VCAM_CONTROLS_NONE && type < XENCAMERA_MAX_CTRL &&
	       (stream->offer.control_mask & (1u << type));
}

static int ctrl_enum(struct vcam_stream *stream, const struct xencamera_req *request,
	struct xencamera_resp *response)
{
	struct xencamera_ctrl_enum_resp *answer = &response->resp.ctrl_enum;
	struct vcam_control control;
	unsigned wanted = request->req.index.index;

	/* The guest counts only those it may use. Frontends stop at exactly -XEN_EINVAL. */
	for (unsigned i = 0; vcam_source_control(stream->source, i, &control) == 0; i++) {
		if (!may_use_control(stream, control.type) || wanted-- > 0)
			continue;
		answer->index = request->req.index.index;
		answer->type = control.type;
		if (stream->offer.controls == VCAM_CONTROLS_READ)
			answer->flags = XENCAMERA_CTRL_FLG_RO;
		answer->min = control.min;
		answer->max = control.max;
		answer->step = control.step;
		answer->def_val = control.def;
		return 0;
	}
	return -EINVAL;
}

static int ctrl_get(struct vcam_stream *stream, const struct xencamera_req *request,
	struct xencamera_resp *response)
{
	uint8_t type = request->req.get_ctrl.type;
	int64_t value;
	int error;

	if (!may_use_control(stream, type))
		return -EINVAL;
	error = vcam_source_get_control(stream->source, type, &value);
	if (error)
		return error;
	response->resp.ctrl_value.type = type;
	response->resp.ctrl_value.value = value;
	return 0;
}

static int ctrl_set(struct vcam_stream *stream, const struct xencamera_req *request,
	struct xencamera_resp *response)
{
	uint8_t type = request->req.ctrl_value.type;

	(void)response;
	if (!may_use_control(stream, type))
		return -EINVAL;
	if (stream->offer.controls != VCAM_CONTROLS_WRITE)
		return -EACCES;
	return vcam_source_set_control(
		stream->source, type, request->req.ctrl_value.value, stream->tap);
}

static int stream_start(struct vcam_stream *stream, const struct xencamera_req *request,
	struct xencamera_resp *response)
{
	(void)request;
	(void)response;
	return vcam_stream_start(stream);
}

static int stream_stop(struct vcam_stream *stream, const struct xencamera_req *request,
	struct xencamera_resp *response)
{
	(void)request;
	(void)response;
	return vcam_stream_stop(stream);
}

static op *const ops[] = {
	[XENCAMERA_OP_CONFIG_SET] = config_set,
	[XENCAMERA_OP_CONFIG_GET] = config_get,
	[XENCAMERA_OP_CONFIG_VALIDATE] = config_validate,
	[XENCAMERA_OP_FRAME_RATE_SET] = frame_rate_set,
	[XENCAMERA_OP_BUF_GET_LAYOUT] = buf_get_layout,
	[XENCAMERA_OP_BUF_REQUEST] = buf_request,
	[XENCAMERA_OP_BUF_CREATE] = buf_create,
	[XENCAMERA_OP_BUF_DESTROY] = buf_destroy,
	[XENCAMERA_OP_BUF_QUEUE] = buf_queue,
	[XENCAMERA_OP_BUF_DEQUEUE] = buf_dequeue,
	[XENCAMERA_OP_CTRL_ENUM] = ctrl_enum,
	[XENCAMERA_OP_CTRL_SET] = ctrl_set,
	[XENCAMERA_OP_CTRL_GET] = ctrl_get,
	[XENCAMERA_OP_STREAM_START] = stream_start,
	[XENCAMERA_OP_STREAM_STOP] = stream_stop,
};

void vcam_ops_answer(struct vcam_stream *stream, const struct xencamera_req *request,
	struct xencamera_resp *ret_response)
{
	int error = -EOPNOTSUPP;

	memset(ret_response, 0, sizeof(*ret_response));
	ret_response->id = request->id;
	ret_response->operation = request->operation;
	if (request->operation < sizeof(ops) / sizeof(ops[0]))
		error = ops[request->operation](stream, request, ret_response);
	ret_response->status = vb_wire_status(error);
}

/* ---- what a session calls ---- */

static void answer(void *ctx, const void *request, void *ret_response)
{
	struct vcam_stream *stream = ctx;

	vcam_ops_answer(stream, request, ret_response);
	vcam_stream_note(stream);
}

/* Changes wait for room, where they become one: another guest may make them without end. */
static void tell_controls(struct vcam_stream *stream)
{
	struct xencamera_evt event = {.type = XENCAMERA_EVT_CTRL_CHANGE};

	while (xb_link_event_room(stream->link) > ROOM_FOR_FRAMES &&
		vcam_tap_control_changed(
			stream->tap, &event.evt.ctrl_value.type, &event.evt.ctrl_value.value) == 0)
		if (stream->offer.controls != VCAM_CONTROLS_NONE &&
			(stream->offer.control_mask & (1u << event.evt.ctrl_value.type)))
			xb_link_event(stream->link, &event);
}

static void pump(void *ctx)
{
	vcam_stream_pump(ctx);
	tell_controls(ctx);
}

static void finish(void *ctx)
{
	vcam_stream_finish(ctx);
}

static void stream_free(void *ctx)
{
	vcam_stream_free(ctx);
}

const struct vb_session_ops vcam_ops_session = {
	.answer = answer,
	.pump = pump,
	.finish = finish,
	.free = stream_free,
};
