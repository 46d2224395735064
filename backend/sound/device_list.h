/* SPDX-License-Identifier: MIT */
/* What device*.c share: the devices themselves. Main thread only. */
#ifndef VSND_DEVICE_LIST_H
#define VSND_DEVICE_LIST_H

#include <ev.h>
#include <stdatomic.h>

#include "backend/guest_log.h"
#include "backend/session.h"
#include "backend/sound/device.h"
#include "backend/sound/pcm.h"
#include "xenbus/back.h"

/* One stream of a guest's device. */
struct vsnd_seat {
	struct vsnd_offer offer;
	struct vsnd_card *card;
	const struct vsnd_card_config *config; /* card's */
	bool record_denied;                    /* captures silence */
	struct vsnd_levels levels;             /* the guest's, also while nobody is connected */
	struct vsnd_levels published;          /* of the guest's, in xenstore */
	struct vsnd_levels dom0_levels;
	struct vb_session *session; /* NULL: not connected */
	struct vsnd_pcm *pcm;       /* session's */
};

struct vsnd_device {
	struct vsnd_devices *devices;
	struct xb_back_device *xb;
	unsigned num_seats;
	struct vsnd_seat seats[VSND_OFFER_STREAMS];
	struct xb_watch *volume_watch; /* of <front>/volume and mute; class pvsnd */
	struct xb_watch *mute_watch;
	const char *refusal; /* what was logged last; static */
	bool told_denied;    /* the log knows that it may not record */
	struct pv_log_limit log_limit;
	_Atomic(const char *) died; /* why a session of it ended by itself; static */
	struct vsnd_device *next;
};

struct vsnd_devices {
	struct ev_loop *loop;
	const struct vsnd_config *config;
	struct vsnd_card **cards; /* in config's order */
	unsigned num_cards;
	struct vsnd_directory *directory;
	struct vb_arrival *arrival; /* NULL: cannot be had; cards then look once a second */
	struct xb_back *back;
	struct vsnd_device *list;
	ev_async died;           /* a session ended by itself */
	ev_async levels_changed; /* by a guest's request */
	ev_timer publish;        /* runs: not before that */
};

/* ---- device_levels.c: the guest's ---- */

/* Takes up both levels as they were when last there was a session; begins and ends to look at what
 * the guest writes. */
int vsnd_device_levels_start(struct vsnd_device *device);
void vsnd_device_levels_stop(struct vsnd_device *device);
/* Takes over what guests change by requests (levels_changed). What they have is published ten times
 * a second at most, the last of it always. */
void vsnd_devices_levels_begin(struct vsnd_devices *devices);
/* No session runs any more. */
void vsnd_devices_levels_end(struct vsnd_devices *devices);

/* ---- device_dom0_levels.c ---- */

/* Those kept for a stream, or else for its device, or else 0 dB and not muted. */
int vsnd_dom0_levels_read(const struct vsnd_device *device, struct vsnd_seat *seat);

/* ---- device_stat.c, device_stat_depth.c ---- */

/* playback, capture: what the device runs in, or null; depth: of its buffer, or null. */
void vsnd_add_depth_json(json_t *card, const struct vsnd_card_stat *stat);
/* A stream as in the stat. New reference. */
json_t *vsnd_seat_json(const struct vsnd_device *device, const struct vsnd_seat *seat);

#endif
