/* SPDX-License-Identifier: MIT */
/* Copying what the copier will not look at again. No state, any thread. */
#ifndef PV_COMMON_COPY_H
#define PV_COMMON_COPY_H

#include <stddef.h>

/*
 * memcpy for a whole frame on its way to somebody else: large copies go past the cache where the
 * processor can, so that the destination is not first read into it, and what others have there
 * stays. Both ends may be anywhere, and must not overlap. The bytes are visible to others before
 * any later store of this thread.
 */
void pv_copy_frame(void *to, const void *from, size_t size_bytes);

#endif
