/* SPDX-License-Identifier: MIT */
#include "xenbus/grant.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "xenbus/evtpage.h"

/* One page of the directory; cameraif and sndif declare theirs with gref[1]. */
struct directory_page {
	grant_ref_t next_page;
	grant_ref_t refs[XB_GRANTDIR_REFS];
};

_Static_assert(sizeof(struct directory_page) == XB_PAGE_BYTES, "a directory page is a page");

static int grant_error(void)
{
	return errno > 0 ? -errno : -EINVAL;
}

/* ---- frontend ---- */

int xb_share_page(xengntshr_handle *gntshr, uint32_t domid, struct xb_shared *ret)
{
	struct xb_shared shared = {.num_pages = 1};

	shared.start = xengntshr_share_pages(gntshr, domid, 1, &shared.first_ref, 1);
	if (!shared.start)
		return grant_error();
	*ret = shared;
	return 0;
}

int xb_share_page_life(
	xengntshr_handle *gntshr, uint32_t domid, uint32_t port, struct xb_shared *ret)
{
	struct xb_shared shared = {.num_pages = 1};

	shared.start = xengntshr_share_page_notify(
		gntshr, domid, &shared.first_ref, 1, XB_EVTPAGE_FRONT_LIFE_OFFSET, port);
	if (!shared.start)
		return grant_error();
	*ret = shared;
	return 0;
}

static void directory_fill(struct directory_page *pages, const uint32_t *page_refs,
	uint32_t num_pages, const uint32_t *refs, uint32_t num_refs)
{
	for (uint32_t i = 0; i < num_pages; i++) {
		uint32_t first = i * XB_GRANTDIR_REFS;
		uint32_t count =
			num_refs - first < XB_GRANTDIR_REFS ? num_refs - first : XB_GRANTDIR_REFS;

		pages[i].next_page = i + 1 < num_pages ? page_refs[i + 1] : 0;
		memcpy(pages[i].refs, refs + first, count * sizeof(*refs));
	}
}

int xb_share_buffer(
	xengntshr_handle *gntshr, uint32_t domid, size_t size_bytes, struct xb_shared *ret)
{
	struct xb_shared shared = {.num_pages = xb_pages(size_bytes)};
	uint32_t *refs, *directory_refs;
	int error = 0;

	shared.num_directory_pages = (shared.num_pages + XB_GRANTDIR_REFS - 1) / XB_GRANTDIR_REFS;
	refs = calloc(shared.num_pages + shared.num_directory_pages, sizeof(*refs));
	if (!refs)
		return -ENOMEM;
	directory_refs = refs + shared.num_pages;
	shared.start = xengntshr_share_pages(gntshr, domid, (int)shared.num_pages, refs, 1);
	if (!shared.start) {
		error = grant_error();
		goto out;
	}
	/* Writable: be-alloc backends fill it in, and the protocol is one. */
	shared.directory = xengntshr_share_pages(
		gntshr, domid, (int)shared.num_directory_pages, directory_refs, 1);
	if (!shared.directory) {
		error = grant_error();
		xengntshr_unshare(gntshr, shared.start, shared.num_pages);
		goto out;
	}
	directory_fill(shared.directory, directory_refs, shared.num_directory_pages, refs,
		shared.num_pages);
	shared.first_ref = refs[0];
	shared.directory_ref = directory_refs[0];
	*ret = shared;
out:
	free(refs);
	return error;
}

void xb_unshare(xengntshr_handle *gntshr, struct xb_shared *shared)
{
	if (shared->start)
		xengntshr_unshare(gntshr, shared->start, shared->num_pages);
	if (shared->directory)
		xengntshr_unshare(gntshr, shared->directory, shared->num_directory_pages);
	memset(shared, 0, sizeof(*shared));
}

/* ---- backend ---- */

static int map_one(xengnttab_handle *gnttab, uint32_t domid, uint32_t ref, uint32_t life_offset,
	uint32_t port, struct xb_mapped *ret)
{
	void *start;

	if (ref == 0)
		return -EINVAL;
	start = xengnttab_map_grant_ref_notify(
		gnttab, domid, ref, PROT_READ | PROT_WRITE, life_offset, port);
	if (!start)
		return grant_error();
	*ret = (struct xb_mapped){.start = start, .num_pages = 1};
	return 0;
}

int xb_map_page(xengnttab_handle *gnttab, uint32_t domid, uint32_t ref, struct xb_mapped *ret)
{
	return map_one(gnttab, domid, ref, UINT32_MAX, UINT32_MAX, ret);
}

int xb_map_page_life(xengnttab_handle *gnttab, uint32_t domid, uint32_t ref, uint32_t port,
	struct xb_mapped *ret)
{
	return map_one(gnttab, domid, ref, XB_EVTPAGE_BACK_LIFE_OFFSET, port, ret);
}

/* Copies one directory page out of the guest's memory. */
static int directory_read(
	xengnttab_handle *gnttab, uint32_t domid, uint32_t ref, struct directory_page *ret)
{
	void *page;

	if (ref == 0)
		return -EINVAL;
	page = xengnttab_map_grant_ref(gnttab, domid, ref, PROT_READ);
	if (!page)
		return grant_error();
	memcpy(ret, page, sizeof(*ret));
	xengnttab_unmap(gnttab, page, 1);
	return 0;
}

/* Collects num_refs references; each turn takes a page full of them, so it ends. */
static int directory_walk(xengnttab_handle *gnttab, uint32_t domid, uint32_t directory_ref,
	uint32_t *refs, uint32_t num_refs)
{
	struct directory_page page;
	uint32_t ref = directory_ref;

	for (uint32_t got = 0; got < num_refs;) {
		uint32_t count =
			num_refs - got < XB_GRANTDIR_REFS ? num_refs - got : XB_GRANTDIR_REFS;
		int error = directory_read(gnttab, domid, ref, &page);

		if (error)
			return error;
		for (uint32_t i = 0; i < count; i++)
			if (page.refs[i] == 0)
				return -EINVAL;
		memcpy(refs + got, page.refs, count * sizeof(*refs));
		got += count;
		ref = page.next_page;
	}
	/* A list that goes on is not the one of this buffer; one in a circle always does. */
	return ref == 0 ? 0 : -EINVAL;
}

int xb_map_buffer(xengnttab_handle *gnttab, uint32_t domid, uint32_t directory_ref,
	size_t size_bytes, struct xb_mapped *ret)
{
	uint32_t num_pages = xb_pages(size_bytes);
	uint32_t *refs = calloc(num_pages, sizeof(*refs));
	void *start;
	int error;

	if (!refs)
		return -ENOMEM;
	error = directory_walk(gnttab, domid, directory_ref, refs, num_pages);
	if (error)
		goto out;
	start = xengnttab_map_domain_grant_refs(
		gnttab, num_pages, domid, refs, PROT_READ | PROT_WRITE);
	if (start)
		*ret = (struct xb_mapped){.start = start, .num_pages = num_pages};
	else
		error = grant_error();
out:
	free(refs);
	return error;
}

void xb_unmap(xengnttab_handle *gnttab, struct xb_mapped *mapped)
{
	if (mapped->start)
		xengnttab_unmap(gnttab, mapped->start, mapped->num_pages);
	memset(mapped, 0, sizeof(*mapped));
}
