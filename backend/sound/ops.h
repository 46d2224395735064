/* SPDX-License-Identifier: MIT */
/* The 10 requests of sndif v2, answered. Session thread only. */
#ifndef VSND_OPS_H
#define VSND_OPS_H

#include <stdint.h>
#include <xen/io/sndif.h>

#include "backend/sound/pcm.h"

/*
 * Answers a private copy of one request. The response is complete, with id, operation and status
 * (0, or -XEN_E… as <xen/errno.h> has them); everything else in it that is not set is 0. Reserved
 * bytes of the request may hold anything: Linux leaves old ring contents there.
 * Volumes are int32_t and mutes uint8_t for each channel of OPEN, at the request's offset; length
 * is at least their size, and what lies behind is left alone.
 * Source: <xen/io/sndif.h>.
 */
void vsnd_ops_answer(
	struct vsnd_pcm *pcm, const struct xensnd_req *request, struct xensnd_resp *ret_response);

#endif
