/* SPDX-License-Identifier: MIT */
/* pvcam list, pvcam info. */
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/program.h"
#include "frontend/camera/tool.h"

/* enum xenbus_state, as a user sees it. */
static const char *state_text(int state)
{
	static const char *const texts[] = {"no backend", "starting", "ready", "starting", "in use",
		"closed", "closed", "reconfiguring", "reconfiguring"};

	if (state < 0 || (size_t)state >= sizeof(texts) / sizeof(texts[0]))
		return "unknown";
	return texts[state];
}

/* Takes the reference. */
static int print_json(json_t *object)
{
	int r = object ? json_dumpf(object, stdout, JSON_INDENT(2)) : -1;

	json_decref(object);
	if (r < 0 || puts("") < 0 || fflush(stdout) < 0)
		pv_program_fail(PVCAM_TOOL, "cannot write the answer to stdout");
	return PV_EXIT_DONE;
}

static int list_json(const struct pvcam_entry *entries, size_t count)
{
	json_t *array = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(array,
			json_pack("{s:i, s:s, s:i, s:s}", "device", (int)entries[i].device, "name",
				entries[i].name, "backend_state", entries[i].backend_state, "state",
				state_text(entries[i].backend_state)));
	return print_json(array);
}

int pvcam_tool_list(int argc, char **argv)
{
	struct pvcam_tool_words words;
	struct pvcam_entry *entries;
	size_t count;
	int r;

	pvcam_tool_words(argc, argv, 0, &words);
	r = pvcam_list(&entries, &count);
	if (r < 0)
		pv_program_fail(PVCAM_TOOL, "%s", pvcam_strerror(r));
	if (words.json) {
		r = list_json(entries, count);
	} else if (count) {
		printf("%-7s %-20s %s\n", "DEVICE", "NAME", "STATE");
		for (size_t i = 0; i < count; i++)
			printf("%-7" PRIu32 " %-20s %s\n", entries[i].device, entries[i].name,
				state_text(entries[i].backend_state));
	} else {
		puts("no camera in this guest; dom0 adds one with pvctl attach");
	}
	free(entries);
	return fflush(stdout) < 0 ? PV_EXIT_FAILED : r;
}

static json_t *settings_json(const struct pvcam_settings *settings)
{
	return json_pack("{s:s, s:I, s:I, s:[I, I]}", "format", pvcam_tool_format(settings->fourcc),
		"width", (json_int_t)settings->width, "height", (json_int_t)settings->height,
		"rate", (json_int_t)settings->rate_numer, (json_int_t)settings->rate_denom);
}

static json_t *layout_json(const struct pvcam_layout *layout)
{
	json_t *planes = json_array();

	for (unsigned i = 0; i < layout->num_planes; i++)
		json_array_append_new(planes,
			json_pack("{s:I, s:I}", "offset_bytes", (json_int_t)layout->offset_bytes[i],
				"stride_bytes", (json_int_t)layout->stride_bytes[i]));
	return json_pack(
		"{s:I, s:o}", "size_bytes", (json_int_t)layout->size_bytes, "planes", planes);
}

/* Write-only controls have no value to read. */
static int control_value(struct pvcam *camera, const struct pvcam_control *control, int64_t *ret)
{
	*ret = 0;
	return pvcam_get_control(camera, control->type, ret);
}

static int controls_json(struct pvcam *camera, json_t *array)
{
	struct pvcam_control control;
	unsigned index;
	int64_t value;
	int r;

	for (index = 0; (r = pvcam_enum_control(camera, index, &control)) == 0; index++) {
		json_t *object = json_pack("{s:s, s:I, s:I, s:I, s:I, s:I}", "name", control.name,
			"flags", (json_int_t)control.flags, "min", (json_int_t)control.min, "max",
			(json_int_t)control.max, "step", (json_int_t)control.step, "default",
			(json_int_t)control.default_value);

		if (control_value(camera, &control, &value) == 0)
			json_object_set_new(object, "value", json_integer(value));
		json_array_append_new(array, object);
	}
	return r == -EINVAL ? 0 : r;
}

static int info_json(struct pvcam *camera)
{
	json_t *offered = json_array(), *controls = json_array();
	struct pvcam_colorimetry colors;
	struct pvcam_settings settings;
	struct pvcam_layout layout;
	int r;

	for (unsigned i = 0; pvcam_enum_settings(camera, i, &settings) == 0; i++)
		json_array_append_new(offered, settings_json(&settings));
	r = controls_json(camera, controls);
	pvcam_get_settings(camera, &settings);
	pvcam_get_layout(camera, &layout);
	pvcam_get_colorimetry(camera, &colors);
	if (r < 0) {
		json_decref(offered);
		json_decref(controls);
		return r;
	}
	return print_json(json_pack("{s:s, s:o, s:o, s:{s:I, s:I, s:I, s:I}, s:o, s:o}", "name",
		pvcam_name(camera), "settings", settings_json(&settings), "layout",
		layout_json(&layout), "colorimetry", "colorspace", (json_int_t)colors.colorspace,
		"xfer_func", (json_int_t)colors.xfer_func, "ycbcr_enc",
		(json_int_t)colors.ycbcr_enc, "quantization", (json_int_t)colors.quantization,
		"offered", offered, "controls", controls));
}

/* One line a picture, its rates behind it. */
static void print_offered(struct pvcam *camera)
{
	struct pvcam_settings settings, last = {0};

	fputs("on offer:", stdout);
	for (unsigned i = 0; pvcam_enum_settings(camera, i, &settings) == 0; i++) {
		if (settings.fourcc != last.fourcc || settings.width != last.width ||
			settings.height != last.height)
			printf("\n  %s %" PRIu32 "x%" PRIu32 " at",
				pvcam_tool_format(settings.fourcc), settings.width,
				settings.height);
		printf(" %" PRIu32 "/%" PRIu32, settings.rate_numer, settings.rate_denom);
		last = settings;
	}
	puts("");
}

static int print_controls(struct pvcam *camera)
{
	struct pvcam_control control;
	int64_t value;
	int r;

	for (unsigned i = 0; (r = pvcam_enum_control(camera, i, &control)) == 0; i++) {
		if (i == 0)
			puts("controls:");
		printf("  %-10s ", control.name);
		if (control_value(camera, &control, &value) == 0)
			printf("%" PRId64, value);
		else
			fputs("?", stdout);
		printf(" (%" PRId64 " to %" PRId64 ", step %" PRId64 ", default %" PRId64 "%s%s)\n",
			control.min, control.max, control.step, control.default_value,
			control.flags & 1 ? ", read only" : "",
			control.flags & 2 ? ", write only" : "");
	}
	return r == -EINVAL ? 0 : r;
}

static int info_text(struct pvcam *camera)
{
	struct pvcam_colorimetry colors;
	struct pvcam_settings settings;
	struct pvcam_layout layout;
	int r;

	pvcam_get_settings(camera, &settings);
	pvcam_get_layout(camera, &layout);
	pvcam_get_colorimetry(camera, &colors);
	printf("camera: %s\nsettings: %s %" PRIu32 "x%" PRIu32 " at %" PRIu32 "/%" PRIu32 "\n",
		pvcam_name(camera), pvcam_tool_format(settings.fourcc), settings.width,
		settings.height, settings.rate_numer, settings.rate_denom);
	printf("frame: %zu bytes", layout.size_bytes);
	for (unsigned i = 0; i < layout.num_planes; i++)
		printf(", plane %u at %zu with stride %" PRIu32, i, layout.offset_bytes[i],
			layout.stride_bytes[i]);
	printf("\ncolorimetry: colorspace %" PRIu32 ", transfer function %" PRIu32
	       ", encoding %" PRIu32 ", quantization %" PRIu32 "\n",
		colors.colorspace, colors.xfer_func, colors.ycbcr_enc, colors.quantization);
	print_offered(camera);
	r = print_controls(camera);
	return r == 0 && fflush(stdout) < 0 ? -errno : r;
}

int pvcam_tool_info(int argc, char **argv)
{
	struct pvcam_tool_words words;
	struct pvcam *camera;
	int r;

	pvcam_tool_words(argc, argv, 1, &words);
	r = pvcam_open(words.name, &camera);
	if (r < 0)
		pv_program_fail(PVCAM_TOOL, "%s: %s", words.name ? words.name : "first camera",
			pvcam_strerror(r));
	r = words.json ? info_json(camera) : info_text(camera);
	pvcam_close(camera);
	if (r < 0)
		pv_program_fail(PVCAM_TOOL, "%s", pvcam_strerror(r));
	return PV_EXIT_DONE;
}
