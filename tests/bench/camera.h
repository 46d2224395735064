/* SPDX-License-Identifier: MIT */
/* The measurement: four ways to bring a frame to a guest, in turns. */
#ifndef PVBENCH_CAMERA_H
#define PVBENCH_CAMERA_H

#include "tests/bench/options.h"
#include "tests/bench/stats.h"

enum pvbench_way { PVBENCH_MEMCPY, PVBENCH_VCHAN, PVBENCH_PAGES, PVBENCH_PVMEDIA, PVBENCH_WAYS };
extern const char *const pvbench_way_names[PVBENCH_WAYS];

enum pvbench_pacing { PVBENCH_PACED, PVBENCH_BACK_TO_BACK, PVBENCH_PACINGS };
extern const char *const pvbench_pacing_names[PVBENCH_PACINGS];

/* One way, one size, one pace. */
struct pvbench_figures {
	struct pvbench_summary time; /* of one frame, filled to readable; count 0: not measured */
	double mb_per_s; /* paced: a frame's bytes in the median time; back to back: all bytes in
			  * the time that all took. 10^6 bytes. */
	uint64_t lost;   /* frames of which the guest saw only the gap */
	double copy_us;  /* pvmedia: of the time, pvcamd's copy, on average; else 0 */
};

struct pvbench_point {
	struct pvbench_size size;
	size_t frame_bytes;
	struct pvbench_figures figures[PVBENCH_PACINGS][PVBENCH_WAYS];
};

struct pvbench_result {
	unsigned num_points;
	struct pvbench_point points[PVBENCH_SIZES_MAX];
	/* Median us against pages of 4 KiB, paced where it was measured. */
	enum pvbench_pacing fitted;
	struct pvbench_line fit[PVBENCH_WAYS];
	struct pvbench_summary event_trip;
	struct pvbench_summary bare_trip;
};

/* Ends the program when something fails. */
void pvbench_camera_measure(const struct pvbench_options *options, struct pvbench_result *ret);

/* What the project promises. */
struct pvbench_target {
	const char *name; /* for machines */
	const char *sentence;
	double limit;
	bool at_most; /* else at least */
	double value; /* 0: not measured */
};

#define PVBENCH_TARGETS 4u
void pvbench_camera_targets(
	const struct pvbench_result *result, struct pvbench_target ret[PVBENCH_TARGETS]);
bool pvbench_target_met(const struct pvbench_target *target);

/* ---- how it is shown ---- */

void pvbench_table_print(
	const struct pvbench_options *options, const struct pvbench_result *result);
/* "-" is stdout. End the program when the file cannot be written. */
void pvbench_json_write(const struct pvbench_options *options, const struct pvbench_result *result);
void pvbench_plot_write(const char *path, const struct pvbench_result *result);

/* pvbench camera --sustain, from the run to the table and JSON. */
void pvbench_sustain(const struct pvbench_options *options);

#endif
