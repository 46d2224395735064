/* SPDX-License-Identifier: MIT */
#include "common/ctl_seat.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static int open_parent(const char *path, const char *name)
{
	char *parent = name == path ? strdup(".") : strndup(path, (size_t)(name - path));
	int fd;

	if (!parent)
		return -ENOMEM;
	fd = open(parent, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		fd = -errno;
	free(parent);
	return fd;
}

int pv_ctl_place_open(const char *path, struct pv_ctl_place *ret)
{
	const char *slash = strrchr(path, '/');
	struct pv_ctl_place place = {
		.name = slash ? slash + 1 : path,
		.address = {.sun_family = AF_UNIX},
	};
	size_t room = sizeof(place.address.sun_path);
	int length;

	if (!*place.name)
		return -EINVAL;
	place.dir_fd = open_parent(path, place.name);
	if (place.dir_fd < 0)
		return place.dir_fd;
	length = snprintf(place.address.sun_path, room, "%s", path);
	if (length < 0 || (size_t)length >= room)
		length = snprintf(place.address.sun_path, room, "/proc/self/fd/%d/%s", place.dir_fd,
			place.name);
	if (length < 0 || (size_t)length >= room) {
		close(place.dir_fd);
		return -ENAMETOOLONG;
	}
	*ret = place;
	return 0;
}

static int make_parents(const char *path)
{
	char *parent = strdup(path), *slash;
	int rc = 0;

	if (!parent)
		return -ENOMEM;
	/* From the second character: "/" itself is there. */
	for (slash = *parent ? strchr(parent + 1, '/') : NULL; slash && !rc;
		slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(parent, 0755) && errno != EEXIST)
			rc = -errno;
		*slash = '/';
	}
	free(parent);
	return rc;
}

/* The lock file goes with its owner, so what was locked may no longer be what has the name. */
static bool is_lock_current(const struct pv_ctl_seat *seat)
{
	struct stat held, named;

	return !fstat(seat->lock_fd, &held) &&
	       !fstatat(seat->dir_fd, seat->lock_name, &named, AT_SYMLINK_NOFOLLOW) &&
	       held.st_dev == named.st_dev && held.st_ino == named.st_ino;
}

static int take_lock(struct pv_ctl_seat *seat)
{
	int rc;

	for (;;) {
		seat->lock_fd = openat(seat->dir_fd, seat->lock_name,
			O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
		if (seat->lock_fd < 0)
			return -errno;
		rc = flock(seat->lock_fd, LOCK_EX | LOCK_NB) ? -errno : 0;
		if (!rc && is_lock_current(seat))
			return 0;
		close(seat->lock_fd);
		seat->lock_fd = -1;
		if (rc)
			return rc == -EWOULDBLOCK ? -EADDRINUSE : rc;
	}
}

/* We hold the lock, so a socket that is there belongs to nobody. */
static int remove_dead_socket(const struct pv_ctl_seat *seat)
{
	struct stat st;

	if (fstatat(seat->dir_fd, seat->name, &st, AT_SYMLINK_NOFOLLOW))
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(st.st_mode))
		return -EEXIST;
	return unlinkat(seat->dir_fd, seat->name, 0) ? -errno : 0;
}

static int bind_socket(struct pv_ctl_seat *seat, const struct sockaddr_un *address, int backlog)
{
	int rc = remove_dead_socket(seat);

	if (rc)
		return rc;
	seat->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (seat->fd < 0)
		return -errno;
	/* Linux gives the file the mode that the socket has before bind, less the umask: never open
	 * to others. */
	if (!fchmod(seat->fd, 0600) &&
		!bind(seat->fd, (const struct sockaddr *)address, sizeof(*address)) &&
		!fchmodat(seat->dir_fd, seat->name, 0660, 0) && !listen(seat->fd, backlog))
		return 0;
	rc = -errno;
	close(seat->fd);
	seat->fd = -1;
	return rc;
}

int pv_ctl_seat_take(const char *path, int backlog, struct pv_ctl_seat *ret)
{
	struct pv_ctl_seat seat = {.fd = -1, .lock_fd = -1};
	struct pv_ctl_place place;
	int rc = make_parents(path);

	if (!rc)
		rc = pv_ctl_place_open(path, &place);
	if (rc)
		return rc;
	seat.dir_fd = place.dir_fd;
	seat.name = strdup(place.name);
	if (!seat.name || asprintf(&seat.lock_name, "%s.lock", place.name) < 0) {
		seat.lock_name = NULL;
		rc = -ENOMEM;
	}
	if (!rc)
		rc = take_lock(&seat);
	if (!rc)
		rc = bind_socket(&seat, &place.address, backlog);
	if (rc) {
		pv_ctl_seat_leave(&seat);
		return rc;
	}
	*ret = seat;
	return 0;
}

void pv_ctl_seat_leave(struct pv_ctl_seat *seat)
{
	if (seat->fd >= 0) {
		unlinkat(seat->dir_fd, seat->name, 0);
		close(seat->fd);
	}
	if (seat->lock_fd >= 0) {
		/* Before it is let go: see is_lock_current(). */
		unlinkat(seat->dir_fd, seat->lock_name, 0);
		close(seat->lock_fd);
	}
	close(seat->dir_fd);
	free(seat->name);
	free(seat->lock_name);
}
