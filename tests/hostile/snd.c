/* SPDX-License-Identifier: MIT */
#include "tests/hostile/snd.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define PAGE_BYTES 4096u
#define FRONT_LIFE 62

#define mb() __sync_synchronize()
#define rmb() __sync_synchronize()
#define wmb() __sync_synchronize()
#define xen_mb() mb()
#define xen_rmb() rmb()
#define xen_wmb() wmb()

uint64_t snd_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

void snd_sleep_ms(unsigned ms)
{
	usleep(ms * 1000);
}

/* ---- xenstore ---- */

static char *read_node(struct snd *snd, const char *dir, const char *node)
{
	char path[256];
	unsigned bytes;

	snprintf(path, sizeof(path), "%s/%s", dir, node);
	return xs_read(snd->xs, XBT_NULL, path, &bytes);
}

char *snd_read(struct snd *snd, const char *node)
{
	return read_node(snd, snd->path, node);
}

char *snd_read_backend(struct snd *snd, const char *node)
{
	return read_node(snd, snd->backend, node);
}

void snd_write(struct snd *snd, const char *node, const char *value)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", snd->path, node);
	if (!xs_write(snd->xs, XBT_NULL, path, value, (unsigned)strlen(value)))
		err(1, "cannot write %s", path);
}

void snd_state(struct snd *snd, int state)
{
	char number[12];

	snprintf(number, sizeof(number), "%d", state);
	snd_write(snd, "state", number);
}

static int backend_state(struct snd *snd)
{
	char *value = snd_read_backend(snd, "state");
	int state = value ? atoi(value) : XenbusStateUnknown;

	free(value);
	return state;
}

bool snd_wait_backend(struct snd *snd, int state, int timeout_ms)
{
	uint64_t until_ms = snd_now_ms() + (uint64_t)timeout_ms;

	while (backend_state(snd) != state) {
		if (snd_now_ms() > until_ms)
			return false;
		snd_sleep_ms(1);
	}
	return true;
}

/* ---- the connection ---- */

static void find_streams(struct snd *snd)
{
	for (unsigned pcm = 0, stream = 0; snd->num_streams < SND_STREAMS;) {
		char node[32];
		char *type;

		snprintf(node, sizeof(node), "%u/%u/type", pcm, stream);
		type = snd_read(snd, node);
		if (!type && stream == 0)
			return;
		if (type)
			snd->streams[snd->num_streams++] = (struct snd_stream){
				.snd = snd, .pcm = pcm, .stream = stream++};
		else
			stream = 0, pcm++;
		free(type);
	}
}

void snd_open(struct snd *snd, const char *device)
{
	char *backend;

	memset(snd, 0, sizeof(*snd));
	snd->xs = xs_open(0);
	snd->gntshr = xengntshr_open(NULL, 0);
	snd->evtchn = xenevtchn_open(NULL, 0);
	if (!snd->xs || !snd->gntshr || !snd->evtchn)
		err(1, "no xenstore, grants or event channels");
	snprintf(snd->path, sizeof(snd->path), "device/%s", device);
	backend = snd_read(snd, "backend");
	if (!backend)
		errx(1, "no sound device %s here", device);
	snprintf(snd->backend, sizeof(snd->backend), "%s", backend);
	free(backend);
	find_streams(snd);
}

static evtchn_port_t bind_port(struct snd *snd)
{
	xenevtchn_port_or_error_t port = xenevtchn_bind_unbound_port(snd->evtchn, 0);

	if (port < 0)
		err(1, "cannot bind a port");
	return (evtchn_port_t)port;
}

static void unshare_buffer(struct snd_stream *stream)
{
	if (!stream->buffer)
		return;
	xengntshr_unshare(stream->snd->gntshr, stream->buffer, stream->buffer_pages);
	xengntshr_unshare(stream->snd->gntshr, stream->directory, 1);
	stream->buffer = NULL;
}

static void unshare_rings(struct snd_stream *stream)
{
	struct snd *snd = stream->snd;

	if (!stream->req_page)
		return;
	xengntshr_unshare(snd->gntshr, stream->req_page, 1);
	xengntshr_unshare(snd->gntshr, stream->evt_page, 1);
	xenevtchn_unbind(snd->evtchn, stream->req_port);
	xenevtchn_unbind(snd->evtchn, stream->evt_port);
	stream->req_page = NULL;
}

static void share_rings(struct snd_stream *stream)
{
	struct snd *snd = stream->snd;

	stream->req_port = bind_port(snd);
	stream->evt_port = bind_port(snd);
	stream->req_page = xengntshr_share_pages(snd->gntshr, 0, 1, &stream->req_ref, 1);
	stream->evt_page = xengntshr_share_page_notify(snd->gntshr, 0, &stream->evt_ref, 1,
		FRONT_LIFE, stream->evt_port);
	if (!stream->req_page || !stream->evt_page)
		err(1, "cannot share a page");
	memset(stream->req_page, 0, PAGE_BYTES);
	memset(stream->evt_page, 0, PAGE_BYTES);
	XEN_FRONT_RING_INIT(&stream->ring, (xen_sndif_sring_t *)stream->req_page, PAGE_BYTES);
	((uint8_t *)stream->evt_page)[FRONT_LIFE] = 1;
	stream->in_cons = 0;
}

static void publish(struct snd_stream *stream)
{
	const struct {
		const char *node;
		uint32_t value;
	} nodes[] = {
		{XENSND_FIELD_RING_REF, stream->req_ref},
		{XENSND_FIELD_EVT_CHNL, stream->req_port},
		{XENSND_FIELD_EVT_RING_REF, stream->evt_ref},
		{XENSND_FIELD_EVT_EVT_CHNL, stream->evt_port},
	};

	for (unsigned i = 0; i < 4; i++) {
		char node[48], value[12];

		snprintf(node, sizeof(node), "%u/%u/%s", stream->pcm, stream->stream,
			nodes[i].node);
		snprintf(value, sizeof(value), "%u", nodes[i].value);
		snd_write(stream->snd, node, value);
	}
}

bool snd_connect(struct snd *snd)
{
	snd_state(snd, XenbusStateInitialising);
	if (!snd_wait_backend(snd, XenbusStateInitWait, SND_TIMEOUT_MS))
		return false;
	for (unsigned i = 0; i < snd->num_streams; i++) {
		unshare_rings(&snd->streams[i]);
		share_rings(&snd->streams[i]);
		publish(&snd->streams[i]);
	}
	snd_state(snd, XenbusStateInitialised);
	if (!snd_wait_backend(snd, XenbusStateConnected, SND_TIMEOUT_MS))
		return false;
	snd_state(snd, XenbusStateConnected);
	return true;
}

void snd_close(struct snd *snd)
{
	for (unsigned i = 0; i < snd->num_streams; i++) {
		unshare_rings(&snd->streams[i]);
		unshare_buffer(&snd->streams[i]);
	}
	xengntshr_close(snd->gntshr);
	xenevtchn_close(snd->evtchn);
	xs_close(snd->xs);
}

/* ---- memory ---- */

void snd_share(struct snd_stream *stream, uint32_t pages)
{
	struct snd *snd = stream->snd;

	unshare_buffer(stream);
	if (pages > sizeof(stream->refs) / sizeof(stream->refs[0]))
		errx(1, "%u pages are too many for a test", pages);
	stream->buffer_pages = pages;
	stream->buffer = xengntshr_share_pages(snd->gntshr, 0, (int)pages, stream->refs, 1);
	stream->directory = xengntshr_share_pages(snd->gntshr, 0, 1, &stream->directory_ref, 1);
	if (!stream->buffer || !stream->directory)
		err(1, "cannot share %u pages", pages);
	memset(stream->buffer, 0, pages * PAGE_BYTES);
	stream->directory[0] = 0;
	memcpy(stream->directory + 1, stream->refs, pages * sizeof(stream->refs[0]));
}

/* ---- requests and events ---- */

void snd_send(struct snd_stream *stream, const struct xensnd_req *request)
{
	*RING_GET_REQUEST(&stream->ring, stream->ring.req_prod_pvt) = *request;
	stream->ring.req_prod_pvt++;
	RING_PUSH_REQUESTS(&stream->ring);
	xenevtchn_notify(stream->snd->evtchn, stream->req_port);
}

bool snd_response(struct snd_stream *stream, struct xensnd_resp *ret, int timeout_ms)
{
	uint64_t until_ms = snd_now_ms() + (uint64_t)timeout_ms;

	while (__atomic_load_n(&stream->ring.sring->rsp_prod, __ATOMIC_ACQUIRE) ==
		stream->ring.rsp_cons) {
		if (snd_now_ms() > until_ms)
			return false;
		usleep(50);
	}
	*ret = *RING_GET_RESPONSE(&stream->ring, stream->ring.rsp_cons);
	stream->ring.rsp_cons++;
	return true;
}

int32_t snd_call(struct snd_stream *stream, struct xensnd_req request, struct xensnd_resp *ret)
{
	struct xensnd_resp response;

	request.id = stream->next_id++;
	snd_send(stream, &request);
	if (!snd_response(stream, &response, SND_TIMEOUT_MS) || response.id != request.id ||
		response.operation != request.operation)
		return INT32_MIN;
	if (ret)
		*ret = response;
	return response.status;
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
			.op.open = {.pcm_rate = 48000, .pcm_format = XENSND_PCM_FORMAT_S16_LE,
				.pcm_channels = 2, .buffer_sz = buffer_bytes,
				.gref_directory = stream->directory_ref,
				.period_sz = period_bytes}},
		NULL);
}

bool snd_event(struct snd_stream *stream, struct xensnd_evt *ret, int timeout_ms)
{
	uint64_t until_ms = snd_now_ms() + (uint64_t)timeout_ms;

	while (__atomic_load_n(&stream->evt_page->in_prod, __ATOMIC_ACQUIRE) == stream->in_cons) {
		if (timeout_ms == 0 || snd_now_ms() > until_ms)
			return false;
		usleep(100);
	}
	*ret = XENSND_IN_RING_REF(stream->evt_page, stream->in_cons);
	__atomic_store_n(&stream->evt_page->in_cons, ++stream->in_cons, __ATOMIC_RELEASE);
	return true;
}
