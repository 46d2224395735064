/* SPDX-License-Identifier: MIT */
#include "xenbus/reqring.h"

#include <errno.h>
#include <string.h>

/* ring.h leaves the barriers to its user; the other side may be another processor. */
#define mb() __sync_synchronize()
#define rmb() __sync_synchronize()
#define wmb() __sync_synchronize()

#define RING_PAGE_BYTES 4096

static RING_IDX load(const RING_IDX *index)
{
	return __atomic_load_n(index, __ATOMIC_ACQUIRE);
}

/* The macros narrow a size that only a plain build can tell to be 32: UBSan's keeps it open. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
void xb_reqring_front_init(xb_reqring_front_ring_t *ring, void *page)
{
	memset(page, 0, RING_PAGE_BYTES);
	XEN_FRONT_RING_INIT(ring, (xb_reqring_sring_t *)page, RING_PAGE_BYTES);
}
#pragma GCC diagnostic pop

int xb_reqring_front_put(xb_reqring_front_ring_t *ring, const void *request)
{
	if (RING_FULL(ring))
		return -EAGAIN;
	memcpy(RING_GET_REQUEST(ring, ring->req_prod_pvt), request, XB_PACKET_BYTES);
	ring->req_prod_pvt++;
	return 0;
}

bool xb_reqring_front_push(xb_reqring_front_ring_t *ring)
{
	int notify;

	RING_PUSH_REQUESTS_AND_CHECK_NOTIFY(ring, notify);
	return notify;
}

int xb_reqring_front_get(xb_reqring_front_ring_t *ring, void *ret_response)
{
	RING_IDX produced = load(&ring->sring->rsp_prod);

	if (produced == ring->rsp_cons) {
		int more;

		RING_FINAL_CHECK_FOR_RESPONSES(ring, more);
		if (!more)
			return -EAGAIN;
		produced = load(&ring->sring->rsp_prod);
	}
	/* More answers than requests outstanding is as wrong as more than the ring holds. */
	if (produced - ring->rsp_cons > ring->req_prod_pvt - ring->rsp_cons)
		return -EPROTO;
	memcpy(ret_response, RING_GET_RESPONSE(ring, ring->rsp_cons), XB_PACKET_BYTES);
	ring->rsp_cons++;
	return 0;
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
void xb_reqring_back_attach(xb_reqring_back_ring_t *ring, void *page)
{
	RING_IDX answered = load(&((xb_reqring_sring_t *)page)->rsp_prod);

	BACK_RING_ATTACH(ring, (xb_reqring_sring_t *)page, answered, RING_PAGE_BYTES);
}
#pragma GCC diagnostic pop

int xb_reqring_back_get(xb_reqring_back_ring_t *ring, void *ret_request)
{
	RING_IDX produced = load(&ring->sring->req_prod);

	if (produced == ring->req_cons) {
		int more;

		RING_FINAL_CHECK_FOR_REQUESTS(ring, more);
		if (!more)
			return -EAGAIN;
		produced = load(&ring->sring->req_prod);
	}
	if (RING_REQUEST_PROD_OVERFLOW(ring, produced))
		return -EPROTO;
	memcpy(ret_request, RING_GET_REQUEST(ring, ring->req_cons), XB_PACKET_BYTES);
	ring->req_cons++;
	return 0;
}

void xb_reqring_back_put(xb_reqring_back_ring_t *ring, const void *response)
{
	memcpy(RING_GET_RESPONSE(ring, ring->rsp_prod_pvt), response, XB_PACKET_BYTES);
	ring->rsp_prod_pvt++;
}

void xb_reqring_back_push(xb_reqring_back_ring_t *ring)
{
	RING_PUSH_RESPONSES(ring);
}
