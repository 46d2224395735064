/* SPDX-License-Identifier: MIT */
/*
 * The underrun model: how often a buffer of some depth runs empty, and what has to be counted to
 * know. Time goes in steps. B is what is buffered, in steps, before each step takes its one; at
 * depth L the generator misses a step with probability ε and, while B is below L, makes up for one
 * with probability u. So B is a Markov chain on 0..L:
 *
 *   at L: down ε, else stays.  between: down ε, up u, else stays.  at 0, a dropout: up u.
 *
 * No state of its own, no allocation, any thread. Source: BACKGROUND.md, T2, "Model".
 */
#ifndef VSND_CHAIN_H
#define VSND_CHAIN_H

#include <stdint.h>

struct vsnd_chain {
	double miss;     /* ε, 0..1 */
	double catch_up; /* u, 0..1 */
};

/* In the long run, the part of all steps that find B = 0. 1 at depth 0, or when nothing is ever
 * caught up with. */
double vsnd_chain_empty(const struct vsnd_chain *chain, unsigned depth_steps);
/*
 * In the long run, how many dropouts begin in a step. At depth 0 each miss is one. A generator that
 * never catches up (u = 0) drops once and for all: counted as 1.
 */
double vsnd_chain_dropouts(const struct vsnd_chain *chain, unsigned depth_steps);
/* The least depth up to max_steps at which at most so many begin in a step; max_steps if none. */
unsigned vsnd_chain_depth(
	const struct vsnd_chain *chain, double dropouts_per_step, unsigned max_steps);

/* Probabilities of B = 0 .. depth_steps (ret has depth_steps + 1) so many steps after B = L. Takes
 * time in proportion to steps * depth. */
void vsnd_chain_after(const struct vsnd_chain *chain, unsigned depth_steps, uint64_t steps,
	double *ret_probabilities);

/* One step of a simulation from B = b; dice is even in 0 ≤ dice < 1. Returns the new B. */
unsigned vsnd_chain_step(
	const struct vsnd_chain *chain, unsigned depth_steps, unsigned b, double dice);

/* ---- from what was seen ---- */

/* Real numbers, so that old evidence can be made to count less. All 0 at first. */
struct vsnd_chain_counts {
	double could_miss;     /* steps that began above 0 */
	double misses;         /* … and ended lower */
	double could_catch_up; /* steps that began below the depth */
	double catch_ups;      /* … and ended higher */
	double dropouts;       /* times that B came to 0 */
};

/* One step, from `before` to `after`, both at most depth_steps. */
void vsnd_chain_count(
	struct vsnd_chain_counts *counts, unsigned depth_steps, unsigned before, unsigned after);
/* counts = counts * keep + more. */
void vsnd_chain_counts_add(
	struct vsnd_chain_counts *counts, double keep, const struct vsnd_chain_counts *more);

/* Where a probability lies, when it was `hits` of `tries`: best guess and Wilson's interval at z
 * standard deviations. 0, 0..1 without tries. */
struct vsnd_chain_share {
	double is, least, most;
};
struct vsnd_chain_share vsnd_chain_share(double hits, double tries, double z);

/* Best guess. Without a try to catch up: u = 1. */
struct vsnd_chain vsnd_chain_guess(const struct vsnd_chain_counts *counts);
/* The worst that is still likely, at z standard deviations: ε high, u low. Whoever never had to
 * catch up is taken to have done it in one of two tries. */
struct vsnd_chain vsnd_chain_fear(const struct vsnd_chain_counts *counts, double z);

#endif
