/* SPDX-License-Identifier: MIT */
/*
 * A stream and its way to a device, in any two formats and packets of any size, with starts, stops,
 * gaps and volumes in between: nothing beyond its bounds, positions only forwards, every frame that
 * the device asked for is a number, and as many of the guest's as the rates say.
 */
#include <math.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "backend/sound/engine/feed.h"
#include "backend/sound/engine/mix.h"
#include "tests/fuzz/fuzz.h"

#define OPS_MOST 400
#define MOST_FRAMES 300u
#define DEPTH_FRAMES 3000u

static struct vsnd_format any_format(struct fuzz_input *input)
{
	static const uint32_t rates[] = {
		4000, 8000, 11025, 16000, 22050, 32000, 44100, 48000, 88200, 96000, 192000};
	struct vsnd_format format = {.pcm_format = fuzz_byte(input) % 18,
		.channels = (uint8_t)(1 + fuzz_byte(input) % VSND_CHANNELS_MAX),
		.rate_hz = rates[fuzz_byte(input) % (sizeof(rates) / sizeof(rates[0]))]};

	/* Any rate there is, now and then. */
	if (fuzz_byte(input) % 4 == 0)
		format.rate_hz = VSND_RATE_MIN_HZ +
				 fuzz_word(input) % (VSND_RATE_MAX_HZ - VSND_RATE_MIN_HZ + 1);
	return format;
}

struct stage {
	struct vsnd_stream *stream;
	struct vsnd_feed *feed;
	struct vsnd_format guest, device;
	enum vsnd_direction direction;
	uint64_t position;
	uint64_t ran_frames; /* of the device, while the stream ran without a stop */
	uint64_t began_at;   /* the position then */
};

/* Exactly as large as they are needed: what is beyond is found. */
static void *frames_of(const struct vsnd_format *format, uint32_t frames)
{
	uint32_t frame_bytes;

	FUZZ_CHECK(vsnd_format_frame_bytes(format, &frame_bytes) == 0);
	return calloc(frames > 0 ? frames : 1, frame_bytes);
}

static void write_or_read(struct stage *stage, struct fuzz_input *input)
{
	uint32_t frames = fuzz_word(input) % (DEPTH_FRAMES + 10);
	uint8_t *samples = frames_of(&stage->guest, frames);

	samples[0] = fuzz_byte(input);
	if (stage->direction == VSND_PLAYBACK)
		(void)vsnd_stream_write(stage->stream, samples, frames);
	else
		(void)vsnd_stream_read(stage->stream, samples, frames);
	free(samples);
}

static bool play(struct stage *stage, uint32_t frames)
{
	size_t samples = (size_t)frames * stage->device.channels;
	double *bus = calloc(samples + 1, sizeof(*bus));
	void *out = frames_of(&stage->device, frames);
	bool running;

	if (vsnd_feed_is_plain(stage->feed)) {
		running = vsnd_feed_play(stage->feed, out, frames);
	} else {
		running = vsnd_feed_add(stage->feed, bus, frames).running;
		for (size_t i = 0; i < samples; i++)
			FUZZ_CHECK(isfinite(bus[i]));
		vsnd_mix_store(stage->device.pcm_format, bus, out, samples, NULL);
	}
	free(bus);
	free(out);
	return running;
}

static bool capture(struct stage *stage, uint32_t frames, uint8_t filling)
{
	uint8_t *in = frames_of(&stage->device, frames);
	bool running;

	memset(in, filling, 1);
	vsnd_feed_arm(stage->feed);
	running = vsnd_feed_take(stage->feed, in, frames);
	free(in);
	return running;
}

static void quantum(struct stage *stage, struct fuzz_input *input)
{
	uint32_t frames = fuzz_word(input) % (MOST_FRAMES + 1);
	bool running = stage->direction == VSND_PLAYBACK ? play(stage, frames)
							 : capture(stage, frames, fuzz_byte(input));
	uint64_t position = vsnd_stream_position(stage->stream);
	double exact;

	FUZZ_CHECK(position >= stage->position);
	FUZZ_CHECK(running || position == stage->position);
	stage->position = position;
	if (!running)
		return;
	vsnd_feed_wake(stage->feed);
	stage->ran_frames += frames;
	exact = (double)stage->ran_frames * stage->guest.rate_hz / stage->device.rate_hz;
	FUZZ_CHECK(fabs((double)(position - stage->began_at) - exact) <=
		   2 + (double)stage->guest.rate_hz / stage->device.rate_hz);
}

static void stop(struct stage *stage)
{
	vsnd_stream_stop(stage->stream);
	stage->ran_frames = 0;
	stage->began_at = vsnd_stream_position(stage->stream);
}

static void set_gain(struct stage *stage, struct fuzz_input *input)
{
	float gain[VSND_CHANNELS_MAX];

	for (unsigned i = 0; i < VSND_CHANNELS_MAX; i++)
		gain[i] = (float)(fuzz_byte(input) % 5) / 4;
	vsnd_stream_set_gain(stage->stream, gain);
}

static void run(struct stage *stage, struct fuzz_input *input)
{
	for (unsigned i = 0; i < OPS_MOST && input->left > 0; i++)
		switch (fuzz_byte(input) % 8) {
		case 0:
			vsnd_stream_start(stage->stream);
			break;
		case 1:
			stop(stage);
			/* Seen by the device before it may start again. */
			quantum(stage, input);
			break;
		case 2:
			set_gain(stage, input);
			break;
		case 3:
		case 4:
			write_or_read(stage, input);
			break;
		default:
			quantum(stage, input);
		}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct fuzz_input input = {bytes, size};
	struct stage stage = {
		.direction = fuzz_byte(&input) % 2 == 0 ? VSND_PLAYBACK : VSND_CAPTURE};
	struct vsnd_feed_params params = {.direction = stage.direction, .most_frames = MOST_FRAMES};
	int wake_fd = eventfd(0, EFD_NONBLOCK);

	params.cut_gaps = fuzz_byte(&input) % 2 == 0;
	params.quality = VSND_RATE_FAST;
	stage.guest = any_format(&input);
	stage.device = fuzz_byte(&input) % 4 == 0 ? stage.guest : any_format(&input);
	params.device = stage.device;
	FUZZ_CHECK(vsnd_stream_create(&stage.guest, stage.direction, DEPTH_FRAMES, wake_fd,
			   &stage.stream) == 0);
	FUZZ_CHECK(vsnd_feed_create(stage.stream, &params, &stage.feed) == 0);
	run(&stage, &input);
	vsnd_feed_destroy(stage.feed);
	vsnd_stream_destroy(stage.stream);
	close(wake_fd);
	return 0;
}
