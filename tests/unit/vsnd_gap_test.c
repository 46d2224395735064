/* SPDX-License-Identifier: MIT */
/* Gaps in a sine: how hard their edges are, against the bound that gap.h states and against a cut.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "backend/sound/engine/gap.h"
#include "backend/sound/engine/stream.h"

#define FRAMES 4800u
#define CHANNELS 2u
#define AT 2011u /* the gap; not where the sine is 0 */

static double sound[FRAMES * CHANNELS];
static struct vsnd_gap gap;

static void make_sine(double hz, uint32_t rate_hz, double amplitude)
{
	for (uint32_t i = 0; i < FRAMES; i++)
		sound[CHANNELS * i] = sound[CHANNELS * i + 1] =
			amplitude * sin(2 * M_PI * hz * i / rate_hz);
}

static double largest_jump(uint32_t from, uint32_t to)
{
	double largest = 0;

	for (uint32_t i = from + 1; i < to; i++)
		for (unsigned k = 0; k < CHANNELS; k++)
			largest = fmax(largest,
				fabs(sound[CHANNELS * i + k] - sound[CHANNELS * (i - 1) + k]));
	return largest;
}

/* Plays `sound` with frames missing from AT on, in packets of 37. */
static void play_with_gap(uint32_t rate_hz, uint32_t missing)
{
	struct vsnd_format format = {XENSND_PCM_FORMAT_S16_LE, CHANNELS, rate_hz};
	uint32_t at = AT;

	vsnd_gap_begin(&gap, &format);
	vsnd_gap_close(&gap, sound, AT); /* nothing to fade in at the start */
	vsnd_gap_open(&gap, sound + (size_t)(AT - 1000) * CHANNELS, 1000);
	while (at < AT + missing) {
		uint32_t now = AT + missing - at < 37 ? AT + missing - at : 37;

		vsnd_gap_fill(&gap, sound + (size_t)at * CHANNELS, now);
		at += now;
	}
	while (at < FRAMES) {
		uint32_t now = FRAMES - at < 37 ? FRAMES - at : 37;

		vsnd_gap_close(&gap, sound + (size_t)at * CHANNELS, now);
		at += now;
	}
}

static double bound(double own_jump, double amplitude)
{
	return own_jump + amplitude * (1.5 / gap.tail_frames + 3.0 / gap.fade_in_frames);
}

static void test_edges_are_soft(void **state)
{
	static const uint32_t rates[] = {8000, 44100, 48000, 192000};
	static const double gaps_ms[] = {0.1, 1, 5, 20};

	(void)state;
	for (unsigned r = 0; r < 4; r++)
		for (unsigned g = 0; g < 4; g++)
			for (double hz = 50; hz < 2000; hz *= 1.7) {
				uint32_t missing = (uint32_t)(gaps_ms[g] * rates[r] / 1000) + 1;
				double own;

				if (missing > FRAMES - AT - 500)
					missing = FRAMES - AT - 500;
				make_sine(hz, rates[r], 0.9);
				own = largest_jump(0, FRAMES);
				play_with_gap(rates[r], missing);
				assert_true(largest_jump(0, FRAMES) <= bound(own, 0.9) + 1e-9);
			}
}

/* The bound means something: a cut would be beyond it. */
static void test_a_cut_would_be_heard(void **state)
{
	double own;

	(void)state;
	make_sine(100, 48000, 0.9);
	own = largest_jump(0, FRAMES);
	play_with_gap(48000, 240);
	assert_true(bound(own, 0.9) < 0.06);
	make_sine(100, 48000, 0.9);
	memset(sound + AT * CHANNELS, 0, 240 * CHANNELS * sizeof(double));
	assert_true(largest_jump(0, FRAMES) > 0.1);
}

static void test_only_the_gap_and_2_ms_change(void **state)
{
	static double before[FRAMES * CHANNELS];

	(void)state;
	make_sine(440, 48000, 0.5);
	memcpy(before, sound, sizeof(sound));
	play_with_gap(48000, 48);
	assert_memory_equal(before, sound, AT * CHANNELS * sizeof(double));
	assert_memory_equal(before + (AT + 48 + 96) * CHANNELS, sound + (AT + 48 + 96) * CHANNELS,
		(FRAMES - AT - 48 - 96) * CHANNELS * sizeof(double));
	assert_false(vsnd_gap_closing(&gap));
}

/* A guest that brings 13 frames now and then: gap after gap, before the last was faded out of. */
static void test_gaps_in_a_row(void **state)
{
	struct vsnd_format format = {XENSND_PCM_FORMAT_S16_LE, CHANNELS, 48000};
	static double raw[FRAMES * CHANNELS];
	double own;

	(void)state;
	make_sine(70, 48000, 0.9);
	memcpy(raw, sound, sizeof(raw));
	own = largest_jump(0, FRAMES);
	vsnd_gap_begin(&gap, &format);
	for (uint32_t at = AT; at + 60 < FRAMES; at += 60) {
		uint32_t came = at == AT ? 240 : 13;

		vsnd_gap_open(&gap, raw + (size_t)(at - came) * CHANNELS, came);
		vsnd_gap_fill(&gap, sound + (size_t)at * CHANNELS, 47);
		vsnd_gap_close(&gap, sound + (size_t)(at + 47) * CHANNELS, 13);
	}
	assert_true(largest_jump(0, FRAMES - 60) <= bound(own, 0.9) + 1.5 / 14);
	assert_true(largest_jump(0, FRAMES - 60) < 0.2);
}

/* A long gap ends in silence, a short history in silence sooner. */
static void test_it_dies_away(void **state)
{
	struct vsnd_format format = {XENSND_PCM_FORMAT_S16_LE, CHANNELS, 48000};
	double out[300 * CHANNELS], ones[10 * CHANNELS];

	(void)state;
	make_sine(440, 48000, 0.5);
	play_with_gap(48000, 960);
	for (uint32_t i = AT + 240; i < AT + 960; i++)
		assert_true(sound[CHANNELS * i] == 0);
	for (unsigned i = 0; i < 10 * CHANNELS; i++)
		ones[i] = 1;
	vsnd_gap_begin(&gap, &format);
	vsnd_gap_open(&gap, ones, 10);
	vsnd_gap_fill(&gap, out, 300);
	assert_true(out[0] > 0.9 && out[9 * CHANNELS] > 0 && out[10 * CHANNELS] == 0);
	vsnd_gap_open(&gap, NULL, 0);
	vsnd_gap_fill(&gap, out, 300);
	assert_true(out[0] == 0);
}

/* ---- what a stream lost that was captured ---- */

/* The device brings so many frames, and of all that are there the guest reads so many, 37 at a
 * time. */
static const struct {
	uint32_t pushed, read;
} moves[] = {{1500, 700}, {700, 1500}, {900, 900}, {1700, 1700}};

static void capture_with_losses(bool fades)
{
	static const struct vsnd_format format = {XENSND_PCM_FORMAT_F32_LE, CHANNELS, 48000};
	static float frames[FRAMES * CHANNELS];
	struct vsnd_stream *stream;
	uint32_t pushed = 0, read = 0;

	assert_int_equal(vsnd_stream_create(&format, VSND_CAPTURE, 1000, -1, &stream), 0);
	if (fades)
		assert_int_equal(vsnd_stream_fade_losses(stream), 0);
	for (unsigned i = 0; i < FRAMES * CHANNELS; i++)
		frames[i] = (float)sound[i];
	vsnd_stream_start(stream);
	for (unsigned i = 0; i < sizeof(moves) / sizeof(moves[0]); i++) {
		assert_true(vsnd_stream_push(stream, frames + pushed * CHANNELS, moves[i].pushed));
		pushed += moves[i].pushed;
		for (uint32_t end = read + moves[i].read, now; read < end; read += now) {
			now = end - read < 37 ? end - read : 37;
			assert_int_equal(
				vsnd_stream_read(stream, frames + read * CHANNELS, now), 0);
		}
	}
	assert_int_equal(read, FRAMES);
	vsnd_stream_destroy(stream);
	for (unsigned i = 0; i < FRAMES * CHANNELS; i++)
		sound[i] = (double)frames[i];
}

static void test_captured_losses_are_soft(void **state)
{
	static double before[FRAMES * CHANNELS];

	(void)state;
	for (double hz = 50; hz < 2000; hz *= 1.7) {
		double own;

		make_sine(hz, 48000, 0.9);
		own = largest_jump(0, FRAMES);
		capture_with_losses(true);
		assert_true(largest_jump(0, FRAMES) <= bound(own, 0.9) + 1e-6);
	}
	make_sine(101, 48000, 0.9);
	for (unsigned i = 0; i < FRAMES * CHANNELS; i++)
		before[i] = sound[i] = (double)(float)sound[i];
	capture_with_losses(true);
	/* The edges, and nothing else. */
	assert_memory_equal(sound, before, 1000 * CHANNELS * sizeof(double));
	assert_true(sound[1240 * CHANNELS] == 0 && sound[1499 * CHANNELS] == 0);
	assert_memory_equal(
		sound + 1596 * CHANNELS, before + 1596 * CHANNELS, 104 * CHANNELS * sizeof(double));
	assert_memory_equal(sound + 2296 * CHANNELS, before + 2296 * CHANNELS,
		(4100 - 2296) * CHANNELS * sizeof(double));
	make_sine(101, 48000, 0.9);
	capture_with_losses(false);
	assert_true(largest_jump(0, FRAMES) > 0.1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_edges_are_soft),
		cmocka_unit_test(test_a_cut_would_be_heard),
		cmocka_unit_test(test_only_the_gap_and_2_ms_change),
		cmocka_unit_test(test_gaps_in_a_row),
		cmocka_unit_test(test_it_dies_away),
		cmocka_unit_test(test_captured_losses_are_soft),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
