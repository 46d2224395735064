/* SPDX-License-Identifier: MIT */
/* What the model says, as text and as JSON; the thesis's table 1 beside ours. */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>

#include "common/program.h"
#include "config.h"
#include "tests/bench/json.h"
#include "tests/bench/model.h"

/* BACKGROUND.md, T2, "Measured": percent. */
static const struct pvbench_model_estimate thesis_miss[PVBENCH_MODEL_WAYS] = {
	[PVBENCH_MODEL_DIRECT] = {4.2, 0.1},
	[PVBENCH_MODEL_RING] = {4.1, 0.1},
};
static const struct pvbench_model_estimate thesis_catch_up[PVBENCH_MODEL_WAYS] = {
	[PVBENCH_MODEL_DIRECT] = {93.3, 0.6},
	[PVBENCH_MODEL_RING] = {92.7, 0.8},
};

static const char *verdict(bool met)
{
	return met ? "PASS" : "MISS";
}

static double predicted(const struct pvbench_model_way_result *way, unsigned depth)
{
	return vsnd_chain_dropouts(&way->chain, depth) * (double)way->all.steps;
}

static void print_chains(const struct pvbench_model_result *result)
{
	printf("\n%-8s %18s %18s   %14s %14s\n", "", "epsilon %", "u %", "thesis: epsilon", "u");
	for (unsigned i = 0; i < PVBENCH_MODEL_WAYS; i++) {
		const struct pvbench_model_way_result *way = &result->ways[i];

		printf("%-8s %9.3f +- %5.3f %10.2f +- %5.2f      %4.1f +- %3.1f  %5.1f +- %3.1f\n",
			pvbench_model_way_names[i], 100 * way->miss.mean, 100 * way->miss.deviation,
			100 * way->catch_up.mean, 100 * way->catch_up.deviation,
			thesis_miss[i].mean, thesis_miss[i].deviation, thesis_catch_up[i].mean,
			thesis_catch_up[i].deviation);
	}
	printf("(mean and standard deviation of the runs)\n");
}

static void print_b(const struct pvbench_model_result *result)
{
	printf("\nSteps that began with B units buffered\n%9s  %11s %11s\n", "B", "direct", "ring");
	for (unsigned b = 0; b <= PVBENCH_MODEL_DEPTH; b++)
		printf("%9u  %11" PRIu64 " %11" PRIu64 "\n", b,
			result->ways[PVBENCH_MODEL_DIRECT].all.b[b],
			result->ways[PVBENCH_MODEL_RING].all.b[b]);
}

static void print_changes(const struct pvbench_model_result *result)
{
	printf("\nChange of B in a step\n%-8s", "");
	for (int change = -PVBENCH_MODEL_CHANGE_MAX; change <= PVBENCH_MODEL_CHANGE_MAX; change++)
		printf(" %+9d", change);
	for (unsigned way = 0; way < PVBENCH_MODEL_WAYS; way++) {
		printf("\n%-8s", pvbench_model_way_names[way]);
		for (unsigned i = 0; i <= 2 * PVBENCH_MODEL_CHANGE_MAX; i++)
			printf(" %9" PRIu64, result->ways[way].all.changes[i]);
	}
	printf("\n(the ends: that and more)\n");
}

static void print_dropouts(const struct pvbench_model_result *result)
{
	printf("\nDropouts   %23s %23s %25s\n", "direct", "ring", "simulated (ring's chain)");
	printf("depth, ms  %11s %11s %11s %11s %12s %12s\n", "predicted", "counted", "predicted",
		"counted", "exact", "simulated");
	for (unsigned depth = 0; depth <= PVBENCH_MODEL_DEPTH; depth++) {
		printf("%9u  ", depth);
		for (unsigned i = 0; i < PVBENCH_MODEL_WAYS; i++)
			printf("%11.4g %11" PRIu64 " ", predicted(&result->ways[i], depth),
				result->ways[i].all.dropouts[depth]);
		printf("%12.4g %12" PRIu64 "\n",
			vsnd_chain_dropouts(&result->ways[PVBENCH_MODEL_RING].chain, depth) *
				PVBENCH_MODEL_SIMULATED_STEPS,
			result->simulated[depth]);
	}
}

void pvbench_model_print(
	const struct pvbench_model_options *options, const struct pvbench_model_result *result)
{
	printf("A generator and a player of 1 ms steps, %u busy processes, %u runs of %u s each "
	       "way,\nB up to %u.\n",
		options->loads, options->runs, options->seconds, PVBENCH_MODEL_DEPTH);
	if (!result->real_time)
		printf("Without real-time priority (not permitted): the player itself is late.\n");
	print_chains(result);
	print_b(result);
	print_changes(result);
	print_dropouts(result);
	printf("\nSteps that the player itself began late: direct %" PRIu64 ", ring %" PRIu64
	       "\n\nTargets\n",
		result->ways[PVBENCH_MODEL_DIRECT].all.player_late,
		result->ways[PVBENCH_MODEL_RING].all.player_late);
	for (unsigned i = 0; i < PVBENCH_MODEL_WAYS; i++) {
		double part = pvbench_model_rises_by_one(&result->ways[i].all);

		printf("  %s  m = 1, %s: %.1f %% of all rises are by one (at least 95 %%), by %.2f "
		       "on "
		       "average\n",
			verdict(part >= 0.95), pvbench_model_way_names[i], 100 * part,
			pvbench_model_m(&result->ways[i].all));
	}
	printf("  %s  simulated and exact dropouts differ by %.1f deviations (below 6)\n",
		verdict(pvbench_model_simulation_error(result) < 6),
		pvbench_model_simulation_error(result));
}

/* ---- JSON ---- */

static json_t *estimate_json(const struct pvbench_model_estimate *estimate, double scale)
{
	return json_pack("{s:f, s:f}", "mean", estimate->mean * scale, "deviation",
		estimate->deviation * scale);
}

static json_t *counts_json(const uint64_t *counts, unsigned count)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < count; i++)
		json_array_append_new(list, json_integer((json_int_t)counts[i]));
	return list;
}

static json_t *way_json(const struct pvbench_model_way_result *way, unsigned index)
{
	json_t *expected = json_array();

	for (unsigned depth = 0; depth <= PVBENCH_MODEL_DEPTH; depth++)
		json_array_append_new(expected, json_real(predicted(way, depth)));
	return json_pack("{s:o, s:o, s:o, s:o, s:I, s:I, s:o, s:o, s:f, s:f, s:o, s:o}",
		"epsilon_percent", estimate_json(&way->miss, 100), "u_percent",
		estimate_json(&way->catch_up, 100), "thesis_epsilon_percent",
		estimate_json(&thesis_miss[index], 1), "thesis_u_percent",
		estimate_json(&thesis_catch_up[index], 1), "steps", (json_int_t)way->all.steps,
		"player_late", (json_int_t)way->all.player_late, "b_steps",
		counts_json(way->all.b, PVBENCH_MODEL_DEPTH + 1), "changes",
		counts_json(way->all.changes, 2 * PVBENCH_MODEL_CHANGE_MAX + 1), "rises_by_one",
		pvbench_model_rises_by_one(&way->all), "m", pvbench_model_m(&way->all),
		"predicted_dropouts", expected, "counted_dropouts",
		counts_json(way->all.dropouts, PVBENCH_MODEL_DEPTH + 1));
}

void pvbench_model_json_write(
	const struct pvbench_model_options *options, const struct pvbench_model_result *result)
{
	json_t *root = json_pack("{s:s, s:s, s:i, s:i, s:i, s:b, s:{s:I, s:o, s:f}, s:b}",
		"program", "pvbench model", "version", PACKAGE_VERSION, "seconds",
		(int)options->seconds, "runs", (int)options->runs, "loads", (int)options->loads,
		"real_time", (int)result->real_time, "simulation", "steps",
		(json_int_t)PVBENCH_MODEL_SIMULATED_STEPS, "dropouts",
		counts_json(result->simulated, PVBENCH_MODEL_DEPTH + 1), "worst_deviation",
		pvbench_model_simulation_error(result), "met", (int)pvbench_model_met(result));

	if (root == NULL)
		pv_program_fail("pvbench", "no memory");
	for (unsigned i = 0; i < PVBENCH_MODEL_WAYS; i++)
		json_object_set_new(
			root, pvbench_model_way_names[i], way_json(&result->ways[i], i));
	pvbench_json_save(options->json_path, root);
}
