/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "backend/ctl/ctl.h"
#include "common/ctl.h"
#include "common/parse.h"

#define STAT_TIMEOUT_MS 5000

/* -ENOENT: nobody listens there; any other failure was told. Adds to *answer what it has not. */
static int ask(const char *socket, json_t *answer)
{
	json_t *request = json_pack("{s:b}", "stat", 1);
	json_t *one;
	const char *error;
	int status = request ? pv_ctl_call(socket, request, STAT_TIMEOUT_MS, &one) : -ENOMEM;

	json_decref(request);
	if (status == -ENOENT || status == -ECONNREFUSED)
		return -ENOENT;
	if (status < 0) {
		pvctl_fail("the daemon at %s: %s%s", socket, strerror(-status),
			status == -EACCES ? "; be root, or of the daemon's group" : "");
		return status;
	}
	error = json_string_value(json_object_get(one, "error"));
	if (error) {
		pvctl_fail("the daemon at %s: %s", socket, error);
		status = -EPROTO;
	} else {
		json_object_update(answer, one);
	}
	json_decref(one);
	return status;
}

/* The one daemon that was named, or those of the two that run. */
static enum pv_exit take_sample(const char *socket, struct pvctl_sample *ret)
{
	const char *const sockets[] = {socket ? socket : PVCTL_CAMERA_SOCKET, PVCTL_SOUND_SOCKET};
	unsigned count = socket ? 1 : 2, silent = 0;
	json_t *answer = json_object();

	for (unsigned i = 0; i < count; i++) {
		int status = ask(sockets[i], answer);

		silent += status == -ENOENT;
		if (status < 0 && status != -ENOENT) {
			json_decref(answer);
			return PV_EXIT_FAILED;
		}
	}
	if (silent == count) {
		json_decref(answer);
		return pvctl_fail("nobody listens at %s%s%s: start the daemon, or name its socket "
				  "with --socket",
			sockets[0], socket ? "" : " or ", socket ? "" : sockets[1]);
	}
	ret->answer = answer;
	ret->at_ns = pv_now_ns();
	return PV_EXIT_DONE;
}

static bool is_guest(const json_t *session, const char *guest)
{
	const char *name = json_string_value(json_object_get(session, "guest"));
	char domid[24];

	snprintf(domid, sizeof(domid), "%" JSON_INTEGER_FORMAT,
		json_integer_value(json_object_get(session, "domid")));
	return (name && strcmp(name, guest) == 0) || strcmp(domid, guest) == 0;
}

static void keep_guest(json_t *sessions, const char *guest)
{
	for (size_t i = json_array_size(sessions); i-- > 0;)
		if (!is_guest(json_array_get(sessions, i), guest))
			json_array_remove(sessions, i);
}

static double number(const json_t *object, const char *key)
{
	return json_number_value(json_object_get(object, key));
}

static const char *text(const json_t *object, const char *key)
{
	const char *value = json_string_value(json_object_get(object, key));

	return value ? value : "-";
}

/* The same one in an earlier answer; NULL: it was not there. */
static const json_t *find_entry(const json_t *answer, const char *list, const json_t *entry)
{
	static const char *const keys[] = {"domid", "class", "device", "pcm", "stream"};
	const json_t *other;
	size_t i;

	json_array_foreach(json_object_get(answer, list), i, other)
	{
		bool same = true;

		for (size_t k = 0; k < sizeof(keys) / sizeof(keys[0]); k++) {
			const json_t *mine = json_object_get(entry, keys[k]);
			const json_t *its = json_object_get(other, keys[k]);

			same = same && (mine == its || json_equal(mine, its));
		}
		if (same)
			return other;
	}
	return NULL;
}

double pvctl_stat_rate(const struct pvctl_sample *before, const struct pvctl_sample *now,
	const char *list, const json_t *entry, const char *key)
{
	const json_t *old = find_entry(before->answer, list, entry);
	double grown = number(entry, key) - (old ? number(old, key) : 0);

	if (grown < 0)
		grown = number(entry, key);
	return grown * 1e9 / (double)(now->at_ns - before->at_ns);
}

static void format_mode(const json_t *object, char *ret, size_t ret_bytes)
{
	snprintf(ret, ret_bytes, "%s %.0fx%.0f@%s", text(object, "format"), number(object, "width"),
		number(object, "height"), text(object, "rate"));
}

/* "12 (late 2, no_buffer 10)" */
static void print_dropped(const json_t *dropped)
{
	const char *cause, *separator = " (";
	json_t *value;
	json_int_t sum = 0;

	json_object_foreach((json_t *)dropped, cause, value) sum += json_integer_value(value);
	printf("%" JSON_INTEGER_FORMAT, sum);
	json_object_foreach((json_t *)dropped, cause, value)
	{
		if (!json_integer_value(value))
			continue;
		printf("%s%s %" JSON_INTEGER_FORMAT, separator, cause, json_integer_value(value));
		separator = ", ";
	}
	puts(sum ? ")" : "");
}

static void print_sources(const json_t *sources)
{
	char mode[64];
	size_t i;
	json_t *source;

	printf("%-16s %-8s %-24s %-7s %4s %9s %9s %6s %10s  %s\n", "SOURCE", "TYPE", "MODE",
		"STATE", "TAPS", "FRAMES", "CONVERTED", "LATE", "POOL-EMPTY", "DROPPED");
	json_array_foreach(sources, i, source)
	{
		const char *state = json_is_true(json_object_get(source, "lost"))      ? "lost"
				    : json_is_true(json_object_get(source, "running")) ? "running"
										       : "idle";

		format_mode(source, mode, sizeof(mode));
		printf("%-16s %-8s %-24s %-7s %4.0f %9.0f %9.0f %6.0f %10.0f  ",
			text(source, "name"), text(source, "type"), mode, state,
			number(source, "taps"), number(source, "frames"),
			number(source, "conversions"), number(source, "late"),
			number(source, "pool_empty"));
		print_dropped(json_object_get(source, "dropped"));
	}
}

/* The mean of a frame, in µs, of a sum. */
static double frame_us(const json_t *session, const char *sum_ns)
{
	double delivered = number(session, "delivered");

	return delivered > 0 ? number(session, sum_ns) / delivered / 1000 : 0;
}

static void print_sessions(const struct pvctl_sample *before, const struct pvctl_sample *now)
{
	char mode[64];
	size_t i;
	json_t *session;

	printf("%-16s %-8s %3s  %-16s %-24s", "GUEST", "CLASS", "DEV", "SOURCE", "MODE");
	if (before->answer)
		printf(" %7s %8s", "FPS", "MB/S");
	printf(" %7s %10s %9s  %s\n", "COPY-US", "LATENCY-US", "DELIVERED", "DROPPED");
	json_array_foreach(json_object_get(now->answer, "sessions"), i, session)
	{
		format_mode(session, mode, sizeof(mode));
		printf("%-16s %-8s %3.0f  %-16s %-24s", text(session, "guest"),
			text(session, "class"), number(session, "device"), text(session, "source"),
			json_is_true(json_object_get(session, "streaming")) ? mode : "stopped");
		if (before->answer)
			printf(" %7.2f %8.2f",
				pvctl_stat_rate(before, now, "sessions", session, "delivered"),
				pvctl_stat_rate(before, now, "sessions", session, "copied_bytes") /
					1e6);
		printf(" %7.0f %10.0f %9.0f  ", frame_us(session, "copy_ns"),
			frame_us(session, "latency_ns"), number(session, "delivered"));
		print_dropped(json_object_get(session, "dropped"));
	}
}

/* What --interval adds to JSON. */
static void add_rates(const struct pvctl_sample *before, const struct pvctl_sample *now)
{
	size_t i;
	json_t *entry;

	json_array_foreach(json_object_get(now->answer, "sessions"), i, entry)
	{
		json_object_set_new(entry, "fps",
			json_real(pvctl_stat_rate(before, now, "sessions", entry, "delivered")));
		json_object_set_new(entry, "bytes_per_second",
			json_real(pvctl_stat_rate(before, now, "sessions", entry, "copied_bytes")));
	}
	json_array_foreach(json_object_get(now->answer, "streams"), i, entry) json_object_set_new(
		entry, "frames_per_second",
		json_real(pvctl_stat_rate(before, now, "streams", entry, "position_frames")));
}

static void print_sample(const struct pvctl_sample *before, const struct pvctl_sample *now)
{
	json_t *sources = json_object_get(now->answer, "sources");

	if (sources) {
		print_sources(sources);
		putchar('\n');
		print_sessions(before, now);
	}
	if (!json_object_get(now->answer, "devices"))
		return;
	if (sources)
		putchar('\n');
	pvctl_print_sound(before, now);
}

static enum pv_exit show(const struct pvctl_options *options, const char *guest,
	const struct pvctl_sample *before, const struct pvctl_sample *now)
{
	if (guest) {
		keep_guest(json_object_get(now->answer, "sessions"), guest);
		keep_guest(json_object_get(now->answer, "streams"), guest);
	}
	if (options->json) {
		if (before->answer)
			add_rates(before, now);
		return pvctl_print_json(json_incref(now->answer));
	}
	print_sample(before, now);
	return PV_EXIT_DONE;
}

enum pv_exit pvctl_stat(const struct pvctl_options *options, const char *guest)
{
	struct timespec interval = {.tv_sec = options->interval_s};
	struct pvctl_sample before = {0}, now = {0};
	enum pv_exit exit = take_sample(options->socket, &now);

	if (exit == PV_EXIT_DONE && !options->interval_s)
		exit = show(options, guest, &before, &now);
	for (unsigned i = 0; exit == PV_EXIT_DONE && options->interval_s &&
			     i < (options->count ? options->count : 1);
		i++) {
		json_decref(before.answer);
		before = now;
		now.answer = NULL;
		nanosleep(&interval, NULL);
		exit = take_sample(options->socket, &now);
		if (exit != PV_EXIT_DONE)
			break;
		if (i > 0 && !options->json)
			putchar('\n');
		exit = show(options, guest, &before, &now);
		if (exit == PV_EXIT_DONE && fflush(stdout) != 0)
			exit = pvctl_fail("cannot write: %s", strerror(errno));
	}
	json_decref(before.answer);
	json_decref(now.answer);
	return exit;
}
