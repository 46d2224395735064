/* SPDX-License-Identifier: MIT */
/*
 * What a device of integers gets from guests of different formats, channels, volumes and rates,
 * against a sum that is computed here for each sample.
 *
 * Rounding to nearest is off by half a step of the device's at most, and the dither before it is
 * two dice of one step, of opposite signs: less than one. So what is played is the nearest value or
 * one of its neighbours, less than one and a half steps from the sum; and the nearest where nothing
 * was to be rounded. A rate's conversion adds what vsnd_rate_test holds it to, of each sine of 997
 * Hz: 0.001 dB of its amplitude, and all else 100 dB below it, which as noise has its peaks below
 * five times that; and what a guest's own format rounded, half a step of its own, in a filter whose
 * coefficients come to less than four.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/vsnd_desk.h"

#define DEVICE_HZ 48000u
#define FRAMES 10000u /* the device's */
#define SINE_HZ 997.0
#define EXACT_STEPS 0.5 /* less than that from it there is only the sum */
#define DITHERED_STEPS (1.5 + 1e-6)
#define CONVERTED 1.2e-4 /* 0.001 dB */
#define RESIDUE (5e-5 * M_SQRT1_2)
#define FILTER 4.0

struct guest {
	struct vsnd_format format;
	unsigned bits; /* that its samples use, of a format that has as many or more */
	double amplitude;
	float gain[6];
};

/* ---- what guests play ---- */

static bool is_converted(const struct guest *guest)
{
	return guest->format.rate_hz != DEVICE_HZ;
}

/* A number of a frame and channel. */
static double noise(unsigned k, unsigned channel, uint32_t frame)
{
	uint32_t state = (frame * 8 + channel) * 4 + k;

	for (unsigned i = 0; i < 4; i++)
		dice(&state);
	return dice(&state) / 8388608.0 - 1;
}

/* Noise is a whole number of the format's steps; a sine goes on between them, and frames. */
static double value_of(const struct guest *guest, unsigned k, unsigned channel, double frame)
{
	double steps = ldexp(1, (int)guest->bits - 1);

	if (is_converted(guest))
		return guest->amplitude *
		       sin(2 * M_PI * SINE_HZ * frame / guest->format.rate_hz + k + 2.1 * channel);
	return nearbyint(guest->amplitude * noise(k, channel, (uint32_t)frame) * steps) / steps;
}

static void write_all(struct vsnd_stream *stream, const struct guest *guest, unsigned k)
{
	uint32_t frame_bytes = vsnd_stream_frame_bytes(stream);
	struct vsnd_format mono = guest->format;
	unsigned channels = mono.channels;
	/* vsnd_format_put takes 1 for the largest integer. */
	double steps = ldexp(1, (int)guest->bits - 1), put = steps / (steps - 1);
	uint8_t frame[64];

	if (vsnd_format_is_float(mono.pcm_format))
		put = 1;
	mono.channels = 1;
	for (uint32_t i = 0; i < 2 * FRAMES + 1000; i++) {
		for (unsigned c = 0; c < channels; c++)
			vsnd_format_put(&mono, frame + c * (frame_bytes / channels),
				put * value_of(guest, k, c, i));
		assert_int_equal(vsnd_stream_write(stream, frame, 1), 0);
	}
}

/* ---- the slow sum ---- */

/* FL FR RL RR FC LFE at -3 dB or not at all, all turned down so that nothing is too loud. */
static double heard(unsigned channels, unsigned from, unsigned to)
{
	static const double of_six[6][2] = {
		{1, 0}, {0, 1}, {M_SQRT1_2, 0}, {0, M_SQRT1_2}, {M_SQRT1_2, M_SQRT1_2}, {0, 0}};

	if (channels == 6)
		return of_six[from][to] / (1 + 2 * M_SQRT1_2);
	return channels == 1 || from == to;
}

static double delay_frames(const struct guest *guest)
{
	struct vsnd_rate *rate;
	uint32_t frames;

	if (!is_converted(guest))
		return 0;
	assert_int_equal(vsnd_rate_create(1, guest->format.rate_hz, DEVICE_HZ, VSND_RATE_USUAL,
				 QUANTUM, &rate),
		0);
	frames = vsnd_rate_delay_frames(rate);
	vsnd_rate_destroy(rate);
	return frames;
}

struct sum {
	const struct guest *guests;
	unsigned count;
	double delays[GUESTS];
	double steps, rounding_steps; /* the device's */
};

/* In steps of the device's. ret_bound: how far from it a sample may be. */
static double sum_of(const struct sum *with, uint32_t frame, unsigned channel, double *ret_bound)
{
	double sum = 0, bound = 0;

	for (unsigned k = 0; k < with->count; k++) {
		const struct guest *guest = &with->guests[k];
		double at = (double)frame * guest->format.rate_hz / DEVICE_HZ - with->delays[k];
		double off = guest->amplitude * (CONVERTED + RESIDUE) +
			     FILTER * ldexp(1, -(int)guest->bits);

		for (unsigned c = 0; c < guest->format.channels; c++) {
			double gain =
				(double)guest->gain[c] * heard(guest->format.channels, c, channel);

			sum += gain * value_of(guest, k, c, at);
			bound += is_converted(guest) ? gain * off : 0;
		}
	}
	*ret_bound = bound * with->steps + with->rounding_steps;
	return fmin(fmax(sum * with->steps, -with->steps), with->steps - 1);
}

/* ---- against it ---- */

static double sample_of(uint8_t pcm_format, const int32_t *played, size_t at)
{
	if (pcm_format == XENSND_PCM_FORMAT_S16_LE)
		return ((const int16_t *)played)[at];
	if (pcm_format == XENSND_PCM_FORMAT_S24_LE) /* the upper byte is empty */
		return played[at] - (played[at] & 0x800000 ? 0x1000000 : 0);
	return played[at];
}

static int32_t played[2 * (FRAMES + QUANTUM)];

static void play_all(const struct guest *guests, unsigned count, uint8_t pcm_format)
{
	const struct vsnd_format format = {pcm_format, 2, DEVICE_HZ};
	size_t frame_bytes = pcm_format == XENSND_PCM_FORMAT_S16_LE ? 4 : 8;
	struct device device = make(VSND_PLAYBACK, &format);
	uint32_t dice_state = 1;

	for (unsigned k = 0; k < count; k++) {
		join(&device, k, VSND_PLAYBACK, &guests[k].format);
		vsnd_stream_set_gain(device.streams[k], guests[k].gain);
		write_all(device.streams[k], &guests[k], k);
		vsnd_stream_start(device.streams[k]);
	}
	for (uint32_t done = 0, now; done < FRAMES; done += now) {
		now = 1 + dice(&dice_state) % QUANTUM;
		play(&device, (uint8_t *)played + done * frame_bytes, now);
	}
	unmake(&device);
}

static const struct integers {
	uint8_t pcm_format;
	unsigned bits;
} devices[] = {
	{XENSND_PCM_FORMAT_S16_LE, 16},
	{XENSND_PCM_FORMAT_S24_LE, 24},
	{XENSND_PCM_FORMAT_S32_LE, 32},
};

/* Frames before `from` are not looked at: there sines begin. Returns the largest bound. */
static double check(const struct guest *guests, unsigned count, const struct integers *device,
	double rounding_steps, uint32_t from)
{
	struct sum with = {guests, count, {0}, ldexp(1, (int)device->bits - 1), rounding_steps};
	double worst = 0;

	for (unsigned k = 0; k < count; k++)
		with.delays[k] = delay_frames(&guests[k]);
	play_all(guests, count, device->pcm_format);
	for (uint32_t i = 2 * from; i < 2 * FRAMES; i++) {
		double bound, sum = sum_of(&with, i / 2, i % 2, &bound);

		assert_true(fabs(sample_of(device->pcm_format, played, i) - sum) < bound);
		worst = fmax(worst, bound);
	}
	return worst;
}

/* Of the device's rate: loud enough to saturate now and then. */
static void test_one_bit_of_the_sum(void **state)
{
	static const struct guest guests[] = {
		{{XENSND_PCM_FORMAT_S16_LE, 2, 48000}, 16, 0.9, {0.7f, 0.3f}},
		{{XENSND_PCM_FORMAT_S24_LE, 1, 48000}, 24, 0.8, {0.55f}},
		{{XENSND_PCM_FORMAT_F32_LE, 6, 48000}, 24, 0.9, {1, 0.9f, 0.2f, 0.3f, 0.8f, 0.5f}},
		{{XENSND_PCM_FORMAT_S8, 2, 48000}, 8, 0.3, {1, 1}},
	};

	(void)state;
	for (unsigned i = 0; i < 3; i++)
		assert_true(check(guests, 4, &devices[i], DITHERED_STEPS, 0) == DITHERED_STEPS);
}

/* What needs no rounding is exact. */
static void test_the_very_sum(void **state)
{
	static const struct guest guests[] = {
		{{XENSND_PCM_FORMAT_S16_LE, 2, 48000}, 16, 0.5, {1, 1}},
		{{XENSND_PCM_FORMAT_S8, 2, 48000}, 8, 0.9, {1, 1}},
	};

	(void)state;
	for (unsigned i = 0; i < 3; i++)
		assert_true(check(guests, 2, &devices[i], EXACT_STEPS, 0) == EXACT_STEPS);
}

/* Of other rates as well. */
static void test_the_sum_of_converted(void **state)
{
	static const struct guest guests[] = {
		{{XENSND_PCM_FORMAT_S16_LE, 2, 44100}, 16, 0.4, {0.25f, 0.2f}},
		{{XENSND_PCM_FORMAT_S24_LE, 1, 48000}, 24, 0.3, {0.55f}},
		{{XENSND_PCM_FORMAT_F32_LE, 6, 96000}, 24, 0.3, {1, 0.9f, 0.2f, 0.3f, 0.8f, 0.5f}},
		{{XENSND_PCM_FORMAT_S32_BE, 1, 44100}, 32, 0.2, {0.7f}},
	};

	(void)state;
	/* Three bits of 16 more. */
	for (unsigned i = 0; i < 3; i++)
		assert_true(check(guests, 4, &devices[i], DITHERED_STEPS, 1000) <
			    DITHERED_STEPS + ldexp(3, (int)devices[i].bits - 16));
}

static const struct vsnd_format stereo16 = {XENSND_PCM_FORMAT_S16_LE, 2, 48000};

static double mean(const int16_t *samples, unsigned count)
{
	double sum = 0;

	for (unsigned i = 0; i < count; i++)
		sum += samples[i];
	return sum / count;
}

static const float soft[] = {0.01f, 0.01f}, mute[] = {0, 0};

/* What is quieter than a bit of the format is there on the average, alone as among others; but
 * silence is silence. */
static void test_a_volume_loses_no_bits(void **state)
{
	static int16_t in[40000], out[40000];
	struct device device = make(VSND_PLAYBACK, &stereo16);

	(void)state;
	join(&device, 0, VSND_PLAYBACK, &stereo16);
	for (unsigned i = 0; i < 40000; i++)
		in[i] = 40;
	vsnd_stream_set_gain(device.streams[0], soft);
	assert_int_equal(vsnd_stream_write(device.streams[0], in, 20000), 0);
	assert_int_equal(vsnd_stream_write(device.streams[0], in, 2000), 0);
	vsnd_stream_start(device.streams[0]);
	for (unsigned at = 0; at < 40000; at += 200)
		assert_true(vsnd_feed_play(device.feeds[0], out + at, 100));
	assert_true(fabs(mean(out, 40000) - 0.4) < 0.05);
	vsnd_stream_set_gain(device.streams[0], mute);
	for (unsigned at = 0; at < 4000; at += 200)
		assert_true(vsnd_feed_play(device.feeds[0], out + at, 100));
	for (unsigned i = 2000; i < 4000; i++)
		assert_int_equal(out[i], 0);
	unmake(&device);
}

static void test_nor_does_that_of_a_recording(void **state)
{
	static int16_t in[200], out[40000];
	struct device device = make(VSND_CAPTURE, &stereo16);

	(void)state;
	join(&device, 0, VSND_CAPTURE, &stereo16);
	for (unsigned i = 0; i < 200; i++)
		in[i] = 40;
	vsnd_stream_set_gain(device.streams[0], soft);
	vsnd_stream_start(device.streams[0]);
	for (unsigned at = 0; at < 40000; at += 200) {
		vsnd_desk_begin(device.desk, in, 100);
		assert_true(vsnd_feed_take(device.feeds[0]));
		vsnd_desk_end(device.desk, NULL);
	}
	assert_int_equal(vsnd_stream_read(device.streams[0], out, 20000), 0);
	assert_true(fabs(mean(out + 2000, 38000) - 0.4) < 0.05);
	unmake(&device);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_bit_of_the_sum),
		cmocka_unit_test(test_the_very_sum),
		cmocka_unit_test(test_the_sum_of_converted),
		cmocka_unit_test(test_a_volume_loses_no_bits),
		cmocka_unit_test(test_nor_does_that_of_a_recording),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
