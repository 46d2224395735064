/* SPDX-License-Identifier: MIT */
#include "backend/wire_status.h"

#include <errno.h>
#include <xen/errno.h>

int32_t vb_wire_status(int error)
{
	switch (error) {
	case 0:
		return 0;
	case -EINVAL:
	case -ERANGE:
	case -ENXIO:
		return -XEN_EINVAL;
	case -EAGAIN:
		return -XEN_EAGAIN;
	case -EBUSY:
		return -XEN_EBUSY;
	case -ENOMEM:
		return -XEN_ENOMEM;
	case -ENOSPC:
		return -XEN_ENOSPC;
	case -EACCES:
		return -XEN_EACCES;
	case -EOPNOTSUPP:
		return -XEN_EOPNOTSUPP;
	default:
		return -XEN_EIO;
	}
}
