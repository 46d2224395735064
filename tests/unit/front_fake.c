/* SPDX-License-Identifier: MIT */
#include "tests/unit/front_fake.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/parse.h"
#include "xenbus/front.h"

#define QUEUE 2048
#define PACKET_BYTES 64
#define RING_REQUESTS 32
#define OPERATION_OFFSET 2 /* requests and responses of every protocol begin with id, operation */

struct front_fake front_fake;

struct queue {
	uint8_t packets[QUEUE][PACKET_BYTES];
	unsigned put, taken;
};

static struct queue responses, events;
static int wake = -1;
static char connected_path[64];

void front_fake_reset(const struct front_fake *backend)
{
	front_fake = *backend;
	front_fake.mute = -1;
	front_fake.share_limit = FRONT_FAKE_BUFFERS;
	responses.put = responses.taken = events.put = events.taken = 0;
}

static void put(struct queue *queue, const void *packet)
{
	memcpy(queue->packets[queue->put++ % QUEUE], packet, PACKET_BYTES);
	eventfd_write(wake, 1);
}

static int take(struct queue *queue, void *ret)
{
	if (queue->taken == queue->put)
		return -EAGAIN;
	memcpy(ret, queue->packets[queue->taken++ % QUEUE], PACKET_BYTES);
	return 0;
}

void front_fake_respond(const void *response)
{
	put(&responses, response);
}

void front_fake_event(const void *event)
{
	put(&events, event);
}

/* ---- xenbus/front.h ---- */

int xb_front_send(struct xb_front *front, const void *packet)
{
	_Alignas(8) uint8_t response[PACKET_BYTES] = {0};
	unsigned outstanding;

	(void)front;
	memcpy(response, packet, OPERATION_OFFSET + 1);
	front_fake.counts[response[OPERATION_OFFSET] % 16]++;
	if (!front_fake.answer(packet, response))
		return 0;
	front_fake_respond(response);
	outstanding = responses.put - responses.taken;
	if (outstanding > front_fake.outstanding_most)
		front_fake.outstanding_most = outstanding;
	return outstanding > RING_REQUESTS ? -EAGAIN : 0;
}

int xb_front_response(struct xb_front *front, void *ret_response)
{
	(void)front;
	return take(&responses, ret_response);
}

int xb_front_event(struct xb_front *front, void *ret_event)
{
	(void)front;
	return take(&events, ret_event);
}

int xb_front_process(struct xb_front *front, int timeout_ms)
{
	struct pollfd ready = {.fd = wake, .events = POLLIN};
	eventfd_t count;

	(void)front;
	poll(&ready, 1, timeout_ms);
	eventfd_read(wake, &count);
	if (front_fake.look)
		front_fake.look();
	return front_fake.gone ? -EPIPE : 0;
}

static bool has_device(const char *device_class, uint32_t device)
{
	char prefix[64];

	snprintf(prefix, sizeof(prefix), "device/%s/%u/", device_class, device);
	for (size_t i = 0; i < front_fake.num_nodes; i++)
		if (strncmp(front_fake.nodes[i][0], prefix, strlen(prefix)) == 0)
			return true;
	return false;
}

bool xb_front_is_claimed(const char *device_class, uint32_t device)
{
	(void)device_class;
	(void)device;
	return true;
}

int xb_front_list(struct xb_store *store, const char *device_class,
	int (*each)(uint32_t device, void *ctx), void *ctx)
{
	int r = 0;

	(void)store;
	for (uint32_t device = 0; r == 0 && device < 16; device++)
		if (has_device(device_class, device))
			r = each(device, ctx);
	return r;
}

int xb_front_connect(struct xb_store *store, const char *device_class, uint32_t device,
	const struct xb_front_names *names, int timeout_ms, struct xb_front **ret)
{
	const char *ring_ref = front_fake.req_ring_ref;

	(void)store;
	(void)timeout_ms;
	if (strcmp(device_class, front_fake.device_class) != 0 ||
		!has_device(device_class, device) ||
		(ring_ref && strcmp(names->req_ring_ref, ring_ref) != 0))
		return -ENODEV;
	if (front_fake.busy)
		return -EBUSY;
	wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	snprintf(connected_path, sizeof(connected_path), "device/%s/%u", device_class, device);
	front_fake.connected++;
	*ret = (struct xb_front *)&front_fake;
	return 0;
}

void xb_front_close(struct xb_front *front)
{
	if (!front)
		return;
	front_fake.connected--;
	close(wake);
}

const char *xb_front_path(const struct xb_front *front)
{
	(void)front;
	return connected_path;
}

uint32_t xb_front_backend_domid(const struct xb_front *front)
{
	(void)front;
	return 0;
}

xengntshr_handle *xb_front_gntshr(struct xb_front *front)
{
	(void)front;
	return NULL;
}

int xb_front_fd(const struct xb_front *front)
{
	(void)front;
	return wake;
}

/* ---- xenbus/grant.h: directory references count from 1 in the order of sharing ---- */

int xb_share_buffer(
	xengntshr_handle *gntshr, uint32_t domid, size_t size_bytes, struct xb_shared *ret)
{
	void *start;

	(void)gntshr;
	(void)domid;
	if (front_fake.shared == front_fake.share_limit)
		return -ENOSPC;
	start = calloc(1, size_bytes);
	front_fake.memory[front_fake.shared++] = start;
	*ret = (struct xb_shared){.start = start, .directory_ref = front_fake.shared};
	return 0;
}

void xb_unshare(xengntshr_handle *gntshr, struct xb_shared *shared)
{
	(void)gntshr;
	if (!shared->start)
		return;
	free(shared->start);
	*shared = (struct xb_shared){0};
	front_fake.shared--;
}

/* ---- xenbus/store.h ---- */

int xb_store_open(struct xb_store **ret)
{
	*ret = (struct xb_store *)&front_fake;
	return 0;
}

const char *xb_store_open_error(int error)
{
	return error ? "no store" : "";
}

void xb_store_close(struct xb_store *store)
{
	(void)store;
}

/* What follows dir and a slash in node i's path; NULL: it is not below dir. */
static const char *below(const char *dir, size_t i)
{
	size_t length = strlen(dir);
	const char *path = front_fake.nodes[i][0];

	return strncmp(path, dir, length) == 0 && path[length] == '/' ? path + length + 1 : NULL;
}

int xb_store_read(struct xb_store *store, xs_transaction_t txn, const char *dir, const char *node,
	size_t max_bytes, char **ret)
{
	(void)store;
	(void)txn;
	for (size_t i = 0; i < front_fake.num_nodes; i++) {
		const char *name = below(dir, i), *value = front_fake.nodes[i][1];

		if (name && strcmp(name, node) == 0 && strlen(value) <= max_bytes) {
			*ret = strdup(value);
			return 0;
		}
	}
	return -ENOENT;
}

int xb_store_read_u32(struct xb_store *store, xs_transaction_t txn, const char *dir,
	const char *node, uint32_t min, uint32_t max, uint32_t *ret)
{
	char *text;
	int r = xb_store_read(store, txn, dir, node, 20, &text);

	if (r < 0)
		return r;
	r = pv_parse_u32(text, min, max, ret);
	free(text);
	return r;
}

/* The names below dir: whatever comes between it and the next slash, once each. */
int xb_store_list(struct xb_store *store, xs_transaction_t txn, const char *dir, char ***ret_names,
	unsigned *ret_count)
{
	const size_t most = front_fake.num_nodes, room = 32;
	char **names = malloc(most * (sizeof(char *) + room));
	char *text = (char *)(names + most);
	unsigned count = 0;

	(void)store;
	(void)txn;
	for (size_t i = 0; i < most; i++) {
		const char *path = below(dir, i);
		size_t name;

		if (!path)
			continue;
		name = strcspn(path, "/");
		if (count && strlen(names[count - 1]) == name &&
			strncmp(names[count - 1], path, name) == 0)
			continue;
		names[count] = memcpy(text + count * room, path, name);
		names[count++][name] = '\0';
	}
	*ret_names = names;
	*ret_count = count;
	return 0;
}
