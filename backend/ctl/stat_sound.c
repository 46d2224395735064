/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "backend/ctl/ctl.h"

#define PLACE_TITLE "%-16s %-5s %-7s %-16s %-8s"

static const char *text(const json_t *object, const char *key)
{
	const char *value = json_string_value(json_object_get(object, key));

	return value ? value : "-";
}

static double number(const json_t *object, const char *key)
{
	return json_number_value(json_object_get(object, key));
}

static bool is_true(const json_t *object, const char *key)
{
	return json_is_true(json_object_get(object, key));
}

/* Of threads that run: what they would get is known when they do. */
static const char *real_time_text(const json_t *device, bool open)
{
	if (!open)
		return "-";
	return is_true(device, "real_time") ? "yes" : "no";
}

static void print_devices(const json_t *devices)
{
	size_t i;
	json_t *device;

	printf("%-16s %-6s %-8s %-4s %10s %8s %6s %6s %11s %11s\n", "DEVICE", "TYPE", "OPEN", "RT",
		"QUANTA", "LATE", "XRUNS", "LOST", "WAKE-P50-US", "WAKE-P99-US");
	json_array_foreach(devices, i, device)
	{
		bool plays = is_true(device, "playing"), captures = is_true(device, "capturing");
		const json_t *delay = json_object_get(device, "wake_delay");

		printf("%-16s %-6s %-8s %-4s %10.0f %8.0f %6.0f %6.0f %11.0f %11.0f\n",
			text(device, "name"), text(device, "type"),
			plays      ? captures ? "both" : "playback"
			: captures ? "capture"
				   : "-",
			real_time_text(device, plays || captures), number(device, "quanta"),
			number(device, "late_quanta"), number(device, "xruns"),
			number(device, "lost"), number(delay, "p50_us"), number(delay, "p99_us"));
	}
}

/* "s16_le 48000x2 256/1024": rate, channels, frames of period and buffer. */
static void format_mode(const json_t *stream, char *ret, size_t ret_bytes)
{
	if (!is_true(stream, "open"))
		snprintf(ret, ret_bytes, "closed");
	else
		snprintf(ret, ret_bytes, "%s %.0fx%.0f %.0f/%.0f%s", text(stream, "format"),
			number(stream, "rate"), number(stream, "channels"),
			number(stream, "period_frames"), number(stream, "buffer_frames"),
			is_true(stream, "running") ? "" : " stopped");
}

/* dom0's mute, or that the configuration denies recording. */
static const char *mute_text(const json_t *stream)
{
	const char *record = json_string_value(json_object_get(stream, "record"));

	return record && strcmp(record, "deny") == 0 ? record : text(stream, "mute");
}

static void print_place(const json_t *stream)
{
	char place[48];

	snprintf(place, sizeof(place), "%.0f/%.0f/%.0f", number(stream, "device"),
		number(stream, "pcm"), number(stream, "stream"));
	printf("%-16s %-5s %-7s %-16s %-8s", text(stream, "guest"), text(stream, "class"), place,
		text(stream, "card"), text(stream, "direction"));
}

static void print_streams(const struct pvctl_sample *before, const struct pvctl_sample *now)
{
	char mode[96];
	size_t i;
	json_t *stream;

	printf(PLACE_TITLE " %-32s", "GUEST", "CLASS", "DEV", "DEVICE", "WAY", "MODE");
	if (before->answer)
		printf(" %8s", "HZ");
	printf(" %10s %10s %6s %8s %5s %8s %6s %11s %11s\n", "POSITION", "LATENCY-MS", "XRUNS",
		"VOLUME", "MUTE", "G-VOLUME", "G-MUTE", "WAKE-P50-US", "WAKE-P99-US");
	json_array_foreach(json_object_get(now->answer, "streams"), i, stream)
	{
		const json_t *delay = json_object_get(stream, "wake_delay");

		format_mode(stream, mode, sizeof(mode));
		print_place(stream);
		printf(" %-32s", mode);
		if (before->answer)
			printf(" %8.0f",
				pvctl_stat_rate(before, now, "streams", stream, "position_frames"));
		printf(" %10.0f %10.1f %6.0f %8s %5s %8s %6s %11.0f %11.0f\n",
			number(stream, "position_frames"), number(stream, "latency_ms"),
			number(stream, "underruns") + number(stream, "overruns"),
			text(stream, "volume"), mute_text(stream), text(stream, "guest_volume"),
			text(stream, "guest_mute"), number(delay, "p50_us"),
			number(delay, "p99_us"));
	}
}

/* "12 (guest_late 2, engine_late 10)" */
static void format_causes(const json_t *causes, char *ret, size_t ret_bytes)
{
	const char *cause, *separator = " (";
	json_int_t sum = 0;
	json_t *value;
	size_t used;

	json_object_foreach((json_t *)causes, cause, value) sum += json_integer_value(value);
	used = (size_t)snprintf(ret, ret_bytes, "%" JSON_INTEGER_FORMAT, sum);
	json_object_foreach((json_t *)causes, cause, value)
	{
		if (json_integer_value(value) == 0 || used >= ret_bytes)
			continue;
		used += (size_t)snprintf(ret + used, ret_bytes - used, "%s%s %" JSON_INTEGER_FORMAT,
			separator, cause, json_integer_value(value));
		separator = ", ";
	}
	if (sum > 0 && used < ret_bytes)
		snprintf(ret + used, ret_bytes - used, ")");
}

static void print_frames(const json_t *streams)
{
	char silence[256], dropped[256];
	size_t i;
	json_t *stream;

	printf(PLACE_TITLE " %12s %12s %8s  %-40s  %s\n", "GUEST", "CLASS", "DEV", "DEVICE", "WAY",
		"GUEST-FRAMES", "DEV-FRAMES", "INSIDE", "SILENCE", "DROPPED");
	json_array_foreach(streams, i, stream)
	{
		format_causes(json_object_get(stream, "silence"), silence, sizeof(silence));
		format_causes(json_object_get(stream, "dropped"), dropped, sizeof(dropped));
		print_place(stream);
		printf(" %12.0f %12.0f %8.0f  %-40s  %s\n", number(stream, "guest_frames"),
			number(stream, "device_frames"), number(stream, "fill_frames"), silence,
			dropped);
	}
}

void pvctl_print_sound(const struct pvctl_sample *before, const struct pvctl_sample *now)
{
	print_devices(json_object_get(now->answer, "devices"));
	putchar('\n');
	pvctl_print_places(json_object_get(now->answer, "devices"));
	putchar('\n');
	pvctl_print_depths(json_object_get(now->answer, "devices"));
	putchar('\n');
	print_streams(before, now);
	putchar('\n');
	print_frames(json_object_get(now->answer, "streams"));
}
