/* SPDX-License-Identifier: MIT */
/*
 * pvbench engine: what a stream costs the thread of a device, in processor time, for 1 to 64 stereo
 * streams on one device of 48 kHz at quanta of 128 frames: playing in the device's format, playing
 * at 44.1 kHz, recording at 44.1 kHz. What a device without a running stream costs is taken off the
 * first one of a kind, which is the one that pays for a conversion. Without guests: a thread of
 * ordinary priority fills and empties the streams. Main thread only.
 */
#ifndef PVBENCH_ENGINE_H
#define PVBENCH_ENGINE_H

#include <stdbool.h>
#include <stdint.h>

#define PVBENCH_ENGINE_POINTS 8u    /* 0, 1, 2, 4 … 64 streams */
#define PVBENCH_ENGINE_OFF_LINE 0.1 /* of the highest point: may each be off the line */
#define PVBENCH_ENGINE_STREAMS_MAX (1u << (PVBENCH_ENGINE_POINTS - 2))

enum pvbench_engine_way {
	PVBENCH_ENGINE_UNTOUCHED, /* the device's format */
	PVBENCH_ENGINE_CONVERTED, /* 44.1 kHz, usual quality */
	PVBENCH_ENGINE_CAPTURED,  /* the same way back */
	PVBENCH_ENGINE_WAYS,
};

struct pvbench_engine_options {
	const char *json_path; /* NULL: none; "-": standard output, and no text */
	const char *plot_path;
	unsigned seconds; /* for each number of streams and way */
	unsigned most;    /* streams */
	bool strict;
};

struct pvbench_engine_point {
	unsigned streams;
	double percent;          /* of one processor: the device's thread */
	uint64_t silence_frames; /* that the streams ran dry, or over, for, in all */
};

struct pvbench_engine_result {
	struct pvbench_engine_point points[PVBENCH_ENGINE_WAYS][PVBENCH_ENGINE_POINTS];
	unsigned num_points;
	/* The first stream, beyond what the device costs without one. */
	double first_percent[PVBENCH_ENGINE_WAYS];
	/* From one stream on: percent = base + a stream's times streams, by least squares; what is
	 * furthest off it. */
	double base_percent[PVBENCH_ENGINE_WAYS];
	double stream_percent[PVBENCH_ENGINE_WAYS];
	double worst_percent[PVBENCH_ENGINE_WAYS];
	bool real_time;
};

extern const char *const pvbench_engine_way_names[PVBENCH_ENGINE_WAYS];
/* A stream may cost so much at most, the first of a kind and each one more. */
extern const double pvbench_engine_limits_percent[PVBENCH_ENGINE_WAYS];

/* argv[0] is "engine". The whole subcommand; returns the exit status. */
int pvbench_engine(int argc, char *argv[]);

/* Ends the program when it cannot. */
void pvbench_engine_measure(
	const struct pvbench_engine_options *options, struct pvbench_engine_result *ret);
/* Of one way: is the first stream cheap enough, each one more, and is it a line? */
struct pvbench_engine_verdict {
	bool first, stream, line;
};
struct pvbench_engine_verdict pvbench_engine_judge(
	const struct pvbench_engine_result *result, unsigned way);
/* All of all ways. */
bool pvbench_engine_met(const struct pvbench_engine_result *result);
void pvbench_engine_plot_write(const char *path, const struct pvbench_engine_result *result);

#endif
