/* SPDX-License-Identifier: MIT */
#include "common/y4m.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/pixfmt.h"

#define MAGIC "YUV4MPEG2"
#define FRAME "FRAME"
/* Longest line taken, of the file and of a frame; real ones stay under 100. */
#define LINE_BYTES 1024
#define FIRST_FRAMES 256

struct pv_y4m_reader {
	int fd;
	struct pv_y4m_mode mode;
	size_t frame_bytes;
	uint64_t file_bytes;
	uint64_t num_frames;
	uint64_t room;          /* for so many offsets */
	uint64_t *offset_bytes; /* of each frame's first pixel */
};

static const struct {
	const char *word;
	uint32_t fourcc;
} colours[] = {
	{"420", PV_FOURCC_YU12},
	{"420jpeg", PV_FOURCC_YU12},
	{"420mpeg2", PV_FOURCC_YU12},
	{"420paldv", PV_FOURCC_YU12},
	{"422", PV_FOURCC_422P},
	{"mono", PV_FOURCC_GREY},
};

__attribute__((format(printf, 2, 3))) static int refuse(
	const char **ret_why, const char *format, ...)
{
	static _Thread_local char why[160];
	va_list args;

	va_start(args, format);
	vsnprintf(why, sizeof(why), format, args);
	va_end(args);
	*ret_why = why;
	return -EINVAL;
}

/* Reads exactly that much. -EIO at the end of the file. */
static int read_at(int fd, void *to, size_t bytes, uint64_t offset)
{
	char *at = to;

	while (bytes) {
		ssize_t got = pread(fd, at, bytes, (off_t)offset);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got < 0 ? -errno : -EIO;
		at += got;
		offset += (uint64_t)got;
		bytes -= (size_t)got;
	}
	return 0;
}

/*
 * The line at offset without its end. *ret_bytes is its length with the end; 0 when there is none
 * within LINE_BYTES.
 */
static int read_line(const struct pv_y4m_reader *reader, uint64_t offset, char line[LINE_BYTES],
	size_t *ret_bytes)
{
	uint64_t left = reader->file_bytes - offset;
	size_t bytes = left < LINE_BYTES ? (size_t)left : LINE_BYTES;
	int rc = read_at(reader->fd, line, bytes, offset);
	char *end;

	if (rc)
		return rc;
	end = memchr(line, '\n', bytes);
	*ret_bytes = 0;
	if (end) {
		*end = '\0';
		*ret_bytes = (size_t)(end - line) + 1;
	}
	return 0;
}

static bool starts_with_word(const char *line, const char *word)
{
	size_t length = strlen(word);

	return !strncmp(line, word, length) && (line[length] == ' ' || line[length] == '\0');
}

static int parse_colour(const char *word, struct pv_y4m_mode *mode, const char **ret_why)
{
	char shown[32];
	size_t i;

	for (i = 0; i < sizeof(colours) / sizeof(colours[0]); i++) {
		if (!strcmp(word, colours[i].word)) {
			mode->fourcc = colours[i].fourcc;
			return 0;
		}
	}
	snprintf(shown, sizeof(shown), "%s", word);
	for (i = 0; shown[i]; i++)
		if (shown[i] <= ' ' || shown[i] > '~')
			shown[i] = '?';
	return refuse(ret_why, "colour format C%s is not supported (420, 422 and mono are)", shown);
}

/* "30:1". */
static int parse_rate(char *word, struct pv_fraction *ret)
{
	char *colon = strchr(word, ':');

	if (!colon || strchr(word, '/'))
		return -EINVAL;
	*colon = '/';
	return pv_parse_fraction(word, ret);
}

static int parse_word(char *word, struct pv_y4m_mode *mode, const char **ret_why)
{
	int rc = 0;

	switch (*word) {
	case 'W':
		rc = pv_parse_u32(word + 1, 1, PV_WIDTH_MAX, &mode->width);
		break;
	case 'H':
		rc = pv_parse_u32(word + 1, 1, PV_HEIGHT_MAX, &mode->height);
		break;
	case 'F':
		rc = parse_rate(word + 1, &mode->rate);
		break;
	case 'C':
		return parse_colour(word + 1, mode, ret_why);
	default: /* interlacing, aspect, comments */
		break;
	}
	return rc ? refuse(ret_why, "bad or too large value after %c in its first line", *word) : 0;
}

static int parse_header(char *line, struct pv_y4m_mode *ret, const char **ret_why)
{
	struct pv_y4m_mode mode = {.fourcc = PV_FOURCC_YU12};
	char *rest, *word;
	int rc;

	for (word = strtok_r(line + strlen(MAGIC), " ", &rest); word;
		word = strtok_r(NULL, " ", &rest)) {
		rc = parse_word(word, &mode, ret_why);
		if (rc)
			return rc;
	}
	if (!mode.width || !mode.height || !mode.rate.denom)
		return refuse(ret_why, "its first line lacks W (width), H (height) or F (rate)");
	*ret = mode;
	return 0;
}

static int read_header(struct pv_y4m_reader *reader, size_t *ret_bytes, const char **ret_why)
{
	struct pv_layout layout;
	char line[LINE_BYTES];
	size_t bytes;
	int rc = read_line(reader, 0, line, &bytes);

	if (rc)
		return rc;
	if (!bytes || !starts_with_word(line, MAGIC))
		return refuse(ret_why, "not a YUV4MPEG2 (.y4m) file");
	rc = parse_header(line, &reader->mode, ret_why);
	if (rc)
		return rc;
	if (pv_pixfmt_layout(reader->mode.fourcc, reader->mode.width, reader->mode.height, &layout))
		return refuse(ret_why, "%ux%u is not supported: subsampled colour needs even sizes",
			reader->mode.width, reader->mode.height);
	reader->frame_bytes = layout.size_bytes;
	*ret_bytes = bytes;
	return 0;
}

static int add_frame(struct pv_y4m_reader *reader, uint64_t offset)
{
	uint64_t room = reader->room ? 2 * reader->room : FIRST_FRAMES;
	uint64_t *larger;

	if (reader->num_frames == reader->room) {
		larger = reallocarray(reader->offset_bytes, room, sizeof(*larger));
		if (!larger)
			return -ENOMEM;
		reader->offset_bytes = larger;
		reader->room = room;
	}
	reader->offset_bytes[reader->num_frames++] = offset;
	return 0;
}

/* Frames may carry parameters, so each one's header is looked at. */
static int index_frames(struct pv_y4m_reader *reader, uint64_t offset, const char **ret_why)
{
	char line[LINE_BYTES];
	size_t bytes;
	int rc;

	while (offset < reader->file_bytes) {
		unsigned long long number = reader->num_frames + 1;

		rc = read_line(reader, offset, line, &bytes);
		if (rc)
			return rc;
		if (bytes ? !starts_with_word(line, FRAME)
			  : reader->file_bytes - offset >= LINE_BYTES)
			return refuse(ret_why, "no FRAME where frame %llu should begin", number);
		offset += bytes;
		if (!bytes || reader->file_bytes - offset < reader->frame_bytes)
			return refuse(ret_why, "cut short in frame %llu", number);
		rc = add_frame(reader, offset);
		if (rc)
			return rc;
		offset += reader->frame_bytes;
	}
	return reader->num_frames ? 0 : refuse(ret_why, "no frame in it");
}

static int open_file(struct pv_y4m_reader *reader, const char *path, const char **ret_why)
{
	struct stat st;

	/* A FIFO must not block. */
	reader->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (reader->fd < 0 || fstat(reader->fd, &st))
		return -errno;
	if (!S_ISREG(st.st_mode))
		return refuse(ret_why, "not a regular file");
	reader->file_bytes = (uint64_t)st.st_size;
	return 0;
}

int pv_y4m_open(const char *path, struct pv_y4m_reader **ret, const char **ret_why)
{
	struct pv_y4m_reader *reader = calloc(1, sizeof(*reader));
	size_t header_bytes;
	int rc;

	*ret_why = NULL;
	if (!reader)
		return -ENOMEM;
	rc = open_file(reader, path, ret_why);
	if (!rc)
		rc = read_header(reader, &header_bytes, ret_why);
	if (!rc)
		rc = index_frames(reader, header_bytes, ret_why);
	if (rc) {
		pv_y4m_close(reader);
		return rc;
	}
	*ret = reader;
	return 0;
}

void pv_y4m_close(struct pv_y4m_reader *reader)
{
	if (!reader)
		return;
	if (reader->fd >= 0)
		close(reader->fd);
	free(reader->offset_bytes);
	free(reader);
}

const struct pv_y4m_mode *pv_y4m_mode(const struct pv_y4m_reader *reader)
{
	return &reader->mode;
}

uint64_t pv_y4m_frame_count(const struct pv_y4m_reader *reader)
{
	return reader->num_frames;
}

int pv_y4m_read(struct pv_y4m_reader *reader, uint64_t number, void *to)
{
	return read_at(reader->fd, to, reader->frame_bytes, reader->offset_bytes[number]);
}
