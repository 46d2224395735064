/* SPDX-License-Identifier: MIT */
/* The table of what sound devices run in, and how deep their buffers are kept. */
#include <stdio.h>

#include "backend/ctl/ctl.h"

static double number(const json_t *object, const char *key)
{
	return json_number_value(json_object_get(object, key));
}

/* "4.2% 4.1-4.3": best guess and bounds. */
static void print_share(const json_t *share)
{
	char text[48] = "-";

	if (json_is_object(share))
		snprintf(text, sizeof(text), "%.3g%% %.3g-%.3g", number(share, "is") * 100,
			number(share, "least") * 100, number(share, "most") * 100);
	printf(" %-22s", text);
}

static void print_depth(const json_t *depth)
{
	char limits[32];

	if (!json_is_object(depth)) {
		printf(" %8s %8s %-13s %-22s %-22s %10s %8s %8s\n", "-", "-", "-", "-", "-", "-",
			"-", "-");
		return;
	}
	snprintf(limits, sizeof(limits), "%.1f-%.1f", number(depth, "min_ms"),
		number(depth, "max_ms"));
	printf(" %8.2f %8.2f %-13s", number(depth, "now_ms"), number(depth, "floor_ms"),
		json_is_true(json_object_get(depth, "fixed")) ? "fixed" : limits);
	print_share(json_object_get(depth, "miss"));
	print_share(json_object_get(depth, "catch_up"));
	printf(" %10.3g %8.0f %8.2f\n", number(depth, "predicted_per_hour"),
		number(depth, "dropouts"), number(depth, "watched_hours"));
}

static void print_way(const json_t *device, const char *way, const json_t *depth)
{
	const json_t *runs = json_object_get(device, way);
	const char *name = json_string_value(json_object_get(device, "name"));
	const char *format = json_string_value(json_object_get(runs, "format"));
	char mode[64];

	if (!json_is_object(runs))
		return;
	snprintf(mode, sizeof(mode), "%s %.0fx%.0f", format ? format : "-", number(runs, "rate"),
		number(runs, "channels"));
	printf("%-16s %-8s %-20s %7.0f", name ? name : "-", way, mode,
		number(runs, "quantum_frames"));
	print_depth(depth);
}

void pvctl_print_depths(const json_t *devices)
{
	size_t i;
	json_t *device;

	printf("%-16s %-8s %-20s %7s %8s %8s %-13s %-22s %-22s %10s %8s %8s\n", "DEVICE", "WAY",
		"RUNS-IN", "QUANTUM", "DEPTH-MS", "FLOOR-MS", "LIMITS-MS", "MISS", "CATCH-UP",
		"EXPECTED/H", "DROPOUTS", "HOURS");
	json_array_foreach(devices, i, device)
	{
		print_way(device, "playback", json_object_get(device, "depth"));
		print_way(device, "capture", NULL);
	}
}
