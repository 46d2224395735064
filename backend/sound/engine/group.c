/* SPDX-License-Identifier: MIT */
#include "backend/sound/engine/group.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "backend/sound/engine/mix.h"

#define EXTRA_FRAMES 4u /* that a packet may be longer by than the ratio says */

static int group_allocate(struct vsnd_group *group, const struct vsnd_group_params *params)
{
	size_t most =
		group->most_frames > params->most_frames ? group->most_frames : params->most_frames;
	size_t samples = most * group->channels;

	group->bus = calloc(samples, sizeof(*group->bus));
	group->mapped = calloc(most * params->device.channels, sizeof(*group->mapped));
	group->narrow = calloc(samples, sizeof(*group->narrow));
	group->made = calloc(samples, sizeof(*group->made));
	if (group->bus == NULL || group->mapped == NULL || group->narrow == NULL ||
		group->made == NULL)
		return -ENOMEM;
	return 0;
}

static int group_fill(struct vsnd_group *group, const struct vsnd_group_params *params)
{
	bool playback = group->direction == VSND_PLAYBACK;
	uint32_t device_hz = params->device.rate_hz, most = params->most_frames;
	int err;

	group->device_channels =
		playback ? vsnd_channels_matrix(params->channels, params->device.channels)
			 : vsnd_channels_matrix(params->device.channels, params->channels);
	if (params->rate_hz == device_hz && group->device_channels.identity) {
		group->bus = params->device_bus;
		return 0;
	}
	err = group_allocate(group, params);
	if (err < 0 || params->rate_hz == device_hz)
		return err;
	if (most < group->most_frames)
		most = group->most_frames;
	return vsnd_rate_create(params->channels, playback ? params->rate_hz : device_hz,
		playback ? device_hz : params->rate_hz, params->quality, most, &group->rate);
}

uint64_t vsnd_group_cost(const struct vsnd_group_params *params)
{
	bool playback = params->direction == VSND_PLAYBACK;
	uint32_t device_hz = params->device.rate_hz;

	if (params->rate_hz == device_hz)
		return 0;
	return vsnd_rate_cost(params->channels, playback ? params->rate_hz : device_hz,
		playback ? device_hz : params->rate_hz, params->quality);
}

int vsnd_group_create(const struct vsnd_group_params *params, struct vsnd_group **ret)
{
	struct vsnd_group *group;
	int err;

	if (params->rate_hz == 0 || params->channels == 0 ||
		params->channels > params->device.channels)
		return -EINVAL;
	group = calloc(1, sizeof(*group));
	if (group == NULL)
		return -ENOMEM;
	group->direction = params->direction;
	group->rate_hz = params->rate_hz;
	group->channels = params->channels;
	group->quality = params->quality;
	group->cost = vsnd_group_cost(params);
	group->device_bus = params->device_bus;
	group->fresh = true;
	/* One frame more than asked for, where a packet begins just before it. */
	group->most_frames = (uint32_t)(((uint64_t)params->most_frames + 1) * params->rate_hz /
					params->device.rate_hz) +
			     EXTRA_FRAMES;
	err = group_fill(group, params);
	if (err < 0) {
		vsnd_group_destroy(group);
		return err;
	}
	*ret = group;
	return 0;
}

void vsnd_group_destroy(struct vsnd_group *group)
{
	if (group == NULL)
		return;
	vsnd_rate_destroy(group->rate);
	if (group->bus != group->device_bus)
		free(group->bus);
	free(group->mapped);
	free(group->narrow);
	free(group->made);
	free(group);
}

void vsnd_group_begin(struct vsnd_group *group, uint32_t device_frames)
{
	group->runs = false;
	group->rounds = false;
	group->heard = false;
	group->begins = group->fresh;
	group->frames = device_frames;
	if (group->direction == VSND_CAPTURE)
		return;
	if (group->rate != NULL)
		group->frames = vsnd_rate_need(group->rate, device_frames);
	if (group->bus != group->device_bus)
		memset(group->bus, 0,
			(size_t)group->frames * group->channels * sizeof(*group->bus));
}

/* What was rounded a moment ago is rounded for as long as the filter remembers it. */
static void ring(struct vsnd_group *group)
{
	if (group->rounds) {
		group->ringing_frames = 2 * vsnd_rate_delay_frames(group->rate);
	} else if (group->ringing_frames > 0) {
		group->rounds = true;
		group->ringing_frames -= group->frames < group->ringing_frames
						 ? group->frames
						 : group->ringing_frames;
	}
}

static void narrow_samples(const double *from, float *to, size_t samples)
{
	for (size_t i = 0; i < samples; i++)
		to[i] = (float)from[i];
}

static void widen_samples(const float *from, double *to, size_t samples)
{
	for (size_t i = 0; i < samples; i++)
		to[i] = (double)from[i];
}

static void play(struct vsnd_group *group, uint32_t device_frames)
{
	const double *samples = group->bus;

	if (group->rate != NULL) {
		narrow_samples(group->bus, group->narrow, (size_t)group->frames * group->channels);
		vsnd_rate_pull(group->rate, group->narrow, group->made, device_frames);
		widen_samples(group->made, group->bus, (size_t)device_frames * group->channels);
		ring(group);
	}
	if (!group->device_channels.identity) {
		vsnd_channels_apply(
			&group->device_channels, group->bus, group->mapped, device_frames);
		samples = group->mapped;
	}
	vsnd_mix_add(group->device_bus, samples, (size_t)device_frames * group->device_channels.to);
}

/* Capture: silence goes in. */
static void hear_nothing(struct vsnd_group *group, uint32_t device_frames)
{
	memset(group->narrow, 0, (size_t)device_frames * group->channels * sizeof(*group->narrow));
	(void)vsnd_rate_push(group->rate, group->narrow, device_frames, group->made);
}

/* Nobody runs: silence goes in until nothing else is inside. A quantum of it at a time, since the
 * longest filters would take several quanta's time at once. */
static void wash(struct vsnd_group *group, uint32_t frames)
{
	if (group->inside_frames > frames) {
		group->inside_frames -= frames;
		return;
	}
	if (group->rate != NULL)
		vsnd_rate_reset(group->rate);
	group->inside_frames = 0;
	group->ringing_frames = 0;
	group->fresh = true;
}

void vsnd_group_end(struct vsnd_group *group, uint32_t device_frames)
{
	bool playback = group->direction == VSND_PLAYBACK;

	if (!group->runs && group->fresh)
		return;
	if (group->runs)
		group->inside_frames = group->rate != NULL ? vsnd_rate_wash_frames(group->rate) : 0;
	group->fresh = false;
	if (playback && group->bus != group->device_bus)
		play(group, device_frames);
	else if (!playback && !group->runs && group->rate != NULL)
		hear_nothing(group, device_frames);
	if (!group->runs)
		wash(group, playback ? group->frames : device_frames);
}

void vsnd_group_hear(struct vsnd_group *group, uint32_t device_frames)
{
	const double *samples = group->device_bus;

	if (group->heard)
		return;
	group->heard = true;
	if (!group->device_channels.identity) {
		vsnd_channels_apply(&group->device_channels, samples, group->bus, device_frames);
		samples = group->bus;
	}
	if (group->rate == NULL)
		return;
	narrow_samples(samples, group->narrow, (size_t)device_frames * group->channels);
	group->frames = vsnd_rate_push(group->rate, group->narrow, device_frames, group->made);
	widen_samples(group->made, group->bus, (size_t)group->frames * group->channels);
}

uint32_t vsnd_group_filter_frames(const struct vsnd_group *group)
{
	if (group->rate == NULL)
		return 0;
	return group->direction == VSND_PLAYBACK ? vsnd_rate_delay_frames(group->rate)
						 : vsnd_rate_delay_out_frames(group->rate);
}

const char *vsnd_group_quality(const struct vsnd_group *group)
{
	static const char *const names[] = {
		[VSND_RATE_USUAL] = "usual",
		[VSND_RATE_FAST] = "fast",
		[VSND_RATE_BEST] = "best",
		[VSND_RATE_COARSE] = "coarse",
	};

	return group->rate != NULL ? names[group->quality] : NULL;
}

uint32_t vsnd_group_older_frames(const struct vsnd_group *group)
{
	return group->begins ? 0 : vsnd_group_filter_frames(group);
}
