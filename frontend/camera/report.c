/* SPDX-License-Identifier: MIT */
#include "frontend/camera/report.h"

#include <inttypes.h>
#include <jansson.h>

#include "frontend/camera/tool.h"

static double megabytes_per_second(const struct pvcam_timing_sum *sum)
{
	if (!sum->frames)
		return 0;
	return pvcam_timing_fps(sum) * (double)sum->bytes / (double)sum->frames / 1e6;
}

void pvcam_report_text(
	const struct pvcam_timing_sum *sum, const struct pvcam_settings *settings, FILE *to)
{
	fprintf(to,
		"%" PRIu64 " frame%s %s %" PRIu32 "x%" PRIu32 ", %" PRIu64 " lost, %" PRIu64
		" doubled, %" PRIu64 " late, %.2f frames/s, %.1f MB/s\n",
		sum->frames, sum->frames == 1 ? "" : "s", pvcam_tool_format(settings->fourcc),
		settings->width, settings->height, sum->lost, sum->doubled, sum->late,
		pvcam_timing_fps(sum), megabytes_per_second(sum));
}

void pvcam_report_json(const struct pvcam_timing_sum *sum, const struct pvcam_settings *settings,
	const char *why, FILE *to)
{
	json_t *object = json_pack(
		"{s:I, s:I, s:I, s:I, s:I, s:f, s:f, s:f, s:s, s:I, s:I, s:[I,I]}", "frames",
		(json_int_t)sum->frames, "lost", (json_int_t)sum->lost, "doubled",
		(json_int_t)sum->doubled, "late", (json_int_t)sum->late, "bytes",
		(json_int_t)sum->bytes, "seconds", (double)(sum->last_ns - sum->first_ns) / 1e9,
		"frames_per_second", pvcam_timing_fps(sum), "megabytes_per_second",
		megabytes_per_second(sum), "format", pvcam_tool_format(settings->fourcc), "width",
		(json_int_t)settings->width, "height", (json_int_t)settings->height, "rate",
		(json_int_t)settings->rate_numer, (json_int_t)settings->rate_denom);

	if (object && *why)
		json_object_set_new(object, "error", json_string(why));
	json_dumpf(object, to, JSON_REAL_PRECISION(9));
	fputs("\n", to);
	json_decref(object);
}
