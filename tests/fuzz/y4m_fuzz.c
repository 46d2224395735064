/* SPDX-License-Identifier: MIT */
/* The Y4M reader over a file of these bytes. */
#include <sys/mman.h>
#include <unistd.h>

#include "common/pixfmt.h"
#include "common/y4m.h"
#include "tests/fuzz/fuzz.h"

#define FRAMES_MOST 64

static void read_frames(struct pv_y4m_reader *reader)
{
	const struct pv_y4m_mode *mode = pv_y4m_mode(reader);
	struct pv_layout layout;
	void *frame;

	FUZZ_CHECK(pv_y4m_frame_count(reader) > 0);
	FUZZ_CHECK(mode->rate.numer > 0 && mode->rate.denom > 0);
	FUZZ_CHECK(pv_pixfmt_layout(mode->fourcc, mode->width, mode->height, &layout) == 0);
	frame = malloc(layout.size_bytes);
	FUZZ_CHECK(frame);
	for (uint64_t i = 0; i < pv_y4m_frame_count(reader) && i < FRAMES_MOST; i++)
		FUZZ_CHECK(pv_y4m_read(reader, i, frame) == 0);
	free(frame);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct pv_y4m_reader *reader;
	char path[32];
	const char *why = "";
	int fd = memfd_create("y4m", MFD_CLOEXEC);

	FUZZ_CHECK(fd >= 0 && write(fd, bytes, size) == (ssize_t)size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (pv_y4m_open(path, &reader, &why) == 0) {
		read_frames(reader);
		pv_y4m_close(reader);
	}
	close(fd);
	return 0;
}
