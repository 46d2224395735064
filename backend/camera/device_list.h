/* SPDX-License-Identifier: MIT */
/* What device.c and device_stat.c share: the devices themselves. Main thread only. */
#ifndef VCAM_DEVICE_LIST_H
#define VCAM_DEVICE_LIST_H

#include <ev.h>
#include <stdatomic.h>

#include "backend/camera/device.h"
#include "backend/camera/source.h"
#include "backend/camera/stream.h"
#include "backend/guest_log.h"
#include "backend/session.h"
#include "xenbus/back.h"

struct vcam_device {
	struct vcam_devices *devices;
	struct xb_back_device *xb;
	struct vcam_source *source; /* NULL until a probe has chosen one */
	struct vcam_offer *offer;
	struct vb_session *session; /* NULL: not connected */
	struct vcam_stream *stream; /* session's */
	const char *refusal;        /* what was logged last; static */
	struct pv_log_limit log_limit;
	_Atomic(const char *) died; /* why its session ended by itself; static */
	struct vcam_device *next;
};

struct vcam_devices {
	struct ev_loop *loop;
	const struct vcam_config *config;
	struct vcam_source **sources;
	unsigned num_sources;
	struct xb_back *back;
	struct vb_arrival *arrival; /* NULL: cannot be had; lost sources then look once a second */
	struct vcam_device *list;
	ev_async died; /* a session ended by itself */
};

#endif
