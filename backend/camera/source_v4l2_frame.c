/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "backend/camera/source_v4l2.h"

struct plane {
	size_t in_bytes, out_bytes; /* where it begins */
	size_t in_stride, out_stride;
	uint32_t rows;
};

struct vcam_v4l2_frames {
	struct plane plane[3];
	unsigned num_planes;
	bool gapless;                   /* in memory as in the pool */
	size_t needed_bytes;            /* of a buffer, for a whole frame */
	size_t size_bytes;              /* without gaps */
	struct vcam_jpeg *jpeg;         /* NULL: the frames come as they are */
	struct pv_converter *converter; /* NULL: they come in the native picture */
	void *scratch;                  /* before converting */
};

/* Where the planes lie with the driver's stride: V4L2 derives those of chroma from the first. */
static int lay_out(struct vcam_v4l2_frames *frames, const struct vcam_v4l2_mode *mode,
	const struct pv_layout *layout)
{
	size_t in_bytes = 0;

	frames->num_planes = layout->num_planes;
	frames->size_bytes = layout->size_bytes;
	frames->gapless = true;
	for (unsigned i = 0; i < layout->num_planes; i++) {
		size_t end_bytes = i + 1 < layout->num_planes ? layout->offset_bytes[i + 1]
							      : layout->size_bytes;
		struct plane *plane = &frames->plane[i];
		uint64_t stride = layout->stride_bytes[i];

		if (mode->stride_bytes != 0)
			stride = stride * mode->stride_bytes / layout->stride_bytes[0];
		*plane = (struct plane){
			.in_bytes = in_bytes,
			.out_bytes = layout->offset_bytes[i],
			.in_stride = stride,
			.out_stride = layout->stride_bytes[i],
			.rows = (uint32_t)((end_bytes - layout->offset_bytes[i]) /
					   layout->stride_bytes[i]),
		};
		if (plane->in_stride < plane->out_stride)
			return -EINVAL;
		frames->gapless = frames->gapless && plane->in_stride == plane->out_stride;
		/* The last row may end where its pixels do. */
		frames->needed_bytes =
			in_bytes + (plane->rows - 1) * plane->in_stride + plane->out_stride;
		in_bytes += plane->rows * plane->in_stride;
	}
	return mode->size_bytes != 0 && mode->size_bytes < frames->needed_bytes ? -EINVAL : 0;
}

static int prepare(struct vcam_v4l2_frames *frames, const struct vcam_v4l2_mode *mode,
	struct pv_picture native)
{
	struct pv_picture picture = mode->picture;
	struct pv_layout layout;
	int err = pv_pixfmt_layout(picture.fourcc, picture.width, picture.height, &layout);

	if (err == 0)
		err = mode->jpeg ? vcam_jpeg_create(picture.width, picture.height, &frames->jpeg)
				 : lay_out(frames, mode, &layout);
	if (err < 0 || memcmp(&picture, &native, sizeof(native)) == 0)
		return err;
	frames->scratch = malloc(layout.size_bytes);
	if (frames->scratch == NULL)
		return -ENOMEM;
	return pv_converter_create(picture, native, &frames->converter);
}

int vcam_v4l2_frames_create(
	const struct vcam_v4l2_mode *mode, struct pv_picture native, struct vcam_v4l2_frames **ret)
{
	struct vcam_v4l2_frames *frames = calloc(1, sizeof(*frames));
	int err;

	if (frames == NULL)
		return -ENOMEM;
	err = prepare(frames, mode, native);
	if (err < 0) {
		vcam_v4l2_frames_destroy(frames);
		return err;
	}
	*ret = frames;
	return 0;
}

void vcam_v4l2_frames_destroy(struct vcam_v4l2_frames *frames)
{
	if (frames == NULL)
		return;
	vcam_jpeg_destroy(frames->jpeg);
	pv_converter_destroy(frames->converter);
	free(frames->scratch);
	free(frames);
}

static void copy_rows(const struct vcam_v4l2_frames *frames, const uint8_t *bytes, uint8_t *to)
{
	if (frames->gapless) {
		memcpy(to, bytes, frames->size_bytes);
		return;
	}
	for (unsigned i = 0; i < frames->num_planes; i++) {
		const struct plane *plane = &frames->plane[i];

		for (uint32_t row = 0; row < plane->rows; row++)
			memcpy(to + plane->out_bytes + row * plane->out_stride,
				bytes + plane->in_bytes + row * plane->in_stride,
				plane->out_stride);
	}
}

int vcam_v4l2_frame_take(
	struct vcam_v4l2_frames *frames, const void *bytes, size_t size_bytes, void *pixels)
{
	void *to = frames->converter != NULL ? frames->scratch : pixels;
	int err;

	if (frames->jpeg != NULL) {
		err = vcam_jpeg_decode(frames->jpeg, bytes, size_bytes, to);
		if (err < 0)
			return err == -ENOMEM ? err : VCAM_UNDECODABLE;
	} else if (size_bytes < frames->needed_bytes) {
		return VCAM_SHORT;
	} else {
		copy_rows(frames, bytes, to);
	}
	if (frames->converter != NULL)
		pv_converter_run(frames->converter, to, pixels);
	return VCAM_FILLED;
}
