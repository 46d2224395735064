/* SPDX-License-Identifier: MIT */
/*
 * A guest that plays: snd_play DEVICE RAW SECONDS PERIOD PERIODS HELD [VOLUMES]
 * RAW (S16_LE stereo 48 kHz) over and over for so many seconds, once for 0, in PERIODS periods of
 * PERIOD frames. When all of it is written it pauses, makes the file HELD and waits until somebody
 * removes it, so that the counts of a stream that was never left dry can be read; then it plays to
 * the end. Sets the volume VOLUMES times a second meanwhile, anywhere. Fails when a request does.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/hostile/snd.h"

#define FRAME_BYTES 4u
#define PAGE_BYTES 4096u
#define RATE_HZ 48000u
#define VOLUMES_BYTES 8u /* of two channels; behind the frames */
#define QUIETEST_MDB 30000
#define RAMP_US 30000

struct player {
	struct snd_stream *stream;
	uint8_t *raw;
	uint64_t raw_frames;
	uint64_t total_frames, written_frames, played_frames;
	uint32_t period_frames, buffer_frames;
	unsigned volumes_per_s;
	uint64_t volumes;
	struct timespec volume_at; /* the last was due */
	uint32_t dice;
};

static void check(int32_t status, const char *what)
{
	if (status != 0)
		errx(1, "%s: answered %d", what, (int)status);
}

static void load(struct player *player, const char *path)
{
	FILE *file = fopen(path, "r");
	long bytes;

	if (file == NULL || fseek(file, 0, SEEK_END) != 0 || (bytes = ftell(file)) < FRAME_BYTES)
		err(1, "cannot read %s", path);
	rewind(file);
	player->raw_frames = (uint64_t)bytes / FRAME_BYTES;
	player->raw = malloc((size_t)bytes);
	if (player->raw == NULL || fread(player->raw, 1, (size_t)bytes, file) != (size_t)bytes)
		err(1, "cannot read %s", path);
	fclose(file);
}

/* A period, or what is left. It ends with the buffer at the latest, as periods fit into it. */
static void write_period(struct player *player)
{
	uint32_t at = (uint32_t)(player->written_frames % player->buffer_frames) * FRAME_BYTES;
	uint64_t left = player->total_frames - player->written_frames;
	uint32_t frames = left < player->period_frames ? (uint32_t)left : player->period_frames;

	for (uint32_t i = 0; i < frames; i++)
		memcpy(player->stream->buffer + at + i * FRAME_BYTES,
			player->raw +
				(player->written_frames + i) % player->raw_frames * FRAME_BYTES,
			FRAME_BYTES);
	check(snd_rw(player->stream, XENSND_OP_WRITE, at, frames * FRAME_BYTES), "WRITE");
	player->written_frames += frames;
}

static void write_what_fits(struct player *player)
{
	while (player->written_frames < player->total_frames &&
		player->written_frames + player->period_frames <=
			player->played_frames + player->buffer_frames)
		write_period(player);
}

static void set_volume(struct player *player)
{
	uint32_t at = player->buffer_frames * FRAME_BYTES;
	int32_t mdb[2];

	player->dice = player->dice * 1664525 + 1013904223;
	mdb[0] = mdb[1] = -(int32_t)(player->dice >> 8) % QUIETEST_MDB;
	memcpy(player->stream->buffer + at, mdb, sizeof(mdb));
	check(snd_rw(player->stream, XENSND_OP_SET_VOLUME, at, VOLUMES_BYTES), "SET_VOLUME");
	player->volumes++;
}

/* As many a second as were asked for, whatever a request takes: who is behind does not sleep. */
static void wait_for_volume(struct player *player)
{
	player->volume_at.tv_nsec += 1000000000 / player->volumes_per_s;
	player->volume_at.tv_sec += player->volume_at.tv_nsec / 1000000000;
	player->volume_at.tv_nsec %= 1000000000;
	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &player->volume_at, NULL);
}

/* Looks four times a period, or each time it has set the volume: a guest that waits for nothing in
 * particular. */
static void hear_position(struct player *player)
{
	struct xensnd_evt event;

	if (player->volumes_per_s > 0) {
		set_volume(player);
		wait_for_volume(player);
	} else {
		usleep(player->period_frames * (1000000 / 4) / RATE_HZ);
	}
	while (snd_event(player->stream, &event, 0))
		player->played_frames = event.op.cur_pos.position / FRAME_BYTES;
}

static void hold(struct player *player, const char *held)
{
	/* What the volume still had to go is not heard behind a pause. */
	if (player->volumes_per_s > 0)
		usleep(RAMP_US);
	check(snd_trigger(player->stream, XENSND_OP_TRIGGER_PAUSE), "PAUSE");
	raw_hold(held);
	check(snd_trigger(player->stream, XENSND_OP_TRIGGER_RESUME), "RESUME");
	clock_gettime(CLOCK_MONOTONIC, &player->volume_at);
}

static void play(struct player *player, const char *held)
{
	uint32_t buffer_bytes = player->buffer_frames * FRAME_BYTES;

	if (player->volumes_per_s > 0)
		buffer_bytes += VOLUMES_BYTES;
	snd_share(player->stream, (buffer_bytes + PAGE_BYTES - 1) / PAGE_BYTES);
	check(snd_open_stream(player->stream, buffer_bytes, player->period_frames * FRAME_BYTES),
		"OPEN");
	write_what_fits(player);
	check(snd_trigger(player->stream, XENSND_OP_TRIGGER_START), "START");
	clock_gettime(CLOCK_MONOTONIC, &player->volume_at);
	while (player->written_frames < player->total_frames) {
		hear_position(player);
		write_what_fits(player);
	}
	hold(player, held);
	while (player->played_frames < player->total_frames)
		hear_position(player);
	check(snd_trigger(player->stream, XENSND_OP_TRIGGER_STOP), "STOP");
	check(snd_op(player->stream, XENSND_OP_CLOSE), "CLOSE");
}

int main(int argc, char **argv)
{
	struct player player = {.raw = NULL};
	struct snd snd;

	if (argc != 7 && argc != 8)
		return 2;
	if (argc == 8)
		player.volumes_per_s = (unsigned)atoi(argv[7]);
	load(&player, argv[2]);
	player.total_frames = (uint64_t)atoi(argv[3]) * RATE_HZ;
	if (player.total_frames == 0)
		player.total_frames = player.raw_frames;
	player.period_frames = (uint32_t)atoi(argv[4]);
	player.buffer_frames = player.period_frames * (uint32_t)atoi(argv[5]);
	snd_open(&snd, argv[1]);
	player.stream = &snd.streams[0];
	if (!snd_connect(&snd))
		errx(1, "the backend does not connect");
	play(&player, argv[6]);
	if (player.volumes_per_s > 0)
		printf("%llu volumes\n", (unsigned long long)player.volumes);
	raw_state(&snd.raw, XenbusStateClosing);
	snd_close(&snd);
	free(player.raw);
	return 0;
}
