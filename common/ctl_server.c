/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/ctl.h"
#include "common/ctl_seat.h"

#define NUM_CLIENTS 16
#define REQUEST_BYTES (64u << 10)
#define QUEUE_BYTES (1u << 20)
#define STALL_S 5.0
#define ACCEPT_AGAIN_S 0.1

struct client {
	struct pv_ctl *ctl;
	int fd;       /* -1: free */
	bool leaving; /* closes once the queue is empty; reads no more */
	struct ev_io readable;
	struct ev_io writable;
	struct ev_timer stall;
	char *request; /* REQUEST_BYTES */
	size_t request_bytes;
	char *queue; /* answers not yet sent */
	size_t queue_bytes;
};

struct pv_ctl {
	struct ev_loop *loop;
	pv_ctl_handler *handler;
	void *ctx;
	struct pv_ctl_seat seat;
	struct ev_io acceptable;
	struct ev_timer accept_again;
	struct client client[NUM_CLIENTS];
};

static void drop_client(struct client *client)
{
	struct ev_loop *loop = client->ctl->loop;

	ev_io_stop(loop, &client->readable);
	ev_io_stop(loop, &client->writable);
	ev_timer_stop(loop, &client->stall);
	close(client->fd);
	free(client->request);
	free(client->queue);
	client->request = client->queue = NULL;
	client->fd = -1;
}

/* Sends what the socket takes. The client may be gone afterwards. */
static void flush_queue(struct client *client)
{
	struct ev_loop *loop = client->ctl->loop;
	ssize_t put = 0;

	if (client->queue_bytes)
		put = send(client->fd, client->queue, client->queue_bytes,
			MSG_NOSIGNAL | MSG_DONTWAIT);
	if (put < 0 && errno != EAGAIN && errno != EINTR) {
		drop_client(client);
		return;
	}
	if (put > 0) {
		client->queue_bytes -= (size_t)put;
		memmove(client->queue, client->queue + put, client->queue_bytes);
		ev_timer_stop(loop, &client->stall);
	}
	if (client->queue_bytes) {
		ev_io_start(loop, &client->writable);
		if (!ev_is_active(&client->stall)) {
			ev_timer_set(&client->stall, STALL_S, 0.);
			ev_timer_start(loop, &client->stall);
		}
		return;
	}
	ev_io_stop(loop, &client->writable);
	if (client->leaving)
		drop_client(client);
}

/* False when the client takes no more. */
static bool enqueue(struct client *client, const char *line, size_t bytes)
{
	char *grown;

	if (client->queue_bytes + bytes > QUEUE_BYTES)
		return false;
	grown = realloc(client->queue, client->queue_bytes + bytes);
	if (!grown)
		return false;
	memcpy(grown + client->queue_bytes, line, bytes);
	client->queue = grown;
	client->queue_bytes += bytes;
	return true;
}

/* Takes over the reference. Any failure to put the answer into words is one of memory. */
static bool enqueue_answer(struct client *client, json_t *answer)
{
	static const char out_of_memory[] = "{\"error\":\"out of memory\"}\n";
	char *line = answer ? json_dumps(answer, JSON_COMPACT) : NULL;
	bool taken;

	json_decref(answer);
	if (!line)
		return enqueue(client, out_of_memory, sizeof(out_of_memory) - 1);
	taken = enqueue(client, line, strlen(line)) && enqueue(client, "\n", 1);
	free(line);
	return taken;
}

static bool answer_line(struct client *client, const char *line, size_t bytes)
{
	json_t *request = json_loadb(line, bytes, 0, NULL), *answer;

	if (json_is_object(request))
		answer = client->ctl->handler(request, client->ctl->ctx);
	else
		answer = json_pack("{s:s}", "error", "a request is one JSON object on one line");
	json_decref(request);
	return enqueue_answer(client, answer);
}

/* Answers each whole line and keeps the rest. */
static bool answer_lines(struct client *client)
{
	char *line = client->request;
	char *stop = line + client->request_bytes;
	char *end;

	while ((end = memchr(line, '\n', (size_t)(stop - line)))) {
		if (!answer_line(client, line, (size_t)(end - line)))
			return false;
		line = end + 1;
	}
	client->request_bytes = (size_t)(stop - line);
	memmove(client->request, line, client->request_bytes);
	return true;
}

static void stop_reading(struct client *client)
{
	client->leaving = true;
	ev_io_stop(client->ctl->loop, &client->readable);
}

static void on_readable(struct ev_loop *loop, struct ev_io *io, int events)
{
	struct client *client = io->data;
	ssize_t got = recv(client->fd, client->request + client->request_bytes,
		REQUEST_BYTES - client->request_bytes, MSG_DONTWAIT);
	bool keep = true;

	(void)loop;
	(void)events;
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got > 0) {
		client->request_bytes += (size_t)got;
		keep = answer_lines(client);
	}
	if (keep && client->request_bytes == REQUEST_BYTES) {
		keep = enqueue_answer(client, json_pack("{s:s}", "error", "request too long"));
		stop_reading(client);
	}
	if (got <= 0)
		stop_reading(client);
	if (keep)
		flush_queue(client);
	else
		drop_client(client);
}

static void on_writable(struct ev_loop *loop, struct ev_io *io, int events)
{
	(void)loop;
	(void)events;
	flush_queue(io->data);
}

static void on_stall(struct ev_loop *loop, struct ev_timer *timer, int events)
{
	(void)loop;
	(void)events;
	drop_client(timer->data);
}

static struct client *find_free(struct pv_ctl *ctl)
{
	int i;

	for (i = 0; i < NUM_CLIENTS; i++)
		if (ctl->client[i].fd < 0)
			return &ctl->client[i];
	return NULL;
}

static void on_accept_again(struct ev_loop *loop, struct ev_timer *timer, int events)
{
	struct pv_ctl *ctl = timer->data;

	(void)events;
	ev_io_start(loop, &ctl->acceptable);
}

/* Without descriptors or memory the caller would stay at the door, and the loop would spin. */
static void pause_accepting(struct pv_ctl *ctl)
{
	ev_io_stop(ctl->loop, &ctl->acceptable);
	ev_timer_set(&ctl->accept_again, ACCEPT_AGAIN_S, 0.);
	ev_timer_start(ctl->loop, &ctl->accept_again);
}

static void add_client(struct pv_ctl *ctl, struct client *client, int fd)
{
	*client = (struct client){.ctl = ctl, .fd = fd, .request = malloc(REQUEST_BYTES)};
	ev_io_init(&client->readable, on_readable, fd, EV_READ);
	ev_io_init(&client->writable, on_writable, fd, EV_WRITE);
	ev_timer_init(&client->stall, on_stall, STALL_S, 0.);
	client->readable.data = client->writable.data = client->stall.data = client;
	if (client->request)
		ev_io_start(ctl->loop, &client->readable);
	else
		drop_client(client);
}

static void on_acceptable(struct ev_loop *loop, struct ev_io *io, int events)
{
	static const char full[] = "{\"error\":\"too many clients\"}\n";
	struct pv_ctl *ctl = io->data;
	struct client *client = find_free(ctl);
	int fd = accept4(ctl->seat.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	(void)loop;
	(void)events;
	if (fd >= 0 && client) {
		add_client(ctl, client, fd);
	} else if (fd >= 0) {
		/* Fits into a new socket's buffer; and if not, hanging up says it too. */
		send(fd, full, sizeof(full) - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
		close(fd);
	} else if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) {
		pause_accepting(ctl);
	}
}

int pv_ctl_listen(struct ev_loop *loop, const char *path, pv_ctl_handler *handler, void *ctx,
	struct pv_ctl **ret)
{
	struct pv_ctl *ctl = calloc(1, sizeof(*ctl));
	int i, rc;

	if (!ctl)
		return -ENOMEM;
	rc = pv_ctl_seat_take(path, NUM_CLIENTS, &ctl->seat);
	if (rc) {
		free(ctl);
		return rc;
	}
	ctl->loop = loop;
	ctl->handler = handler;
	ctl->ctx = ctx;
	for (i = 0; i < NUM_CLIENTS; i++)
		ctl->client[i].fd = -1;
	ev_io_init(&ctl->acceptable, on_acceptable, ctl->seat.fd, EV_READ);
	ev_timer_init(&ctl->accept_again, on_accept_again, ACCEPT_AGAIN_S, 0.);
	ctl->acceptable.data = ctl->accept_again.data = ctl;
	ev_io_start(loop, &ctl->acceptable);
	*ret = ctl;
	return 0;
}

void pv_ctl_close(struct pv_ctl *ctl)
{
	int i;

	if (!ctl)
		return;
	for (i = 0; i < NUM_CLIENTS; i++)
		if (ctl->client[i].fd >= 0)
			drop_client(&ctl->client[i]);
	ev_io_stop(ctl->loop, &ctl->acceptable);
	ev_timer_stop(ctl->loop, &ctl->accept_again);
	pv_ctl_seat_leave(&ctl->seat);
	free(ctl);
}
