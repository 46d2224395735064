/* SPDX-License-Identifier: MIT */
#include "tests/bench/model.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/program.h"

#define NAME "pvbench"
#define STEPS_PER_S (1000000000u / PVBENCH_MODEL_STEP_NS)
#define SAMPLE_S 10u
#define LOAD_BYTES (1u << 20)

const char *const pvbench_model_way_names[PVBENCH_MODEL_WAYS] = {
	[PVBENCH_MODEL_DIRECT] = "direct",
	[PVBENCH_MODEL_RING] = "ring",
};

/* ---- the load ---- */

/* Counts in memory that does not fit into the nearest caches, for ever. */
static _Noreturn void be_busy(void)
{
	volatile uint8_t *memory = malloc(LOAD_BYTES);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (memory == NULL)
		_exit(1);
	for (size_t i = 0;; i = (i + 64) % LOAD_BYTES)
		memory[i]++;
}

static void load_begin(unsigned loads, pid_t *ret_pids)
{
	for (unsigned i = 0; i < loads; i++) {
		ret_pids[i] = fork();
		if (ret_pids[i] < 0)
			pv_program_fail(NAME, "cannot start a process: %s", strerror(errno));
		if (ret_pids[i] == 0)
			be_busy();
	}
}

static void load_end(unsigned loads, const pid_t *pids)
{
	for (unsigned i = 0; i < loads; i++) {
		kill(pids[i], SIGKILL);
		waitpid(pids[i], NULL, 0);
	}
}

/* ---- the runs ---- */

static void keep_sample(
	const struct pvbench_model_trace *trace, struct pvbench_model_result *result)
{
	result->sample_steps =
		trace->steps < SAMPLE_S * STEPS_PER_S ? trace->steps : SAMPLE_S * STEPS_PER_S;
	result->sample_b = malloc(result->sample_steps);
	if (result->sample_b == NULL)
		pv_program_fail(NAME, "no memory");
	memcpy(result->sample_b, trace->b, result->sample_steps);
}

static struct vsnd_chain run_once(const struct pvbench_model_options *options,
	enum pvbench_model_way way, struct pvbench_model_result *result)
{
	uint32_t steps = options->seconds * STEPS_PER_S;
	struct pvbench_model_trace trace = {
		.steps = steps, .b = calloc(steps, 1), .wakes = calloc(steps, 1)};
	struct pvbench_model_figures figures = {0};
	int error;

	if (trace.b == NULL || trace.wakes == NULL)
		pv_program_fail(NAME, "no memory");
	error = pvbench_model_trace_run(way, &trace);
	if (error != 0)
		pv_program_fail(NAME, "cannot start the player: %s", strerror(-error));
	result->real_time = result->real_time && trace.real_time;
	pvbench_model_judge(&trace, &figures);
	pvbench_model_judge(&trace, &result->ways[way].all);
	if (way == PVBENCH_MODEL_RING && result->sample_b == NULL)
		keep_sample(&trace, result);
	free(trace.b);
	free(trace.wakes);
	return vsnd_chain_guess(&figures.counts);
}

static struct pvbench_model_estimate estimate(const double *values, unsigned count)
{
	struct pvbench_model_estimate ret = {0, 0};

	for (unsigned i = 0; i < count; i++)
		ret.mean += values[i] / count;
	for (unsigned i = 0; i < count && count > 1; i++)
		ret.deviation += (values[i] - ret.mean) * (values[i] - ret.mean) / (count - 1);
	ret.deviation = sqrt(ret.deviation);
	return ret;
}

void pvbench_model_measure(
	const struct pvbench_model_options *options, struct pvbench_model_result *ret)
{
	double miss[PVBENCH_MODEL_WAYS][PVBENCH_MODEL_RUNS_MAX];
	double catch_up[PVBENCH_MODEL_WAYS][PVBENCH_MODEL_RUNS_MAX];
	pid_t *pids = calloc(options->loads + 1, sizeof(*pids));

	if (pids == NULL)
		pv_program_fail(NAME, "no memory");
	*ret = (struct pvbench_model_result){.real_time = true};
	load_begin(options->loads, pids);
	for (unsigned run = 0; run < options->runs; run++)
		for (unsigned way = 0; way < PVBENCH_MODEL_WAYS; way++) {
			struct vsnd_chain chain = run_once(options, way, ret);

			miss[way][run] = chain.miss;
			catch_up[way][run] = chain.catch_up;
		}
	load_end(options->loads, pids);
	free(pids);
	for (unsigned way = 0; way < PVBENCH_MODEL_WAYS; way++) {
		ret->ways[way].miss = estimate(miss[way], options->runs);
		ret->ways[way].catch_up = estimate(catch_up[way], options->runs);
		ret->ways[way].chain = vsnd_chain_guess(&ret->ways[way].all.counts);
	}
	pvbench_model_simulate(&ret->ways[PVBENCH_MODEL_RING].chain, PVBENCH_MODEL_SIMULATED_STEPS,
		ret->simulated);
}

void pvbench_model_free(struct pvbench_model_result *result)
{
	free(result->sample_b);
}
