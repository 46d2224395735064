/* SPDX-License-Identifier: MIT */
#include "backend/camera/stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/copy.h"

static void apply_mode(struct vcam_stream *stream, const struct vcam_offer_mode *mode)
{
	stream->mode = mode;
	stream->rate = mode->rates[0];
	pv_pixfmt_layout(
		mode->picture.fourcc, mode->picture.width, mode->picture.height, &stream->layout);
}

int vcam_stream_create(struct xb_link *link, uint32_t domid, struct vcam_source *source,
	const struct vcam_offer *offer, bool be_alloc, int wake_fd, struct vcam_stream **ret)
{
	struct vcam_stream *stream = calloc(1, sizeof(*stream));
	int error;

	if (!stream)
		return -ENOMEM;
	stream->link = link;
	stream->source = source;
	stream->offer = *offer;
	stream->be_alloc = be_alloc;
	vcam_buffers_init(&stream->buffers, xb_link_gnttab(link), domid);
	apply_mode(stream, &stream->offer.modes[0]);
	pthread_mutex_init(&stream->stat_lock, NULL);
	vcam_stream_note(stream);
	error = vcam_tap_create(source, wake_fd, &stream->tap);
	if (error) {
		vcam_stream_free(stream);
		return error;
	}
	*ret = stream;
	return 0;
}

void vcam_stream_finish(struct vcam_stream *stream)
{
	struct vcam_stream_stat stat;

	if (stream->streaming)
		vcam_stream_stop(stream);
	vcam_buffers_finish(&stream->buffers);
	vcam_stream_note(stream);
	vcam_stream_stat(stream, &stat);
	pthread_mutex_lock(&stream->stat_lock);
	stream->stat = stat;
	vcam_tap_destroy(stream->tap);
	stream->tap = NULL;
	pthread_mutex_unlock(&stream->stat_lock);
}

void vcam_stream_free(struct vcam_stream *stream)
{
	pthread_mutex_destroy(&stream->stat_lock);
	free(stream);
}

int vcam_stream_configure(struct vcam_stream *stream, struct pv_picture picture)
{
	const struct vcam_offer_mode *mode = vcam_offer_find(&stream->offer, picture);

	if (!mode)
		return -EINVAL;
	if (stream->streaming || stream->buffers.count)
		return -EBUSY;
	apply_mode(stream, mode);
	return 0;
}

int vcam_stream_set_rate(struct vcam_stream *stream, struct pv_fraction rate)
{
	if (stream->streaming)
		return -EBUSY;
	if (!vcam_offer_has_rate(stream->mode, rate))
		return -EINVAL;
	stream->rate = rate;
	return 0;
}

int vcam_stream_start(struct vcam_stream *stream)
{
	int error;

	if (stream->streaming || stream->buffers.count == 0)
		return -EINVAL;
	error = vcam_tap_start(stream->tap, stream->rate);
	if (!error)
		stream->streaming = true;
	return error;
}

enum outcome { DELIVERED, DROPPED_NO_BUFFER, DROPPED_NO_EVENT, DROPPED_STOPPED };

/* A frame's way ends: count it, once, and let it go. */
static void frame_ends(struct vcam_stream *stream, struct vcam_tap_frame *taken,
	enum outcome outcome, uint64_t copy_ns)
{
	struct vcam_stream_stat *stat = &stream->stat;

	pthread_mutex_lock(&stream->stat_lock);
	switch (outcome) {
	case DELIVERED:
		stat->delivered++;
		stat->copied_bytes += stream->layout.size_bytes;
		stat->latency_ns += pv_now_ns() - taken->frame->captured_ns;
		break;
	case DROPPED_NO_BUFFER:
		stat->dropped_no_buffer++;
		break;
	case DROPPED_NO_EVENT:
		stat->dropped_no_event++;
		break;
	case DROPPED_STOPPED:
		stat->dropped_stopped++;
		break;
	}
	stat->copy_ns += copy_ns;
	pthread_mutex_unlock(&stream->stat_lock);
	vcam_frame_put(taken->frame);
	taken->frame = NULL;
	vcam_tap_done(stream->tap);
}

int vcam_stream_stop(struct vcam_stream *stream)
{
	if (!stream->streaming)
		return -EINVAL;
	vcam_tap_stop(stream->tap);
	if (stream->waiting.frame)
		frame_ends(stream, &stream->waiting, DROPPED_STOPPED, 0);
	vcam_buffers_return(&stream->buffers);
	stream->streaming = false;
	return 0;
}

/* The one copy: pool frame to granted buffer, then the announcement. */
static void deliver(struct vcam_stream *stream, struct vcam_tap_frame *taken, uint32_t index)
{
	struct xencamera_evt event = {.type = XENCAMERA_EVT_FRAME_AVAIL};
	const void *pixels;
	size_t size_bytes;
	uint64_t start_ns, copy_ns;

	if (vcam_frame_as(taken->frame, stream->mode->picture, &pixels, &size_bytes) != 0) {
		frame_ends(stream, taken, DROPPED_NO_BUFFER, 0);
		return;
	}
	start_ns = pv_now_ns();
	pv_copy_frame(vcam_buffers_memory(&stream->buffers, index), pixels, size_bytes);
	copy_ns = pv_now_ns() - start_ns;
	event.evt.frame_avail.index = (uint8_t)index;
	event.evt.frame_avail.used_sz = (uint32_t)size_bytes;
	event.evt.frame_avail.seq_num = taken->seq;
	if (xb_link_event(stream->link, &event) != 0) {
		frame_ends(stream, taken, DROPPED_NO_EVENT, copy_ns);
		return;
	}
	vcam_buffers_filled(&stream->buffers, index);
	frame_ends(stream, taken, DELIVERED, copy_ns);
}

void vcam_stream_pump(struct vcam_stream *stream)
{
	uint32_t index;

	if (!stream->streaming)
		return;
	for (;;) {
		struct vcam_tap_frame taken;
		bool room = vcam_buffers_next(&stream->buffers, &index) == 0;

		if (stream->waiting.frame && room) {
			deliver(stream, &stream->waiting, index);
			continue;
		}
		if (vcam_tap_take(stream->tap, &taken) != 0)
			return;
		if (room) {
			deliver(stream, &taken, index);
			continue;
		}
		/* Without a buffer only the newest frame waits: an old picture helps nobody. */
		if (stream->waiting.frame)
			frame_ends(stream, &stream->waiting, DROPPED_NO_BUFFER, 0);
		stream->waiting = taken;
	}
}

void vcam_stream_note(struct vcam_stream *stream)
{
	pthread_mutex_lock(&stream->stat_lock);
	stream->stat.streaming = stream->streaming;
	stream->stat.picture = stream->mode->picture;
	stream->stat.rate = stream->rate;
	stream->stat.buffers = stream->buffers.count;
	pthread_mutex_unlock(&stream->stat_lock);
}

void vcam_stream_stat(struct vcam_stream *stream, struct vcam_stream_stat *ret)
{
	struct vcam_tap_counts counts;

	pthread_mutex_lock(&stream->stat_lock);
	*ret = stream->stat;
	if (stream->tap) {
		vcam_tap_counts(stream->tap, &counts);
		ret->offered = counts.offered;
		ret->dropped_late = counts.dropped_late;
		ret->dropped_stopped += counts.dropped_stopped;
	}
	pthread_mutex_unlock(&stream->stat_lock);
}
