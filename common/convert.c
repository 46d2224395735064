/* SPDX-License-Identifier: MIT */
#include "common/convert.h"

#include <errno.h>
#include <libyuv.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/convert_steps.h"
#include "common/pixfmt.h"

#define MAX_STAGES 3 /* to the middle format, scaling, to the last format */

/* Writes its result into scratch memory, but the last stage, which writes the caller's frame. */
struct stage {
	const struct pv_convert_step *step; /* NULL: scales */
	struct pv_picture in;
	struct pv_picture out;
	struct pv_view scratch;
};

struct pv_converter {
	struct pv_layout from;
	struct pv_layout to;
	unsigned num_stages; /* 0: a plain copy */
	struct stage stage[MAX_STAGES];
};

static bool is_420(uint32_t fourcc)
{
	return fourcc == PV_FOURCC_YU12 || fourcc == PV_FOURCC_NV12;
}

/* The planar format to scale or to change over in: the poorest that loses nothing of the result. */
static uint32_t pick_middle(uint32_t from, uint32_t to)
{
	if (from == PV_FOURCC_RGB3 && to == PV_FOURCC_RGB3)
		return PV_FOURCC_RGBP;
	if (to == PV_FOURCC_GREY)
		return PV_FOURCC_GREY;
	return is_420(from) || is_420(to) ? PV_FOURCC_YU12 : PV_FOURCC_422P;
}

/* Size of a middle format's plane. RGBP has no subsampling, nor has the first plane of any. */
static void measure_plane(
	const struct pv_picture *picture, int plane, int *ret_width, int *ret_height)
{
	bool chroma = plane > 0 && picture->fourcc != PV_FOURCC_RGBP;

	*ret_width = (int)(chroma ? (picture->width + 1) / 2 : picture->width);
	*ret_height = (int)(chroma && is_420(picture->fourcc) ? (picture->height + 1) / 2
							      : picture->height);
}

static int count_planes(uint32_t middle)
{
	return middle == PV_FOURCC_GREY ? 1 : 3;
}

static int alloc_scratch(struct stage *stage)
{
	size_t offset[3] = {0}, size = 0;
	int planes = count_planes(stage->out.fourcc);
	int width, height, i;

	for (i = 0; i < planes; i++) {
		measure_plane(&stage->out, i, &width, &height);
		stage->scratch.stride[i] = (width + 63) & ~63;
		offset[i] = size;
		size += (size_t)stage->scratch.stride[i] * (size_t)height;
	}
	stage->scratch.at[0] = aligned_alloc(64, size);
	if (!stage->scratch.at[0])
		return -ENOMEM;
	for (i = 1; i < planes; i++)
		stage->scratch.at[i] = stage->scratch.at[0] + offset[i];
	return 0;
}

static void add_stage(struct pv_converter *converter, const struct pv_convert_step *step,
	struct pv_picture in, struct pv_picture out)
{
	converter->stage[converter->num_stages++] =
		(struct stage){.step = step, .in = in, .out = out};
}

static void plan_stages(
	struct pv_converter *converter, struct pv_picture from, struct pv_picture to)
{
	bool scaled = from.width != to.width || from.height != to.height;
	const struct pv_convert_step *direct = pv_convert_step_find(from.fourcc, to.fourcc);
	struct pv_picture early = from, late = to;

	if (!scaled && from.fourcc == to.fourcc)
		return;
	if (scaled && from.fourcc == PV_FOURCC_GREY) {
		/* Neutral chroma comes after: the box filter could shift it by one. */
		late.fourcc = PV_FOURCC_GREY;
		add_stage(converter, NULL, from, late);
		plan_stages(converter, late, to);
		return;
	}
	if (!scaled && direct) {
		add_stage(converter, direct, from, to);
		return;
	}
	early.fourcc = late.fourcc = pick_middle(from.fourcc, to.fourcc);
	if (from.fourcc != early.fourcc)
		add_stage(converter, pv_convert_step_find(from.fourcc, early.fourcc), from, early);
	if (scaled)
		add_stage(converter, NULL, early, late);
	if (to.fourcc != late.fourcc)
		add_stage(converter, pv_convert_step_find(late.fourcc, to.fourcc), late, to);
}

int pv_converter_create(struct pv_picture from, struct pv_picture to, struct pv_converter **ret)
{
	struct pv_converter *converter = calloc(1, sizeof(*converter));
	unsigned i;
	int rc;

	if (!converter)
		return -ENOMEM;
	rc = pv_pixfmt_layout(from.fourcc, from.width, from.height, &converter->from);
	if (!rc)
		rc = pv_pixfmt_layout(to.fourcc, to.width, to.height, &converter->to);
	if (!rc)
		plan_stages(converter, from, to);
	for (i = 0; !rc && i + 1 < converter->num_stages; i++)
		rc = alloc_scratch(&converter->stage[i]);
	if (rc) {
		pv_converter_destroy(converter);
		return rc;
	}
	*ret = converter;
	return 0;
}

void pv_converter_destroy(struct pv_converter *converter)
{
	unsigned i;

	if (!converter)
		return;
	for (i = 0; i < MAX_STAGES; i++)
		free(converter->stage[i].scratch.at[0]);
	free(converter);
}

/* Views have no const; only a stage's output is written through one. */
static struct pv_view view_frame(const struct pv_layout *layout, const void *frame)
{
	struct pv_view view = {0};
	unsigned i;

	for (i = 0; i < layout->num_planes; i++) {
		view.at[i] = (uint8_t *)frame + layout->offset_bytes[i];
		view.stride[i] = (int)layout->stride_bytes[i];
	}
	return view;
}

static void scale(const struct stage *stage, const struct pv_view *from, const struct pv_view *to)
{
	int in_width, in_height, out_width, out_height, i;

	for (i = 0; i < count_planes(stage->out.fourcc); i++) {
		measure_plane(&stage->in, i, &in_width, &in_height);
		measure_plane(&stage->out, i, &out_width, &out_height);
		ScalePlane(from->at[i], from->stride[i], in_width, in_height, to->at[i],
			to->stride[i], out_width, out_height, kFilterBox);
	}
}

void pv_converter_run(struct pv_converter *converter, const void *from, void *to)
{
	struct pv_view in = view_frame(&converter->from, from), out;
	const struct stage *stage;
	unsigned i;

	if (!converter->num_stages)
		memcpy(to, from, converter->to.size_bytes);
	for (i = 0; i < converter->num_stages; i++) {
		stage = &converter->stage[i];
		out = i + 1 < converter->num_stages ? stage->scratch
						    : view_frame(&converter->to, to);
		if (stage->step)
			pv_convert_step_run(stage->step, &in, &out, (int)stage->out.width,
				(int)stage->out.height);
		else
			scale(stage, &in, &out);
		in = out;
	}
}
