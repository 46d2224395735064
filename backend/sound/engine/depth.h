/* SPDX-License-Identifier: MIT */
/*
 * Chooses how deep a device's buffer is kept filled: the shallowest depth at which dropouts are as
 * rare as asked. Two kinds of evidence, and the more careful one wins:
 *
 *   the chain (chain.h) with ε and u estimated over a short and a long time: up by the best guess,
 *   down only if the bad end of what is likely allows it, so that little evidence moves nothing;
 *   how deep the buffer really sank, remembered as long as it takes to judge the rate asked, for
 *   what no chain foresees. What no depth allowed would have borne is no reason for depth.
 *
 * Up at once, by as much as was missing; down a step at a time, after a patience that doubles each
 * time a step down was a mistake. Works on counts alone and has no clock: the same counts, the same
 * depths. One thread.
 */
#ifndef VSND_DEPTH_H
#define VSND_DEPTH_H

#include <stdint.h>

#include "backend/sound/engine/chain.h"

#define VSND_DEPTH_MAX_STEPS 128u

struct vsnd_depth_params {
	uint32_t step_ns;         /* t_char, the chain's step */
	unsigned min_steps;       /* 1 .. max_steps; equal: a fixed depth */
	unsigned max_steps;       /* at most VSND_DEPTH_MAX_STEPS */
	unsigned begin_steps;     /* the depth at first, brought within these */
	double dropouts_per_hour; /* asked, above 0 */
};

/* What was seen since the last decision, while the depth was as decided. */
struct vsnd_depth_seen {
	uint64_t steps;
	struct vsnd_chain_counts counts;
	/* How often B sank to exactly so many steps below its depth and rose again; [max] is that
	 * and more, and what sank to 0 is here with all that was missing in the end. */
	uint64_t sank[VSND_DEPTH_MAX_STEPS + 1];
	/* The depth in the end, if who keeps the buffer raised it meanwhile; else 0. */
	unsigned raised_to_steps;
};

struct vsnd_depth {
	struct vsnd_depth_params params;
	unsigned steps; /* the depth now */
	struct vsnd_chain_counts recent;
	struct vsnd_chain_counts long_run;
	double sank[VSND_DEPTH_MAX_STEPS + 1]; /* fading */
	double watched_steps;                  /* that sank is about, fading alike */
	uint64_t quiet_steps;                  /* since the last reason not to go down */
	uint64_t patience_steps;
	uint64_t since_down_steps; /* since the last step down; UINT64_MAX: none to regret */
};

/* -EINVAL: params. */
int vsnd_depth_begin(const struct vsnd_depth_params *params, struct vsnd_depth *ret);
/* Whenever there is something new, each 50 ms to 1 s. Returns the new depth in steps. */
unsigned vsnd_depth_decide(struct vsnd_depth *depth, const struct vsnd_depth_seen *seen);

/* The chain's best guess over the long time, with bounds at 95 %. */
struct vsnd_depth_estimate {
	struct vsnd_chain_share miss, catch_up;
	double predicted_per_hour; /* dropouts at the depth now */
};
void vsnd_depth_estimate(const struct vsnd_depth *depth, struct vsnd_depth_estimate *ret);

#endif
