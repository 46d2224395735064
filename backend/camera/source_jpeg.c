/* SPDX-License-Identifier: MIT */
/*
 * libjpeg itself, whose warnings say that a picture is torn. Of 19 FullHD pictures with 4000 bytes
 * lost inside, libyuv's MJPGToI420 takes all for good and libv4lconvert those in 4:2:2 (4:2:0 in
 * 1920x1080 it cannot read at all); all three are equally quick.
 */
#include "backend/camera/source_jpeg.h"

#include <errno.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stdio.h> /* for jpeglib.h */
#include <stdlib.h>
#include <string.h>

#include <jerror.h>
#include <jpeglib.h>
#include <libyuv.h>

#define COMPONENTS 3
#define BAND_ROWS (DCTSIZE * MAX_SAMP_FACTOR) /* of a component, at most */
#define NEUTRAL 128

/* 0…255 to 16…235 and 16…240: (value * scale + bias) / 256. */
#define LUMA_SCALE 220u
#define LUMA_BIAS 4224u
#define CHROMA_SCALE 225u
#define CHROMA_BIAS 4096u

struct vcam_jpeg {
	struct jpeg_decompress_struct codec;
	struct jpeg_error_mgr errors;
	jmp_buf failed;
	int failure; /* -errno, what failed stands for */
	uint32_t width, height;
	/* One row of blocks at a time is decoded here, whole blocks wide: it stays in the cache. */
	uint8_t *band;
	size_t band_stride;
	JSAMPROW rows[COMPONENTS][BAND_ROWS];
};

static void give_up(struct vcam_jpeg *jpeg, int failure)
{
	jpeg->failure = failure;
	longjmp(jpeg->failed, 1);
}

static void on_error(j_common_ptr codec)
{
	give_up(codec->client_data,
		codec->err->msg_code == JERR_OUT_OF_MEMORY ? -ENOMEM : -EBADMSG);
}

/* level -1: the picture is not what it should be. Cameras often send a few bytes too many. */
static void on_message(j_common_ptr codec, int level)
{
	if (level < 0 && codec->err->msg_code != JWRN_EXTRANEOUS_DATA)
		give_up(codec->client_data, -EBADMSG);
}

int vcam_jpeg_create(uint32_t width, uint32_t height, struct vcam_jpeg **ret)
{
	struct vcam_jpeg *jpeg = calloc(1, sizeof(*jpeg));

	if (jpeg == NULL)
		return -ENOMEM;
	jpeg->width = width;
	jpeg->height = height;
	/* The widest block of pixels that a component's samples come in. */
	jpeg->band_stride = width + DCTSIZE * MAX_SAMP_FACTOR;
	jpeg->band = calloc(COMPONENTS * BAND_ROWS, jpeg->band_stride);
	if (jpeg->band == NULL) {
		free(jpeg);
		return -ENOMEM;
	}
	for (size_t i = 0; i < COMPONENTS * BAND_ROWS; i++)
		jpeg->rows[i / BAND_ROWS][i % BAND_ROWS] = jpeg->band + i * jpeg->band_stride;
	jpeg->codec.err = jpeg_std_error(&jpeg->errors);
	jpeg->errors.error_exit = on_error;
	jpeg->errors.emit_message = on_message;
	jpeg->codec.client_data = jpeg;
	if (setjmp(jpeg->failed) != 0) {
		vcam_jpeg_destroy(jpeg);
		return -ENOMEM;
	}
	jpeg_create_decompress(&jpeg->codec);
	*ret = jpeg;
	return 0;
}

void vcam_jpeg_destroy(struct vcam_jpeg *jpeg)
{
	if (jpeg == NULL)
		return;
	jpeg_destroy_decompress(&jpeg->codec);
	free(jpeg->band);
	free(jpeg);
}

/* The luma must be there for every pixel; progressive ones would need memory for the whole. */
static bool is_usable(const struct vcam_jpeg *jpeg)
{
	const struct jpeg_decompress_struct *codec = &jpeg->codec;
	const jpeg_component_info *luma = codec->comp_info;

	if (codec->image_width != jpeg->width || codec->image_height != jpeg->height ||
		codec->progressive_mode)
		return false;
	if (codec->num_components == 1)
		return codec->jpeg_color_space == JCS_GRAYSCALE;
	return codec->num_components == COMPONENTS && codec->jpeg_color_space == JCS_YCbCr &&
	       luma->h_samp_factor == codec->max_h_samp_factor &&
	       luma->v_samp_factor == codec->max_v_samp_factor;
}

/* In the band, while it is in the cache. */
static void limit_range(JSAMPARRAY rows, int num_rows, int width, unsigned scale, unsigned bias)
{
	for (int y = 0; y < num_rows; y++) {
		uint8_t *row = rows[y];

		for (int x = 0; x < width; x++)
			row[x] = (uint8_t)((row[x] * scale + bias) >> 8);
	}
}

static int up(uint32_t value, int factor, int of)
{
	return (int)((value * (uint32_t)factor + (uint32_t)of - 1) / (uint32_t)of);
}

/* A component's samples of one band to a plane's. Most have their size, or twice the rows. */
static void store_chroma(struct vcam_jpeg *jpeg, int component, uint32_t rows, uint8_t *to)
{
	const struct jpeg_decompress_struct *codec = &jpeg->codec;
	const jpeg_component_info *part = &codec->comp_info[component];
	const uint8_t *from = jpeg->rows[component][0];
	int stride = (int)jpeg->band_stride;
	int in_width = up(jpeg->width, part->h_samp_factor, codec->max_h_samp_factor);
	int in_rows = up(rows, part->v_samp_factor, codec->max_v_samp_factor);
	int width = (int)jpeg->width / 2, out_rows = (int)rows / 2;

	limit_range(jpeg->rows[component], in_rows, in_width, CHROMA_SCALE, CHROMA_BIAS);
	if (in_width == width && in_rows == 2 * out_rows)
		InterpolatePlane(from, 2 * stride, from + stride, 2 * stride, to, width, width,
			out_rows, 128);
	else
		ScalePlane(from, stride, in_width, in_rows, to, width, width, out_rows, kFilterBox);
}

/* rows: of the picture, from y on. */
static void store_band(struct vcam_jpeg *jpeg, uint32_t y, uint32_t rows, uint8_t *yu12)
{
	int width = (int)jpeg->width;
	size_t luma_bytes = (size_t)jpeg->width * jpeg->height;

	limit_range(jpeg->rows[0], (int)rows, width, LUMA_SCALE, LUMA_BIAS);
	CopyPlane(jpeg->rows[0][0], (int)jpeg->band_stride, yu12 + (size_t)y * jpeg->width, width,
		width, (int)rows);
	for (int i = 1; i < COMPONENTS; i++) {
		uint8_t *to = yu12 + luma_bytes + (size_t)(i - 1) * (luma_bytes / 4) +
			      (size_t)(y / 2) * (jpeg->width / 2);

		if (jpeg->codec.num_components == 1)
			SetPlane(to, width / 2, width / 2, (int)rows / 2, NEUTRAL);
		else
			store_chroma(jpeg, i, rows, to);
	}
}

static void read_picture(struct vcam_jpeg *jpeg, uint8_t *yu12)
{
	JSAMPARRAY planes[COMPONENTS] = {jpeg->rows[0], jpeg->rows[1], jpeg->rows[2]};
	struct jpeg_decompress_struct *codec = &jpeg->codec;
	uint32_t band = (uint32_t)codec->max_v_samp_factor * DCTSIZE;

	for (uint32_t y = 0; y < jpeg->height; y += band) {
		jpeg_read_raw_data(codec, planes, band);
		store_band(jpeg, y, jpeg->height - y < band ? jpeg->height - y : band, yu12);
	}
}

int vcam_jpeg_decode(struct vcam_jpeg *jpeg, const void *bytes, size_t size_bytes, void *yu12)
{
	struct jpeg_decompress_struct *codec = &jpeg->codec;

	if (setjmp(jpeg->failed) != 0) {
		jpeg_abort_decompress(codec);
		return jpeg->failure;
	}
	jpeg_mem_src(codec, bytes, size_bytes);
	jpeg_read_header(codec, TRUE);
	if (!is_usable(jpeg))
		give_up(jpeg, -EBADMSG);
	codec->raw_data_out = TRUE;
	codec->do_fancy_upsampling = FALSE;
	codec->out_color_space = codec->jpeg_color_space;
	jpeg_start_decompress(codec);
	read_picture(jpeg, yu12);
	jpeg_finish_decompress(codec);
	return 0;
}
