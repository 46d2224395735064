/* SPDX-License-Identifier: MIT */
/*
 * Why rate conversion is by what it is by: libraries side by side, in packets of 64 frames, stereo.
 * THD+N of a 997 Hz sine, the pass band at 19 and 20 kHz, processor time of a second of sound, the
 * delay from a click in to its peak out. Built and run by hand: make tests/bench/resamplers.
 */
#include <math.h>
#include <samplerate.h>
#include <soxr.h>
#include <speex/speex_resampler.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define SECONDS 4u
#define PACKET_FRAMES 64u
#define AMPLITUDE 0.5

struct converter {
	const char *name;
	void *(*make)(int kind, double from_hz, double to_hz);
	/* Takes what it likes of `frames` and says so; returns what came out. */
	size_t (*run)(void *state, double ratio, const float *in, size_t frames, size_t *ret_taken,
		float *out, size_t room);
	void (*end)(void *state);
	int kind;
};

static void *samplerate_make(int kind, double from_hz, double to_hz)
{
	int error;

	(void)from_hz, (void)to_hz;
	return src_new(kind, 2, &error);
}

static size_t samplerate_run(void *state, double ratio, const float *in, size_t frames,
	size_t *ret_taken, float *out, size_t room)
{
	SRC_DATA run = {.data_in = in,
		.data_out = out,
		.input_frames = (long)frames,
		.output_frames = (long)room,
		.src_ratio = ratio};

	src_process(state, &run);
	*ret_taken = (size_t)run.input_frames_used;
	return (size_t)run.output_frames_gen;
}

static void samplerate_end(void *state)
{
	src_delete(state);
}

static void *soxr_make(int kind, double from_hz, double to_hz)
{
	unsigned long variable = kind < 0 ? SOXR_VR : 0;
	soxr_quality_spec_t quality =
		soxr_quality_spec((unsigned long)(kind < 0 ? -kind : kind), variable);
	soxr_io_spec_t io = soxr_io_spec(SOXR_FLOAT32_I, SOXR_FLOAT32_I);
	soxr_runtime_spec_t runtime = soxr_runtime_spec(1);
	soxr_t soxr;

	runtime.log2_min_dft_size = 8;
	soxr = soxr_create(from_hz, to_hz, 2, NULL, &io, &quality, &runtime);
	if (soxr != NULL && variable)
		soxr_set_io_ratio(soxr, from_hz / to_hz, 0);
	return soxr;
}

static size_t soxr_run(void *state, double ratio, const float *in, size_t frames, size_t *ret_taken,
	float *out, size_t room)
{
	size_t made;

	(void)ratio;
	soxr_process(state, in, frames, ret_taken, out, room, &made);
	return made;
}

static void soxr_end(void *state)
{
	soxr_delete(state);
}

static void *speex_make(int kind, double from_hz, double to_hz)
{
	int error;

	return speex_resampler_init(2, (spx_uint32_t)from_hz, (spx_uint32_t)to_hz, kind, &error);
}

static size_t speex_run(void *state, double ratio, const float *in, size_t frames,
	size_t *ret_taken, float *out, size_t room)
{
	spx_uint32_t taken = (spx_uint32_t)frames, made = (spx_uint32_t)room;

	(void)ratio;
	speex_resampler_process_interleaved_float(state, in, &taken, out, &made);
	*ret_taken = taken;
	return made;
}

static void speex_end(void *state)
{
	speex_resampler_destroy(state);
}

static const struct converter converters[] = {
	{"libsamplerate best", samplerate_make, samplerate_run, samplerate_end,
		SRC_SINC_BEST_QUALITY},
	{"libsamplerate medium", samplerate_make, samplerate_run, samplerate_end,
		SRC_SINC_MEDIUM_QUALITY},
	{"libsamplerate fastest", samplerate_make, samplerate_run, samplerate_end,
		SRC_SINC_FASTEST},
	{"soxr very high", soxr_make, soxr_run, soxr_end, SOXR_VHQ},
	{"soxr high", soxr_make, soxr_run, soxr_end, SOXR_HQ},
	{"soxr medium", soxr_make, soxr_run, soxr_end, SOXR_MQ},
	{"soxr high, variable", soxr_make, soxr_run, soxr_end, -SOXR_HQ},
	{"speexdsp 4", speex_make, speex_run, speex_end, 4},
	{"speexdsp 7", speex_make, speex_run, speex_end, 7},
	{"speexdsp 10", speex_make, speex_run, speex_end, 10},
};

static const double pairs[][2] = {{44100, 48000}, {48000, 44100}, {48000, 96000}, {96000, 48000}};

struct sound {
	float *frames; /* stereo, interleaved */
	size_t count;
};

static struct sound sound_make(double seconds, double rate_hz)
{
	struct sound sound = {.count = (size_t)(seconds * rate_hz)};

	sound.frames = calloc(sound.count, 2 * sizeof(float));
	if (sound.frames == NULL)
		exit(1);
	return sound;
}

static double processor_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* Until all of `in` is taken. Sets out's count; returns the frames taken when out had `mark` of
 * them, and the processor's time. */
static double convert(const struct converter *converter, const double pair[2],
	const struct sound *in, struct sound *out, size_t mark, size_t *ret_taken)
{
	void *state = converter->make(converter->kind, pair[0], pair[1]);
	size_t at = 0, room = out->count, begin_count = 0;
	double begin_s = processor_s();

	out->count = 0;
	while (at < in->count) {
		size_t frames = in->count - at < PACKET_FRAMES ? in->count - at : PACKET_FRAMES;
		size_t taken = 0;

		begin_count = out->count;
		out->count += converter->run(state, pair[1] / pair[0], in->frames + 2 * at, frames,
			&taken, out->frames + 2 * out->count, room - out->count);
		at += taken;
		if (begin_count <= mark && out->count > mark)
			*ret_taken = at;
	}
	begin_s = processor_s() - begin_s;
	converter->end(state);
	return begin_s;
}

/* Least squares of the sine in the middle of the sound; ret_residue: root mean square of the rest.
 */
static double sine_in(const struct sound *sound, double hz, double rate_hz, double *ret_residue)
{
	double ss = 0, cc = 0, sc = 0, xs = 0, xc = 0, a, b, rest = 0;
	size_t from = sound->count / 4, frames = sound->count / 2;

	for (size_t i = 0; i < frames; i++) {
		double angle = 2 * M_PI * hz * (double)i / rate_hz, s = sin(angle), c = cos(angle);
		double x = (double)sound->frames[2 * (from + i)];

		ss += s * s, cc += c * c, sc += s * c, xs += x * s, xc += x * c;
	}
	a = (xs * cc - xc * sc) / (ss * cc - sc * sc);
	b = (xc * ss - xs * sc) / (ss * cc - sc * sc);
	for (size_t i = 0; i < frames; i++) {
		double angle = 2 * M_PI * hz * (double)i / rate_hz;
		double e = (double)sound->frames[2 * (from + i)] - a * sin(angle) - b * cos(angle);

		rest += e * e;
	}
	*ret_residue = sqrt(rest / (double)frames);
	return sqrt(a * a + b * b);
}

static double sine_db(const struct converter *converter, const double pair[2], double hz,
	double *ret_residue_db, double *ret_percent)
{
	struct sound in = sound_make(SECONDS, pair[0]), out = sound_make(SECONDS + 1, pair[1]);
	double amplitude, residue;
	size_t unused;

	for (size_t i = 0; i < in.count; i++)
		in.frames[2 * i] = in.frames[2 * i + 1] =
			(float)(AMPLITUDE * sin(2 * M_PI * hz * (double)i / pair[0]));
	*ret_percent = 100 * convert(converter, pair, &in, &out, SIZE_MAX, &unused) / SECONDS;
	amplitude = sine_in(&out, hz, pair[1], &residue);
	*ret_residue_db = 20 * log10(residue / (amplitude * M_SQRT1_2));
	free(in.frames);
	free(out.frames);
	return 20 * log10(amplitude / AMPLITUDE);
}

static double delay_ms(const struct converter *converter, const double pair[2])
{
	struct sound in = sound_make(1, pair[0]), out = sound_make(2, pair[1]);
	size_t click = in.count / 2, peak = 0, taken = 0, room = out.count;

	in.frames[2 * click] = in.frames[2 * click + 1] = 1;
	convert(converter, pair, &in, &out, SIZE_MAX, &taken);
	for (size_t i = 0; i < out.count; i++)
		if (out.frames[2 * i] > out.frames[2 * peak])
			peak = i;
	out.count = room;
	convert(converter, pair, &in, &out, peak, &taken);
	free(in.frames);
	free(out.frames);
	return 1000 * ((double)taken - (double)click) / pair[0];
}

int main(void)
{
	printf("%14s  %-22s %9s %9s %9s %8s %9s\n", "Hz", "", "THD+N dB", "19 kHz", "20 kHz",
		"CPU %", "delay ms");
	for (unsigned i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		for (unsigned k = 0; k < sizeof(converters) / sizeof(converters[0]); k++) {
			const struct converter *converter = &converters[k];
			double residue_db, unused_db, percent, unused, at_19, at_20;

			at_19 = sine_db(converter, pairs[i], 19000, &unused_db, &unused);
			at_20 = sine_db(converter, pairs[i], 20000, &unused_db, &unused);
			sine_db(converter, pairs[i], 997, &residue_db, &percent);
			printf("%6g > %6g  %-22s %9.1f %+9.3f %+9.3f %8.2f %9.2f\n", pairs[i][0],
				pairs[i][1], converter->name, residue_db, at_19, at_20, percent,
				delay_ms(converter, pairs[i]));
		}
	return 0;
}
