/* SPDX-License-Identifier: MIT */
/*
 * What one guest may ask of one stream: which host device in which direction, and the formats,
 * rates, channels and buffer that the attached configuration leaves it. Read on the main thread,
 * immutable after.
 */
#ifndef VSND_OFFER_H
#define VSND_OFFER_H

#include <stdint.h>

#include "backend/sound/card/card.h"
#include "backend/sound/config.h"
#include "xenbus/back.h"

#define VSND_OFFER_STREAMS 16 /* of one device */
#define VSND_OFFER_RATES 16
#define VSND_BUFFER_BYTES_MAX (4u << 20)
#define VSND_BUFFER_BYTES_DEFAULT (1u << 20)

struct vsnd_offer {
	unsigned pcm; /* its place: <device>/<pcm>/<stream> */
	unsigned stream;
	enum vsnd_direction direction;
	char unique_id[VSND_NAME_BYTES];  /* a [device] section */
	uint64_t formats;                 /* bit n: XENSND_PCM_FORMAT n */
	unsigned num_rates;               /* 0: any rate */
	uint32_t rates[VSND_OFFER_RATES]; /* ascending */
	uint32_t channels_min, channels_max;
	uint32_t buffer_bytes_max;
};

/*
 * Reads the streams of a device: PCM devices 0, 1, … as long as they exist, streams 0 to 7 of
 * each, from xb_back_wishes. What card, PCM and stream say is intersected, as sndif.h has it; what
 * none of them says is not limited. Values that make no sense are left out, as if they were not
 * there. ret has room for VSND_OFFER_STREAMS. -ENOENT: no stream with type and unique-id; -EINVAL:
 * one whose type, unique-id, formats, rates or channels leave nothing; -E2BIG: more streams.
 */
int vsnd_offer_read(
	const struct xb_back_device *device, struct vsnd_offer *ret, unsigned *ret_count);

/*
 * Narrows ranges to the offer: rates to the outermost listed ones inside, frames of buffer and
 * period to what the buffer's bytes can hold in the smallest remaining frame. -EINVAL: nothing
 * is left, ranges is untouched.
 */
int vsnd_offer_narrow(const struct vsnd_offer *offer, struct vsnd_ranges *ranges);

#endif
