/* SPDX-License-Identifier: MIT */
/* pvbench engine's command line, and its figures as text, JSON and SVG. */
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "common/program.h"
#include "config.h"
#include "tests/bench/engine.h"
#include "tests/bench/flags.h"
#include "tests/bench/json.h"

#define WIDTH 720.0
#define HEIGHT 480.0
#define LEFT 70.0
#define RIGHT 30.0
#define TOP 60.0
#define BOTTOM 60.0

static const char usage[] =
	"Usage: pvbench engine [OPTION...]\n"
	"Measures the processor time that streams cost the thread of a device, which converts and\n"
	"mixes them, at quanta of 128 frames at 48 kHz.\n";

static void take_quick(const char *text, void *place)
{
	struct pvbench_engine_options *options = place;

	(void)text;
	options->seconds = 1;
	options->most = 4;
}

#define PLACE(member) .offset = offsetof(struct pvbench_engine_options, member)
static const struct pvbench_flag flags[] = {
	{"seconds", "N", "for each number of streams (3)", PLACE(seconds), 1, 3600},
	{"streams", "N", "up to so many, doubling from one (64)", PLACE(most), 1,
		PVBENCH_ENGINE_STREAMS_MAX},
	PVBENCH_FLAG_JSON(struct pvbench_engine_options, json_path),
	{"plot", "FILE.svg", "draw processor time against streams", PLACE(plot_path)},
	{"quick", NULL, "few streams for 1 s", .set = take_quick},
	PVBENCH_FLAG_STRICT(struct pvbench_engine_options, strict),
	{0},
};

static void print_target(bool met, const char *way, const char *what, double percent, double limit)
{
	printf("  %s  %s: %s %.3f %% (at most %.2f)\n", met ? "PASS" : "MISS", way, what, percent,
		limit);
}

static void print_targets(const struct pvbench_engine_result *result, unsigned way)
{
	struct pvbench_engine_verdict verdict = pvbench_engine_judge(result, way);
	const char *name = pvbench_engine_way_names[way];
	double limit = pvbench_engine_limits_percent[way];

	print_target(verdict.first, name, "the first stream", result->first_percent[way], limit);
	print_target(verdict.stream, name, "each one more", result->stream_percent[way], limit);
	print_target(verdict.line, name, "off a line by", result->worst_percent[way],
		result->points[way][result->num_points - 1].percent * PVBENCH_ENGINE_OFF_LINE);
}

static void print(const struct pvbench_engine_result *result)
{
	printf("Processor time of a device's thread, %% of one processor: S16_LE, stereo, quanta "
	       "of "
	       "128 frames.\n%s\n%8s",
		result->real_time ? "" : "Without real-time priority (not permitted).\n",
		"streams");
	for (unsigned way = 0; way < PVBENCH_ENGINE_WAYS; way++)
		printf(" %16s", pvbench_engine_way_names[way]);
	for (unsigned i = 0; i < result->num_points; i++) {
		printf("\n%8u", result->points[0][i].streams);
		for (unsigned way = 0; way < PVBENCH_ENGINE_WAYS; way++)
			printf(" %16.3f%s", result->points[way][i].percent,
				result->points[way][i].silence_frames > 0 ? " (ran dry)" : "");
	}
	printf("\n\nTargets\n");
	for (unsigned way = 0; way < PVBENCH_ENGINE_WAYS; way++)
		print_targets(result, way);
}

/* ---- JSON ---- */

static json_t *way_json(const struct pvbench_engine_result *result, unsigned way)
{
	struct pvbench_engine_verdict verdict = pvbench_engine_judge(result, way);
	json_t *points = json_array();

	for (unsigned i = 0; i < result->num_points; i++) {
		const struct pvbench_engine_point *point = &result->points[way][i];

		json_array_append_new(
			points, json_pack("{s:i, s:f, s:I}", "streams", (int)point->streams,
					"percent", point->percent, "silence_frames",
					(json_int_t)point->silence_frames));
	}
	return json_pack("{s:s, s:o, s:f, s:f, s:f, s:f, s:f, s:b, s:b, s:b}", "name",
		pvbench_engine_way_names[way], "points", points, "first_percent",
		result->first_percent[way], "base_percent", result->base_percent[way],
		"stream_percent", result->stream_percent[way], "worst_percent",
		result->worst_percent[way], "limit_percent", pvbench_engine_limits_percent[way],
		"first_met", (int)verdict.first, "stream_met", (int)verdict.stream, "line_met",
		(int)verdict.line);
}

static void write_json(const char *path, const struct pvbench_engine_result *result)
{
	json_t *ways = json_array();

	for (unsigned way = 0; way < PVBENCH_ENGINE_WAYS; way++)
		json_array_append_new(ways, way_json(result, way));
	pvbench_json_save(
		path, json_pack("{s:s, s:s, s:b, s:o}", "program", "pvbench engine", "version",
			      PACKAGE_VERSION, "real_time", (int)result->real_time, "ways", ways));
}

/* ---- SVG ---- */

static void draw_way(FILE *file, const struct pvbench_engine_result *result, unsigned way,
	double most_streams, double most_percent)
{
	static const char *const colours[PVBENCH_ENGINE_WAYS] = {"#0969c3", "#d98200", "#2a8a3e"};
	double width = WIDTH - LEFT - RIGHT, height = HEIGHT - TOP - BOTTOM;
	double base = result->base_percent[way], stream = result->stream_percent[way];

	fprintf(file, "<line stroke=\"%s\" x1=\"%g\" y1=\"%.1f\" x2=\"%g\" y2=\"%.1f\"/>\n",
		colours[way], LEFT, HEIGHT - BOTTOM - height * base / most_percent, WIDTH - RIGHT,
		HEIGHT - BOTTOM - height * (base + stream * most_streams) / most_percent);
	for (unsigned i = 0; i < result->num_points; i++)
		fprintf(file, "<circle fill=\"%s\" r=\"4\" cx=\"%.1f\" cy=\"%.1f\"/>\n",
			colours[way], LEFT + width * result->points[way][i].streams / most_streams,
			HEIGHT - BOTTOM - height * result->points[way][i].percent / most_percent);
	fprintf(file, "<text fill=\"%s\" x=\"%g\" y=\"%g\">%s: %.3f %% a stream</text>\n",
		colours[way], LEFT + 14, TOP + 22 + 20.0 * way, pvbench_engine_way_names[way],
		stream);
}

void pvbench_engine_plot_write(const char *path, const struct pvbench_engine_result *result)
{
	FILE *file = fopen(path, "w");
	double most_streams = 1u << (result->num_points - 1) >> 1, most_percent = 0;
	bool failed = file == NULL;

	for (unsigned way = 0; way < PVBENCH_ENGINE_WAYS; way++)
		for (unsigned i = 0; i < result->num_points; i++)
			most_percent = fmax(most_percent, 1.1 * result->points[way][i].percent);
	if (!failed) {
		fprintf(file,
			"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%g\" height=\"%g\" "
			"viewBox=\"0 0 %g %g\">\n<style>text{font:14px sans-serif}</style>\n"
			"<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n"
			"<rect x=\"%g\" y=\"%g\" width=\"%g\" height=\"%g\" fill=\"none\" "
			"stroke=\"#888888\"/>\n<text x=\"%g\" y=\"34\">Processor time of a "
			"device's thread, %% of one processor</text>\n",
			WIDTH, HEIGHT, WIDTH, HEIGHT, LEFT, TOP, WIDTH - LEFT - RIGHT,
			HEIGHT - TOP - BOTTOM, LEFT);
		fprintf(file,
			"<text x=\"%g\" y=\"%g\" text-anchor=\"end\">%.3g</text>\n"
			"<text x=\"%g\" y=\"%g\" text-anchor=\"end\">0</text>\n"
			"<text x=\"%g\" y=\"%g\" text-anchor=\"end\">%.0f streams</text>\n",
			LEFT - 6, TOP + 5, most_percent, LEFT - 6, HEIGHT - BOTTOM, WIDTH - RIGHT,
			HEIGHT - BOTTOM + 22, most_streams);
		for (unsigned way = 0; way < PVBENCH_ENGINE_WAYS; way++)
			draw_way(file, result, way, most_streams, most_percent);
		fprintf(file, "</svg>\n");
		failed = ferror(file) != 0;
		failed = fclose(file) != 0 || failed;
	}
	if (failed)
		pv_program_fail("pvbench", "%s: %s", path, strerror(errno));
}

int pvbench_engine(int argc, char *argv[])
{
	struct pvbench_engine_options options = {.seconds = 3, .most = 64};
	struct pvbench_engine_result result;

	pvbench_flags_parse_all(argc, argv, usage, flags, &options);
	pvbench_engine_measure(&options, &result);
	if (options.json_path == NULL || strcmp(options.json_path, "-") != 0)
		print(&result);
	if (options.json_path != NULL)
		write_json(options.json_path, &result);
	if (options.plot_path != NULL)
		pvbench_engine_plot_write(options.plot_path, &result);
	return options.strict && !pvbench_engine_met(&result) ? PV_EXIT_FAILED : PV_EXIT_DONE;
}
