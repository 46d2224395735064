/* SPDX-License-Identifier: MIT */
#include "backend/sound/levels.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "common/parse.h"

struct numbers {
	int32_t min, max;
	bool bound; /* what lies outside becomes min or max */
	unsigned count;
	int32_t number[VSND_CHANNELS_MAX];
};

int32_t vsnd_levels_bound(int64_t volume_mdb)
{
	if (volume_mdb < VSND_VOLUME_MIN_MDB)
		return VSND_VOLUME_MIN_MDB;
	return volume_mdb > VSND_VOLUME_MAX_MDB ? VSND_VOLUME_MAX_MDB : (int32_t)volume_mdb;
}

static int take_number(const char *text, void *ctx)
{
	struct numbers *numbers = ctx;
	bool negative = *text == '-';
	uint32_t magnitude;
	int64_t number;

	if (numbers->count == VSND_CHANNELS_MAX ||
		pv_parse_u32(text + negative, 0, INT32_MAX, &magnitude) != 0)
		return -EINVAL;
	number = negative ? -(int64_t)magnitude : magnitude;
	if (numbers->bound)
		number = vsnd_levels_bound(number);
	if (number < numbers->min || number > numbers->max)
		return -EINVAL;
	numbers->number[numbers->count++] = (int32_t)number;
	return 0;
}

/* Fills all channels; -EINVAL. */
static int parse(const char *text, struct numbers *numbers)
{
	if (pv_split(text, ",", take_number, numbers) != 0 || numbers->count == 0)
		return -EINVAL;
	for (unsigned i = numbers->count; i < VSND_CHANNELS_MAX; i++)
		numbers->number[i] = numbers->number[numbers->count - 1];
	return 0;
}

int vsnd_levels_parse_volume(const char *text, struct vsnd_levels *levels)
{
	struct numbers numbers = {
		.min = VSND_VOLUME_MIN_MDB, .max = VSND_VOLUME_MAX_MDB, .bound = true};

	if (parse(text, &numbers) != 0)
		return -EINVAL;
	memcpy(levels->volume_mdb, numbers.number, sizeof(levels->volume_mdb));
	return 0;
}

int vsnd_levels_parse_mute(const char *text, struct vsnd_levels *levels)
{
	struct numbers numbers = {.max = 1};

	if (parse(text, &numbers) != 0)
		return -EINVAL;
	for (unsigned i = 0; i < VSND_CHANNELS_MAX; i++)
		levels->mute[i] = numbers.number[i] != 0;
	return 0;
}

static void numbers_text(const int32_t *number, char ret[VSND_LEVELS_TEXT_BYTES])
{
	unsigned count = VSND_CHANNELS_MAX;
	size_t used = 0;

	while (count > 1 && number[count - 1] == number[count - 2])
		count--;
	for (unsigned i = 0; i < count && used < VSND_LEVELS_TEXT_BYTES; i++)
		used += (size_t)snprintf(
			ret + used, VSND_LEVELS_TEXT_BYTES - used, "%s%d", i ? "," : "", number[i]);
}

void vsnd_levels_volume_text(const struct vsnd_levels *levels, char ret[VSND_LEVELS_TEXT_BYTES])
{
	numbers_text(levels->volume_mdb, ret);
}

void vsnd_levels_mute_text(const struct vsnd_levels *levels, char ret[VSND_LEVELS_TEXT_BYTES])
{
	int32_t number[VSND_CHANNELS_MAX];

	for (unsigned i = 0; i < VSND_CHANNELS_MAX; i++)
		number[i] = levels->mute[i];
	numbers_text(number, ret);
}

bool vsnd_levels_equal(const struct vsnd_levels *a, const struct vsnd_levels *b)
{
	return memcmp(a->volume_mdb, b->volume_mdb, sizeof(a->volume_mdb)) == 0 &&
	       memcmp(a->mute, b->mute, sizeof(a->mute)) == 0;
}

static bool is_silent(const struct vsnd_levels *levels, unsigned channel)
{
	return levels->mute[channel] || levels->volume_mdb[channel] <= VSND_VOLUME_MIN_MDB;
}

void vsnd_levels_gain(
	const struct vsnd_levels *a, const struct vsnd_levels *b, float ret_gain[VSND_CHANNELS_MAX])
{
	for (unsigned i = 0; i < VSND_CHANNELS_MAX; i++) {
		int32_t volume_mdb = a->volume_mdb[i] + b->volume_mdb[i];

		ret_gain[i] = is_silent(a, i) || is_silent(b, i)
				      ? 0.0f
				      : powf(10.0f, (float)volume_mdb / 20000.0f);
	}
}
