/* SPDX-License-Identifier: MIT */
/*
 * A guest that fills the rings of all its streams as fast as it can with what costs it nothing,
 * until it is ended: snd_flood DEVICE
 * Ranges, triggers and operations that there are and that there are not, WRITEs outside the buffer
 * and of all of it: a STOP throws away what is written, so that the next WRITE is taken, too, and
 * copying is what the flood costs most. It reads no answer.
 */
#include <err.h>

#include "tests/hostile/snd.h"

#define PAGES 64
#define BUFFER_BYTES (PAGES * 4096u)

static const struct xensnd_req requests[] = {
	{.operation = XENSND_OP_HW_PARAM_QUERY,
		.op.hw_param = {.formats = UINT64_MAX,
			.rates = {0, UINT32_MAX},
			.channels = {0, UINT32_MAX},
			.buffer = {0, UINT32_MAX},
			.period = {0, UINT32_MAX}}},
	{.operation = XENSND_OP_WRITE, .op.rw = {0, BUFFER_BYTES}},
	{.operation = XENSND_OP_TRIGGER, .op.trigger = {.type = XENSND_OP_TRIGGER_STOP}},
	{.operation = XENSND_OP_TRIGGER, .op.trigger = {.type = 255}},
	{.operation = XENSND_OP_WRITE, .op.rw = {0, BUFFER_BYTES}},
	{.operation = XENSND_OP_WRITE, .op.rw = {UINT32_MAX - 3, 4}},
	{.operation = XENSND_OP_TRIGGER, .op.trigger = {.type = XENSND_OP_TRIGGER_START}},
	{.operation = XENSND_OP_TRIGGER, .op.trigger = {.type = XENSND_OP_TRIGGER_STOP}},
	{.operation = 255},
};
#define NUM_REQUESTS (sizeof(requests) / sizeof(requests[0]))

static void open_one(struct snd_stream *stream)
{
	snd_share(stream, PAGES);
	if (snd_open_stream(stream, BUFFER_BYTES, BUFFER_BYTES / 4) != 0)
		errx(1, "a stream cannot be opened");
}

static void fill(struct snd_stream *stream)
{
	stream->link.ring.rsp_cons =
		__atomic_load_n(&stream->link.ring.sring->rsp_prod, __ATOMIC_ACQUIRE);
	while (!RING_FULL(&stream->link.ring)) {
		struct xensnd_req request = requests[stream->link.next_id % NUM_REQUESTS];

		request.id = stream->link.next_id++;
		snd_send(stream, &request);
	}
}

int main(int argc, char **argv)
{
	struct snd snd;

	if (argc != 2)
		return 2;
	snd_open(&snd, argv[1]);
	if (!snd_connect(&snd))
		errx(1, "the backend does not connect");
	for (unsigned i = 0; i < snd.num_streams; i++)
		open_one(&snd.streams[i]);
	for (unsigned i = 0;; i = (i + 1) % snd.num_streams)
		fill(&snd.streams[i]);
}
