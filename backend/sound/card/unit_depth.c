/* SPDX-License-Identifier: MIT */
/* Between a playback device's buffer (fill.h) and the controller of its depth (engine/depth.h). */
#include "backend/sound/card/unit.h"

#include <string.h>

#define US_PER_S 1000000u
#define NS_PER_S 1000000000ull
#define NS_PER_H 3.6e12

static uint32_t to_frames(uint32_t us, uint32_t rate_hz)
{
	return (uint32_t)((uint64_t)us * rate_hz / US_PER_S);
}

void vsnd_card_limits(
	const struct vsnd_card_config *config, uint32_t rate_hz, struct vsnd_fill_limits *ret)
{
	*ret = (struct vsnd_fill_limits){
		.fixed_frames = to_frames(config->depth_us, rate_hz),
		.min_frames = to_frames(config->depth_min_us, rate_hz),
		.max_frames = to_frames(config->depth_max_us, rate_hz),
	};
}

static struct vsnd_fill *fill_of(const struct vsnd_unit *unit, void *device)
{
	const struct vsnd_card_ops *ops = unit->card->config.ops;

	if (unit->direction != VSND_PLAYBACK || device == NULL || ops->fill == NULL)
		return NULL;
	return ops->fill(device);
}

bool vsnd_unit_depth_rings(const struct vsnd_unit *unit, void *device)
{
	struct vsnd_fill *fill = fill_of(unit, device);

	return fill != NULL && vsnd_fill_rings(fill);
}

static bool is_same(
	const struct vsnd_card_depth *depth, const struct vsnd_fill *fill, uint32_t rate_hz)
{
	return depth->begun && depth->rate_hz == rate_hz &&
	       depth->step_frames == fill->step_frames && depth->base_frames == fill->base_frames &&
	       depth->control.params.min_steps == fill->min_steps &&
	       depth->control.params.max_steps == fill->max_steps;
}

static void begin(
	struct vsnd_unit *unit, const struct vsnd_fill *fill, unsigned steps, uint32_t rate_hz)
{
	uint32_t asked = unit->card->config.dropouts_per_hour;
	struct vsnd_card_depth *depth = &unit->card->depth;

	depth->rate_hz = rate_hz;
	depth->step_frames = fill->step_frames;
	depth->base_frames = fill->base_frames;
	/* Its parameters are fill.h's, which are good. */
	depth->begun =
		vsnd_depth_begin(
			&(struct vsnd_depth_params){
				.step_ns = (uint32_t)(fill->step_frames * NS_PER_S / rate_hz),
				.min_steps = fill->min_steps,
				.max_steps = fill->max_steps,
				.begin_steps = steps,
				.dropouts_per_hour = asked > 0 ? asked : 1,
			},
			&depth->control) == 0;
	memset(depth->stat.below, 0, sizeof(depth->stat.below));
}

void vsnd_unit_depth_begin(struct vsnd_unit *unit, void *device, uint32_t rate_hz)
{
	struct vsnd_card_depth *depth = &unit->card->depth;
	struct vsnd_fill *fill = fill_of(unit, device);
	unsigned steps = 0;
	uint32_t target;

	if (unit->direction != VSND_PLAYBACK)
		return;
	pthread_mutex_lock(&unit->card->told_lock);
	/* What it was filled up to is what is kept, however the device's thread wakes now. */
	if (fill != NULL && depth->begun && depth->rate_hz == rate_hz &&
		depth->step_frames == fill->step_frames) {
		target = depth->base_frames + depth->control.steps * depth->step_frames;
		while (steps < fill->max_steps && vsnd_fill_target(fill, steps) < target)
			steps++;
		vsnd_fill_answer(fill, steps > fill->min_steps ? steps : fill->min_steps);
	}
	/* Told again with the first report. */
	depth->stat.rate_hz = 0;
	pthread_mutex_unlock(&unit->card->told_lock);
}

static void tell(uint32_t rate_hz, const struct vsnd_fill *fill,
	const struct vsnd_fill_report *report, struct vsnd_card_depth *depth)
{
	struct vsnd_card_depth_stat *stat = &depth->stat;

	stat->rate_hz = rate_hz;
	stat->fixed = fill->fixed;
	stat->depth_steps = depth->control.steps;
	stat->now_frames = vsnd_fill_target(fill, depth->control.steps);
	stat->floor_frames = vsnd_fill_target(fill, 1);
	stat->min_frames = vsnd_fill_target(fill, fill->min_steps);
	stat->max_frames = vsnd_fill_target(fill, fill->max_steps);
	stat->step_frames = fill->step_frames;
	stat->device_step_frames = fill->device_step_frames;
	stat->asked_per_hour = depth->control.params.dropouts_per_hour;
	vsnd_depth_estimate(&depth->control, &stat->estimate);
	for (unsigned i = 0; i <= VSND_DEPTH_MAX_STEPS; i++)
		stat->below[i] += report->below[i];
	stat->dropouts += report->dropouts;
	stat->watched_hours +=
		(double)report->seen.steps * depth->control.params.step_ns / NS_PER_H;
}

void vsnd_unit_depth_look(struct vsnd_unit *unit, void *device, uint32_t rate_hz)
{
	struct vsnd_card_depth *depth = &unit->card->depth;
	struct vsnd_fill *fill = fill_of(unit, device);
	const struct vsnd_fill_report *report = fill != NULL ? vsnd_fill_report(fill) : NULL;
	unsigned steps;

	if (report == NULL)
		return;
	pthread_mutex_lock(&unit->card->told_lock);
	if (!is_same(depth, fill, rate_hz))
		begin(unit, fill, report->depth_steps, rate_hz);
	steps = vsnd_depth_decide(&depth->control, &report->seen);
	tell(rate_hz, fill, report, depth);
	pthread_mutex_unlock(&unit->card->told_lock);
	vsnd_fill_answer(fill, steps);
}
