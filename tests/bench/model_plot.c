/* SPDX-License-Identifier: MIT */
/* Four pictures in one SVG: B over time, how often it was what, how B changes in a step, dropouts
 * against depth. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "common/program.h"
#include "tests/bench/model.h"

#define WIDTH 960.0
#define HEIGHT 1180.0
#define DECADES 8 /* of dropouts, shown */

struct panel {
	FILE *file;
	double left, top, width, height;
	double x_min, x_max, y_min, y_max;
};

static const char *const colours[PVBENCH_MODEL_WAYS] = {
	[PVBENCH_MODEL_DIRECT] = "#d98200",
	[PVBENCH_MODEL_RING] = "#0969c3",
};

static double x_of(const struct panel *panel, double x)
{
	return panel->left + panel->width * (x - panel->x_min) / (panel->x_max - panel->x_min);
}

static double y_of(const struct panel *panel, double y)
{
	return panel->top + panel->height * (panel->y_max - y) / (panel->y_max - panel->y_min);
}

static void frame(const struct panel *panel, const char *title, const char *x_title)
{
	fprintf(panel->file,
		"<rect x=\"%g\" y=\"%g\" width=\"%g\" height=\"%g\" fill=\"none\" "
		"stroke=\"#888888\"/>\n<text x=\"%g\" y=\"%g\">%s</text>\n"
		"<text class=\"small\" x=\"%g\" y=\"%g\" text-anchor=\"end\">%s</text>\n",
		panel->left, panel->top, panel->width, panel->height, panel->left, panel->top - 10,
		title, panel->left + panel->width, panel->top + panel->height + 32, x_title);
}

static void x_mark(const struct panel *panel, double x, const char *text)
{
	fprintf(panel->file,
		"<text class=\"small\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">%s</text>\n",
		x_of(panel, x), panel->top + panel->height + 16, text);
}

static void y_mark(const struct panel *panel, double y, const char *text)
{
	fprintf(panel->file,
		"<line class=\"grid\" x1=\"%g\" y1=\"%.1f\" x2=\"%g\" y2=\"%.1f\"/>\n"
		"<text class=\"small\" x=\"%g\" y=\"%.1f\" text-anchor=\"end\">%s</text>\n",
		panel->left, y_of(panel, y), panel->left + panel->width, y_of(panel, y),
		panel->left - 6, y_of(panel, y) + 4, text);
}

static void draw_time(FILE *file, const struct pvbench_model_result *result)
{
	struct panel panel = {file, 70, 60, WIDTH - 100, 200, 0, result->sample_steps, 0,
		PVBENCH_MODEL_DEPTH + 1};
	char text[32];

	frame(&panel, "B over time, through the ring (steps of 1 ms)", "s");
	for (unsigned b = 0; b <= PVBENCH_MODEL_DEPTH; b += 5) {
		snprintf(text, sizeof(text), "%u", b);
		y_mark(&panel, b, text);
	}
	for (unsigned s = 0; s <= result->sample_steps / 1000; s++) {
		snprintf(text, sizeof(text), "%u", s);
		x_mark(&panel, s * 1000.0, text);
	}
	fprintf(file, "<path class=\"line\" stroke=\"%s\" d=\"M%.1f %.1f",
		colours[PVBENCH_MODEL_RING], x_of(&panel, 0), y_of(&panel, result->sample_b[0]));
	for (uint32_t i = 1; i < result->sample_steps; i++)
		if (result->sample_b[i] != result->sample_b[i - 1])
			fprintf(file, " H%.1f V%.1f", x_of(&panel, i),
				y_of(&panel, result->sample_b[i]));
	fprintf(file, " H%.1f\"/>\n", x_of(&panel, result->sample_steps));
}

/* A bar for each way beside the other; their logarithm, so that what is rare is seen. */
static void bars(const struct panel *panel, double x, uint64_t direct, uint64_t ring)
{
	const uint64_t counts[PVBENCH_MODEL_WAYS] = {
		[PVBENCH_MODEL_DIRECT] = direct, [PVBENCH_MODEL_RING] = ring};

	for (unsigned way = 0; way < PVBENCH_MODEL_WAYS; way++) {
		double top = y_of(panel, counts[way] > 0 ? log10((double)counts[way]) + 0.02 : 0);

		fprintf(panel->file,
			"<rect x=\"%.1f\" y=\"%.1f\" width=\"13\" height=\"%.1f\" fill=\"%s\"/>\n",
			x_of(panel, x) - 13 + 13 * way, top, panel->top + panel->height - top,
			colours[way]);
	}
}

static void decades(const struct panel *panel)
{
	char text[32];

	for (unsigned decade = 0; decade <= DECADES; decade++) {
		snprintf(text, sizeof(text), "1e%u", decade);
		y_mark(panel, decade, text);
	}
}

static void draw_b(FILE *file, const struct pvbench_model_result *result)
{
	struct panel panel = {
		file, 70, 340, WIDTH - 100, 200, -1, PVBENCH_MODEL_DEPTH + 1, 0, DECADES};
	char text[32];

	frame(&panel, "Steps that began with B", "B");
	decades(&panel);
	for (unsigned b = 0; b <= PVBENCH_MODEL_DEPTH; b++) {
		snprintf(text, sizeof(text), "%u", b);
		x_mark(&panel, b, text);
		bars(&panel, b, result->ways[PVBENCH_MODEL_DIRECT].all.b[b],
			result->ways[PVBENCH_MODEL_RING].all.b[b]);
	}
}

static void draw_changes(FILE *file, const struct pvbench_model_result *result)
{
	struct panel panel = {file, 70, 620, 340, 440, -PVBENCH_MODEL_CHANGE_MAX - 1,
		PVBENCH_MODEL_CHANGE_MAX + 1, 0, DECADES};
	char text[32];

	frame(&panel, "Change of B in a step", "units");
	decades(&panel);
	for (int change = -PVBENCH_MODEL_CHANGE_MAX; change <= PVBENCH_MODEL_CHANGE_MAX; change++) {
		unsigned i = (unsigned)(change + PVBENCH_MODEL_CHANGE_MAX);

		snprintf(text, sizeof(text), "%+d", change);
		x_mark(&panel, change, text);
		bars(&panel, change, result->ways[PVBENCH_MODEL_DIRECT].all.changes[i],
			result->ways[PVBENCH_MODEL_RING].all.changes[i]);
	}
}

static void draw_predicted(
	const struct panel *panel, const struct pvbench_model_way_result *way, const char *colour)
{
	bool begun = false;

	fprintf(panel->file, "<path class=\"line\" stroke=\"%s\" d=\"", colour);
	for (unsigned depth = 0; depth <= PVBENCH_MODEL_DEPTH; depth++) {
		double expected = vsnd_chain_dropouts(&way->chain, depth) * (double)way->all.steps;

		if (!(expected > pow(10, panel->y_min)))
			break;
		fprintf(panel->file, "%s%.1f %.1f", begun ? " L" : "M", x_of(panel, depth),
			y_of(panel, log10(expected)));
		begun = true;
	}
	fprintf(panel->file, "\"/>\n");
}

static void draw_dropouts(FILE *file, const struct pvbench_model_result *result)
{
	struct panel panel = {
		file, 490, 620, WIDTH - 520, 440, -1, PVBENCH_MODEL_DEPTH + 1, -1, DECADES - 1};
	char text[32];

	frame(&panel, "Dropouts: predicted (lines), counted (dots)", "depth, ms");
	for (int decade = -1; decade < DECADES; decade++) {
		snprintf(text, sizeof(text), "1e%d", decade);
		y_mark(&panel, decade, text);
	}
	for (unsigned depth = 0; depth <= PVBENCH_MODEL_DEPTH; depth += 5) {
		snprintf(text, sizeof(text), "%u", depth);
		x_mark(&panel, depth, text);
	}
	for (unsigned i = 0; i < PVBENCH_MODEL_WAYS; i++) {
		const struct pvbench_model_way_result *way = &result->ways[i];

		draw_predicted(&panel, way, colours[i]);
		for (unsigned depth = 0; depth <= PVBENCH_MODEL_DEPTH; depth++)
			if (way->all.dropouts[depth] > 0)
				fprintf(file,
					"<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4\" fill=\"%s\"/>\n",
					x_of(&panel, depth),
					y_of(&panel, log10((double)way->all.dropouts[depth])),
					colours[i]);
	}
}

static void draw_legend(FILE *file, const struct pvbench_model_result *result)
{
	for (unsigned i = 0; i < PVBENCH_MODEL_WAYS; i++)
		fprintf(file,
			"<rect x=\"%g\" y=\"%g\" width=\"12\" height=\"12\" fill=\"%s\"/>\n"
			"<text x=\"%g\" y=\"%g\">%s: ε %.2f %%, u %.1f %%</text>\n",
			70 + 330.0 * i, HEIGHT - 40, colours[i], 90 + 330.0 * i, HEIGHT - 29,
			pvbench_model_way_names[i], 100 * result->ways[i].miss.mean,
			100 * result->ways[i].catch_up.mean);
}

void pvbench_model_plot_write(const char *path, const struct pvbench_model_result *result)
{
	FILE *file = fopen(path, "w");
	bool failed = file == NULL;

	if (!failed) {
		fprintf(file,
			"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%g\" height=\"%g\" "
			"viewBox=\"0 0 %g %g\">\n<style>text{font:14px sans-serif;fill:#222}"
			".small{font-size:12px;fill:#666}.grid{stroke:#dddddd}"
			".line{fill:none;stroke-width:1.4}</style>\n"
			"<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n",
			WIDTH, HEIGHT, WIDTH, HEIGHT);
		draw_time(file, result);
		draw_b(file, result);
		draw_changes(file, result);
		draw_dropouts(file, result);
		draw_legend(file, result);
		fprintf(file, "</svg>\n");
		failed = ferror(file) != 0;
		failed = fclose(file) != 0 || failed;
	}
	if (failed)
		pv_program_fail("pvbench", "%s: %s", path, strerror(errno));
}
