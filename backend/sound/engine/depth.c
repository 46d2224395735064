/* SPDX-License-Identifier: MIT */
#include "backend/sound/engine/depth.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#define NS_PER_S 1e9
#define NS_PER_H 3.6e12
#define RECENT_S 5.0
#define LONG_RUN_S 600.0
#define FEAR_Z 2.0 /* 97.7 %, one-sided */
#define SURE_Z 1.96
#define PATIENCE_S 10u
#define PATIENCE_MAX_S 1200u
/* The rate asked is judged by what happened in the time of so many of its dropouts. */
#define MEMORY_DROPOUTS 2.0
/* What happened often is the chain's to know; here it must not take for ever to fade. */
#define MEMORY_MOST 2.0

int vsnd_depth_begin(const struct vsnd_depth_params *params, struct vsnd_depth *ret)
{
	unsigned begin = params->begin_steps;

	if (params->step_ns == 0 || params->min_steps == 0 ||
		params->min_steps > params->max_steps || params->max_steps > VSND_DEPTH_MAX_STEPS ||
		!(params->dropouts_per_hour > 0))
		return -EINVAL;
	if (begin < params->min_steps)
		begin = params->min_steps;
	*ret = (struct vsnd_depth){
		.params = *params,
		.steps = begin < params->max_steps ? begin : params->max_steps,
		.patience_steps = PATIENCE_S * (uint64_t)NS_PER_S / params->step_ns,
		.since_down_steps = UINT64_MAX,
	};
	return 0;
}

static double keep_after(const struct vsnd_depth *depth, uint64_t steps, double life_s)
{
	return exp(-(double)steps * depth->params.step_ns / (life_s * NS_PER_S));
}

/* Dropouts a step that are asked for at most. */
static double asked(const struct vsnd_depth *depth)
{
	return depth->params.dropouts_per_hour * depth->params.step_ns / NS_PER_H;
}

/* How often the buffer may have sunk below what it holds: as often as was asked in the time that
 * is remembered; less than once at first, so that the first time counts. */
static double remembered_allowed(const struct vsnd_depth *depth)
{
	return fmax(asked(depth) * depth->watched_steps, 0.5);
}

static void take(struct vsnd_depth *depth, const struct vsnd_depth_seen *seen)
{
	double memory_s = MEMORY_DROPOUTS * 3600 / depth->params.dropouts_per_hour;
	double keep = keep_after(depth, seen->steps, memory_s);
	double allowed;

	vsnd_chain_counts_add(
		&depth->recent, keep_after(depth, seen->steps, RECENT_S), &seen->counts);
	vsnd_chain_counts_add(
		&depth->long_run, keep_after(depth, seen->steps, LONG_RUN_S), &seen->counts);
	depth->watched_steps = depth->watched_steps * keep + (double)seen->steps;
	allowed = remembered_allowed(depth);
	for (unsigned i = 0; i <= VSND_DEPTH_MAX_STEPS; i++)
		depth->sank[i] =
			fmin(depth->sank[i] * keep + (double)seen->sank[i], MEMORY_MOST * allowed);
}

/* The shallowest depth that would have had at most the asked dropouts in what was watched; what
 * sank further than the deepest allowed is left out. */
static unsigned depth_by_memory(const struct vsnd_depth *depth)
{
	double allowed = remembered_allowed(depth);
	double sank = 0;

	for (unsigned below = depth->params.max_steps - 1; below > 0; below--) {
		sank += depth->sank[below];
		if (sank > allowed)
			return below + 1;
	}
	return 1;
}

static unsigned most(unsigned a, unsigned b)
{
	return a > b ? a : b;
}

static unsigned within(const struct vsnd_depth *depth, unsigned steps)
{
	steps = most(steps, depth->params.min_steps);
	return steps < depth->params.max_steps ? steps : depth->params.max_steps;
}

static unsigned depth_for(const struct vsnd_depth *depth, struct vsnd_chain chain)
{
	return vsnd_chain_depth(&chain, asked(depth), depth->params.max_steps);
}

/* The least that what was seen asks for. */
static unsigned needed(const struct vsnd_depth *depth)
{
	unsigned steps =
		most(depth_by_memory(depth), depth_for(depth, vsnd_chain_guess(&depth->long_run)));

	/* What is recent may only warn: a quiet moment is no evidence against the long run. */
	if (depth->recent.misses > 0)
		steps = most(steps, depth_for(depth, vsnd_chain_guess(&depth->recent)));
	return within(depth, steps);
}

/* What would do even if it is worse than it looks. */
static unsigned surely_enough(const struct vsnd_depth *depth)
{
	unsigned steps = depth_for(depth, vsnd_chain_fear(&depth->long_run, FEAR_Z));

	if (depth->recent.misses > 0)
		steps = most(steps, depth_for(depth, vsnd_chain_fear(&depth->recent, FEAR_Z)));
	return within(depth, steps);
}

static void go_up(struct vsnd_depth *depth, unsigned steps)
{
	uint64_t patience_max = PATIENCE_MAX_S * (uint64_t)NS_PER_S / depth->params.step_ns;

	if (depth->since_down_steps < depth->patience_steps) {
		depth->patience_steps *= 2;
		if (depth->patience_steps > patience_max)
			depth->patience_steps = patience_max;
	}
	depth->steps = steps;
	depth->quiet_steps = 0;
	depth->since_down_steps = UINT64_MAX;
}

static void go_down(struct vsnd_depth *depth)
{
	depth->steps--;
	depth->quiet_steps = 0;
	depth->since_down_steps = 0;
}

unsigned vsnd_depth_decide(struct vsnd_depth *depth, const struct vsnd_depth_seen *seen)
{
	unsigned steps;

	take(depth, seen);
	if (depth->since_down_steps != UINT64_MAX)
		depth->since_down_steps += seen->steps;
	depth->quiet_steps += seen->steps;
	steps = most(needed(depth), within(depth, seen->raised_to_steps));
	if (steps > depth->steps)
		go_up(depth, steps);
	else if (most(steps, surely_enough(depth)) >= depth->steps)
		depth->quiet_steps = 0;
	else if (depth->quiet_steps >= depth->patience_steps)
		go_down(depth);
	return depth->steps;
}

void vsnd_depth_estimate(const struct vsnd_depth *depth, struct vsnd_depth_estimate *ret)
{
	const struct vsnd_chain_counts *counts = &depth->long_run;
	struct vsnd_chain guess = vsnd_chain_guess(counts);

	*ret = (struct vsnd_depth_estimate){
		.miss = vsnd_chain_share(counts->misses, counts->could_miss, SURE_Z),
		.catch_up = vsnd_chain_share(counts->catch_ups, counts->could_catch_up, SURE_Z),
		.predicted_per_hour = vsnd_chain_dropouts(&guess, depth->steps) * NS_PER_H /
				      depth->params.step_ns,
	};
}
