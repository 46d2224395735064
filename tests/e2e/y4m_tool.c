/* SPDX-License-Identifier: MIT */
/*
 * Makes Y4M films whose frames all differ, and says whether what a guest grabbed is a run of such a
 * film's frames, none lost, none doubled, byte for byte:
 *
 *   y4m_tool make FILM WxH RATE FRAMES
 *   y4m_tool match FILM GRABBED.y4m STEP
 *   y4m_tool match-raw FILM GRABBED.raw FOURCC WxH STEP
 *
 * A film is looped, so the run may begin anywhere; STEP is how many frames of the film each grabbed
 * one goes on (the ratio of the rates). match-raw compares with a conversion of the film's frames.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/convert.h"
#include "common/pixfmt.h"
#include "common/program.h"
#include "common/y4m.h"

#define NAME "y4m_tool"

static uint32_t number(const char *text)
{
	uint32_t value;

	if (pv_parse_u32(text, 1, UINT32_MAX, &value) != 0)
		pv_program_usage(NAME, "'%s' is no number", text);
	return value;
}

/* Noise that depends on the frame's number, so that no two are alike. */
static void fill(uint8_t *frame, size_t size_bytes, uint32_t seed)
{
	uint32_t noise = seed * 2654435761u + 1;

	for (size_t i = 0; i < size_bytes; i++) {
		noise = noise * 1664525u + 1013904223u;
		frame[i] = (uint8_t)(noise >> 24);
	}
}

static int make(char **argv)
{
	struct pv_y4m_mode mode = {.fourcc = PV_FOURCC_YU12};
	struct pv_y4m_writer *writer;
	struct pv_layout layout;
	uint32_t frames = number(argv[3]);
	uint8_t *frame;

	if (pv_parse_size(argv[1], &mode.width, &mode.height) != 0 ||
		pv_parse_fraction(argv[2], &mode.rate) != 0 ||
		pv_pixfmt_layout(mode.fourcc, mode.width, mode.height, &layout) != 0)
		pv_program_usage(NAME, "no size or no rate");
	frame = malloc(layout.size_bytes);
	if (!frame || pv_y4m_create(argv[0], mode, &writer) != 0)
		pv_program_fail(NAME, "%s: cannot be written", argv[0]);
	for (uint32_t i = 0; i < frames; i++) {
		fill(frame, layout.size_bytes, i);
		if (pv_y4m_write(writer, frame) != 0)
			pv_program_fail(NAME, "%s: cannot be written", argv[0]);
	}
	free(frame);
	if (pv_y4m_finish(writer) != 0)
		pv_program_fail(NAME, "%s: cannot be written", argv[0]);
	return PV_EXIT_DONE;
}

static struct pv_y4m_reader *open_film(const char *path)
{
	struct pv_y4m_reader *reader;
	const char *why;

	if (pv_y4m_open(path, &reader, &why) != 0)
		pv_program_fail(NAME, "%s: %s", path, why ? why : "cannot be read");
	return reader;
}

/* The film as it should arrive: every frame in the wanted picture, one after the other. */
struct film {
	uint64_t count;
	size_t size_bytes; /* of a frame */
	uint8_t *frames;
};

static struct film load(const char *path, const struct pv_picture *as)
{
	struct pv_y4m_reader *reader = open_film(path);
	const struct pv_y4m_mode *mode = pv_y4m_mode(reader);
	struct pv_picture own = {mode->fourcc, mode->width, mode->height};
	struct pv_picture to = as ? *as : own;
	struct film film = {.count = pv_y4m_frame_count(reader)};
	struct pv_converter *converter;
	struct pv_layout from_layout, layout;
	uint8_t *frame;

	if (pv_pixfmt_layout(own.fourcc, own.width, own.height, &from_layout) != 0 ||
		pv_pixfmt_layout(to.fourcc, to.width, to.height, &layout) != 0 ||
		pv_converter_create(own, to, &converter) != 0)
		pv_program_fail(NAME, "%s: cannot be converted so", path);
	film.size_bytes = layout.size_bytes;
	film.frames = malloc(film.count * film.size_bytes);
	frame = malloc(from_layout.size_bytes);
	if (!film.frames || !frame)
		pv_program_fail(NAME, "%s: too large", path);
	for (uint64_t i = 0; i < film.count; i++) {
		if (pv_y4m_read(reader, i, frame) != 0)
			pv_program_fail(NAME, "%s: cannot be read", path);
		pv_converter_run(converter, frame, film.frames + i * film.size_bytes);
	}
	free(frame);
	pv_converter_destroy(converter);
	pv_y4m_close(reader);
	return film;
}

/* Which frame of the film this is; count when none. */
static uint64_t find(const struct film *film, const uint8_t *frame)
{
	uint64_t i = 0;

	while (i < film->count &&
		memcmp(film->frames + i * film->size_bytes, frame, film->size_bytes) != 0)
		i++;
	return i;
}

static int compare(const struct film *film, const struct film *grabbed, uint32_t step)
{
	uint64_t at = 0;

	if (grabbed->size_bytes != film->size_bytes || grabbed->count == 0)
		pv_program_fail(NAME, "nothing grabbed, or frames of another size");
	for (uint64_t i = 0; i < grabbed->count; i++) {
		const uint8_t *frame = grabbed->frames + i * film->size_bytes;
		uint64_t found = find(film, frame);

		if (found == film->count)
			pv_program_fail(
				NAME, "frame %llu is none of the film's", (unsigned long long)i);
		if (i > 0 && found != (at + step) % film->count)
			pv_program_fail(NAME, "frame %llu is number %llu of the film, not %llu",
				(unsigned long long)i, (unsigned long long)found,
				(unsigned long long)((at + step) % film->count));
		at = found;
	}
	printf("%llu frames match\n", (unsigned long long)grabbed->count);
	return PV_EXIT_DONE;
}

static int match(char **argv)
{
	struct film film = load(argv[0], NULL), grabbed = load(argv[1], NULL);
	int status = compare(&film, &grabbed, number(argv[2]));

	free(film.frames);
	free(grabbed.frames);
	return status;
}

static int match_raw(char **argv)
{
	const struct pv_pixfmt *format = pv_pixfmt_find_name(argv[2]);
	struct pv_picture picture = {.fourcc = format ? format->fourcc : 0};
	struct film film, grabbed = {0};
	FILE *file = fopen(argv[1], "rb");
	long size_bytes;
	int status;

	if (!format || pv_parse_size(argv[3], &picture.width, &picture.height) != 0)
		pv_program_usage(NAME, "no format or no size");
	film = load(argv[0], &picture);
	if (!file || fseek(file, 0, SEEK_END) != 0 || (size_bytes = ftell(file)) < 0)
		pv_program_fail(NAME, "%s: cannot be read", argv[1]);
	rewind(file);
	grabbed.size_bytes = film.size_bytes;
	grabbed.count = (uint64_t)size_bytes / film.size_bytes;
	grabbed.frames = malloc((size_t)size_bytes + 1);
	if (!grabbed.frames ||
		fread(grabbed.frames, 1, (size_t)size_bytes, file) != (size_t)size_bytes)
		pv_program_fail(NAME, "%s: cannot be read", argv[1]);
	fclose(file);
	status = compare(&film, &grabbed, number(argv[4]));
	free(film.frames);
	free(grabbed.frames);
	return status;
}

int main(int argc, char **argv)
{
	if (argc == 6 && strcmp(argv[1], "make") == 0)
		return make(argv + 2);
	if (argc == 5 && strcmp(argv[1], "match") == 0)
		return match(argv + 2);
	if (argc == 7 && strcmp(argv[1], "match-raw") == 0)
		return match_raw(argv + 2);
	pv_program_usage(NAME, "make FILM WxH RATE FRAMES | match FILM GRABBED STEP | "
			       "match-raw FILM GRABBED FOURCC WxH STEP");
}
