/* SPDX-License-Identifier: MIT */
/* A logger for libxengnttab and libxenevtchn that says nothing: their errors come back as errno,
 * and a hostile guest must not write dom0's log. Any thread. */
#ifndef XB_QUIET_H
#define XB_QUIET_H

#include <xentoollog.h>

/* Static; for the `logger` of …_open. */
struct xentoollog_logger *xb_quiet(void);

#endif
