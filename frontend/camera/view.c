/* SPDX-License-Identifier: MIT */
/* A frame as another format and size: shown in one, recorded in the other. */
#include "frontend/camera/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/convert.h"

struct pvcam_view {
	struct pv_converter *converter;
	struct pvcam_layout from; /* as the camera's frames lie */
	size_t needed_bytes;      /* of a frame; less than its buffer where that is padded */
	struct pv_layout tight;   /* as the converter wants them */
	struct pv_layout to;
	void *packed; /* a frame without the camera's padding; NULL: there is none */
};

static bool is_padded(const struct pvcam_layout *layout, const struct pv_layout *tight)
{
	return layout->stride_bytes[0] != tight->stride_bytes[0];
}

static size_t plane_lines(const struct pv_layout *layout, unsigned plane)
{
	size_t end = plane + 1 < layout->num_planes ? layout->offset_bytes[plane + 1]
						    : layout->size_bytes;

	return (end - layout->offset_bytes[plane]) / layout->stride_bytes[plane];
}

static size_t needed_bytes(const struct pvcam_layout *from, const struct pv_layout *tight)
{
	unsigned last = tight->num_planes - 1;

	return from->offset_bytes[last] + from->stride_bytes[last] * plane_lines(tight, last);
}

static int view_init(struct pvcam_view *view, const struct pvcam *camera, uint32_t fourcc,
	uint32_t width, uint32_t height)
{
	struct pv_picture from = {
		camera->settings.fourcc, camera->settings.width, camera->settings.height};
	struct pv_picture to = {fourcc, width, height};
	int r;

	view->from = camera->layout;
	r = pv_pixfmt_layout(from.fourcc, from.width, from.height, &view->tight);
	if (r == 0)
		r = pv_pixfmt_layout(to.fourcc, to.width, to.height, &view->to);
	if (r == 0)
		r = pv_converter_create(from, to, &view->converter);
	if (r < 0)
		return r;
	view->needed_bytes = needed_bytes(&view->from, &view->tight);
	if (is_padded(&view->from, &view->tight)) {
		view->packed = malloc(view->tight.size_bytes);
		r = view->packed ? 0 : -ENOMEM;
	}
	return r;
}

PVCAM_API int pvcam_view_create(struct pvcam *camera, uint32_t fourcc, uint32_t width,
	uint32_t height, struct pvcam_view **ret)
{
	struct pvcam_view *view;
	int r;

	view = calloc(1, sizeof(*view));
	if (!view)
		return -ENOMEM;
	r = view_init(view, camera, fourcc, width, height);
	if (r < 0) {
		pvcam_view_destroy(view);
		return r;
	}
	*ret = view;
	return 0;
}

PVCAM_API void pvcam_view_destroy(struct pvcam_view *view)
{
	if (!view)
		return;
	if (view->converter)
		pv_converter_destroy(view->converter);
	free(view->packed);
	free(view);
}

PVCAM_API void pvcam_view_layout(const struct pvcam_view *view, struct pvcam_layout *ret)
{
	*ret = (struct pvcam_layout){
		.size_bytes = view->to.size_bytes,
		.num_planes = view->to.num_planes,
	};
	memcpy(ret->offset_bytes, view->to.offset_bytes, sizeof(ret->offset_bytes));
	memcpy(ret->stride_bytes, view->to.stride_bytes, sizeof(ret->stride_bytes));
}

static void pack(struct pvcam_view *view, const uint8_t *from)
{
	const struct pv_layout *tight = &view->tight;
	uint8_t *to = view->packed;

	for (unsigned i = 0; i < tight->num_planes; i++) {
		size_t lines = plane_lines(tight, i);

		for (size_t line = 0; line < lines; line++)
			memcpy(to + tight->offset_bytes[i] + line * tight->stride_bytes[i],
				from + view->from.offset_bytes[i] +
					line * view->from.stride_bytes[i],
				tight->stride_bytes[i]);
	}
}

PVCAM_API int pvcam_view_convert(struct pvcam_view *view, const struct pvcam_frame *frame, void *to)
{
	const void *from = frame->pixels;

	if (frame->size_bytes < view->needed_bytes)
		return -EBADMSG;
	if (view->packed) {
		pack(view, from);
		from = view->packed;
	}
	pv_converter_run(view->converter, from, to);
	return 0;
}
