/* SPDX-License-Identifier: MIT */
#include "frontend/camera/choose.h"

#include <errno.h>
#include <stdbool.h>

#include "common/parse.h"
#include "common/pixfmt.h"

#define WIDTH_MAX 1920u
#define HEIGHT_MAX 1080u
static const struct pv_fraction rate_max = {30, 1};

static struct pv_fraction rate_of(const struct pvcam_settings *settings)
{
	return (struct pv_fraction){settings->rate_numer, settings->rate_denom};
}

static uint64_t area_of(const struct pvcam_settings *settings)
{
	return (uint64_t)settings->width * settings->height;
}

static bool same_size(const struct pvcam_settings *a, const struct pvcam_settings *b)
{
	return a->width == b->width && a->height == b->height;
}

static bool better_size(const struct pvcam_settings *one, const struct pvcam_settings *than)
{
	bool fits = one->width <= WIDTH_MAX && one->height <= HEIGHT_MAX;
	bool other_fits = than->width <= WIDTH_MAX && than->height <= HEIGHT_MAX;

	if (fits != other_fits)
		return fits;
	return fits ? area_of(one) > area_of(than) : area_of(one) < area_of(than);
}

static bool better_rate(struct pv_fraction one, struct pv_fraction than)
{
	bool fits = pv_fraction_compare(one, rate_max) <= 0;
	bool other_fits = pv_fraction_compare(than, rate_max) <= 0;

	if (fits != other_fits)
		return fits;
	return pv_fraction_compare(one, than) == (fits ? 1 : -1);
}

int pvcam_choose_target(const struct pvcam_settings *offered, unsigned count,
	const struct pvcam_settings *wish, struct pvcam_settings *ret)
{
	struct pvcam_settings target = *wish;

	if (!count)
		return -ENODEV;
	if (!target.fourcc)
		target.fourcc = PVCAM_CHOOSE_FOURCC;
	if (!target.width) {
		target.width = offered[0].width;
		target.height = offered[0].height;
		for (unsigned i = 1; i < count; i++) {
			if (!better_size(&offered[i], &target))
				continue;
			target.width = offered[i].width;
			target.height = offered[i].height;
		}
	}
	for (unsigned i = 0; i < count && !wish->rate_numer; i++) {
		/* A wished size may be one that no setting has. */
		if (!wish->width && !same_size(&offered[i], &target))
			continue;
		if (target.rate_numer && !better_rate(rate_of(&offered[i]), rate_of(&target)))
			continue;
		target.rate_numer = offered[i].rate_numer;
		target.rate_denom = offered[i].rate_denom;
	}
	*ret = target;
	return 0;
}

/* 0: the size itself; larger ones before smaller ones, each by how far they are off. */
static uint64_t size_cost(
	const struct pvcam_settings *settings, const struct pvcam_settings *target)
{
	if (same_size(settings, target))
		return 0;
	if (settings->width >= target->width && settings->height >= target->height)
		return area_of(settings);
	return UINT64_MAX - area_of(settings);
}

/* Of two rates the one nearer to the wanted: the slowest that is fast enough, else the fastest. */
static bool nearer_rate(struct pv_fraction one, struct pv_fraction than, struct pv_fraction wanted)
{
	bool enough = pv_fraction_compare(one, wanted) >= 0;
	bool other_enough = pv_fraction_compare(than, wanted) >= 0;

	if (enough != other_enough)
		return enough;
	return pv_fraction_compare(one, than) == (enough ? -1 : 1);
}

static bool serves_better(const struct pvcam_settings *one, const struct pvcam_settings *than,
	const struct pvcam_settings *target)
{
	uint64_t cost = size_cost(one, target), other_cost = size_cost(than, target);
	bool format = one->fourcc == target->fourcc, other_format = than->fourcc == target->fourcc;

	if (cost != other_cost)
		return cost < other_cost;
	if (format != other_format)
		return format;
	if (one->fourcc != than->fourcc) /* they are in order of preference */
		return false;
	return nearer_rate(rate_of(one), rate_of(than), rate_of(target));
}

int pvcam_choose_capture(const struct pvcam_settings *offered, unsigned count,
	const struct pvcam_settings *target, struct pvcam_settings *ret)
{
	const struct pvcam_settings *best = offered;

	if (!count)
		return -ENODEV;
	for (unsigned i = 1; i < count; i++)
		if (serves_better(&offered[i], best, target))
			best = &offered[i];
	*ret = *best;
	return 0;
}
