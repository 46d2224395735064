/* SPDX-License-Identifier: MIT */
/*
 * What libyuv does in one go between two formats of one size, as a table. For convert.c alone.
 * No state, any thread.
 */
#ifndef PV_COMMON_CONVERT_STEPS_H
#define PV_COMMON_CONVERT_STEPS_H

#include <stdint.h>

/* Scratch format: planes R, G, B of one byte a pixel. Never seen outside a converter. */
#define PV_FOURCC_RGBP 0x50424752u

/* One picture's planes in memory; unused ones are 0. Chroma of odd sizes is rounded up. */
struct pv_view {
	uint8_t *at[3];
	int stride[3]; /* bytes */
};

struct pv_convert_step;

/* NULL when it takes more than one step. */
const struct pv_convert_step *pv_convert_step_find(uint32_t from, uint32_t to);
/* Converts width x height pixels. Only reads `from`, only writes `to`. */
void pv_convert_step_run(const struct pv_convert_step *step, const struct pv_view *from,
	const struct pv_view *to, int width, int height);

#endif
