/* SPDX-License-Identifier: MIT */
/* What the words of cameras and of sound cards have in common. */
#ifndef PVCTL_WORDS_INTERNAL_H
#define PVCTL_WORDS_INTERNAL_H

#include "backend/ctl/words.h"

struct pvctl_words {
	const char *word;             /* being looked at: "format=YUYV" */
	char list[PVCTL_VALUE_BYTES]; /* a value's list, in xenstore's spelling */
	unsigned list_count;
	char *error;
	size_t error_bytes;
};

/* Writes the error, the word first. -EINVAL. */
int pvctl_words_fail(struct pvctl_words *words, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Takes "KEY = VALUE" apart and begins an empty list. value points into word; -EINVAL without
 * '='. */
int pvctl_words_begin(struct pvctl_words *words, const char *word, size_t *ret_key_length,
	const char **ret_value);
/* Whether the word's key is this one. */
bool pvctl_words_is(const char *word, size_t key_length, const char *key);
/* -EINVAL: the value is empty. */
int pvctl_words_has_value(struct pvctl_words *words, const char *value);

/* Appends to the list. -EINVAL: it is full. */
int pvctl_words_item(struct pvctl_words *words, const char *item);
/* -EINVAL: path is there already, or there are too many nodes. */
int pvctl_words_node(struct pvctl_words *words, struct pvctl_config *config, const char *path,
	const char *value);
/* A name of a section: printable, no blank, '/', '[' or ']', shorter than bytes. */
int pvctl_words_name(struct pvctl_words *words, const char *value, size_t bytes);

#endif
