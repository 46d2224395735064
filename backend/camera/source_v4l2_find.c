/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libv4l2.h>
#include <linux/videodev2.h>

#include "backend/camera/source_v4l2.h"

int vcam_v4l2_ioctl(int fd, unsigned long request, void *arg)
{
	int r;

	do
		r = v4l2_ioctl(fd, request, arg);
	while (r < 0 && errno == EINTR);
	return r < 0 ? -errno : 0;
}

/* Its strings may fill their fields to the last byte. */
static bool is_called(const char *wanted, const uint8_t *name, size_t name_bytes)
{
	return wanted == NULL || (strlen(wanted) == strnlen((const char *)name, name_bytes) &&
					 memcmp(wanted, name, strlen(wanted)) == 0);
}

static bool is_wanted(const struct vcam_source_config *config, const struct v4l2_capability *cap)
{
	uint32_t can =
		cap->capabilities & V4L2_CAP_DEVICE_CAPS ? cap->device_caps : cap->capabilities;

	return (can & V4L2_CAP_VIDEO_CAPTURE) && (can & V4L2_CAP_STREAMING) &&
	       is_called(config->card, cap->card, sizeof(cap->card)) &&
	       is_called(config->bus, cap->bus_info, sizeof(cap->bus_info));
}

/* -ENODEV: it is another one. */
static int try_path(const struct vcam_source_config *config, const char *path, int *ret_fd)
{
	struct v4l2_capability cap = {0};
	int fd = v4l2_open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	int err;

	if (fd < 0)
		return -errno;
	err = vcam_v4l2_ioctl(fd, VIDIOC_QUERYCAP, &cap);
	if (err == 0 && !is_wanted(config, &cap))
		err = -ENODEV;
	if (err < 0)
		v4l2_close(fd);
	else
		*ret_fd = fd;
	return err;
}

static int by_number(const void *a, const void *b)
{
	return strverscmp(*(char *const *)a, *(char *const *)b);
}

/* A device that may not be opened matters only if no other is the one. */
static int try_all(const struct vcam_source_config *config, int *ret_fd)
{
	int err = -ENODEV;
	glob_t nodes;

	if (glob("/dev/video[0-9]*", GLOB_NOSORT, NULL, &nodes) != 0)
		return -ENODEV;
	qsort(nodes.gl_pathv, nodes.gl_pathc, sizeof(nodes.gl_pathv[0]), by_number);
	for (size_t i = 0; i < nodes.gl_pathc && err != 0; i++) {
		int tried = try_path(config, nodes.gl_pathv[i], ret_fd);

		if (tried == 0 || tried == -EACCES)
			err = tried;
	}
	globfree(&nodes);
	return err;
}

int vcam_v4l2_find(const struct vcam_source_config *config, int *ret_fd, const char **ret_error)
{
	int err = config->device != NULL ? try_path(config, config->device, ret_fd)
					 : try_all(config, ret_fd);

	if (err == -EACCES || err == -EPERM)
		*ret_error = "no permission: run as root or in the group of /dev/videoN (video)";
	else if (err == -ENODEV || err == -ENOENT || err == -ENXIO)
		*ret_error = "no such camera: see v4l2-ctl --list-devices";
	else if (err < 0)
		*ret_error = strerrordesc_np(-err);
	return err;
}
