/* SPDX-License-Identifier: MIT */
/* The samples of one quantum, in place or from one scratch to the next. */
#include "backend/sound/engine/feed.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "backend/sound/engine/channels.h"
#include "backend/sound/engine/gap.h"
#include "backend/sound/engine/mix.h"
#include "backend/sound/engine/ramp.h"

#define EXTRA_FRAMES 4u /* that a packet may be longer by than the ratio says */

struct vsnd_feed {
	struct vsnd_stream *stream;
	struct vsnd_format guest, device;
	uint32_t guest_frame_bytes, device_frame_bytes;
	bool plain;
	bool exact;                    /* but for the ramp, nothing in between rounds */
	struct vsnd_channels channels; /* playback: guest's to device's; capture: back */
	struct vsnd_rate *rate;        /* NULL: the same */
	struct vsnd_ramp ramp;
	struct vsnd_gap gap;
	struct vsnd_dither dither; /* capture */
	bool fresh;                /* nothing is inside */
	bool cut_gaps;
	bool late;                 /* in a gap */
	uint32_t since_gap_frames; /* that came without one */

	uint32_t most_guest_frames;
	uint8_t *raw;    /* the guest's format */
	double *samples; /* the guest's frames, either side's channels */
	double *mapped;
	float *narrow; /* into the rate's conversion */
	float *made;   /* out of it */
};

static bool same(const struct vsnd_format *a, const struct vsnd_format *b)
{
	return a->pcm_format == b->pcm_format && a->channels == b->channels &&
	       a->rate_hz == b->rate_hz;
}

/* All scratch is for the longer of both sides and the most channels: little, and simple. */
static int feed_allocate(struct vsnd_feed *feed, uint32_t most_frames)
{
	/* One frame more than asked for, where a packet begins just before it. */
	uint64_t guest_frames =
		((uint64_t)most_frames + 1) * feed->guest.rate_hz / feed->device.rate_hz +
		EXTRA_FRAMES;
	size_t most = guest_frames > most_frames ? guest_frames : most_frames;
	size_t samples;

	feed->most_guest_frames = (uint32_t)guest_frames;
	if (most < VSND_GAP_TAIL_FRAMES_MAX)
		most = VSND_GAP_TAIL_FRAMES_MAX;
	samples = most * VSND_CHANNELS_MAX;
	feed->raw = calloc(most, feed->guest_frame_bytes);
	feed->samples = calloc(samples, sizeof(*feed->samples));
	feed->mapped = calloc(samples, sizeof(*feed->mapped));
	feed->narrow = calloc(samples, sizeof(*feed->narrow));
	feed->made = calloc(samples, sizeof(*feed->made));
	if (feed->raw == NULL || feed->samples == NULL || feed->mapped == NULL ||
		feed->narrow == NULL || feed->made == NULL)
		return -ENOMEM;
	return 0;
}

static int feed_fill(struct vsnd_feed *feed, const struct vsnd_feed_params *params)
{
	bool playback = params->direction == VSND_PLAYBACK;
	const struct vsnd_format *from = playback ? &feed->guest : &feed->device;
	const struct vsnd_format *to = playback ? &feed->device : &feed->guest;
	uint32_t most_frames = params->most_frames;
	int err = vsnd_format_frame_bytes(&feed->guest, &feed->guest_frame_bytes);

	if (err == 0)
		err = vsnd_format_frame_bytes(&feed->device, &feed->device_frame_bytes);
	if (err == 0)
		err = feed_allocate(feed, most_frames);
	if (err < 0)
		return err;
	feed->plain = same(&feed->guest, &feed->device);
	feed->channels = vsnd_channels_matrix(from->channels, to->channels);
	feed->exact = feed->channels.identity && from->rate_hz == to->rate_hz &&
		      vsnd_mix_bits(from->pcm_format) <= vsnd_mix_bits(to->pcm_format);
	vsnd_ramp_begin(&feed->ramp, &feed->guest);
	vsnd_gap_begin(&feed->gap, &feed->guest);
	feed->dither.state = (uint64_t)(uintptr_t)feed | 1;
	if (from->rate_hz == to->rate_hz)
		return 0;
	if (most_frames < feed->most_guest_frames)
		most_frames = feed->most_guest_frames;
	/* On the side with fewer channels. */
	return vsnd_rate_create(from->channels < to->channels ? from->channels : to->channels,
		from->rate_hz, to->rate_hz, params->quality, most_frames, &feed->rate);
}

int vsnd_feed_create(
	struct vsnd_stream *stream, const struct vsnd_feed_params *params, struct vsnd_feed **ret)
{
	struct vsnd_feed *feed = calloc(1, sizeof(*feed));
	int err;

	if (feed == NULL)
		return -ENOMEM;
	feed->stream = stream;
	feed->guest = *vsnd_stream_format(stream);
	feed->device = params->device;
	feed->cut_gaps = params->cut_gaps;
	err = feed_fill(feed, params);
	if (err < 0) {
		vsnd_feed_destroy(feed);
		return err;
	}
	*ret = feed;
	return 0;
}

void vsnd_feed_destroy(struct vsnd_feed *feed)
{
	if (feed == NULL)
		return;
	vsnd_rate_destroy(feed->rate);
	free(feed->raw);
	free(feed->samples);
	free(feed->mapped);
	free(feed->narrow);
	free(feed->made);
	free(feed);
}

struct vsnd_stream *vsnd_feed_stream(const struct vsnd_feed *feed)
{
	return feed->stream;
}

bool vsnd_feed_is_plain(const struct vsnd_feed *feed)
{
	return feed->plain;
}

void vsnd_feed_wake(struct vsnd_feed *feed)
{
	vsnd_stream_wake(feed->stream);
}

/* ---- volume ---- */

static void ramp_aim(struct vsnd_feed *feed, bool at_once)
{
	float gain[VSND_CHANNELS_MAX];

	vsnd_stream_gain(feed->stream, gain);
	vsnd_ramp_aim(&feed->ramp, gain, at_once);
}

/* Privacy before smoothness: what must not be recorded is not faded out. */
static void ramp_aim_capture(struct vsnd_feed *feed, bool runs)
{
	float gain[VSND_CHANNELS_MAX];
	bool silent = true;

	vsnd_stream_gain(feed->stream, gain);
	for (unsigned i = 0; i < feed->guest.channels; i++)
		silent = silent && gain[i] == 0.0f;
	vsnd_ramp_aim(&feed->ramp, gain, silent || !runs);
}

static void ramp_samples(struct vsnd_feed *feed, double *samples, uint32_t frames)
{
	unsigned channels = feed->guest.channels;

	while (frames > 0) {
		float from[VSND_CHANNELS_MAX], to[VSND_CHANNELS_MAX];
		uint32_t now = vsnd_ramp_next(&feed->ramp, frames, from, to);

		vsnd_mix_gain(samples, channels, now, from, to);
		samples += (size_t)now * channels;
		frames -= now;
	}
}

static void ramp_raw(struct vsnd_feed *feed, uint8_t *raw, uint32_t frames)
{
	while (frames > 0) {
		float from[VSND_CHANNELS_MAX], to[VSND_CHANNELS_MAX];
		uint32_t now = vsnd_ramp_next(&feed->ramp, frames, from, to);

		vsnd_format_gain(&feed->guest, raw, now, from, to);
		raw += (size_t)now * feed->guest_frame_bytes;
		frames -= now;
	}
}

/* ---- gaps ---- */

static void gap_reset(struct vsnd_feed *feed)
{
	vsnd_gap_begin(&feed->gap, &feed->guest);
	feed->late = false;
	feed->since_gap_frames = 0;
}

/* What came last, before the gap that begins now. Overwrites raw and samples. */
static void gap_open(struct vsnd_feed *feed, uint32_t missing_frames)
{
	uint32_t frames = feed->gap.tail_frames;

	if (frames > feed->since_gap_frames)
		frames = feed->since_gap_frames;
	frames = vsnd_stream_history(feed->stream, feed->raw, frames, missing_frames);
	vsnd_mix_load(feed->guest.pcm_format, feed->raw, feed->samples,
		(size_t)frames * feed->guest.channels);
	vsnd_gap_open(&feed->gap, feed->samples, frames);
	feed->late = true;
	feed->since_gap_frames = 0;
}

/* Is there anything to do about a gap in this turn, which has been pulled? */
static bool gap_concerns(
	const struct vsnd_feed *feed, const struct vsnd_pulled *pulled, uint32_t frames)
{
	return !feed->cut_gaps && (vsnd_gap_closing(&feed->gap) ||
					  (pulled->had_frames && pulled->there_frames < frames));
}

static void gap_count(struct vsnd_feed *feed, uint32_t came_frames)
{
	if (came_frames > 0)
		feed->late = false;
	if (feed->since_gap_frames < VSND_GAP_TAIL_FRAMES_MAX)
		feed->since_gap_frames += came_frames;
}

/* The turn's frames in feed->samples, of which the first came: fades them in, fills up the rest. */
static void gap_apply(struct vsnd_feed *feed, const struct vsnd_pulled *pulled, uint32_t frames)
{
	uint32_t came = pulled->there_frames, missing = frames - came;
	size_t place = (size_t)came * feed->guest.channels;

	vsnd_gap_close(&feed->gap, feed->samples, came);
	gap_count(feed, came);
	if (missing == 0 || !pulled->had_frames)
		return;
	if (!feed->late) {
		/* Opening needs the scratch: what came waits in `mapped`. */
		memcpy(feed->mapped, feed->samples, place * sizeof(double));
		gap_open(feed, missing);
		memcpy(feed->samples, feed->mapped, place * sizeof(double));
	}
	vsnd_gap_fill(&feed->gap, feed->samples + place, missing);
}

/* While it does not run. */
static void be_idle(struct vsnd_feed *feed)
{
	if (!feed->fresh && feed->rate != NULL)
		vsnd_rate_reset(feed->rate);
	feed->fresh = true;
}

/* ---- playback ---- */

/* Pulls into raw_place, which has the guest's format. */
static bool pull(
	struct vsnd_feed *feed, void *raw_place, uint32_t frames, struct vsnd_pulled *ret_pulled)
{
	bool running = vsnd_stream_pull(feed->stream, raw_place, frames);

	*ret_pulled = vsnd_stream_pulled(feed->stream);
	ramp_aim(feed, ret_pulled->begins);
	if (ret_pulled->begins)
		gap_reset(feed);
	return running;
}

bool vsnd_feed_play(struct vsnd_feed *feed, void *to, uint32_t frames)
{
	struct vsnd_pulled pulled;
	bool running = pull(feed, to, frames, &pulled);
	size_t samples = (size_t)frames * feed->guest.channels;

	if (!running)
		return false;
	if (!gap_concerns(feed, &pulled, frames)) {
		gap_count(feed, pulled.there_frames);
		if (!vsnd_ramp_is_one(&feed->ramp))
			ramp_raw(feed, to, frames);
		return true;
	}
	vsnd_mix_load(feed->guest.pcm_format, to, feed->samples, samples);
	gap_apply(feed, &pulled, frames);
	ramp_samples(feed, feed->samples, frames);
	vsnd_mix_store(feed->guest.pcm_format, feed->samples, to, samples, NULL);
	return true;
}

static void narrow_samples(const double *from, float *to, size_t samples)
{
	for (size_t i = 0; i < samples; i++)
		to[i] = (float)from[i];
}

static void widen_samples(const float *from, double *to, size_t samples)
{
	for (size_t i = 0; i < samples; i++)
		to[i] = (double)from[i];
}

/*
 * feed->samples has in_frames of from_channels at the source's rate; returns where out_frames of
 * to_channels at the target's are. The rate is converted on the side with fewer channels.
 */
static double *convert(struct vsnd_feed *feed, uint32_t in_frames, uint32_t out_frames)
{
	unsigned from = feed->channels.from, to = feed->channels.to;
	double *samples = feed->samples;

	if (to <= from) {
		if (!feed->channels.identity) {
			vsnd_channels_apply(&feed->channels, samples, feed->mapped, in_frames);
			samples = feed->mapped;
		}
		if (feed->rate == NULL)
			return samples;
		narrow_samples(samples, feed->narrow, (size_t)in_frames * to);
		vsnd_rate_pull(feed->rate, feed->narrow, feed->made, out_frames);
		widen_samples(feed->made, feed->mapped, (size_t)out_frames * to);
		return feed->mapped;
	}
	if (feed->rate != NULL) {
		narrow_samples(samples, feed->narrow, (size_t)in_frames * from);
		vsnd_rate_pull(feed->rate, feed->narrow, feed->made, out_frames);
		widen_samples(feed->made, samples, (size_t)out_frames * from);
	}
	vsnd_channels_apply(&feed->channels, samples, feed->mapped, out_frames);
	return feed->mapped;
}

struct vsnd_feed_turn vsnd_feed_add(struct vsnd_feed *feed, double *bus, uint32_t frames)
{
	uint32_t need = feed->rate != NULL ? vsnd_rate_need(feed->rate, frames) : frames;
	struct vsnd_feed_turn turn = {0};
	struct vsnd_pulled pulled;

	turn.running = pull(feed, feed->raw, need, &pulled);
	if (!turn.running) {
		be_idle(feed);
		return turn;
	}
	feed->fresh = false;
	vsnd_mix_load(feed->guest.pcm_format, feed->raw, feed->samples,
		(size_t)need * feed->guest.channels);
	if (gap_concerns(feed, &pulled, need))
		gap_apply(feed, &pulled, need);
	else
		gap_count(feed, pulled.there_frames);
	turn.rounds =
		!vsnd_ramp_is_zero(&feed->ramp) && !(feed->exact && vsnd_ramp_is_one(&feed->ramp));
	if (!vsnd_ramp_is_one(&feed->ramp))
		ramp_samples(feed, feed->samples, need);
	vsnd_mix_add(bus, convert(feed, need, frames), (size_t)frames * feed->device.channels);
	return turn;
}

/* ---- capture ---- */

bool vsnd_feed_arm(struct vsnd_feed *feed)
{
	return vsnd_stream_arm(feed->stream);
}

/* feed->samples has frames of the device's; leaves the guest's there, and returns how many. */
static uint32_t convert_back(struct vsnd_feed *feed, uint32_t frames)
{
	unsigned from = feed->channels.from, to = feed->channels.to;
	uint32_t made = frames;

	if (to <= from && !feed->channels.identity) {
		vsnd_channels_apply(&feed->channels, feed->samples, feed->mapped, frames);
		memcpy(feed->samples, feed->mapped, (size_t)frames * to * sizeof(double));
	}
	if (feed->rate != NULL) {
		unsigned fewer = to <= from ? to : from;

		narrow_samples(feed->samples, feed->narrow, (size_t)frames * fewer);
		made = vsnd_rate_push(feed->rate, feed->narrow, frames, feed->made);
		widen_samples(feed->made, feed->samples, (size_t)made * fewer);
	}
	if (to > from) {
		vsnd_channels_apply(&feed->channels, feed->samples, feed->mapped, made);
		memcpy(feed->samples, feed->mapped, (size_t)made * to * sizeof(double));
	}
	return made;
}

static bool take_converted(struct vsnd_feed *feed, const void *from, uint32_t frames)
{
	bool rounds;
	uint32_t made;

	vsnd_mix_load(feed->device.pcm_format, from, feed->samples,
		(size_t)frames * feed->device.channels);
	made = convert_back(feed, frames);
	rounds = !(feed->exact && vsnd_ramp_is_one(&feed->ramp));
	if (vsnd_ramp_is_zero(&feed->ramp)) {
		vsnd_format_silence(&feed->guest, feed->raw, made);
		return vsnd_stream_push(feed->stream, feed->raw, made);
	}
	ramp_samples(feed, feed->samples, made);
	vsnd_mix_store(feed->guest.pcm_format, feed->samples, feed->raw,
		(size_t)made * feed->guest.channels, rounds ? &feed->dither : NULL);
	return vsnd_stream_push(feed->stream, feed->raw, made);
}

bool vsnd_feed_take(struct vsnd_feed *feed, const void *from, uint32_t frames)
{
	bool runs = vsnd_stream_runs(feed->stream);

	ramp_aim_capture(feed, runs);
	if (!runs) {
		be_idle(feed);
		return vsnd_stream_push(feed->stream, from, 0);
	}
	feed->fresh = false;
	if (!feed->plain)
		return take_converted(feed, from, frames);
	if (vsnd_ramp_is_one(&feed->ramp))
		return vsnd_stream_push(feed->stream, from, frames);
	if (vsnd_ramp_is_zero(&feed->ramp)) {
		vsnd_format_silence(&feed->guest, feed->raw, frames);
		return vsnd_stream_push(feed->stream, feed->raw, frames);
	}
	memcpy(feed->raw, from, (size_t)frames * feed->guest_frame_bytes);
	ramp_raw(feed, feed->raw, frames);
	return vsnd_stream_push(feed->stream, feed->raw, frames);
}
