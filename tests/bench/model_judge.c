/* SPDX-License-Identifier: MIT */
#include "tests/bench/model.h"

#include <math.h>

static unsigned change_index(int change)
{
	if (change > PVBENCH_MODEL_CHANGE_MAX)
		change = PVBENCH_MODEL_CHANGE_MAX;
	if (change < -PVBENCH_MODEL_CHANGE_MAX)
		change = -PVBENCH_MODEL_CHANGE_MAX;
	return (unsigned)(change + PVBENCH_MODEL_CHANGE_MAX);
}

/* The trace's generator at a buffer of another depth, which it filled each time it ran. */
static uint64_t dropouts_at(const struct pvbench_model_trace *trace, unsigned depth)
{
	uint64_t dropouts = 0;
	int b = (int)depth;

	for (uint32_t i = 1; i < trace->steps; i++) {
		int before = b;

		if (depth == 0) {
			dropouts += trace->wakes[i] == 0;
			continue;
		}
		if (trace->wakes[i] > 0)
			b = (int)depth;
		else if (b > 0)
			b--;
		dropouts += b == 0 && before > 0;
	}
	return dropouts;
}

void pvbench_model_judge(
	const struct pvbench_model_trace *trace, struct pvbench_model_figures *figures)
{
	figures->steps += trace->steps;
	figures->player_late += trace->player_late;
	for (uint32_t i = 0; i < trace->steps; i++)
		figures->b[trace->b[i]]++;
	for (uint32_t i = 1; i < trace->steps; i++) {
		unsigned before = trace->b[i - 1], after = trace->b[i];

		if (after > before)
			figures->risen += after - before;
		vsnd_chain_count(&figures->counts, PVBENCH_MODEL_DEPTH, before, after);
		figures->changes[change_index((int)after - (int)before)]++;
	}
	for (unsigned depth = 0; depth <= PVBENCH_MODEL_DEPTH; depth++)
		figures->dropouts[depth] += dropouts_at(trace, depth);
}

static double rises(const struct pvbench_model_figures *figures)
{
	double all = 0;

	for (int change = 1; change <= PVBENCH_MODEL_CHANGE_MAX; change++)
		all += (double)figures->changes[change_index(change)];
	return all;
}

double pvbench_model_m(const struct pvbench_model_figures *figures)
{
	double all = rises(figures);

	return all > 0 ? (double)figures->risen / all : 1;
}

double pvbench_model_rises_by_one(const struct pvbench_model_figures *figures)
{
	double all = rises(figures);

	return all > 0 ? (double)figures->changes[change_index(1)] / all : 1;
}

static double even(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return (double)(*state >> 11) / 9007199254740992.0;
}

void pvbench_model_simulate(const struct vsnd_chain *chain, uint64_t steps,
	uint64_t ret_dropouts[PVBENCH_MODEL_DEPTH + 1])
{
	for (unsigned depth = 0; depth <= PVBENCH_MODEL_DEPTH; depth++) {
		uint64_t dice = 88172645463325252u + depth, dropouts = 0;
		unsigned b = depth, next;

		for (uint64_t i = 0; i < steps; i++) {
			double thrown = even(&dice);

			if (depth == 0) {
				dropouts += thrown < chain->miss;
				continue;
			}
			next = vsnd_chain_step(chain, depth, b, thrown);
			dropouts += next == 0 && b > 0;
			b = next;
		}
		ret_dropouts[depth] = dropouts;
	}
}

/* Counts of rare events deviate by about their root; less than one expected is no evidence. */
double pvbench_model_simulation_error(const struct pvbench_model_result *result)
{
	const struct vsnd_chain *chain = &result->ways[PVBENCH_MODEL_RING].chain;
	double worst = 0;

	for (unsigned depth = 0; depth <= PVBENCH_MODEL_DEPTH; depth++) {
		double expected = vsnd_chain_dropouts(chain, depth) * PVBENCH_MODEL_SIMULATED_STEPS;

		worst = fmax(worst, fabs((double)result->simulated[depth] - expected) /
					    sqrt(fmax(expected, 1)));
	}
	return worst;
}

bool pvbench_model_met(const struct pvbench_model_result *result)
{
	for (unsigned way = 0; way < PVBENCH_MODEL_WAYS; way++)
		if (pvbench_model_rises_by_one(&result->ways[way].all) < 0.95)
			return false;
	return pvbench_model_simulation_error(result) < 6;
}
