/* SPDX-License-Identifier: MIT */
/*
 * sndif's 10 operations in any order with any arguments, quanta coming between them. The test plays
 * what lies below: link, grants, card; the stream and the offer are the real ones.
 */
#include <errno.h>
#include <xen/errno.h>

#include "backend/sound/ops.h"
#include "tests/fuzz/fuzz.h"

#define GOOD_REFS 4 /* directories 1..4 can be mapped */
#define QUANTUM_FRAMES 16

static unsigned mapped;
static uint32_t room;
static bool told_while_closed;
static uint64_t told_bytes;
static struct vsnd_stream *open_stream;

xengnttab_handle *xb_link_gnttab(struct xb_link *link)
{
	(void)link;
	return NULL;
}

uint32_t xb_link_events_written(const struct xb_link *link)
{
	(void)link;
	return 0;
}

int xb_link_put_event(struct xb_link *link, const void *event)
{
	const struct xensnd_evt *sent = event;

	(void)link;
	if (room == 0)
		return -ENOSPC;
	room--;
	told_while_closed |= !open_stream;
	FUZZ_CHECK(sent->type == XENSND_EVT_CUR_POS);
	FUZZ_CHECK(sent->op.cur_pos.position >= told_bytes);
	told_bytes = sent->op.cur_pos.position;
	return 0;
}

void xb_link_notify_events(struct xb_link *link)
{
	(void)link;
}

int xb_map_buffer(xengnttab_handle *gnttab, uint32_t domid, uint32_t directory_ref,
	size_t size_bytes, struct xb_mapped *ret)
{
	(void)gnttab;
	(void)domid;
	if (directory_ref == 0 || directory_ref > GOOD_REFS)
		return -EINVAL;
	/* Just what the guest gave: touching what is beyond it is seen. */
	*ret = (struct xb_mapped){calloc(1, size_bytes), xb_pages(size_bytes)};
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

int vsnd_card_query(
	struct vsnd_card *card, enum vsnd_direction direction, struct vsnd_ranges *ranges)
{
	(void)card;
	(void)direction;
	return ranges->channels_min > 2 ? -EINVAL : 0;
}

int vsnd_card_open(struct vsnd_card *card, enum vsnd_direction direction,
	const struct vsnd_format *format, uint32_t period_frames, uint32_t buffer_frames,
	int wake_fd, uint32_t owner, struct vsnd_stream **ret)
{
	(void)card;
	(void)owner;
	FUZZ_CHECK(!open_stream && period_frames > 0 && period_frames <= buffer_frames);
	FUZZ_CHECK(
		vsnd_stream_create(format, direction, buffer_frames, wake_fd, &open_stream) == 0);
	told_bytes = 0;
	*ret = open_stream;
	return 0;
}

void vsnd_card_close(struct vsnd_card *card, struct vsnd_stream *stream)
{
	(void)card;
	FUZZ_CHECK(stream == open_stream);
	vsnd_stream_destroy(stream);
	open_stream = NULL;
}

uint64_t vsnd_card_inside_ns(const struct vsnd_card *card, enum vsnd_direction direction)
{
	(void)card, (void)direction;
	return 0;
}

static void levels_changed(void *ctx)
{
	(void)ctx;
}

/* Now and then something goes wrong with it. */
static void quantum(enum vsnd_direction direction, uint8_t step)
{
	static uint64_t samples[QUANTUM_FRAMES * VSND_CHANNELS_MAX];
	const struct vsnd_mishap mishap = {.gone = step & 0x10,
		.late_ns = step & 0x20 ? 1000000 : 0,
		.missed_ns = step & 0x40 ? 500000 : 0};
	bool ran;

	if (!open_stream)
		return;
	if (direction == VSND_PLAYBACK)
		ran = vsnd_stream_pull(open_stream, samples, QUANTUM_FRAMES);
	else
		ran = vsnd_stream_push(open_stream, samples, QUANTUM_FRAMES);
	if (ran)
		vsnd_stream_account(open_stream, &mishap);
}

/* No frame is left over: see struct vsnd_stream_counts. */
static void check_counts(struct vsnd_pcm *pcm, enum vsnd_direction direction)
{
	const struct vsnd_stream_counts *counts;
	struct vsnd_pcm_stat stat;
	uint64_t silence = 0, in, out;

	vsnd_pcm_stat(pcm, &stat);
	counts = &stat.counts;
	for (unsigned i = 0; i < VSND_SILENCES; i++)
		silence += counts->silence[i];
	in = direction == VSND_PLAYBACK ? counts->guest_frames : counts->device_frames;
	out = direction == VSND_PLAYBACK ? counts->device_frames : counts->guest_frames;
	FUZZ_CHECK(in + silence == out + counts->late_frames + counts->lost_frames +
					   counts->stopped_frames + counts->gone_frames +
					   counts->missed_frames + counts->fill_frames);
}

static bool is_wire_status(int32_t status)
{
	return status == 0 || status == -XEN_EINVAL || status == -XEN_EAGAIN ||
	       status == -XEN_ENOSPC || status == -XEN_EOPNOTSUPP;
}

static void ask(struct vsnd_pcm *pcm, struct fuzz_input *input)
{
	struct xensnd_req request = {0};
	struct xensnd_resp response;
	uint8_t shape = fuzz_byte(input);

	request.id = fuzz_byte(input);
	request.operation = shape & 0x80 ? shape : shape % 16 % 10;
	fuzz_take(input, &request.op, 24);
	/* Now and then what makes sense, or nothing would ever be open. */
	if (shape & 0x40 && request.operation == XENSND_OP_OPEN)
		request.op.open = (struct xensnd_open_req){
			.pcm_rate = 48000,
			.pcm_format = request.op.open.pcm_format % 18,
			.pcm_channels = (uint8_t)(1 + request.op.open.pcm_channels % 2),
			.buffer_sz = 64 * (1 + request.op.open.buffer_sz % 64),
			.gref_directory = 1 + request.op.open.gref_directory % GOOD_REFS,
			.period_sz = 16 * (request.op.open.period_sz % 5),
		};
	else if (shape & 0x40 && request.operation < XENSND_OP_TRIGGER) {
		request.op.rw.offset %= 4096;
		request.op.rw.length %= 512;
	} else if (shape & 0x40 && request.operation == XENSND_OP_TRIGGER) {
		request.op.trigger.type %= 4;
	}
	vsnd_pcm_session_ops.answer(pcm, &request, &response);
	FUZZ_CHECK(response.id == request.id && response.operation == request.operation);
	FUZZ_CHECK(is_wire_status(response.status));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct fuzz_input input = {bytes, size};
	uint8_t first = fuzz_byte(&input);
	const struct vsnd_levels levels = {0};
	const struct vsnd_offer offer = {
		.direction = first & 1 ? VSND_CAPTURE : VSND_PLAYBACK,
		.formats = VSND_FORMATS_ALL,
		.num_rates = 2,
		.rates = {8000, 48000},
		.channels_min = 1,
		.channels_max = 8,
		.buffer_bytes_max = 4096,
	};
	const struct vsnd_pcm_params params = {
		.offer = &offer,
		.levels = &levels,
		.dom0_levels = &levels,
		.kernel_events = first & 2,
		.wake_fd = -1,
		.levels_changed = levels_changed,
	};
	struct vsnd_pcm *pcm;

	room = 63;
	told_while_closed = false;
	FUZZ_CHECK(vsnd_pcm_create(&params, &pcm) == 0);
	while (input.left > 0) {
		uint8_t step = fuzz_byte(&input);

		if (step % 4 == 0)
			quantum(offer.direction, step);
		else if (step % 16 == 1)
			room = step / 16 * 4u;
		else
			ask(pcm, &input);
		vsnd_pcm_session_ops.pump(pcm);
		FUZZ_CHECK(mapped == (open_stream ? 1 : 0) && !told_while_closed);
		check_counts(pcm, offer.direction);
	}
	vsnd_pcm_session_ops.finish(pcm);
	FUZZ_CHECK(mapped == 0 && !open_stream);
	check_counts(pcm, offer.direction);
	vsnd_pcm_session_ops.free(pcm);
	return 0;
}
