/* SPDX-License-Identifier: MIT */
#include "frontend/sound/levels.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/parse.h"

#define MILLIDB_A_STEP 10

struct numbers {
	unsigned count;
	long value[PVSND_CHANNELS_MAX];
};

static long at_most(long value, long limit)
{
	return value < limit ? value : limit;
}

/* Digits with or without a sign in front; more channels than we have are left out. */
static int add_number(const char *text, void *ctx)
{
	struct numbers *numbers = ctx;
	bool negative = *text == '-';
	uint32_t magnitude;

	if (pv_parse_u32(text + negative, 0, INT32_MAX, &magnitude) < 0)
		return -EINVAL;
	if (numbers->count < PVSND_CHANNELS_MAX)
		numbers->value[numbers->count++] = negative ? -(long)magnitude : (long)magnitude;
	return 0;
}

static int parse(const char *text, struct numbers *ret)
{
	struct numbers numbers = {0};

	if (pv_split(text, ",", add_number, &numbers) < 0 || numbers.count == 0)
		return -EINVAL;
	*ret = numbers;
	return 0;
}

static long from_millidb(long millidb)
{
	long steps = PVSND_VOLUME_STEPS + (millidb - MILLIDB_A_STEP / 2) / MILLIDB_A_STEP;

	return steps < 0 ? 0 : at_most(steps, PVSND_VOLUME_STEPS);
}

int pvsnd_levels_parse_volume(const char *text, struct pvsnd_levels *levels)
{
	struct numbers numbers;

	if (parse(text, &numbers) < 0)
		return -EINVAL;
	for (unsigned i = 0; i < PVSND_CHANNELS_MAX; i++) {
		unsigned channel = i < numbers.count ? i : numbers.count - 1;

		levels->volume[i] = from_millidb(at_most(numbers.value[channel], 0));
	}
	return 0;
}

int pvsnd_levels_parse_mute(const char *text, struct pvsnd_levels *levels)
{
	struct numbers numbers;

	if (parse(text, &numbers) < 0)
		return -EINVAL;
	levels->mute = numbers.value[0] != 0;
	return 0;
}

void pvsnd_levels_volume_text(
	const struct pvsnd_levels *levels, unsigned channels, char ret[PVSND_LEVELS_TEXT_BYTES])
{
	unsigned different = channels;
	size_t length = 0;

	while (different > 1 && levels->volume[different - 1] == levels->volume[different - 2])
		different--;
	for (unsigned i = 0; i < different; i++) {
		long steps =
			levels->volume[i] < 0 ? 0 : at_most(levels->volume[i], PVSND_VOLUME_STEPS);

		length += (size_t)snprintf(ret + length, PVSND_LEVELS_TEXT_BYTES - length, "%s%ld",
			i ? "," : "", (steps - PVSND_VOLUME_STEPS) * MILLIDB_A_STEP);
	}
}
