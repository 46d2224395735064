/* SPDX-License-Identifier: MIT */
#include "common/convert_steps.h"

#include <libyuv.h>
#include <stddef.h>

#include "common/pixfmt.h"

#define NEUTRAL 128 /* chroma without colour */

/*
 * libyuv's functions are alike but for the number of planes: pointer and stride of each plane in,
 * the same of each plane out, width, height. N_M takes N planes in and M out.
 */
#define IN const uint8_t *, int
#define OUT uint8_t *, int
typedef int plane_1_1(IN, OUT, int, int);
typedef int plane_1_2(IN, OUT, OUT, int, int);
typedef int plane_1_3(IN, OUT, OUT, OUT, int, int);
typedef int plane_2_1(IN, IN, OUT, int, int);
typedef int plane_2_3(IN, IN, OUT, OUT, OUT, int, int);
typedef int plane_3_1(IN, IN, IN, OUT, int, int);
typedef int plane_3_2(IN, IN, IN, OUT, OUT, int, int);
#undef IN
#undef OUT

struct pv_convert_step {
	uint32_t from;
	uint32_t to;
	enum {
		OWN,
		PLANE_1_1,
		PLANE_1_2,
		PLANE_1_3,
		PLANE_2_1,
		PLANE_2_3,
		PLANE_3_1,
		PLANE_3_2
	} kind;
	union {
		void (*own)(
			const struct pv_view *f, const struct pv_view *t, int width, int height);
		plane_1_1 *p11;
		plane_1_2 *p12;
		plane_1_3 *p13;
		plane_2_1 *p21;
		plane_2_3 *p23;
		plane_3_1 *p31;
		plane_3_2 *p32;
	} call;
};

/* YU12, NV12 or 422P to GREY. */
static void take_luma(const struct pv_view *f, const struct pv_view *t, int width, int height)
{
	CopyPlane(f->at[0], f->stride[0], t->at[0], t->stride[0], width, height);
}

static void grey_to_yuv422p(const struct pv_view *f, const struct pv_view *t, int width, int height)
{
	take_luma(f, t, width, height);
	SetPlane(t->at[1], t->stride[1], (width + 1) / 2, height, NEUTRAL);
	SetPlane(t->at[2], t->stride[2], (width + 1) / 2, height, NEUTRAL);
}

/* Chroma rows are doubled, as in I420ToYUY2; I420ToI422 would interpolate. */
static void yu12_to_yuv422p(const struct pv_view *f, const struct pv_view *t, int width, int height)
{
	int i;

	take_luma(f, t, width, height);
	for (i = 1; i < 3; i++) {
		CopyPlane(f->at[i], f->stride[i], t->at[i], 2 * t->stride[i], (width + 1) / 2,
			(height + 1) / 2);
		CopyPlane(f->at[i], f->stride[i], t->at[i] + t->stride[i], 2 * t->stride[i],
			(width + 1) / 2, height / 2);
	}
}

/* The mean of two chroma rows, as in YUY2ToI420; I422ToI420 takes one of them in narrow pictures.
 */
static void yuv422p_to_yu12(const struct pv_view *f, const struct pv_view *t, int width, int height)
{
	ptrdiff_t last = height - 1;
	int i;

	take_luma(f, t, width, height);
	for (i = 1; i < 3; i++) {
		InterpolatePlane(f->at[i], 2 * f->stride[i], f->at[i] + f->stride[i],
			2 * f->stride[i], t->at[i], t->stride[i], (width + 1) / 2, height / 2, 128);
		if (height % 2)
			CopyPlane(f->at[i] + last * f->stride[i], 0,
				t->at[i] + last / 2 * t->stride[i], 0, (width + 1) / 2, 1);
	}
}

/* libyuv reaches these from RAW over ARGB only: row by row, that ARGB stays in the cache. */
static void rgb3_to_yuv422p(const struct pv_view *f, const struct pv_view *t, int width, int height)
{
	uint8_t argb[PV_WIDTH_MAX * 4];
	ptrdiff_t y;

	for (y = 0; y < height; y++) {
		RAWToARGB(f->at[0] + y * f->stride[0], 0, argb, 0, width, 1);
		ARGBToI422(argb, 0, t->at[0] + y * t->stride[0], 0, t->at[1] + y * t->stride[1], 0,
			t->at[2] + y * t->stride[2], 0, width, 1);
	}
}

static void rgb3_to_grey(const struct pv_view *f, const struct pv_view *t, int width, int height)
{
	uint8_t argb[PV_WIDTH_MAX * 4];
	ptrdiff_t y;

	for (y = 0; y < height; y++) {
		RAWToARGB(f->at[0] + y * f->stride[0], 0, argb, 0, width, 1);
		ARGBToI400(argb, 0, t->at[0] + y * t->stride[0], 0, width, 1);
	}
}

static void rgb3_to_rgbp(const struct pv_view *f, const struct pv_view *t, int width, int height)
{
	SplitRGBPlane(f->at[0], f->stride[0], t->at[0], t->stride[0], t->at[1], t->stride[1],
		t->at[2], t->stride[2], width, height);
}

static void rgbp_to_rgb3(const struct pv_view *f, const struct pv_view *t, int width, int height)
{
	MergeRGBPlane(f->at[0], f->stride[0], f->at[1], f->stride[1], f->at[2], f->stride[2],
		t->at[0], t->stride[0], width, height);
}

/*
 * Complete for convert.c's choice of a middle: every format to GREY; every one to and from YU12;
 * all but the 4:2:0 ones to and from 422P. The rest are short cuts.
 */
static const struct pv_convert_step steps[] = {
	{PV_FOURCC_YUYV, PV_FOURCC_GREY, PLANE_1_1, {.p11 = YUY2ToY}},
	{PV_FOURCC_UYVY, PV_FOURCC_GREY, PLANE_1_1, {.p11 = UYVYToY}},
	{PV_FOURCC_NV12, PV_FOURCC_GREY, OWN, {.own = take_luma}},
	{PV_FOURCC_YU12, PV_FOURCC_GREY, OWN, {.own = take_luma}},
	{PV_FOURCC_422P, PV_FOURCC_GREY, OWN, {.own = take_luma}},
	{PV_FOURCC_RGB3, PV_FOURCC_GREY, OWN, {.own = rgb3_to_grey}},

	{PV_FOURCC_YUYV, PV_FOURCC_YU12, PLANE_1_3, {.p13 = YUY2ToI420}},
	{PV_FOURCC_UYVY, PV_FOURCC_YU12, PLANE_1_3, {.p13 = UYVYToI420}},
	{PV_FOURCC_NV12, PV_FOURCC_YU12, PLANE_2_3, {.p23 = NV12ToI420}},
	{PV_FOURCC_422P, PV_FOURCC_YU12, OWN, {.own = yuv422p_to_yu12}},
	{PV_FOURCC_RGB3, PV_FOURCC_YU12, PLANE_1_3, {.p13 = RAWToI420}},
	{PV_FOURCC_GREY, PV_FOURCC_YU12, PLANE_1_3, {.p13 = I400ToI420}},

	{PV_FOURCC_YU12, PV_FOURCC_YUYV, PLANE_3_1, {.p31 = I420ToYUY2}},
	{PV_FOURCC_YU12, PV_FOURCC_UYVY, PLANE_3_1, {.p31 = I420ToUYVY}},
	{PV_FOURCC_YU12, PV_FOURCC_NV12, PLANE_3_2, {.p32 = I420ToNV12}},
	{PV_FOURCC_YU12, PV_FOURCC_422P, OWN, {.own = yu12_to_yuv422p}},
	{PV_FOURCC_YU12, PV_FOURCC_RGB3, PLANE_3_1, {.p31 = I420ToRAW}},

	{PV_FOURCC_YUYV, PV_FOURCC_422P, PLANE_1_3, {.p13 = YUY2ToI422}},
	{PV_FOURCC_UYVY, PV_FOURCC_422P, PLANE_1_3, {.p13 = UYVYToI422}},
	{PV_FOURCC_RGB3, PV_FOURCC_422P, OWN, {.own = rgb3_to_yuv422p}},
	{PV_FOURCC_GREY, PV_FOURCC_422P, OWN, {.own = grey_to_yuv422p}},

	{PV_FOURCC_422P, PV_FOURCC_YUYV, PLANE_3_1, {.p31 = I422ToYUY2}},
	{PV_FOURCC_422P, PV_FOURCC_UYVY, PLANE_3_1, {.p31 = I422ToUYVY}},
	{PV_FOURCC_422P, PV_FOURCC_RGB3, PLANE_3_1, {.p31 = I422ToRAW}},

	{PV_FOURCC_RGB3, PV_FOURCC_RGBP, OWN, {.own = rgb3_to_rgbp}},
	{PV_FOURCC_RGBP, PV_FOURCC_RGB3, OWN, {.own = rgbp_to_rgb3}},

	/* No YUY2ToNV12: with AVX2 it does not average the last columns of many widths. */
	{PV_FOURCC_UYVY, PV_FOURCC_NV12, PLANE_1_2, {.p12 = UYVYToNV12}},
	{PV_FOURCC_NV12, PV_FOURCC_RGB3, PLANE_2_1, {.p21 = NV12ToRAW}},
};

const struct pv_convert_step *pv_convert_step_find(uint32_t from, uint32_t to)
{
	size_t i;

	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		if (steps[i].from == from && steps[i].to == to)
			return &steps[i];
	return NULL;
}

void pv_convert_step_run(const struct pv_convert_step *step, const struct pv_view *from,
	const struct pv_view *to, int width, int height)
{
#define IN(i) from->at[i], from->stride[i]
#define OUT(i) to->at[i], to->stride[i]
	switch (step->kind) {
	case OWN:
		step->call.own(from, to, width, height);
		break;
	case PLANE_1_1:
		step->call.p11(IN(0), OUT(0), width, height);
		break;
	case PLANE_1_2:
		step->call.p12(IN(0), OUT(0), OUT(1), width, height);
		break;
	case PLANE_1_3:
		step->call.p13(IN(0), OUT(0), OUT(1), OUT(2), width, height);
		break;
	case PLANE_2_1:
		step->call.p21(IN(0), IN(1), OUT(0), width, height);
		break;
	case PLANE_2_3:
		step->call.p23(IN(0), IN(1), OUT(0), OUT(1), OUT(2), width, height);
		break;
	case PLANE_3_1:
		step->call.p31(IN(0), IN(1), IN(2), OUT(0), width, height);
		break;
	case PLANE_3_2:
		step->call.p32(IN(0), IN(1), IN(2), OUT(0), OUT(1), width, height);
		break;
	}
#undef IN
#undef OUT
}
