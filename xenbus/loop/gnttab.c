/* SPDX-License-Identifier: MIT */
/* xengnttab_*: mapping what others share. Errors as Linux's gntdev gives them. */
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "xenbus/loop/gnt.h"

static int restrict_handle(Xentoolcore__Active_Handle *active, uint16_t domid)
{
	struct xengntdev_handle *handle =
		(void *)((char *)active - offsetof(struct xengntdev_handle, active));

	(void)domid;
	return xentoolcore__restrict_by_dup2_null(handle->fd);
}

xengnttab_handle *xengnttab_open(xentoollog_logger *logger, unsigned int open_flags)
{
	struct xengntdev_handle *handle = loop_gnt_open(logger, LOOP_KIND_GNTTAB);

	(void)open_flags;
	if (!handle)
		return NULL;
	handle->active.restrict_callback = restrict_handle;
	xentoolcore__register_active_handle(&handle->active);
	return handle;
}

int xengnttab_close(xengnttab_handle *handle)
{
	if (!handle)
		return 0;
	xentoolcore__deregister_active_handle(&handle->active);
	return loop_gnt_close(handle);
}

int xengnttab_fd(xengnttab_handle *handle)
{
	return handle->fd;
}

/* Kernels of today know no limit of a handle, and Xen's library takes that for success. */
int xengnttab_set_max_grants(xengnttab_handle *handle, uint32_t nr_grants)
{
	(void)handle;
	(void)nr_grants;
	return 0;
}

/* One mapping being made. */
struct mapping {
	char *start;
	uint32_t count, have;
	int prot;
	uint32_t id; /* 0: the server does not know of it yet */
	const uint32_t *domids, *refs;
	uint32_t domids_stride;
};

/* Lays the runs of one answer over the reserved range: each is one mmap. */
static int runs_place(
	struct mapping *mapping, const struct loop_run *runs, uint32_t count, const int *files)
{
	for (uint32_t i = 0; i < count; i++) {
		char *at = mapping->start + (size_t)mapping->have * LOOP_PAGE_BYTES;
		size_t bytes = (size_t)runs[i].pages * LOOP_PAGE_BYTES;

		if (mmap(at, bytes, mapping->prot, MAP_SHARED | MAP_FIXED | MAP_POPULATE,
			    files[runs[i].file],
			    (off_t)runs[i].first * LOOP_PAGE_BYTES) == MAP_FAILED)
			return -errno;
		mapping->have += runs[i].pages;
	}
	return 0;
}

/* Room for one request and its answer. */
struct batch {
	struct loop_gref grefs[LOOP_ITEMS_MAX];
	struct loop_run runs[LOOP_ITEMS_MAX];
	int files[LOOP_FILES_MAX];
};

/* Maps as many of the rest as one request takes. */
static int batch_map(int fd, struct mapping *mapping, struct batch *batch)
{
	uint32_t rest = mapping->count - mapping->have,
		 count = rest < LOOP_ITEMS_MAX ? rest : LOOP_ITEMS_MAX;
	struct loop_exchange exchange = {
		.request = {.op = LOOP_OP_MAP,
			.items = count,
			.a = mapping->id,
			.b = (mapping->prot & PROT_WRITE) != 0},
		.items = batch->grefs,
		.items_bytes = count * sizeof(batch->grefs[0]),
		.answer_items = batch->runs,
		.answer_room_bytes = count * sizeof(batch->runs[0]),
		.files = batch->files,
		.files_max = LOOP_FILES_MAX,
	};
	int error;

	for (uint32_t i = 0, at = mapping->have; i < count; i++, at++)
		batch->grefs[i] = (struct loop_gref){
			.domid = (domid_t)mapping->domids[at * mapping->domids_stride],
			.ref = mapping->refs[at],
		};
	error = loop_client_exchange(fd, &exchange);
	if (error)
		return error;
	mapping->id = exchange.answer.value;
	error = runs_place(mapping, batch->runs, exchange.answer.items, batch->files);
	while (exchange.files_count)
		close(batch->files[--exchange.files_count]);
	return error;
}

static int mapping_fill(xengnttab_handle *handle, struct mapping *mapping)
{
	struct batch *batch = malloc(sizeof(*batch));
	int error = batch ? 0 : -ENOMEM;

	while (!error && mapping->have < mapping->count)
		error = batch_map(handle->fd, mapping, batch);
	free(batch);
	return error;
}

static int map_locked(xengnttab_handle *handle, struct mapping *mapping, uint32_t offset_bytes,
	evtchn_port_t port)
{
	size_t bytes = (size_t)mapping->count * LOOP_PAGE_BYTES;
	int error;

	if (!mapping->count || mapping->count > LOOP_MAP_MAX)
		return -EINVAL;
	mapping->start =
		mmap(NULL, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (mapping->start == MAP_FAILED)
		return -errno;
	error = mapping_fill(handle, mapping);
	if (!error)
		error = loop_gnt_notify(handle, mapping->id, mapping->count, offset_bytes, port);
	if (!error)
		error = loop_gnt_area_add(
			handle, LOOP_OP_UNMAP, mapping->start, mapping->count, mapping->id);
	if (error) {
		munmap(mapping->start, bytes);
		if (mapping->id)
			loop_gnt_end(handle, LOOP_OP_UNMAP, mapping->id);
	}
	return error;
}

static void *map(
	xengnttab_handle *handle, struct mapping mapping, uint32_t offset_bytes, evtchn_port_t port)
{
	int error;

	pthread_mutex_lock(&handle->lock);
	error = map_locked(handle, &mapping, offset_bytes, port);
	pthread_mutex_unlock(&handle->lock);
	if (!error)
		return mapping.start;
	loop_gnt_error(handle, "gnttab", error, "map");
	return NULL;
}

void *xengnttab_map_grant_ref_notify(xengnttab_handle *handle, uint32_t domid, uint32_t ref,
	int prot, uint32_t notify_offset, evtchn_port_t notify_port)
{
	struct mapping mapping = {.count = 1, .prot = prot, .domids = &domid, .refs = &ref};

	return map(handle, mapping, notify_offset, notify_port);
}

void *xengnttab_map_grant_ref(xengnttab_handle *handle, uint32_t domid, uint32_t ref, int prot)
{
	return xengnttab_map_grant_ref_notify(
		handle, domid, ref, prot, (uint32_t)-1, (evtchn_port_t)-1);
}

void *xengnttab_map_grant_refs(
	xengnttab_handle *handle, uint32_t count, uint32_t *domids, uint32_t *refs, int prot)
{
	struct mapping mapping = {
		.count = count, .prot = prot, .domids = domids, .domids_stride = 1, .refs = refs};

	return map(handle, mapping, (uint32_t)-1, (evtchn_port_t)-1);
}

void *xengnttab_map_domain_grant_refs(
	xengnttab_handle *handle, uint32_t count, uint32_t domid, uint32_t *refs, int prot)
{
	struct mapping mapping = {.count = count, .prot = prot, .domids = &domid, .refs = refs};

	return map(handle, mapping, (uint32_t)-1, (evtchn_port_t)-1);
}

static int unmap_locked(xengnttab_handle *handle, void *start, uint32_t count)
{
	struct loop_area **link = &handle->areas, *area;
	uint32_t id;

	while (*link && (*link)->start != start)
		link = &(*link)->next;
	area = *link;
	if (!area || area->pages != count)
		return -EINVAL;
	if (munmap(start, area->pages * LOOP_PAGE_BYTES))
		return -errno;
	id = area->id;
	*link = area->next;
	free(area);
	return loop_gnt_end(handle, LOOP_OP_UNMAP, id);
}

int xengnttab_unmap(xengnttab_handle *handle, void *start_address, uint32_t count)
{
	int error;

	pthread_mutex_lock(&handle->lock);
	error = unmap_locked(handle, start_address, count);
	pthread_mutex_unlock(&handle->lock);
	return loop_client_return(error);
}

int xengnttab_dmabuf_exp_from_refs(xengnttab_handle *handle, uint32_t domid, uint32_t flags,
	uint32_t count, const uint32_t *refs, uint32_t *fd)
{
	(void)handle, (void)domid, (void)flags, (void)count, (void)refs, (void)fd;
	return loop_client_return(-ENOTSUP);
}

int xengnttab_dmabuf_exp_wait_released(xengnttab_handle *handle, uint32_t fd, uint32_t wait_to_ms)
{
	(void)handle, (void)fd, (void)wait_to_ms;
	return loop_client_return(-ENOTSUP);
}

int xengnttab_dmabuf_imp_to_refs(
	xengnttab_handle *handle, uint32_t domid, uint32_t fd, uint32_t count, uint32_t *refs)
{
	(void)handle, (void)domid, (void)fd, (void)count, (void)refs;
	return loop_client_return(-ENOTSUP);
}

int xengnttab_dmabuf_imp_release(xengnttab_handle *handle, uint32_t fd)
{
	(void)handle, (void)fd;
	return loop_client_return(-ENOTSUP);
}
