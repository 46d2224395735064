/* SPDX-License-Identifier: MIT */
/*
 * Rectangles and large letters in a frame of any format of pixfmt.h. What lies outside of the
 * picture is left out. No state, any thread.
 */
#ifndef VCAM_SOURCE_TEXT_H
#define VCAM_SOURCE_TEXT_H

#include "common/convert.h"
#include "common/pixfmt.h"

/* BT.601, limited range. */
struct vcam_colour {
	uint8_t y, u, v;
};

struct vcam_canvas {
	struct pv_picture picture;
	struct pv_layout layout;
	uint8_t *pixels; /* the caller's */
};

struct vcam_rect {
	uint32_t x, y, width, height; /* pixels */
};

/* picture must be one that pv_pixfmt_layout takes; pixels is a whole frame of it. */
struct vcam_canvas vcam_canvas_on(struct pv_picture picture, void *pixels);

/* Where chroma is shared by pixels, those just outside of the rectangle get its chroma too. */
void vcam_canvas_fill(
	const struct vcam_canvas *canvas, struct vcam_rect rect, struct vcam_colour colour);

/* Letters are 5 by 7 dots in cells of 6 by 9. */
#define VCAM_TEXT_CELL_WIDTH 6u
#define VCAM_TEXT_CELL_HEIGHT 9u

/* White on a black ground, each dot dot_pixels wide. Knows 0-9 : . A-Z as far as NO SIGNAL needs;
 * others are blank. */
void vcam_text_draw(const struct vcam_canvas *canvas, uint32_t x, uint32_t y, uint32_t dot_pixels,
	const char *text);

/* A whole frame: dark grey with NO SIGNAL in it. */
void vcam_text_no_signal(struct pv_picture picture, void *pixels);

#endif
