/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/ctl.h"
#include "common/ctl_seat.h"
#include "common/parse.h"

#define NS_PER_MS 1000000u
#define ANSWER_BYTES_MAX (16u << 20)
#define CONNECT_RETRY_MS 10

struct call {
	int fd;
	uint64_t deadline_ns;
};

static int wait_for(const struct call *call, short events)
{
	struct pollfd pollfd = {.fd = call->fd, .events = events};
	uint64_t now = pv_now_ns();
	int rc;

	if (now >= call->deadline_ns)
		return -ETIMEDOUT;
	rc = poll(&pollfd, 1, (int)((call->deadline_ns - now) / NS_PER_MS + 1));
	if (rc < 0 && errno != EINTR)
		return -errno;
	return 0;
}

static int connect_to(const struct call *call, const char *path)
{
	struct pv_ctl_place place;
	int rc = pv_ctl_place_open(path, &place);

	if (rc)
		return rc;
	for (;;) {
		rc = connect(call->fd, (struct sockaddr *)&place.address, sizeof(place.address))
			     ? -errno
			     : 0;
		/* A full backlog gives EAGAIN and no event to wait for. */
		if (rc != -EAGAIN || pv_now_ns() >= call->deadline_ns)
			break;
		poll(NULL, 0, CONNECT_RETRY_MS);
	}
	close(place.dir_fd);
	return rc == -EAGAIN ? -ETIMEDOUT : rc;
}

static int send_line(const struct call *call, const char *line, size_t bytes)
{
	while (bytes) {
		ssize_t put = send(call->fd, line, bytes, MSG_NOSIGNAL);

		if (put >= 0) {
			line += put;
			bytes -= (size_t)put;
		} else if (errno == EAGAIN) {
			int rc = wait_for(call, POLLOUT);

			if (rc)
				return rc;
		} else if (errno == EPIPE || errno == ECONNRESET) {
			return 0; /* it may have said why */
		} else if (errno != EINTR) {
			return -errno;
		}
	}
	return 0;
}

/* Appends what is there to *text; 1 once a line's end is in it. */
static int receive_some(const struct call *call, char **text, size_t *bytes, size_t *room)
{
	size_t larger = *room ? 2 * *room : 4096;
	char *grown;
	ssize_t got;

	if (*bytes == *room) {
		grown = larger > ANSWER_BYTES_MAX ? NULL : realloc(*text, larger);
		if (!grown)
			return larger > ANSWER_BYTES_MAX ? -EPROTO : -ENOMEM;
		*text = grown;
		*room = larger;
	}
	got = recv(call->fd, *text + *bytes, *room - *bytes, 0);
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return wait_for(call, POLLIN);
	if (got <= 0)
		return -EPROTO;
	*bytes += (size_t)got;
	return memchr(*text + *bytes - got, '\n', (size_t)got) ? 1 : 0;
}

static int receive_answer(const struct call *call, json_t **ret)
{
	size_t bytes = 0, room = 0;
	char *text = NULL;
	json_t *answer = NULL;
	int rc;

	do {
		rc = receive_some(call, &text, &bytes, &room);
	} while (!rc);
	if (rc > 0)
		answer = json_loadb(text, bytes, 0, NULL);
	free(text);
	if (rc < 0)
		return rc;
	if (!json_is_object(answer)) {
		json_decref(answer);
		return -EPROTO;
	}
	*ret = answer;
	return 0;
}

int pv_ctl_call(const char *path, const json_t *request, int timeout_ms, json_t **ret)
{
	struct call call = {
		.deadline_ns = pv_now_ns() + (uint64_t)timeout_ms * NS_PER_MS,
	};
	char *line = json_dumps(request, JSON_COMPACT);
	int rc;

	if (!line)
		return -ENOMEM;
	call.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	rc = call.fd < 0 ? -errno : connect_to(&call, path);
	if (!rc)
		rc = send_line(&call, line, strlen(line));
	if (!rc)
		rc = send_line(&call, "\n", 1);
	if (!rc)
		rc = receive_answer(&call, ret);
	if (call.fd >= 0)
		close(call.fd);
	free(line);
	return rc;
}
