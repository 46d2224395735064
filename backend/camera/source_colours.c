/* SPDX-License-Identifier: MIT */
#include "backend/camera/source.h"

#include "common/pixfmt.h"

struct vcam_colours vcam_colours_usual(uint32_t fourcc)
{
	if (fourcc == PV_FOURCC_RGB3)
		return (struct vcam_colours){XENCAMERA_COLORSPACE_SRGB, XENCAMERA_XFER_FUNC_SRGB,
			XENCAMERA_YCBCR_ENC_IGNORE, XENCAMERA_QUANTIZATION_FULL_RANGE};
	return (struct vcam_colours){XENCAMERA_COLORSPACE_SMPTE170M, XENCAMERA_XFER_FUNC_709,
		XENCAMERA_YCBCR_ENC_601, XENCAMERA_QUANTIZATION_LIM_RANGE};
}
