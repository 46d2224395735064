/* SPDX-License-Identifier: MIT */
/* Request ring and event page, both sides, over pages that the other side scribbles on. */
#include <errno.h>

#include "tests/fuzz/fuzz.h"
#include "xenbus/evtpage.h"
#include "xenbus/reqring.h"

#define PAGE_BYTES 4096

static void scribble(struct fuzz_input *input, uint8_t *page)
{
	uint32_t place = fuzz_word(input);
	uint32_t word = fuzz_word(input);

	/* Mostly the header, where the indices are. */
	place = place & 0x80 ? place % (PAGE_BYTES / 4) : place % 16;
	memcpy(page + place * 4, &word, sizeof(word));
}

static void ring_back(struct fuzz_input *input, uint8_t *page)
{
	xb_reqring_back_ring_t ring;
	struct xb_packet packet;

	xb_reqring_back_attach(&ring, page);
	while (input->left > 0) {
		unsigned got = 0;
		int error;

		scribble(input, page);
		while ((error = xb_reqring_back_get(&ring, &packet)) == 0) {
			FUZZ_CHECK(++got <= 32);
			xb_reqring_back_put(&ring, &packet);
		}
		xb_reqring_back_push(&ring);
		FUZZ_CHECK(error == -EAGAIN || error == -EPROTO);
		if (error == -EPROTO)
			return;
	}
}

static void ring_front(struct fuzz_input *input, uint8_t *page)
{
	xb_reqring_front_ring_t ring;
	struct xb_packet packet = {{0}};

	xb_reqring_front_init(&ring, page);
	while (input->left > 0) {
		unsigned sent = 0, got = 0;

		while (xb_reqring_front_put(&ring, &packet) == 0)
			FUZZ_CHECK(++sent <= 32);
		xb_reqring_front_push(&ring);
		scribble(input, page);
		while (xb_reqring_front_get(&ring, &packet) == 0)
			FUZZ_CHECK(++got <= 32);
	}
}

static void events_back(struct fuzz_input *input, uint8_t *page)
{
	struct xb_evtpage events;
	uint8_t event[XB_EVENT_BYTES] = {0};

	xb_evtpage_back_attach(&events, page);
	while (input->left > 0) {
		uint32_t room;

		scribble(input, page);
		room = xb_evtpage_back_room(&events);
		FUZZ_CHECK(room <= XB_EVTPAGE_EVENTS);
		for (uint32_t i = 0; i < room; i++)
			FUZZ_CHECK(xb_evtpage_back_put(&events, event) == 0);
		FUZZ_CHECK(xb_evtpage_back_put(&events, event) == -ENOSPC);
	}
}

static void events_front(struct fuzz_input *input, uint8_t *page)
{
	struct xb_evtpage events;
	uint8_t event[XB_EVENT_BYTES];

	xb_evtpage_front_init(&events, page);
	while (input->left > 0) {
		unsigned got = 0;

		scribble(input, page);
		while (xb_evtpage_front_get(&events, event) == 0)
			FUZZ_CHECK(++got <= XB_EVTPAGE_EVENTS);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static void (*const sides[])(struct fuzz_input *, uint8_t *) = {
		ring_back, ring_front, events_back, events_front};
	struct fuzz_input input = {bytes, size};
	unsigned side = fuzz_byte(&input) % 4;
	uint8_t *page = calloc(1, PAGE_BYTES);

	FUZZ_CHECK(page);
	sides[side](&input, page);
	free(page);
	return 0;
}
