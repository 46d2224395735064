/* SPDX-License-Identifier: MIT */
#include "tests/unit/config_fixture.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define LONG_NAME "a123456789a123456789a123456789a123456789"

static char path[64];

int config_make_file(void **state)
{
	int fd;

	(void)state;
	strcpy(path, "/tmp/config_test.XXXXXX");
	fd = mkstemp(path);
	return fd < 0 ? -1 : close(fd);
}

int config_remove_file(void **state)
{
	(void)state;
	return unlink(path);
}

static int read_text(const struct vb_config_layout *layout, const char *text,
	struct vb_config **ret, char *error, size_t error_bytes)
{
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
	return vb_config_read(layout, path, ret, error, error_bytes);
}

struct vb_config *config_read_good(const struct vb_config_layout *layout, const char *text)
{
	struct vb_config *config = NULL;
	char error[512] = "";

	if (read_text(layout, text, &config, error, sizeof(error)) < 0)
		fail_msg("%s", error);
	return config;
}

void config_assert_refused(
	const struct vb_config_layout *layout, const struct config_bad_text *bad, size_t num_bad)
{
	char error[512], expected[512];

	for (size_t i = 0; i < num_bad; i++) {
		struct vb_config *config = NULL;

		assert_int_equal(
			read_text(layout, bad[i].text, &config, error, sizeof(error)), -EINVAL);
		assert_null(config);
		snprintf(expected, sizeof(expected), "%s:%s", path, bad[i].error);
		assert_string_equal(error, expected);
	}
}

void config_assert_common(const struct vb_config_layout *layout)
{
	char no_such_key[96], error[256];
	const struct config_bad_text bad[] = {
		{"type = clock\n", "1: type: stands before the first section"},
		{"[daemon x]\n", "1: [daemon x]: takes no name"},
		{"[daemon]\n[daemon]\n", "2: [daemon]: is there twice"},
		{"[daemon]\ncontrol-socket = x.sock\n",
			"2: [daemon] control-socket: must be a path that starts with /"},
		{"[daemon]\nsocket = /x\n", no_such_key},
		{"[guest a b]\n",
			"1: [guest a b]: needs a name of 1 to 63 letters, digits, . _ or -, or *"},
		{"[guest a]\n[guest a]\n", "2: [guest a]: is there twice"},
		{"[guest " LONG_NAME "1234]\n", "1: section of more than 49 characters"},
	};
	struct vb_config *config;

	snprintf(no_such_key, sizeof(no_such_key),
		"2: [daemon] socket: no such key (see %s.conf(5))", layout->daemon);
	config_assert_refused(layout, bad, sizeof(bad) / sizeof(bad[0]));
	assert_int_equal(
		vb_config_read(layout, "/nonexistent/x.conf", &config, error, sizeof(error)),
		-ENOENT);
	assert_string_equal(error, "/nonexistent/x.conf: No such file or directory");
	vb_config_free(layout, NULL);
}
