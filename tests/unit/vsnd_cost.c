/* SPDX-License-Identifier: MIT */
/*
 * The engine's part of a device of 48 kHz, S16_LE, stereo, without thread and device, for a
 * profiler to count: vsnd_cost WAY STREAMS QUANTA plays or records so many quanta of 128 frames
 * with so many streams. WAY: untouched, played (44.1 kHz), recorded (44.1 kHz).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "backend/sound/engine/feed.h"

#define QUANTUM_FRAMES 128u
#define DEPTH_FRAMES 4096u
#define STREAMS_MAX 64u

struct stage {
	enum vsnd_direction direction;
	unsigned count;
	struct vsnd_desk *desk;
	struct vsnd_stream *streams[STREAMS_MAX];
	struct vsnd_feed *feeds[STREAMS_MAX];
	int16_t device[QUANTUM_FRAMES * 2];
	int16_t guest[DEPTH_FRAMES * 2];
};

static void need(bool done)
{
	if (!done) {
		fprintf(stderr, "vsnd_cost: no memory\n");
		exit(1);
	}
}

static void set_up(struct stage *stage, uint32_t guest_hz)
{
	const struct vsnd_desk_params params = {.direction = stage->direction,
		.device = {XENSND_PCM_FORMAT_S16_LE, 2, 48000},
		.most_frames = QUANTUM_FRAMES};
	const struct vsnd_format guest = {XENSND_PCM_FORMAT_S16_LE, 2, guest_hz};
	int wake_fd = eventfd(0, EFD_NONBLOCK);

	need(wake_fd >= 0 && vsnd_desk_create(&params, &stage->desk) == 0);
	for (unsigned i = 0; i < stage->count; i++) {
		need(vsnd_stream_create(&guest, stage->direction, DEPTH_FRAMES, wake_fd,
			     &stage->streams[i]) == 0);
		vsnd_stream_wake_at(stage->streams[i], UINT64_MAX);
		need(vsnd_feed_create(stage->streams[i], stage->desk, false, &stage->feeds[i]) ==
			0);
		vsnd_stream_start(stage->streams[i]);
	}
	for (unsigned i = 0; i < DEPTH_FRAMES * 2; i++)
		stage->guest[i] = (int16_t)(i * 2654435761u >> 16);
	memcpy(stage->device, stage->guest, sizeof(stage->device));
}

static void guests(struct stage *stage)
{
	for (unsigned i = 0; i < stage->count; i++)
		if (stage->direction == VSND_PLAYBACK)
			while (vsnd_stream_write(stage->streams[i], stage->guest, QUANTUM_FRAMES) ==
				0)
				;
		else
			while (vsnd_stream_read(stage->streams[i], stage->guest, QUANTUM_FRAMES) ==
				0)
				;
}

/* As device_thread.c does it. */
void vsnd_cost_quantum(struct stage *stage);
__attribute__((noinline)) void vsnd_cost_quantum(struct stage *stage)
{
	bool playback = stage->direction == VSND_PLAYBACK;

	for (unsigned i = 0; i < stage->count && !playback; i++)
		vsnd_feed_arm(stage->feeds[i]);
	vsnd_desk_begin(stage->desk, playback ? NULL : stage->device, QUANTUM_FRAMES);
	for (unsigned i = 0; i < stage->count; i++)
		if (playback)
			vsnd_feed_add(stage->feeds[i]);
		else
			vsnd_feed_take(stage->feeds[i]);
	vsnd_desk_end(stage->desk, playback ? stage->device : NULL);
	for (unsigned i = 0; i < stage->count; i++)
		vsnd_feed_wake(stage->feeds[i]);
}

int main(int argc, char *argv[])
{
	static struct stage stage;
	unsigned long quanta;

	if (argc != 4)
		return 2;
	stage.direction = strcmp(argv[1], "recorded") == 0 ? VSND_CAPTURE : VSND_PLAYBACK;
	stage.count = (unsigned)strtoul(argv[2], NULL, 10);
	quanta = strtoul(argv[3], NULL, 10);
	if (stage.count > STREAMS_MAX)
		return 2;
	set_up(&stage, strcmp(argv[1], "untouched") == 0 ? 48000 : 44100);
	for (unsigned long i = 0; i < quanta; i++) {
		guests(&stage);
		vsnd_cost_quantum(&stage);
	}
	return 0;
}
