/* SPDX-License-Identifier: MIT */
/* An open handle of libxenevtchn: its pipe, its table, its page of what is bound. See
 * hyper_proto.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "xenbus/loop/hyper_impl.h"
#include "xenbus/loop/hyper_table.h"

struct loop_handle {
	struct loop_hyper_domain *domain;
	unsigned int conns;
	int64_t restricted;
	int table_fd;
	int bound_fd;
	int write_fd;
	ino_t pipe;
	dev_t pipe_dev;
	struct loop_table *table;
	struct loop_bound *bound;
};

int64_t loop_handle_restricted(const struct loop_handle *handle)
{
	return handle->restricted;
}

void loop_handle_restrict(struct loop_handle *handle, uint32_t domid)
{
	handle->restricted = domid;
}

static void handle_free(struct loop_handle *handle)
{
	if (handle->table)
		munmap(handle->table, sizeof(*handle->table));
	if (handle->bound)
		munmap(handle->bound, sizeof(*handle->bound));
	if (handle->table_fd >= 0)
		close(handle->table_fd);
	if (handle->bound_fd >= 0)
		close(handle->bound_fd);
	if (handle->write_fd >= 0)
		close(handle->write_fd);
	free(handle);
}

/* Memory of that size, mapped. *ret_fd and *ret_memory are set as far as it came. */
static int memory_map(const char *name, size_t bytes, int *ret_fd, void **ret_memory)
{
	void *memory;
	int fd = loop_memory_create(name, bytes);

	if (fd < 0)
		return fd;
	*ret_fd = fd;
	memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (memory == MAP_FAILED)
		return -errno;
	*ret_memory = memory;
	return 0;
}

/*
 * A description of the pipe's writing end of the receiver's own, so that nobody's flags or blocking
 * concern another; also reading, so that a pipe whose owner has died gives no SIGPIPE.
 */
static int pipe_end(int fd)
{
	return loop_memory_reopen(fd, O_RDWR | O_NONBLOCK);
}

/* *ret_read: the caller's, set when it was made. */
static int handle_fill(struct loop_handle *handle, int *ret_read)
{
	struct stat stat;
	int ends[2], error;
	void *memory;

	if (pipe2(ends, O_CLOEXEC))
		return -errno;
	*ret_read = ends[0];
	handle->write_fd = pipe_end(ends[1]);
	close(ends[1]);
	if (handle->write_fd < 0)
		return handle->write_fd;
	if (fstat(ends[0], &stat))
		return -errno;
	handle->pipe = stat.st_ino;
	handle->pipe_dev = stat.st_dev;
	error = memory_map("xenloop-ports", sizeof(*handle->table), &handle->table_fd, &memory);
	if (error)
		return error;
	handle->table = memory;
	error = memory_map("xenloop-bound", sizeof(*handle->bound), &handle->bound_fd, &memory);
	if (error)
		return error;
	handle->bound = memory;
	return 0;
}

/* In the order of enum loop_file, but for the reading end. */
static int handle_files(const struct loop_handle *handle, struct loop_reply *reply)
{
	int error = loop_reply_file(reply, fcntl(handle->table_fd, F_DUPFD_CLOEXEC, 0), NULL);

	if (!error)
		error = loop_reply_file(
			reply, loop_memory_reopen(handle->bound_fd, O_RDONLY), NULL);
	if (!error)
		error = loop_reply_file(reply, pipe_end(handle->write_fd), NULL);
	return error;
}

int loop_handle_open(
	struct loop_hyper_conn *conn, const struct loop_call *call, struct loop_reply *reply)
{
	struct loop_handle *handle = calloc(1, sizeof(*handle));
	int read_fd = -1, error;

	(void)call;
	if (!handle)
		return -ENOMEM;
	handle->domain = conn->domain;
	handle->conns = 1;
	handle->restricted = -1;
	handle->table_fd = handle->bound_fd = handle->write_fd = -1;
	error = handle_fill(handle, &read_fd);
	if (!error)
		error = handle_files(handle, reply);
	if (error) {
		if (read_fd >= 0)
			close(read_fd);
		handle_free(handle);
		return error;
	}
	conn->kind = LOOP_KIND_EVTCHN;
	conn->handle = handle;
	return loop_reply_file(reply, read_fd, NULL);
}

int loop_handle_attach(
	struct loop_hyper_conn *conn, const struct loop_call *call, struct loop_reply *reply)
{
	struct loop_handle *handle = NULL;
	struct stat stat;
	int error;

	if (fstat(call->file, &stat))
		return -errno;
	for (struct loop_hyper_conn *other = conn->domain->conns; other && !handle;
		other = other->next)
		if (other->handle && other->handle->pipe == stat.st_ino &&
			other->handle->pipe_dev == stat.st_dev)
			handle = other->handle;
	if (!handle)
		return -ENOTTY;
	error = handle_files(handle, reply);
	if (error)
		return error;
	handle->conns++;
	conn->kind = LOOP_KIND_EVTCHN;
	conn->handle = handle;
	return 0;
}

void loop_handle_drop(struct loop_hyper_conn *conn)
{
	struct loop_handle *handle = conn->handle;

	conn->handle = NULL;
	if (--handle->conns)
		return;
	loop_port_close_all(handle->domain, handle);
	handle_free(handle);
}

void loop_handle_bind(struct loop_handle *handle, uint32_t port)
{
	struct loop_hyper *hyper = handle->domain->hyper;

	if (!++hyper->generation)
		hyper->generation = 1;
	if (!atomic_load(&handle->bound->generation[port]))
		loop_table_reset(handle->table, port);
	atomic_store(&handle->bound->generation[port], hyper->generation);
}

void loop_handle_unbind(struct loop_handle *handle, uint32_t port)
{
	atomic_store(&handle->bound->generation[port], 0);
	loop_table_reset(handle->table, port);
}

/* A pipe that is full is readable as it is. */
static void handle_wake(const struct loop_handle *handle)
{
	(void)!write(handle->write_fd, "", 1);
}

void loop_handle_raise(struct loop_handle *handle, uint32_t port)
{
	if (loop_table_raise(handle->table, port))
		handle_wake(handle);
}

void loop_handle_rouse(struct loop_handle *handle, uint32_t port)
{
	if (atomic_load(&handle->table->state[port]) != LOOP_PORT_PENDING)
		return;
	loop_table_queue(handle->table, port);
	handle_wake(handle);
}

int loop_handle_share(struct loop_handle *handle, struct loop_reply *reply)
{
	int error = loop_reply_file(reply, fcntl(handle->table_fd, F_DUPFD_CLOEXEC, 0), NULL);

	return error ? error : loop_reply_file(reply, pipe_end(handle->write_fd), NULL);
}
