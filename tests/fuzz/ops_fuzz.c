/* SPDX-License-Identifier: MIT */
/*
 * The 15 operations in any order with any arguments, frames coming between them. The test plays
 * what lies below: link, grants, source.
 */
#include <errno.h>
#include <xen/errno.h>

#include "backend/camera/ops.h"
#include "common/pixfmt.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/source_double.h"

#define GOOD_REFS 16 /* directories 1..16 can be mapped */

static unsigned mapped;
static uint32_t room;
static uint64_t announced;

xengnttab_handle *xb_link_gnttab(struct xb_link *link)
{
	(void)link;
	return NULL;
}

uint32_t xb_link_event_room(const struct xb_link *link)
{
	(void)link;
	return room;
}

int xb_link_event(struct xb_link *link, const void *event)
{
	const struct xencamera_evt *sent = event;

	(void)link;
	if (room == 0)
		return -ENOSPC;
	room--;
	announced += sent->type == XENCAMERA_EVT_FRAME_AVAIL;
	return 0;
}

int xb_map_buffer(xengnttab_handle *gnttab, uint32_t domid, uint32_t directory_ref,
	size_t size_bytes, struct xb_mapped *ret)
{
	(void)gnttab;
	(void)domid;
	if (directory_ref == 0 || directory_ref > GOOD_REFS)
		return -EINVAL;
	/* Just what the guest gave: writing beyond it is seen. */
	*ret = (struct xb_mapped){malloc(size_bytes), xb_pages(size_bytes)};
	FUZZ_CHECK(ret->start);
	mapped++;
	return 0;
}

void xb_unmap(xengnttab_handle *gnttab, struct xb_mapped *memory)
{
	(void)gnttab;
	if (!memory->start)
		return;
	free(memory->start);
	memset(memory, 0, sizeof(*memory));
	mapped--;
}

static void make_offer(struct vcam_offer *offer)
{
	*offer = (struct vcam_offer){
		.num_modes = 2,
		.modes = {{{PV_FOURCC_YUYV, 32, 16}, 2, {{30, 1}, {15, 1}}},
			{{PV_FOURCC_GREY, 64, 32}, 1, {{30, 1}}}},
		.max_buffers = 5,
		.controls = VCAM_CONTROLS_WRITE,
		.control_mask = 0x0b,
	};
}

static bool is_wire_status(int32_t status)
{
	return status == 0 || status == -XEN_EINVAL || status == -XEN_EBUSY ||
	       status == -XEN_EOPNOTSUPP;
}

static void ask(struct vcam_stream *stream, struct fuzz_input *input)
{
	static const uint32_t fourccs[] = {PV_FOURCC_YUYV, PV_FOURCC_GREY};
	struct xencamera_req request = {0};
	struct xencamera_resp response;
	uint8_t shape = fuzz_byte(input);

	request.id = fuzz_byte(input);
	request.operation = shape & 0x80 ? shape : shape % 16;
	fuzz_take(input, &request.req, 32);
	/* Now and then what makes sense, or nothing would ever stream. */
	if (shape & 0x40 && request.operation <= XENCAMERA_OP_CONFIG_VALIDATE) {
		request.req.config.pixel_format = fourccs[request.req.config.pixel_format & 1];
		request.req.config.width = request.req.config.width & 1 ? 32 : 64;
		request.req.config.height = request.req.config.height & 1 ? 32 : 16;
	}
	if (shape & 0x40 && request.operation == XENCAMERA_OP_BUF_CREATE)
		request.req.buf_create.plane_offset[0] = 0;
	if (shape & 0x20 && request.operation >= XENCAMERA_OP_BUF_REQUEST &&
		request.operation <= XENCAMERA_OP_BUF_DEQUEUE)
		request.req.index.index %= 6;
	if (shape & 0x40 && request.operation == XENCAMERA_OP_BUF_CREATE)
		request.req.buf_create.gref_directory %= GOOD_REFS + 2;
	vcam_ops_session.answer(stream, &request, &response);
	FUZZ_CHECK(response.id == request.id && response.operation == request.operation);
	FUZZ_CHECK(is_wire_status(response.status));
}

static void check(struct vcam_stream *stream)
{
	struct vcam_stream_stat stat;

	vcam_stream_stat(stream, &stat);
	FUZZ_CHECK(stat.delivered == announced);
	FUZZ_CHECK(stat.buffers <= 5 && mapped <= stat.buffers);
	FUZZ_CHECK(stat.streaming == source_double.started);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct fuzz_input input = {bytes, size};
	struct vcam_stream *stream;
	struct vcam_offer offer;
	bool be_alloc = fuzz_byte(&input) % 16 == 0;

	source_double_reset();
	make_offer(&offer);
	room = 63;
	announced = 0;
	FUZZ_CHECK(vcam_stream_create(NULL, 1, NULL, &offer, be_alloc, -1, &stream) == 0);
	while (input.left > 0) {
		uint8_t step = fuzz_byte(&input);

		if (step % 4 == 0)
			source_double_offer();
		else if (step % 16 == 1)
			room = step / 16 * 4u;
		else if (step % 16 == 2)
			source_double.control_changed = true;
		else
			ask(stream, &input);
		vcam_ops_session.pump(stream);
		check(stream);
	}
	vcam_ops_session.finish(stream);
	FUZZ_CHECK(mapped == 0 && source_double.held == 0 && !source_double.tap);
	vcam_ops_session.free(stream);
	return 0;
}
