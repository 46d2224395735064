/* SPDX-License-Identifier: MIT */
#ifndef VB_WIRE_STATUS_H
#define VB_WIRE_STATUS_H

#include <stdint.h>

/* Ours (0 or -errno) to the wire's status (0 or -XEN_E… of <xen/errno.h>); what a guest could not
 * act on differently is -XEN_EIO. No state, any thread. */
int32_t vb_wire_status(int error);

#endif
