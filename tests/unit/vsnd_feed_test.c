/* SPDX-License-Identifier: MIT */
/* What happens to a guest's samples on their way to a device of another format, and back. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cmocka.h>

#include "backend/sound/engine/feed.h"
#include "backend/sound/engine/mix.h"

#define QUANTUM 128u
#define DEPTH 65536u

static const struct vsnd_format mono32 = {XENSND_PCM_FORMAT_S32_LE, 1, 48000};
static const struct vsnd_format stereo16 = {XENSND_PCM_FORMAT_S16_LE, 2, 48000};
static const struct vsnd_format cd = {XENSND_PCM_FORMAT_S16_LE, 2, 44100};
static const struct vsnd_format hifi = {XENSND_PCM_FORMAT_F32_LE, 2, 96000};

struct rig {
	struct vsnd_stream *stream;
	struct vsnd_desk *desk;
	struct vsnd_feed *feed;
	struct vsnd_format device;
	int wake_fd;
};

static struct rig make(enum vsnd_direction direction, const struct vsnd_format *guest,
	const struct vsnd_format *device)
{
	struct vsnd_desk_params params = {
		.direction = direction, .device = *device, .most_frames = QUANTUM};
	struct rig rig = {.device = *device, .wake_fd = eventfd(0, EFD_NONBLOCK)};

	assert_int_equal(vsnd_stream_create(guest, direction, DEPTH, rig.wake_fd, &rig.stream), 0);
	assert_int_equal(vsnd_desk_create(&params, &rig.desk), 0);
	assert_int_equal(vsnd_feed_create(rig.stream, rig.desk, false, &rig.feed), 0);
	return rig;
}

static void unmake(struct rig *rig)
{
	vsnd_feed_destroy(rig->feed);
	vsnd_desk_destroy(rig->desk);
	vsnd_stream_destroy(rig->stream);
	close(rig->wake_fd);
}

/* A quantum of a stream that shares the device with others; ret: what the device gets. */
static bool add(struct rig *rig, void *ret, uint32_t frames)
{
	bool ran;

	vsnd_desk_begin(rig->desk, NULL, frames);
	ran = vsnd_feed_add(rig->feed);
	assert_int_equal(vsnd_desk_end(rig->desk, ret), ran);
	return ran;
}

/* The same as numbers. */
static bool add_samples(struct rig *rig, double *ret, uint32_t frames)
{
	static double raw[QUANTUM * VSND_CHANNELS_MAX];
	bool ran = add(rig, raw, frames);

	vsnd_mix_load(rig->device.pcm_format, raw, ret, (size_t)frames * rig->device.channels);
	return ran;
}

static bool take(struct rig *rig, const void *from, uint32_t frames)
{
	bool ran;

	vsnd_desk_begin(rig->desk, from, frames);
	ran = vsnd_feed_take(rig->feed);
	vsnd_desk_end(rig->desk, NULL);
	return ran;
}

static uint32_t dice(uint32_t *state)
{
	*state = *state * 1664525u + 1013904223u;
	return *state >> 8;
}

/* ---- untouched ---- */

static void test_alone_or_mixed_no_bit_changes(void **state)
{
	static int16_t in[4000 * 2], alone[QUANTUM * 2], mixed[QUANTUM * 2];
	struct rig one = make(VSND_PLAYBACK, &stereo16, &stereo16);
	struct rig two = make(VSND_PLAYBACK, &stereo16, &stereo16);
	uint32_t dice_state = 1;

	(void)state;
	for (unsigned i = 0; i < 8000; i++)
		in[i] = (int16_t)dice(&dice_state);
	assert_true(vsnd_feed_is_plain(one.feed));
	assert_int_equal(vsnd_stream_write(one.stream, in, 4000), 0);
	assert_int_equal(vsnd_stream_write(two.stream, in, 4000), 0);
	assert_false(vsnd_feed_play(one.feed, alone, 16));
	assert_int_equal(alone[5], 0);
	vsnd_stream_start(one.stream);
	vsnd_stream_start(two.stream);
	for (uint32_t at = 0; at + QUANTUM < 4000; at += 100) {
		assert_true(vsnd_feed_play(one.feed, alone, 100));
		assert_memory_equal(alone, in + 2 * at, 400);
		assert_true(add(&two, mixed, 100));
		assert_memory_equal(mixed, in + 2 * at, 400);
	}
	unmake(&one);
	unmake(&two);
}

/* ---- volume ---- */

/* Linear over 10 ms, whatever the quantum; before and after it the gains hold. */
static void test_gain_ramps(void **state)
{
	static const float half[] = {0.5f}, one[] = {1.0f};
	static int32_t samples[4096];
	struct rig rig = make(VSND_PLAYBACK, &mono32, &mono32);

	(void)state;
	for (unsigned i = 0; i < 4096; i++)
		samples[i] = 1 << 28;
	vsnd_stream_set_gain(rig.stream, half);
	vsnd_stream_start(rig.stream);
	assert_int_equal(vsnd_stream_write(rig.stream, samples, 4096), 0);
	vsnd_feed_play(rig.feed, samples, 100);
	for (unsigned i = 0; i < 100; i++)
		assert_in_range(samples[i], (1 << 27) - 1, (1 << 27) + 1);
	vsnd_stream_set_gain(rig.stream, one);
	for (unsigned at = 0; at < 700; at += 35)
		vsnd_feed_play(rig.feed, samples + at, 35);
	for (unsigned i = 0; i < 480; i++) {
		double expected = (1 << 27) * (1.0 + i / 480.0);

		assert_in_range(samples[i], (int64_t)expected - 32, (int64_t)expected + 32);
	}
	/* The quantum in which it ends has dither as a whole. */
	for (unsigned i = 490; i < 700; i++)
		assert_int_equal(samples[i], 1 << 28);
	unmake(&rig);
}

static void test_capture_has_a_gain(void **state)
{
	static const float quarter[] = {0.25f};
	struct rig rig = make(VSND_CAPTURE, &mono32, &mono32);
	int32_t samples[7] = {400, 800, -1200, 1600, 2000, 2400, -2800};
	int32_t got[7];

	(void)state;
	vsnd_stream_set_gain(rig.stream, quarter);
	vsnd_feed_arm(rig.feed);
	assert_false(take(&rig, samples, 7));
	vsnd_stream_start(rig.stream);
	for (unsigned turn = 0; turn < 5; turn++) {
		assert_true(vsnd_feed_arm(rig.feed));
		assert_true(take(&rig, samples, 7));
		assert_int_equal(vsnd_stream_read(rig.stream, got, 7), 0);
		for (unsigned i = 0; i < 7; i++)
			assert_true(turn == 0 || abs(got[i] - samples[i] / 4) <= 1);
	}
	assert_int_equal(samples[0], 400);
	unmake(&rig);
}

/* A thousand changes a second: from one sample to the next never more than the sine's own step and
 * the ramp's steepest. */
static void test_volume_changes_do_not_click(void **state)
{
	static double bus[QUANTUM * 2];
	struct rig rig = make(VSND_PLAYBACK, &cd, &hifi);
	double last = 0, own = 0.5 * 2 * M_PI * 440 / 96000, most = 0;
	uint32_t dice_state = 3, at = 0;

	(void)state;
	vsnd_stream_start(rig.stream);
	for (unsigned quantum = 0; quantum < 2000; quantum++) {
		float gain[2];

		gain[0] = gain[1] = (float)(dice(&dice_state) % 1000) / 999;
		while (at < vsnd_stream_position(rig.stream) + 1000) {
			int16_t frame[2];

			frame[0] = frame[1] =
				(int16_t)(16384 * sin(2 * M_PI * 440 * at++ / 44100.0));
			assert_int_equal(vsnd_stream_write(rig.stream, frame, 1), 0);
		}
		vsnd_stream_set_gain(rig.stream, gain);
		assert_true(add_samples(&rig, bus, 96));
		for (unsigned i = 0; i < 96; i++) {
			most = fmax(most, fabs(bus[2 * i] - last));
			last = bus[2 * i];
		}
	}
	assert_true(most > own / 4);
	assert_true(most < own + 0.5 / 960 * 1.2 + 2.0 / 32768);
	unmake(&rig);
}

/* ---- other formats ---- */

/* Amplitude of a sine by correlation over whole periods. */
static double sine_in(
	const double *samples, unsigned stride, uint32_t frames, double hz, double rate_hz)
{
	double s = 0, c = 0;

	for (uint32_t i = 0; i < frames; i++) {
		double angle = 2 * M_PI * hz * i / rate_hz;

		s += samples[(size_t)i * stride] * sin(angle);
		c += samples[(size_t)i * stride] * cos(angle);
	}
	return 2 * sqrt(s * s + c * c) / frames;
}

static void test_a_sine_arrives_in_any_format(void **state)
{
	static const struct vsnd_format guests[] = {
		{XENSND_PCM_FORMAT_U8, 1, 8000},
		{XENSND_PCM_FORMAT_S16_BE, 2, 44100},
		{XENSND_PCM_FORMAT_S24_LE, 6, 96000},
		{XENSND_PCM_FORMAT_F64_LE, 8, 192000},
		{XENSND_PCM_FORMAT_U32_LE, 1, 11025},
	};
	static double all[48000 * 2];

	(void)state;
	for (unsigned g = 0; g < sizeof(guests) / sizeof(guests[0]); g++) {
		struct rig rig = make(VSND_PLAYBACK, &guests[g], &stereo16);
		uint32_t at = 0, done = 0, rate_hz = guests[g].rate_hz;
		double amplitude;

		assert_false(vsnd_feed_is_plain(rig.feed));
		vsnd_stream_start(rig.stream);
		memset(all, 0, sizeof(all));
		while (done < 48000) {
			while (at < vsnd_stream_position(rig.stream) + 4000) {
				uint8_t frame[64];

				vsnd_format_put(&guests[g], frame,
					0.5 * sin(2 * M_PI * 480 * at++ / rate_hz));
				assert_int_equal(vsnd_stream_write(rig.stream, frame, 1), 0);
			}
			assert_true(add_samples(&rig, all + 2 * done, 125));
			done += 125;
		}
		/* All channels at once are loud: then it was turned down, but left and right alike.
		 */
		amplitude = sine_in(all + 2 * 24000, 2, 24000, 480, 48000);
		assert_true(guests[g].channels > 2 || fabs(amplitude - 0.5) < 0.01);
		assert_true(amplitude > 0.3 && amplitude < 0.505);
		assert_true(fabs(amplitude - sine_in(all + 2 * 24000 + 1, 2, 24000, 480, 48000)) <
			    1e-3);
		/* A frame of the guest's for each of its time. */
		assert_true(fabs((double)vsnd_stream_position(rig.stream) - rate_hz) <=
			    1 + rate_hz / 48000);
		unmake(&rig);
	}
}

/* Also where it is muted in the middle of a run, from one quantum to the next. */
static void test_capture_mute_is_exact_zero(void **state)
{
	const struct vsnd_format *devices[] = {&stereo16, &hifi};
	const float mute[] = {0.0f, 0.0f};
	int16_t from[QUANTUM * 4], got[QUANTUM];

	(void)state;
	memset(from, 0x3c, sizeof(from));
	for (unsigned d = 0; d < 2; d++) {
		struct rig rig = make(VSND_CAPTURE, &stereo16, devices[d]);
		uint32_t frames = QUANTUM / 2;
		bool heard = false;

		vsnd_stream_start(rig.stream);
		take(&rig, from, QUANTUM);
		take(&rig, from, QUANTUM);
		while (vsnd_stream_read(rig.stream, got, 1) == 0)
			heard |= got[0] != 0;
		assert_true(heard);
		vsnd_stream_set_gain(rig.stream, mute);
		take(&rig, from, QUANTUM);
		take(&rig, from, QUANTUM);
		assert_int_equal(vsnd_stream_read(rig.stream, got, frames), 0);
		for (unsigned i = 0; i < 2 * frames; i++)
			assert_int_equal(got[i], 0);
		unmake(&rig);
	}
}

static void test_capture_keeps_every_remainder(void **state)
{
	static uint8_t device[QUANTUM * 2 * 2], got[QUANTUM * 64];
	static const struct vsnd_format guests[] = {
		{XENSND_PCM_FORMAT_S16_LE, 1, 44100},
		{XENSND_PCM_FORMAT_F32_LE, 6, 11025},
		{XENSND_PCM_FORMAT_U8, 2, 96000},
	};

	(void)state;
	for (unsigned g = 0; g < 3; g++) {
		struct rig rig = make(VSND_CAPTURE, &guests[g], &stereo16);
		uint32_t dice_state = 9;
		uint64_t taken = 0, read = 0;
		double exact;

		vsnd_stream_start(rig.stream);
		while (taken < 1000000) {
			uint32_t now = 1 + dice(&dice_state) % QUANTUM;

			vsnd_feed_arm(rig.feed);
			assert_true(take(&rig, device, now));
			taken += now;
			while (vsnd_stream_read(rig.stream, got, 1) == 0)
				read++;
		}
		exact = (double)taken * guests[g].rate_hz / 48000;
		assert_true(fabs((double)read - exact) <= 1 + guests[g].rate_hz / 48000.0);
		unmake(&rig);
	}
}

/* ---- a guest that is late ---- */

/* True position and count, but no cut: the jump stays small when frames are missing for a while. */
static void check_gap(const struct vsnd_format *device, uint32_t missing_frames)
{
	static double all[24000 * 2];
	struct rig rig = make(VSND_PLAYBACK, &stereo16, device);
	struct vsnd_stream_counts counts;
	double most = 0, own = 0.8 * 2 * M_PI * 200 / device->rate_hz;
	uint32_t at = 0, done = 0, frames = device->rate_hz / 4;

	vsnd_stream_start(rig.stream);
	memset(all, 0, sizeof(all));
	while (done < frames) {
		uint64_t position = vsnd_stream_position(rig.stream);
		bool late = position >= 6000 && position < 6000 + missing_frames;

		/* In time, but only just. */
		while (at < position + 50 * 48000 / device->rate_hz + 1 && !late) {
			int16_t frame[2];

			frame[0] = frame[1] =
				(int16_t)(32767 * 0.8 * sin(2 * M_PI * 200 * at++ / 48000.0));
			assert_int_equal(vsnd_stream_write(rig.stream, frame, 1), 0);
		}
		add_samples(&rig, all + 2 * done, 50);
		done += 50;
	}
	for (uint32_t i = 500; i < frames; i++)
		most = fmax(most, fabs(all[2 * i] - all[2 * i - 2]));
	vsnd_stream_counts(rig.stream, &counts);
	assert_int_equal(counts.underruns, 1);
	assert_in_range(counts.silence_frames, missing_frames / 2, missing_frames + QUANTUM);
	assert_true(most < own + 0.8 * (1.5 / 240 + 3.0 / 96) + 0.01);
	unmake(&rig);
}

static void test_gaps_are_soft(void **state)
{
	static const struct vsnd_format float48 = {XENSND_PCM_FORMAT_F32_LE, 2, 48000};
	static const uint32_t gaps_frames[] = {48, 240, 960}; /* 1, 5 and 20 ms */

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		check_gap(&float48, gaps_frames[i]);
		check_gap(&hifi, gaps_frames[i]);
	}
}

/* The same when no sample is converted, into the device's own bytes. */
static void test_gaps_are_soft_untouched(void **state)
{
	static int16_t out[4000 * 2];
	struct rig rig = make(VSND_PLAYBACK, &stereo16, &stereo16);
	int32_t most = 0;

	(void)state;
	for (uint32_t i = 0; i < 1000; i++) {
		int16_t frame[2];

		frame[0] = frame[1] = (int16_t)(20000 * cos(2 * M_PI * 100 * i / 48000.0));
		assert_int_equal(vsnd_stream_write(rig.stream, frame, 1), 0);
	}
	vsnd_stream_start(rig.stream);
	for (uint32_t at = 0; at < 4000; at += 125)
		assert_true(vsnd_feed_play(rig.feed, out + 2 * at, 125));
	for (unsigned i = 1; i < 4000; i++) {
		int32_t jump = abs(out[2 * i] - out[2 * i - 2]);

		most = jump > most ? jump : most;
	}
	/* It stops at nearly full swing: a cut would be 17,000. */
	assert_true(most < 600);
	assert_int_equal(out[2 * 1300], 0);
	unmake(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_alone_or_mixed_no_bit_changes),
		cmocka_unit_test(test_gain_ramps),
		cmocka_unit_test(test_capture_has_a_gain),
		cmocka_unit_test(test_volume_changes_do_not_click),
		cmocka_unit_test(test_a_sine_arrives_in_any_format),
		cmocka_unit_test(test_capture_keeps_every_remainder),
		cmocka_unit_test(test_capture_mute_is_exact_zero),
		cmocka_unit_test(test_gaps_are_soft),
		cmocka_unit_test(test_gaps_are_soft_untouched),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
