/* SPDX-License-Identifier: MIT */
#include "backend/sound/pcm.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "backend/sound/ops.h"
#include "backend/sound/pcm_internal.h"
#include "common/parse.h"

#define BUSY_WAIT_MS 200 /* for the session that had the card before, on its way out */
#define BUSY_NAP_NS 2000000
#define QUANTUM_FRAMES_MIN 16u /* of a card */
#define NS_PER_S 1000000000ull

int vsnd_pcm_create(const struct vsnd_pcm_params *params, struct vsnd_pcm **ret)
{
	struct vsnd_pcm *pcm = calloc(1, sizeof(*pcm));
	pthread_mutexattr_t attributes;

	if (!pcm)
		return -ENOMEM;
	pcm->params = *params;
	pcm->offer = *params->offer;
	pcm->levels = *params->levels;
	pcm->dom0_levels = *params->dom0_levels;
	pcm->slots = (uint16_t)xb_link_events_written(params->link);
	/* The main thread takes it too, and may be put aside while it has it. */
	pthread_mutexattr_init(&attributes);
	pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_INHERIT);
	pthread_mutex_init(&pcm->lock, &attributes);
	pthread_mutexattr_destroy(&attributes);
	*ret = pcm;
	return 0;
}

void vsnd_pcm_finish(struct vsnd_pcm *pcm)
{
	vsnd_pcm_close(pcm);
}

void vsnd_pcm_free(struct vsnd_pcm *pcm)
{
	pthread_mutex_destroy(&pcm->lock);
	free(pcm);
}

/* ---- opening and closing ---- */

static struct vsnd_ranges exactly(
	const struct vsnd_format *format, uint32_t buffer_frames, uint32_t period_frames)
{
	return (struct vsnd_ranges){
		.formats = UINT64_C(1) << format->pcm_format,
		.rate_min = format->rate_hz,
		.rate_max = format->rate_hz,
		.channels_min = format->channels,
		.channels_max = format->channels,
		.buffer_min = buffer_frames,
		.buffer_max = buffer_frames,
		.period_min = period_frames ? period_frames : 1,
		.period_max = period_frames ? period_frames : buffer_frames,
	};
}

/* Whether offer and card allow it. The buffer may have room for more than frames: volumes. */
static int check_open(
	struct vsnd_pcm *pcm, const struct vsnd_pcm_open *open, uint32_t *ret_frame_bytes)
{
	struct vsnd_ranges ranges;
	uint32_t frame_bytes;
	int error = vsnd_format_frame_bytes(&open->format, &frame_bytes);

	if (error)
		return error;
	if (open->buffer_bytes > pcm->offer.buffer_bytes_max || open->buffer_bytes < frame_bytes ||
		open->period_bytes > open->buffer_bytes || open->period_bytes % frame_bytes != 0)
		return -EINVAL;
	ranges = exactly(
		&open->format, open->buffer_bytes / frame_bytes, open->period_bytes / frame_bytes);
	error = vsnd_offer_narrow(&pcm->offer, &ranges);
	if (!error)
		error = vsnd_card_query(pcm->params.card, pcm->offer.direction, &ranges);
	if (!error)
		*ret_frame_bytes = frame_bytes;
	return error;
}

/* A session that ended just now may still be about to leave the card. */
static int open_card(struct vsnd_pcm *pcm, const struct vsnd_format *format, uint32_t period_frames,
	uint32_t buffer_frames, struct vsnd_stream **ret)
{
	const struct timespec nap = {.tv_nsec = BUSY_NAP_NS};
	uint64_t until_ns = pv_now_ns() + BUSY_WAIT_MS * UINT64_C(1000000);
	int error;

	for (;;) {
		error = vsnd_card_open(pcm->params.card, pcm->offer.direction, format,
			period_frames, buffer_frames, pcm->params.wake_fd, pcm->params.domid, ret);
		if (error != -EBUSY || pv_now_ns() >= until_ns)
			return error;
		nanosleep(&nap, NULL);
	}
}

static void apply_levels(struct vsnd_pcm *pcm)
{
	float gain[VSND_CHANNELS_MAX];

	vsnd_levels_gain(&pcm->levels, &pcm->dom0_levels, gain);
	if (pcm->params.record_denied)
		memset(gain, 0, sizeof(gain));
	if (pcm->stream)
		vsnd_stream_set_gain(pcm->stream, gain);
}

static void opened(
	struct vsnd_pcm *pcm, const struct vsnd_pcm_open *open, struct vsnd_stream *stream)
{
	uint32_t period_frames = open->period_bytes / pcm->frame_bytes;

	pcm->buffer_bytes = open->buffer_bytes;
	pcm->period_frames = period_frames;
	pcm->buffer_frames = open->buffer_bytes / pcm->frame_bytes;
	pcm->told_frames = 0;
	pcm->begun_frames = 0;
	pcm->skipped_frames = 0;
	pcm->restarts = false;
	pcm->begins = true;
	pcm->slots_at_open = pcm->slots;
	pthread_mutex_lock(&pcm->lock);
	pcm->stream = stream;
	apply_levels(pcm);
	pcm->stat.open = true;
	pcm->stat.format = open->format;
	pcm->stat.period_frames = period_frames;
	pcm->stat.buffer_frames = pcm->buffer_frames;
	pthread_mutex_unlock(&pcm->lock);
}

int vsnd_pcm_open(struct vsnd_pcm *pcm, const struct vsnd_pcm_open *open)
{
	xengnttab_handle *gnttab = xb_link_gnttab(pcm->params.link);
	struct vsnd_stream *stream;
	uint32_t buffer_frames, period_frames;
	int error;

	vsnd_pcm_close(pcm);
	error = check_open(pcm, open, &pcm->frame_bytes);
	if (error)
		return error;
	error = xb_map_buffer(
		gnttab, pcm->params.domid, open->directory_ref, open->buffer_bytes, &pcm->buffer);
	if (error)
		return error;
	buffer_frames = open->buffer_bytes / pcm->frame_bytes;
	period_frames = open->period_bytes / pcm->frame_bytes;
	/* A quantum deeper than the guest's buffer: it hears of each quantum a little late. */
	error = open_card(pcm, &open->format, period_frames ? period_frames : buffer_frames,
		buffer_frames + period_frames / 2 + QUANTUM_FRAMES_MIN, &stream);
	if (error) {
		xb_unmap(gnttab, &pcm->buffer);
		return error;
	}
	opened(pcm, open, stream);
	return 0;
}

/* What a stream counted is kept when it goes. One that ran dry and was stopped was drained or had
 * an xrun: the wire does not tell. For a buffer's time, until it starts again, it is a drain. */
static void add_counts(struct vsnd_stream_counts *sum, const struct vsnd_stream_counts *counts,
	uint32_t buffer_frames)
{
	bool drained = counts->dry_frames > 0 && counts->dry_frames <= buffer_frames;

	for (unsigned i = 0; i < VSND_SILENCES; i++)
		sum->silence[i] += counts->silence[i] - (drained ? counts->dry[i] : 0);
	sum->silence_frames += counts->silence_frames - (drained ? counts->dry_frames : 0);
	sum->silence[VSND_SILENCE_END] += drained ? counts->dry_frames : 0;
	sum->underruns += counts->underruns - drained;
	sum->guest_frames += counts->guest_frames;
	sum->device_frames += counts->device_frames;
	sum->late_frames += counts->late_frames;
	sum->overruns += counts->overruns;
	sum->lost_frames += counts->lost_frames;
	sum->stopped_frames += counts->stopped_frames;
	sum->gone_frames += counts->gone_frames;
	sum->missed_frames += counts->missed_frames;
}

static void note_running(struct vsnd_pcm *pcm, bool running)
{
	pcm->running = running;
	pthread_mutex_lock(&pcm->lock);
	pcm->stat.running = running;
	pthread_mutex_unlock(&pcm->lock);
}

void vsnd_pcm_close(struct vsnd_pcm *pcm)
{
	struct vsnd_stream *stream = pcm->stream;
	struct vsnd_stream_counts counts;

	if (!stream)
		return;
	note_running(pcm, false);
	vsnd_stream_stop(stream);
	pthread_mutex_lock(&pcm->lock);
	vsnd_stream_counts(stream, &counts);
	add_counts(&pcm->stat.counts, &counts, pcm->buffer_frames);
	vsnd_delays_merge(&pcm->delays, vsnd_stream_delays(stream));
	pcm->stat.open = false;
	pcm->stream = NULL;
	pthread_mutex_unlock(&pcm->lock);
	vsnd_card_close(pcm->params.card, stream);
	xb_unmap(xb_link_gnttab(pcm->params.link), &pcm->buffer);
}

/* ---- samples ---- */

int vsnd_pcm_part(
	struct vsnd_pcm *pcm, uint32_t offset_bytes, uint32_t length_bytes, void **ret_memory)
{
	if (!pcm->stream || (uint64_t)offset_bytes + length_bytes > pcm->buffer_bytes)
		return -EINVAL;
	*ret_memory = (uint8_t *)pcm->buffer.start + offset_bytes;
	return 0;
}

static int frames_part(struct vsnd_pcm *pcm, enum vsnd_direction direction, uint32_t offset_bytes,
	uint32_t length_bytes, void **ret_memory)
{
	if (pcm->offer.direction != direction)
		return -EINVAL;
	if (pcm->stream && length_bytes % pcm->frame_bytes != 0)
		return -EINVAL;
	return vsnd_pcm_part(pcm, offset_bytes, length_bytes, ret_memory);
}

int vsnd_pcm_write(struct vsnd_pcm *pcm, uint32_t offset_bytes, uint32_t length_bytes)
{
	void *from;
	int error = frames_part(pcm, VSND_PLAYBACK, offset_bytes, length_bytes, &from);

	if (error || length_bytes == 0)
		return error;
	/* Linux's driver fills its buffer anew without a word when the application drops what it
	 * wrote before the start, and a WRITE that was waiting for its turn may follow a STOP. */
	if (pcm->begins && pcm->params.kernel_events && offset_bytes == 0)
		vsnd_stream_stop(pcm->stream);
	/* The one copy, into memory of ours: what the guest does to its buffer meanwhile changes
	 * samples and nothing else. */
	return vsnd_stream_write(pcm->stream, from, length_bytes / pcm->frame_bytes);
}

int vsnd_pcm_read(struct vsnd_pcm *pcm, uint32_t offset_bytes, uint32_t length_bytes)
{
	void *to;
	int error = frames_part(pcm, VSND_CAPTURE, offset_bytes, length_bytes, &to);

	if (error || length_bytes == 0)
		return error;
	return vsnd_stream_read(pcm->stream, to, length_bytes / pcm->frame_bytes);
}

/* ---- running ---- */

static uint64_t until_whole(uint64_t frames, uint32_t buffer_frames)
{
	uint64_t rest = frames % buffer_frames;

	return rest ? buffer_frames - rest : 0;
}

/* Where it stopped, to the frame: what a user-space frontend writes or reads next begins there.
 * Linux's driver is told at the next start: it expects nothing now. */
static void halt(struct vsnd_pcm *pcm)
{
	if (!pcm->params.kernel_events && pcm->period_frames &&
		vsnd_pcm_position(pcm) != pcm->told_frames)
		vsnd_pcm_tell(pcm, vsnd_pcm_position(pcm));
	note_running(pcm, false);
}

int vsnd_pcm_start(struct vsnd_pcm *pcm)
{
	if (!pcm->stream)
		return -EINVAL;
	if (pcm->running)
		return 0;
	/* ALSA begins again at the start of the buffer, while Linux's driver goes on adding up
	 * positions modulo the buffer: a whole number of buffers brings the two together. */
	if (pcm->restarts && pcm->params.kernel_events)
		pcm->skipped_frames += until_whole(vsnd_pcm_position(pcm), pcm->buffer_frames);
	if (pcm->restarts)
		pcm->begun_frames = vsnd_pcm_position(pcm);
	pcm->restarts = false;
	pcm->begins = false;
	if (pcm->period_frames && vsnd_pcm_position(pcm) != pcm->told_frames)
		vsnd_pcm_tell(pcm, vsnd_pcm_position(pcm));
	/* Without events there is nothing to wake up for. */
	vsnd_stream_wake_at(pcm->stream, pcm->period_frames ? vsnd_pcm_next_half(pcm) : UINT64_MAX);
	vsnd_stream_start(pcm->stream);
	note_running(pcm, true);
	return 0;
}

int vsnd_pcm_pause(struct vsnd_pcm *pcm)
{
	if (!pcm->stream)
		return -EINVAL;
	if (pcm->running)
		vsnd_stream_pause(pcm->stream);
	halt(pcm);
	return 0;
}

int vsnd_pcm_stop(struct vsnd_pcm *pcm)
{
	if (!pcm->stream)
		return -EINVAL;
	vsnd_stream_stop(pcm->stream);
	pcm->restarts = true;
	pcm->begins = true;
	halt(pcm);
	return 0;
}

/* ---- levels and counts ---- */

void vsnd_pcm_levels(struct vsnd_pcm *pcm, struct vsnd_levels *ret)
{
	pthread_mutex_lock(&pcm->lock);
	*ret = pcm->levels;
	pthread_mutex_unlock(&pcm->lock);
}

void vsnd_pcm_set_levels(struct vsnd_pcm *pcm, const struct vsnd_levels *levels)
{
	pthread_mutex_lock(&pcm->lock);
	pcm->levels = *levels;
	apply_levels(pcm);
	pthread_mutex_unlock(&pcm->lock);
}

void vsnd_pcm_set_dom0_levels(struct vsnd_pcm *pcm, const struct vsnd_levels *levels)
{
	pthread_mutex_lock(&pcm->lock);
	pcm->dom0_levels = *levels;
	apply_levels(pcm);
	pthread_mutex_unlock(&pcm->lock);
}

/* In frames of the guest's: the quantum under way, and what the device keeps. With the lock. */
static uint64_t device_has(const struct vsnd_pcm *pcm)
{
	uint64_t heard_frames = vsnd_stream_heard(pcm->stream);
	uint64_t position_frames = vsnd_stream_position(pcm->stream);
	uint64_t inside_ns = vsnd_card_inside_ns(pcm->params.card, pcm->offer.direction);
	uint64_t frames = inside_ns * pcm->stat.format.rate_hz / NS_PER_S;

	if (pcm->stat.running && position_frames > heard_frames)
		frames += position_frames - heard_frames;
	return frames;
}

void vsnd_pcm_stat(struct vsnd_pcm *pcm, struct vsnd_pcm_stat *ret)
{
	struct vsnd_stream_counts counts = {0};
	struct vsnd_delays delays = {0};
	uint64_t inside_frames = 0;

	pthread_mutex_lock(&pcm->lock);
	*ret = pcm->stat;
	vsnd_delays_merge(&delays, &pcm->delays);
	if (pcm->stream) {
		vsnd_delays_merge(&delays, vsnd_stream_delays(pcm->stream));
		vsnd_stream_counts(pcm->stream, &counts);
		inside_frames = device_has(pcm);
	}
	pthread_mutex_unlock(&pcm->lock);
	add_counts(&ret->counts, &counts, ret->buffer_frames);
	ret->counts.position_frames = counts.position_frames;
	ret->counts.fill_frames = counts.fill_frames;
	ret->counts.quality = counts.quality;
	ret->latency_frames = 0;
	if (ret->open)
		ret->latency_frames = counts.fill_frames + counts.filter_frames + inside_frames;
	ret->wake = vsnd_delays_lateness(&delays);
}

/* ---- what a session calls ---- */

static void answer(void *ctx, const void *request, void *ret_response)
{
	vsnd_ops_answer(ctx, request, ret_response);
}

static void pump(void *ctx)
{
	vsnd_pcm_pump(ctx);
}

static void finish(void *ctx)
{
	vsnd_pcm_finish(ctx);
}

static void pcm_free(void *ctx)
{
	vsnd_pcm_free(ctx);
}

const struct vb_session_ops vsnd_pcm_session_ops = {
	.answer = answer,
	.pump = pump,
	.finish = finish,
	.free = pcm_free,
};
