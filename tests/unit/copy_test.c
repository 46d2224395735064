/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/copy.h"

#define SLACK_BYTES 128

/* Every byte between and none beside, whatever the alignment of both ends. */
static void copies_exactly(size_t size_bytes, unsigned to_offset, unsigned from_offset)
{
	uint8_t *from = malloc(size_bytes + SLACK_BYTES), *to = malloc(size_bytes + SLACK_BYTES);

	assert_non_null(from);
	assert_non_null(to);
	for (size_t i = 0; i < size_bytes + SLACK_BYTES; i++)
		from[i] = (uint8_t)(i * 31 + i / 251 + 7);
	memset(to, 0xaa, size_bytes + SLACK_BYTES);
	pv_copy_frame(to + to_offset, from + from_offset, size_bytes);
	assert_memory_equal(to + to_offset, from + from_offset, size_bytes);
	for (size_t i = 0; i < to_offset; i++)
		assert_int_equal(to[i], 0xaa);
	for (size_t i = to_offset + size_bytes; i < size_bytes + SLACK_BYTES; i++)
		assert_int_equal(to[i], 0xaa);
	free(from);
	free(to);
}

static void sizes_and_alignments(void **state)
{
	static const size_t sizes_bytes[] = {0, 1, 63, 64, 65, 4096, 262143, 262144, 262145,
		262144 + 63, 320 * 240 * 4 + 3, 1280 * 720 * 2};
	static const unsigned offsets[] = {0, 1, 15, 16, 33, 63};

	(void)state;
	for (unsigned s = 0; s < sizeof(sizes_bytes) / sizeof(sizes_bytes[0]); s++)
		for (unsigned t = 0; t < 6; t++)
			copies_exactly(sizes_bytes[s], offsets[t], offsets[(t + s) % 6]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes_and_alignments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
