/* SPDX-License-Identifier: MIT */
/* Time against size, both logarithmic, as SVG: the first thesis's figure 4 over four decades. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "common/program.h"
#include "tests/bench/camera.h"

#define WIDTH 960.0
#define HEIGHT 640.0
#define LEFT 90.0
#define RIGHT 30.0
#define TOP 70.0
#define BOTTOM 90.0
#define PAGE_BYTES 4096.0
#define CURVE_STEPS 120

/* Decades of what is shown. */
struct scale {
	double min_exponent, max_exponent;
};

struct plot {
	FILE *file;
	const struct pvbench_result *result;
	struct scale x; /* log10 bytes */
	struct scale y; /* log10 us */
};

static const struct {
	const char *colour, *label;
} looks[PVBENCH_WAYS] = {
	[PVBENCH_MEMCPY] = {"#666666", "one memcpy"},
	[PVBENCH_VCHAN] = {"#d98200", "libxenvchan, 1 MiB ring"},
	[PVBENCH_PAGES] = {"#c0267e", "one synchronous call a page"},
	[PVBENCH_PVMEDIA] = {"#0969c3", "pvmedia"},
};

static double x_of(const struct plot *plot, double bytes)
{
	double part = (log10(bytes) - plot->x.min_exponent) /
		      (plot->x.max_exponent - plot->x.min_exponent);

	return LEFT + part * (WIDTH - LEFT - RIGHT);
}

static double y_of(const struct plot *plot, double us)
{
	double part =
		(log10(us) - plot->y.min_exponent) / (plot->y.max_exponent - plot->y.min_exponent);

	return HEIGHT - BOTTOM - part * (HEIGHT - TOP - BOTTOM);
}

static double median_us(const struct plot *plot, unsigned point, unsigned way)
{
	return plot->result->points[point].figures[plot->result->fitted][way].time.median_us;
}

static void choose_scales(struct plot *plot)
{
	double least_us = INFINITY, most_us = 0, least_bytes = INFINITY, most_bytes = 0;

	for (unsigned i = 0; i < plot->result->num_points; i++) {
		double bytes = (double)plot->result->points[i].frame_bytes;

		least_bytes = fmin(least_bytes, bytes);
		most_bytes = fmax(most_bytes, bytes);
		for (unsigned way = 0; way < PVBENCH_WAYS; way++) {
			double us = median_us(plot, i, way);

			least_us = us > 0 ? fmin(least_us, us) : least_us;
			most_us = fmax(most_us, us);
		}
	}
	plot->x = (struct scale){log10(least_bytes / 1.5), log10(most_bytes * 1.5)};
	plot->y = (struct scale){floor(log10(least_us)), ceil(log10(most_us))};
	if (plot->y.max_exponent - plot->y.min_exponent < 1)
		plot->y.max_exponent = plot->y.min_exponent + 1;
}

static void draw_y_axis(const struct plot *plot)
{
	for (double exponent = plot->y.min_exponent; exponent <= plot->y.max_exponent; exponent++) {
		double us = pow(10, exponent), y = y_of(plot, us);

		fprintf(plot->file,
			"<line class=\"grid\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>\n"
			"<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">%g %s</text>\n",
			LEFT, y, WIDTH - RIGHT, y, LEFT - 8, y + 5, exponent < 3 ? us : us / 1000,
			exponent < 3 ? "µs" : "ms");
		for (double part = 2; part < 10 && exponent < plot->y.max_exponent; part++)
			fprintf(plot->file,
				"<line class=\"fine\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" "
				"y2=\"%.1f\"/>\n",
				LEFT, y_of(plot, us * part), WIDTH - RIGHT, y_of(plot, us * part));
	}
	fprintf(plot->file,
		"<text transform=\"translate(22 %.1f) rotate(-90)\" text-anchor=\"middle\">"
		"median time, filled source frame to readable frame</text>\n",
		(TOP + HEIGHT - BOTTOM) / 2);
}

static void draw_x_axis(const struct plot *plot)
{
	static const char *const units[] = {"KiB", "MiB", "GiB"};
	double low = pow(10, plot->x.min_exponent), high = pow(10, plot->x.max_exponent);

	for (unsigned power = 10; power < 40; power += 2) {
		double bytes = ldexp(1, (int)power), x = x_of(plot, bytes);

		if (bytes < low || bytes > high)
			continue;
		fprintf(plot->file,
			"<line class=\"grid\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>\n"
			"<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">%u %s</text>\n",
			x, TOP, x, HEIGHT - BOTTOM, x, HEIGHT - BOTTOM + 20, 1u << power % 10,
			units[power / 10 - 1]);
	}
	fprintf(plot->file,
		"<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">size of a frame</text>\n",
		(LEFT + WIDTH - RIGHT) / 2, HEIGHT - BOTTOM + 44);
}

/* The thesis's own sizes, to find one's way. */
static void draw_landmarks(const struct plot *plot)
{
	static const struct {
		const char *name;
		double bytes;
	} landmarks[] = {
		{"VGA", 640 * 480 * 2}, {"XGA", 1024 * 768 * 2}, {"FullHD", 1920 * 1080 * 2}};
	double low = pow(10, plot->x.min_exponent), high = pow(10, plot->x.max_exponent);

	for (size_t i = 0; i < sizeof(landmarks) / sizeof(landmarks[0]); i++) {
		double x;

		if (landmarks[i].bytes < low || landmarks[i].bytes > high)
			continue;
		x = x_of(plot, landmarks[i].bytes);
		fprintf(plot->file,
			"<line class=\"mark\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>\n"
			"<text class=\"small\" x=\"%.1f\" y=\"%.1f\" "
			"text-anchor=\"middle\">%s</text>\n",
			x, TOP, x, HEIGHT - BOTTOM, x, TOP - 6, landmarks[i].name);
	}
}

static void draw_line(const struct plot *plot, unsigned way)
{
	const struct pvbench_line *line = &plot->result->fit[way];
	double first = plot->x.min_exponent, last = plot->x.max_exponent;
	bool begun = false;

	if (!(line->slope > 0))
		return;
	fprintf(plot->file, "<path class=\"line\" stroke=\"%s\" d=\"", looks[way].colour);
	for (unsigned i = 0; i <= CURVE_STEPS; i++) {
		double bytes = pow(10, first + (last - first) * i / CURVE_STEPS);
		double us = line->intercept + line->slope * bytes / PAGE_BYTES;

		if (us < pow(10, plot->y.min_exponent) || us > pow(10, plot->y.max_exponent))
			continue;
		fprintf(plot->file, "%s%.1f %.1f", begun ? " L" : "M", x_of(plot, bytes),
			y_of(plot, us));
		begun = true;
	}
	fprintf(plot->file, "\"/>\n");
}

static void draw_points(const struct plot *plot, unsigned way)
{
	for (unsigned i = 0; i < plot->result->num_points; i++) {
		double us = median_us(plot, i, way);

		if (us > 0)
			fprintf(plot->file,
				"<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4.5\" fill=\"%s\"/>\n",
				x_of(plot, (double)plot->result->points[i].frame_bytes),
				y_of(plot, us), looks[way].colour);
	}
}

static void draw_legend(const struct plot *plot)
{
	static const unsigned order[PVBENCH_WAYS] = {
		PVBENCH_PAGES, PVBENCH_VCHAN, PVBENCH_PVMEDIA, PVBENCH_MEMCPY};

	fprintf(plot->file,
		"<rect x=\"%.1f\" y=\"%.1f\" width=\"445\" height=\"%u\" fill=\"white\" "
		"stroke=\"#bbbbbb\"/>\n",
		LEFT + 12, TOP + 12, 24 * PVBENCH_WAYS + 12);
	for (unsigned i = 0; i < PVBENCH_WAYS; i++) {
		const struct pvbench_line *line = &plot->result->fit[order[i]];
		double y = TOP + 34 + 24 * i;

		fprintf(plot->file,
			"<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4.5\" fill=\"%s\"/>\n"
			"<text x=\"%.1f\" y=\"%.1f\">%s: %.1f µs + %.3f µs a page</text>\n",
			LEFT + 28, y - 5, looks[order[i]].colour, LEFT + 42, y,
			looks[order[i]].label, line->intercept, line->slope);
	}
}

static void draw(const struct plot *plot)
{
	fprintf(plot->file,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%g\" height=\"%g\" "
		"viewBox=\"0 0 %g %g\">\n<style>text{font:14px sans-serif;fill:#222}"
		".title{font-size:18px}.small{font-size:12px;fill:#666}"
		".grid{stroke:#cccccc}.fine{stroke:#eeeeee}"
		".mark{stroke:#888888;stroke-dasharray:3 "
		"4}.line{fill:none;stroke-width:1.6}</style>\n"
		"<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n",
		WIDTH, HEIGHT, WIDTH, HEIGHT);
	fprintf(plot->file,
		"<text class=\"title\" x=\"%.1f\" y=\"32\">Bringing a YUYV frame to a guest, "
		"%s</text>\n",
		LEFT, pvbench_pacing_names[plot->result->fitted]);
	draw_y_axis(plot);
	draw_x_axis(plot);
	draw_landmarks(plot);
	for (unsigned way = 0; way < PVBENCH_WAYS; way++)
		draw_line(plot, way);
	for (unsigned way = 0; way < PVBENCH_WAYS; way++)
		draw_points(plot, way);
	draw_legend(plot);
	fprintf(plot->file,
		"<text class=\"small\" x=\"%.1f\" y=\"%.1f\">Lines: fitted by least squares of the "
		"relative error; a page is 4096 bytes. Source and destination are cold.</text>\n"
		"</svg>\n",
		LEFT, HEIGHT - 14);
}

void pvbench_plot_write(const char *path, const struct pvbench_result *result)
{
	struct plot plot = {.file = fopen(path, "w"), .result = result};
	bool failed = plot.file == NULL;

	if (!failed) {
		choose_scales(&plot);
		draw(&plot);
		failed = ferror(plot.file) != 0;
		failed = fclose(plot.file) != 0 || failed;
	}
	if (failed)
		pv_program_fail("pvbench", "%s: %s", path, strerror(errno));
}
