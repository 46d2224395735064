/* SPDX-License-Identifier: MIT */
/* Reading, choosing and checking settings; the layout of frames. */
#include "frontend/camera/internal.h"

#include <errno.h>
#include <string.h>

PVCAM_API int pvcam_enum_settings(struct pvcam *camera, unsigned index, struct pvcam_settings *ret)
{
	if (index >= camera->offer.num_settings)
		return -EINVAL;
	*ret = camera->offer.settings[index];
	return 0;
}

PVCAM_API int pvcam_get_settings(struct pvcam *camera, struct pvcam_settings *ret)
{
	*ret = camera->settings;
	return 0;
}

PVCAM_API int pvcam_get_layout(struct pvcam *camera, struct pvcam_layout *ret)
{
	*ret = camera->layout;
	return 0;
}

PVCAM_API int pvcam_get_colorimetry(struct pvcam *camera, struct pvcam_colorimetry *ret)
{
	*ret = camera->colorimetry;
	return 0;
}

/* The backend may answer with other settings than it was asked for: that is a no. */
static int call_config(struct pvcam *camera, uint8_t operation,
	const struct pvcam_settings *settings, struct pvcam_colorimetry *ret)
{
	struct xencamera_req request = {
		.operation = operation,
		.req.config.pixel_format = settings->fourcc,
		.req.config.width = settings->width,
		.req.config.height = settings->height,
	};
	struct xencamera_resp response;
	const struct xencamera_config_resp *config = &response.resp.config;
	int r;

	r = pvcam_wire_call(camera, &request, &response);
	if (r < 0)
		return r;
	if (config->pixel_format != settings->fourcc || config->width != settings->width ||
		config->height != settings->height)
		return -EINVAL;
	*ret = (struct pvcam_colorimetry){
		.colorspace = config->colorspace,
		.xfer_func = config->xfer_func,
		.ycbcr_enc = config->ycbcr_enc,
		.quantization = config->quantization,
	};
	return 0;
}

static int call_frame_rate(struct pvcam *camera, const struct pvcam_settings *settings)
{
	struct xencamera_req request = {
		.operation = XENCAMERA_OP_FRAME_RATE_SET,
		.req.frame_rate.frame_rate_numer = settings->rate_numer,
		.req.frame_rate.frame_rate_denom = settings->rate_denom,
	};

	return pvcam_wire_call(camera, &request, NULL);
}

PVCAM_API int pvcam_set_settings(struct pvcam *camera, const struct pvcam_settings *settings)
{
	struct pvcam_colorimetry colorimetry;
	int r;

	if (camera->streaming)
		return -EBUSY;
	if (!pvcam_offer_has(&camera->offer, settings))
		return -EINVAL;
	r = call_config(camera, XENCAMERA_OP_CONFIG_SET, settings, &colorimetry);
	if (r == 0)
		r = call_frame_rate(camera, settings);
	if (r < 0)
		return r;
	camera->settings = *settings;
	camera->colorimetry = colorimetry;
	return pvcam_layout_fetch(camera);
}

PVCAM_API int pvcam_try_settings(struct pvcam *camera, const struct pvcam_settings *settings)
{
	struct pvcam_colorimetry colorimetry;

	if (!pvcam_offer_has(&camera->offer, settings))
		return -EINVAL;
	return call_config(camera, XENCAMERA_OP_CONFIG_VALIDATE, settings, &colorimetry);
}

int pvcam_settings_init(struct pvcam *camera)
{
	struct xencamera_req request = {.operation = XENCAMERA_OP_CONFIG_GET};
	struct xencamera_resp response;
	const struct xencamera_config_resp *config = &response.resp.config;
	struct pvcam_settings settings;
	int r;

	r = pvcam_wire_call(camera, &request, &response);
	if (r < 0)
		return r;
	settings = (struct pvcam_settings){
		.fourcc = config->pixel_format,
		.width = config->width,
		.height = config->height,
		.rate_numer = config->frame_rate_numer,
		.rate_denom = config->frame_rate_denom,
	};
	if (!pvcam_offer_has(&camera->offer, &settings))
		return pvcam_set_settings(camera, &camera->offer.settings[0]);
	camera->settings = settings;
	camera->colorimetry = (struct pvcam_colorimetry){
		.colorspace = config->colorspace,
		.xfer_func = config->xfer_func,
		.ycbcr_enc = config->ycbcr_enc,
		.quantization = config->quantization,
	};
	return pvcam_layout_fetch(camera);
}

int pvcam_layout_check(const struct pvcam_settings *settings,
	const struct xencamera_buf_get_layout_resp *wire, struct pvcam_layout *ret)
{
	uint64_t stride_bytes = wire->plane_stride[0], end_bytes = 0;
	struct pvcam_layout layout = {.size_bytes = wire->size};
	struct pv_layout tight;

	if (pv_pixfmt_layout(settings->fourcc, settings->width, settings->height, &tight) < 0)
		return -EINVAL;
	/* Chroma strides follow from the first plane's, so it must divide as that does. */
	if (wire->num_planes != 1 || wire->size > PVCAM_FRAME_BYTES_MAX ||
		stride_bytes < tight.stride_bytes[0] || (tight.num_planes > 1 && stride_bytes % 2))
		return -EPROTO;
	layout.num_planes = tight.num_planes;
	for (unsigned i = 0; i < tight.num_planes; i++) {
		uint64_t plane_end =
			i + 1 < tight.num_planes ? tight.offset_bytes[i + 1] : tight.size_bytes;
		uint64_t lines = (plane_end - tight.offset_bytes[i]) / tight.stride_bytes[i];

		layout.stride_bytes[i] =
			(uint32_t)(stride_bytes * tight.stride_bytes[i] / tight.stride_bytes[0]);
		layout.offset_bytes[i] = end_bytes;
		end_bytes += layout.stride_bytes[i] * lines;
	}
	if (end_bytes > wire->size)
		return -EPROTO;
	*ret = layout;
	return 0;
}

int pvcam_layout_fetch(struct pvcam *camera)
{
	struct xencamera_req request = {.operation = XENCAMERA_OP_BUF_GET_LAYOUT};
	struct xencamera_resp response;
	int r;

	r = pvcam_wire_call(camera, &request, &response);
	if (r < 0)
		return r;
	r = pvcam_layout_check(&camera->settings, &response.resp.buf_layout, &camera->layout);
	return r < 0 ? pvcam_wire_die(camera, r) : 0;
}
