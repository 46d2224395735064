/* SPDX-License-Identifier: MIT */
/*
 * A loopback device that is a file: it holds the newest frame, and FILE.log has a line for each:
 * the time (ns), its first byte, its size. Without --device it is made in $LOOPBACK_FAKE under the
 * label's name, and removed at the end.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/parse.h"
#include "common/pixfmt.h"
#include "frontend/camera/loopback.h"

struct pvcam_loopback {
	char path[256];
	int fd;
	FILE *log;
	int made;
};

static int open_file(struct pvcam_loopback *loopback, const struct pvcam_loopback_wish *wish)
{
	const char *dir = getenv("LOOPBACK_FAKE");
	char log[300];

	loopback->made = !wish->device;
	if (wish->device)
		snprintf(loopback->path, sizeof(loopback->path), "%s", wish->device);
	else
		snprintf(loopback->path, sizeof(loopback->path), "%s/%s", dir ? dir : ".",
			wish->label);
	snprintf(log, sizeof(log), "%s.log", loopback->path);
	loopback->fd = open(loopback->path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	loopback->log = fopen(log, "ae");
	if (loopback->fd < 0 || !loopback->log)
		return -errno;
	setvbuf(loopback->log, NULL, _IOLBF, 0);
	return 0;
}

int pvcam_loopback_open(const struct pvcam_loopback_wish *wish, struct pvcam_loopback **ret,
	char *why, size_t why_bytes)
{
	struct pvcam_loopback *loopback = calloc(1, sizeof(*loopback));
	const struct pv_pixfmt *pixfmt = pv_pixfmt_find(wish->settings.fourcc);
	int r;

	if (!loopback)
		return -ENOMEM;
	r = open_file(loopback, wish);
	if (r < 0) {
		snprintf(why, why_bytes, "%s: %s", loopback->path, strerror(-r));
		loopback->made = 0;
		pvcam_loopback_close(loopback);
		return r;
	}
	fprintf(loopback->log, "%s %" PRIu32 "x%" PRIu32 " %" PRIu32 "/%" PRIu32 " label=%s\n",
		pixfmt->name, wish->settings.width, wish->settings.height,
		wish->settings.rate_numer, wish->settings.rate_denom, wish->label);
	*ret = loopback;
	return 0;
}

const char *pvcam_loopback_path(const struct pvcam_loopback *loopback)
{
	return loopback->path;
}

int pvcam_loopback_write(struct pvcam_loopback *loopback, const void *pixels, size_t size_bytes)
{
	const unsigned char *bytes = pixels;

	if (pwrite(loopback->fd, pixels, size_bytes, 0) != (ssize_t)size_bytes)
		return -EIO;
	fprintf(loopback->log, "%" PRIu64 " %u %zu\n", pv_now_ns(), bytes[0], size_bytes);
	return 0;
}

int pvcam_loopback_close(struct pvcam_loopback *loopback)
{
	if (!loopback)
		return 0;
	if (loopback->fd >= 0)
		close(loopback->fd);
	if (loopback->log)
		fclose(loopback->log);
	if (loopback->made)
		unlink(loopback->path);
	free(loopback);
	return 0;
}
