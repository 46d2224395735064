/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <jansson.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "common/program.h"
#include "config.h"
#include "tests/bench/camera.h"
#include "tests/bench/cold.h"
#include "tests/bench/json.h"

static json_t *summary_json(const struct pvbench_summary *summary)
{
	return json_pack("{s:I, s:f, s:f, s:f}", "count", (json_int_t)summary->count, "median_us",
		summary->median_us, "p99_us", summary->p99_us, "min_us", summary->min_us);
}

static json_t *ways_json(const struct pvbench_figures figures[PVBENCH_WAYS])
{
	double ours_mb_per_s = figures[PVBENCH_PVMEDIA].mb_per_s;
	json_t *ways = json_object();

	for (unsigned way = 0; way < PVBENCH_WAYS; way++) {
		const struct pvbench_figures *from = &figures[way];
		json_t *to = summary_json(&from->time);

		json_object_set_new(to, "mb_per_s", json_real(from->mb_per_s));
		json_object_set_new(to, "lost", json_integer((json_int_t)from->lost));
		if (way == PVBENCH_PVMEDIA)
			json_object_set_new(to, "copy_mean_us", json_real(from->copy_us));
		if (way != PVBENCH_PVMEDIA && from->mb_per_s > 0)
			json_object_set_new(to, "times_slower_than_pvmedia",
				json_real(ours_mb_per_s / from->mb_per_s));
		json_object_set_new(ways, pvbench_way_names[way], to);
	}
	return ways;
}

static json_t *points_json(const struct pvbench_result *result)
{
	json_t *points = json_array();

	for (unsigned i = 0; i < result->num_points; i++) {
		const struct pvbench_point *from = &result->points[i];
		json_t *to = json_pack("{s:i, s:i, s:I}", "width", (int)from->size.width, "height",
			(int)from->size.height, "bytes", (json_int_t)from->frame_bytes);

		for (unsigned pacing = 0; pacing < PVBENCH_PACINGS; pacing++)
			if (from->figures[pacing][PVBENCH_PVMEDIA].time.count > 0)
				json_object_set_new(to, pvbench_pacing_names[pacing],
					ways_json(from->figures[pacing]));
		json_array_append_new(points, to);
	}
	return points;
}

static json_t *fit_json(const struct pvbench_result *result)
{
	json_t *fit = json_pack("{s:s}", "of", pvbench_pacing_names[result->fitted]);

	for (unsigned way = 0; way < PVBENCH_WAYS; way++)
		json_object_set_new(fit, pvbench_way_names[way],
			json_pack("{s:f, s:f}", "us_per_page", result->fit[way].slope,
				"intercept_us", result->fit[way].intercept));
	return fit;
}

static json_t *targets_json(const struct pvbench_result *result)
{
	struct pvbench_target targets[PVBENCH_TARGETS];
	json_t *list = json_array();

	pvbench_camera_targets(result, targets);
	for (unsigned i = 0; i < PVBENCH_TARGETS; i++)
		if (targets[i].value > 0)
			json_array_append_new(
				list, json_pack("{s:s, s:f, s:s, s:f, s:b}", "name",
					      targets[i].name, "value", targets[i].value, "bound",
					      targets[i].at_most ? "at-most" : "at-least", "limit",
					      targets[i].limit, "met",
					      (int)pvbench_target_met(&targets[i])));
	return list;
}

/* "model name" of the first CPU; "" where there is none. */
static void cpu_model(char *model, size_t model_bytes)
{
	FILE *file = fopen("/proc/cpuinfo", "r");
	char line[256], *colon;

	model[0] = '\0';
	while (file != NULL && model[0] == '\0' && fgets(line, sizeof(line), file) != NULL) {
		colon = strstr(line, ": ");
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, "model name", 10) == 0 && colon != NULL)
			snprintf(model, model_bytes, "%s", colon + 2);
	}
	if (file != NULL)
		fclose(file);
}

json_t *pvbench_json_machine(const struct pvbench_options *options)
{
	struct utsname kernel;
	char model[200];

	cpu_model(model, sizeof(model));
	uname(&kernel);
	return json_pack("{s:s, s:I, s:s, s:s, s:I, s:I, s:i, s:i, s:b}", "cpu", model, "cpus",
		(json_int_t)sysconf(_SC_NPROCESSORS_ONLN), "kernel", kernel.release, "arch",
		kernel.machine, "l3_bytes", (json_int_t)sysconf(_SC_LEVEL3_CACHE_SIZE),
		"cold_bytes", (json_int_t)pvbench_cold_bytes(), "dom0_cpu", options->cpus.dom0,
		"guest_cpu", options->cpus.guest, "fifo", (int)options->fifo);
}

void pvbench_json_save(const char *path, json_t *root)
{
	bool is_stdout = strcmp(path, "-") == 0;
	FILE *file = is_stdout ? stdout : fopen(path, "w");
	int failed = file == NULL ||
		     json_dumpf(root, file, JSON_INDENT(2) | JSON_REAL_PRECISION(9)) ||
		     fputc('\n', file) == EOF;

	if (file != NULL && (is_stdout ? fflush(file) : fclose(file)) != 0)
		failed = 1;
	json_decref(root);
	if (failed)
		pv_program_fail("pvbench", "%s: %s", path, strerror(errno));
}

void pvbench_json_write(const struct pvbench_options *options, const struct pvbench_result *result)
{
	json_t *root = json_pack("{s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "program",
		"pvbench camera", "version", PACKAGE_VERSION, "machine",
		pvbench_json_machine(options), "rate",
		json_sprintf("%u/%u", options->rate.numer, options->rate.denom), "points",
		points_json(result), "fit", fit_json(result), "event_trip",
		summary_json(&result->event_trip), "bare_trip", summary_json(&result->bare_trip),
		"targets", targets_json(result));

	if (root == NULL)
		pv_program_fail("pvbench", "no memory");
	pvbench_json_save(options->json_path, root);
}
