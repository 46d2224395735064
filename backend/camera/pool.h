/* SPDX-License-Identifier: MIT */
/*
 * The frame pool of one source: counted frames, immutable once published. A frame is converted
 * once for each distinct format and size that somebody asks for, by whoever asks first; the
 * others wait for that conversion and share it. Any thread.
 */
#ifndef VCAM_POOL_H
#define VCAM_POOL_H

#include <stddef.h>
#include <stdint.h>

#include "common/convert.h"

struct vcam_pool;

struct vcam_frame {
	uint64_t number;      /* of this source, from 0, without gaps; set by who fills it */
	uint64_t captured_ns; /* CLOCK_MONOTONIC of the picture, set by who fills it */
	uint64_t filled_ns;   /* CLOCK_MONOTONIC when its filling ended */
	size_t size_bytes;
	void *pixels; /* in the pool's native picture; write only before publishing */
};

/* Frames of this native picture; at most max_frames alive (allocated when first needed, reused
 * while the pool lives). */
int vcam_pool_create(struct pv_picture native, unsigned max_frames, struct vcam_pool **ret);
/* Frames still held keep the pool's memory until they are put. Takes NULL. */
void vcam_pool_destroy(struct vcam_pool *pool);
/* Allocates now until so many frames exist, zeroed. -ENOMEM; -EAGAIN: more than max_frames. */
int vcam_pool_reserve(struct vcam_pool *pool, unsigned frames);

/*
 * A frame to fill, counted once: the longest unused, so with N frames and nobody holding any,
 * one is written again only after N - 1 others. -EAGAIN: all are in use. -ENOMEM.
 */
int vcam_pool_take(struct vcam_pool *pool, struct vcam_frame **ret);

struct vcam_frame *vcam_frame_hold(struct vcam_frame *frame);
void vcam_frame_put(struct vcam_frame *frame);

/*
 * The frame as this picture: the native pixels themselves, or the shared conversion. Lives as long
 * as the frame is held. A picture nobody asked for in 256 frames is forgotten. -EINVAL, -ENOMEM;
 * -ENOSPC: frames now held are asked for in more than 16 distinct pictures.
 */
int vcam_frame_as(struct vcam_frame *frame, struct pv_picture picture, const void **ret_pixels,
	size_t *ret_bytes);

/* Conversions run and frames taken since the pool was made. */
struct vcam_pool_counts {
	uint64_t frames;
	uint64_t conversions;
};
void vcam_pool_counts(struct vcam_pool *pool, struct vcam_pool_counts *ret);

#endif
