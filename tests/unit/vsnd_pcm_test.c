/* SPDX-License-Identifier: MIT */
/* One guest's PCM over a real stream; the test plays link, grants and card below it. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "backend/sound/pcm.h"

#define FRAME_BYTES 4u
#define PERIOD 64u
#define BUFFER (4 * PERIOD)
#define BUFFER_BYTES (BUFFER * FRAME_BYTES)
#define EVENTS 256

static struct {
	void *memory;               /* what is mapped; NULL: nothing */
	struct vsnd_stream *stream; /* open on the card */
	unsigned opened;
	struct xensnd_evt events[EVENTS];
	unsigned num_events;
	bool full; /* the event page */
} below;

static struct vsnd_pcm *pcm;

xengnttab_handle *xb_link_gnttab(struct xb_link *link)
{
	(void)link;
	return NULL;
}

int xb_link_event(struct xb_link *link, const void *event)
{
	(void)link;
	if (below.full)
		return -ENOSPC;
	assert_true(below.num_events < EVENTS);
	below.events[below.num_events++] = *(const struct xensnd_evt *)event;
	return 0;
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
	int wake_fd, struct vsnd_stream **ret)
{
	(void)card;
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

static void levels_changed(void *ctx)
{
	(void)ctx;
}

static int16_t played[4 * BUFFER][2];

/* A quantum of the device, from its beginning to its end; its gains, too, which the device applies.
 */
static const int16_t *quantum(uint32_t frames)
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

static const struct vsnd_pcm_open usual = {
	.format = {XENSND_PCM_FORMAT_S16_LE, 2, 48000},
	.buffer_bytes = BUFFER_BYTES,
	.period_bytes = PERIOD * FRAME_BYTES,
	.directory_ref = 5,
};

static int set_up(void **state)
{
	(void)state;
	create(VSND_PLAYBACK, false);
	return vsnd_pcm_open(pcm, &usual);
}

static int set_up_capture(void **state)
{
	(void)state;
	create(VSND_CAPTURE, false);
	return vsnd_pcm_open(pcm, &usual);
}

static int set_up_kernel(void **state)
{
	(void)state;
	create(VSND_PLAYBACK, true);
	return vsnd_pcm_open(pcm, &usual);
}

static int tear_down(void **state)
{
	(void)state;
	vsnd_pcm_finish(pcm);
	assert_null(below.memory);
	assert_null(below.stream);
	vsnd_pcm_free(pcm);
	return 0;
}

static void only_what_is_on_offer_is_opened(void **state)
{
	struct vsnd_pcm_open rows[] = {
		usual, usual, usual, usual, usual, usual, usual, usual, usual};
	struct vsnd_pcm_stat stat;

	(void)state;
	rows[0].format.pcm_format = XENSND_PCM_FORMAT_U8;
	rows[1].format.channels = 3;
	rows[2].format.rate_hz = 96000; /* the card cannot */
	rows[3].buffer_bytes = BUFFER_BYTES + FRAME_BYTES;
	rows[4].buffer_bytes = FRAME_BYTES - 1;
	rows[5].period_bytes = PERIOD * FRAME_BYTES + 2;
	rows[6].period_bytes = BUFFER_BYTES + FRAME_BYTES;
	rows[7].directory_ref = 6;
	rows[8].format.channels = 0;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(vsnd_pcm_open(pcm, &rows[i]), -EINVAL);
		assert_null(below.stream);
		assert_null(below.memory);
		vsnd_pcm_stat(pcm, &stat);
		assert_false(stat.open);
	}
	assert_int_equal(below.opened, 1); /* by set_up */
	assert_int_equal(vsnd_pcm_open(pcm, &usual), 0);
	vsnd_pcm_stat(pcm, &stat);
	assert_true(stat.open);
	assert_int_equal(stat.period_frames, PERIOD);
	assert_int_equal(stat.buffer_frames, BUFFER);
}

static void parts_are_inside(void **state)
{
	void *memory;

	(void)state;
	assert_int_equal(vsnd_pcm_part(pcm, 0, BUFFER_BYTES, &memory), 0);
	assert_ptr_equal(memory, below.memory);
	assert_int_equal(vsnd_pcm_part(pcm, BUFFER_BYTES, 0, &memory), 0);
	assert_int_equal(vsnd_pcm_part(pcm, 1, BUFFER_BYTES, &memory), -EINVAL);
	assert_int_equal(vsnd_pcm_part(pcm, UINT32_MAX, 1, &memory), -EINVAL);
	assert_int_equal(vsnd_pcm_part(pcm, UINT32_MAX, UINT32_MAX, &memory), -EINVAL);
	assert_int_equal(vsnd_pcm_write(pcm, 0, FRAME_BYTES - 1), -EINVAL);
	assert_int_equal(vsnd_pcm_read(pcm, 0, FRAME_BYTES), -EINVAL);
	vsnd_pcm_close(pcm);
	assert_int_equal(vsnd_pcm_part(pcm, 0, 0, &memory), -EINVAL);
	assert_int_equal(vsnd_pcm_write(pcm, 0, FRAME_BYTES), -EINVAL);
	assert_int_equal(vsnd_pcm_start(pcm), -EINVAL);
	assert_int_equal(vsnd_pcm_pause(pcm), -EINVAL);
	assert_int_equal(vsnd_pcm_stop(pcm), -EINVAL);
	vsnd_pcm_close(pcm);
}

/* From where in the buffer it was written, and none of it twice. */
static void what_is_written_is_played(void **state)
{
	int16_t *buffer = below.memory;
	const int16_t *frames;

	(void)state;
	for (unsigned i = 0; i < BUFFER * 2; i++)
		buffer[i] = (int16_t)i;
	assert_int_equal(vsnd_pcm_write(pcm, 100 * FRAME_BYTES, 8 * FRAME_BYTES), 0);
	assert_int_equal(vsnd_pcm_write(pcm, 0, 8 * FRAME_BYTES), 0);
	memset(buffer, 0, BUFFER_BYTES); /* too late to change what was taken */
	assert_int_equal(vsnd_pcm_start(pcm), 0);
	frames = quantum(32);
	for (int i = 0; i < 16; i++) {
		assert_int_equal(frames[i], 200 + i);
		assert_int_equal(frames[16 + i], i);
		assert_int_equal(frames[32 + i], 0);
	}
}

static void no_more_than_a_buffer_and_a_quantum(void **state)
{
	unsigned taken = 0;

	(void)state;
	while (vsnd_pcm_write(pcm, 0, PERIOD * FRAME_BYTES) == 0)
		taken++;
	assert_in_range(taken, BUFFER / PERIOD, BUFFER / PERIOD + 1);
	assert_int_equal(vsnd_pcm_write(pcm, 0, BUFFER_BYTES), -ENOSPC);
}

static uint64_t told(unsigned event)
{
	assert_true(event < below.num_events);
	assert_int_equal(below.events[event].type, XENSND_EVT_CUR_POS);
	return below.events[event].op.cur_pos.position / FRAME_BYTES;
}

static void each_half_period_is_told(void **state)
{
	(void)state;
	assert_int_equal(vsnd_pcm_start(pcm), 0);
	for (unsigned i = 0; i < 16; i++)
		quantum(16);
	assert_int_equal(below.num_events, 8);
	for (unsigned i = 0; i < 8; i++) {
		assert_int_equal(told(i), 32 * (i + 1));
		assert_int_equal(below.events[i].id, i);
	}
	/* At once, in steps; none that jumps over the buffer. */
	quantum(4 * BUFFER);
	for (unsigned i = 8; i < below.num_events; i++)
		assert_in_range(told(i) - told(i - 1), 1, BUFFER - 1);
	assert_int_equal(told(below.num_events - 1), 256 + 4 * BUFFER);
}

static void where_it_stopped_is_told_to_the_frame(void **state)
{
	(void)state;
	assert_int_equal(vsnd_pcm_start(pcm), 0);
	quantum(16);
	assert_int_equal(below.num_events, 0);
	assert_int_equal(vsnd_pcm_pause(pcm), 0);
	assert_int_equal(told(0), 16);
	assert_int_equal(vsnd_pcm_pause(pcm), 0);
	quantum(64); /* of silence: the device goes on */
	assert_int_equal(below.num_events, 1);
	assert_int_equal(vsnd_pcm_start(pcm), 0);
	quantum(48);
	assert_int_equal(vsnd_pcm_stop(pcm), 0);
	assert_int_equal(told(below.num_events - 1), 64);
}

static void a_kernel_gets_both_numberings(void **state)
{
	(void)state;
	assert_int_equal(vsnd_pcm_start(pcm), 0);
	quantum(32);
	assert_int_equal(vsnd_pcm_stop(pcm), 0);
	assert_int_equal(vsnd_pcm_open(pcm, &usual), 0);
	assert_int_equal(vsnd_pcm_start(pcm), 0);
	quantum(32);
	assert_int_equal(below.num_events, 4);
	for (unsigned i = 0; i < 4; i++) {
		assert_int_equal(told(i), 32);
		assert_int_equal(below.events[i].id, i < 3 ? i : 1);
	}
}

static void a_kernel_that_starts_over_is_at_a_whole_buffer(void **state)
{
	(void)state;
	assert_int_equal(vsnd_pcm_start(pcm), 0);
	quantum(40);
	assert_int_equal(vsnd_pcm_stop(pcm), 0);
	assert_int_equal(vsnd_pcm_start(pcm), 0);
	assert_int_equal(told(below.num_events - 1), BUFFER);
	quantum(PERIOD);
	assert_int_equal(told(below.num_events - 1), BUFFER + PERIOD);
}

/* snd_pcm_drop before the start, and a WRITE that waited while a STOP was answered. */
static void a_kernel_that_fills_anew_is_heard_anew(void **state)
{
	int16_t *buffer = below.memory;

	(void)state;
	for (int16_t round = 1; round <= 3; round++) {
		buffer[0] = buffer[BUFFER] = round;
		assert_int_equal(vsnd_pcm_write(pcm, 0, BUFFER_BYTES), 0);
	}
	assert_int_equal(vsnd_pcm_start(pcm), 0);
	assert_int_equal(quantum(BUFFER / 2)[0], 3);
	assert_int_equal(vsnd_pcm_stop(pcm), 0);
	assert_int_equal(vsnd_pcm_write(pcm, BUFFER_BYTES / 2, BUFFER_BYTES / 2), 0);
	buffer[0] = 4;
	for (uint32_t at = 0; at < BUFFER_BYTES; at += BUFFER_BYTES / 4)
		assert_int_equal(vsnd_pcm_write(pcm, at, BUFFER_BYTES / 4), 0);
	assert_int_equal(vsnd_pcm_start(pcm), 0);
	assert_int_equal(quantum(16)[0], 4);
	/* It runs: what wraps goes on. */
	buffer[0] = 5;
	assert_int_equal(vsnd_pcm_write(pcm, 0, 16 * FRAME_BYTES), 0);
	assert_int_equal(quantum(BUFFER)[2 * (BUFFER - 16)], 5);
}

static void events_that_do_not_fit_are_counted(void **state)
{
	struct vsnd_pcm_stat stat;

	(void)state;
	below.full = true;
	assert_int_equal(vsnd_pcm_start(pcm), 0);
	quantum(32);
	quantum(32);
	below.full = false;
	quantum(32);
	assert_int_equal(below.num_events, 1);
	assert_int_equal(told(0), 96);
	assert_int_equal(below.events[0].id, 0); /* slots that were written */
	vsnd_pcm_stat(pcm, &stat);
	assert_int_equal(stat.lost_events, 2);
}

static void what_was_captured_is_read(void **state)
{
	const int16_t *buffer = below.memory;

	(void)state;
	assert_int_equal(vsnd_pcm_start(pcm), 0);
	assert_int_equal(vsnd_pcm_read(pcm, 0, FRAME_BYTES), -EAGAIN);
	quantum(32);
	assert_int_equal(told(0), 32);
	assert_int_equal(vsnd_pcm_read(pcm, 16, 33 * FRAME_BYTES), -EAGAIN);
	assert_int_equal(buffer[8], 0);
	assert_int_equal(vsnd_pcm_read(pcm, 16, 32 * FRAME_BYTES), 0);
	assert_int_equal(buffer[7], 0);
	assert_int_equal(buffer[8], 1);
	assert_int_equal(buffer[8 + 63], 32);
	assert_int_equal(buffer[8 + 64], 0);
	assert_int_equal(vsnd_pcm_read(pcm, 0, FRAME_BYTES), -EAGAIN);
	assert_int_equal(vsnd_pcm_write(pcm, 0, FRAME_BYTES), -EINVAL);
}

/* Before the stream runs, so at once; for streams opened after it, too. */
static void both_levels_count(void **state)
{
	struct vsnd_levels half, muted = {.mute = {true, true}}, levels;
	int16_t *buffer;

	(void)state;
	for (unsigned i = 0; i < VSND_CHANNELS_MAX; i++)
		half.volume_mdb[i] = -6021, half.mute[i] = false;
	for (unsigned round = 0; round < 3; round++) {
		vsnd_pcm_set_dom0_levels(pcm, round == 2 ? &muted : &half);
		if (round >= 1)
			vsnd_pcm_set_levels(pcm, &half);
		assert_int_equal(vsnd_pcm_open(pcm, &usual), 0);
		buffer = below.memory;
		buffer[0] = buffer[1] = 16000;
		assert_int_equal(vsnd_pcm_write(pcm, 0, FRAME_BYTES), 0);
		assert_int_equal(vsnd_pcm_start(pcm), 0);
		assert_in_range(quantum(16)[1], round == 2 ? 0 : 16000 >> (round + 1),
			round == 2 ? 0 : (16000 >> (round + 1)) + 1);
	}
	vsnd_pcm_levels(pcm, &levels);
	assert_true(vsnd_levels_equal(&levels, &half)); /* the guest hears of its own only */
}

#define WITH(test, set_up) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH(only_what_is_on_offer_is_opened, set_up),
		WITH(parts_are_inside, set_up),
		WITH(what_is_written_is_played, set_up),
		WITH(no_more_than_a_buffer_and_a_quantum, set_up),
		WITH(each_half_period_is_told, set_up),
		WITH(where_it_stopped_is_told_to_the_frame, set_up),
		WITH(a_kernel_gets_both_numberings, set_up_kernel),
		WITH(a_kernel_that_starts_over_is_at_a_whole_buffer, set_up_kernel),
		WITH(a_kernel_that_fills_anew_is_heard_anew, set_up_kernel),
		WITH(events_that_do_not_fit_are_counted, set_up),
		WITH(what_was_captured_is_read, set_up_capture),
		WITH(both_levels_count, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
