/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/ini.h"

struct outcome {
	int rc;
	char error[512];
	char entries[1024];
	char path[64];
};

/* Writes each entry down; refuses the key "bad" with a reason and "mute" without. */
static int note(const struct pv_ini_entry *entry, void *ctx, char *why, size_t why_bytes)
{
	struct outcome *outcome = ctx;
	size_t used = strlen(outcome->entries);

	snprintf(outcome->entries + used, sizeof(outcome->entries) - used, "%d<%s|%s|%s|%s>",
		entry->line, entry->kind, entry->name, entry->key, entry->value);
	if (!strcmp(entry->key, "bad")) {
		snprintf(why, why_bytes, "%s is no good", entry->value);
		return -EINVAL;
	}
	if (!strcmp(entry->kind, "refuse")) {
		snprintf(why, why_bytes, "unknown kind of section");
		return -EINVAL;
	}
	return strcmp(entry->key, "mute") ? 0 : -ERANGE;
}

static struct outcome read_bytes(const char *text, size_t bytes)
{
	struct outcome outcome = {.path = "/tmp/ini_test.XXXXXX"};
	int fd = mkstemp(outcome.path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, bytes), bytes);
	close(fd);
	outcome.rc =
		pv_ini_read(outcome.path, note, &outcome, outcome.error, sizeof(outcome.error));
	unlink(outcome.path);
	return outcome;
}

static struct outcome read_text(const char *text)
{
	return read_bytes(text, strlen(text));
}

/* The error is "FILE" and then `rest`. */
static void assert_error(const struct outcome *outcome, int rc, const char *rest)
{
	char expected[512];

	snprintf(expected, sizeof(expected), "%s%s", outcome->path, rest);
	assert_string_equal(outcome->error, expected);
	assert_int_equal(outcome->rc, rc);
}

static void entries_come_in_order_with_lines(void **state)
{
	struct outcome outcome = read_text("# comment\n"
					   "loose = 1\n"
					   "\n"
					   "[source front]\n"
					   "  path = /a:b;c  ; inline\n"
					   "\tempty =\n"
					   "; comment\n"
					   "[source  two  words] # why not\n"
					   "[camera]\r\n"
					   "last: x=y\r\n"
					   "[source front]\n"
					   "no-newline = end");

	(void)state;
	assert_int_equal(outcome.rc, 0);
	assert_string_equal(outcome.error, "");
	assert_string_equal(outcome.entries, "2<||loose|1>"
					     "4<source|front||>"
					     "5<source|front|path|/a:b;c>"
					     "6<source|front|empty|>"
					     "8<source|two  words||>"
					     "9<camera|||>"
					     "10<camera||last|x=y>"
					     "11<source|front||>"
					     "12<source|front|no-newline|end>");
}

static void refusals_say_where(void **state)
{
	struct outcome outcome = read_text("[source cam]\n\nx=1\nbad = 7\nafter = 1\n");

	(void)state;
	assert_error(&outcome, -EINVAL, ":4: [source cam] bad: 7 is no good");
	assert_null(strstr(outcome.entries, "after"));
	outcome = read_text("mute=1\n");
	assert_error(&outcome, -ERANGE, ":1: mute: Numerical result out of range");
	outcome = read_text("\n[refuse]\n");
	assert_error(&outcome, -EINVAL, ":2: [refuse]: unknown kind of section");
}

static void what_is_no_ini_is_refused(void **state)
{
	static const struct {
		const char *text, *rest;
	} cases[] = {
		{"a=1\nnonsense\nbad=1\n", ":2: neither [section], key = value nor comment"},
		{"[a]\nnonsense", ":2: neither [section], key = value nor comment"},
		{"[a]\n  nonsense\n", ":2: neither [section], key = value nor comment"},
		{"\n[a b\nc=1\n", ":2: section without ]"},
		{"[a ;b]\n", ":1: section without ]"},
		{"[a] b=1\n", ":1: text after the section"},
		{"[a]\n=\n", ":2: no key before the ="},
		{" = 5\n", ":1: no key before the ="},
	};
	struct outcome outcome;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		outcome = read_text(cases[i].text);
		assert_error(&outcome, -EINVAL, cases[i].rest);
	}
	outcome = read_bytes("a=\0b\nc=1\n", 9);
	assert_error(&outcome, -EINVAL, ":1: a line too long, or not of text");
}

static void long_lines_are_refused_not_cut(void **state)
{
	char text[400] = "k=", section[80] = "[";
	struct outcome outcome;

	(void)state;
	memset(text + 2, 'v', 196);
	strcpy(text + 198, "\nnext=1\n");
	outcome = read_text(text);
	assert_int_equal(outcome.rc, 0);
	assert_non_null(strstr(outcome.entries, "vvvv>2<||next|1>"));
	memset(text + 2, 'v', 197);
	strcpy(text + 199, "\nnext=1\n");
	outcome = read_text(text);
	assert_error(&outcome, -EINVAL, ":1: a line too long, or not of text");
	memset(section + 1, 's', 49);
	strcpy(section + 50, "]\n");
	outcome = read_text(section);
	assert_int_equal(outcome.rc, 0);
	assert_int_equal(strlen(outcome.entries), 49 + 6);
	strcpy(section + 50, "s]\n");
	outcome = read_text(section);
	assert_error(&outcome, -EINVAL, ":1: section of more than 49 characters");
}

static void files_that_cannot_be_read(void **state)
{
	struct outcome outcome = {.path = "/nowhere/at/all"};

	(void)state;
	outcome.rc =
		pv_ini_read(outcome.path, note, &outcome, outcome.error, sizeof(outcome.error));
	assert_error(&outcome, -ENOENT, ": No such file or directory");
	strcpy(outcome.path, "/tmp");
	outcome.rc =
		pv_ini_read(outcome.path, note, &outcome, outcome.error, sizeof(outcome.error));
	assert_error(&outcome, -EISDIR, ": Is a directory");
	outcome = read_text("");
	assert_int_equal(outcome.rc, 0);
	assert_string_equal(outcome.entries, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(entries_come_in_order_with_lines),
		cmocka_unit_test(refusals_say_where),
		cmocka_unit_test(what_is_no_ini_is_refused),
		cmocka_unit_test(long_lines_are_refused_not_cut),
		cmocka_unit_test(files_that_cannot_be_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
