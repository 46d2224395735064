/* SPDX-License-Identifier: MIT */
#include "frontend/camera/png.h"

#include <errno.h>
#include <png.h>
#include <setjmp.h>

#include "common/pixfmt.h"

#define COMPRESSION_LEVEL 3 /* half the time of libpng's default for a few per cent more bytes */

static void fail(png_structp png, png_const_charp message)
{
	(void)message;
	png_longjmp(png, 1);
}

static void ignore(png_structp png, png_const_charp message)
{
	(void)png;
	(void)message;
}

static void write_picture(png_structp png, png_infop header, FILE *file,
	const struct pv_layout *layout, int color_type, uint32_t width, uint32_t height,
	const uint8_t *pixels)
{
	png_init_io(png, file);
	png_set_compression_level(png, COMPRESSION_LEVEL);
	png_set_IHDR(png, header, width, height, 8, color_type, PNG_INTERLACE_NONE,
		PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
	png_write_info(png, header);
	for (uint32_t line = 0; line < height; line++)
		png_write_row(png, pixels + (size_t)line * layout->stride_bytes[0]);
	png_write_end(png, header);
}

int pvcam_png_write(
	FILE *file, uint32_t fourcc, uint32_t width, uint32_t height, const void *pixels)
{
	int color_type = fourcc == PV_FOURCC_GREY ? PNG_COLOR_TYPE_GRAY : PNG_COLOR_TYPE_RGB;
	struct pv_layout layout;
	png_infop header;
	png_structp png;

	if ((fourcc != PV_FOURCC_GREY && fourcc != PV_FOURCC_RGB3) ||
		pv_pixfmt_layout(fourcc, width, height, &layout) < 0)
		return -EINVAL;
	png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, fail, ignore);
	if (!png)
		return -ENOMEM;
	header = png_create_info_struct(png);
	if (!header) {
		png_destroy_write_struct(&png, NULL);
		return -ENOMEM;
	}
	errno = 0;
	if (setjmp(png_jmpbuf(png))) {
		int error = errno ? -errno : -EIO;

		png_destroy_write_struct(&png, &header);
		return error;
	}
	write_picture(png, header, file, &layout, color_type, width, height, pixels);
	png_destroy_write_struct(&png, &header);
	return fflush(file) < 0 ? -errno : 0;
}
