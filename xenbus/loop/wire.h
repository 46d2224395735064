/* SPDX-License-Identifier: MIT */
/*
 * One client of the store: framing of <xen/io/xs_wire.h> on a non-blocking stream socket.
 * What is sent is queued and goes out before the loop waits again, so that nothing that queues
 * can end a connection.
 */
#ifndef LOOP_WIRE_H
#define LOOP_WIRE_H

#include <ev.h>
#include <stdbool.h>
#include <sys/queue.h>
#include <xenstore_lib.h>
#include "xenbus/loop/store.h"

/* A client with this many answers unread is not read from, as in xenstored. */
#define LOOP_CONN_MAX_REPLIES 20u
/* What a domain may leave unread before further events are lost: xenstored's hard memory quota. */
#define LOOP_CONN_MAX_BYTES (2560u * 1024)
/* Domain 0 must not lose events: it is cut off instead, much later. */
#define LOOP_CONN_MAX_DOM0_BYTES (32u * 1024 * 1024)

struct loop_message;

struct loop_conn {
	LIST_ENTRY(loop_conn) of_domain;
	TAILQ_ENTRY(loop_conn) of_unsent;
	bool is_unsent;
	bool broken; /* ended as soon as nobody looks at it */
	struct loop_store *store;
	struct loop_domain *domain;
	int fd;
	ev_io readable;
	ev_io writable;
	LIST_HEAD(, loop_txn) txns;
	uint32_t next_txn;
	LIST_HEAD(, loop_watch) watches;
	TAILQ_HEAD(, loop_message) unsent;
	void *unsent_events; /* to leave out events that are queued already */
	size_t unsent_bytes;
	size_t sent_bytes;  /* of the first message */
	unsigned n_replies; /* queued */
	size_t got_bytes;
	char got[sizeof(struct xsd_sockmsg) + XENSTORE_PAYLOAD_MAX];
};

/*
 * Starts serving an accepted, non-blocking socket as domain. Takes the descriptor, also on
 * failure. 0, -ENOMEM, -ENOENT (the domain is not introduced).
 */
int loop_conn_create(struct loop_store *store, struct loop_domain *domain, int fd);

/* Closes it, with its watches and transactions. */
void loop_conn_destroy(struct loop_conn *conn);

/* Queues the answer to `request`; a payload that is too long becomes E2BIG. */
void loop_conn_reply(struct loop_conn *conn, const struct xsd_sockmsg *request, const void *payload,
	size_t payload_bytes);

/* Queues an error answer; err is -errno, one that the protocol does not know becomes EINVAL. */
void loop_conn_reply_error(struct loop_conn *conn, const struct xsd_sockmsg *request, int err);

/*
 * Queues a watch event, unless the same is queued already; it is lost when the domain has too
 * much unread.
 */
void loop_conn_send_event(struct loop_conn *conn, const char *path, const char *token);

/* Sends what is queued on all connections, as far as it goes without waiting. */
void loop_conn_send_all(struct loop_store *store);

#endif
