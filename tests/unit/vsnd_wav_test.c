/* SPDX-License-Identifier: MIT */
/*
 * The wav card: files against streams, byte by byte. Files are read and made here by hand, so that
 * libsndfile is not asked about itself.
 */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "tests/unit/vsnd_player.h"

#define FILE_BYTES_MAX (1u << 20)

static char dir[64], out_path[96], in_path[96];
static uint8_t file[FILE_BYTES_MAX];

static int make_dir(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/vsnd_wav_test.XXXXXX");
	if (mkdtemp(dir) == NULL)
		return -1;
	snprintf(out_path, sizeof(out_path), "%s/out.wav", dir);
	snprintf(in_path, sizeof(in_path), "%s/in.wav", dir);
	return 0;
}

static int remove_dir(void **state)
{
	(void)state;
	unlink(out_path);
	unlink(in_path);
	return rmdir(dir);
}

static struct vsnd_card *make_card(void)
{
	static struct vsnd_card_config config;
	struct vsnd_card *card;

	config = (struct vsnd_card_config){.name = "tape",
		.ops = &vsnd_card_wav,
		.playback = out_path,
		.capture = in_path,
		.priority = 70};
	assert_int_equal(vsnd_card_create(&config, &card), 0);
	return card;
}

/* ---- WAV by hand ---- */

struct wav {
	unsigned tag, channels, rate_hz, bits; /* tag 1: integers, 3: floats */
	const uint8_t *samples;
	uint32_t bytes;
};

static uint32_t le(const uint8_t *at, unsigned bytes)
{
	uint32_t value = 0;

	while (bytes-- > 0)
		value = value << 8 | at[bytes];
	return value;
}

static struct wav read_wav(const char *path)
{
	struct wav wav = {0};
	FILE *stream = fopen(path, "re");
	size_t total, at = 12;

	assert_non_null(stream);
	total = fread(file, 1, sizeof(file), stream);
	fclose(stream);
	assert_true(total >= 12);
	assert_memory_equal(file, "RIFF", 4);
	assert_int_equal(le(file + 4, 4), total - 8);
	assert_memory_equal(file + 8, "WAVE", 4);
	while (at + 8 <= total) {
		uint32_t bytes = le(file + at + 4, 4);

		assert_true(at + 8 + bytes <= total);
		if (memcmp(file + at, "fmt ", 4) == 0) {
			wav.tag = le(file + at + 8, 2);
			wav.channels = le(file + at + 10, 2);
			wav.rate_hz = le(file + at + 12, 4);
			wav.bits = le(file + at + 22, 2);
		} else if (memcmp(file + at, "data", 4) == 0) {
			wav.samples = file + at + 8;
			wav.bytes = bytes;
		}
		at += 8 + bytes + bytes % 2;
	}
	assert_non_null(wav.samples);
	return wav;
}

static void put_le(FILE *stream, uint32_t value, unsigned bytes)
{
	for (; bytes-- > 0; value >>= 8)
		fputc((int)(value & 0xff), stream);
}

static void write_wav(const char *path, const struct wav *wav)
{
	unsigned frame_bytes = wav->channels * wav->bits / 8;
	FILE *stream = fopen(path, "we");

	assert_non_null(stream);
	fwrite("RIFF", 1, 4, stream);
	put_le(stream, 36 + wav->bytes + wav->bytes % 2, 4);
	fwrite("WAVEfmt ", 1, 8, stream);
	put_le(stream, 16, 4);
	put_le(stream, wav->tag, 2);
	put_le(stream, wav->channels, 2);
	put_le(stream, wav->rate_hz, 4);
	put_le(stream, wav->rate_hz * frame_bytes, 4);
	put_le(stream, frame_bytes, 2);
	put_le(stream, wav->bits, 2);
	fwrite("data", 1, 4, stream);
	put_le(stream, wav->bytes, 4);
	fwrite(wav->samples, 1, wav->bytes, stream);
	if (wav->bytes % 2 == 1)
		fputc(0, stream);
	assert_int_equal(fclose(stream), 0);
}

/* ---- there and back ---- */

static const struct {
	uint8_t pcm_format;
	unsigned tag, bits;
	bool big_endian, is_signed;
} formats[] = {
	{XENSND_PCM_FORMAT_U8, 1, 8, false, false},
	{XENSND_PCM_FORMAT_S8, 1, 8, false, true},
	{XENSND_PCM_FORMAT_S16_LE, 1, 16, false, true},
	{XENSND_PCM_FORMAT_S16_BE, 1, 16, true, true},
	{XENSND_PCM_FORMAT_U16_LE, 1, 16, false, false},
	{XENSND_PCM_FORMAT_S24_LE, 1, 24, false, true},
	{XENSND_PCM_FORMAT_U24_BE, 1, 24, true, false},
	{XENSND_PCM_FORMAT_S32_LE, 1, 32, false, true},
	{XENSND_PCM_FORMAT_F32_LE, 3, 32, false, true},
	{XENSND_PCM_FORMAT_F64_BE, 3, 64, true, true},
};

#define NUM_FORMATS (sizeof(formats) / sizeof(formats[0]))

static const struct {
	unsigned channels, rate_hz, frames, period;
} shapes[] = {
	{1, 8000, 401, 32},
	{2, 44100, 2501, 441},
	{6, 48000, 1999, 1024},
	{2, 96000, 5000, 4096},
};

/* A stream's sample in any format, and the same as a WAV has it. Both begin at their first byte. */
static void make_sample(unsigned f, unsigned number, uint8_t *stream, uint8_t *wav)
{
	unsigned bytes = formats[f].bits / 8;
	unsigned in_stream = vsnd_format_sample_bytes(formats[f].pcm_format);
	uint32_t seed = number * 2654435761u + 12345;

	memset(stream, 0, in_stream);
	for (unsigned i = 0; i < bytes; i++, seed = seed * 1664525 + 1013904223) {
		wav[i] = (uint8_t)(seed >> 24);
		/* No infinities: what a processor does to them is not the file's matter. */
		if (formats[f].tag == 3 && i == bytes - 1)
			wav[i] = 0x3e;
		stream[formats[f].big_endian ? in_stream - 1 - i : i] = wav[i];
	}
	if (formats[f].is_signed == (formats[f].bits == 8))
		stream[formats[f].big_endian ? in_stream - bytes : bytes - 1] ^= 0x80;
}

/* Both arrays; their frames' sizes come back. */
static void make_samples(
	unsigned f, unsigned count, uint8_t *stream, uint8_t *wav, unsigned *ret_wav_bytes)
{
	unsigned in_stream = vsnd_format_sample_bytes(formats[f].pcm_format);

	for (unsigned i = 0; i < count; i++)
		make_sample(f, i, stream + i * in_stream, wav + i * formats[f].bits / 8);
	*ret_wav_bytes = count * formats[f].bits / 8;
}

static struct vsnd_format format_of(unsigned f, unsigned s)
{
	return (struct vsnd_format){
		formats[f].pcm_format, (uint8_t)shapes[s].channels, shapes[s].rate_hz};
}

static void check_playback(unsigned f, unsigned s)
{
	static uint8_t samples[5000 * 8 * 8], expected[5000 * 8 * 8], silent[8 * 8];
	struct vsnd_format format = format_of(f, s);
	struct vsnd_card *card = make_card();
	struct player player = open_on(card, VSND_PLAYBACK, &format, shapes[s].period);
	unsigned bytes, frame_bytes = vsnd_stream_frame_bytes(player.stream);
	struct wav wav;

	make_samples(f, shapes[s].frames * shapes[s].channels, samples, expected, &bytes);
	for (unsigned at = 0, now; at < shapes[s].frames; at += now) {
		now = shapes[s].frames - at < 100 ? shapes[s].frames - at : 100;
		assert_int_equal(
			vsnd_stream_write(player.stream, samples + at * frame_bytes, now), 0);
	}
	vsnd_stream_start(player.stream);
	wait_for(&player, shapes[s].frames + shapes[s].rate_hz / 100);
	vsnd_stream_stop(player.stream);
	leave(&player);
	vsnd_card_destroy(card);
	wav = read_wav(out_path);
	assert_int_equal(wav.channels, shapes[s].channels);
	assert_int_equal(wav.rate_hz, shapes[s].rate_hz);
	assert_int_equal(wav.bits, formats[f].bits);
	assert_true(wav.tag == formats[f].tag || wav.tag == 0xfffe);
	assert_true(wav.bytes >= bytes + 50 * formats[f].bits / 8);
	assert_memory_equal(wav.samples, expected, bytes);
	/* Behind it, what an underrun sounds like: it dies away in 5 ms, then silence. */
	memset(silent, formats[f].bits == 8 ? 0x80 : 0, sizeof(silent));
	bytes += wav.rate_hz / 200 * wav.channels * (wav.bits / 8);
	for (unsigned at = bytes; at + 8 <= wav.bytes; at += 8)
		assert_memory_equal(wav.samples + at, silent, 8);
}

static void test_playback_is_exact(void **state)
{
	(void)state;
	for (unsigned f = 0; f < NUM_FORMATS; f++)
		check_playback(f, f % 4);
	check_playback(2, 0);
	check_playback(5, 2);
	check_playback(7, 1);
	check_playback(8, 3);
}

static void check_capture(unsigned f, unsigned s)
{
	static uint8_t expected[5000 * 8 * 8], inside[5000 * 8 * 8], got[5200 * 8 * 8];
	struct wav wav = {
		formats[f].tag, shapes[s].channels, shapes[s].rate_hz, formats[f].bits, inside, 0};
	struct vsnd_format format = format_of(f, s);
	struct vsnd_card *card = make_card();
	uint32_t total = shapes[s].frames + 100;
	struct player player;
	unsigned frame_bytes;

	make_samples(f, shapes[s].frames * shapes[s].channels, expected, inside, &wav.bytes);
	write_wav(in_path, &wav);
	player = open_on(card, VSND_CAPTURE, &format, shapes[s].period);
	frame_bytes = vsnd_stream_frame_bytes(player.stream);
	usleep(10000);
	vsnd_stream_start(player.stream);
	wait_for(&player, total);
	assert_int_equal(vsnd_stream_read(player.stream, got, total), 0);
	assert_memory_equal(got, expected, shapes[s].frames * frame_bytes);
	vsnd_format_silence(&format, expected, 100);
	assert_memory_equal(got + shapes[s].frames * frame_bytes, expected, 100 * frame_bytes);
	leave(&player);
	vsnd_card_destroy(card);
}

static void test_capture_is_exact(void **state)
{
	(void)state;
	for (unsigned f = 0; f < NUM_FORMATS; f++)
		check_capture(f, (f + 1) % 4);
}

/* A pause and a stop leave nothing behind, and what follows them goes on in the same file. */
static void test_only_what_runs_is_kept(void **state)
{
	struct vsnd_format format = {XENSND_PCM_FORMAT_S16_LE, 1, 8000};
	struct vsnd_card *card = make_card();
	struct player player = open_on(card, VSND_PLAYBACK, &format, 64);
	int16_t samples[320];
	struct wav wav;

	(void)state;
	for (int16_t i = 0; i < 320; i++)
		samples[i] = (int16_t)(i + 1);
	vsnd_stream_write(player.stream, samples, 160);
	vsnd_stream_start(player.stream);
	/* 16 frames are a quantum: the stream stands when it gets there, at the latest. */
	wait_for(&player, 32);
	vsnd_stream_pause(player.stream);
	usleep(20000);
	vsnd_stream_write(player.stream, samples + 160, 160);
	vsnd_stream_start(player.stream);
	wait_for(&player, 320);
	vsnd_stream_stop(player.stream);
	leave(&player);
	wait_until_there(card, VSND_PLAYBACK, false);
	wav = read_wav(out_path);
	assert_memory_equal(wav.samples, samples, sizeof(samples));
	/* Another stream begins anew; one that plays nothing does not. */
	player = open_on(card, VSND_PLAYBACK, &format, 64);
	usleep(5000);
	leave(&player);
	wait_until_there(card, VSND_PLAYBACK, false);
	assert_memory_equal(read_wav(out_path).samples, samples, sizeof(samples));
	player = open_on(card, VSND_PLAYBACK, &format, 64);
	vsnd_stream_write(player.stream, samples + 7, 16);
	vsnd_stream_start(player.stream);
	wait_for(&player, 16);
	leave(&player);
	wait_until_there(card, VSND_PLAYBACK, false);
	assert_memory_equal(read_wav(out_path).samples, samples + 7, 32);
	vsnd_card_destroy(card);
}

static void test_file_survives_the_process(void **state)
{
	struct vsnd_format format = {XENSND_PCM_FORMAT_S16_LE, 2, 48000};
	int status, told[2];
	struct wav wav;
	pid_t pid;
	char byte;

	(void)state;
	unlink(out_path);
	assert_int_equal(pipe(told), 0);
	pid = fork();
	if (pid == 0) {
		struct vsnd_card *card = make_card();
		struct player player = open_on(card, VSND_PLAYBACK, &format, 1024);

		vsnd_stream_start(player.stream);
		wait_for(&player, 9600);
		_exit(write(told[1], "x", 1) == 1 ? pause() : 1);
	}
	assert_true(pid > 0);
	assert_int_equal(read(told[0], &byte, 1), 1);
	for (unsigned i = 0; i < 500; i++) {
		struct stat stat_now;

		if (stat(out_path, &stat_now) == 0 && stat_now.st_size > 4000)
			break;
		usleep(10000);
	}
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	wav = read_wav(out_path);
	assert_true(wav.bytes >= 3900);
	close(told[0]);
	close(told[1]);
}

static void test_a_file_is_there_and_converted(void **state)
{
	static const uint8_t nothing[600];
	struct wav wav = {1, 2, 22050, 24, nothing, sizeof(nothing)};
	struct vsnd_ranges ranges = {VSND_FORMATS_ALL, 4000, 192000, 1, 8, 64, 4096, 32, 2048};
	struct vsnd_format other = {XENSND_PCM_FORMAT_S16_LE, 2, 22050};
	struct vsnd_card *card = make_card();
	struct player player;

	(void)state;
	unlink(in_path);
	assert_int_equal(vsnd_card_try(card, VSND_CAPTURE), -ENOENT);
	player = open_on(card, VSND_CAPTURE, &other, 64);
	vsnd_stream_start(player.stream);
	wait_for(&player, 2205);
	write_wav(in_path, &wav);
	vsnd_card_look_again(card);
	wait_until_there(card, VSND_CAPTURE, true);
	/* The file's format is converted to any that is asked for. */
	assert_int_equal(vsnd_card_query(card, VSND_CAPTURE, &ranges), 0);
	assert_int_equal(ranges.formats, VSND_FORMATS_ALL);
	assert_int_equal(ranges.rate_min, 4000);
	assert_int_equal(ranges.rate_max, 192000);
	wait_for(&player, 4410);
	leave(&player);
	vsnd_card_destroy(card);
}

static void test_file_that_cannot_be(void **state)
{
	struct vsnd_card_config config = {.name = "tape",
		.ops = &vsnd_card_wav,
		.playback = (char[]){"/nonexistent/x.wav"},
		.priority = 70};
	struct vsnd_format format = {XENSND_PCM_FORMAT_S16_LE, 2, 22050};
	struct vsnd_stream *stream;
	struct vsnd_card_stat stat;
	struct vsnd_card *card;
	struct player player;

	(void)state;
	assert_int_equal(vsnd_card_create(&config, &card), 0);
	assert_int_equal(
		vsnd_card_open(card, VSND_CAPTURE, &format, 64, 256, -1, 0, &stream), -ENODEV);
	player = open_on(card, VSND_PLAYBACK, &format, 64);
	vsnd_stream_start(player.stream);
	wait_for(&player, 2205);
	vsnd_card_stat(card, &stat);
	assert_false(stat.here[VSND_PLAYBACK].is_there);
	leave(&player);
	vsnd_card_destroy(card);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_playback_is_exact),
		cmocka_unit_test(test_capture_is_exact),
		cmocka_unit_test(test_only_what_runs_is_kept),
		cmocka_unit_test(test_file_survives_the_process),
		cmocka_unit_test(test_a_file_is_there_and_converted),
		cmocka_unit_test(test_file_that_cannot_be),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
