/* SPDX-License-Identifier: MIT */
/* The walk through a grant directory. The test plays libxengnttab: a guest with a few pages. */
#include <errno.h>

#include "tests/fuzz/fuzz.h"
#include "xenbus/grant.h"

#define GUEST_PAGES 4 /* references 1..4 are granted */

static uint32_t pages[GUEST_PAGES][XB_PAGE_BYTES / 4];
static unsigned mapped, walked;

void *xengnttab_map_grant_ref(xengnttab_handle *xgt, uint32_t domid, uint32_t ref, int prot)
{
	uint32_t *copy;

	(void)xgt;
	(void)domid;
	(void)prot;
	walked++;
	if (ref == 0 || ref > GUEST_PAGES) {
		errno = EINVAL;
		return NULL;
	}
	/* Its own piece of memory, that reading beyond it is seen. */
	copy = malloc(XB_PAGE_BYTES);
	FUZZ_CHECK(copy);
	memcpy(copy, pages[ref - 1], XB_PAGE_BYTES);
	mapped++;
	return copy;
}

void *xengnttab_map_grant_ref_notify(xengnttab_handle *xgt, uint32_t domid, uint32_t ref, int prot,
	uint32_t notify_offset, evtchn_port_t notify_port)
{
	(void)notify_offset;
	(void)notify_port;
	return xengnttab_map_grant_ref(xgt, domid, ref, prot);
}

void *xengnttab_map_domain_grant_refs(
	xengnttab_handle *xgt, uint32_t count, uint32_t domid, uint32_t *refs, int prot)
{
	void *start;

	(void)xgt;
	(void)domid;
	(void)prot;
	for (uint32_t i = 0; i < count; i++) {
		FUZZ_CHECK(refs[i] != 0);
		if (refs[i] > GUEST_PAGES) {
			errno = EINVAL;
			return NULL;
		}
	}
	start = malloc((size_t)count * XB_PAGE_BYTES);
	FUZZ_CHECK(start);
	mapped++;
	return start;
}

int xengnttab_unmap(xengnttab_handle *xgt, void *start, uint32_t count)
{
	(void)xgt;
	(void)count;
	free(start);
	mapped--;
	return 0;
}

/* The frontend's half of grant.c is not under test. */
void *xengntshr_share_pages(
	xengntshr_handle *xgs, uint32_t domid, int count, uint32_t *refs, int writable)
{
	(void)xgs;
	(void)domid;
	(void)count;
	(void)refs;
	(void)writable;
	return NULL;
}

void *xengntshr_share_page_notify(xengntshr_handle *xgs, uint32_t domid, uint32_t *ref,
	int writable, uint32_t notify_offset, evtchn_port_t notify_port)
{
	(void)notify_offset;
	(void)notify_port;
	return xengntshr_share_pages(xgs, domid, 1, ref, writable);
}

int xengntshr_unshare(xengntshr_handle *xgs, void *start, uint32_t count)
{
	(void)xgs;
	(void)start;
	(void)count;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct fuzz_input input = {bytes, size};
	size_t size_bytes = 1 + fuzz_word(&input) % (4 * XB_GRANTDIR_REFS * XB_PAGE_BYTES);
	uint32_t directory_ref = fuzz_byte(&input) % (GUEST_PAGES + 2);
	uint32_t fill = fuzz_byte(&input) % (GUEST_PAGES + 2);
	struct xb_mapped buffer = {0};

	for (unsigned i = 0; i < GUEST_PAGES; i++)
		for (unsigned j = 0; j < XB_PAGE_BYTES / 4; j++)
			pages[i][j] = fill;
	for (unsigned i = 0; i < GUEST_PAGES; i++)
		pages[i][0] = fuzz_byte(&input) % (GUEST_PAGES + 2);
	while (input.left > 0) {
		uint32_t place = fuzz_word(&input);

		pages[place % GUEST_PAGES][place / GUEST_PAGES % (XB_PAGE_BYTES / 4)] =
			fuzz_byte(&input) % (GUEST_PAGES + 2);
	}
	walked = 0;
	if (xb_map_buffer(NULL, 1, directory_ref, size_bytes, &buffer) == 0) {
		FUZZ_CHECK(buffer.num_pages == xb_pages(size_bytes));
		memset(buffer.start, 1, size_bytes);
	}
	FUZZ_CHECK(walked <= xb_pages(size_bytes) / XB_GRANTDIR_REFS + 1);
	xb_unmap(NULL, &buffer);
	FUZZ_CHECK(mapped == 0);
	return 0;
}
