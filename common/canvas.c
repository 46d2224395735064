/* SPDX-License-Identifier: MIT */
#include "common/canvas.h"

#include <stdbool.h>
#include <string.h>

#define GLYPH_ROWS 7u
#define GLYPH_COLUMNS 5u

static const struct pv_colour black = {16, 128, 128};
static const struct pv_colour white = {235, 128, 128};
static const struct pv_colour dark_grey = {48, 128, 128};

/* One byte a row, the leftmost dot is bit 4. */
static const struct glyph {
	char letter;
	uint8_t rows[GLYPH_ROWS];
} glyphs[] = {
	{'0', {0x0e, 0x11, 0x13, 0x15, 0x19, 0x11, 0x0e}},
	{'1', {0x04, 0x0c, 0x04, 0x04, 0x04, 0x04, 0x0e}},
	{'2', {0x0e, 0x11, 0x01, 0x02, 0x04, 0x08, 0x1f}},
	{'3', {0x1f, 0x02, 0x04, 0x02, 0x01, 0x11, 0x0e}},
	{'4', {0x02, 0x06, 0x0a, 0x12, 0x1f, 0x02, 0x02}},
	{'5', {0x1f, 0x10, 0x1e, 0x01, 0x01, 0x11, 0x0e}},
	{'6', {0x06, 0x08, 0x10, 0x1e, 0x11, 0x11, 0x0e}},
	{'7', {0x1f, 0x01, 0x02, 0x04, 0x08, 0x08, 0x08}},
	{'8', {0x0e, 0x11, 0x11, 0x0e, 0x11, 0x11, 0x0e}},
	{'9', {0x0e, 0x11, 0x11, 0x0f, 0x01, 0x02, 0x0c}},
	{':', {0x00, 0x0c, 0x0c, 0x00, 0x0c, 0x0c, 0x00}},
	{'.', {0x00, 0x00, 0x00, 0x00, 0x00, 0x0c, 0x0c}},
	{'-', {0x00, 0x00, 0x00, 0x1f, 0x00, 0x00, 0x00}},
	{'A', {0x0e, 0x11, 0x11, 0x1f, 0x11, 0x11, 0x11}},
	{'B', {0x1e, 0x11, 0x11, 0x1e, 0x11, 0x11, 0x1e}},
	{'C', {0x0e, 0x11, 0x10, 0x10, 0x10, 0x11, 0x0e}},
	{'D', {0x1e, 0x11, 0x11, 0x11, 0x11, 0x11, 0x1e}},
	{'E', {0x1f, 0x10, 0x10, 0x1e, 0x10, 0x10, 0x1f}},
	{'F', {0x1f, 0x10, 0x10, 0x1e, 0x10, 0x10, 0x10}},
	{'G', {0x0e, 0x11, 0x10, 0x17, 0x11, 0x11, 0x0f}},
	{'H', {0x11, 0x11, 0x11, 0x1f, 0x11, 0x11, 0x11}},
	{'I', {0x0e, 0x04, 0x04, 0x04, 0x04, 0x04, 0x0e}},
	{'J', {0x07, 0x02, 0x02, 0x02, 0x02, 0x12, 0x0c}},
	{'K', {0x11, 0x12, 0x14, 0x18, 0x14, 0x12, 0x11}},
	{'L', {0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x1f}},
	{'M', {0x11, 0x1b, 0x15, 0x15, 0x11, 0x11, 0x11}},
	{'N', {0x11, 0x19, 0x15, 0x13, 0x11, 0x11, 0x11}},
	{'O', {0x0e, 0x11, 0x11, 0x11, 0x11, 0x11, 0x0e}},
	{'P', {0x1e, 0x11, 0x11, 0x1e, 0x10, 0x10, 0x10}},
	{'Q', {0x0e, 0x11, 0x11, 0x11, 0x15, 0x12, 0x0d}},
	{'R', {0x1e, 0x11, 0x11, 0x1e, 0x14, 0x12, 0x11}},
	{'S', {0x0f, 0x10, 0x10, 0x0e, 0x01, 0x01, 0x1e}},
	{'T', {0x1f, 0x04, 0x04, 0x04, 0x04, 0x04, 0x04}},
	{'U', {0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x0e}},
	{'V', {0x11, 0x11, 0x11, 0x11, 0x11, 0x0a, 0x04}},
	{'W', {0x11, 0x11, 0x11, 0x15, 0x15, 0x1b, 0x11}},
	{'X', {0x11, 0x11, 0x0a, 0x04, 0x0a, 0x11, 0x11}},
	{'Y', {0x11, 0x11, 0x0a, 0x04, 0x04, 0x04, 0x04}},
	{'Z', {0x1f, 0x01, 0x02, 0x04, 0x08, 0x10, 0x1f}},
};

struct pv_canvas pv_canvas_on(struct pv_picture picture, void *pixels)
{
	struct pv_canvas canvas = {.picture = picture, .pixels = pixels};

	(void)pv_pixfmt_layout(picture.fourcc, picture.width, picture.height, &canvas.layout);
	return canvas;
}

static uint8_t clamp_u8(int value)
{
	return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

/* Fills width bytes of height rows of one plane. */
static void fill_plane(
	const struct pv_canvas *canvas, unsigned plane, struct pv_rect bytes, uint8_t value)
{
	size_t stride = canvas->layout.stride_bytes[plane];
	uint8_t *row =
		canvas->pixels + canvas->layout.offset_bytes[plane] + bytes.y * stride + bytes.x;

	for (uint32_t y = 0; y < bytes.height; y++, row += stride)
		memset(row, value, bytes.width);
}

/* The first row of an interleaved plane holds what all rows get. */
static void repeat_row(const struct pv_canvas *canvas, unsigned plane, struct pv_rect bytes)
{
	size_t stride = canvas->layout.stride_bytes[plane];
	uint8_t *first =
		canvas->pixels + canvas->layout.offset_bytes[plane] + bytes.y * stride + bytes.x;

	for (uint32_t y = 1; y < bytes.height; y++)
		memcpy(first + y * stride, first, bytes.width);
}

static struct pv_rect halved(struct pv_rect rect, bool rows_too)
{
	struct pv_rect half = rect;

	half.x = rect.x / 2;
	half.width = (rect.x + rect.width + 1) / 2 - half.x;
	if (rows_too) {
		half.y = rect.y / 2;
		half.height = (rect.y + rect.height + 1) / 2 - half.y;
	}
	return half;
}

/* YUYV and UYVY: luma of the rectangle alone, chroma of all pairs it touches. */
static void fill_packed(const struct pv_canvas *canvas, struct pv_rect rect,
	struct pv_colour colour, unsigned luma_at)
{
	unsigned chroma_at = 1 - luma_at;
	struct pv_rect pairs = halved(rect, false);
	bool whole_pairs = (rect.x | rect.width) % 2 == 0;
	uint32_t rows = whole_pairs ? 1 : rect.height;

	for (uint32_t y = rect.y; y < rect.y + rows; y++) {
		uint8_t *row = canvas->pixels + (size_t)y * canvas->layout.stride_bytes[0];

		for (uint32_t x = rect.x; x < rect.x + rect.width; x++)
			row[2 * x + luma_at] = colour.y;
		for (uint32_t pair = pairs.x; pair < pairs.x + pairs.width; pair++) {
			row[4 * pair + chroma_at] = colour.u;
			row[4 * pair + chroma_at + 2] = colour.v;
		}
	}
	rect.x *= 2;
	rect.width *= 2;
	if (whole_pairs)
		repeat_row(canvas, 0, rect);
}

static void fill_nv12_chroma(
	const struct pv_canvas *canvas, struct pv_rect rect, struct pv_colour colour)
{
	struct pv_rect half = halved(rect, true);
	uint8_t *row = canvas->pixels + canvas->layout.offset_bytes[1] +
		       (size_t)half.y * canvas->layout.stride_bytes[1];

	for (uint32_t x = half.x; x < half.x + half.width; x++) {
		row[2 * x] = colour.u;
		row[2 * x + 1] = colour.v;
	}
	half.x *= 2;
	half.width *= 2;
	repeat_row(canvas, 1, half);
}

static void fill_rgb(const struct pv_canvas *canvas, struct pv_rect rect, struct pv_colour colour)
{
	int y = 298 * (colour.y - 16) + 128;
	int u = colour.u - 128;
	int v = colour.v - 128;
	uint8_t *row = canvas->pixels + (size_t)rect.y * canvas->layout.stride_bytes[0];

	for (uint32_t x = rect.x; x < rect.x + rect.width; x++) {
		row[3 * x] = clamp_u8((y + 409 * v) / 256);
		row[3 * x + 1] = clamp_u8((y - 100 * u - 208 * v) / 256);
		row[3 * x + 2] = clamp_u8((y + 516 * u) / 256);
	}
	rect.x *= 3;
	rect.width *= 3;
	repeat_row(canvas, 0, rect);
}

static struct pv_rect clipped(const struct pv_canvas *canvas, struct pv_rect rect)
{
	uint32_t width = canvas->picture.width;
	uint32_t height = canvas->picture.height;

	if (rect.x >= width || rect.y >= height)
		return (struct pv_rect){0};
	if (rect.width > width - rect.x)
		rect.width = width - rect.x;
	if (rect.height > height - rect.y)
		rect.height = height - rect.y;
	return rect;
}

void pv_canvas_fill(const struct pv_canvas *canvas, struct pv_rect rect, struct pv_colour colour)
{
	uint32_t fourcc = canvas->picture.fourcc;

	rect = clipped(canvas, rect);
	if (rect.width == 0 || rect.height == 0)
		return;
	if (fourcc == PV_FOURCC_YUYV || fourcc == PV_FOURCC_UYVY) {
		fill_packed(canvas, rect, colour, fourcc == PV_FOURCC_UYVY);
		return;
	}
	if (fourcc == PV_FOURCC_RGB3) {
		fill_rgb(canvas, rect, colour);
		return;
	}
	fill_plane(canvas, 0, rect, colour.y);
	if (fourcc == PV_FOURCC_NV12) {
		fill_nv12_chroma(canvas, rect, colour);
	} else if (canvas->layout.num_planes == 3) {
		fill_plane(canvas, 1, halved(rect, fourcc == PV_FOURCC_YU12), colour.u);
		fill_plane(canvas, 2, halved(rect, fourcc == PV_FOURCC_YU12), colour.v);
	}
}

static void draw_glyph(
	const struct pv_canvas *canvas, uint32_t x, uint32_t y, uint32_t dot, char letter)
{
	const struct glyph *glyph = NULL;

	for (size_t i = 0; i < sizeof(glyphs) / sizeof(glyphs[0]); i++)
		if (glyphs[i].letter == letter)
			glyph = &glyphs[i];
	if (glyph == NULL)
		return;
	for (unsigned row = 0; row < GLYPH_ROWS; row++)
		for (unsigned column = 0; column < GLYPH_COLUMNS; column++)
			if (glyph->rows[row] & 0x10u >> column)
				pv_canvas_fill(canvas,
					(struct pv_rect){x + column * dot, y + row * dot, dot, dot},
					white);
}

void pv_canvas_text(const struct pv_canvas *canvas, uint32_t x, uint32_t y, uint32_t dot_pixels,
	const char *text)
{
	uint32_t cell = PV_CANVAS_CELL_WIDTH * dot_pixels;

	pv_canvas_fill(canvas,
		(struct pv_rect){x, y, (uint32_t)strlen(text) * cell + dot_pixels,
			PV_CANVAS_CELL_HEIGHT * dot_pixels},
		black);
	for (; *text != '\0'; text++, x += cell)
		draw_glyph(canvas, x + dot_pixels, y + dot_pixels, dot_pixels, *text);
}

void pv_canvas_notice(struct pv_picture picture, const char *words, void *pixels)
{
	struct pv_canvas canvas = pv_canvas_on(picture, pixels);
	uint32_t width_dots = (uint32_t)strlen(words) * PV_CANVAS_CELL_WIDTH + 1;
	uint32_t dot = picture.width / 2 / width_dots;
	uint32_t width;

	dot = dot > 1 ? dot & ~1u : 1;
	width = dot * width_dots;
	pv_canvas_fill(&canvas, (struct pv_rect){0, 0, picture.width, picture.height}, dark_grey);
	pv_canvas_text(&canvas, width < picture.width ? (picture.width - width) / 2 & ~1u : 0,
		picture.height / 2 & ~1u, dot, words);
}
