/* SPDX-License-Identifier: MIT */
/* What a guest opens, writes and reads, its levels, and how that is counted. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/pcm_fixture.h"

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

/* ---- counts ---- */

static struct vsnd_pcm_stat stat_now(void)
{
	struct vsnd_pcm_stat stat;
	const struct vsnd_stream_counts *counts = &stat.counts;
	uint64_t silence = 0;

	vsnd_pcm_stat(pcm, &stat);
	for (unsigned i = 0; i < VSND_SILENCES; i++)
		silence += counts->silence[i];
	assert_int_equal(counts->device_frames,
		counts->guest_frames - counts->late_frames - counts->stopped_frames -
			counts->gone_frames + silence - counts->fill_frames);
	return stat;
}

static void write_frames(uint32_t frames)
{
	assert_int_equal(vsnd_pcm_write(pcm, 0, frames * FRAME_BYTES), 0);
}

/* They outlive what was opened; the end of a drain is no underrun, an xrun is. */
static void counts_are_kept(void **state)
{
	struct vsnd_pcm_stat stat;

	(void)state;
	write_frames(PERIOD);
	assert_int_equal(vsnd_pcm_start(pcm), 0);
	quantum(PERIOD + 8);
	stat = stat_now();
	assert_int_equal(stat.counts.silence[VSND_SILENCE_END], 8);
	assert_int_equal(stat.counts.underruns, 0);
	assert_int_equal(vsnd_pcm_open(pcm, &usual), 0);
	assert_int_equal(vsnd_pcm_start(pcm), 0);
	quantum(16);
	write_frames(PERIOD);
	quantum(PERIOD);
	write_frames(PERIOD);
	quantum(16);
	stat = stat_now();
	assert_int_equal(stat.counts.silence[VSND_SILENCE_BEGIN], 16);
	assert_int_equal(stat.counts.silence[VSND_SILENCE_END], 8);
	assert_int_equal(stat.counts.silence[VSND_SILENCE_GUEST_LATE], 16);
	assert_int_equal(stat.counts.underruns, 1);
	assert_int_equal(stat.counts.late_frames, 32);
	vsnd_pcm_close(pcm);
	stat = stat_now();
	assert_int_equal(stat.counts.guest_frames, 3 * PERIOD);
	assert_int_equal(stat.counts.device_frames, PERIOD + 8 + 16 + PERIOD + 16);
	assert_int_equal(stat.counts.stopped_frames, 3 * PERIOD - 32 - PERIOD - PERIOD + 16 - 16);
	assert_int_equal(stat.counts.fill_frames, 0);
	assert_int_equal(stat.latency_frames, 0);
}

/* What waits here, and in the device: 3 ms are 144 frames. */
static void latency_is_all_that_waits(void **state)
{
	(void)state;
	write_frames(2 * PERIOD);
	assert_int_equal(stat_now().latency_frames, 2 * PERIOD);
	below.inside_ns = 3000000;
	assert_int_equal(vsnd_pcm_start(pcm), 0);
	quantum(PERIOD);
	assert_int_equal(stat_now().latency_frames, PERIOD + 144);
	vsnd_stream_set_filter(below.stream, 91, "usual");
	assert_string_equal(stat_now().counts.quality, "usual");
	assert_int_equal(stat_now().latency_frames, PERIOD + 144 + 91);
	vsnd_pcm_close(pcm);
	assert_int_equal(stat_now().latency_frames, 0);
}

/* Of all streams of the connection. */
static void wakes_are_kept(void **state)
{
	struct vsnd_lateness wake;

	(void)state;
	vsnd_stream_woke(below.stream, 5000);
	assert_int_equal(stat_now().wake.wakes, 1);
	vsnd_pcm_close(pcm);
	assert_int_equal(vsnd_pcm_open(pcm, &usual), 0);
	vsnd_stream_woke(below.stream, 800000);
	wake = stat_now().wake;
	assert_int_equal(wake.wakes, 2);
	assert_in_range(wake.p50_ns, 5000, 5000 * 9 / 8);
	assert_int_equal(wake.max_ns, 800000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH(only_what_is_on_offer_is_opened, set_up),
		WITH(parts_are_inside, set_up),
		WITH(what_is_written_is_played, set_up),
		WITH(no_more_than_a_buffer_and_a_quantum, set_up),
		WITH(what_was_captured_is_read, set_up_capture),
		WITH(both_levels_count, set_up),
		WITH(counts_are_kept, set_up),
		WITH(latency_is_all_that_waits, set_up),
		WITH(wakes_are_kept, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
