/* SPDX-License-Identifier: MIT */
/*
 * Shared pages and the grant directory of cameraif and sndif (a list of pages holding references,
 * gref_dir_next_page first, then 1023 references). Wraps libxengnttab.
 * Handles belong to one thread. Never call any of this on a real-time thread: mapping may sleep.
 */
#ifndef XB_GRANT_H
#define XB_GRANT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <xengnttab.h>

#define XB_PAGE_BYTES 4096u
#define XB_GRANTDIR_REFS ((XB_PAGE_BYTES - 4u) / 4u) /* references in one directory page */

static inline uint32_t xb_pages(size_t bytes)
{
	return (uint32_t)((bytes + XB_PAGE_BYTES - 1) / XB_PAGE_BYTES);
}

/*
 * Frontend: memory shared with one backend, writable by it, and optionally the directory that
 * describes it. -ENOSPC: the guest's gntalloc limit (1024 pages in all by default) is reached.
 */
struct xb_shared {
	void *start; /* num_pages pages, contiguous here */
	uint32_t num_pages;
	uint32_t first_ref; /* the reference of the first page */
	void *directory;    /* NULL without one */
	uint32_t num_directory_pages;
	uint32_t directory_ref; /* goes on the wire; 0 without one */
};

int xb_share_page(xengntshr_handle *gntshr, uint32_t domid, struct xb_shared *ret);
/* The page of events: its life byte is cleared and port notified when this process goes. */
int xb_share_page_life(
	xengntshr_handle *gntshr, uint32_t domid, uint32_t port, struct xb_shared *ret);
int xb_share_buffer(
	xengntshr_handle *gntshr, uint32_t domid, size_t size_bytes, struct xb_shared *ret);
/* Takes a zeroed one too. */
void xb_unshare(xengntshr_handle *gntshr, struct xb_shared *shared);

/* Backend: memory of a guest, mapped. */
struct xb_mapped {
	void *start;
	uint32_t num_pages;
};

/* -EINVAL or what the kernel says: not a reference this domain granted us, or not writable. */
int xb_map_page(xengnttab_handle *gnttab, uint32_t domid, uint32_t ref, struct xb_mapped *ret);
/* As above, clearing our life byte and notifying port (a local one) when we go. */
int xb_map_page_life(xengnttab_handle *gnttab, uint32_t domid, uint32_t ref, uint32_t port,
	struct xb_mapped *ret);
/*
 * Walks the guest's directory for exactly as many pages as size_bytes needs, copying each
 * directory page once, then maps all pages side by side. A walk needs no more steps than
 * size_bytes asks for, however the list is linked. -EINVAL: the list ends early or late (one in a
 * circle never does) or holds a 0.
 */
int xb_map_buffer(xengnttab_handle *gnttab, uint32_t domid, uint32_t directory_ref,
	size_t size_bytes, struct xb_mapped *ret);
void xb_unmap(xengnttab_handle *gnttab, struct xb_mapped *mapped);

#endif
