/* SPDX-License-Identifier: MIT */
/* What a daemon logs of one device of one guest: "g1 pvsnd/0: …", and no more of it than
 * common/log_limit.h lets through, since a guest can cause it as often as it likes. Main thread. */
#ifndef VB_GUEST_LOG_H
#define VB_GUEST_LOG_H

#include "common/log.h"
#include "common/log_limit.h"
#include "xenbus/back.h"

/* limit: of this device. When lines were left out before this one, says first how many. */
void vb_guest_log(const struct xb_back_device *device, struct pv_log_limit *limit,
	enum pv_log_level level, const char *format, ...) __attribute__((format(printf, 4, 5)));

/* The device goes: says how many lines were left out that nothing has said yet. */
void vb_guest_log_end(const struct xb_back_device *device, struct pv_log_limit *limit);

#endif
