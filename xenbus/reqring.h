/* SPDX-License-Identifier: MIT */
/*
 * A request ring of 32 packets of 64 bytes in one shared page: cameraif's and sndif's. Both sides,
 * on <xen/io/ring.h>. Packets are copied in and out once; the caller works on its own copy.
 * One thread a side. Notifying is the caller's: the functions only say when it is due.
 */
#ifndef XB_REQRING_H
#define XB_REQRING_H

#include <stdbool.h>
#include <stdint.h>
#include <xen/xen.h>
#include <xen/io/ring.h>

#define XB_PACKET_BYTES 64

struct xb_packet {
	uint8_t bytes[XB_PACKET_BYTES];
} __attribute__((aligned(8)));

DEFINE_RING_TYPES(xb_reqring, struct xb_packet, struct xb_packet);

/* Frontend. init() clears the page. */
void xb_reqring_front_init(xb_reqring_front_ring_t *ring, void *page);
/* -EAGAIN: ring full. */
int xb_reqring_front_put(xb_reqring_front_ring_t *ring, const void *request);
/* Publishes what was put; true: notify the backend. */
bool xb_reqring_front_push(xb_reqring_front_ring_t *ring);
/* -EAGAIN: none there (and the next one will notify); -EPROTO: the backend broke the ring. */
int xb_reqring_front_get(xb_reqring_front_ring_t *ring, void *ret_response);

/* Backend. Goes on after the last answer in the page, which is at the beginning, or a backend's
 * before this one; what waits for an answer is there to get. */
void xb_reqring_back_attach(xb_reqring_back_ring_t *ring, void *page);
/* -EAGAIN: none there (and the next one will notify); -EPROTO: the guest broke the ring. */
int xb_reqring_back_get(xb_reqring_back_ring_t *ring, void *ret_request);
void xb_reqring_back_put(xb_reqring_back_ring_t *ring, const void *response);
void xb_reqring_back_push(xb_reqring_back_ring_t *ring);

#endif
