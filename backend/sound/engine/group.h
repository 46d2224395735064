/* SPDX-License-Identifier: MIT */
/*
 * All streams of one rate at one device: playback: they add up on a bus of their rate, and the sum
 * is converted once; capture: what the device took is converted once, and all of them read it. A
 * group has its streams' channels, or the device's where those are fewer: it converts no more of
 * them than it must. desk.h makes groups and gives them their turns.
 */
#ifndef VSND_GROUP_H
#define VSND_GROUP_H

#include <stdbool.h>
#include <stdint.h>

#include "backend/sound/engine/channels.h"
#include "backend/sound/engine/rate.h"
#include "backend/sound/engine/stream.h"

struct vsnd_group_params {
	enum vsnd_direction direction;
	struct vsnd_format device;
	uint32_t rate_hz;
	unsigned channels; /* at most the device's */
	enum vsnd_rate_quality quality;
	uint32_t most_frames; /* the device's in one quantum */
	double *device_bus;   /* so many of them; must outlive the group */
};

struct vsnd_group {
	/* The desk's, for who adds and removes streams. */
	struct vsnd_group *next;
	unsigned members;
	uint32_t owner;
	enum vsnd_rate_quality quality;
	uint64_t cost; /* vsnd_group_cost */
	enum vsnd_direction direction;
	uint32_t rate_hz;
	unsigned channels;
	uint32_t most_frames; /* of its own rate, in one quantum */

	/* The real-time thread's, of the quantum under way. */
	struct vsnd_group *next_in_turn;
	bool in_turn;
	bool runs;   /* a stream does */
	bool rounds; /* a stream brought more bits than the device has, or the conversion does */
	bool begins; /* no stream ran before */
	uint32_t frames; /* of each stream; playback: of this rate; capture: once heard */
	double *bus;     /* of this rate and these channels */

	/* The group's own. */
	struct vsnd_channels device_channels; /* playback: to the device's; capture: from them */
	double *device_bus;                   /* `bus` where nothing is to be converted */
	struct vsnd_rate *rate;               /* NULL: the device's */
	bool fresh;                           /* nothing is inside */
	bool heard;                           /* capture: this quantum has been converted */
	uint32_t inside_frames;               /* so much silence washes it out */
	uint32_t ringing_frames;              /* so long what was rounded is still inside */
	double *mapped;                       /* NULL: the device's channels */
	float *narrow;                        /* into the rate's conversion */
	float *made;                          /* out of it */
};

/* Not real-time. -ENOMEM; -EINVAL: a rate or channels that no stream has. */
int vsnd_group_create(const struct vsnd_group_params *params, struct vsnd_group **ret);
/* What its conversion costs, as vsnd_rate_cost has it; 0: none is needed. */
uint64_t vsnd_group_cost(const struct vsnd_group_params *params);
/* Takes NULL. */
void vsnd_group_destroy(struct vsnd_group *group);

/* A quantum of so many of the device's frames begins; playback: on an empty bus. */
void vsnd_group_begin(struct vsnd_group *group, uint32_t device_frames);
/* Playback: adds the sum to the device's bus. Both: when no stream ran, what is inside goes out in
 * this quantum and some of the next, and then the group is as new. */
void vsnd_group_end(struct vsnd_group *group, uint32_t device_frames);
/* Capture: puts on the bus what the device's has; then `frames` says how many these are. */
void vsnd_group_hear(struct vsnd_group *group, uint32_t device_frames);
/* So many frames of its rate the conversion keeps. Any thread. */
uint32_t vsnd_group_filter_frames(const struct vsnd_group *group);
/* How well it converts the rate: "usual" and so on; NULL: not at all. */
const char *vsnd_group_quality(const struct vsnd_group *group);
/* Capture: so many frames of sound are heard that is older than what the device took in this
 * quantum. */
uint32_t vsnd_group_older_frames(const struct vsnd_group *group);

#endif
