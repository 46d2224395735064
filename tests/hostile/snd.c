/* SPDX-License-Identifier: MIT */
#include "tests/hostile/snd.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(sizeof(struct xensnd_req) == RAW_PACKET_BYTES &&
		       sizeof(struct xensnd_resp) == RAW_PACKET_BYTES &&
		       sizeof(struct xensnd_evt) == RAW_PACKET_BYTES &&
		       XENSND_IN_RING_OFFS == RAW_PACKET_BYTES,
	"sndif's packets");

/* ---- the connection ---- */

static void find_streams(struct snd *snd)
{
	for (unsigned pcm = 0, stream = 0; snd->num_streams < SND_STREAMS;) {
		char node[32];
		char *type;

		snprintf(node, sizeof(node), "%u/%u/type", pcm, stream);
		type = raw_read(&snd->raw, node);
		if (!type && stream == 0)
			return;
		if (type)
			snd->streams[snd->num_streams++] =
				(struct snd_stream){.snd = snd, .pcm = pcm, .stream = stream++};
		else
			stream = 0, pcm++;
		free(type);
	}
}

void snd_open(struct snd *snd, const char *device)
{
	memset(snd, 0, sizeof(*snd));
	raw_open(&snd->raw, device);
	find_streams(snd);
}

static void publish(struct snd_stream *stream)
{
	const struct {
		const char *node;
		uint32_t value;
	} nodes[] = {
		{XENSND_FIELD_RING_REF, stream->link.req_ref},
		{XENSND_FIELD_EVT_CHNL, stream->link.req_port},
		{XENSND_FIELD_EVT_RING_REF, stream->link.evt_ref},
		{XENSND_FIELD_EVT_EVT_CHNL, stream->link.evt_port},
	};

	for (unsigned i = 0; i < 4; i++) {
		char node[48];

		snprintf(
			node, sizeof(node), "%u/%u/%s", stream->pcm, stream->stream, nodes[i].node);
		raw_write(&stream->snd->raw, node, "%u", nodes[i].value);
	}
}

bool snd_connect(struct snd *snd)
{
	struct raw *raw = &snd->raw;

	raw_state(raw, XenbusStateInitialising);
	if (!raw_wait_backend(raw, XenbusStateInitWait, SND_TIMEOUT_MS))
		return false;
	for (unsigned i = 0; i < snd->num_streams; i++) {
		raw_link_unshare(raw, &snd->streams[i].link);
		raw_link_share(raw, &snd->streams[i].link);
		publish(&snd->streams[i]);
	}
	raw_state(raw, XenbusStateInitialised);
	if (!raw_wait_backend(raw, XenbusStateConnected, SND_TIMEOUT_MS))
		return false;
	raw_state(raw, XenbusStateConnected);
	return true;
}

/* ---- memory ---- */

static void unshare_buffer(struct snd_stream *stream)
{
	if (!stream->buffer)
		return;
	raw_pages_unshare(&stream->snd->raw, &stream->pages);
	raw_pages_unshare(&stream->snd->raw, &stream->directory);
	stream->buffer = NULL;
}

void snd_share(struct snd_stream *stream, uint32_t pages)
{
	struct raw *raw = &stream->snd->raw;

	unshare_buffer(stream);
	raw_pages_share(raw, pages, true, &stream->pages);
	raw_pages_share(raw, 1, true, &stream->directory);
	stream->buffer = stream->pages.start;
	memset(stream->buffer, 0, pages * RAW_PAGE_BYTES);
	raw_directory(&stream->directory, stream->pages.refs, pages, 0);
}

void snd_close(struct snd *snd)
{
	for (unsigned i = 0; i < snd->num_streams; i++) {
		raw_link_unshare(&snd->raw, &snd->streams[i].link);
		unshare_buffer(&snd->streams[i]);
	}
	raw_close(&snd->raw);
}

/* ---- requests and events ---- */

void snd_send(struct snd_stream *stream, const struct xensnd_req *request)
{
	raw_link_send(&stream->snd->raw, &stream->link, request);
}

bool snd_response(struct snd_stream *stream, struct xensnd_resp *ret, int timeout_ms)
{
	return raw_link_response(&stream->link, ret, timeout_ms);
}

int32_t snd_call(struct snd_stream *stream, struct xensnd_req request, struct xensnd_resp *ret)
{
	return raw_link_call(&stream->snd->raw, &stream->link, &request, ret, SND_TIMEOUT_MS);
}

int32_t snd_op(struct snd_stream *stream, uint8_t operation)
{
	return snd_call(stream, (struct xensnd_req){.operation = operation}, NULL);
}

int32_t snd_rw(struct snd_stream *stream, uint8_t operation, uint32_t offset, uint32_t length)
{
	return snd_call(stream,
		(struct xensnd_req){.operation = operation, .op.rw = {offset, length}}, NULL);
}

int32_t snd_trigger(struct snd_stream *stream, uint8_t type)
{
	return snd_call(stream,
		(struct xensnd_req){.operation = XENSND_OP_TRIGGER, .op.trigger.type = type}, NULL);
}

int32_t snd_open_stream(struct snd_stream *stream, uint32_t buffer_bytes, uint32_t period_bytes)
{
	return snd_call(stream,
		(struct xensnd_req){.operation = XENSND_OP_OPEN,
			.op.open = {.pcm_rate = 48000,
				.pcm_format = XENSND_PCM_FORMAT_S16_LE,
				.pcm_channels = 2,
				.buffer_sz = buffer_bytes,
				.gref_directory = stream->directory.refs[0],
				.period_sz = period_bytes}},
		NULL);
}

bool snd_event(struct snd_stream *stream, struct xensnd_evt *ret, int timeout_ms)
{
	return raw_link_event(&stream->link, ret, timeout_ms);
}
