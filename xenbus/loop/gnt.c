/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <xen/sys/gntdev.h>

#include "xenbus/loop/gnt.h"

static struct xengntdev_handle *handle_create(xentoollog_logger *logger)
{
	struct xengntdev_handle *handle = calloc(1, sizeof(*handle));

	if (!handle)
		return NULL;
	handle->fd = handle->file_fd = -1;
	handle->logger = logger;
	pthread_mutex_init(&handle->lock, NULL);
	if (!logger) {
		handle->logger_tofree =
			(xentoollog_logger *)xtl_createlogger_stdiostream(stderr, XTL_PROGRESS, 0);
		handle->logger = handle->logger_tofree;
		if (!handle->logger) {
			loop_gnt_close(handle);
			return NULL;
		}
	}
	return handle;
}

struct xengntdev_handle *loop_gnt_open(xentoollog_logger *logger, enum loop_kind kind)
{
	struct loop_exchange exchange = {.request = {.op = LOOP_OP_HELLO, .a = kind}};
	struct xengntdev_handle *handle = handle_create(logger);
	int error, file;

	if (!handle)
		return NULL;
	exchange.files = &file;
	exchange.files_max = kind == LOOP_KIND_GNTSHR;
	error = handle->fd = loop_client_connect();
	if (handle->fd >= 0)
		error = loop_client_exchange(handle->fd, &exchange);
	if (!error && exchange.files_count)
		handle->file_fd = file;
	if (error) {
		loop_gnt_close(handle);
		errno = -error;
		return NULL;
	}
	return handle;
}

int loop_gnt_close(struct xengntdev_handle *handle)
{
	int error = 0;

	if (handle->fd >= 0 && close(handle->fd))
		error = -errno;
	if (handle->file_fd >= 0)
		close(handle->file_fd);
	while (handle->areas) {
		struct loop_area *area = handle->areas;

		handle->areas = area->next;
		free(area);
	}
	xtl_logger_destroy(handle->logger_tofree);
	pthread_mutex_destroy(&handle->lock);
	free(handle);
	return loop_client_return(error);
}

void loop_gnt_error(
	const struct xengntdev_handle *handle, const char *context, int error, const char *what)
{
	xtl_log(handle->logger, XTL_ERROR, -error, context, "%s failed", what);
	errno = -error;
}

int loop_gnt_notify(struct xengntdev_handle *handle, uint32_t id, size_t pages,
	uint32_t offset_bytes, evtchn_port_t port)
{
	struct loop_exchange exchange = {.request = {.op = LOOP_OP_NOTIFY, .a = id, .c = port}};

	if (offset_bytes < pages * LOOP_PAGE_BYTES) {
		exchange.request.b = offset_bytes;
		exchange.request.d |= UNMAP_NOTIFY_CLEAR_BYTE;
	}
	if (port != (evtchn_port_t)-1)
		exchange.request.d |= UNMAP_NOTIFY_SEND_EVENT;
	return exchange.request.d ? loop_client_exchange(handle->fd, &exchange) : 0;
}

int loop_gnt_end(struct xengntdev_handle *handle, enum loop_op end, uint32_t id)
{
	struct loop_exchange exchange = {.request = {.op = end, .a = id}};

	return loop_client_exchange(handle->fd, &exchange);
}

static char *area_end(const struct loop_area *area)
{
	return area->start + area->pages * LOOP_PAGE_BYTES;
}

static int area_insert(struct xengntdev_handle *handle, char *start, const char *end, uint32_t id)
{
	struct loop_area *area = malloc(sizeof(*area));

	if (!area)
		return -ENOMEM;
	*area = (struct loop_area){
		.next = handle->areas,
		.start = start,
		.pages = (size_t)(end - start) / LOOP_PAGE_BYTES,
		.id = id,
	};
	handle->areas = area;
	return 0;
}

static bool area_left(const struct xengntdev_handle *handle, uint32_t id)
{
	for (const struct loop_area *area = handle->areas; area; area = area->next)
		if (area->id == id)
			return true;
	return false;
}

/* The first area that has pages in [start, end), else the end of the list. */
static struct loop_area **area_within(
	struct xengntdev_handle *handle, const char *start, const char *end)
{
	struct loop_area **link = &handle->areas;

	while (*link && ((*link)->start >= end || area_end(*link) <= start))
		link = &(*link)->next;
	return link;
}

int loop_gnt_area_cut(struct xengntdev_handle *handle, enum loop_op end, void *start, size_t pages)
{
	char *from = start, *to = from + pages * LOOP_PAGE_BYTES;
	struct loop_area **link;
	int error = 0;

	while (!error && *(link = area_within(handle, from, to))) {
		struct loop_area area = **link;

		free(*link);
		*link = area.next;
		if (area.start < from)
			error = area_insert(handle, area.start, from, area.id);
		if (!error && area_end(&area) > to)
			error = area_insert(handle, to, area_end(&area), area.id);
		if (!error && !area_left(handle, area.id))
			error = loop_gnt_end(handle, end, area.id);
	}
	return error;
}

int loop_gnt_area_add(
	struct xengntdev_handle *handle, enum loop_op end, void *start, size_t pages, uint32_t id)
{
	loop_gnt_area_cut(handle, end, start, pages);
	return area_insert(handle, start, (char *)start + pages * LOOP_PAGE_BYTES, id);
}
