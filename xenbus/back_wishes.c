/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>

#include "xenbus/back.h"

const char *xb_back_wishes(const struct xb_back_device *device, const char *node)
{
	char *value;

	int error = xb_store_read(
		device->store, XBT_NULL, device->back_path, node, XB_PATH_BYTES, &value);

	if (error)
		return error == -ENOENT ? device->front_path : device->back_path;
	free(value);
	return device->back_path;
}
