/* SPDX-License-Identifier: MIT */
/* What a device runs in, and how deep its buffer is kept. */
#include "backend/sound/device_list.h"

#define MS_PER_S 1000.0

/* Null: there was no try. */
static json_t *share_json(const struct vsnd_chain_share *share)
{
	if (share->least <= 0 && share->most >= 1)
		return json_null();
	return json_pack(
		"{s:f, s:f, s:f}", "is", share->is, "least", share->least, "most", share->most);
}

/* Up to the last that is not 0. */
static json_t *below_json(const struct vsnd_card_depth_stat *depth)
{
	json_t *below = json_array();
	unsigned count = VSND_DEPTH_MAX_STEPS + 1;

	while (count > 0 && depth->below[count - 1] == 0)
		count--;
	for (unsigned i = 0; i < count; i++)
		json_array_append_new(below, json_integer((json_int_t)depth->below[i]));
	return below;
}

static json_t *depth_json(const struct vsnd_card_depth_stat *depth)
{
	double ms = depth->rate_hz > 0 ? MS_PER_S / depth->rate_hz : 0;

	if (depth->rate_hz == 0)
		return json_null();
	return json_pack("{s:b, s:f, s:f, s:f, s:f, s:f, s:f, s:i, s:f, s:o, s:o, s:f, s:I, s:f, "
			 "s:o}",
		"fixed", depth->fixed, "now_ms", depth->now_frames * ms, "floor_ms",
		depth->floor_frames * ms, "min_ms", depth->min_frames * ms, "max_ms",
		depth->max_frames * ms, "step_ms", depth->step_frames * ms, "device_step_ms",
		depth->device_step_frames * ms, "steps", (int)depth->depth_steps, "asked_per_hour",
		depth->asked_per_hour, "miss", share_json(&depth->estimate.miss), "catch_up",
		share_json(&depth->estimate.catch_up), "predicted_per_hour",
		depth->estimate.predicted_per_hour, "dropouts", (json_int_t)depth->dropouts,
		"watched_hours", depth->watched_hours, "below", below_json(depth));
}

static json_t *runs_json(const struct vsnd_card_stat *stat, enum vsnd_direction direction)
{
	const struct vsnd_format *format = &stat->format[direction];

	if (!stat->here[direction].is_there)
		return json_null();
	return json_pack("{s:s, s:i, s:i, s:i}", "format", vsnd_format_name(format->pcm_format),
		"rate", (int)format->rate_hz, "channels", (int)format->channels, "quantum_frames",
		(int)stat->quantum_frames[direction]);
}

void vsnd_add_depth_json(json_t *card, const struct vsnd_card_stat *stat)
{
	json_object_set_new(card, "playback", runs_json(stat, VSND_PLAYBACK));
	json_object_set_new(card, "capture", runs_json(stat, VSND_CAPTURE));
	json_object_set_new(card, "depth", depth_json(&stat->depth));
}
