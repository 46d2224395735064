/* SPDX-License-Identifier: MIT */
/*
 * What the fuzz targets share: how they are entered, how they read their input, how they fail.
 * Under --enable-fuzz with clang libFuzzer drives them; otherwise tests/fuzz/driver.c.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

#define FUZZ_CHECK(condition)                                                                      \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);            \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

struct fuzz_input {
	const uint8_t *bytes;
	size_t left;
};

/* Zeroes behind the end. */
static inline void fuzz_take(struct fuzz_input *input, void *to, size_t size)
{
	size_t got = input->left < size ? input->left : size;

	memset(to, 0, size);
	if (got)
		memcpy(to, input->bytes, got);
	input->bytes += got;
	input->left -= got;
}

static inline uint8_t fuzz_byte(struct fuzz_input *input)
{
	uint8_t byte;

	fuzz_take(input, &byte, 1);
	return byte;
}

static inline uint32_t fuzz_word(struct fuzz_input *input)
{
	uint32_t word;

	fuzz_take(input, &word, sizeof(word));
	return word;
}

#endif
