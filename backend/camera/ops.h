/* SPDX-License-Identifier: MIT */
/* The 15 requests of cameraif v1, answered. Session thread only. */
#ifndef VCAM_OPS_H
#define VCAM_OPS_H

#include <stdint.h>
#include <xen/io/cameraif.h>

#include "backend/camera/stream.h"
#include "backend/session.h"

/*
 * Answers a private copy of one request. The response is complete, with id, operation and status
 * (0, or -XEN_E… as <xen/errno.h> has them); everything else in it that is not set is 0.
 * Source: <xen/io/cameraif.h>.
 */
void vcam_ops_answer(struct vcam_stream *stream, const struct xencamera_req *request,
	struct xencamera_resp *ret_response);

/* For vb_session_start, with a struct vcam_stream. */
extern const struct vb_session_ops vcam_ops_session;

#endif
