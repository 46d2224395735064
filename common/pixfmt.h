/* SPDX-License-Identifier: MIT */
/*
 * The pixel formats pvmedia moves, by V4L2 FOURCC, in V4L2's single-planar layout: all planes in
 * one buffer without gaps, chroma strides derived from the first plane's. No state, any thread.
 */
#ifndef PV_COMMON_PIXFMT_H
#define PV_COMMON_PIXFMT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PV_FOURCC(a, b, c, d)                                                                      \
	((uint32_t)(a) | (uint32_t)(b) << 8 | (uint32_t)(c) << 16 | (uint32_t)(d) << 24)

#define PV_FOURCC_YUYV PV_FOURCC('Y', 'U', 'Y', 'V')
#define PV_FOURCC_UYVY PV_FOURCC('U', 'Y', 'V', 'Y')
#define PV_FOURCC_NV12 PV_FOURCC('N', 'V', '1', '2')
#define PV_FOURCC_YU12 PV_FOURCC('Y', 'U', '1', '2')
#define PV_FOURCC_422P PV_FOURCC('4', '2', '2', 'P') /* what a 4:2:2 Y4M holds; not for guests */
#define PV_FOURCC_RGB3 PV_FOURCC('R', 'G', 'B', '3') /* bytes R,G,B; libyuv calls it RAW */
#define PV_FOURCC_GREY PV_FOURCC('G', 'R', 'E', 'Y')

#define PV_WIDTH_MAX 8192u
#define PV_HEIGHT_MAX 8192u

struct pv_pixfmt {
	uint32_t fourcc;
	char name[5];
	bool for_guests;        /* may be offered on the wire */
	uint8_t width_multiple; /* chroma subsampling: sizes must be multiples of these */
	uint8_t height_multiple;
};

/* The table, in order of preference (YUYV first); ends at fourcc 0. */
extern const struct pv_pixfmt pv_pixfmts[];

/* NULL when unknown. */
const struct pv_pixfmt *pv_pixfmt_find(uint32_t fourcc);
const struct pv_pixfmt *pv_pixfmt_find_name(const char *name);

/* Where the planes of one frame lie. Unused planes are 0. */
struct pv_layout {
	unsigned num_planes; /* 1..3 */
	size_t size_bytes;   /* of the whole frame */
	size_t offset_bytes[3];
	uint32_t stride_bytes[3];
};

/* -EINVAL: unknown format, a size of 0, over PV_*_MAX, or not a multiple as the format needs. */
int pv_pixfmt_layout(uint32_t fourcc, uint32_t width, uint32_t height, struct pv_layout *ret);

#endif
