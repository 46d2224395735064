/* SPDX-License-Identifier: MIT */
/*
 * Frames from one thread to another, lock-free; both sides are real-time safe. For cards whose
 * files an ordinary thread handles; what a guest plays goes through stream.h, which knows time.
 */
#ifndef VSND_FIFO_H
#define VSND_FIFO_H

#include <stdint.h>

struct vsnd_fifo;

/* -ENOMEM. */
int vsnd_fifo_create(uint32_t size_frames, uint32_t frame_bytes, struct vsnd_fifo **ret);
/* Takes NULL. */
void vsnd_fifo_destroy(struct vsnd_fifo *fifo);

/* How many more go in; at least so many, as the other side only takes. By the thread that puts. */
uint32_t vsnd_fifo_room(const struct vsnd_fifo *fifo);
/* Puts frames in, as many as go; returns how many. */
uint32_t vsnd_fifo_put(struct vsnd_fifo *fifo, const void *from, uint32_t frames);
/* Takes frames out, as many as there are; returns how many. */
uint32_t vsnd_fifo_get(struct vsnd_fifo *fifo, void *to, uint32_t frames);

#endif
