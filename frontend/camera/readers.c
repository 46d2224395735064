/* SPDX-License-Identifier: MIT */
#include "frontend/camera/readers.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_BYTES 64 /* of /proc/PID/fd */

struct pvcam_readers {
	int fd;
	struct statx device;
};

/* Without asking a server that may be gone for news of some file of somebody's. */
static int look(int dir_fd, const char *path, struct statx *ret)
{
	return statx(dir_fd, path, AT_STATX_DONT_SYNC, STATX_TYPE | STATX_INO, ret);
}

int pvcam_readers_create(const char *path, struct pvcam_readers **ret)
{
	struct pvcam_readers *readers;
	int r = 0;

	readers = calloc(1, sizeof(*readers));
	if (!readers)
		return -ENOMEM;
	readers->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (readers->fd < 0 || look(AT_FDCWD, path, &readers->device) < 0 ||
		inotify_add_watch(readers->fd, path, IN_OPEN | IN_CLOSE) < 0)
		r = -errno;
	if (r < 0) {
		pvcam_readers_destroy(readers);
		return r;
	}
	*ret = readers;
	return 0;
}

void pvcam_readers_destroy(struct pvcam_readers *readers)
{
	if (!readers)
		return;
	if (readers->fd >= 0)
		close(readers->fd);
	free(readers);
}

int pvcam_readers_fd(const struct pvcam_readers *readers)
{
	return readers->fd;
}

void pvcam_readers_drain(struct pvcam_readers *readers)
{
	char events[4096];

	while (read(readers->fd, events, sizeof(events)) > 0)
		;
}

/* Several nodes may lead to one device. */
static bool is_device(const struct pvcam_readers *readers, const struct statx *other)
{
	const struct statx *device = &readers->device;

	if (S_ISCHR(device->stx_mode))
		return S_ISCHR(other->stx_mode) &&
		       other->stx_rdev_major == device->stx_rdev_major &&
		       other->stx_rdev_minor == device->stx_rdev_minor;
	return other->stx_ino == device->stx_ino && other->stx_dev_major == device->stx_dev_major &&
	       other->stx_dev_minor == device->stx_dev_minor;
}

/* A process that ends while it is looked at has none. */
static unsigned count_of_process(const struct pvcam_readers *readers, const char *pid)
{
	char path[PATH_BYTES];
	struct dirent *entry;
	unsigned count = 0;
	struct statx other;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%.20s/fd", pid);
	dir = opendir(path);
	if (!dir)
		return 0;
	while ((entry = readdir(dir)))
		if (look(dirfd(dir), entry->d_name, &other) == 0 && is_device(readers, &other))
			count++;
	closedir(dir);
	return count;
}

int pvcam_readers_count(const struct pvcam_readers *readers, unsigned *ret)
{
	struct dirent *entry;
	unsigned count = 0;
	DIR *dir;

	dir = opendir("/proc");
	if (!dir)
		return -errno;
	while ((entry = readdir(dir)))
		if (isdigit((unsigned char)entry->d_name[0]) &&
			strtol(entry->d_name, NULL, 10) != getpid())
			count += count_of_process(readers, entry->d_name);
	closedir(dir);
	*ret = count;
	return 0;
}

bool pvcam_readers_sees_all(void)
{
	DIR *dir = opendir("/proc/1/fd");

	if (dir)
		closedir(dir);
	return dir != NULL;
}
