/* SPDX-License-Identifier: MIT */
/* What the tests of both daemons' configurations share. One file at a time, made and removed by
 * the group's two functions. */
#ifndef TESTS_UNIT_CONFIG_FIXTURE_H
#define TESTS_UNIT_CONFIG_FIXTURE_H

#include "backend/config_file.h"

/* The text, and the sentence without the file's name before it. */
struct config_bad_text {
	const char *text, *error;
};

int config_make_file(void **state);
int config_remove_file(void **state);

/* Must be read; freed with vb_config_free. */
struct vb_config *config_read_good(const struct vb_config_layout *layout, const char *text);
/* Each text must be refused with -EINVAL and its sentence. */
void config_assert_refused(
	const struct vb_config_layout *layout, const struct config_bad_text *bad, size_t num_bad);
/* What every daemon refuses, and a file that is not there. */
void config_assert_common(const struct vb_config_layout *layout);

#endif
