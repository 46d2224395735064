/* SPDX-License-Identifier: MIT */
/* A stream's samples of one quantum, in place or from one scratch to the next. */
#include "backend/sound/engine/feed.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "backend/sound/engine/channels.h"
#include "backend/sound/engine/gap.h"
#include "backend/sound/engine/mix.h"
#include "backend/sound/engine/ramp.h"

struct vsnd_feed {
	struct vsnd_stream *stream;
	struct vsnd_desk *desk;
	struct vsnd_group *group;
	struct vsnd_format guest;
	uint32_t guest_frame_bytes;
	bool plain;
	bool exact;                    /* but for the ramp, nothing in between rounds */
	struct vsnd_channels channels; /* playback: guest's to group's; capture: back */
	struct vsnd_ramp ramp;
	struct vsnd_gap gap;
	bool cut_gaps;
	bool late;                 /* in a gap */
	uint32_t since_gap_frames; /* that came without one */
	struct vsnd_dither dither; /* of the guest's format */
	bool ran;                  /* capture: in the last quantum */
	uint32_t hush_frames;      /* capture: still to come from before the stream was started */

	uint8_t *raw;    /* the guest's format */
	double *samples; /* the guest's frames and channels */
	double *mapped;  /* the guest's frames, either side's channels */
};

static bool same(const struct vsnd_format *a, const struct vsnd_format *b)
{
	return a->pcm_format == b->pcm_format && a->channels == b->channels &&
	       a->rate_hz == b->rate_hz;
}

static int feed_allocate(struct vsnd_feed *feed)
{
	size_t most = feed->group->most_frames;
	size_t samples;

	if (most < VSND_GAP_TAIL_FRAMES_MAX)
		most = VSND_GAP_TAIL_FRAMES_MAX;
	/* A group has no more channels than its streams. */
	samples = most * feed->guest.channels;
	feed->raw = calloc(most, feed->guest_frame_bytes);
	feed->samples = calloc(samples, sizeof(*feed->samples));
	feed->mapped = calloc(samples, sizeof(*feed->mapped));
	if (feed->raw == NULL || feed->samples == NULL || feed->mapped == NULL)
		return -ENOMEM;
	return 0;
}

void vsnd_feed_fade_in(struct vsnd_feed *feed)
{
	static const float silent[VSND_CHANNELS_MAX];

	vsnd_ramp_aim(&feed->ramp, silent, true);
}

static int feed_fill(struct vsnd_feed *feed)
{
	const struct vsnd_desk_params *desk = vsnd_desk_params(feed->desk);
	const struct vsnd_format *device = &desk->device;
	bool playback = desk->direction == VSND_PLAYBACK;
	unsigned bits = vsnd_mix_bits(feed->guest.pcm_format);
	int err = vsnd_format_frame_bytes(&feed->guest, &feed->guest_frame_bytes);

	if (err == 0)
		err = vsnd_desk_join(
			feed->desk, &feed->guest, vsnd_stream_owner(feed->stream), &feed->group);
	if (err == 0)
		err = feed_allocate(feed);
	if (err < 0)
		return err;
	feed->plain = same(&feed->guest, device);
	feed->channels =
		playback ? vsnd_channels_matrix(feed->guest.channels, feed->group->channels)
			 : vsnd_channels_matrix(feed->group->channels, feed->guest.channels);
	feed->exact = feed->guest.channels == device->channels &&
		      feed->guest.rate_hz == device->rate_hz &&
		      (playback ? bits <= vsnd_mix_bits(device->pcm_format)
				: bits >= vsnd_mix_bits(device->pcm_format));
	vsnd_ramp_begin(&feed->ramp, &feed->guest);
	if (playback)
		vsnd_feed_fade_in(feed);
	vsnd_gap_begin(&feed->gap, &feed->guest);
	feed->dither.state = (uint64_t)(uintptr_t)feed | 1;
	vsnd_stream_set_filter(feed->stream, vsnd_group_filter_frames(feed->group),
		vsnd_group_quality(feed->group));
	return 0;
}

int vsnd_feed_create(
	struct vsnd_stream *stream, struct vsnd_desk *desk, bool cut_gaps, struct vsnd_feed **ret)
{
	struct vsnd_feed *feed = calloc(1, sizeof(*feed));
	int err;

	if (feed == NULL)
		return -ENOMEM;
	feed->stream = stream;
	feed->desk = desk;
	feed->guest = *vsnd_stream_format(stream);
	feed->cut_gaps = cut_gaps;
	err = feed_fill(feed);
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
	if (feed->group != NULL)
		vsnd_desk_leave(feed->desk, feed->group);
	free(feed->raw);
	free(feed->samples);
	free(feed->mapped);
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
	if (vsnd_desk_is_hushed(feed->desk))
		memset(gain, 0, sizeof(gain));
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

/* Do the gains take bits that the guest's format has? */
static bool ramp_rounds(const struct vsnd_feed *feed)
{
	return !vsnd_ramp_is_one(&feed->ramp) && !vsnd_ramp_is_zero(&feed->ramp);
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
	bool gap, rounds;

	if (!running)
		return false;
	gap = gap_concerns(feed, &pulled, frames);
	rounds = ramp_rounds(feed);
	if (!gap)
		gap_count(feed, pulled.there_frames);
	if (!gap && vsnd_ramp_is_one(&feed->ramp))
		return true;
	vsnd_mix_load(feed->guest.pcm_format, to, feed->samples, samples);
	if (gap)
		gap_apply(feed, &pulled, frames);
	ramp_samples(feed, feed->samples, frames);
	vsnd_mix_store(
		feed->guest.pcm_format, feed->samples, to, samples, rounds ? &feed->dither : NULL);
	return true;
}

bool vsnd_feed_add(struct vsnd_feed *feed)
{
	struct vsnd_group *group = feed->group;
	const double *given = feed->samples;
	struct vsnd_pulled pulled;
	uint32_t frames;

	vsnd_desk_enter(feed->desk, group);
	frames = group->frames;
	if (!pull(feed, feed->raw, frames, &pulled))
		return false;
	group->runs = true;
	vsnd_mix_load(feed->guest.pcm_format, feed->raw, feed->samples,
		(size_t)frames * feed->guest.channels);
	if (gap_concerns(feed, &pulled, frames))
		gap_apply(feed, &pulled, frames);
	else
		gap_count(feed, pulled.there_frames);
	if (!vsnd_ramp_is_zero(&feed->ramp) && !(feed->exact && vsnd_ramp_is_one(&feed->ramp)))
		group->rounds = true;
	if (!vsnd_ramp_is_one(&feed->ramp))
		ramp_samples(feed, feed->samples, frames);
	if (!feed->channels.identity) {
		vsnd_channels_apply(&feed->channels, feed->samples, feed->mapped, frames);
		given = feed->mapped;
	}
	vsnd_mix_add(group->bus, given, (size_t)frames * group->channels);
	return true;
}

/* ---- capture ---- */

bool vsnd_feed_arm(struct vsnd_feed *feed)
{
	return vsnd_stream_arm(feed->stream);
}

/* Sound from before its start is not for a stream that joins others. */
static void hush(struct vsnd_feed *feed, uint32_t frames)
{
	uint32_t now = frames < feed->hush_frames ? frames : feed->hush_frames;

	memset(feed->samples, 0, (size_t)now * feed->guest.channels * sizeof(*feed->samples));
	feed->hush_frames -= now;
}

static bool take_converted(struct vsnd_feed *feed)
{
	struct vsnd_group *group = feed->group;
	bool rounds = !(feed->exact && vsnd_ramp_is_one(&feed->ramp));
	size_t samples;

	vsnd_desk_hear(feed->desk, group);
	samples = (size_t)group->frames * feed->guest.channels;
	vsnd_channels_apply(&feed->channels, group->bus, feed->samples, group->frames);
	hush(feed, group->frames);
	if (vsnd_ramp_is_zero(&feed->ramp)) {
		vsnd_format_silence(&feed->guest, feed->raw, group->frames);
		return vsnd_stream_push(feed->stream, feed->raw, group->frames);
	}
	ramp_samples(feed, feed->samples, group->frames);
	vsnd_mix_store(feed->guest.pcm_format, feed->samples, feed->raw, samples,
		rounds ? &feed->dither : NULL);
	return vsnd_stream_push(feed->stream, feed->raw, group->frames);
}

/* As it is. */
static bool take_captured(struct vsnd_feed *feed)
{
	uint32_t frames;
	const void *from = vsnd_desk_captured(feed->desk, &frames);

	return vsnd_stream_push(feed->stream, from, frames);
}

bool vsnd_feed_take(struct vsnd_feed *feed)
{
	bool runs = vsnd_stream_runs(feed->stream), ran = feed->ran;

	ramp_aim_capture(feed, runs);
	vsnd_desk_enter(feed->desk, feed->group);
	feed->ran = runs;
	if (!runs)
		return vsnd_stream_push(feed->stream, feed->raw, 0);
	feed->group->runs = true;
	if (!ran)
		feed->hush_frames = vsnd_group_older_frames(feed->group);
	if (feed->plain && vsnd_ramp_is_one(&feed->ramp))
		return take_captured(feed);
	return take_converted(feed);
}
