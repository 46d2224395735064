/* SPDX-License-Identifier: MIT */
#include "backend/sound/engine/desk.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "backend/sound/engine/mix.h"

struct vsnd_desk {
	struct vsnd_desk_params params;
	double *bus;
	_Atomic bool hushed;
	struct vsnd_group *groups; /* all; the real-time thread knows those of its feeds */

	/* The quantum under way. */
	struct vsnd_group *turn; /* groups that entered */
	uint32_t frames;
	const void *captured;
	bool loaded; /* the bus has what was captured */
	struct vsnd_dither dither;
};

int vsnd_desk_create(const struct vsnd_desk_params *params, struct vsnd_desk **ret)
{
	struct vsnd_desk *desk = calloc(1, sizeof(*desk));

	if (desk == NULL)
		return -ENOMEM;
	desk->params = *params;
	desk->dither.state = 1;
	desk->bus =
		calloc((size_t)params->most_frames * params->device.channels, sizeof(*desk->bus));
	if (desk->bus == NULL) {
		vsnd_desk_destroy(desk);
		return -ENOMEM;
	}
	*ret = desk;
	return 0;
}

void vsnd_desk_destroy(struct vsnd_desk *desk)
{
	if (desk == NULL)
		return;
	free(desk->bus);
	free(desk);
}

const struct vsnd_desk_params *vsnd_desk_params(const struct vsnd_desk *desk)
{
	return &desk->params;
}

static struct vsnd_group *find(const struct vsnd_desk *desk, const struct vsnd_group_params *params)
{
	struct vsnd_group *group = desk->groups;

	while (group != NULL &&
		(group->rate_hz != params->rate_hz || group->channels != params->channels ||
			(group->rate != NULL && group->quality != params->quality)))
		group = group->next;
	return group;
}

/* What the conversions cost that were made for this owner; who else uses them costs nothing. */
static uint64_t owes(const struct vsnd_desk *desk, uint32_t owner)
{
	uint64_t cost = 0;

	for (const struct vsnd_group *group = desk->groups; group != NULL; group = group->next)
		if (group->owner == owner)
			cost += group->cost;
	return cost;
}

/* The group, or what is to be made: as good as the owner has left. */
static struct vsnd_group *choose(
	const struct vsnd_desk *desk, uint32_t owner, struct vsnd_group_params *params)
{
	static const enum vsnd_rate_quality cheaper[] = {
		[VSND_RATE_BEST] = VSND_RATE_USUAL,
		[VSND_RATE_USUAL] = VSND_RATE_FAST,
		[VSND_RATE_FAST] = VSND_RATE_COARSE,
	};
	struct vsnd_group *group = find(desk, params);
	uint64_t left = owes(desk, owner);

	left = left < VSND_DESK_SHARE ? VSND_DESK_SHARE - left : 0;
	while (group == NULL && params->quality != VSND_RATE_COARSE &&
		vsnd_group_cost(params) > left) {
		params->quality = cheaper[params->quality];
		group = find(desk, params);
	}
	return group;
}

int vsnd_desk_join(struct vsnd_desk *desk, const struct vsnd_format *guest, uint32_t owner,
	struct vsnd_group **ret)
{
	const struct vsnd_format *device = &desk->params.device;
	struct vsnd_group_params params = {.direction = desk->params.direction,
		.device = *device,
		.rate_hz = guest->rate_hz,
		.channels = guest->channels < device->channels ? guest->channels : device->channels,
		.quality = desk->params.quality,
		.most_frames = desk->params.most_frames,
		.device_bus = desk->bus};
	struct vsnd_group *group = choose(desk, owner, &params);
	int err = 0;

	if (group == NULL) {
		err = vsnd_group_create(&params, &group);
		if (err < 0)
			return err;
		group->owner = owner;
		group->next = desk->groups;
		desk->groups = group;
	}
	group->members++;
	*ret = group;
	return 0;
}

void vsnd_desk_leave(struct vsnd_desk *desk, struct vsnd_group *group)
{
	struct vsnd_group **place = &desk->groups;

	if (--group->members > 0)
		return;
	while (*place != group)
		place = &(*place)->next;
	*place = group->next;
	vsnd_group_destroy(group);
}

void vsnd_desk_hush(struct vsnd_desk *desk, bool hushed)
{
	desk->hushed = hushed;
}

bool vsnd_desk_is_hushed(const struct vsnd_desk *desk)
{
	return desk->hushed;
}

/* ---- turns ---- */

void vsnd_desk_begin(struct vsnd_desk *desk, const void *captured, uint32_t frames)
{
	desk->turn = NULL;
	desk->frames = frames;
	desk->captured = captured;
	desk->loaded = false;
	if (captured == NULL)
		memset(desk->bus, 0,
			(size_t)frames * desk->params.device.channels * sizeof(*desk->bus));
}

void vsnd_desk_enter(struct vsnd_desk *desk, struct vsnd_group *group)
{
	if (group->in_turn)
		return;
	group->in_turn = true;
	group->next_in_turn = desk->turn;
	desk->turn = group;
	vsnd_group_begin(group, desk->frames);
}

void vsnd_desk_hear(struct vsnd_desk *desk, struct vsnd_group *group)
{
	if (!desk->loaded)
		vsnd_mix_load(desk->params.device.pcm_format, desk->captured, desk->bus,
			(size_t)desk->frames * desk->params.device.channels);
	desk->loaded = true;
	vsnd_group_hear(group, desk->frames);
}

const void *vsnd_desk_captured(const struct vsnd_desk *desk, uint32_t *ret_frames)
{
	*ret_frames = desk->frames;
	return desk->captured;
}

bool vsnd_desk_end(struct vsnd_desk *desk, void *to)
{
	bool runs = false, rounds = false;

	for (struct vsnd_group *group = desk->turn; group != NULL; group = group->next_in_turn) {
		vsnd_group_end(group, desk->frames);
		group->in_turn = false;
		runs = runs || group->runs;
		rounds = rounds || group->rounds;
	}
	if (to != NULL)
		vsnd_mix_store(desk->params.device.pcm_format, desk->bus, to,
			(size_t)desk->frames * desk->params.device.channels,
			rounds ? &desk->dither : NULL);
	return runs;
}
