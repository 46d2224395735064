/* SPDX-License-Identifier: MIT */
/*
 * A direction of a card as its mixer sees it: the guest's own volume and mute. They are wished for
 * in the frontends' directories; what the backend took over, it says in its own. All devices of a
 * lane get the same, the first one tells. One thread, the one that dispatches the store.
 */
#ifndef PVSND_CTL_LANE_H
#define PVSND_CTL_LANE_H

#include <stdbool.h>
#include <stdint.h>

#include "frontend/sound/card.h"
#include "frontend/sound/levels.h"

#define PVSND_LANE_DEVICES_MAX 16

enum pvsnd_kind { PVSND_VOLUME, PVSND_MUTE, PVSND_KINDS };

struct pvsnd_lane {
	struct xb_store *store;
	unsigned num_devices; /* 0: the card has no such direction */
	uint32_t devices[PVSND_LANE_DEVICES_MAX];
	unsigned channels;
	char backend[XB_PATH_BYTES]; /* empty: none */
	struct xb_watch *watches[PVSND_KINDS];
	struct pvsnd_levels now;  /* when it was looked at last */
	struct pvsnd_levels told; /* as the mixer's subscriber knows it */
};

/* One more device; those beyond PVSND_LANE_DEVICES_MAX are left out. */
void pvsnd_lane_add(struct pvsnd_lane *lane, const struct pvsnd_stream *stream);

/* Looks, and calls changed whenever the backend says something else. -errno as xenbus/store.h; end
 * it also then. */
int pvsnd_lane_begin(struct pvsnd_lane *lane, struct xb_store *store,
	void (*changed)(const char *path, void *ctx), void *ctx);
/* Without devices again. What never began is fine. */
void pvsnd_lane_end(struct pvsnd_lane *lane);

/* Fills now: what the backend has; without its word what was wished last, or else as it is. */
void pvsnd_lane_look(struct pvsnd_lane *lane);

bool pvsnd_lane_same(const struct pvsnd_lane *lane, enum pvsnd_kind kind,
	const struct pvsnd_levels *a, const struct pvsnd_levels *b);

/* Wishes for one kind of these levels, and waits a moment until the backend has it, so that who
 * reads right after writing reads what it wrote. -errno. */
int pvsnd_lane_wish(
	struct pvsnd_lane *lane, enum pvsnd_kind kind, const struct pvsnd_levels *levels);

#endif
