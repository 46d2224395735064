/* SPDX-License-Identifier: MIT */
#include "tests/hostile/raw.h"

#include <err.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define mb() __sync_synchronize()
#define rmb() __sync_synchronize()
#define wmb() __sync_synchronize()
#define xen_mb() mb()
#define xen_rmb() rmb()
#define xen_wmb() wmb()

uint64_t raw_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

void raw_sleep_ms(unsigned ms)
{
	usleep(ms * 1000);
}

void raw_open(struct raw *raw, const char *device)
{
	char *backend;

	memset(raw, 0, sizeof(*raw));
	raw->xs = xs_open(0);
	raw->gntshr = xengntshr_open(NULL, 0);
	raw->evtchn = xenevtchn_open(NULL, 0);
	if (!raw->xs || !raw->gntshr || !raw->evtchn)
		err(1, "no xenstore, grants or event channels");
	snprintf(raw->path, sizeof(raw->path), "device/%s", device);
	backend = raw_read(raw, "backend");
	if (!backend)
		errx(1, "no camera %s here: tests/hostile/run attaches it", device);
	snprintf(raw->backend, sizeof(raw->backend), "%s", backend);
	free(backend);
}

void raw_close(struct raw *raw)
{
	raw_unshare(raw);
	xengntshr_close(raw->gntshr);
	xenevtchn_close(raw->evtchn);
	xs_close(raw->xs);
}

/* ---- xenstore ---- */

bool raw_write_bytes(struct raw *raw, const char *node, const void *value, unsigned length_bytes)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", raw->path, node);
	return xs_write(raw->xs, XBT_NULL, path, value, length_bytes);
}

void raw_write(struct raw *raw, const char *node, const char *format, ...)
{
	char value[256];
	va_list args;

	va_start(args, format);
	vsnprintf(value, sizeof(value), format, args);
	va_end(args);
	if (!raw_write_bytes(raw, node, value, (unsigned)strlen(value)))
		err(1, "cannot write %s/%s", raw->path, node);
}

char *raw_read(struct raw *raw, const char *node)
{
	char path[256];
	unsigned length_bytes;

	snprintf(path, sizeof(path), "%s/%s", raw->path, node);
	return xs_read(raw->xs, XBT_NULL, path, &length_bytes);
}

void raw_state(struct raw *raw, int state)
{
	raw_write(raw, "state", "%d", state);
}

int raw_backend_state(struct raw *raw)
{
	char path[160];
	unsigned length_bytes;
	char *value;
	int state = XenbusStateUnknown;

	snprintf(path, sizeof(path), "%s/state", raw->backend);
	value = xs_read(raw->xs, XBT_NULL, path, &length_bytes);
	if (value)
		state = atoi(value);
	free(value);
	return state;
}

bool raw_wait_backend(struct raw *raw, int state, int timeout_ms)
{
	uint64_t until_ms = raw_now_ms() + (uint64_t)timeout_ms;

	while (raw_backend_state(raw) != state) {
		if (raw_now_ms() > until_ms)
			return false;
		raw_sleep_ms(1);
	}
	return true;
}

bool raw_start_over(struct raw *raw)
{
	raw_state(raw, XenbusStateInitialising);
	return raw_wait_backend(raw, XenbusStateInitWait, RAW_TIMEOUT_MS);
}

/* ---- the connection ---- */

static evtchn_port_t bind_port(struct raw *raw)
{
	xenevtchn_port_or_error_t port = xenevtchn_bind_unbound_port(raw->evtchn, 0);

	if (port < 0)
		err(1, "cannot bind a port");
	return (evtchn_port_t)port;
}

/* The macro narrows a size that only a plain build can tell to be 32: UBSan's keeps it open. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
static void init_ring(struct raw *raw)
{
	XEN_FRONT_RING_INIT(&raw->ring, (xen_cameraif_sring_t *)raw->req_page, RAW_PAGE_BYTES);
}
#pragma GCC diagnostic pop

void raw_share(struct raw *raw)
{
	raw->req_port = bind_port(raw);
	raw->evt_port = bind_port(raw);
	raw->req_page = xengntshr_share_pages(raw->gntshr, 0, 1, &raw->req_ref, 1);
	raw->evt_page = xengntshr_share_page_notify(raw->gntshr, 0, &raw->evt_ref, 1, RAW_FRONT_LIFE,
		raw->evt_port);
	if (!raw->req_page || !raw->evt_page)
		err(1, "cannot share a page");
	memset(raw->req_page, 0, RAW_PAGE_BYTES);
	memset(raw->evt_page, 0, RAW_PAGE_BYTES);
	init_ring(raw);
	((uint8_t *)raw->evt_page)[RAW_FRONT_LIFE] = 1;
	raw->in_cons = 0;
}

void raw_unshare(struct raw *raw)
{
	if (raw->req_page)
		xengntshr_unshare(raw->gntshr, raw->req_page, 1);
	if (raw->evt_page)
		xengntshr_unshare(raw->gntshr, raw->evt_page, 1);
	if (raw->req_port)
		xenevtchn_unbind(raw->evtchn, raw->req_port);
	if (raw->evt_port)
		xenevtchn_unbind(raw->evtchn, raw->evt_port);
	raw->req_page = raw->evt_page = NULL;
	raw->req_port = raw->evt_port = 0;
}

void raw_publish(struct raw *raw)
{
	raw_write(raw, XENCAMERA_FIELD_REQ_RING_REF, "%u", raw->req_ref);
	raw_write(raw, XENCAMERA_FIELD_REQ_CHANNEL, "%u", raw->req_port);
	raw_write(raw, XENCAMERA_FIELD_EVT_RING_REF, "%u", raw->evt_ref);
	raw_write(raw, XENCAMERA_FIELD_EVT_CHANNEL, "%u", raw->evt_port);
}

/* 1: connected; 0: refused; -1: neither in time. */
static int try_to_connect(struct raw *raw)
{
	uint64_t until_ms = raw_now_ms() + RAW_TIMEOUT_MS;
	int state;

	if (!raw_start_over(raw))
		return -1;
	raw_unshare(raw);
	raw_share(raw);
	raw_publish(raw);
	raw_state(raw, XenbusStateInitialised);
	while ((state = raw_backend_state(raw)) == XenbusStateInitWait && raw_now_ms() < until_ms)
		raw_sleep_ms(1);
	if (state == XenbusStateConnected) {
		raw_state(raw, XenbusStateConnected);
		return 1;
	}
	return state == XenbusStateInitWait ? -1 : 0;
}

bool raw_connect(struct raw *raw)
{
	int got = 0;

	for (int i = 0; i < 10 && got == 0; i++)
		got = try_to_connect(raw);
	return got == 1 && raw_op(raw, XENCAMERA_OP_CONFIG_GET) == 0;
}

/* ---- requests ---- */

void raw_notify(struct raw *raw)
{
	xenevtchn_notify(raw->evtchn, raw->req_port);
}

void raw_send(struct raw *raw, const struct xencamera_req *request)
{
	*RING_GET_REQUEST(&raw->ring, raw->ring.req_prod_pvt) = *request;
	raw->ring.req_prod_pvt++;
	RING_PUSH_REQUESTS(&raw->ring);
	raw_notify(raw);
}

bool raw_response(struct raw *raw, struct xencamera_resp *ret, int timeout_ms)
{
	uint64_t until_ms = raw_now_ms() + (uint64_t)timeout_ms;

	while (__atomic_load_n(&raw->ring.sring->rsp_prod, __ATOMIC_ACQUIRE) == raw->ring.rsp_cons) {
		if (raw_now_ms() > until_ms)
			return false;
		usleep(100);
	}
	*ret = *RING_GET_RESPONSE(&raw->ring, raw->ring.rsp_cons);
	raw->ring.rsp_cons++;
	return true;
}

int32_t raw_call(struct raw *raw, struct xencamera_req request, struct xencamera_resp *ret)
{
	struct xencamera_resp response;

	request.id = raw->next_id++;
	raw_send(raw, &request);
	if (!raw_response(raw, &response, RAW_TIMEOUT_MS) || response.id != request.id ||
		response.operation != request.operation)
		return INT32_MIN;
	if (ret)
		*ret = response;
	return response.status;
}

int32_t raw_op(struct raw *raw, uint8_t operation)
{
	return raw_call(raw, (struct xencamera_req){.operation = operation}, NULL);
}

int32_t raw_index(struct raw *raw, uint8_t operation, uint8_t index)
{
	return raw_call(raw,
		(struct xencamera_req){.operation = operation, .req.index.index = index}, NULL);
}

int32_t raw_config(struct raw *raw, uint8_t operation, const char *fourcc, uint32_t width,
	uint32_t height)
{
	struct xencamera_req request = {
		.operation = operation, .req.config = {.width = width, .height = height}};

	memcpy(&request.req.config.pixel_format, fourcc, 4);
	return raw_call(raw, request, NULL);
}

int32_t raw_buffers(struct raw *raw, uint8_t count)
{
	return raw_call(raw,
		(struct xencamera_req){
			.operation = XENCAMERA_OP_BUF_REQUEST, .req.buf_request.num_bufs = count},
		NULL);
}

int32_t raw_create(struct raw *raw, uint8_t index, uint32_t directory_ref)
{
	return raw_call(raw,
		(struct xencamera_req){.operation = XENCAMERA_OP_BUF_CREATE,
			.req.buf_create = {.index = index, .gref_directory = directory_ref}},
		NULL);
}

bool raw_event(struct raw *raw, struct xencamera_evt *ret, int timeout_ms)
{
	struct xencamera_event_page *page = raw->evt_page;
	uint64_t until_ms = raw_now_ms() + (uint64_t)timeout_ms;

	while (__atomic_load_n(&page->in_prod, __ATOMIC_ACQUIRE) == raw->in_cons) {
		if (raw_now_ms() > until_ms)
			return false;
		usleep(200);
	}
	*ret = XENCAMERA_IN_RING_REF(page, raw->in_cons);
	__atomic_store_n(&page->in_cons, ++raw->in_cons, __ATOMIC_RELEASE);
	return true;
}

/* ---- memory ---- */

void raw_pages_share(struct raw *raw, uint32_t count, bool writable, struct raw_pages *ret)
{
	if (count > sizeof(ret->refs) / sizeof(ret->refs[0]))
		errx(1, "%u pages are too many for a test", count);
	ret->count = count;
	ret->start = xengntshr_share_pages(raw->gntshr, 0, (int)count, ret->refs, writable);
	if (!ret->start)
		err(1, "cannot share %u pages", count);
}

void raw_pages_unshare(struct raw *raw, struct raw_pages *pages)
{
	xengntshr_unshare(raw->gntshr, pages->start, pages->count);
}

void raw_directory(struct raw_pages *directory, const uint32_t *refs, uint32_t count, uint32_t next)
{
	struct xencamera_page_directory *page = directory->start;

	/* A test may be at it from another thread. */
	__atomic_store_n(&page->gref_dir_next_page, next, __ATOMIC_RELAXED);
	for (uint32_t i = 0; i < count; i++)
		__atomic_store_n((uint32_t *)directory->start + 1 + i, refs[i], __ATOMIC_RELAXED);
}
