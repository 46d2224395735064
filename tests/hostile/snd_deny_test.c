/* SPDX-License-Identifier: MIT */
/*
 * A guest of class vsnd that means to hear: on each capture stream that it has, all at once, in
 * many formats, with its own levels up, while it mutes and unmutes. What must stay silent has
 * nothing but silence in the buffer, before a READ not even that; where there is sound, the same
 * attempts find it. usage: snd_deny_test DEVICE silent|sound
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/hostile/snd.h"

#define PAGES 4
#define BUFFER_BYTES (PAGES * 4096u)
#define UNTOUCHED 0x5a
#define READS 6
#define TOGGLES 8

static struct snd snd;
static unsigned sounds; /* that were found */

static const struct
try {
	uint8_t format, bytes, channels;
	uint32_t rate_hz;
	uint64_t silence; /* a sample, as it lies in a little-endian memory */
}
tries[] = {
	{XENSND_PCM_FORMAT_S16_LE, 2, 2, 48000, 0},
	{XENSND_PCM_FORMAT_S8, 1, 1, 48000, 0},
	{XENSND_PCM_FORMAT_U8, 1, 2, 44100, 0x80},
	{XENSND_PCM_FORMAT_U16_LE, 2, 1, 48000, 0x8000},
	{XENSND_PCM_FORMAT_U16_BE, 2, 2, 96000, 0x80},
	{XENSND_PCM_FORMAT_S16_BE, 2, 2, 44100, 0},
	{XENSND_PCM_FORMAT_S24_LE, 4, 1, 32000, 0},
	{XENSND_PCM_FORMAT_U24_LE, 4, 1, 48000, 0x800000},
	{XENSND_PCM_FORMAT_S32_LE, 4, 2, 48000, 0},
	{XENSND_PCM_FORMAT_U32_LE, 4, 2, 44100, 0x80000000},
	{XENSND_PCM_FORMAT_F32_LE, 4, 6, 48000, 0},
	{XENSND_PCM_FORMAT_F64_LE, 8, 1, 8000, 0},
};

static void die(const char *what, const struct try *try)
{
	fprintf(stderr, "%s (format %u, %u Hz)\n", what, try->format, try->rate_hz);
	exit(1);
}

/* Whatever a guest may write beside its stream. */
static void write_nodes(struct snd *guest)
{
	static const char *const nodes[] = {"volume", "mute", "dom0-volume", "dom0-mute",
		"dom0-mute/capture", "dom0-mute/capture/mic", "0/0/volume", "0/0/mute"};

	for (unsigned i = 0; i < sizeof(nodes) / sizeof(nodes[0]); i++)
		raw_write(&guest->raw, nodes[i], "0");
	raw_write(&guest->raw, "record", "allow");
}

/* Levels travel in the buffer: 64 bytes of it, put back. */
static void be_loud(struct snd_stream *stream, const struct try *try)
{
	uint8_t channels = try->channels, before[64];

	memcpy(before, stream->buffer, sizeof(before));
	memset(stream->buffer, 0, sizeof(before));
	if (snd_rw(stream, XENSND_OP_SET_VOLUME, 0, channels * 4u) != 0)
		die("it cannot set its volume", try);
	memset(stream->buffer, 1, sizeof(before));
	for (unsigned i = 0; i < TOGGLES; i++)
		if (snd_rw(stream, XENSND_OP_MUTE, 0, channels) != 0 ||
			snd_rw(stream, XENSND_OP_UNMUTE, 0, channels) != 0)
			die("it cannot mute and unmute", try);
	memcpy(stream->buffer, before, sizeof(before));
}

static void forget_events(struct snd_stream *stream)
{
	struct xensnd_evt event;

	while (snd_event(stream, &event, 0))
		;
}

static void open_stream(struct snd_stream *stream, const struct try *try)
{
	uint32_t frame_bytes = (uint32_t)try->bytes * try->channels;
	uint32_t period_bytes = BUFFER_BYTES / 8 / frame_bytes * frame_bytes;
	struct xensnd_req request = {.operation = XENSND_OP_OPEN,
		.op.open = {.pcm_rate = try->rate_hz,
			.pcm_format = try->format,
			.pcm_channels = try->channels,
			.buffer_sz = period_bytes * 8,
			.gref_directory = stream->directory.refs[0],
			.period_sz = period_bytes}};

	if (snd_call(stream, request, NULL) != 0)
		die("it cannot open", try);
	forget_events(stream); /* of what ran before */
}

static void expect_untouched(const struct snd_stream *stream, const struct try *try)
{
	for (uint32_t i = 0; i < BUFFER_BYTES; i++)
		if (stream->buffer[i] != UNTOUCHED)
			die("the buffer was written to before a READ", try);
}

/* A READ of up to a quarter of the buffer, and whether anything in it is not silence. */
static void hear(struct snd_stream *stream, const struct try *try, uint32_t bytes)
{
	memset(stream->buffer, UNTOUCHED, BUFFER_BYTES);
	if (snd_rw(stream, XENSND_OP_READ, 0, bytes) != 0)
		die("it cannot read what was announced", try);
	for (uint32_t i = 0; i < bytes; i += try->bytes)
		sounds += memcmp(stream->buffer + i, &try->silence, try->bytes) != 0;
}

/* After events, until so many reads brought what they announced. */
static void listen(struct snd_stream *stream, const struct try *try)
{
	uint64_t read_bytes = 0;
	struct xensnd_evt event;

	for (unsigned reads = 0; reads < READS;) {
		uint64_t there;

		if (!snd_event(stream, &event, SND_TIMEOUT_MS))
			die("no event", try);
		there = event.op.cur_pos.position;
		if (there <= read_bytes || there - read_bytes > BUFFER_BYTES)
			continue;
		hear(stream, try, (uint32_t)(there - read_bytes));
		read_bytes = there;
		be_loud(stream, try);
		reads++;
	}
}

/* All streams run at once; stopped, started and opened over one that runs. */
static void try_all(const struct try *try)
{
	for (unsigned i = 0; i < snd.num_streams; i++) {
		struct snd_stream *stream = &snd.streams[i];

		open_stream(stream, try);
		be_loud(stream, try);
		memset(stream->buffer, UNTOUCHED, BUFFER_BYTES);
		snd_trigger(stream, XENSND_OP_TRIGGER_START);
	}
	usleep(20000);
	for (unsigned i = 0; i < snd.num_streams; i++) {
		expect_untouched(&snd.streams[i], try);
		listen(&snd.streams[i], try);
		snd_trigger(&snd.streams[i], XENSND_OP_TRIGGER_PAUSE);
		snd_trigger(&snd.streams[i], XENSND_OP_TRIGGER_RESUME);
		snd_trigger(&snd.streams[i], XENSND_OP_TRIGGER_STOP);
		snd_trigger(&snd.streams[i], XENSND_OP_TRIGGER_START);
	}
}

int main(int argc, char **argv)
{
	bool silent = argc == 3 && strcmp(argv[2], "silent") == 0;
	const size_t num_tries = sizeof(tries) / sizeof(tries[0]);

	if (argc != 3 || (!silent && strcmp(argv[2], "sound") != 0))
		return 2;
	snd_open(&snd, argv[1]);
	for (unsigned i = 0; i < snd.num_streams; i++)
		snd_share(&snd.streams[i], PAGES);
	write_nodes(&snd);
	if (!snd_connect(&snd))
		return 1;
	write_nodes(&snd);
	for (size_t i = 0; i < num_tries; i++) {
		sounds = 0;
		try_all(&tries[i]);
		if (silent != (sounds == 0))
			die(silent ? "it heard something" : "it heard nothing", &tries[i]);
	}
	raw_state(&snd.raw, XenbusStateClosing);
	snd_close(&snd);
	return 0;
}
