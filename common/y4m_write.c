/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/convert.h"
#include "common/pixfmt.h"
#include "common/y4m.h"

struct pv_y4m_writer {
	int fd;
	size_t frame_bytes;             /* in the file */
	struct pv_converter *converter; /* NULL: frames come as the file holds them */
	void *converted;
};

static uint32_t pick_file_format(uint32_t fourcc)
{
	switch (fourcc) {
	case PV_FOURCC_YUYV:
	case PV_FOURCC_UYVY:
	case PV_FOURCC_422P:
		return PV_FOURCC_422P;
	case PV_FOURCC_GREY:
		return PV_FOURCC_GREY;
	default:
		return PV_FOURCC_YU12;
	}
}

static const char *name_colour(uint32_t file_fourcc)
{
	if (file_fourcc == PV_FOURCC_YU12)
		return "420jpeg";
	return file_fourcc == PV_FOURCC_GREY ? "mono" : "422";
}

static int write_whole(int fd, const void *from, size_t bytes)
{
	const char *at = from;

	while (bytes) {
		ssize_t put = write(fd, at, bytes);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return -errno;
		at += put;
		bytes -= (size_t)put;
	}
	return 0;
}

/* What the file holds and how frames get into that form. */
static int plan_file(
	struct pv_y4m_writer *writer, const struct pv_y4m_mode *mode, uint32_t file_fourcc)
{
	struct pv_picture from = {mode->fourcc, mode->width, mode->height};
	struct pv_picture to = {file_fourcc, mode->width, mode->height};
	struct pv_layout layout;
	int rc = pv_pixfmt_layout(file_fourcc, mode->width, mode->height, &layout);

	if (rc)
		return rc;
	writer->frame_bytes = layout.size_bytes;
	if (mode->fourcc == file_fourcc)
		return 0;
	rc = pv_converter_create(from, to, &writer->converter);
	if (rc)
		return rc;
	writer->converted = malloc(layout.size_bytes);
	return writer->converted ? 0 : -ENOMEM;
}

static int write_header(
	const struct pv_y4m_writer *writer, const struct pv_y4m_mode *mode, uint32_t file_fourcc)
{
	char line[128];
	int bytes =
		snprintf(line, sizeof(line), "YUV4MPEG2 W%u H%u F%u:%u Ip A1:1 C%s\n", mode->width,
			mode->height, mode->rate.numer, mode->rate.denom, name_colour(file_fourcc));

	return write_whole(writer->fd, line, (size_t)bytes);
}

int pv_y4m_create(const char *path, struct pv_y4m_mode mode, struct pv_y4m_writer **ret)
{
	uint32_t file_fourcc = pick_file_format(mode.fourcc);
	struct pv_y4m_writer *writer;
	int rc;

	if (!pv_pixfmt_find(mode.fourcc) || !mode.rate.numer || !mode.rate.denom)
		return -EINVAL;
	writer = calloc(1, sizeof(*writer));
	if (!writer)
		return -ENOMEM;
	writer->fd = -1;
	rc = plan_file(writer, &mode, file_fourcc);
	if (!rc) {
		writer->fd = !strcmp(path, "-")
				     ? fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0)
				     : open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
		rc = writer->fd < 0 ? -errno : write_header(writer, &mode, file_fourcc);
	}
	if (rc) {
		pv_y4m_finish(writer);
		return rc;
	}
	*ret = writer;
	return 0;
}

int pv_y4m_write(struct pv_y4m_writer *writer, const void *frame)
{
	int rc = write_whole(writer->fd, "FRAME\n", 6);

	if (rc)
		return rc;
	if (writer->converter) {
		pv_converter_run(writer->converter, frame, writer->converted);
		frame = writer->converted;
	}
	return write_whole(writer->fd, frame, writer->frame_bytes);
}

int pv_y4m_finish(struct pv_y4m_writer *writer)
{
	int rc = writer->fd >= 0 && close(writer->fd) ? -errno : 0;

	pv_converter_destroy(writer->converter);
	free(writer->converted);
	free(writer);
	return rc;
}
