/* SPDX-License-Identifier: MIT */
#include "xenbus/loop/wire.h"

#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>
#include "xenbus/loop/ops.h"
#include "xenbus/loop/perms.h"
#include "xenbus/loop/watch.h"

#define MESSAGES_A_WRITE 64

struct loop_message {
	TAILQ_ENTRY(loop_message) next;
	bool is_event;
	bool is_indexed;
	size_t bytes;              /* with the header */
	struct xsd_sockmsg header; /* the payload lies behind it */
};

static char *payload_of(struct loop_message *message)
{
	return (char *)(&message->header + 1);
}

static int compare_payload(const void *a, const void *b)
{
	const struct loop_message *first = a, *second = b;

	if (first->bytes != second->bytes)
		return first->bytes < second->bytes ? -1 : 1;
	return memcmp(&first->header + 1, &second->header + 1, first->header.len);
}

static struct loop_message *message_create(const struct xsd_sockmsg *header)
{
	struct loop_message *message = malloc(sizeof(*message) + header->len);

	if (!message)
		return NULL;
	message->is_event = header->type == XS_WATCH_EVENT;
	message->is_indexed = false;
	message->bytes = sizeof(*header) + header->len;
	message->header = *header;
	return message;
}

static void message_destroy(struct loop_conn *conn, struct loop_message *message)
{
	TAILQ_REMOVE(&conn->unsent, message, next);
	if (message->is_indexed)
		tdelete(message, &conn->unsent_events, compare_payload);
	conn->unsent_bytes -= message->bytes;
	if (!message->is_event)
		conn->n_replies--;
	free(message);
}

static void mark_unsent(struct loop_conn *conn)
{
	if (conn->is_unsent)
		return;
	conn->is_unsent = true;
	TAILQ_INSERT_TAIL(&conn->store->unsent, conn, of_unsent);
}

static void enqueue(struct loop_conn *conn, struct loop_message *message)
{
	TAILQ_INSERT_TAIL(&conn->unsent, message, next);
	conn->unsent_bytes += message->bytes;
	if (!message->is_event)
		conn->n_replies++;
	mark_unsent(conn);
}

static void break_off(struct loop_conn *conn)
{
	conn->broken = true;
	mark_unsent(conn);
}

void loop_conn_reply(struct loop_conn *conn, const struct xsd_sockmsg *request, const void *payload,
	size_t payload_bytes)
{
	struct xsd_sockmsg header = *request;
	struct loop_message *message;

	if (payload_bytes > XENSTORE_PAYLOAD_MAX) {
		loop_conn_reply_error(conn, request, -E2BIG);
		return;
	}
	header.len = (uint32_t)payload_bytes;
	message = message_create(&header);
	if (!message) {
		break_off(conn);
		return;
	}
	if (payload_bytes)
		memcpy(payload_of(message), payload, payload_bytes);
	enqueue(conn, message);
}

void loop_conn_reply_error(struct loop_conn *conn, const struct xsd_sockmsg *request, int err)
{
	struct xsd_sockmsg header = *request;
	const char *name = "EINVAL";
	size_t i;

	for (i = 0; i < sizeof(xsd_errors) / sizeof(xsd_errors[0]); i++)
		if (xsd_errors[i].errnum == -err)
			name = xsd_errors[i].errstring;
	header.type = XS_ERROR;
	loop_conn_reply(conn, &header, name, strlen(name) + 1);
}

/* Whether the domain has left too much unread for one more message. */
static bool is_stuffed(struct loop_conn *conn, size_t bytes)
{
	if (loop_perms_bound(conn->domain))
		return conn->unsent_bytes + bytes > LOOP_CONN_MAX_BYTES;
	if (conn->unsent_bytes + bytes <= LOOP_CONN_MAX_DOM0_BYTES)
		return false;
	break_off(conn);
	return true;
}

void loop_conn_send_event(struct loop_conn *conn, const char *path, const char *token)
{
	size_t path_bytes = strlen(path) + 1, token_bytes = strlen(token) + 1;
	struct xsd_sockmsg header = {
		.type = XS_WATCH_EVENT, .len = (uint32_t)(path_bytes + token_bytes)};
	struct loop_message *message, **indexed;

	if (path_bytes + token_bytes > XENSTORE_PAYLOAD_MAX ||
		is_stuffed(conn, sizeof(header) + header.len))
		return;
	message = message_create(&header);
	if (!message)
		return;
	memcpy(payload_of(message), path, path_bytes);
	memcpy(payload_of(message) + path_bytes, token, token_bytes);
	if (path[0] != '@') {
		indexed = tsearch(message, &conn->unsent_events, compare_payload);
		if (!indexed || *indexed != message) {
			free(message);
			return;
		}
		message->is_indexed = true;
	}
	enqueue(conn, message);
}

/* Serves the whole messages received, until too many answers wait. */
static void serve_received(struct loop_conn *conn)
{
	struct xsd_sockmsg header;
	size_t served = 0;

	while (!conn->broken && conn->n_replies < LOOP_CONN_MAX_REPLIES &&
		conn->got_bytes - served >= sizeof(header)) {
		memcpy(&header, conn->got + served, sizeof(header));
		if (header.len > XENSTORE_PAYLOAD_MAX) {
			break_off(conn);
			return;
		}
		if (conn->got_bytes - served < sizeof(header) + header.len)
			break;
		loop_ops_serve(conn, &header, conn->got + served + sizeof(header));
		served += sizeof(header) + header.len;
	}
	conn->got_bytes -= served;
	memmove(conn->got, conn->got + served, conn->got_bytes);
	if (conn->n_replies >= LOOP_CONN_MAX_REPLIES)
		ev_io_stop(conn->store->loop, &conn->readable);
	else
		ev_io_start(conn->store->loop, &conn->readable);
}

static void on_readable(struct ev_loop *loop, ev_io *watcher, int events)
{
	struct loop_conn *conn = watcher->data;
	ssize_t bytes = recv(conn->fd, conn->got + conn->got_bytes,
		sizeof(conn->got) - conn->got_bytes, MSG_DONTWAIT);

	(void)loop;
	(void)events;
	if (bytes < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (bytes <= 0) {
		loop_conn_destroy(conn);
		return;
	}
	conn->got_bytes += (size_t)bytes;
	serve_received(conn);
}

static void on_writable(struct ev_loop *loop, ev_io *watcher, int events)
{
	(void)events;
	ev_io_stop(loop, watcher);
	mark_unsent(watcher->data);
}

/* Takes what has gone out off the queue. */
static void forget_sent(struct loop_conn *conn, size_t bytes)
{
	struct loop_message *message;

	conn->sent_bytes += bytes;
	while ((message = TAILQ_FIRST(&conn->unsent)) && conn->sent_bytes >= message->bytes) {
		conn->sent_bytes -= message->bytes;
		message_destroy(conn, message);
	}
}

static ssize_t send_some(struct loop_conn *conn)
{
	struct iovec parts[MESSAGES_A_WRITE];
	struct msghdr out = {.msg_iov = parts};
	struct loop_message *message;

	TAILQ_FOREACH(message, &conn->unsent, next)
	{
		if (out.msg_iovlen == MESSAGES_A_WRITE)
			break;
		parts[out.msg_iovlen++] =
			(struct iovec){.iov_base = &message->header, .iov_len = message->bytes};
	}
	parts[0].iov_base = (char *)parts[0].iov_base + conn->sent_bytes;
	parts[0].iov_len -= conn->sent_bytes;
	return sendmsg(conn->fd, &out, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void send_queue(struct loop_conn *conn)
{
	ssize_t bytes;

	while (!conn->broken && !TAILQ_EMPTY(&conn->unsent)) {
		bytes = send_some(conn);
		if (bytes >= 0) {
			forget_sent(conn, (size_t)bytes);
		} else if (errno == EAGAIN) {
			ev_io_start(conn->store->loop, &conn->writable);
			break;
		} else if (errno != EINTR) {
			conn->broken = true;
		}
	}
	if (conn->broken)
		loop_conn_destroy(conn);
	else if (conn->n_replies < LOOP_CONN_MAX_REPLIES && !ev_is_active(&conn->readable))
		serve_received(conn);
}

void loop_conn_send_all(struct loop_store *store)
{
	struct loop_conn *conn;

	while ((conn = TAILQ_FIRST(&store->unsent))) {
		TAILQ_REMOVE(&store->unsent, conn, of_unsent);
		conn->is_unsent = false;
		send_queue(conn);
	}
}

int loop_conn_create(struct loop_store *store, struct loop_domain *domain, int fd)
{
	struct loop_conn *conn = domain->introduced ? calloc(1, sizeof(*conn)) : NULL;

	if (!conn) {
		close(fd);
		return domain->introduced ? -ENOMEM : -ENOENT;
	}
	conn->store = store;
	conn->domain = domain;
	conn->fd = fd;
	conn->next_txn = 1;
	LIST_INIT(&conn->txns);
	LIST_INIT(&conn->watches);
	TAILQ_INIT(&conn->unsent);
	ev_io_init(&conn->readable, on_readable, fd, EV_READ);
	ev_io_init(&conn->writable, on_writable, fd, EV_WRITE);
	conn->readable.data = conn;
	conn->writable.data = conn;
	LIST_INSERT_HEAD(&domain->conns, conn, of_domain);
	ev_io_start(store->loop, &conn->readable);
	return 0;
}

void loop_conn_destroy(struct loop_conn *conn)
{
	loop_watch_clear(conn);
	loop_ops_end_txns(conn);
	while (!TAILQ_EMPTY(&conn->unsent))
		message_destroy(conn, TAILQ_FIRST(&conn->unsent));
	if (conn->is_unsent)
		TAILQ_REMOVE(&conn->store->unsent, conn, of_unsent);
	ev_io_stop(conn->store->loop, &conn->readable);
	ev_io_stop(conn->store->loop, &conn->writable);
	LIST_REMOVE(conn, of_domain);
	close(conn->fd);
	free(conn);
}
