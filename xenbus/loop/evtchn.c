/* SPDX-License-Identifier: MIT */
/* xenevtchn_*: errors as Linux's /dev/xen/evtchn gives them. Notifying, taking and unmasking need
 * no server. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <xenevtchn.h>

#include "xenbus/loop/client.h"
#include "xenbus/loop/hyper_table.h"

/* Who hears the events that we send on one of our ports. */
struct peer {
	uint32_t generation; /* of our port when we asked */
	uint32_t port;       /* 0: nobody */
	struct loop_table *table;
	int write_fd;
};

struct xenevtchn_handle {
	xentoollog_logger *logger, *logger_tofree;
	Xentoolcore__Active_Handle active;
	int fd; /* the pipe's reading end */
	int write_fd;
	int conn;
	struct loop_table *table;
	const struct loop_bound *bound;
	pthread_mutex_t ask;    /* of the connection */
	pthread_mutex_t take;   /* of `taken` */
	pthread_rwlock_t known; /* of `peers` */
	uint32_t taken;         /* the port that was taken last */
	struct peer *peers[LOOP_PORTS];
};

static int restrict_handle(Xentoolcore__Active_Handle *active, uint16_t domid)
{
	struct xenevtchn_handle *handle =
		(void *)((char *)active - offsetof(struct xenevtchn_handle, active));

	return handle->fd < 0 ? 0 : xenevtchn_restrict(handle, domid);
}

static xenevtchn_handle *handle_create(xentoollog_logger *logger)
{
	xenevtchn_handle *handle = calloc(1, sizeof(*handle));

	if (!handle)
		return NULL;
	handle->fd = handle->write_fd = handle->conn = -1;
	handle->logger = logger;
	pthread_mutex_init(&handle->ask, NULL);
	pthread_mutex_init(&handle->take, NULL);
	pthread_rwlock_init(&handle->known, NULL);
	handle->active.restrict_callback = restrict_handle;
	xentoolcore__register_active_handle(&handle->active);
	if (!logger) {
		handle->logger_tofree =
			(xentoollog_logger *)xtl_createlogger_stdiostream(stderr, XTL_PROGRESS, 0);
		handle->logger = handle->logger_tofree;
		if (!handle->logger) {
			xenevtchn_close(handle);
			return NULL;
		}
	}
	return handle;
}

static void *file_map(int fd, size_t bytes, int prot)
{
	void *memory = mmap(NULL, bytes, prot, MAP_SHARED, fd, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

/* HELLO makes a handle, ATTACH finds the one that `fd` is the pipe of. */
static int handle_connect(xenevtchn_handle *handle, int fd)
{
	int files[LOOP_FILES];
	struct loop_exchange exchange = {
		.request = {.op = fd < 0 ? LOOP_OP_HELLO : LOOP_OP_ATTACH, .a = LOOP_KIND_EVTCHN},
		.file = fd,
		.files = files,
		.files_max = LOOP_FILES,
	};
	int error;

	handle->conn = loop_client_connect();
	if (handle->conn < 0)
		return handle->conn;
	error = loop_client_exchange(handle->conn, &exchange);
	if (error)
		return error;
	if (exchange.files_count != (fd < 0 ? LOOP_FILES : LOOP_FILES - 1)) {
		while (exchange.files_count)
			close(files[--exchange.files_count]);
		return -EIO;
	}
	handle->fd = fd < 0 ? files[LOOP_FILE_READ] : fd;
	handle->write_fd = files[LOOP_FILE_WRITE];
	handle->table =
		file_map(files[LOOP_FILE_TABLE], sizeof(*handle->table), PROT_READ | PROT_WRITE);
	handle->bound = file_map(files[LOOP_FILE_BOUND], sizeof(*handle->bound), PROT_READ);
	close(files[LOOP_FILE_TABLE]);
	close(files[LOOP_FILE_BOUND]);
	return handle->table && handle->bound ? 0 : -ENOMEM;
}

/* Survives exec: the connection with it, for the server would take the handle for closed. */
static int handle_keep(const xenevtchn_handle *handle)
{
	return fcntl(handle->fd, F_SETFD, 0) || fcntl(handle->conn, F_SETFD, 0) ? -errno : 0;
}

xenevtchn_handle *xenevtchn_open(xentoollog_logger *logger, unsigned int open_flags)
{
	xenevtchn_handle *handle;
	int error;

	if (open_flags & ~XENEVTCHN_NO_CLOEXEC) {
		errno = EINVAL;
		return NULL;
	}
	handle = handle_create(logger);
	if (!handle)
		return NULL;
	error = handle_connect(handle, -1);
	if (!error && (open_flags & XENEVTCHN_NO_CLOEXEC))
		error = handle_keep(handle);
	if (!error)
		return handle;
	xenevtchn_close(handle);
	errno = -error;
	return NULL;
}

xenevtchn_handle *xenevtchn_fdopen(xentoollog_logger *logger, int fd, unsigned int open_flags)
{
	xenevtchn_handle *handle;
	int error;

	if (open_flags || fd < 0) {
		errno = open_flags ? EINVAL : EBADF;
		return NULL;
	}
	handle = handle_create(logger);
	if (!handle)
		return NULL;
	error = handle_connect(handle, fd);
	if (!error)
		return handle;
	handle->fd = -1; /* stays the caller's */
	xenevtchn_close(handle);
	errno = -error;
	return NULL;
}

static void peer_free(struct peer *peer)
{
	if (!peer)
		return;
	if (peer->table) {
		munmap(peer->table, sizeof(*peer->table));
		close(peer->write_fd);
	}
	free(peer);
}

int xenevtchn_close(xenevtchn_handle *handle)
{
	int error = 0;

	if (!handle)
		return 0;
	xentoolcore__deregister_active_handle(&handle->active);
	for (uint32_t port = 0; port < LOOP_PORTS; port++)
		peer_free(handle->peers[port]);
	if (handle->table)
		munmap(handle->table, sizeof(*handle->table));
	if (handle->bound)
		munmap((void *)handle->bound, sizeof(*handle->bound));
	if (handle->write_fd >= 0)
		close(handle->write_fd);
	if (handle->conn >= 0)
		close(handle->conn);
	if (handle->fd >= 0 && close(handle->fd))
		error = -errno;
	xtl_logger_destroy(handle->logger_tofree);
	pthread_rwlock_destroy(&handle->known);
	pthread_mutex_destroy(&handle->take);
	pthread_mutex_destroy(&handle->ask);
	free(handle);
	return loop_client_return(error);
}

int xenevtchn_fd(xenevtchn_handle *handle)
{
	return handle->fd;
}

static int ask(xenevtchn_handle *handle, struct loop_exchange *exchange)
{
	int error;

	pthread_mutex_lock(&handle->ask);
	error = loop_client_exchange(handle->conn, exchange);
	pthread_mutex_unlock(&handle->ask);
	return error;
}

/* Asks, and returns as the public functions do: the port, or -1 and errno. */
static int ask_simply(xenevtchn_handle *handle, enum loop_op op, uint32_t a, uint32_t b)
{
	struct loop_exchange exchange = {.request = {.op = op, .a = a, .b = b}};
	int error = ask(handle, &exchange);

	return error ? loop_client_return(error) : (int)exchange.answer.value;
}

int xenevtchn_restrict(xenevtchn_handle *handle, domid_t domid)
{
	return ask_simply(handle, LOOP_OP_RESTRICT, domid, 0);
}

xenevtchn_port_or_error_t xenevtchn_bind_unbound_port(xenevtchn_handle *handle, uint32_t domid)
{
	return ask_simply(handle, LOOP_OP_BIND_UNBOUND, (domid_t)domid, 0);
}

xenevtchn_port_or_error_t xenevtchn_bind_interdomain(
	xenevtchn_handle *handle, uint32_t domid, evtchn_port_t remote_port)
{
	return ask_simply(handle, LOOP_OP_BIND_INTERDOMAIN, (domid_t)domid, remote_port);
}

xenevtchn_port_or_error_t xenevtchn_bind_virq(xenevtchn_handle *handle, unsigned int virq)
{
	return ask_simply(handle, LOOP_OP_BIND_VIRQ, virq, 0);
}

/* Puts what is known of a port's peer in place. */
static void peer_set(xenevtchn_handle *handle, uint32_t port, struct peer *peer)
{
	struct peer *old;

	pthread_rwlock_wrlock(&handle->known);
	old = handle->peers[port];
	handle->peers[port] = peer;
	pthread_rwlock_unlock(&handle->known);
	peer_free(old);
}

int xenevtchn_unbind(xenevtchn_handle *handle, evtchn_port_t port)
{
	int result = ask_simply(handle, LOOP_OP_UNBIND, port, 0);

	if (!result)
		peer_set(handle, port, NULL);
	return result;
}

static uint32_t generation(const xenevtchn_handle *handle, uint32_t port)
{
	return port < LOOP_PORTS ? atomic_load(&handle->bound->generation[port]) : 0;
}

static void wake(int write_fd)
{
	(void)!write(write_fd, "", 1); /* full: it is readable as it is */
}

static int peer_learn(xenevtchn_handle *handle, uint32_t port, uint32_t current)
{
	int files[2];
	struct loop_exchange exchange = {
		.request = {.op = LOOP_OP_PEER, .a = port},
		.files = files,
		.files_max = 2,
	};
	struct peer *peer = calloc(1, sizeof(*peer));
	int error;

	if (!peer)
		return -ENOMEM;
	peer->generation = current;
	error = ask(handle, &exchange);
	if (!error && exchange.files_count == 2) {
		peer->port = exchange.answer.value;
		peer->write_fd = files[1];
		peer->table = file_map(files[0], sizeof(*peer->table), PROT_READ | PROT_WRITE);
		close(files[0]);
		if (!peer->table) {
			close(files[1]);
			error = -ENOMEM;
		}
	}
	if (error) {
		free(peer);
		return error;
	}
	peer_set(handle, port, peer);
	return 0;
}

/* Sends if what we know is of that generation. */
static bool peer_notify(xenevtchn_handle *handle, uint32_t port, uint32_t current)
{
	const struct peer *peer;
	bool known;

	pthread_rwlock_rdlock(&handle->known);
	peer = handle->peers[port];
	known = peer && peer->generation == current;
	if (known && peer->port && loop_table_raise(peer->table, peer->port))
		wake(peer->write_fd);
	pthread_rwlock_unlock(&handle->known);
	return known;
}

int xenevtchn_notify(xenevtchn_handle *handle, evtchn_port_t port)
{
	uint32_t current;

	while ((current = generation(handle, port))) {
		int error;

		if (peer_notify(handle, port, current))
			return 0;
		error = peer_learn(handle, port, current);
		if (error)
			return loop_client_return(error);
	}
	return loop_client_return(-ENOTCONN);
}

/* The next port of ours that has an event; 0: there is none, peers can wake us for nothing. */
static uint32_t port_take(xenevtchn_handle *handle)
{
	uint32_t port;

	pthread_mutex_lock(&handle->take);
	while ((port = loop_table_take(handle->table, handle->taken))) {
		handle->taken = port;
		if (generation(handle, port) && loop_table_mask(handle->table, port))
			break;
	}
	pthread_mutex_unlock(&handle->take);
	return port;
}

xenevtchn_port_or_error_t xenevtchn_pending(xenevtchn_handle *handle)
{
	uint32_t port;
	char byte;

	do {
		if (read(handle->fd, &byte, 1) != 1)
			return -1;
		port = port_take(handle);
	} while (!port);
	return (xenevtchn_port_or_error_t)port;
}

/* A port that is not ours, or not masked, is no error to the kernel either. */
int xenevtchn_unmask(xenevtchn_handle *handle, evtchn_port_t port)
{
	if (generation(handle, port) && loop_table_unmask(handle->table, port))
		wake(handle->write_fd);
	return 0;
}
