/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <xen/xen.h>

#include "xenbus/loop/hyper_impl.h"
#include "xenbus/loop/hyper_message.h"

const struct loop_hyper_limits loop_hyper_limits_default = {
	.gntalloc_pages = 32768,
	.grants = 32768,
	.ports = LOOP_PORTS - 1,
};

static int conn_hello(
	struct loop_hyper_conn *conn, const struct loop_call *call, struct loop_reply *reply)
{
	switch (call->head->a) {
	case LOOP_KIND_GNTSHR:
		conn->kind = LOOP_KIND_GNTSHR;
		return loop_reply_file(
			reply, loop_memory_reopen(conn->domain->gntalloc_fd, O_RDWR), NULL);
	case LOOP_KIND_GNTTAB:
		conn->kind = LOOP_KIND_GNTTAB;
		return 0;
	case LOOP_KIND_EVTCHN:
		return loop_handle_open(conn, call, reply);
	default:
		return -EPROTO;
	}
}

/* What each operation needs; the connection ends when a request does not fit. */
static const struct {
	enum loop_kind kind;
	loop_handler *handle;
	size_t item_bytes;
	bool file;
} operations[LOOP_OPS] = {
	[LOOP_OP_HELLO] = {LOOP_KIND_NONE, conn_hello, 0, false},
	[LOOP_OP_ATTACH] = {LOOP_KIND_NONE, loop_handle_attach, 0, true},
	[LOOP_OP_SHARE] = {LOOP_KIND_GNTSHR, loop_share_make, 0, false},
	[LOOP_OP_SHARE_REFS] = {LOOP_KIND_GNTSHR, loop_share_list, 0, false},
	[LOOP_OP_UNSHARE] = {LOOP_KIND_GNTSHR, loop_share_end, 0, false},
	[LOOP_OP_MAP] = {LOOP_KIND_GNTTAB, loop_map_make, sizeof(struct loop_gref), false},
	[LOOP_OP_UNMAP] = {LOOP_KIND_GNTTAB, loop_map_end, 0, false},
	[LOOP_OP_NOTIFY] = {LOOP_KIND_NONE, loop_grant_notify, 0, false},
	[LOOP_OP_LOOKUP] = {LOOP_KIND_GNTTAB, loop_map_lookup, sizeof(struct loop_gref), false},
	[LOOP_OP_BIND_UNBOUND] = {LOOP_KIND_EVTCHN, loop_port_bind_unbound, 0, false},
	[LOOP_OP_BIND_INTERDOMAIN] = {LOOP_KIND_EVTCHN, loop_port_bind_interdomain, 0, false},
	[LOOP_OP_BIND_VIRQ] = {LOOP_KIND_EVTCHN, loop_port_bind_virq, 0, false},
	[LOOP_OP_UNBIND] = {LOOP_KIND_EVTCHN, loop_port_unbind, 0, false},
	[LOOP_OP_PEER] = {LOOP_KIND_EVTCHN, loop_port_peer, 0, false},
	[LOOP_OP_RESTRICT] = {LOOP_KIND_EVTCHN, loop_port_restrict, 0, false},
};

static bool request_fits(
	const struct loop_hyper_conn *conn, const struct loop_request *head, size_t bytes, int file)
{
	if (head->op >= LOOP_OPS || head->items > LOOP_ITEMS_MAX)
		return false;
	if (bytes != sizeof(*head) + head->items * operations[head->op].item_bytes)
		return false;
	if (operations[head->op].item_bytes == 0 && head->items)
		return false;
	if ((file >= 0) != operations[head->op].file)
		return false;
	switch (head->op) {
	case LOOP_OP_HELLO:
	case LOOP_OP_ATTACH:
		return conn->kind == LOOP_KIND_NONE;
	case LOOP_OP_NOTIFY:
		return conn->kind == LOOP_KIND_GNTSHR || conn->kind == LOOP_KIND_GNTTAB;
	default:
		return conn->kind == operations[head->op].kind;
	}
}

static void conn_close(struct loop_hyper_conn *conn)
{
	loop_share_end_all(conn);
	loop_map_end_all(conn);
	if (conn->handle)
		loop_handle_drop(conn);
	ev_io_stop(conn->hyper->loop, &conn->io);
	close(conn->io.fd);
	*conn->link = conn->next;
	if (conn->next)
		conn->next->link = conn->link;
	conn->hyper->stat.connections--;
	free(conn);
}

int loop_reply_file(struct loop_reply *reply, int fd, uint32_t *ret_index)
{
	if (fd < 0)
		return -EMFILE;
	if (reply->files_count == LOOP_FILES_MAX) {
		close(fd);
		return -ENFILE;
	}
	if (ret_index)
		*ret_index = reply->files_count;
	reply->files[reply->files_count++] = fd;
	return 0;
}

/* Carries out what is in the message buffer and answers. -errno: the connection must end. */
static int conn_serve(struct loop_hyper_conn *conn, size_t bytes, int file)
{
	struct loop_request head;
	struct loop_call call = {
		.head = &head, .items = conn->hyper->message + sizeof(head), .file = file};
	static struct loop_reply reply; /* large, and one thread alone uses it */
	int error;

	if (bytes < sizeof(head))
		return -EPROTO;
	memcpy(&head, conn->hyper->message, sizeof(head));
	if (!request_fits(conn, &head, bytes, file))
		return -EPROTO;

	reply.head = (struct loop_answer){0};
	reply.items_bytes = 0;
	reply.files_count = 0;
	error = operations[head.op].handle(conn, &call, &reply);
	reply.head.error = error;
	if (error)
		reply.items_bytes = reply.head.items = 0;
	if (error != -EPROTO)
		error = loop_message_send(conn->io.fd, &reply.head, sizeof(reply.head), reply.items,
			reply.items_bytes, reply.files, reply.head.error ? 0 : reply.files_count,
			MSG_DONTWAIT);
	for (unsigned int i = 0; i < reply.files_count; i++)
		close(reply.files[i]);
	return error;
}

static void conn_readable(struct ev_loop *loop, ev_io *io, int events)
{
	struct loop_hyper_conn *conn = io->data;
	unsigned int files = 0;
	int file = -1;
	ssize_t got;
	int error;

	(void)loop;
	(void)events;
	got = loop_message_receive(io->fd, conn->hyper->message, sizeof(conn->hyper->message), NULL,
		0, &file, 1, &files, MSG_DONTWAIT);
	if (got == -EAGAIN || got == -EINTR)
		return;
	error = got > 0 ? conn_serve(conn, (size_t)got, file) : -EPIPE;
	if (files)
		close(file);
	if (error)
		conn_close(conn);
}

struct loop_hyper_domain *loop_hyper_domain(struct loop_hyper *hyper, uint32_t domid)
{
	struct loop_hyper_domain *domain = hyper->domains;

	while (domain && domain->domid != domid)
		domain = domain->next;
	return domain;
}

int loop_hyper_connect(struct loop_hyper *hyper, uint32_t domid, int fd)
{
	struct loop_hyper_domain *domain = loop_hyper_domain(hyper, domid);
	struct loop_hyper_conn *conn;

	if (!domain)
		return -ESRCH;
	if (fcntl(fd, F_SETFD, FD_CLOEXEC))
		return -errno;
	conn = calloc(1, sizeof(*conn));
	if (!conn)
		return -ENOMEM;
	conn->hyper = hyper;
	conn->domain = domain;
	conn->next = domain->conns;
	conn->link = &domain->conns;
	if (conn->next)
		conn->next->link = &conn->next;
	domain->conns = conn;
	hyper->stat.connections++;
	ev_io_init(&conn->io, conn_readable, fd, EV_READ);
	conn->io.data = conn;
	ev_io_start(hyper->loop, &conn->io);
	return 0;
}

static void domain_free(struct loop_hyper_domain *domain)
{
	if (domain->gntalloc_fd >= 0)
		close(domain->gntalloc_fd);
	free(domain->entries);
	free(domain);
}

int loop_hyper_domain_add(struct loop_hyper *hyper, uint32_t domid)
{
	struct loop_hyper_domain *domain;

	if (domid >= DOMID_FIRST_RESERVED)
		return -EINVAL;
	if (loop_hyper_domain(hyper, domid))
		return -EEXIST;
	domain = calloc(1, sizeof(*domain));
	if (!domain)
		return -ENOMEM;
	domain->entries = calloc(LOOP_REFS, sizeof(*domain->entries));
	domain->gntalloc_fd = loop_memory_create("xenloop-gntalloc", 0);
	if (!domain->entries || domain->gntalloc_fd < 0) {
		domain_free(domain);
		return -ENOMEM;
	}
	domain->hyper = hyper;
	domain->domid = domid;
	domain->ref_next = LOOP_REF_FIRST;
	domain->next = hyper->domains;
	hyper->domains = domain;
	hyper->stat.domains++;
	return 0;
}

/* Ports last: the notifies of the others go through them. */
static void domain_disconnect(struct loop_hyper_domain *domain)
{
	struct loop_hyper_conn *conn, *next;

	for (conn = domain->conns; conn; conn = next) {
		next = conn->next;
		if (conn->kind != LOOP_KIND_EVTCHN)
			conn_close(conn);
	}
	while (domain->conns)
		conn_close(domain->conns);
}

void loop_hyper_domain_remove(struct loop_hyper *hyper, uint32_t domid)
{
	struct loop_hyper_domain **link = &hyper->domains, *domain;

	while (*link && (*link)->domid != domid)
		link = &(*link)->next;
	domain = *link;
	if (!domain)
		return;
	domain_disconnect(domain);
	*link = domain->next;
	hyper->stat.domains--;
	domain_free(domain);
}

static bool limits_valid(const struct loop_hyper_limits *limits)
{
	return limits->grants <= LOOP_REFS - LOOP_REF_FIRST && limits->ports < LOOP_PORTS;
}

int loop_hyper_create(
	struct ev_loop *loop, const struct loop_hyper_limits *limits, struct loop_hyper **ret_hyper)
{
	struct loop_hyper *hyper;
	struct rlimit files;

	if (!limits)
		limits = &loop_hyper_limits_default;
	if (!limits_valid(limits))
		return -EINVAL;
	hyper = calloc(1, sizeof(*hyper));
	if (!hyper)
		return -ENOMEM;
	hyper->loop = loop;
	hyper->limits = *limits;
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	*ret_hyper = hyper;
	return 0;
}

void loop_hyper_destroy(struct loop_hyper *hyper)
{
	if (!hyper)
		return;
	while (hyper->domains)
		loop_hyper_domain_remove(hyper, hyper->domains->domid);
	free(hyper);
}

void loop_hyper_stat(const struct loop_hyper *hyper, struct loop_hyper_stat *ret_stat)
{
	*ret_stat = hyper->stat;
}
