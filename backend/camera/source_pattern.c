/* SPDX-License-Identifier: MIT */
/*
 * The test picture. What stands still is drawn once for each setting of the controls, in the
 * source's own format; a frame is a copy of it with the box, the clock and the number drawn in.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "backend/camera/source.h"
#include "common/canvas.h"

#define NUM_BARS 8u
#define BOX_SECONDS 4u    /* from edge to edge */
#define CLOCK_LETTERS 12u /* HH:MM:SS.mmm */
#define TEXT_DOTS (CLOCK_LETTERS * PV_CANVAS_CELL_WIDTH + 1)

/* 75 % of full colour. */
static const struct pv_colour bars[NUM_BARS] = {
	{180, 128, 128},
	{162, 44, 142},
	{131, 156, 44},
	{112, 72, 58},
	{84, 184, 198},
	{65, 100, 212},
	{35, 212, 114},
	{16, 128, 128},
};
static const struct pv_colour floor_grey = {32, 128, 128};
static const struct pv_colour box_orange = {150, 60, 190};

static const struct vcam_control controls[] = {
	{XENCAMERA_CTRL_BRIGHTNESS, -128, 127, 1, 0}, {XENCAMERA_CTRL_CONTRAST, 0, 255, 1, 128},
	{XENCAMERA_CTRL_SATURATION, 0, 255, 1, 128},
	{XENCAMERA_CTRL_HUE, -180, 180, 1, 0}, /* degrees */
};
#define NUM_CONTROLS (sizeof(controls) / sizeof(controls[0]))

struct pattern {
	struct vcam_source_mode mode;
	struct pv_canvas still;   /* its pixels are ours */
	uint32_t ramp_y, floor_y; /* bars end, ramp ends */
	uint32_t dot;             /* of the letters, in pixels */
	uint32_t box;             /* edge */
	uint64_t crossing;        /* frames from edge to edge */
	int values[NUM_CONTROLS]; /* by XENCAMERA_CTRL_* */
	bool stale;               /* still was drawn with other values */
};

static uint8_t clamp(double value, int low, int high)
{
	long rounded = lround(value);

	return (uint8_t)(rounded < low ? low : rounded > high ? high : rounded);
}

static struct pv_colour adjusted(struct pattern *pattern, struct pv_colour colour)
{
	double brightness = pattern->values[XENCAMERA_CTRL_BRIGHTNESS];
	double contrast = pattern->values[XENCAMERA_CTRL_CONTRAST] / 128.0;
	double saturation = pattern->values[XENCAMERA_CTRL_SATURATION] / 128.0;
	double hue = pattern->values[XENCAMERA_CTRL_HUE] * M_PI / 180;
	double u = (colour.u - 128) * saturation;
	double v = (colour.v - 128) * saturation;

	return (struct pv_colour){
		.y = clamp((colour.y - 16) * contrast + 16 + brightness, 16, 235),
		.u = clamp(128 + u * cos(hue) - v * sin(hue), 16, 240),
		.v = clamp(128 + u * sin(hue) + v * cos(hue), 16, 240),
	};
}

static void draw_still(struct pattern *pattern)
{
	uint32_t width = pattern->mode.picture.width;
	uint32_t height = pattern->mode.picture.height;

	for (uint32_t i = 0; i < NUM_BARS; i++) {
		uint32_t x = width * i / NUM_BARS & ~1u;

		pv_canvas_fill(&pattern->still, (struct pv_rect){x, 0, width - x, pattern->ramp_y},
			adjusted(pattern, bars[i]));
	}
	for (uint32_t x = 0; x < width; x += 2) {
		struct pv_colour grey = {(uint8_t)(16 + 219 * x / width), 128, 128};

		pv_canvas_fill(&pattern->still,
			(struct pv_rect){x, pattern->ramp_y, 2, pattern->floor_y - pattern->ramp_y},
			adjusted(pattern, grey));
	}
	pv_canvas_fill(&pattern->still,
		(struct pv_rect){0, pattern->floor_y, width, height - pattern->floor_y},
		floor_grey);
}

/* Where things are; even, so that no two share chroma. */
static void lay_out(struct pattern *pattern)
{
	uint32_t width = pattern->mode.picture.width;
	uint32_t height = pattern->mode.picture.height;
	struct pv_fraction rate = pattern->mode.rate;
	uint32_t by_width = width / 2 / TEXT_DOTS;
	uint32_t by_height = height / 4 / PV_CANVAS_CELL_HEIGHT;

	pattern->ramp_y = height * 7 / 10 & ~1u;
	pattern->floor_y = height * 8 / 10 & ~1u;
	pattern->box = (height - pattern->floor_y) & ~1u;
	if (pattern->box > width)
		pattern->box = width;
	pattern->dot = by_width < by_height ? by_width : by_height;
	pattern->dot = pattern->dot > 1 ? pattern->dot & ~1u : 1;
	pattern->crossing = (uint64_t)BOX_SECONDS * rate.numer / rate.denom + 1;
}

static void pattern_close(void *priv)
{
	struct pattern *pattern = priv;

	free(pattern->still.pixels);
	free(pattern);
}

static int pattern_open(const struct vcam_source_config *config,
	const struct vcam_source_mode *have, void **ret_priv, struct vcam_source_traits *ret,
	const char **ret_error)
{
	struct pv_picture picture = {config->fourcc, config->width, config->height};
	struct pattern *pattern;
	struct pv_layout layout;
	int err;

	(void)have;
	err = pv_pixfmt_layout(config->fourcc, config->width, config->height, &layout);
	if (err < 0) {
		*ret_error = "the size does not suit the format";
		return err;
	}
	pattern = calloc(1, sizeof(*pattern));
	if (pattern == NULL) {
		*ret_error = "out of memory";
		return -ENOMEM;
	}
	pattern->mode = (struct vcam_source_mode){picture, config->rate};
	pattern->still = pv_canvas_on(picture, calloc(1, layout.size_bytes));
	if (pattern->still.pixels == NULL) {
		*ret_error = "out of memory";
		pattern_close(pattern);
		return -ENOMEM;
	}
	for (size_t i = 0; i < NUM_CONTROLS; i++)
		pattern->values[controls[i].type] = (int)controls[i].def;
	pattern->stale = true;
	lay_out(pattern);
	*ret = (struct vcam_source_traits){
		.mode = pattern->mode,
		.colours = vcam_colours_usual(config->fourcc),
		.num_controls = NUM_CONTROLS,
	};
	memcpy(ret->controls, controls, sizeof(controls));
	*ret_priv = pattern;
	return 0;
}

static void draw_box(const struct pattern *pattern, const struct pv_canvas *canvas, uint64_t number)
{
	uint64_t way = pattern->mode.picture.width - pattern->box;
	uint64_t step = number % (2 * pattern->crossing);
	uint64_t x;

	if (step > pattern->crossing)
		step = 2 * pattern->crossing - step;
	x = way * step / pattern->crossing & ~1ull;
	pv_canvas_fill(canvas,
		(struct pv_rect){(uint32_t)x, pattern->floor_y, pattern->box, pattern->box},
		box_orange);
}

static void draw_clock(
	const struct pattern *pattern, const struct pv_canvas *canvas, uint64_t number)
{
	uint32_t line = PV_CANVAS_CELL_HEIGHT * pattern->dot;
	uint32_t x = pattern->mode.picture.width / 4 & ~1u;
	uint32_t y = pattern->ramp_y > 2 * line ? (pattern->ramp_y - 2 * line) / 2 & ~1u : 0;
	struct timespec now;
	struct tm local;
	char text[32];

	clock_gettime(CLOCK_REALTIME, &now);
	localtime_r(&now.tv_sec, &local);
	snprintf(text, sizeof(text), "%02u:%02u:%02u.%03u", (unsigned)local.tm_hour % 24,
		(unsigned)local.tm_min % 60, (unsigned)local.tm_sec % 61,
		(unsigned)(now.tv_nsec / 1000000));
	pv_canvas_text(canvas, x, y, pattern->dot, text);
	snprintf(text, sizeof(text), "%012llu", (unsigned long long)(number % 1000000000000ull));
	pv_canvas_text(canvas, x, y + line, pattern->dot, text);
}

static int pattern_fill(void *priv, uint64_t number, struct vcam_filling *filling)
{
	struct pattern *pattern = priv;
	struct pv_canvas canvas = pattern->still;

	if (pattern->stale)
		draw_still(pattern);
	pattern->stale = false;
	memcpy(filling->pixels, pattern->still.pixels, pattern->still.layout.size_bytes);
	canvas.pixels = filling->pixels;
	draw_box(pattern, &canvas, number);
	draw_clock(pattern, &canvas, number);
	return 0;
}

static int pattern_set_control(void *priv, uint8_t type, int64_t value)
{
	struct pattern *pattern = priv;

	pattern->values[type] = (int)value;
	pattern->stale = true;
	return 0;
}

const struct vcam_source_ops vcam_source_pattern = {
	.type = "pattern",
	.open = pattern_open,
	.close = pattern_close,
	.fill = pattern_fill,
	.set_control = pattern_set_control,
};
