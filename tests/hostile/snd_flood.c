/* SPDX-License-Identifier: MIT */
/*
 * A guest that fills the rings of all its streams as fast as it can with what costs it nothing,
 * until it is ended: snd_flood DEVICE PAGES (of each stream's buffer, at most 1000) [dear]
 * Ranges, triggers and operations that there are and that there are not, WRITEs outside the buffer
 * and of all of it: a STOP throws away what is written, so that the next WRITE is taken, too, and
 * copying is what the flood costs most; dear: nothing but this. It reads no answer.
 */
#include <err.h>
#include <stdlib.h>

#include "tests/hostile/snd.h"

#define ALL UINT32_MAX /* stands for the length of the buffer */

static const struct xensnd_req requests[] = {
	{.operation = XENSND_OP_HW_PARAM_QUERY,
		.op.hw_param = {.formats = UINT64_MAX,
			.rates = {0, UINT32_MAX},
			.channels = {0, UINT32_MAX},
			.buffer = {0, UINT32_MAX},
			.period = {0, UINT32_MAX}}},
	{.operation = XENSND_OP_WRITE, .op.rw = {0, ALL}},
	{.operation = XENSND_OP_TRIGGER, .op.trigger = {.type = XENSND_OP_TRIGGER_STOP}},
	{.operation = XENSND_OP_TRIGGER, .op.trigger = {.type = 255}},
	{.operation = XENSND_OP_WRITE, .op.rw = {0, ALL}},
	{.operation = XENSND_OP_WRITE, .op.rw = {UINT32_MAX - 3, 4}},
	{.operation = XENSND_OP_TRIGGER, .op.trigger = {.type = XENSND_OP_TRIGGER_START}},
	{.operation = XENSND_OP_TRIGGER, .op.trigger = {.type = XENSND_OP_TRIGGER_STOP}},
	{.operation = 255},
};
#define NUM_REQUESTS (sizeof(requests) / sizeof(requests[0]))

static const unsigned dear[] = {1, 2}; /* of them */
static bool only_dear;

static void open_one(struct snd_stream *stream, uint32_t pages)
{
	snd_share(stream, pages);
	if (snd_open_stream(stream, pages * 4096, pages * 1024) != 0)
		errx(1, "a stream cannot be opened");
}

static void fill(struct snd_stream *stream)
{
	stream->link.ring.rsp_cons =
		__atomic_load_n(&stream->link.ring.sring->rsp_prod, __ATOMIC_ACQUIRE);
	while (!RING_FULL(&stream->link.ring)) {
		uint16_t id = stream->link.next_id++;
		struct xensnd_req request = requests[only_dear ? dear[id % 2] : id % NUM_REQUESTS];

		request.id = id;
		if (request.operation == XENSND_OP_WRITE && request.op.rw.length == ALL)
			request.op.rw.length = stream->pages.count * 4096;
		snd_send(stream, &request);
	}
}

int main(int argc, char **argv)
{
	struct snd snd;

	if (argc != 3 && argc != 4)
		return 2;
	only_dear = argc == 4;
	snd_open(&snd, argv[1]);
	if (!snd_connect(&snd))
		errx(1, "the backend does not connect");
	for (unsigned i = 0; i < snd.num_streams; i++)
		open_one(&snd.streams[i], (uint32_t)atoi(argv[2]));
	for (unsigned i = 0;; i = (i + 1) % snd.num_streams)
		fill(&snd.streams[i]);
}
