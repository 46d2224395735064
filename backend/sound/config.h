/* SPDX-License-Identifier: MIT */
/*
 * pvsndd's configuration file, pvsndd.conf(5): which sound devices dom0 has and what each guest may
 * use. Immutable once read.
 *
 *   [daemon]        control-socket = PATH
 *   [device NAME]   type = alsa|wav|clock; playback, capture (alsa: PCM names; wav: file names;
 *                   at least one of them); loop = yes|no (clock); quality = usual|fast|best;
 *                   rate = 4000..192000; channels = 1..8; format = auto|s16_le|…;
 *                   gaps = fade|silence; priority = 1..90 (default 70);
 *                   depth = auto|TIME, depth-min, depth-max = TIME, dropouts-per-hour = 1..3600
 *                   (alsa)
 *   [guest NAME|*]  playback, capture: device names allowed (list, or *; default none);
 *                   record = allow|deny (default allow)
 * Names are 1..63 of A-Z a-z 0-9 . _ -. What can be opened is vsnd_card_open's business.
 */
#ifndef VSND_CONFIG_H
#define VSND_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "backend/config_file.h"

#define VSND_NAME_BYTES VB_NAME_BYTES

/* What is heard when a guest is late. */
enum vsnd_gaps { VSND_GAPS_FADE, VSND_GAPS_SILENCE };

/* What a guest hears on a device that it may capture from: the sound, or silence. */
enum vsnd_record { VSND_RECORD_ALLOW, VSND_RECORD_DENY };

struct vsnd_card_config {
	char name[VSND_NAME_BYTES]; /* the unique-id by which guests know it */
	const struct vsnd_card_ops *ops;
	/* The first of each list; NULL: has none; both NULL (clock): has both by itself. */
	char *playback;
	char *capture;
	/* Places in order of preference, NULL-ended; NULL: none but the first. */
	char **playbacks;
	char **captures;
	bool loop;
	/* What it is opened in, if it has it; 0: what streams have. */
	uint32_t rate_hz, channels;
	unsigned format;  /* XENSND_PCM_FORMAT_* + 1 */
	unsigned quality; /* enum vsnd_rate_quality */
	unsigned gaps;    /* enum vsnd_gaps */
	/* Of a playback device's buffer; alsa. 0: auto, the least, 40 ms, one. */
	uint32_t depth_us, depth_min_us, depth_max_us;
	uint32_t dropouts_per_hour;
	int priority; /* SCHED_FIFO of its threads; sessions run 10 below */
	struct vsnd_card_config *next;
};

struct vsnd_guest_config {
	char name[VSND_NAME_BYTES]; /* the domain's name unless there is an alias, or "*" */
	char *alias;                /* the domain's name; NULL: as above */
	char **playback;            /* NULL-ended device names; "*" alone: all */
	char **capture;             /* the microphone is a right of its own */
	unsigned record;            /* enum vsnd_record */
	struct vsnd_guest_config *next;
};

struct vsnd_config {
	struct vb_config common; /* first: what vb_config_read gives is the whole */
	struct vsnd_card_config *cards;
	struct vsnd_guest_config *guests;
};

/* For vb_config_read and vb_config_free. */
extern const struct vb_config_layout vsnd_config_layout;

/* The section named like the guest, else "*", else NULL (may use nothing). */
const struct vsnd_guest_config *vsnd_config_guest(
	const struct vsnd_config *config, const char *guest);
bool vsnd_guest_may_use(const struct vsnd_guest_config *guest, const char *device, bool capture);

#endif
