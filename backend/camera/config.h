/* SPDX-License-Identifier: MIT */
/*
 * pvcamd's configuration file, pvcamd.conf(5): which sources dom0 has and what each guest may use.
 * Immutable once read. A guest's own nodes are wishes; this file is the bound.
 *
 * [daemon]       control-socket = PATH
 * [source NAME]  type = pattern|file|v4l2|stamp, path = PATH (file, Y4M), format = FOURCC,
 *                size = WIDTHxHEIGHT, rate = N[/M] (not file), pace = rate|delivered (stamp),
 *                device = PATH, card = TEXT, bus = TEXT (v4l2)
 * [guest NAME|*] sources = NAME, … or *, controls = none|read|write, max-buffers = N,
 *                max-size = WIDTHxHEIGHT, formats = FOURCC, …
 * Names are 1..63 of A-Z a-z 0-9 . _ -. Which file can be opened is vcam_source_create's business.
 */
#ifndef VCAM_CONFIG_H
#define VCAM_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "backend/config_file.h"
#include "common/parse.h"

#define VCAM_BUFFERS_MAX 32u
#define VCAM_NAME_BYTES VB_NAME_BYTES

enum vcam_controls { VCAM_CONTROLS_NONE, VCAM_CONTROLS_READ, VCAM_CONTROLS_WRITE };

struct vcam_source_config {
	char name[VCAM_NAME_BYTES];        /* the unique-id by which guests know it */
	const struct vcam_source_ops *ops; /* from type = … */
	char *path;                        /* file: the Y4M; others NULL */
	/* v4l2: a node, and the camera's name and place (struct v4l2_capability); NULL: any. */
	char *device;
	char *card;
	char *bus;
	/* What to make or to capture in; v4l2: 0 where the camera decides, also V4L2_PIX_FMT_MJPEG;
	 * file: not to be used. */
	uint32_t fourcc;
	uint32_t width;
	uint32_t height;
	struct pv_fraction rate;
	bool back_to_back; /* stamp: pace = delivered, the next frame once the last was taken */
	struct vcam_source_config *next;
};

struct vcam_guest_config {
	char name[VCAM_NAME_BYTES]; /* the domain's name unless there is an alias, or "*" */
	char *alias;                /* the domain's name; NULL: as above */
	char **sources;             /* NULL-ended, maybe empty; "*" alone: all */
	enum vcam_controls controls;
	uint32_t max_buffers; /* 1..VCAM_BUFFERS_MAX */
	uint32_t max_width;
	uint32_t max_height;
	uint32_t *fourccs; /* 0-ended; NULL: all */
	struct vcam_guest_config *next;
};

struct vcam_config {
	struct vb_config common; /* first: what vb_config_read gives is the whole */
	struct vcam_source_config *sources;
	struct vcam_guest_config *guests;
};

/* For vb_config_read and vb_config_free. */
extern const struct vb_config_layout vcam_config_layout;

/* The section named like the guest, else "*", else NULL (may use nothing). */
const struct vcam_guest_config *vcam_config_guest(
	const struct vcam_config *config, const char *guest);
bool vcam_guest_may_use(const struct vcam_guest_config *guest, const char *source);

#endif
