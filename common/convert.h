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
 * Any format of pixfmt.h to any other, any size to any other (box filter). Same format and size
 * is a plain copy; YU12/422P/YUYV/UYVY of one size among those with the same chroma sampling
 * lose nothing. GREY in gives neutral chroma. BT.601 limited range, as libyuv's I420/ARGB.
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
