/* SPDX-License-Identifier: MIT */
/* Table and JSON of pvbench sound. */
#include <stdio.h>

#include "common/program.h"
#include "config.h"
#include "tests/bench/json.h"
#include "tests/bench/sound.h"

static const char *verdict(bool met)
{
	return met ? "PASS" : "MISS";
}

static double ms(const struct pvbench_sound_loop *loop, double frames)
{
	return frames * 1e3 / loop->rate_hz;
}

static void print_chunk(const struct pvbench_sound_chunk *chunk)
{
	for (unsigned way = 0; way < PVBENCH_SOUND_WAYS; way++) {
		const struct pvbench_summary *time = &chunk->time[way];

		printf("%7u  %-8s %7zu %9.2f %9.2f %9.2f", chunk->frames,
			pvbench_sound_way_names[way], time->count, time->median_us, time->p99_us,
			time->max_us);
		if (way == PVBENCH_SOUND_WRITE)
			printf("  %s (at most %.2f)", verdict(pvbench_sound_write_met(chunk)),
				pvbench_sound_write_limit_us(chunk));
		putchar('\n');
	}
}

static void print_writes(
	const struct pvbench_sound_options *options, const struct pvbench_sound_result *result)
{
	printf("From a guest's WRITE until its frames are in the stream, as the ring shows to "
	       "who looks at it (pvmedia),\nand until the guest was woken with the answer "
	       "(answered): S16_LE, stereo, %u Hz. dom0 on CPU %d,\nguest on CPU %d. Target: the "
	       "median of 1.5 bare round trips and a copy.\n\n%7s  %-8s %7s %9s %9s %9s\n",
		PVBENCH_SOUND_RATE_HZ, options->cpus.dom0, options->cpus.guest, "frames", "by",
		"count", "median us", "p99 us", "max us");
	for (unsigned i = 0; i < result->num_chunks; i++)
		print_chunk(&result->chunks[i]);
	printf("\nProcessor time of pvsndd with one stream: %.2f ms a second of sound\n\n",
		result->cpu_ms_per_s);
}

static void print_loop(const struct pvbench_sound_loop *loop)
{
	printf("%6u x %-4u %8u %9.1f %9.2f %9.2f %9.2f %9.2f %6u %8u %7u %5u"
	       "  %s (at most %.2f ms)%s\n",
		loop->period_frames, loop->periods, loop->heard, loop->median_frames,
		ms(loop, loop->median_frames), ms(loop, loop->min_frames),
		ms(loop, loop->max_frames), ms(loop, loop->deviation_frames), loop->xruns,
		loop->machine_xruns, loop->stalls, loop->lost,
		verdict(pvbench_sound_loop_met(loop)),
		ms(loop, pvbench_sound_loop_limit_frames(loop)),
		loop->real_time ? "" : " without real-time priority");
}

void pvbench_sound_print(
	const struct pvbench_sound_options *options, const struct pvbench_sound_result *result)
{
	if (result->num_chunks > 0)
		print_writes(options, result);
	if (options->playback != NULL)
		printf("Loop from %s to %s, %u Hz.\n", options->playback, options->capture,
			options->rate_hz);
	else
		printf("Loop through ALSA's plugin, pvsndd and its clock device.\n");
	printf("Target: the application's own buffer and a period, no xrun but the machine's, no "
	       "burst lost.\n"
	       "machine: xruns within a buffer after a bare timer thread on one of the CPUs "
	       "stalled for a third of\nwhat the application may be late (three wake each other); "
	       "stalls: all of those.\n\n"
	       "%-13s %8s %9s %9s %9s %9s %9s %6s %8s %7s %5s\n",
		"period", "bursts", "median fr", "median ms", "min ms", "max ms", "+- ms", "xruns",
		"machine", "stalls", "lost");
	for (unsigned i = 0; i < result->num_loops; i++)
		print_loop(&result->loops[i]);
}

static json_t *summary_json(const struct pvbench_summary *summary)
{
	return json_pack("{s:I, s:f, s:f, s:f, s:f}", "count", (json_int_t)summary->count,
		"median_us", summary->median_us, "p99_us", summary->p99_us, "min_us",
		summary->min_us, "max_us", summary->max_us);
}

static json_t *chunks_json(const struct pvbench_sound_result *result)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < result->num_chunks; i++) {
		const struct pvbench_sound_chunk *chunk = &result->chunks[i];
		json_t *to = json_pack("{s:I, s:f, s:b}", "frames", (json_int_t)chunk->frames,
			"limit_us", pvbench_sound_write_limit_us(chunk), "met",
			(int)pvbench_sound_write_met(chunk));

		for (unsigned way = 0; way < PVBENCH_SOUND_WAYS; way++)
			json_object_set_new(
				to, pvbench_sound_way_names[way], summary_json(&chunk->time[way]));
		json_array_append_new(list, to);
	}
	return list;
}

static json_t *loops_json(const struct pvbench_sound_result *result)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < result->num_loops; i++) {
		const struct pvbench_sound_loop *loop = &result->loops[i];

		json_array_append_new(list,
			json_pack(
				"{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:b, s:f, s:f, s:f, "
				"s:f, s:f, s:f, s:b}",
				"period_frames", (json_int_t)loop->period_frames, "periods",
				(json_int_t)loop->periods, "buffer_frames",
				(json_int_t)loop->buffer_frames, "rate_hz",
				(json_int_t)loop->rate_hz, "bursts", (json_int_t)loop->heard,
				"lost", (json_int_t)loop->lost, "xruns", (json_int_t)loop->xruns,
				"machine_xruns", (json_int_t)loop->machine_xruns, "stalls",
				(json_int_t)loop->stalls, "real_time", (int)loop->real_time,
				"median_frames", loop->median_frames, "median_ms",
				ms(loop, loop->median_frames), "min_ms", ms(loop, loop->min_frames),
				"max_ms", ms(loop, loop->max_frames), "deviation_ms",
				ms(loop, loop->deviation_frames), "limit_ms",
				ms(loop, pvbench_sound_loop_limit_frames(loop)), "met",
				(int)pvbench_sound_loop_met(loop)));
	}
	return list;
}

void pvbench_sound_json_write(
	const struct pvbench_sound_options *options, const struct pvbench_sound_result *result)
{
	struct pvbench_options machine = {.cpus = options->cpus, .fifo = options->fifo};
	json_t *root = json_pack("{s:s, s:s, s:o, s:o, s:f, s:o}", "program", "pvbench sound",
		"version", PACKAGE_VERSION, "machine", pvbench_json_machine(&machine), "writes",
		chunks_json(result), "pvsndd_cpu_ms_per_s", result->cpu_ms_per_s, "loops",
		loops_json(result));

	if (root == NULL)
		pv_program_fail("pvbench", "no memory");
	pvbench_json_save(options->json_path, root);
}
