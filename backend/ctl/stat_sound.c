/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "backend/ctl/ctl.h"

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

static void print_devices(const json_t *devices)
{
	size_t i;
	json_t *device;

	printf("%-16s %-6s %-8s %-4s %10s %8s %6s\n", "DEVICE", "TYPE", "OPEN", "RT", "QUANTA",
		"LATE", "LOST");
	json_array_foreach(devices, i, device)
	{
		bool plays = is_true(device, "playing"), captures = is_true(device, "capturing");

		printf("%-16s %-6s %-8s %-4s %10.0f %8.0f %6.0f\n", text(device, "name"),
			text(device, "type"),
			plays      ? captures ? "both" : "playback"
			: captures ? "capture"
				   : "-",
			is_true(device, "real_time") ? "yes" : "no", number(device, "quanta"),
			number(device, "late_quanta"), number(device, "lost"));
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

/* What waits for the device, or for the guest. */
static double fill_ms(const json_t *stream)
{
	double rate = number(stream, "rate");

	return rate > 0 ? number(stream, "fill_frames") * 1000 / rate : 0;
}

/* dom0's mute, or that the configuration denies recording. */
static const char *mute_text(const json_t *stream)
{
	const char *record = json_string_value(json_object_get(stream, "record"));

	return record && strcmp(record, "deny") == 0 ? record : text(stream, "mute");
}

static void print_streams(const struct pvctl_sample *before, const struct pvctl_sample *now)
{
	char mode[96], place[48];
	size_t i;
	json_t *stream;

	printf("%-16s %-5s %-7s %-16s %-8s %-32s", "GUEST", "CLASS", "DEV", "DEVICE", "WAY",
		"MODE");
	if (before->answer)
		printf(" %8s", "HZ");
	printf(" %10s %7s %9s %6s %6s %8s %5s %8s %6s\n", "POSITION", "FILL-MS", "SILENCE", "XRUNS",
		"LATE", "VOLUME", "MUTE", "G-VOLUME", "G-MUTE");
	json_array_foreach(json_object_get(now->answer, "streams"), i, stream)
	{
		format_mode(stream, mode, sizeof(mode));
		snprintf(place, sizeof(place), "%.0f/%.0f/%.0f", number(stream, "device"),
			number(stream, "pcm"), number(stream, "stream"));
		printf("%-16s %-5s %-7s %-16s %-8s %-32s", text(stream, "guest"),
			text(stream, "class"), place, text(stream, "card"),
			text(stream, "direction"), mode);
		if (before->answer)
			printf(" %8.0f",
				pvctl_stat_rate(before, now, "streams", stream, "position_frames"));
		printf(" %10.0f %7.1f %9.0f %6.0f %6.0f %8s %5s %8s %6s\n",
			number(stream, "position_frames"), fill_ms(stream),
			number(stream, "silence_frames"),
			number(stream, "underruns") + number(stream, "overruns"),
			number(stream, "late_frames"), text(stream, "volume"), mute_text(stream),
			text(stream, "guest_volume"), text(stream, "guest_mute"));
	}
}

void pvctl_print_sound(const struct pvctl_sample *before, const struct pvctl_sample *now)
{
	print_devices(json_object_get(now->answer, "devices"));
	putchar('\n');
	print_streams(before, now);
}
