/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/pcm_fixture.h"

struct below below;
struct vsnd_pcm *pcm;

xengnttab_handle *xb_link_gnttab(struct xb_link *link)
{
	(void)link;
	return NULL;
}

uint32_t xb_link_events_written(const struct xb_link *link)
{
	(void)link;
	return 0;
}

int xb_link_put_event(struct xb_link *link, const void *event)
{
	(void)link;
	if (below.full)
		return -ENOSPC;
	assert_true(below.num_events < EVENTS);
	below.events[below.num_events++] = *(const struct xensnd_evt *)event;
	return 0;
}

void xb_link_notify_events(struct xb_link *link)
{
	(void)link;
	below.notified_events = below.num_events;
	below.notifications++;
}

int xb_map_buffer(xengnttab_handle *gnttab, uint32_t domid, uint32_t directory_ref,
	size_t size_bytes, struct xb_mapped *ret)
{
	(void)gnttab;
	assert_int_equal(domid, 7);
	if (directory_ref != 5)
		return -EINVAL;
	assert_null(below.memory);
	below.memory = calloc(1, size_bytes);
	*ret = (struct xb_mapped){below.memory, xb_pages(size_bytes)};
	return 0;
}

void xb_unmap(xengnttab_handle *gnttab, struct xb_mapped *memory)
{
	(void)gnttab;
	assert_ptr_equal(memory->start, below.memory);
	free(below.memory);
	below.memory = NULL;
	memory->start = NULL;
}

int vsnd_card_query(
	struct vsnd_card *card, enum vsnd_direction direction, struct vsnd_ranges *ranges)
{
	(void)card;
	(void)direction;
	return ranges->rate_min > 48000 ? -EINVAL : 0;
}

int vsnd_card_open(struct vsnd_card *card, enum vsnd_direction direction,
	const struct vsnd_format *format, uint32_t period_frames, uint32_t buffer_frames,
	int wake_fd, uint32_t owner, struct vsnd_stream **ret)
{
	(void)card;
	(void)owner;
	assert_null(below.stream);
	assert_true(period_frames <= buffer_frames);
	assert_int_equal(vsnd_stream_create(format, direction, buffer_frames, wake_fd, ret), 0);
	below.stream = *ret;
	below.opened++;
	return 0;
}

void vsnd_card_close(struct vsnd_card *card, struct vsnd_stream *stream)
{
	(void)card;
	assert_ptr_equal(stream, below.stream);
	vsnd_stream_destroy(stream);
	below.stream = NULL;
}

uint64_t vsnd_card_inside_ns(const struct vsnd_card *card, enum vsnd_direction direction)
{
	(void)card, (void)direction;
	return below.inside_ns;
}

static void levels_changed(void *ctx)
{
	(void)ctx;
}

static int16_t played[4 * BUFFER][2];

const int16_t *quantum(uint32_t frames)
{
	static int16_t captured[4 * BUFFER][2];
	float gain[VSND_CHANNELS_MAX];

	for (uint32_t i = 0; i < frames; i++)
		captured[i][0] = captured[i][1] = (int16_t)(i + 1);
	vsnd_stream_gain(below.stream, gain);
	if (pcm->offer.direction == VSND_PLAYBACK) {
		vsnd_stream_pull(below.stream, played, frames);
		for (uint32_t i = 0; i < frames; i++)
			for (unsigned k = 0; k < 2; k++)
				played[i][k] = (int16_t)lrintf((float)played[i][k] * gain[k]);
	} else {
		vsnd_stream_push(below.stream, captured, frames);
	}
	vsnd_stream_wake(below.stream);
	vsnd_pcm_pump(pcm);
	return played[0];
}

static void create(enum vsnd_direction direction, bool kernel_events)
{
	static const struct vsnd_levels full;
	const struct vsnd_offer offer = {
		.direction = direction,
		.formats = UINT64_C(1) << XENSND_PCM_FORMAT_S16_LE,
		.channels_min = 1,
		.channels_max = 2,
		.buffer_bytes_max = BUFFER_BYTES,
	};
	const struct vsnd_pcm_params params = {
		.domid = 7,
		.offer = &offer,
		.levels = &full,
		.dom0_levels = &full,
		.kernel_events = kernel_events,
		.wake_fd = -1,
		.levels_changed = levels_changed,
	};

	memset(&below, 0, sizeof(below));
	assert_int_equal(vsnd_pcm_create(&params, &pcm), 0);
}

const struct vsnd_pcm_open usual = {
	.format = {XENSND_PCM_FORMAT_S16_LE, 2, 48000},
	.buffer_bytes = BUFFER_BYTES,
	.period_bytes = PERIOD * FRAME_BYTES,
	.directory_ref = 5,
};

int set_up(void **state)
{
	(void)state;
	create(VSND_PLAYBACK, false);
	return vsnd_pcm_open(pcm, &usual);
}

int set_up_capture(void **state)
{
	(void)state;
	create(VSND_CAPTURE, false);
	return vsnd_pcm_open(pcm, &usual);
}

int set_up_kernel(void **state)
{
	(void)state;
	create(VSND_PLAYBACK, true);
	return vsnd_pcm_open(pcm, &usual);
}

int tear_down(void **state)
{
	(void)state;
	vsnd_pcm_finish(pcm);
	assert_null(below.memory);
	assert_null(below.stream);
	vsnd_pcm_free(pcm);
	return 0;
}

uint64_t told(unsigned event)
{
	assert_true(event < below.num_events);
	assert_int_equal(below.events[event].type, XENSND_EVT_CUR_POS);
	return below.events[event].op.cur_pos.position / FRAME_BYTES;
}
