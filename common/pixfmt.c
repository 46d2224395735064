/* SPDX-License-Identifier: MIT */
#include "common/pixfmt.h"

#include <errno.h>
#include <string.h>

const struct pv_pixfmt pv_pixfmts[] = {
	{PV_FOURCC_YUYV, "YUYV", true, 2, 1},
	{PV_FOURCC_UYVY, "UYVY", true, 2, 1},
	{PV_FOURCC_NV12, "NV12", true, 2, 2},
	{PV_FOURCC_YU12, "YU12", true, 2, 2},
	{PV_FOURCC_RGB3, "RGB3", true, 1, 1},
	{PV_FOURCC_GREY, "GREY", true, 1, 1},
	{PV_FOURCC_422P, "422P", false, 2, 1},
	{0},
};

/* Each plane's row, in bytes for width_per pixels, and its rows, one for height_per pixels. */
static const struct shape {
	uint32_t fourcc;
	struct {
		uint8_t bytes;
		uint8_t width_per;
		uint8_t height_per;
	} plane[3];
} shapes[] = {
	{PV_FOURCC_YUYV, {{2, 1, 1}}},
	{PV_FOURCC_UYVY, {{2, 1, 1}}},
	{PV_FOURCC_NV12, {{1, 1, 1}, {1, 1, 2}}},
	{PV_FOURCC_YU12, {{1, 1, 1}, {1, 2, 2}, {1, 2, 2}}},
	{PV_FOURCC_RGB3, {{3, 1, 1}}},
	{PV_FOURCC_GREY, {{1, 1, 1}}},
	{PV_FOURCC_422P, {{1, 1, 1}, {1, 2, 1}, {1, 2, 1}}},
};

const struct pv_pixfmt *pv_pixfmt_find(uint32_t fourcc)
{
	const struct pv_pixfmt *format;

	for (format = pv_pixfmts; format->fourcc; format++)
		if (format->fourcc == fourcc)
			return format;
	return NULL;
}

const struct pv_pixfmt *pv_pixfmt_find_name(const char *name)
{
	const struct pv_pixfmt *format;

	for (format = pv_pixfmts; format->fourcc; format++)
		if (!strcmp(format->name, name))
			return format;
	return NULL;
}

static const struct shape *find_shape(uint32_t fourcc)
{
	const struct shape *shape = shapes;

	while (shape->fourcc != fourcc)
		shape++;
	return shape;
}

int pv_pixfmt_layout(uint32_t fourcc, uint32_t width, uint32_t height, struct pv_layout *ret)
{
	const struct pv_pixfmt *format = pv_pixfmt_find(fourcc);
	struct pv_layout layout = {0};
	const struct shape *shape;
	unsigned i;

	if (!format || !width || !height || width > PV_WIDTH_MAX || height > PV_HEIGHT_MAX ||
		width % format->width_multiple || height % format->height_multiple)
		return -EINVAL;
	shape = find_shape(fourcc);
	for (i = 0; i < 3 && shape->plane[i].bytes; i++) {
		layout.stride_bytes[i] = width / shape->plane[i].width_per * shape->plane[i].bytes;
		layout.offset_bytes[i] = layout.size_bytes;
		layout.size_bytes +=
			(size_t)layout.stride_bytes[i] * (height / shape->plane[i].height_per);
	}
	layout.num_planes = i;
	*ret = layout;
	return 0;
}
