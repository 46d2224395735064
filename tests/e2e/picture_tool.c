/* SPDX-License-Identifier: MIT */
/*
 * Reads what stands in pictures of YUYV: the test pattern's bars and number, or the words of a
 * placeholder. And measures the memcpy that a bridge is compared with.
 *
 *	picture_tool read WIDTHxHEIGHT FILE   a line a frame: "number 12", "words NO BACKEND",
 *"other" picture_tool memcpy BYTES COUNT       prints the processor time of one copy, in ns
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/canvas.h"
#include "common/parse.h"

#define DIGITS 12u
#define TEXT_DOTS (DIGITS * PV_CANVAS_CELL_WIDTH + 1)

/* The pattern's bars, as pvcamd.conf(5) tells them. */
static const uint8_t bars[8][3] = {
	{180, 128, 128},
	{162, 44, 142},
	{131, 156, 44},
	{112, 72, 58},
	{84, 184, 198},
	{65, 100, 212},
	{35, 212, 114},
	{16, 128, 128},
};

static const char *const words[] = {
	"IDLE",
	"STARTING",
	"NO BACKEND",
	"NO CAMERA",
	"CAMERA BUSY",
	"TOO FEW PAGES",
	"NO SIGNAL",
};

struct reading {
	struct pv_picture picture;
	struct pv_layout layout;
	uint8_t *frame;
	uint8_t *drawn;     /* to compare with */
	uint32_t dot, x, y; /* of the number */
};

static void lay_out(struct reading *reading)
{
	uint32_t width = reading->picture.width, height = reading->picture.height;
	uint32_t ramp_y = height * 7 / 10 & ~1u;
	uint32_t by_width = width / 2 / TEXT_DOTS;
	uint32_t by_height = height / 4 / PV_CANVAS_CELL_HEIGHT;
	uint32_t line;

	reading->dot = by_width < by_height ? by_width : by_height;
	reading->dot = reading->dot > 1 ? reading->dot & ~1u : 1;
	line = PV_CANVAS_CELL_HEIGHT * reading->dot;
	reading->x = width / 4 & ~1u;
	reading->y = line + (ramp_y > 2 * line ? (ramp_y - 2 * line) / 2 & ~1u : 0);
}

static bool has_bars(const struct reading *reading)
{
	for (uint32_t i = 0; i < 8; i++) {
		uint32_t x = (reading->picture.width * (2 * i + 1) / 16) & ~1u;
		const uint8_t *pair = reading->frame + 4 * reading->layout.stride_bytes[0] + 2 * x;

		if (pair[0] != bars[i][0] || pair[1] != bars[i][1] || pair[3] != bars[i][2])
			return false;
	}
	return true;
}

static bool same_luma(const struct reading *reading, uint32_t x, uint32_t width)
{
	uint32_t stride = reading->layout.stride_bytes[0];

	for (uint32_t y = reading->y; y < reading->y + PV_CANVAS_CELL_HEIGHT * reading->dot; y++)
		for (uint32_t i = x; i < x + width; i++)
			if (reading->frame[y * stride + 2 * i] !=
				reading->drawn[y * stride + 2 * i])
				return false;
	return true;
}

/* -1: no digit there. */
static int read_digit(const struct reading *reading, uint32_t x)
{
	struct pv_canvas canvas = pv_canvas_on(reading->picture, reading->drawn);

	for (int digit = 0; digit < 10; digit++) {
		const char text[] = {(char)('0' + digit), '\0'};

		pv_canvas_text(&canvas, x, reading->y, reading->dot, text);
		if (same_luma(reading, x, PV_CANVAS_CELL_WIDTH * reading->dot))
			return digit;
	}
	return -1;
}

static bool read_number(const struct reading *reading, uint64_t *ret)
{
	uint64_t number = 0;

	for (uint32_t i = 0; i < DIGITS; i++) {
		int digit =
			read_digit(reading, reading->x + i * PV_CANVAS_CELL_WIDTH * reading->dot);

		if (digit < 0)
			return false;
		number = number * 10 + (unsigned)digit;
	}
	*ret = number;
	return true;
}

static const char *read_words(const struct reading *reading)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		pv_canvas_notice(reading->picture, words[i], reading->drawn);
		if (memcmp(reading->frame, reading->drawn, reading->layout.size_bytes) == 0)
			return words[i];
	}
	return NULL;
}

static void show(const struct reading *reading)
{
	const char *text = read_words(reading);
	uint64_t number;

	if (text)
		printf("words %s\n", text);
	else if (has_bars(reading) && read_number(reading, &number))
		printf("number %llu\n", (unsigned long long)number);
	else
		puts("other");
}

static int read_file(const char *size, const char *path)
{
	struct reading reading = {.picture.fourcc = PV_FOURCC_YUYV};
	FILE *file;

	if (pv_parse_size(size, &reading.picture.width, &reading.picture.height) < 0 ||
		pv_pixfmt_layout(PV_FOURCC_YUYV, reading.picture.width, reading.picture.height,
			&reading.layout) < 0)
		return 2;
	file = fopen(path, "re");
	if (!file) {
		perror(path);
		return 1;
	}
	reading.frame = malloc(reading.layout.size_bytes);
	reading.drawn = malloc(reading.layout.size_bytes);
	lay_out(&reading);
	while (reading.frame && reading.drawn &&
		fread(reading.frame, reading.layout.size_bytes, 1, file) == 1)
		show(&reading);
	free(reading.frame);
	free(reading.drawn);
	fclose(file);
	return 0;
}

static uint64_t processor_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static int time_memcpy(const char *bytes_text, const char *count_text)
{
	size_t bytes = strtoul(bytes_text, NULL, 10);
	unsigned count = (unsigned)strtoul(count_text, NULL, 10);
	char *from = malloc(bytes), *to = malloc(bytes);
	volatile char sink;
	uint64_t begin_ns;

	if (!from || !to || !bytes || !count)
		return 2;
	memset(from, 1, bytes);
	memset(to, 2, bytes);
	begin_ns = processor_ns();
	for (unsigned i = 0; i < count; i++) {
		from[0] = (char)i;
		memcpy(to, from, bytes);
		sink = to[bytes - 1];
	}
	(void)sink;
	printf("%llu\n", (unsigned long long)((processor_ns() - begin_ns) / count));
	free(from);
	free(to);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 4 && strcmp(argv[1], "read") == 0)
		return read_file(argv[2], argv[3]);
	if (argc == 4 && strcmp(argv[1], "memcpy") == 0)
		return time_memcpy(argv[2], argv[3]);
	fputs("usage: picture_tool read WIDTHxHEIGHT FILE | memcpy BYTES COUNT\n", stderr);
	return 2;
}
