/* SPDX-License-Identifier: MIT */
/* Many guests, one source, for a time: rates, processor time, drops with their causes. */
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config.h"
#include "tests/bench/camera.h"
#include "tests/bench/json.h"
#include "tests/bench/worker.h"

#define SOURCE "sustained"

static const char *const causes[] = {"late", "no_buffer", "no_event", "stopped"};
#define CAUSES (sizeof(causes) / sizeof(causes[0]))

struct guest_row {
	uint64_t frames;
	double seconds;
	double guest_us;  /* processor time a frame */
	uint64_t offered; /* by pvcamd */
	uint64_t dropped[CAUSES];
	bool told; /* pvcamd knew of it */
};

struct sustain {
	const struct pvbench_options *options;
	size_t frame_bytes;
	struct guest_row rows[PVBENCH_GUESTS_MAX];
	double backend_s; /* pvcamd's processor time */
	uint64_t source_frames, source_late, pool_empty;
};

/* utime + stime of /proc/PID/stat. */
static double processor_s(pid_t pid)
{
	char path[64], line[1024], *after_name;
	unsigned long user = 0, system = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	file = fopen(path, "r");
	if (file == NULL || fgets(line, sizeof(line), file) == NULL)
		pvbench_world_fail("pvcamd is gone");
	fclose(file);
	after_name = strrchr(line, ')');
	if (after_name == NULL ||
		sscanf(after_name, ") %*c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %lu %lu", &user,
			&system) != 2)
		pvbench_world_fail("%s cannot be read", path);
	return (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
}

static uint64_t number(const json_t *object, const char *key)
{
	return (uint64_t)json_integer_value(json_object_get(object, key));
}

static void take_session(
	struct sustain *sustain, const struct pvbench_world *world, const json_t *session)
{
	const json_t *dropped = json_object_get(session, "dropped");

	for (unsigned i = 0; i < sustain->options->guests; i++) {
		struct guest_row *row = &sustain->rows[i];

		if (number(session, "domid") != pvbench_world_domid(world, i))
			continue;
		row->told = true;
		row->offered = number(session, "offered");
		for (size_t cause = 0; cause < CAUSES; cause++)
			row->dropped[cause] = number(dropped, causes[cause]);
	}
}

/* What pvcamd counted. */
static void take_counts(struct sustain *sustain, const struct pvbench_world *world)
{
	json_t *answer = pvbench_world_stat(world);
	const json_t *session, *source;
	size_t i;

	json_array_foreach(json_object_get(answer, "sessions"), i, session)
		take_session(sustain, world, session);
	source = json_array_get(json_object_get(answer, "sources"), 0);
	sustain->source_frames = number(source, "frames");
	sustain->source_late = number(source, "late");
	sustain->pool_empty = number(source, "pool_empty");
	json_decref(answer);
	for (i = 0; i < sustain->options->guests; i++)
		if (!sustain->rows[i].told)
			pvbench_world_fail("pvcamd does not know of guest %zu", i);
}

static void stream(
	struct sustain *sustain, struct pvbench_world *world, struct pvbench_child *const *guests)
{
	double before_s = processor_s(pvbench_world_daemon(world));
	unsigned seconds = sustain->options->sustain_s;
	char line[PVBENCH_LINE_BYTES];

	for (unsigned i = 0; i < sustain->options->guests; i++)
		if (pvbench_child_say(
			    guests[i], "go 1 %" PRIu64 " 0\n", seconds * UINT64_C(1000000000)) < 0)
			pvbench_world_fail("a guest is gone");
	for (unsigned i = 0; i < sustain->options->guests; i++) {
		struct guest_row *row = &sustain->rows[i];
		uint64_t cpu_ns, time_ns;
		int error;

		do
			error = pvbench_child_hear(guests[i], line, sizeof(line));
		while (error == -ETIMEDOUT);
		if (error < 0 || sscanf(line, "%" SCNu64 " %" SCNu64 " %" SCNu64, &row->frames,
					 &cpu_ns, &time_ns) != 3)
			pvbench_world_fail("guest %u: %s", i, error < 0 ? strerror(-error) : line);
		row->seconds = (double)time_ns / 1e9;
		row->guest_us = row->frames > 0 ? (double)cpu_ns / 1e3 / (double)row->frames : 0;
	}
	sustain->backend_s = processor_s(pvbench_world_daemon(world)) - before_s;
}

static void measure(struct sustain *sustain)
{
	const struct pvbench_options *options = sustain->options;
	struct pvbench_world *world = pvbench_world_create(options->cpus, options->guests);
	struct pvbench_child *guests[PVBENCH_GUESTS_MAX];
	char config[256], bytes[16];

	snprintf(config, sizeof(config),
		"[source " SOURCE "]\ntype = stamp\nformat = YUYV\nsize = %ux%u\nrate = %u/%u\n",
		options->stream_size.width, options->stream_size.height, options->rate.numer,
		options->rate.denom);
	snprintf(bytes, sizeof(bytes), "%zu", sustain->frame_bytes);
	pvbench_world_serve(world, config);
	for (unsigned i = 0; i < options->guests; i++) {
		const char *words[] = {"stream", bytes, "4096", "0", SOURCE, NULL};

		pvbench_world_attach(world, i, SOURCE);
		guests[i] = pvbench_world_worker(
			world, (int)pvbench_world_domid(world, i), words, NULL);
	}
	stream(sustain, world, guests);
	take_counts(sustain, world);
	pvbench_world_destroy(world);
}

static struct guest_row total(const struct sustain *sustain)
{
	struct guest_row sum = {0};
	double guest_us = 0;

	for (unsigned i = 0; i < sustain->options->guests; i++) {
		const struct guest_row *row = &sustain->rows[i];

		sum.frames += row->frames;
		sum.seconds = row->seconds > sum.seconds ? row->seconds : sum.seconds;
		guest_us += row->guest_us * (double)row->frames;
		sum.offered += row->offered;
		for (size_t cause = 0; cause < CAUSES; cause++)
			sum.dropped[cause] += row->dropped[cause];
	}
	sum.guest_us = sum.frames > 0 ? guest_us / (double)sum.frames : 0;
	return sum;
}

static double frames_per_s(const struct guest_row *row)
{
	return row->seconds > 0 ? (double)row->frames / row->seconds : 0;
}

static double mb_per_s(const struct sustain *sustain, const struct guest_row *row)
{
	return frames_per_s(row) * (double)sustain->frame_bytes / 1e6;
}

static double backend_us(const struct sustain *sustain, const struct guest_row *sum)
{
	return sum->frames > 0 ? sustain->backend_s * 1e6 / (double)sum->frames : 0;
}

static void print_row(const struct sustain *sustain, const char *name, const struct guest_row *row)
{
	printf("%5s %8" PRIu64 " %9.2f %9.1f %12.1f %8" PRIu64, name, row->frames,
		frames_per_s(row), mb_per_s(sustain, row), row->guest_us, row->offered);
	for (size_t cause = 0; cause < CAUSES; cause++)
		printf(" %9" PRIu64, row->dropped[cause]);
	putchar('\n');
}

static void print(const struct sustain *sustain)
{
	const struct pvbench_options *options = sustain->options;
	struct guest_row sum = total(sustain);
	char name[16];

	printf("%u guests, YUYV %ux%u at %u/%u frames/s, %u s\n\n%5s %8s %9s %9s %12s %8s",
		options->guests, options->stream_size.width, options->stream_size.height,
		options->rate.numer, options->rate.denom, options->sustain_s, "guest", "frames",
		"frames/s", "MB/s", "cpu us/frame", "offered");
	for (size_t cause = 0; cause < CAUSES; cause++)
		printf(" %9s", causes[cause]);
	putchar('\n');
	for (unsigned i = 0; i < options->guests; i++) {
		snprintf(name, sizeof(name), "%u", i);
		print_row(sustain, name, &sustain->rows[i]);
	}
	print_row(sustain, "all", &sum);
	printf("\nThe last four columns: frames dropped, by cause; \"stopped\" were under way at "
	       "the "
	       "end.\npvcamd: %.1f us of processor time a frame delivered; source: %" PRIu64
	       " frames, %" PRIu64 " periods missed, %" PRIu64 " without room in the pool.\n",
		backend_us(sustain, &sum), sustain->source_frames, sustain->source_late,
		sustain->pool_empty);
}

static json_t *row_json(const struct sustain *sustain, const struct guest_row *row)
{
	json_t *dropped = json_object();

	for (size_t cause = 0; cause < CAUSES; cause++)
		json_object_set_new(
			dropped, causes[cause], json_integer((json_int_t)row->dropped[cause]));
	return json_pack("{s:I, s:f, s:f, s:f, s:I, s:o}", "frames", (json_int_t)row->frames,
		"frames_per_s", frames_per_s(row), "mb_per_s", mb_per_s(sustain, row),
		"guest_cpu_us_per_frame", row->guest_us, "offered", (json_int_t)row->offered,
		"dropped", dropped);
}

static void write_json(const struct sustain *sustain)
{
	const struct pvbench_options *options = sustain->options;
	struct guest_row sum = total(sustain);
	json_t *guests = json_array(), *root;

	for (unsigned i = 0; i < options->guests; i++)
		json_array_append_new(guests, row_json(sustain, &sustain->rows[i]));
	root = json_pack("{s:s, s:s, s:o, s:i, s:i, s:o, s:i, s:o, s:o, s:f, s:{s:I, s:I, s:I}}",
		"program", "pvbench camera --sustain", "version", PACKAGE_VERSION, "machine",
		pvbench_json_machine(options), "width", (int)options->stream_size.width, "height",
		(int)options->stream_size.height, "rate",
		json_sprintf("%u/%u", options->rate.numer, options->rate.denom), "seconds",
		(int)options->sustain_s, "guests", guests, "all", row_json(sustain, &sum),
		"backend_cpu_us_per_frame", backend_us(sustain, &sum), "source", "frames",
		(json_int_t)sustain->source_frames, "periods_missed",
		(json_int_t)sustain->source_late, "pool_empty", (json_int_t)sustain->pool_empty);
	if (root == NULL)
		pvbench_world_fail("no memory");
	pvbench_json_save(options->json_path, root);
}

void pvbench_sustain(const struct pvbench_options *options)
{
	struct sustain sustain = {
		.options = options,
		.frame_bytes = (size_t)options->stream_size.width * options->stream_size.height * 2,
	};

	measure(&sustain);
	if (options->json_path == NULL || strcmp(options->json_path, "-") != 0)
		print(&sustain);
	if (options->json_path != NULL)
		write_json(&sustain);
}
