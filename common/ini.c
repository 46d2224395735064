/* SPDX-License-Identifier: MIT */
#include "common/ini.h"

#include <ctype.h>
#include <errno.h>
#include <ini.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define SECTION_CHARS 49 /* libinih cuts longer ones without a word */

/*
 * libinih gives no line numbers, no call for a bare section and goes on after an error. So it reads
 * through read_line(), which counts, adds a line "=" after each section header (arrives as the
 * empty key) and ends the file at the first error.
 */
struct reader {
	const char *path;
	FILE *file;
	pv_ini_handler *each;
	void *ctx;
	char *error;
	size_t error_bytes;
	int line;
	int rc;
	bool header_due; /* the added line comes next */
	bool header_read;
	bool entry_due; /* the last line must make an entry */
};

static char *fail_line(struct reader *reader, const char *why)
{
	snprintf(reader->error, reader->error_bytes, "%s:%d: %s", reader->path, reader->line, why);
	reader->rc = -EINVAL;
	return NULL;
}

static char *fail_file(struct reader *reader, int err)
{
	snprintf(reader->error, reader->error_bytes, "%s: %s", reader->path, strerror(err));
	reader->rc = -err;
	return NULL;
}

/* NULL when the line, which starts with [, is a section as libinih understands it. */
static const char *check_header(const char *line)
{
	size_t length = strcspn(line + 1, "];");
	const char *rest;

	if (line[1 + length] != ']')
		return "section without ]";
	if (length > SECTION_CHARS)
		return "section of more than 49 characters";
	rest = line + 1 + length + 1;
	rest += strspn(rest, " \t\r\n");
	return *rest && !strchr(";#", *rest) ? "text after the section" : NULL;
}

/* Leading blanks would make a line the continuation of the one before. */
static void drop_leading_blanks(char *line)
{
	const char *start = line;

	while (isspace((unsigned char)*start))
		start++;
	memmove(line, start, strlen(start) + 1);
}

static char *read_line(char *line, int bytes, void *stream)
{
	struct reader *reader = stream;
	const char *why;

	if (reader->rc)
		return NULL;
	if (reader->entry_due)
		return fail_line(reader, "neither [section], key = value nor comment");
	reader->header_read = reader->header_due;
	reader->header_due = false;
	if (reader->header_read)
		return strcpy(line, "=");
	reader->line++;
	if (!fgets(line, bytes, reader->file))
		return ferror(reader->file) ? fail_file(reader, errno) : NULL;
	if (!strchr(line, '\n') && !feof(reader->file))
		return fail_line(reader, "a line too long, or not of text");
	drop_leading_blanks(line);
	if (*line == '[') {
		why = check_header(line);
		if (why)
			return fail_line(reader, why);
		reader->header_due = true;
	} else {
		reader->entry_due = *line && !strchr(";#", *line);
	}
	return line;
}

static void print_refusal(
	struct reader *reader, const char *section, const char *key, const char *why)
{
	char where[128] = "";

	if (*section)
		snprintf(where, sizeof(where), "[%s]%s", section, *key ? " " : "");
	snprintf(reader->error, reader->error_bytes, "%s:%d: %s%s: %s", reader->path, reader->line,
		where, key, why);
}

/* libinih's handler: section is "kind name" as a whole. */
static int take_entry(void *ctx, const char *section, const char *key, const char *value)
{
	struct reader *reader = ctx;
	char kind[SECTION_CHARS + 1], why[256] = "";
	size_t length = strcspn(section, " \t");
	struct pv_ini_entry entry = {
		.kind = kind,
		.name = section + length + strspn(section + length, " \t"),
		.key = key,
		.value = value,
		.line = reader->line,
	};

	reader->entry_due = false;
	if (!*key && !reader->header_read) {
		fail_line(reader, "no key before the =");
		return 0;
	}
	memcpy(kind, section, length);
	kind[length] = '\0';
	reader->rc = reader->each(&entry, reader->ctx, why, sizeof(why));
	if (reader->rc)
		print_refusal(reader, section, key, *why ? why : strerror(-reader->rc));
	return !reader->rc;
}

int pv_ini_read(const char *path, pv_ini_handler *each, void *ctx, char *error, size_t error_bytes)
{
	struct reader reader = {
		.path = path,
		.file = fopen(path, "re"),
		.each = each,
		.ctx = ctx,
		.error = error,
		.error_bytes = error_bytes,
	};

	if (!reader.file) {
		fail_file(&reader, errno);
		return reader.rc;
	}
	/* All that is wrong with the text was caught above. */
	if (ini_parse_stream(read_line, &reader, take_entry, &reader) && !reader.rc)
		fail_file(&reader, ENOMEM);
	fclose(reader.file);
	return reader.rc;
}
