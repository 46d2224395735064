/* SPDX-License-Identifier: MIT */
/* `pvctl volume`, `mute`, `unmute`: of a guest's sound streams, by way of pvsndd. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "backend/ctl/ctl.h"
#include "common/ctl.h"

#define TIMEOUT_MS 5000
#define DB_MAX 120.0

/* What dom0 has it at now, a line for each stream. */
static void print_levels(const json_t *streams)
{
	size_t i;
	json_t *stream;

	json_array_foreach(streams, i, stream)
	{
		const char *mute = json_string_value(json_object_get(stream, "mute"));

		printf("%s %s %" JSON_INTEGER_FORMAT " %s %s volume %s%s\n",
			json_string_value(json_object_get(stream, "guest")),
			json_string_value(json_object_get(stream, "class")),
			json_integer_value(json_object_get(stream, "device")),
			json_string_value(json_object_get(stream, "card")),
			json_string_value(json_object_get(stream, "direction")),
			json_string_value(json_object_get(stream, "volume")),
			mute && strchr(mute, '1') ? " muted" : "");
	}
}

/* request is taken. */
static enum pv_exit call(const struct pvctl_options *options, json_t *request)
{
	const char *socket = options->socket ? options->socket : PVCTL_SOUND_SOCKET, *error;
	json_t *answer;
	int status = request ? pv_ctl_call(socket, request, TIMEOUT_MS, &answer) : -ENOMEM;
	enum pv_exit exit = PV_EXIT_DONE;

	json_decref(request);
	if (status == -ENOENT || status == -ECONNREFUSED)
		return pvctl_fail("nobody listens at %s: start pvsndd, or name its socket with "
				  "--socket",
			socket);
	if (status < 0)
		return pvctl_fail("pvsndd at %s: %s", socket, strerror(-status));
	error = json_string_value(json_object_get(answer, "error"));
	if (error)
		exit = pvctl_fail("pvsndd at %s: %s", socket, error);
	else if (options->json)
		exit = pvctl_print_json(json_incref(answer));
	else
		print_levels(json_object_get(answer, "streams"));
	json_decref(answer);
	return exit;
}

enum pv_exit pvctl_volume(const struct pvctl_options *options, const char *guest,
	const char *device, const char *level)
{
	char *end;
	double db = strtod(level, &end);
	bool unit = strcasecmp(end, "dB") == 0;
	bool step = !unit && (*level == '+' || *level == '-');

	if (end == level || (*end && !unit) || !isfinite(db) || fabs(db) > DB_MAX ||
		(!step && db > 0)) {
		pvctl_fail("volume: %s is neither a level from -120dB to 0dB nor a step in dB such "
			   "as +3 or -3",
			level);
		return PV_EXIT_USAGE;
	}
	return call(
		options, json_pack("{s:{s:s, s:s*, s:I}}", "volume", "guest", guest, "device",
				 device, step ? "step_mdb" : "mdb", (json_int_t)lround(db * 1000)));
}

enum pv_exit pvctl_mute(
	const struct pvctl_options *options, const char *guest, const char *device, bool on)
{
	return call(options, json_pack("{s:{s:s, s:s*, s:s*, s:b}}", "mute", "guest", guest,
				     "device", device, "direction", options->direction, "on", on));
}
