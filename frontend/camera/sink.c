/* SPDX-License-Identifier: MIT */
#include "frontend/camera/sink.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/pixfmt.h"
#include "common/y4m.h"
#include "frontend/camera/png.h"

struct pvcam_sink {
	const struct pvcam_output *output;
	struct pv_y4m_mode mode; /* what the file holds */
	size_t frame_bytes;
	struct pvcam_view *view; /* NULL: the camera's frames are right as they are */
	void *converted;         /* room for view; for a PNG of the last frame always there */
	const void *pixels;      /* of the frame to be written */
	bool numbered;           /* a PNG for each frame */
	uint64_t written;
	struct pv_y4m_writer *y4m;
	int fd;
};

int pvcam_sink_number_path(const char *path, uint64_t number, char **ret)
{
	const char *percent = strchr(path, '%'), *d = percent;
	unsigned width = 0;

	if (!percent || strchr(percent + 1, '%'))
		return -EINVAL;
	while (isdigit((unsigned char)*++d) && width < 100)
		width = width * 10 + (unsigned)(*d - '0');
	if (*d != 'd' || width > 20)
		return -EINVAL;
	if (asprintf(ret, "%.*s%0*llu%s", (int)(percent - path), path, (int)width,
		    (unsigned long long)number, d + 1) < 0)
		return -ENOMEM;
	return 0;
}

static bool is_stdout(const struct pvcam_sink *sink)
{
	return strcmp(sink->output->path, "-") == 0;
}

static int open_file(struct pvcam_sink *sink, const char *path)
{
	int fd = is_stdout(sink) ? fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3)
				 : open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);

	return fd < 0 ? -errno : fd;
}

static int write_all(int fd, const void *bytes, size_t count)
{
	const char *at = bytes;

	while (count) {
		ssize_t done = write(fd, at, count);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return -errno;
		at += done;
		count -= (size_t)done;
	}
	return 0;
}

static int write_png(struct pvcam_sink *sink, const char *path)
{
	int fd = open_file(sink, path), r;
	FILE *file;

	if (fd < 0)
		return fd;
	file = fdopen(fd, "wb");
	if (!file) {
		r = -errno;
		close(fd);
		return r;
	}
	r = pvcam_png_write(
		file, sink->mode.fourcc, sink->mode.width, sink->mode.height, sink->pixels);
	if (fclose(file) < 0 && r == 0)
		r = -errno;
	return r;
}

static int write_numbered_png(struct pvcam_sink *sink)
{
	char *path;
	int r;

	r = pvcam_sink_number_path(sink->output->path, sink->written, &path);
	if (r < 0)
		return r;
	r = write_png(sink, path);
	free(path);
	return r;
}

/* What the file shall hold: the camera's own picture, but for what was asked for and PNG needs. */
static void choose_mode(struct pvcam_sink *sink, const struct pvcam_settings *settings)
{
	const struct pvcam_output *output = sink->output;
	struct pv_y4m_mode *mode = &sink->mode;

	mode->fourcc = output->fourcc ? output->fourcc : settings->fourcc;
	if (output->kind == PVCAM_KIND_PNG && mode->fourcc != PV_FOURCC_GREY)
		mode->fourcc = PV_FOURCC_RGB3;
	mode->width = output->width ? output->width : settings->width;
	mode->height = output->height ? output->height : settings->height;
	mode->rate.numer = settings->rate_numer;
	mode->rate.denom = settings->rate_denom;
}

static bool needs_view(const struct pvcam_sink *sink, const struct pvcam_settings *settings,
	const struct pvcam_layout *camera, const struct pv_layout *file)
{
	return sink->mode.fourcc != settings->fourcc || sink->mode.width != settings->width ||
	       sink->mode.height != settings->height ||
	       camera->stride_bytes[0] != file->stride_bytes[0];
}

static int prepare_frames(struct pvcam_sink *sink, struct pvcam *camera)
{
	struct pv_y4m_mode *mode = &sink->mode;
	struct pvcam_settings settings;
	struct pvcam_layout layout;
	struct pv_layout file;
	int r;

	r = pvcam_get_settings(camera, &settings);
	if (r == 0)
		r = pvcam_get_layout(camera, &layout);
	if (r < 0)
		return r;
	choose_mode(sink, &settings);
	r = pv_pixfmt_layout(mode->fourcc, mode->width, mode->height, &file);
	if (r < 0)
		return r;
	sink->frame_bytes = file.size_bytes;
	sink->converted = malloc(file.size_bytes);
	if (!sink->converted)
		return -ENOMEM;
	if (!needs_view(sink, &settings, &layout, &file))
		return 0;
	return pvcam_view_create(camera, mode->fourcc, mode->width, mode->height, &sink->view);
}

static int create_file(struct pvcam_sink *sink)
{
	const char *path = sink->output->path;
	char *first;

	switch (sink->output->kind) {
	case PVCAM_KIND_Y4M:
		return pv_y4m_create(path, sink->mode, &sink->y4m);
	case PVCAM_KIND_RAW:
		sink->fd = open_file(sink, path);
		return sink->fd < 0 ? sink->fd : 0;
	default:
		sink->numbered = pvcam_sink_number_path(path, 0, &first) == 0;
		if (sink->numbered) {
			free(first);
			return 0;
		}
		/* Now, so that a wrong path shows before the camera runs. */
		sink->fd = open_file(sink, path);
		return sink->fd < 0 ? sink->fd : 0;
	}
}

int pvcam_sink_open(
	const struct pvcam_output *output, struct pvcam *camera, struct pvcam_sink **ret)
{
	struct pvcam_sink *sink;
	int r;

	sink = calloc(1, sizeof(*sink));
	if (!sink)
		return -ENOMEM;
	sink->output = output;
	sink->fd = -1;
	r = prepare_frames(sink, camera);
	if (r == 0)
		r = create_file(sink);
	if (r < 0) {
		pvcam_sink_finish(sink);
		return r;
	}
	*ret = sink;
	return 0;
}

static bool keeps_last(const struct pvcam_sink *sink)
{
	return sink->output->kind == PVCAM_KIND_PNG && !sink->numbered;
}

int pvcam_sink_convert(struct pvcam_sink *sink, const struct pvcam_frame *frame)
{
	sink->pixels = sink->converted;
	if (sink->view)
		return pvcam_view_convert(sink->view, frame, sink->converted);
	if (frame->size_bytes < sink->frame_bytes)
		return -EBADMSG;
	if (keeps_last(sink))
		memcpy(sink->converted, frame->pixels, sink->frame_bytes);
	else
		sink->pixels = frame->pixels;
	return 0;
}

int pvcam_sink_write(struct pvcam_sink *sink)
{
	int r = 0;

	switch (sink->output->kind) {
	case PVCAM_KIND_Y4M:
		r = pv_y4m_write(sink->y4m, sink->pixels);
		break;
	case PVCAM_KIND_RAW:
		r = write_all(sink->fd, sink->pixels, sink->frame_bytes);
		break;
	default:
		if (sink->numbered)
			r = write_numbered_png(sink);
	}
	if (r == 0)
		sink->written++;
	return r;
}

int pvcam_sink_finish(struct pvcam_sink *sink)
{
	int r = 0;

	if (!sink)
		return 0;
	if (keeps_last(sink) && sink->written)
		r = write_png(sink, sink->output->path);
	else if (keeps_last(sink) && sink->fd >= 0 && !is_stdout(sink))
		unlink(sink->output->path); /* an empty file is no PNG */
	if (sink->y4m)
		r = pv_y4m_finish(sink->y4m);
	if (sink->fd >= 0 && close(sink->fd) < 0 && r == 0)
		r = -errno;
	pvcam_view_destroy(sink->view);
	free(sink->converted);
	free(sink);
	return r;
}
