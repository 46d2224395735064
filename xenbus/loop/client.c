/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "xenbus/loop/client.h"
#include "xenbus/loop/hyper.h"
#include "xenbus/loop/hyper_message.h"

/* A path too long for a socket address is reached through its folder. *ret_dir: to be closed, or
 * -1. */
static int address_make(const char *path, struct sockaddr_un *address, int *ret_dir)
{
	const char *name = strrchr(path, '/');
	char *dir;

	*ret_dir = -1;
	address->sun_family = AF_UNIX;
	if (strlen(path) < sizeof(address->sun_path)) {
		strcpy(address->sun_path, path);
		return 0;
	}
	if (!name || strlen(name) > 64)
		return -ENAMETOOLONG;
	dir = strndup(path, (size_t)(name - path));
	if (!dir)
		return -ENOMEM;
	*ret_dir = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	free(dir);
	if (*ret_dir < 0)
		return -errno;
	snprintf(address->sun_path, sizeof(address->sun_path), "/proc/self/fd/%d%.64s", *ret_dir,
		name);
	return 0;
}

int loop_client_connect(void)
{
	const char *path = getenv("XENLOOP");
	struct sockaddr_un address = {0};
	int fd, dir, error;

	if (!path)
		return -ENOENT;
	error = address_make(path, &address, &dir);
	if (error)
		return error;
	fd = socket(AF_UNIX, LOOP_HYPER_SOCKET | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof(address))) {
		error = -errno;
		if (fd >= 0)
			close(fd);
		fd = error;
	}
	if (dir >= 0)
		close(dir);
	return fd;
}

static int connection_error(int error)
{
	if (error == -ENOTSOCK)
		return -ENOTTY;
	return error == -ENOMEM || error == -EMFILE || error == -ENFILE ? error : -EIO;
}

static void files_drop(struct loop_exchange *exchange)
{
	while (exchange->files_count)
		close(exchange->files[--exchange->files_count]);
}

int loop_client_exchange(int fd, struct loop_exchange *exchange)
{
	ssize_t got;
	int error = loop_message_send(fd, &exchange->request, sizeof(exchange->request),
		exchange->items, exchange->items_bytes, &exchange->file,
		exchange->request.op == LOOP_OP_ATTACH, 0);

	if (error)
		return connection_error(error);
	do
		got = loop_message_receive(fd, &exchange->answer, sizeof(exchange->answer),
			exchange->answer_items, exchange->answer_room_bytes, exchange->files,
			exchange->files_max, &exchange->files_count, 0);
	while (got == -EINTR);
	if (got < (ssize_t)sizeof(exchange->answer)) {
		files_drop(exchange);
		return got < 0 ? connection_error((int)got) : -EIO;
	}
	if (exchange->answer.error)
		files_drop(exchange);
	return exchange->answer.error;
}

int loop_client_return(int error)
{
	if (!error)
		return 0;
	errno = -error;
	return -1;
}
