/* SPDX-License-Identifier: MIT */
/*
 * What one guest may ask of one camera: the modes, counted buffers, control rights. Made on the
 * main thread from the source, the attached configuration and dom0's bounds; immutable after.
 */
#ifndef VCAM_OFFER_H
#define VCAM_OFFER_H

#include <stdbool.h>
#include <stdint.h>

#include "backend/camera/config.h"
#include "backend/camera/source.h"
#include "xenbus/back.h"

#define VCAM_OFFER_MODES 64
#define VCAM_OFFER_RATES 8

struct vcam_offer_mode {
	struct pv_picture picture;
	unsigned num_rates;
	struct pv_fraction rates[VCAM_OFFER_RATES]; /* fastest first */
};

struct vcam_offer {
	unsigned num_modes; /* at least 1; the first is the default */
	struct vcam_offer_mode modes[VCAM_OFFER_MODES];
	uint32_t max_buffers;
	enum vcam_controls controls;
	uint8_t control_mask; /* bit n: the guest may use XENCAMERA_CTRL n */
};

/*
 * Wishes come from xb_back_wishes; what is not
 * wished for is taken from the source (its own format and size first, then the other formats and
 * common sizes below it; its rate and whole fractions of it). Everything is bounded by guest.
 * Wishes that cannot be met are left out; -EINVAL when nothing remains.
 */
int vcam_offer_create(struct xb_back_device *device, struct vcam_source *source,
	const struct vcam_guest_config *guest, struct vcam_offer **ret);

/* Writes it into the frontend's directory as cameraif wants it (formats/…, max-buffers, controls),
 * in one transaction. */
int vcam_offer_publish(struct xb_back_device *device, const struct vcam_offer *offer);

/* NULL: not offered. */
const struct vcam_offer_mode *vcam_offer_find(
	const struct vcam_offer *offer, struct pv_picture picture);
bool vcam_offer_has_rate(const struct vcam_offer_mode *mode, struct pv_fraction rate);

#endif
