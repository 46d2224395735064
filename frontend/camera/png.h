/* SPDX-License-Identifier: MIT */
/* PNG files by libpng. */
#ifndef PVCAM_PNG_H
#define PVCAM_PNG_H

#include <stdint.h>
#include <stdio.h>

/*
 * Writes one picture to file: RGB3 (bytes R, G, B) or GREY, 8 bits, lines without padding.
 * -EINVAL another format; -EIO or errno of the write; -ENOMEM. Does not close file.
 */
int pvcam_png_write(
	FILE *file, uint32_t fourcc, uint32_t width, uint32_t height, const void *pixels);

#endif
