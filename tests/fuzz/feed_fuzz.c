/* SPDX-License-Identifier: MIT */
/*
 * Streams and their way to a device, in any formats and packets of any size, coming and going, with
 * starts, stops, gaps and volumes in between: nothing beyond its bounds, positions only forwards,
 * every frame that was converted is a number, and as many of each guest's as the rates say.
 */
#include <math.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "backend/sound/engine/feed.h"
#include "tests/fuzz/fuzz.h"

#define OPS_MOST 400
#define MOST_FRAMES 300u
#define DEPTH_FRAMES 3000u
#define STREAMS 3u

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

struct guest {
	struct vsnd_stream *stream; /* NULL: not there */
	struct vsnd_feed *feed;
	struct vsnd_format format;
	bool ran;
	uint64_t position;
	uint64_t ran_frames; /* of the device, while the stream ran without a stop */
	uint64_t began_at;   /* the position then */
};

struct stage {
	struct vsnd_desk *desk;
	enum vsnd_direction direction;
	struct vsnd_format device;
	struct guest guests[STREAMS];
	bool cut_gaps;
	int wake_fd;
};

static void join(struct stage *stage, struct guest *guest, struct fuzz_input *input)
{
	struct vsnd_format format = any_format(input);

	/* As the device, at the rate that another has, or any. */
	if (fuzz_byte(input) % 2 == 0)
		format = stage->device;
	else if (fuzz_byte(input) % 2 == 0 && stage->guests[0].stream != NULL)
		format.rate_hz = stage->guests[0].format.rate_hz;
	*guest = (struct guest){.format = format};
	FUZZ_CHECK(vsnd_stream_create(&guest->format, stage->direction, DEPTH_FRAMES,
			   stage->wake_fd, &guest->stream) == 0);
	FUZZ_CHECK(
		vsnd_feed_create(guest->stream, stage->desk, stage->cut_gaps, &guest->feed) == 0);
}

static void leave(struct guest *guest)
{
	if (guest->stream == NULL)
		return;
	vsnd_feed_destroy(guest->feed);
	vsnd_stream_destroy(guest->stream);
	guest->stream = NULL;
}

/* Exactly as large as they are needed: what is beyond is found. */
static void *frames_of(const struct vsnd_format *format, uint32_t frames)
{
	uint32_t frame_bytes;

	FUZZ_CHECK(vsnd_format_frame_bytes(format, &frame_bytes) == 0);
	return calloc(frames > 0 ? frames : 1, frame_bytes);
}

/* Zeros, numbers of any size, and what is no number or too large for one. */
static void fill(uint8_t *bytes, const struct vsnd_format *format, uint32_t frames, uint8_t kind)
{
	static const uint8_t rare[] = {0, 0, 0x7f, 0x80, 0xf0, 0xff};
	uint32_t frame_bytes, dice = kind;

	FUZZ_CHECK(vsnd_format_frame_bytes(format, &frame_bytes) == 0);
	for (size_t i = 0; i < (size_t)frames * frame_bytes && kind % 4 > 0; i++) {
		dice = dice * 1664525u + 1013904223u;
		bytes[i] =
			kind % 4 == 1 ? (uint8_t)(dice >> 24) : rare[(dice >> 16) % sizeof(rare)];
	}
}

static void check_numbers(const struct vsnd_format *format, const void *frames, uint32_t count)
{
	size_t samples = (size_t)count * format->channels;
	double *plain = calloc(samples + 1, sizeof(*plain)); /* the widest */

	vsnd_format_to_plain(format->pcm_format, frames, plain, samples);
	if (!vsnd_format_is_float(format->pcm_format))
		samples = 0;
	for (size_t i = 0; i < samples; i++)
		FUZZ_CHECK(vsnd_format_plain_bytes(format->pcm_format) == 8
				   ? isfinite(plain[i])
				   : isfinite(((float *)(void *)plain)[i]));
	free(plain);
}

static void write_or_read(struct stage *stage, struct guest *guest, struct fuzz_input *input)
{
	uint32_t frames = fuzz_word(input) % (DEPTH_FRAMES + 10);
	uint8_t *samples = frames_of(&guest->format, frames);

	fill(samples, &guest->format, frames, fuzz_byte(input));
	if (stage->direction == VSND_PLAYBACK)
		(void)vsnd_stream_write(guest->stream, samples, frames);
	else if (vsnd_stream_read(guest->stream, samples, frames) == 0 &&
		 !vsnd_feed_is_plain(guest->feed))
		check_numbers(&guest->format, samples, frames);
	free(samples);
}

/* One that is alone and plain is played untouched. */
static struct guest *alone(struct stage *stage)
{
	struct guest *ret = NULL;

	for (unsigned i = 0; i < STREAMS; i++) {
		if (stage->guests[i].stream == NULL)
			continue;
		if (ret != NULL)
			return NULL;
		ret = &stage->guests[i];
	}
	return ret != NULL && vsnd_feed_is_plain(ret->feed) ? ret : NULL;
}

static void play(struct stage *stage, uint32_t frames)
{
	void *out = frames_of(&stage->device, frames);
	struct guest *only = alone(stage);

	if (only != NULL) {
		only->ran = vsnd_feed_play(only->feed, out, frames);
	} else {
		vsnd_desk_begin(stage->desk, NULL, frames);
		for (unsigned i = 0; i < STREAMS; i++)
			if (stage->guests[i].stream != NULL)
				stage->guests[i].ran = vsnd_feed_add(stage->guests[i].feed);
		vsnd_desk_end(stage->desk, out);
		check_numbers(&stage->device, out, frames);
	}
	free(out);
}

static void capture(struct stage *stage, uint32_t frames, uint8_t kind)
{
	uint8_t *in = frames_of(&stage->device, frames);

	fill(in, &stage->device, frames, kind);
	for (unsigned i = 0; i < STREAMS; i++)
		if (stage->guests[i].stream != NULL)
			vsnd_feed_arm(stage->guests[i].feed);
	vsnd_desk_begin(stage->desk, in, frames);
	for (unsigned i = 0; i < STREAMS; i++)
		if (stage->guests[i].stream != NULL)
			stage->guests[i].ran = vsnd_feed_take(stage->guests[i].feed);
	vsnd_desk_end(stage->desk, NULL);
	free(in);
}

static void look_at(const struct stage *stage, struct guest *guest, uint32_t frames)
{
	uint64_t position = vsnd_stream_position(guest->stream);
	double ratio = (double)guest->format.rate_hz / stage->device.rate_hz;

	FUZZ_CHECK(position >= guest->position);
	FUZZ_CHECK(guest->ran || position == guest->position);
	guest->position = position;
	if (!guest->ran)
		return;
	vsnd_feed_wake(guest->feed);
	guest->ran_frames += frames;
	FUZZ_CHECK(fabs((double)(position - guest->began_at) - (double)guest->ran_frames * ratio) <=
		   2 + ratio);
}

static void quantum(struct stage *stage, struct fuzz_input *input)
{
	uint32_t frames = fuzz_word(input) % (MOST_FRAMES + 1);

	if (stage->direction == VSND_PLAYBACK)
		play(stage, frames);
	else
		capture(stage, frames, fuzz_byte(input));
	for (unsigned i = 0; i < STREAMS; i++)
		if (stage->guests[i].stream != NULL)
			look_at(stage, &stage->guests[i], frames);
}

static void stop(struct guest *guest)
{
	vsnd_stream_stop(guest->stream);
	guest->ran_frames = 0;
	guest->began_at = vsnd_stream_position(guest->stream);
}

static void set_gain(struct guest *guest, struct fuzz_input *input)
{
	float gain[VSND_CHANNELS_MAX];

	for (unsigned i = 0; i < VSND_CHANNELS_MAX; i++)
		gain[i] = (float)(fuzz_byte(input) % 5) / 4;
	vsnd_stream_set_gain(guest->stream, gain);
}

static void step(struct stage *stage, struct guest *guest, struct fuzz_input *input)
{
	switch (fuzz_byte(input) % 9) {
	case 0:
		vsnd_stream_start(guest->stream);
		break;
	case 1:
		stop(guest);
		/* Seen by the device before it may start again. */
		quantum(stage, input);
		break;
	case 2:
		set_gain(guest, input);
		break;
	case 3:
	case 4:
		write_or_read(stage, guest, input);
		break;
	case 5:
		leave(guest);
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
	struct vsnd_desk_params params = {.direction = stage.direction,
		.quality = VSND_RATE_FAST,
		.most_frames = MOST_FRAMES};

	stage.wake_fd = eventfd(0, EFD_NONBLOCK);
	stage.cut_gaps = fuzz_byte(&input) % 2 == 0;
	stage.device = params.device = any_format(&input);
	FUZZ_CHECK(vsnd_desk_create(&params, &stage.desk) == 0);
	for (unsigned i = 0; i < OPS_MOST && input.left > 0; i++) {
		struct guest *guest = &stage.guests[fuzz_byte(&input) % STREAMS];

		if (guest->stream == NULL)
			join(&stage, guest, &input);
		step(&stage, guest, &input);
	}
	for (unsigned i = 0; i < STREAMS; i++)
		leave(&stage.guests[i]);
	vsnd_desk_destroy(stage.desk);
	close(stage.wake_fd);
	return 0;
}
