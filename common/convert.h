/* SPDX-License-Identifier: MIT */
/*
 * Pixel format conversion and scaling of whole frames by libyuv. An object per pair of formats and
 * sizes, with its own scratch memory: one thread at a time per object.
 */
#ifndef PV_COMMON_CONVERT_H
#define PV_COMMON_CONVERT_H

#include <stdint.h>

struct pv_converter;

struct pv_picture {
	uint32_t fourcc;
	uint32_t width;
	uint32_t height;
};

/*
 * Any format of pixfmt.h to any other, any size to any other. Same format and size is a plain
 * copy; YUYV, UYVY and 422P of one size are one another's shuffles, so are YU12 and NV12: nothing
 * is lost. 4:2:0 chroma is the mean of two rows, and doubled on the way back. GREY in gives
 * neutral chroma. BT.601 limited range, as libyuv's I420/ARGB (within 2 of 255 of the formula).
 * Scaling is libyuv's box filter (interpolation upwards) on planes: of YUV, or R, G, B from RGB3 to
 * RGB3; it rounds down, so that a plain colour may come out lower by one.
 * Caller frees with pv_converter_destroy. -EINVAL (see pv_pixfmt_layout), -ENOMEM.
 */
int pv_converter_create(struct pv_picture from, struct pv_picture to, struct pv_converter **ret);
void pv_converter_destroy(struct pv_converter *converter);

/*
 * Converts one frame. from and to are whole frames as pv_pixfmt_layout describes them and must
 * not overlap. Cannot fail. `to` is only written, never read back.
 */
void pv_converter_run(struct pv_converter *converter, const void *from, void *to);

#endif
