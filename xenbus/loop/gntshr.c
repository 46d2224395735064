/* SPDX-License-Identifier: MIT */
/* xengntshr_*: sharing pages. Errors as Linux's gntalloc gives them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "xenbus/loop/gnt.h"

xengntshr_handle *xengntshr_open(xentoollog_logger *logger, unsigned int open_flags)
{
	(void)open_flags;
	return loop_gnt_open(logger, LOOP_KIND_GNTSHR);
}

int xengntshr_close(xengntshr_handle *handle)
{
	return handle ? loop_gnt_close(handle) : 0;
}

int xengntshr_fd(xengntshr_handle *handle)
{
	return handle->file_fd;
}

/* Receives all references and the memory. */
static int share_ask(xengntshr_handle *handle, uint32_t domid, uint32_t pages, bool writable,
	uint32_t *refs, uint32_t *ret_id, int *ret_memory)
{
	struct loop_exchange exchange = {
		.request = {.op = LOOP_OP_SHARE, .a = domid, .b = pages, .c = writable},
		.answer_items = refs,
		.answer_room_bytes = (size_t)pages * sizeof(*refs),
		.files = ret_memory,
		.files_max = 1,
	};
	int error = loop_client_exchange(handle->fd, &exchange);
	uint32_t have = exchange.answer.items;

	if (error)
		return error;
	*ret_id = exchange.answer.value;
	while (have < pages && !error) {
		struct loop_exchange more = {
			.request = {.op = LOOP_OP_SHARE_REFS, .a = *ret_id, .b = have},
			.answer_items = refs + have,
			.answer_room_bytes = (size_t)(pages - have) * sizeof(*refs),
		};

		error = loop_client_exchange(handle->fd, &more);
		have += more.answer.items;
	}
	if (error)
		close(*ret_memory);
	return error;
}

/* All of it with the lock held; *ret_area untouched on error. */
static int share_locked(xengntshr_handle *handle, uint32_t domid, uint32_t pages, bool writable,
	uint32_t *refs, uint32_t offset_bytes, evtchn_port_t port, void **ret_area)
{
	size_t bytes = (size_t)pages * LOOP_PAGE_BYTES;
	uint32_t id;
	void *area;
	int memory, error;

	error = share_ask(handle, domid, pages, writable, refs, &id, &memory);
	if (error)
		return error;
	/* Populated: gntalloc's pages are there from the start, too. */
	area = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, memory, 0);
	error = area == MAP_FAILED ? -errno : 0;
	close(memory);
	if (!error)
		error = loop_gnt_notify(handle, id, pages, offset_bytes, port);
	if (!error)
		error = loop_gnt_area_add(handle, LOOP_OP_UNSHARE, area, pages, id);
	if (error) {
		if (area != MAP_FAILED)
			munmap(area, bytes);
		loop_gnt_end(handle, LOOP_OP_UNSHARE, id);
		return error;
	}
	*ret_area = area;
	return 0;
}

static void *share(xengntshr_handle *handle, uint32_t domid, int pages, uint32_t *refs,
	int writable, uint32_t offset_bytes, evtchn_port_t port)
{
	void *area = NULL;
	int error;

	if (pages < 0) {
		errno = ENOMEM;
		return NULL;
	}
	pthread_mutex_lock(&handle->lock);
	error = share_locked(handle, (domid_t)domid, (uint32_t)pages, writable != 0, refs,
		offset_bytes, port, &area);
	pthread_mutex_unlock(&handle->lock);
	if (error)
		loop_gnt_error(handle, "gntshr", error, "share");
	return area;
}

void *xengntshr_share_pages(
	xengntshr_handle *handle, uint32_t domid, int count, uint32_t *refs, int writable)
{
	return share(handle, domid, count, refs, writable, (uint32_t)-1, (evtchn_port_t)-1);
}

void *xengntshr_share_page_notify(xengntshr_handle *handle, uint32_t domid, uint32_t *ref,
	int writable, uint32_t notify_offset, evtchn_port_t notify_port)
{
	return share(handle, domid, 1, ref, writable, notify_offset, notify_port);
}

/* As in Xen's library, this is munmap: pages of a share may go one by one, the last of them ends
 * it. */
int xengntshr_unshare(xengntshr_handle *handle, void *start_address, uint32_t count)
{
	int error;

	if (munmap(start_address, (size_t)count * LOOP_PAGE_BYTES))
		return -1;
	pthread_mutex_lock(&handle->lock);
	error = loop_gnt_area_cut(handle, LOOP_OP_UNSHARE, start_address, count);
	pthread_mutex_unlock(&handle->lock);
	return loop_client_return(error);
}
