/* SPDX-License-Identifier: MIT */
/* The table of where sound devices are. */
#include <stdio.h>
#include <time.h>

#include "backend/ctl/ctl.h"

static const char *text(const json_t *object, const char *key)
{
	const char *value = json_string_value(json_object_get(object, key));

	return value != NULL && value[0] != '\0' ? value : "-";
}

/* A device that nobody uses is not looked for. */
static const char *whereabouts(const json_t *device, const char *in_use, const json_t *place)
{
	if (json_is_true(json_object_get(place, "there")))
		return "there";
	return json_is_true(json_object_get(device, in_use)) ? "gone" : "closed";
}

static void print_place(
	const json_t *device, const char *way, const char *in_use, const json_t *place)
{
	time_t since = (time_t)json_integer_value(json_object_get(place, "since"));
	char when[32] = "-";
	struct tm local;

	if (place == NULL)
		return;
	if (localtime_r(&since, &local) != NULL)
		strftime(when, sizeof(when), "%F %T", &local);
	printf("%-16s %-8s %-6s %-20s %10lld %6lld  %-4s %-5s  %s\n", text(device, "name"), way,
		whereabouts(device, in_use, place), when,
		(long long)json_integer_value(json_object_get(place, "generation")),
		(long long)json_integer_value(json_object_get(place, "lost")),
		text(place, "access"), text(place, "driven"), text(place, "pcm"));
}

void pvctl_print_places(const json_t *devices)
{
	size_t i;
	json_t *device;

	printf("%-16s %-8s %-6s %-20s %10s %6s  %-4s %-5s  %s\n", "DEVICE", "WAY", "IS", "SINCE",
		"GENERATION", "LOST", "IN", "BY", "PCM");
	json_array_foreach(devices, i, device)
	{
		print_place(
			device, "playback", "playing", json_object_get(device, "playback_place"));
		print_place(
			device, "capture", "capturing", json_object_get(device, "capture_place"));
	}
}
