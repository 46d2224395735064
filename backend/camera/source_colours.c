/* SPDX-License-Identifier: MIT */
#include <linux/videodev2.h>

#include "backend/camera/source.h"
#include "backend/camera/source_v4l2.h"
#include "common/pixfmt.h"

struct vcam_colours vcam_colours_usual(uint32_t fourcc)
{
	if (fourcc == PV_FOURCC_RGB3)
		return (struct vcam_colours){XENCAMERA_COLORSPACE_SRGB, XENCAMERA_XFER_FUNC_SRGB,
			XENCAMERA_YCBCR_ENC_IGNORE, XENCAMERA_QUANTIZATION_FULL_RANGE};
	return (struct vcam_colours){XENCAMERA_COLORSPACE_SMPTE170M, XENCAMERA_XFER_FUNC_709,
		XENCAMERA_YCBCR_ENC_601, XENCAMERA_QUANTIZATION_LIM_RANGE};
}

/* Their names are cameraif's; where cameraif has no word for one, the nearest is told. */
static const uint32_t colorspaces[] = {
	[V4L2_COLORSPACE_SMPTE170M] = XENCAMERA_COLORSPACE_SMPTE170M,
	[V4L2_COLORSPACE_SMPTE240M] = XENCAMERA_COLORSPACE_SMPTE170M, /* the same primaries */
	[V4L2_COLORSPACE_REC709] = XENCAMERA_COLORSPACE_REC709,
	[V4L2_COLORSPACE_470_SYSTEM_M] = XENCAMERA_COLORSPACE_SMPTE170M,
	[V4L2_COLORSPACE_470_SYSTEM_BG] = XENCAMERA_COLORSPACE_SMPTE170M,
	[V4L2_COLORSPACE_JPEG] = XENCAMERA_COLORSPACE_SRGB, /* by its definition */
	[V4L2_COLORSPACE_SRGB] = XENCAMERA_COLORSPACE_SRGB,
	[V4L2_COLORSPACE_OPRGB] = XENCAMERA_COLORSPACE_OPRGB,
	[V4L2_COLORSPACE_BT2020] = XENCAMERA_COLORSPACE_BT2020,
	[V4L2_COLORSPACE_DCI_P3] = XENCAMERA_COLORSPACE_DCI_P3,
};

static const uint32_t xfer_funcs[] = {
	[V4L2_XFER_FUNC_709] = XENCAMERA_XFER_FUNC_709,
	[V4L2_XFER_FUNC_SRGB] = XENCAMERA_XFER_FUNC_SRGB,
	[V4L2_XFER_FUNC_OPRGB] = XENCAMERA_XFER_FUNC_OPRGB,
	[V4L2_XFER_FUNC_SMPTE240M] = XENCAMERA_XFER_FUNC_709, /* nearly the same curve */
	[V4L2_XFER_FUNC_NONE] = XENCAMERA_XFER_FUNC_NONE,
	[V4L2_XFER_FUNC_DCI_P3] = XENCAMERA_XFER_FUNC_DCI_P3,
	[V4L2_XFER_FUNC_SMPTE2084] = XENCAMERA_XFER_FUNC_SMPTE2084,
};

static const uint32_t ycbcr_encs[] = {
	[V4L2_YCBCR_ENC_601] = XENCAMERA_YCBCR_ENC_601,
	[V4L2_YCBCR_ENC_709] = XENCAMERA_YCBCR_ENC_709,
	[V4L2_YCBCR_ENC_XV601] = XENCAMERA_YCBCR_ENC_XV601,
	[V4L2_YCBCR_ENC_XV709] = XENCAMERA_YCBCR_ENC_XV709,
	[V4L2_YCBCR_ENC_BT2020] = XENCAMERA_YCBCR_ENC_BT2020,
	[V4L2_YCBCR_ENC_BT2020_CONST_LUM] = XENCAMERA_YCBCR_ENC_BT2020_CONST_LUM,
	[V4L2_YCBCR_ENC_SMPTE240M] = XENCAMERA_YCBCR_ENC_709, /* nearly the same matrix */
};

#define MAPPED(table, value) ((value) < sizeof(table) / sizeof((table)[0]) ? (table)[value] : 0)

struct vcam_colours vcam_colours_from_v4l2(uint32_t fourcc, uint32_t colorspace, uint32_t xfer_func,
	uint32_t ycbcr_enc, uint32_t quantization)
{
	bool rgb = fourcc == PV_FOURCC_RGB3;

	if (colorspace == V4L2_COLORSPACE_DEFAULT || MAPPED(colorspaces, colorspace) == 0)
		return vcam_colours_usual(fourcc);
	if (xfer_func == V4L2_XFER_FUNC_DEFAULT)
		xfer_func = V4L2_MAP_XFER_FUNC_DEFAULT(colorspace);
	if (ycbcr_enc == V4L2_YCBCR_ENC_DEFAULT)
		ycbcr_enc = V4L2_MAP_YCBCR_ENC_DEFAULT(colorspace);
	if (quantization == V4L2_QUANTIZATION_DEFAULT)
		quantization = V4L2_MAP_QUANTIZATION_DEFAULT(rgb, colorspace, ycbcr_enc);
	return (struct vcam_colours){
		.colorspace = MAPPED(colorspaces, colorspace),
		.xfer_func = MAPPED(xfer_funcs, xfer_func),
		.ycbcr_enc = rgb ? XENCAMERA_YCBCR_ENC_IGNORE : MAPPED(ycbcr_encs, ycbcr_enc),
		.quantization = quantization == V4L2_QUANTIZATION_FULL_RANGE
					? XENCAMERA_QUANTIZATION_FULL_RANGE
					: XENCAMERA_QUANTIZATION_LIM_RANGE,
	};
}
