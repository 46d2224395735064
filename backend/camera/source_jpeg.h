/* SPDX-License-Identifier: MIT */
/*
 * The JPEG pictures of an MJPEG camera to YU12, from their full range (ITU-T T.871) to the limited
 * one that all else here works in. One thread at a time per object.
 */
#ifndef VCAM_SOURCE_JPEG_H
#define VCAM_SOURCE_JPEG_H

#include <stddef.h>
#include <stdint.h>

struct vcam_jpeg;

/* Of pictures of this size, both even. -ENOMEM. */
int vcam_jpeg_create(uint32_t width, uint32_t height, struct vcam_jpeg **ret);
/* Takes NULL. */
void vcam_jpeg_destroy(struct vcam_jpeg *jpeg);

/*
 * Decodes one picture into a whole YU12 frame: grey or YCbCr of any subsampling, baseline, also
 * without Huffman tables, as many cameras send them. Bytes that are only superfluous are let pass.
 * -EBADMSG: cut short, damaged, of another size, or another kind of JPEG; the frame is then
 * undefined. -ENOMEM.
 */
int vcam_jpeg_decode(struct vcam_jpeg *jpeg, const void *bytes, size_t size_bytes, void *yu12);

#endif
