/* SPDX-License-Identifier: MIT */
/*
 * Rectangles and large letters in a frame of any format of pixfmt.h. What lies outside of the
 * picture is left out. No state, any thread.
 */
#ifndef PV_COMMON_CANVAS_H
#define PV_COMMON_CANVAS_H

#include "common/convert.h"
#include "common/pixfmt.h"

/* BT.601, limited range. */
struct pv_colour {
	uint8_t y, u, v;
};

struct pv_canvas {
	struct pv_picture picture;
	struct pv_layout layout;
	uint8_t *pixels; /* the caller's */
};

struct pv_rect {
	uint32_t x, y, width, height; /* pixels */
};

/* picture must be one that pv_pixfmt_layout takes; pixels is a whole frame of it. */
struct pv_canvas pv_canvas_on(struct pv_picture picture, void *pixels);

/* Where chroma is shared by pixels, those just outside of the rectangle get its chroma too. */
void pv_canvas_fill(const struct pv_canvas *canvas, struct pv_rect rect, struct pv_colour colour);

/* Letters are 5 by 7 dots in cells of 6 by 9. */
#define PV_CANVAS_CELL_WIDTH 6u
#define PV_CANVAS_CELL_HEIGHT 9u

/* White on a black ground, each dot dot_pixels wide. Knows A-Z 0-9 : . -; others are blank. */
void pv_canvas_text(const struct pv_canvas *canvas, uint32_t x, uint32_t y, uint32_t dot_pixels,
	const char *text);

/* A whole frame: dark grey with words ("NO SIGNAL") in it, half as wide as the picture. */
void pv_canvas_notice(struct pv_picture picture, const char *words, void *pixels);

#endif
