/* SPDX-License-Identifier: MIT */
/* What config_file.c (sections) takes from config_values.c (what a key's text means). */
#ifndef VB_CONFIG_INTERNAL_H
#define VB_CONFIG_INTERNAL_H

#include "backend/config_file.h"

/* The word by which a choice of such a value is known. */
const char *vb_choice_word(const struct vb_value *value, const void *choice);
/* "A, B or C" of choices, up to the first NULL and at most max of them. */
void vb_list_choices(char *text, size_t text_bytes, const struct vb_value *value,
	const void *const *choices, size_t max);

#endif
