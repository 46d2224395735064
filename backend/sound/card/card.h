/* SPDX-License-Identifier: MIT */
/*
 * A host device: one sound card (or stand-in) of dom0's, with a real-time thread for each direction
 * while streams are open on it: it pulls from all of them, converts, mixes, and plays; or captures,
 * converts, and gives to all of them. Kinds of device are tables of operations, one a file.
 */
#ifndef VSND_CARD_H
#define VSND_CARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "backend/sound/card/directory.h"
#include "backend/sound/card/fill.h"
#include "backend/sound/config.h"
#include "backend/sound/engine/delays.h"
#include "backend/sound/engine/depth.h"
#include "backend/sound/engine/stream.h"

/* What is possible together; intervals are inclusive. Units: Hz, channels, frames. */
struct vsnd_ranges {
	uint64_t formats; /* bit n: XENSND_PCM_FORMAT n */
	uint32_t rate_min, rate_max;
	uint32_t channels_min, channels_max;
	uint32_t buffer_min, buffer_max;
	uint32_t period_min, period_max;
};

/* What a device tells of a transfer. */
struct vsnd_told {
	bool woke;          /* the thread slept until the device was ready, or came too late to */
	uint64_t delay_ns;  /* then: how long after that it went on, at least */
	uint64_t step_ns;   /* it counts in such steps, and says nothing in between; 0: fine */
	uint64_t missed_ns; /* so much the device played that was not there, or lost */
	uint64_t inside_ns; /* it has and has not played yet; or has captured and not brought */
};

/* How a device of ALSA's is driven, for people to read. */
struct vsnd_driven {
	const char *access; /* "mmap", "rw"; NULL: there is nothing to tell */
	const char *by;     /* "poll": its wake-ups, "timer": the clock */
};

/*
 * One kind of device. query, open and close: any thread, but one open and close at a time for a
 * direction; they may block. config lives as long as the card, place only for the call: the name or
 * file that the configuration gives for the direction, NULL where it gives none (clock).
 * transfer: the real-time thread; it blocks only as long as the device's clock needs.
 */
struct vsnd_card_ops {
	const char *type; /* as in the configuration */
	bool any_quantum; /* short transfers cost it nothing but the wake-up */
	bool one_format;  /* to open it anew in another would lose what it has */
	/* By vsnd_card_create, before anything else, on its thread; maybe NULL. */
	void (*prepare)(void);
	/* Narrows ranges to what the device can; -EINVAL when nothing is left. Must not keep the
	 * device open. -EBUSY: cannot tell while somebody has it. */
	int (*query)(const struct vsnd_card_config *config, const char *place,
		enum vsnd_direction direction, struct vsnd_ranges *ranges);
	/* Opens for exactly this format. quantum_frames: wished on entry, real on return: how much
	 * one transfer takes at most. ret_priv: not NULL. -EBUSY: somebody else has the device. */
	int (*open)(const struct vsnd_card_config *config, const char *place,
		enum vsnd_direction direction, const struct vsnd_format *format,
		uint32_t *quantum_frames, void **ret_priv);
	void (*close)(void *priv);
	/* Plays, or captures, so many frames, at most a quantum; returns when the device is ready
	 * for the next (playback) or has it (capture). running: the stream runs, so these are a
	 * guest's frames or its silence; a device that keeps or brings something must neither keep
	 * nor bring anything while it does not. Returns how many xruns of the device's own it
	 * mended; negative: the device is lost. */
	int (*transfer)(void *priv, void *samples, uint32_t frames, bool running);
	/* Does the place stand for another device now than the open one? It may block; not
	 * real-time, but while the device plays. NULL: a place is always the same device. */
	bool (*moved)(void *priv, const char *place);
	/* How full it keeps its buffer, until it is closed: a device opened for playback that
	 * has one; else NULL, and so may this be. Any thread. */
	struct vsnd_fill *(*fill)(void *priv);
	/* About the last transfer, which did not lose the device. By the same thread; NULL: nothing
	 * is known. */
	void (*told)(void *priv, struct vsnd_told *ret);
	/* Before another thread has the device; maybe NULL. */
	void (*driven)(void *priv, struct vsnd_driven *ret);
};

extern const struct vsnd_card_ops vsnd_card_alsa;  /* a PCM of alsa-lib's */
extern const struct vsnd_card_ops vsnd_card_wav;   /* files instead of a line out and in */
extern const struct vsnd_card_ops vsnd_card_clock; /* a perfect card without a sound */

#define VSND_CARD_STREAMS_MAX 128u /* in each direction */

struct vsnd_card;

/* config and what it points to must outlive the card. Main thread: alsa sets an environment
 * variable. -ENOMEM. */
int vsnd_card_create(const struct vsnd_card_config *config, struct vsnd_card **ret);
/* The card finds its places in the directory, and hears from it. Before anything else is asked of
 * the card; the directory must outlive it. -ENOMEM. */
int vsnd_card_follow(struct vsnd_card *card, struct vsnd_directory *directory);
/* What the configuration asks of a device's buffer, for kinds of device. */
void vsnd_card_limits(
	const struct vsnd_card_config *config, uint32_t rate_hz, struct vsnd_fill_limits *ret);
/* No stream may be open. Waits for a device that drains. */
void vsnd_card_destroy(struct vsnd_card *card);

/*
 * Narrows ranges to what a stream may have: any format, which is converted, but no shorter periods
 * than the device allows. That is asked by another thread, once in 30 s while the device is closed,
 * and after it failed (a guest asks dozens of times for one open); only the first answer is waited
 * for, for a second at most in all. A device that cannot be asked (busy, gone) may be there later:
 * it allows what any does. Any thread. -EINVAL: nothing is left; -ENODEV: has no such direction.
 */
int vsnd_card_query(
	struct vsnd_card *card, enum vsnd_direction direction, struct vsnd_ranges *ranges);
/* Asks what can be done now in a direction; may block; not while streams are open. 0, too, where it
 * has no such direction; errors as the device's query, for the first of its places. */
int vsnd_card_try(struct vsnd_card *card, enum vsnd_direction direction);

/*
 * A new stream, stopped. The device is opened by another thread, for the first stream: in its
 * format if the device has it, else in the nearest that it has; and anew when a stream comes that
 * has more, if the device has more and its kind allows it. Until that has been tried, for two
 * seconds at most, a stream that is started does not move: the first frame heard is the first
 * written. If it fails (the device is busy, gone, takes nothing that we could convert to) and
 * whenever the device is lost, streams go on in silence at the right speed, with a line in the log,
 * until it can be opened, in whatever format it has then.
 * Session threads; never waits for a device. period_frames: the guest's; the quantum is at most a
 * quarter of the shortest (a device of ALSA's holds four quanta: no more than a period) and at most
 * 1/375 s (128 frames at 48 kHz: each costs a wake-up); but at least 1/3000 s or half a period, and
 * at least 16 frames, unless the device dictates another. buffer_frames: the stream's depth, at
 * least a period. owner: the guest, which has a share of what conversions may cost (desk.h). The
 * first stream of a card starts its threads: the real-time one is SCHED_FIFO at
 * config's priority, or an ordinary one where that is not permitted (said once in the log).
 * -EBUSY: VSND_CARD_STREAMS_MAX are there; -EINVAL: bad format or sizes; -ENODEV: has no such
 * direction; -ENOMEM, -EAGAIN.
 */
int vsnd_card_open(struct vsnd_card *card, enum vsnd_direction direction,
	const struct vsnd_format *format, uint32_t period_frames, uint32_t buffer_frames,
	int wake_fd, uint32_t owner, struct vsnd_stream **ret);
/* Destroys the stream; waits for the quantum under way. After the last one the device is drained
 * and closed by another thread; a stream that comes meanwhile is held until that is done. */
void vsnd_card_close(struct vsnd_card *card, struct vsnd_stream *stream);

/* Devices may have come, gone or changed: a card without its device looks for it at once, and not
 * only within a second. Any thread. */
void vsnd_card_look_again(struct vsnd_card *card);

#define VSND_PLACE_BYTES 200

/* Where a direction's device is. */
struct vsnd_here {
	bool is_there;
	char place[VSND_PLACE_BYTES]; /* the name it was opened by; "": none, or not there */
	uint64_t since_s;             /* so since then, in Unix time; 0: it was never opened */
	uint64_t generation;          /* devices opened so far */
	uint64_t lost;                /* and of them lost in the middle */
	struct vsnd_driven driven;    /* the last one */
};

/* How deep a playback device's buffer is kept, of the last that was open long enough to know (some
 * 1.5 s): with a buffer that leaves a choice, and a clock. In frames of its rate, but for ratios.
 */
struct vsnd_card_depth_stat {
	uint32_t rate_hz; /* 0: there is none */
	bool fixed;
	uint32_t now_frames;             /* what its buffer is filled up to */
	uint32_t floor_frames;           /* the least that the device needs */
	uint32_t min_frames, max_frames; /* limits */
	uint32_t step_frames;            /* the chain's */
	uint32_t device_step_frames;     /* that it counts in, as far as seen */
	unsigned depth_steps;
	double asked_per_hour; /* dropouts */
	struct vsnd_depth_estimate estimate;
	uint64_t below[VSND_DEPTH_MAX_STEPS + 1]; /* steps that found B so far below the depth */
	/* Since the card was made. */
	uint64_t dropouts;
	double watched_hours;
};

struct vsnd_card_stat {
	bool open[2]; /* by direction: streams are there, or the device is not closed yet */
	struct vsnd_here here[2];
	bool real_time;       /* all threads that run */
	uint64_t quanta;      /* since the card was made, as all that follow */
	uint64_t late_quanta; /* began more than a quantum after their time */
	uint64_t xruns;       /* times the device itself ran dry or over */
	uint64_t lost;        /* times the device failed in the middle */
	/* By direction: what the device runs in, while it is there. */
	struct vsnd_format format[2];
	uint32_t quantum_frames[2];
	struct vsnd_card_depth_stat depth;
	/* By how much the device's threads woke later than they should have: see vsnd_told. */
	struct vsnd_lateness wake;
};
void vsnd_card_stat(struct vsnd_card *card, struct vsnd_card_stat *ret);
/* What the device of a direction keeps, as it was after the last transfer, and the quantum that it
 * captures; 0: no stream is there, or it keeps nothing. Any thread. */
uint64_t vsnd_card_inside_ns(const struct vsnd_card *card, enum vsnd_direction direction);

#endif
