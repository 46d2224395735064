/* SPDX-License-Identifier: MIT */
#include "backend/sound/card/fill.h"

#include <string.h>

#define QUANTA 4u
#define MAX_PART_OF_S 25u
#define REPORT_PART_OF_S 4u
#define RISE_STEPS 8u
#define WAKES 16u
#define REGULAR_PART 3u

static void aim(struct vsnd_fill *fill, uint64_t target_frames)
{
	if (target_frames > fill->buffer_frames)
		target_frames = fill->buffer_frames;
	if (target_frames > fill->target_frames)
		fill->target_frames = (uint32_t)target_frames;
}

void vsnd_fill_begin(struct vsnd_fill *fill, uint32_t quantum_frames, uint32_t buffer_frames)
{
	memset(fill, 0, sizeof(*fill));
	fill->quantum_frames = quantum_frames;
	fill->buffer_frames = buffer_frames;
	aim(fill, (uint64_t)QUANTA * quantum_frames);
}

void vsnd_fill_device_step(struct vsnd_fill *fill, uint32_t frames)
{
	uint64_t margin = (uint64_t)QUANTA * fill->quantum_frames;

	fill->device_step_frames = frames;
	/* Another step that came late fits into it, or it is of no use. */
	if (margin < frames)
		margin = 2 * (uint64_t)fill->quantum_frames;
	if (frames > fill->quantum_frames)
		aim(fill, frames + margin);
}

/* ---- limits ---- */

static uint32_t least(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static uint32_t most(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

uint32_t vsnd_fill_target(const struct vsnd_fill *fill, unsigned depth_steps)
{
	return fill->step_frames == 0 ? fill->target_frames
				      : fill->base_frames + depth_steps * fill->step_frames;
}

static void set_depth(struct vsnd_fill *fill, unsigned depth_steps)
{
	fill->depth_steps = depth_steps;
	fill->target_frames = vsnd_fill_target(fill, depth_steps);
}

/* The steps that the limits allow, at least one. */
static void bound(struct vsnd_fill *fill)
{
	uint32_t step = fill->step_frames, base = fill->base_frames;
	uint32_t top = most(least(fill->max_frames, fill->buffer_frames), base + step);

	fill->max_steps = least((top - base) / step, VSND_DEPTH_MAX_STEPS);
	fill->min_steps = 1;
	if (fill->min_frames > base + step)
		fill->min_steps = least(fill->max_steps, (fill->min_frames - base - 1) / step + 1);
}

/* The chain's step: few enough of them up to the limit. False: the buffer leaves no choice. */
static bool choose_step(struct vsnd_fill *fill)
{
	uint32_t quantum = fill->quantum_frames, room = fill->buffer_frames - fill->base_frames;
	uint32_t range =
		fill->max_frames > fill->base_frames ? fill->max_frames - fill->base_frames : 0;

	if (room < quantum)
		return false;
	range = least(most(range, quantum), room);
	fill->step_frames = quantum * ((range - 1) / (quantum * VSND_DEPTH_MAX_STEPS) + 1);
	return true;
}

static void fix(struct vsnd_fill *fill, uint32_t frames)
{
	frames = most(least(frames, fill->buffer_frames), fill->base_frames + fill->step_frames);
	fill->min_steps = fill->max_steps =
		least((frames - fill->base_frames) / fill->step_frames, VSND_DEPTH_MAX_STEPS);
	fill->base_frames = frames - fill->min_steps * fill->step_frames;
}

uint32_t vsnd_fill_room(const struct vsnd_fill_limits *limits, uint32_t rate_hz)
{
	if (limits->fixed_frames > 0)
		return limits->fixed_frames;
	return limits->max_frames > 0 ? limits->max_frames
				      : most(rate_hz / MAX_PART_OF_S, 2 * limits->min_frames);
}

void vsnd_fill_limit(
	struct vsnd_fill *fill, const struct vsnd_fill_limits *limits, uint32_t rate_hz)
{
	uint32_t begin;

	fill->fixed = limits->fixed_frames > 0;
	fill->min_frames = limits->min_frames;
	fill->max_frames = vsnd_fill_room(limits, rate_hz);
	if (!fill->fixed && limits->max_frames == 0)
		fill->max_frames = most(fill->max_frames, fill->target_frames);
	fill->slack_frames = fill->device_step_frames;
	fill->base_frames = least(fill->quantum_frames + fill->slack_frames, fill->buffer_frames);
	if (!choose_step(fill))
		return;
	bound(fill);
	if (fill->fixed)
		fix(fill, limits->fixed_frames);
	/* Less than a quarter of a step does not count: a device's that counts finely. */
	begin = fill->target_frames + fill->step_frames / 4;
	begin = begin > fill->base_frames ? (begin - fill->base_frames) / fill->step_frames : 0;
	set_depth(fill, most(least(begin, fill->max_steps), fill->min_steps));
	fill->wished_steps = fill->depth_steps;
	fill->report_steps = rate_hz / REPORT_PART_OF_S / fill->step_frames + 1;
}

/* ---- the real-time thread: the target ---- */

static struct vsnd_fill_report *ours(struct vsnd_fill *fill)
{
	return &fill->reports[fill->ours];
}

bool vsnd_fill_turn(struct vsnd_fill *fill)
{
	if (!fill->told && fill->answered) {
		fill->answered = false;
		if (ours(fill)->seen.raised_to_steps == 0)
			fill->wished_steps = fill->answer_steps;
	}
	if (fill->wished_steps == fill->depth_steps)
		return false;
	if (fill->wished_steps < fill->depth_steps) {
		set_depth(fill, fill->wished_steps);
		fill->b = least(fill->b, fill->depth_steps);
		fill->lowest = least(fill->lowest, fill->depth_steps);
		return true;
	}
	if (fill->written_frames - fill->risen_frames < RISE_STEPS * fill->step_frames)
		return false;
	fill->risen_frames = fill->written_frames;
	fill->counting = false;
	set_depth(fill, fill->depth_steps + 1);
	return true;
}

bool vsnd_fill_wants(const struct vsnd_fill *fill, uint32_t inside_frames)
{
	return (uint64_t)inside_frames + fill->quantum_frames <= fill->target_frames;
}

void vsnd_fill_wrote(struct vsnd_fill *fill, uint32_t frames)
{
	fill->written_frames += frames;
}

void vsnd_fill_restart(struct vsnd_fill *fill)
{
	fill->counting = false;
}

/* ---- the real-time thread: counting ---- */

static void begin_counting(struct vsnd_fill *fill, uint32_t inside_frames)
{
	fill->counting = true;
	fill->next_frames = (int64_t)fill->written_frames - inside_frames + fill->step_frames;
	fill->b = fill->lowest = fill->depth_steps;
}

void vsnd_fill_woke(struct vsnd_fill *fill, uint32_t inside_frames)
{
	uint32_t wanted = fill->target_frames - fill->quantum_frames;

	if (fill->step_frames == 0 || inside_frames > wanted)
		return;
	fill->wakes++;
	fill->woke[least((wanted - inside_frames) / fill->step_frames, VSND_DEPTH_MAX_STEPS)]++;
}

/* How late a third of all wakes are at least; 0 while there are few. Counts anew. */
static uint32_t regular_frames(struct vsnd_fill *fill)
{
	unsigned steps = VSND_DEPTH_MAX_STEPS;
	uint32_t wakes = 0;

	if (fill->wakes < WAKES)
		return 0;
	while (steps > 0 && (wakes += fill->woke[steps]) < fill->wakes / REGULAR_PART)
		steps--;
	memset(fill->woke, 0, sizeof(fill->woke));
	fill->wakes = 0;
	return steps * fill->step_frames;
}

/* The same target, with more slack and fewer steps. What was counted is of no use then. */
static void cut_up(struct vsnd_fill *fill, uint32_t slack_frames)
{
	struct vsnd_fill_report *report = ours(fill);
	uint32_t target = fill->target_frames, borne = fill->quantum_frames + slack_frames;
	uint32_t wished = vsnd_fill_target(fill, fill->wished_steps);
	unsigned steps = target > borne ? (target - borne) / fill->step_frames : 0;
	uint64_t dropouts = report->dropouts;

	steps = most(steps, 1);
	fill->slack_frames = slack_frames;
	fill->base_frames = target - steps * fill->step_frames;
	bound(fill);
	if (fill->fixed)
		fill->min_steps = fill->max_steps = steps;
	fill->max_steps = most(fill->max_steps, steps);
	fill->depth_steps = steps;
	fill->wished_steps =
		wished > fill->base_frames ? (wished - fill->base_frames) / fill->step_frames : 0;
	fill->wished_steps = most(least(fill->wished_steps, fill->max_steps), fill->min_steps);
	memset(report, 0, sizeof(*report));
	report->dropouts = dropouts;
	/* An answer to what was counted before is none. */
	report->seen.raised_to_steps = steps;
	fill->counting = false;
}

/* True: what is counted is in other steps from now on. */
static bool find_slack(struct vsnd_fill *fill)
{
	uint32_t frames = fill->told ? 0 : regular_frames(fill);

	if (frames <= fill->slack_frames)
		return false;
	cut_up(fill, frames);
	return true;
}

static void count_step(struct vsnd_fill *fill, unsigned b)
{
	struct vsnd_fill_report *report = ours(fill);
	unsigned depth = fill->depth_steps;

	vsnd_chain_count(&report->seen.counts, depth, fill->b, b);
	report->seen.steps++;
	report->below[depth - b]++;
	fill->b = b;
	fill->lowest = least(fill->lowest, b);
	if (b == depth && fill->lowest < depth) {
		report->seen.sank[depth - fill->lowest]++;
		fill->lowest = depth;
	}
}

/* The last report is done with, and this one is long enough. */
static void hand_over(struct vsnd_fill *fill)
{
	if (fill->told || fill->answered || ours(fill)->seen.steps < fill->report_steps ||
		find_slack(fill))
		return;
	ours(fill)->depth_steps = fill->depth_steps;
	fill->ours = 1 - fill->ours;
	fill->told = true;
	fill->rings = true;
}

void vsnd_fill_look(struct vsnd_fill *fill, uint32_t inside_frames)
{
	int64_t played = (int64_t)fill->written_frames - inside_frames;

	if (fill->step_frames == 0)
		return;
	if (!fill->counting) {
		if (!vsnd_fill_wants(fill, inside_frames) && !find_slack(fill))
			begin_counting(fill, inside_frames);
		return;
	}
	for (; fill->next_frames <= played; fill->next_frames += fill->step_frames) {
		uint64_t inside = fill->written_frames - (uint64_t)fill->next_frames;
		uint64_t steps = (inside + fill->step_frames - 1) / fill->step_frames;

		count_step(fill, steps < fill->depth_steps ? (unsigned)steps : fill->depth_steps);
	}
	hand_over(fill);
}

bool vsnd_fill_rings(struct vsnd_fill *fill)
{
	bool rings = fill->rings;

	fill->rings = false;
	return rings;
}

/* The steps that nobody looked at, down to 0, those without anything, and the one that ends it. */
static void count_dropout(struct vsnd_fill *fill, unsigned missing_steps)
{
	while (fill->b > 0)
		count_step(fill, fill->b - 1);
	for (unsigned i = 0; i < missing_steps; i++)
		count_step(fill, 0);
	vsnd_chain_count(&ours(fill)->seen.counts, fill->depth_steps, 0, fill->depth_steps);
}

void vsnd_fill_ran_dry(struct vsnd_fill *fill, uint32_t missing_frames)
{
	struct vsnd_fill_report *report = ours(fill);
	unsigned missing, sank, steps;

	report->dropouts++;
	if (fill->step_frames == 0)
		return;
	missing = least(missing_frames / fill->step_frames, VSND_DEPTH_MAX_STEPS);
	if (fill->counting)
		count_dropout(fill, missing);
	sank = fill->depth_steps + missing;
	report->seen.sank[least(sank, VSND_DEPTH_MAX_STEPS)]++;
	steps = sank < fill->max_steps ? sank + 1 : least(fill->depth_steps + 1, fill->max_steps);
	if (steps > fill->depth_steps) {
		set_depth(fill, steps);
		fill->wished_steps = most(fill->wished_steps, steps);
		report->seen.raised_to_steps = steps;
	}
	vsnd_fill_restart(fill);
}

/* ---- an ordinary thread ---- */

const struct vsnd_fill_report *vsnd_fill_report(const struct vsnd_fill *fill)
{
	return fill->told ? &fill->reports[1 - fill->ours] : NULL;
}

void vsnd_fill_answer(struct vsnd_fill *fill, unsigned depth_steps)
{
	memset(&fill->reports[1 - fill->ours], 0, sizeof(fill->reports[0]));
	fill->answer_steps = depth_steps;
	fill->answered = true;
	fill->told = false;
}
