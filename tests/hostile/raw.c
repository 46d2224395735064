/* SPDX-License-Identifier: MIT */
#include "tests/hostile/raw.h"

#include <err.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define HOLD_MS 60000
#define NAP_US 50 /* between looks at memory */

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

void raw_hold(const char *path)
{
	uint64_t until_ms = raw_now_ms() + HOLD_MS;
	FILE *file = fopen(path, "w");

	if (file == NULL || fclose(file) != 0)
		err(1, "cannot make %s", path);
	while (access(path, F_OK) == 0) {
		if (raw_now_ms() > until_ms)
			errx(1, "nobody removed %s", path);
		raw_sleep_ms(5);
	}
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
		errx(1, "no device %s here: the test's script attaches it", device);
	snprintf(raw->backend, sizeof(raw->backend), "%s", backend);
	free(backend);
}

void raw_close(struct raw *raw)
{
	raw_link_unshare(raw, &raw->link);
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

static char *read_node(struct raw *raw, const char *dir, const char *node)
{
	char path[256];
	unsigned length_bytes;

	snprintf(path, sizeof(path), "%s/%s", dir, node);
	return xs_read(raw->xs, XBT_NULL, path, &length_bytes);
}

char *raw_read(struct raw *raw, const char *node)
{
	return read_node(raw, raw->path, node);
}

char *raw_read_backend(struct raw *raw, const char *node)
{
	return read_node(raw, raw->backend, node);
}

void raw_state(struct raw *raw, int state)
{
	raw_write(raw, "state", "%d", state);
}

int raw_backend_state(struct raw *raw)
{
	char *value = raw_read_backend(raw, "state");
	int state = value ? atoi(value) : XenbusStateUnknown;

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

/* ---- a link ---- */

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
static void init_ring(struct raw_link *link)
{
	XEN_FRONT_RING_INIT(&link->ring, (raw_sring_t *)link->req_page, RAW_PAGE_BYTES);
}
#pragma GCC diagnostic pop

void raw_link_share(struct raw *raw, struct raw_link *link)
{
	link->req_port = bind_port(raw);
	link->evt_port = bind_port(raw);
	link->req_page = xengntshr_share_pages(raw->gntshr, 0, 1, &link->req_ref, 1);
	link->evt_page = xengntshr_share_page_notify(
		raw->gntshr, 0, &link->evt_ref, 1, RAW_FRONT_LIFE, link->evt_port);
	if (!link->req_page || !link->evt_page)
		err(1, "cannot share a page");
	memset(link->req_page, 0, RAW_PAGE_BYTES);
	memset(link->evt_page, 0, RAW_PAGE_BYTES);
	init_ring(link);
	((uint8_t *)link->evt_page)[RAW_FRONT_LIFE] = 1;
	link->in_cons = 0;
}

void raw_link_unshare(struct raw *raw, struct raw_link *link)
{
	if (link->req_page)
		xengntshr_unshare(raw->gntshr, link->req_page, 1);
	if (link->evt_page)
		xengntshr_unshare(raw->gntshr, link->evt_page, 1);
	if (link->req_port)
		xenevtchn_unbind(raw->evtchn, link->req_port);
	if (link->evt_port)
		xenevtchn_unbind(raw->evtchn, link->evt_port);
	link->req_page = link->evt_page = NULL;
	link->req_port = link->evt_port = 0;
}

void raw_link_notify(struct raw *raw, struct raw_link *link)
{
	xenevtchn_notify(raw->evtchn, link->req_port);
}

void raw_link_send(struct raw *raw, struct raw_link *link, const void *request)
{
	memcpy(RING_GET_REQUEST(&link->ring, link->ring.req_prod_pvt), request, RAW_PACKET_BYTES);
	link->ring.req_prod_pvt++;
	RING_PUSH_REQUESTS(&link->ring);
	raw_link_notify(raw, link);
}

/* Until the backend's index has left `taken` behind. */
static bool wait_index(const uint32_t *index, uint32_t taken, int timeout_ms)
{
	uint64_t until_ms = raw_now_ms() + (uint64_t)timeout_ms;

	while (__atomic_load_n(index, __ATOMIC_ACQUIRE) == taken) {
		if (timeout_ms == 0 || raw_now_ms() > until_ms)
			return false;
		usleep(NAP_US);
	}
	return true;
}

bool raw_link_response(struct raw_link *link, void *ret, int timeout_ms)
{
	if (!wait_index(&link->ring.sring->rsp_prod, link->ring.rsp_cons, timeout_ms))
		return false;
	memcpy(ret, RING_GET_RESPONSE(&link->ring, link->ring.rsp_cons), RAW_PACKET_BYTES);
	link->ring.rsp_cons++;
	return true;
}

int32_t raw_link_call(
	struct raw *raw, struct raw_link *link, void *request, void *ret, int timeout_ms)
{
	struct raw_request *sent = request;
	struct raw_response response;

	sent->id = link->next_id++;
	raw_link_send(raw, link, sent);
	if (!raw_link_response(link, &response, timeout_ms) || response.id != sent->id ||
		response.operation != sent->operation)
		return INT32_MIN;
	if (ret)
		memcpy(ret, &response, sizeof(response));
	return response.status;
}

bool raw_link_event(struct raw_link *link, void *ret, int timeout_ms)
{
	struct raw_event_head *head = link->evt_page;
	uint32_t count = (RAW_PAGE_BYTES - RAW_PACKET_BYTES) / RAW_PACKET_BYTES;

	if (!wait_index(&head->in_prod, link->in_cons, timeout_ms))
		return false;
	memcpy(ret, (uint8_t *)link->evt_page + RAW_PACKET_BYTES * (1 + link->in_cons % count),
		RAW_PACKET_BYTES);
	__atomic_store_n(&head->in_cons, ++link->in_cons, __ATOMIC_RELEASE);
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
	uint32_t *words = directory->start;

	/* A test may be at it from another thread. */
	__atomic_store_n(&words[0], next, __ATOMIC_RELAXED);
	for (uint32_t i = 0; i < count; i++)
		__atomic_store_n(&words[1 + i], refs[i], __ATOMIC_RELAXED);
}
