/* SPDX-License-Identifier: MIT */
/*
 * Sound for tests: noise as a raw file (what aplay sends) and as a WAV (what dom0 plays in), and
 * whether a raw file and a WAV are the same. S24_LE has a pad byte in memory and none in a WAV.
 *
 *	sound_tool make RAW WAV FORMAT RATE CHANNELS FRAMES
 *	sound_tool match RAW WAV FORMAT RATE CHANNELS	the WAV is RAW, then nothing but silence
 *	sound_tool begins RAW GOT FORMAT	GOT, also raw, is RAW and something (arecord writes
 *						whole periods); pad bytes apart
 *	sound_tool count WAV FROM TO	frames of mono S16 within that range
 *	sound_tool step WAV		the largest step from one frame of S16 to the next, in any
 *					channel, but for the first out of silence and the last
 *					into it
 *	sound_tool sine RAW VALUE PERIOD FRAMES		S16_LE, stereo: VALUE at its highest, PERIOD
 *					in frames
 *	sound_tool constant RAW VALUE FRAMES	S16_LE, mono
 */
#include <errno.h>
#include <math.h>
#include <sndfile.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct layout {
	const char *name;
	unsigned memory_bytes, wav_bytes; /* a sample */
	int wav_format;
	uint8_t silence;
};

static const struct layout layouts[] = {
	{"U8", 1, 1, SF_FORMAT_PCM_U8, 0x80},
	{"S16_LE", 2, 2, SF_FORMAT_PCM_16, 0},
	{"S24_LE", 4, 3, SF_FORMAT_PCM_24, 0},
	{"S32_LE", 4, 4, SF_FORMAT_PCM_32, 0},
	{"FLOAT_LE", 4, 4, SF_FORMAT_FLOAT, 0},
};

static void die(const char *what, const char *which)
{
	fprintf(stderr, "sound_tool: %s: %s\n", which, what);
	exit(1);
}

static const struct layout *layout_of(const char *name)
{
	for (size_t i = 0; i < sizeof(layouts) / sizeof(layouts[0]); i++)
		if (strcmp(layouts[i].name, name) == 0)
			return &layouts[i];
	die("no such format", name);
	return NULL;
}

static int number(const char *text)
{
	char *end;
	long value = strtol(text, &end, 10);

	if (end == text || *end || value < INT32_MIN || value > INT32_MAX)
		die("not a number", text);
	return (int)value;
}

static void *allocate(size_t bytes)
{
	void *memory = calloc(1, bytes ? bytes : 1);

	if (!memory)
		die("no memory", "calloc");
	return memory;
}

/* ---- files ---- */

static void write_file(const char *path, const void *from, size_t bytes)
{
	FILE *file = fopen(path, "w");

	if (!file || fwrite(from, 1, bytes, file) != bytes || fclose(file) != 0)
		die(strerror(errno), path);
}

static uint8_t *read_file(const char *path, size_t *ret_bytes)
{
	FILE *file = fopen(path, "r");
	uint8_t *content;
	long bytes = -1;

	if (file && fseek(file, 0, SEEK_END) == 0)
		bytes = ftell(file);
	if (bytes < 0)
		die(strerror(errno), path);
	rewind(file);
	content = allocate((size_t)bytes);
	if (fread(content, 1, (size_t)bytes, file) != (size_t)bytes)
		die("cannot be read", path);
	fclose(file);
	*ret_bytes = (size_t)bytes;
	return content;
}

static void write_wav(const char *path, const struct layout *layout, int rate, int channels,
	const void *from, size_t bytes)
{
	SF_INFO info = {
		.samplerate = rate,
		.channels = channels,
		.format = SF_FORMAT_WAV | layout->wav_format,
	};
	SNDFILE *file = sf_open(path, SFM_WRITE, &info);

	if (!file || sf_write_raw(file, from, (sf_count_t)bytes) != (sf_count_t)bytes ||
		sf_close(file) != 0)
		die(sf_strerror(file), path);
}

static uint8_t *read_wav(const char *path, SF_INFO *info, unsigned sample_bytes, size_t *ret_bytes)
{
	SNDFILE *file = sf_open(path, SFM_READ, info);
	uint8_t *content;
	size_t bytes;

	if (!file)
		die(sf_strerror(NULL), path);
	bytes = (size_t)info->frames * (size_t)info->channels * sample_bytes;
	content = allocate(bytes);
	if (sf_read_raw(file, content, (sf_count_t)bytes) != (sf_count_t)bytes)
		die("cannot be read", path);
	sf_close(file);
	*ret_bytes = bytes;
	return content;
}

/* From samples in memory to those of a WAV: the pad byte goes. */
static uint8_t *pack(const struct layout *layout, const uint8_t *from, size_t samples)
{
	uint8_t *to = allocate(samples * layout->wav_bytes);

	for (size_t i = 0; i < samples; i++)
		memcpy(to + i * layout->wav_bytes, from + i * layout->memory_bytes,
			layout->wav_bytes);
	return to;
}

/* ---- what it does ---- */

/* Every pattern of bits that is a sample: floats within ±1, S24 with its sign in the pad byte. */
static void noise(const struct layout *layout, uint8_t *to, size_t samples)
{
	uint32_t state = 12345;

	for (size_t i = 0; i < samples; i++) {
		uint32_t bits = state = state * 1664525 + 1013904223;
		float value = (float)(int32_t)bits / 2147483648.0f;
		int32_t sign_extended = (int32_t)bits >> 8;

		if (layout->wav_format == SF_FORMAT_FLOAT)
			memcpy(&bits, &value, sizeof(bits));
		else if (layout->wav_format == SF_FORMAT_PCM_24)
			memcpy(&bits, &sign_extended, sizeof(bits));
		else
			bits >>= 32 - 8 * layout->memory_bytes;
		memcpy(to + i * layout->memory_bytes, &bits, layout->memory_bytes);
	}
}

static int make(char **arguments)
{
	const struct layout *layout = layout_of(arguments[2]);
	int channels = number(arguments[4]);
	size_t samples = (size_t)number(arguments[5]) * (size_t)channels;
	uint8_t *memory = allocate(samples * layout->memory_bytes), *packed;

	noise(layout, memory, samples);
	packed = pack(layout, memory, samples);
	write_file(arguments[0], memory, samples * layout->memory_bytes);
	write_wav(arguments[1], layout, number(arguments[3]), channels, packed,
		samples * layout->wav_bytes);
	free(memory);
	free(packed);
	return 0;
}

static int match(char **arguments)
{
	const struct layout *layout = layout_of(arguments[2]);
	size_t raw_bytes, wav_bytes, want_bytes, same = 0, silent;
	uint8_t *raw = read_file(arguments[0], &raw_bytes), *want, *got;
	SF_INFO info = {0};

	want = pack(layout, raw, raw_bytes / layout->memory_bytes);
	want_bytes = raw_bytes / layout->memory_bytes * layout->wav_bytes;
	got = read_wav(arguments[1], &info, layout->wav_bytes, &wav_bytes);
	if ((info.format & SF_FORMAT_SUBMASK) != layout->wav_format ||
		info.samplerate != number(arguments[3]) || info.channels != number(arguments[4]))
		die("another format, rate or number of channels", arguments[1]);
	while (same < want_bytes && same < wav_bytes && want[same] == got[same])
		same++;
	silent = same;
	while (silent < wav_bytes && got[silent] == layout->silence)
		silent++;
	printf("%s: %zu of %zu bytes, then %zu of silence, then %zu\n",
		same == want_bytes && silent == wav_bytes ? "same" : "different", same, want_bytes,
		silent - same, wav_bytes - silent);
	free(raw);
	free(want);
	free(got);
	return !(same == want_bytes && silent == wav_bytes);
}

static int begins(char **arguments)
{
	const struct layout *layout = layout_of(arguments[2]);
	size_t want_bytes, got_bytes, samples;
	uint8_t *want = read_file(arguments[0], &want_bytes);
	uint8_t *got = read_file(arguments[1], &got_bytes);
	bool same = got_bytes >= want_bytes;

	samples = same ? want_bytes / layout->memory_bytes : 0;
	for (size_t i = 0; same && i < samples; i++) {
		same = memcmp(want + i * layout->memory_bytes, got + i * layout->memory_bytes,
			       layout->wav_bytes) == 0;
		if (!same)
			printf("different from sample %zu of %zu on\n", i, samples);
	}
	if (got_bytes < want_bytes)
		printf("%zu bytes, not %zu\n", got_bytes, want_bytes);
	free(want);
	free(got);
	return !same;
}

static int count(char **arguments)
{
	int from = number(arguments[1]), to = number(arguments[2]);
	SF_INFO info = {0};
	size_t bytes, found = 0;
	uint8_t *got = read_wav(arguments[0], &info, 2, &bytes);

	for (size_t i = 0; i < bytes; i += 2) {
		int16_t sample;

		memcpy(&sample, got + i, sizeof(sample));
		found += sample >= from && sample <= to;
	}
	printf("%zu\n", found);
	free(got);
	return 0;
}

static int step(char **arguments)
{
	SF_INFO info = {0};
	size_t bytes, end;
	int16_t *got = (int16_t *)read_wav(arguments[0], &info, 2, &bytes);
	size_t at = 0, channels = (size_t)info.channels;
	int largest = 0;

	end = bytes / 2;
	while (at < end && got[at] == 0)
		at++;
	while (end > at && got[end - 1] == 0)
		end--;
	for (; at + channels < end; at++)
		if (abs(got[at + channels] - got[at]) > largest)
			largest = abs(got[at + channels] - got[at]);
	printf("%d\n", largest);
	free(got);
	return 0;
}

static int constant(char **arguments)
{
	int16_t value = (int16_t)number(arguments[1]);
	size_t frames = (size_t)number(arguments[2]);
	int16_t *samples = allocate(frames * sizeof(*samples));

	for (size_t i = 0; i < frames; i++)
		samples[i] = value;
	write_file(arguments[0], samples, frames * sizeof(*samples));
	free(samples);
	return 0;
}

static int sine(char **arguments)
{
	double value = number(arguments[1]), period_frames = number(arguments[2]);
	size_t frames = (size_t)number(arguments[3]);
	int16_t *samples = allocate(2 * frames * sizeof(*samples));

	for (size_t i = 0; i < frames; i++)
		samples[2 * i] = samples[2 * i + 1] =
			(int16_t)lrint(value * sin(2 * M_PI * (double)i / period_frames));
	write_file(arguments[0], samples, 2 * frames * sizeof(*samples));
	free(samples);
	return 0;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int arguments;
		int (*run)(char **arguments);
	} words[] = {
		{"make", 6, make},
		{"match", 5, match},
		{"begins", 3, begins},
		{"count", 3, count},
		{"step", 1, step},
		{"constant", 3, constant},
		{"sine", 4, sine},
	};

	for (size_t i = 0; argc > 1 && i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(argv[1], words[i].name) == 0 && argc == words[i].arguments + 2)
			return words[i].run(argv + 2);
	fputs("usage: see tests/e2e/sound_tool.c\n", stderr);
	return 2;
}
