/* SPDX-License-Identifier: MIT */
/* What stands in the way when a guest may not share enough pages, in numbers. */
#ifndef PVCAM_PAGES_H
#define PVCAM_PAGES_H

#include <stddef.h>

#include "frontend/camera/pvcam.h"

/* The pages that a stream of num_buffers frames of the camera's layout takes, directories and the
 * two of the connection included. */
size_t pvcam_pages_needed(const struct pvcam_layout *layout, unsigned num_buffers);

/* After -ENOSPC: a sentence with the pages needed, the limit in force and how to raise it.
 * camera: NULL if it could not even be opened. num_buffers: as for pvcam_start. */
void pvcam_pages_explain(struct pvcam *camera, unsigned num_buffers, char *ret, size_t ret_bytes);

#endif
