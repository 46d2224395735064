/* SPDX-License-Identifier: MIT */
/*
 * A guest that has each of its streams converted from another rate, 191999 Hz and down, in 8
 * channels: snd_rates DEVICE. They run and are dry, until it is ended.
 */
#include <err.h>
#include <stdio.h>
#include <unistd.h>

#include "tests/hostile/snd.h"

#define BUFFER_BYTES 65536u
#define CHANNELS 8u
#define HIGHEST_HZ 191999u

static void begin(struct snd_stream *stream, uint32_t rate_hz)
{
	struct xensnd_req request = {.operation = XENSND_OP_OPEN,
		.op.open = {.pcm_rate = rate_hz,
			.pcm_format = XENSND_PCM_FORMAT_S16_LE,
			.pcm_channels = CHANNELS,
			.buffer_sz = BUFFER_BYTES,
			.period_sz = BUFFER_BYTES / 4}};

	snd_share(stream, BUFFER_BYTES / 4096);
	request.op.open.gref_directory = stream->directory.refs[0];
	if (snd_call(stream, request, NULL) != 0)
		errx(1, "a stream of %u Hz cannot be opened", rate_hz);
	if (snd_trigger(stream, XENSND_OP_TRIGGER_START) != 0)
		errx(1, "a stream of %u Hz cannot be started", rate_hz);
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
		begin(&snd.streams[i], HIGHEST_HZ - i);
	printf("%u streams run\n", snd.num_streams);
	fflush(stdout);
	for (;;)
		pause();
}
