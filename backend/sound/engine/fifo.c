/* SPDX-License-Identifier: MIT */
#include "backend/sound/engine/fifo.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct vsnd_fifo {
	uint8_t *frames;
	uint32_t size_frames;
	uint32_t frame_bytes;
	_Atomic uint64_t in; /* frames ever put */
	_Atomic uint64_t out;
};

int vsnd_fifo_create(uint32_t size_frames, uint32_t frame_bytes, struct vsnd_fifo **ret)
{
	struct vsnd_fifo *fifo = calloc(1, sizeof(*fifo));

	if (fifo == NULL)
		return -ENOMEM;
	fifo->size_frames = size_frames;
	fifo->frame_bytes = frame_bytes;
	fifo->frames = malloc((size_t)size_frames * frame_bytes);
	if (fifo->frames == NULL) {
		free(fifo);
		return -ENOMEM;
	}
	/* The pages are there before a real-time thread needs them. */
	memset(fifo->frames, 0, (size_t)size_frames * frame_bytes);
	*ret = fifo;
	return 0;
}

void vsnd_fifo_destroy(struct vsnd_fifo *fifo)
{
	if (fifo == NULL)
		return;
	free(fifo->frames);
	free(fifo);
}

uint32_t vsnd_fifo_room(const struct vsnd_fifo *fifo)
{
	return fifo->size_frames - (uint32_t)(fifo->in - fifo->out);
}

static uint8_t *place(const struct vsnd_fifo *fifo, uint64_t frame, uint32_t *frames)
{
	uint32_t slot = (uint32_t)(frame % fifo->size_frames);

	if (*frames > fifo->size_frames - slot)
		*frames = fifo->size_frames - slot;
	return fifo->frames + (size_t)slot * fifo->frame_bytes;
}

uint32_t vsnd_fifo_put(struct vsnd_fifo *fifo, const void *from, uint32_t frames)
{
	uint32_t room = vsnd_fifo_room(fifo);
	uint32_t all = frames < room ? frames : room;
	const uint8_t *at = from;

	for (uint32_t done = 0, now; done < all; done += now) {
		uint8_t *to;

		now = all - done;
		to = place(fifo, fifo->in + done, &now);
		memcpy(to, at, (size_t)now * fifo->frame_bytes);
		at += (size_t)now * fifo->frame_bytes;
	}
	fifo->in += all;
	return all;
}

uint32_t vsnd_fifo_get(struct vsnd_fifo *fifo, void *to, uint32_t frames)
{
	uint64_t there = fifo->in - fifo->out;
	uint32_t all = frames < there ? frames : (uint32_t)there;
	uint8_t *at = to;

	for (uint32_t done = 0, now; done < all; done += now) {
		const uint8_t *from;

		now = all - done;
		from = place(fifo, fifo->out + done, &now);
		memcpy(at, from, (size_t)now * fifo->frame_bytes);
		at += (size_t)now * fifo->frame_bytes;
	}
	fifo->out += all;
	return all;
}
