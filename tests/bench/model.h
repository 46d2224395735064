/* SPDX-License-Identifier: MIT */
/*
 * pvbench model: the second thesis's experiment. A generator of ordinary priority fills a buffer, a
 * player takes one unit of 1 ms from it every 1 ms, other processes keep all processors busy; how
 * full the buffer is before each step becomes a Markov chain's ε and u
 * (backend/sound/engine/chain.h), and those predict how often shallower buffers would have run
 * empty, beside how often they did. Main thread only, but for what model_rig.c starts.
 */
#ifndef PVBENCH_MODEL_H
#define PVBENCH_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "backend/sound/engine/chain.h"

#define PVBENCH_MODEL_DEPTH 20u /* steps */
#define PVBENCH_MODEL_STEP_NS 1000000u
#define PVBENCH_MODEL_RUNS_MAX 32u
#define PVBENCH_MODEL_CHANGE_MAX 4 /* and more */
#define PVBENCH_MODEL_SIMULATED_STEPS 4000000u

enum pvbench_model_way {
	PVBENCH_MODEL_DIRECT, /* the player reads what the generator wrote, where it wrote it */
	PVBENCH_MODEL_RING,   /* a session copies it into pvsndd's stream, the player pulls */
	PVBENCH_MODEL_WAYS,
};

struct pvbench_model_options {
	const char *json_path; /* NULL: none; "-": standard output, and no text */
	const char *plot_path;
	unsigned seconds; /* a run */
	unsigned runs;    /* of each way */
	unsigned loads;   /* busy processes */
	bool strict;
};

/* argv[0] is "model". Ends the program at --help, --version and on wrong usage. */
void pvbench_model_options_parse(int argc, char *argv[], struct pvbench_model_options *ret);

/* What happened in each step; the arrays have `steps` elements and are the caller's. */
struct pvbench_model_trace {
	uint32_t steps;
	uint8_t *b;     /* units buffered before the step's is taken, 0..PVBENCH_MODEL_DEPTH */
	uint8_t *wakes; /* times that the generator ran since the step before */
	uint32_t player_late; /* steps that the player itself began more than one step late */
	bool real_time;
};

/* Runs for trace->steps, which is set, as are the arrays. -errno. */
int pvbench_model_trace_run(enum pvbench_model_way way, struct pvbench_model_trace *trace);

/* What a trace, or several together, say. All 0 at first. */
struct pvbench_model_figures {
	uint64_t steps;
	uint64_t player_late;
	struct vsnd_chain_counts counts;
	uint64_t changes[2 * PVBENCH_MODEL_CHANGE_MAX + 1]; /* of B in a step, -max first */
	uint64_t risen;                                     /* units, by all rises of B together */
	uint64_t b[PVBENCH_MODEL_DEPTH + 1];
	/* By depth: had the buffer been so deep, with the generator running when it did. */
	uint64_t dropouts[PVBENCH_MODEL_DEPTH + 1];
};

void pvbench_model_judge(
	const struct pvbench_model_trace *trace, struct pvbench_model_figures *figures);
/* Units that B rises by when it does: the mean, and the part of all rises that are by one, as the
 * chain takes them. 1 without a rise. */
double pvbench_model_m(const struct pvbench_model_figures *figures);
double pvbench_model_rises_by_one(const struct pvbench_model_figures *figures);
/* By depth, in so many steps of a simulation of the chain. */
void pvbench_model_simulate(const struct vsnd_chain *chain, uint64_t steps,
	uint64_t ret_dropouts[PVBENCH_MODEL_DEPTH + 1]);

struct pvbench_model_estimate {
	double mean, deviation; /* of the runs'; 0 for one run */
};

struct pvbench_model_way_result {
	struct pvbench_model_estimate miss, catch_up;
	struct pvbench_model_figures all;
	struct vsnd_chain chain; /* of all runs together */
};

struct pvbench_model_result {
	struct pvbench_model_way_result ways[PVBENCH_MODEL_WAYS];
	bool real_time;
	uint8_t *sample_b; /* B of the first seconds of the first run through the ring */
	uint32_t sample_steps;
	uint64_t simulated[PVBENCH_MODEL_DEPTH + 1]; /* of the ring's chain */
};

extern const char *const pvbench_model_way_names[PVBENCH_MODEL_WAYS];

/* Ends the program when it cannot. */
void pvbench_model_measure(
	const struct pvbench_model_options *options, struct pvbench_model_result *ret);
void pvbench_model_free(struct pvbench_model_result *result);

/* Deviations between a simulation's dropouts and the exact solution, at the worst depth. */
double pvbench_model_simulation_error(const struct pvbench_model_result *result);
/* Both targets: m = 1, and the simulation agrees. */
bool pvbench_model_met(const struct pvbench_model_result *result);

void pvbench_model_print(
	const struct pvbench_model_options *options, const struct pvbench_model_result *result);
void pvbench_model_json_write(
	const struct pvbench_model_options *options, const struct pvbench_model_result *result);
void pvbench_model_plot_write(const char *path, const struct pvbench_model_result *result);

#endif
