/* SPDX-License-Identifier: MIT */
/* pvbench sound: how long a write takes, what a stream costs, and how long sound takes around a
 * loop. */
#ifndef PVBENCH_SOUND_H
#define PVBENCH_SOUND_H

#include <stdbool.h>
#include <stdint.h>

#include "tests/bench/stats.h"
#include "tests/bench/world.h"

#define PVBENCH_SOUND_RATE_HZ 48000u /* of what runs on a xenloop of its own */
/* Of its device, sessions have 10 less: above what else plays sound on this machine. */
#define PVBENCH_SOUND_PRIORITY 90
#define PVBENCH_SOUND_CHUNKS 8u
#define PVBENCH_SOUND_LOOPS 6u
#define PVBENCH_LOOP_WORDS 2u /* samples of a loop behind those of its bursts */

/* What takes turns: in this order. */
enum pvbench_sound_way {
	PVBENCH_SOUND_TRIP,
	PVBENCH_SOUND_COPY,
	PVBENCH_SOUND_WRITE,    /* until the frames are in the stream */
	PVBENCH_SOUND_ANSWERED, /* until the guest was woken with the answer */
	PVBENCH_SOUND_WAYS
};
#define PVBENCH_SOUND_WRITES 2u /* of the ways: chunks of sound that a turn takes */
extern const char *const pvbench_sound_way_names[PVBENCH_SOUND_WAYS];

struct pvbench_sound_options {
	const char *json_path; /* NULL: none */
	const char *playback;  /* NULL: on a xenloop of its own */
	const char *capture;
	uint32_t rate_hz; /* these three with PCMs named only */
	uint32_t period_frames;
	uint32_t periods;
	unsigned bursts;
	unsigned writes; /* a chunk's, but at most seconds of sound */
	unsigned seconds;
	struct pvbench_cpus cpus;
	bool fifo;
	bool quick;
	bool strict;
};

/* argv[0] is "sound". Ends the program at --help, --version and on wrong usage. */
void pvbench_sound_options_parse(int argc, char *argv[], struct pvbench_sound_options *ret);

/* Frames are in the stream, where the device's thread may pull them, before the WRITE is answered.
 */
struct pvbench_sound_chunk {
	uint32_t frames;
	struct pvbench_summary time[PVBENCH_SOUND_WAYS];
};

struct pvbench_sound_loop {
	uint32_t period_frames;
	uint32_t periods;
	uint32_t buffer_frames;
	uint32_t rate_hz;
	unsigned heard;
	unsigned lost; /* bursts that did not come back */
	unsigned xruns;
	bool real_time;
	unsigned machine_xruns; /* of xruns: see struct pvbench_loop_result */
	unsigned stalls;
	double min_frames, median_frames, max_frames, deviation_frames;
};

struct pvbench_sound_result {
	unsigned num_chunks;
	struct pvbench_sound_chunk chunks[PVBENCH_SOUND_CHUNKS];
	double cpu_ms_per_s; /* pvsndd's, of one stream, a second of sound; 0: not measured */
	unsigned num_loops;
	struct pvbench_sound_loop loops[PVBENCH_SOUND_LOOPS];
};

/* Ends the program when something fails. */
void pvbench_sound_measure(
	const struct pvbench_sound_options *options, struct pvbench_sound_result *ret);

/* What the project promises. us: 1.5 bare round trips and a copy. */
double pvbench_sound_write_limit_us(const struct pvbench_sound_chunk *chunk);
bool pvbench_sound_write_met(const struct pvbench_sound_chunk *chunk);
/* Frames: the application's own buffer and a period. Met: with no xrun but the machine's, and no
 * burst lost. */
double pvbench_sound_loop_limit_frames(const struct pvbench_sound_loop *loop);
bool pvbench_sound_loop_met(const struct pvbench_sound_loop *loop);

void pvbench_sound_print(
	const struct pvbench_sound_options *options, const struct pvbench_sound_result *result);
/* "-" is stdout. Ends the program when the file cannot be written. */
void pvbench_sound_json_write(
	const struct pvbench_sound_options *options, const struct pvbench_sound_result *result);

#endif
