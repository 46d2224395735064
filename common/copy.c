/* SPDX-License-Identifier: MIT */
#include "common/copy.h"

#include <stdint.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#ifdef __SSE2__

#define LINE_BYTES 64
#define SMALL_BYTES (256 * 1024) /* what fits a second-level cache is soon read from there */

void pv_copy_frame(void *to, const void *from, size_t size_bytes)
{
	size_t head_bytes = -(uintptr_t)to % LINE_BYTES;
	const uint8_t *source = (const uint8_t *)from + head_bytes;
	uint8_t *line = (uint8_t *)to + head_bytes;

	if (size_bytes < SMALL_BYTES) {
		memcpy(to, from, size_bytes);
		return;
	}
	memcpy(to, from, head_bytes);
	size_bytes -= head_bytes;
	for (; size_bytes >= LINE_BYTES; size_bytes -= LINE_BYTES) {
		__m128i part[4];

		for (unsigned i = 0; i < 4; i++)
			part[i] = _mm_loadu_si128((const __m128i *)(const void *)(source + 16 * i));
		for (unsigned i = 0; i < 4; i++)
			_mm_stream_si128((__m128i *)(void *)(line + 16 * i), part[i]);
		source += LINE_BYTES;
		line += LINE_BYTES;
	}
	_mm_sfence();
	memcpy(line, source, size_bytes);
}

#else

void pv_copy_frame(void *to, const void *from, size_t size_bytes)
{
	memcpy(to, from, size_bytes);
}

#endif
