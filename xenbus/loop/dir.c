/* SPDX-License-Identifier: MIT */
#include "xenbus/loop/dir.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define SOCKET_PATH_BYTES sizeof(((struct sockaddr_un *)NULL)->sun_path)

int loop_dir_open(const char *path, bool create, struct loop_dir *ret_dir)
{
	struct loop_dir dir;

	if (create && mkdir(path, 0700) && errno != EEXIST)
		return -errno;
	dir.fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir.fd < 0)
		return -errno;
	dir.path = realpath(path, NULL);
	if (!dir.path) {
		close(dir.fd);
		return -ENOMEM;
	}
	*ret_dir = dir;
	return 0;
}

void loop_dir_close(struct loop_dir *dir)
{
	free(dir->path);
	close(dir->fd);
}

static pid_t read_pid(const struct loop_dir *dir)
{
	int fd = openat(dir->fd, "pid", O_RDONLY | O_CLOEXEC);
	char text[16] = "";

	if (fd < 0)
		return 0;
	if (read(fd, text, sizeof(text) - 1) < 0)
		text[0] = '\0';
	close(fd);
	return (pid_t)strtol(text, NULL, 10);
}

static int write_pid(const struct loop_dir *dir)
{
	int fd = openat(dir->fd, "pid", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	int err = 0;

	if (fd < 0)
		return -errno;
	if (dprintf(fd, "%ld\n", (long)getpid()) < 0)
		err = -EIO;
	close(fd);
	return err;
}

int loop_dir_claim(const struct loop_dir *dir, pid_t *ret_other)
{
	/* The lock on the directory itself goes with the process, however that ends. */
	if (flock(dir->fd, LOCK_EX | LOCK_NB)) {
		if (errno != EWOULDBLOCK)
			return -errno;
		*ret_other = read_pid(dir);
		return -EBUSY;
	}
	loop_dir_clean(dir);
	return write_pid(dir);
}

static void clean_domain(const struct loop_dir *dir, const char *domid)
{
	int fd = openat(dir->fd, domid, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return;
	unlinkat(fd, "store", 0);
	unlinkat(fd, "hyper", 0);
	close(fd);
	unlinkat(dir->fd, domid, AT_REMOVEDIR);
}

void loop_dir_clean(const struct loop_dir *dir)
{
	int fd = openat(dir->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *entries = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (!entries) {
		if (fd >= 0)
			close(fd);
		return;
	}
	while ((entry = readdir(entries)))
		if (isdigit((unsigned char)entry->d_name[0]))
			clean_domain(dir, entry->d_name);
	closedir(entries);
	unlinkat(dir->fd, "control", 0);
	unlinkat(dir->fd, "pid", 0);
}

int loop_dir_socket_path(const struct loop_dir *dir, const char *name, char *buffer,
	size_t buffer_bytes, bool *ret_needs_fd)
{
	bool needs_fd = false;
	int length = snprintf(buffer, buffer_bytes, "%s/%s", dir->path, name);

	if (length >= (int)buffer_bytes) {
		needs_fd = true;
		length = snprintf(buffer, buffer_bytes, "/proc/self/fd/%d/%s", dir->fd, name);
	}
	if (length < 0 || length >= (int)buffer_bytes)
		return -ENAMETOOLONG;
	*ret_needs_fd = needs_fd;
	return 0;
}

static int make_address(const struct loop_dir *dir, const char *name, struct sockaddr_un *address)
{
	bool needs_fd;

	*address = (struct sockaddr_un){.sun_family = AF_UNIX};
	return loop_dir_socket_path(dir, name, address->sun_path, SOCKET_PATH_BYTES, &needs_fd);
}

int loop_dir_listen(const struct loop_dir *dir, const char *name, int type, int *ret_fd)
{
	struct sockaddr_un address;
	int err = make_address(dir, name, &address);
	int fd;

	if (err)
		return err;
	fd = socket(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	unlinkat(dir->fd, name, 0);
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) || listen(fd, SOMAXCONN)) {
		err = -errno;
		close(fd);
		return err;
	}
	*ret_fd = fd;
	return 0;
}

int loop_dir_connect(const struct loop_dir *dir, const char *name, int *ret_fd)
{
	struct sockaddr_un address;
	int err = make_address(dir, name, &address);
	int fd;

	if (err)
		return err;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, (struct sockaddr *)&address, sizeof(address))) {
		err = -errno;
		close(fd);
		return err;
	}
	*ret_fd = fd;
	return 0;
}
