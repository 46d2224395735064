/* SPDX-License-Identifier: MIT */
#include "xenbus/front.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>
#include <xenevtchn.h>

#include "common/parse.h"
#include "xenbus/notification.h"
#include "xenbus/quiet.h"
#include "xenbus/state.h"

#define GOODBYE_MS 300
#define CONNECT_TRIES 3
#define FRONT_FDS 3          /* event channels, store, timer */
#define STORE_LOOK_SECONDS 1 /* a store that died does not make its descriptor readable */

struct xb_front {
	struct xb_store *store;
	char path[XB_PATH_BYTES];
	char backend_path[XB_PATH_BYTES];
	uint32_t backend_domid;
	bool claimed; /* the device is this process's, and no other's of this domain */
	int epoll;
	int timer;
	xenevtchn_handle *evtchn;
	xengntshr_handle *gntshr;
	evtchn_port_t req_port;
	evtchn_port_t evt_port;
	struct xb_shared req_page;
	struct xb_shared evt_page;
	xb_reqring_front_ring_t requests;
	struct xb_evtpage events;
	struct xb_watch *watch;
	enum xenbus_state backend_state;
	bool connected;
	int gone; /* -EPIPE once the backend is gone */
};

int xb_front_list(struct xb_store *store, const char *device_class,
	int (*each)(uint32_t device, void *ctx), void *ctx)
{
	char dir[XB_PATH_BYTES];
	char **names;
	unsigned count;
	int answer = 0, error;

	snprintf(dir, sizeof(dir), "device/%s", device_class);
	error = xb_store_list(store, XBT_NULL, dir, &names, &count);
	if (error)
		return error == -ENOENT ? 0 : error;
	/* Names come sorted as text; numbers up to the largest possible, in order, cost too much.
	 */
	for (uint32_t last = 0; answer == 0;) {
		uint32_t device, next = UINT32_MAX;

		for (unsigned i = 0; i < count; i++)
			if (pv_parse_u32(names[i], last, UINT16_MAX, &device) == 0 && device < next)
				next = device;
		if (next == UINT32_MAX)
			break;
		answer = each(next, ctx);
		last = next + 1;
	}
	free(names);
	return answer;
}

/*
 * The claim on a device: a byte of /dev/xen/gntalloc, locked through the handle, so it ends with
 * the process. Nobody can take it who may not open the device anyway, and no namespace but a mount
 * with another node in that place parts two processes. Which byte: FNV-1a of the class, the number.
 */
static struct flock claim_of(const char *device_class, uint32_t device)
{
	uint32_t hash = 2166136261;

	for (const char *at = device_class; *at; at++)
		hash = (hash ^ (uint8_t)*at) * 16777619;
	return (struct flock){.l_type = F_WRLCK,
		.l_whence = SEEK_SET,
		.l_start = (off_t)((uint64_t)hash << 16 | (uint16_t)device),
		.l_len = 1};
}

static int front_claim(struct xb_front *front, const char *device_class, uint32_t device)
{
	const struct flock claim = claim_of(device_class, device);

	if (fcntl(xengntshr_fd(front->gntshr), F_OFD_SETLK, &claim) < 0)
		return errno == EAGAIN || errno == EACCES ? -EBUSY : -errno;
	front->claimed = true;
	return 0;
}

bool xb_front_is_claimed(const char *device_class, uint32_t device)
{
	xengntshr_handle *gntshr = xengntshr_open(xb_quiet(), 0);
	struct flock claim = claim_of(device_class, device);
	bool claimed = gntshr && fcntl(xengntshr_fd(gntshr), F_OFD_GETLK, &claim) == 0 &&
		       claim.l_type != F_UNLCK;

	if (gntshr)
		xengntshr_close(gntshr);
	return claimed;
}

static int front_read_backend(struct xb_front *front)
{
	char *path;
	int error = xb_store_read_u32(front->store, XBT_NULL, front->path, "backend-id", 0,
		UINT16_MAX, &front->backend_domid);

	if (!error)
		error = xb_store_read(
			front->store, XBT_NULL, front->path, "backend", XB_PATH_BYTES - 1, &path);
	if (error)
		return error == -ENOENT ? -ENODEV : error;
	snprintf(front->backend_path, sizeof(front->backend_path), "%s", path);
	free(path);
	return 0;
}

static void backend_changed(const char *path, void *ctx)
{
	struct xb_front *front = ctx;
	uint32_t state = XenbusStateUnknown;

	(void)path;
	xb_store_read_u32(
		front->store, XBT_NULL, front->backend_path, "state", 0, UINT8_MAX, &state);
	front->backend_state = (enum xenbus_state)state;
	if (front->connected && front->backend_state != XenbusStateConnected)
		front->gone = -EPIPE;
}

static int watch_descriptor(struct xb_front *front, int fd)
{
	struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};

	return epoll_ctl(front->epoll, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

static int front_open_handles(struct xb_front *front)
{
	const struct itimerspec look = {
		.it_interval.tv_sec = STORE_LOOK_SECONDS, .it_value.tv_sec = STORE_LOOK_SECONDS};
	int error;

	front->evtchn = xenevtchn_open(xb_quiet(), 0);
	front->gntshr = xengntshr_open(xb_quiet(), 0);
	front->epoll = epoll_create1(EPOLL_CLOEXEC);
	front->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (!front->evtchn || !front->gntshr || front->epoll < 0 || front->timer < 0)
		return errno > 0 ? -errno : -ENODEV;
	/* Readable does not mean that there is an event: somebody's death may wake us twice for
	 * one. */
	if (fcntl(xenevtchn_fd(front->evtchn), F_SETFL, O_NONBLOCK) < 0)
		return -errno;
	timerfd_settime(front->timer, 0, &look, NULL);
	error = watch_descriptor(front, xenevtchn_fd(front->evtchn));
	if (!error)
		error = watch_descriptor(front, xb_store_fd(front->store));
	if (!error)
		error = watch_descriptor(front, front->timer);
	return error;
}

static int front_bind(struct xb_front *front, evtchn_port_t *ret)
{
	xenevtchn_port_or_error_t port =
		xenevtchn_bind_unbound_port(front->evtchn, front->backend_domid);

	if (port < 0)
		return errno > 0 ? -errno : -EINVAL;
	*ret = (evtchn_port_t)port;
	return 0;
}

static int front_share(struct xb_front *front)
{
	int error = front_bind(front, &front->req_port);

	if (!error)
		error = front_bind(front, &front->evt_port);
	if (!error)
		error = xb_share_page(front->gntshr, front->backend_domid, &front->req_page);
	if (!error)
		error = xb_share_page_life(
			front->gntshr, front->backend_domid, front->evt_port, &front->evt_page);
	if (error)
		return error;
	xb_reqring_front_init(&front->requests, front->req_page.start);
	xb_evtpage_front_init(&front->events, front->evt_page.start);
	xb_evtpage_set_alive(front->evt_page.start, XB_EVTPAGE_FRONT_LIFE_OFFSET, true);
	return 0;
}

struct publication {
	struct xb_front *front;
	const struct xb_front_names *names;
};

static int front_publish(struct xb_store *store, xs_transaction_t txn, void *ctx)
{
	const struct publication *publication = ctx;
	const struct xb_front *front = publication->front;
	const struct xb_front_names *names = publication->names;
	const struct {
		const char *node;
		uint32_t value;
	} nodes[] = {
		{names->req_ring_ref, front->req_page.first_ref},
		{names->req_event_channel, front->req_port},
		{names->evt_ring_ref, front->evt_page.first_ref},
		{names->evt_event_channel, front->evt_port},
		{"state", XenbusStateInitialised},
	};

	for (unsigned i = 0; i < sizeof(nodes) / sizeof(nodes[0]); i++) {
		int error = xb_store_write(
			store, txn, front->path, nodes[i].node, "%u", nodes[i].value);

		if (error)
			return error;
	}
	return 0;
}

static int front_set_state(struct xb_front *front, enum xenbus_state state)
{
	return xb_store_write(front->store, XBT_NULL, front->path, "state", "%d", state);
}

/* Waits for a store event until deadline_ns, then delivers it. */
static int front_wait(struct xb_front *front, uint64_t deadline_ns)
{
	struct pollfd ready = {.fd = xb_store_fd(front->store), .events = POLLIN};
	uint64_t now_ns = pv_now_ns();
	int slice_ms = STORE_LOOK_SECONDS * 1000;

	if (now_ns >= deadline_ns)
		return -ETIMEDOUT;
	if ((deadline_ns - now_ns) / 1000000 < (uint64_t)slice_ms)
		slice_ms = (int)((deadline_ns - now_ns) / 1000000) + 1;
	if (poll(&ready, 1, slice_ms) < 0 && errno != EINTR)
		return -errno;
	return xb_store_dispatch(front->store);
}

/* Follows the states until both sides are Connected. */
static int front_handshake(
	struct xb_front *front, const struct xb_front_names *names, uint64_t deadline_ns)
{
	enum xenbus_state own = XenbusStateUnknown;
	struct publication publication = {front, names};
	int error = 0, refusals = 0;

	while (!error) {
		switch (xb_state_front(own, front->backend_state)) {
		case XB_FRONT_RESET:
			own = XenbusStateInitialising;
			error = front_set_state(front, own);
			break;
		case XB_FRONT_PUBLISH:
			own = XenbusStateInitialised;
			error = xb_store_transaction(front->store, front_publish, &publication);
			break;
		case XB_FRONT_CONNECTED:
			front->connected = true;
			return front_set_state(front, XenbusStateConnected);
		case XB_FRONT_WAIT:
			error = front_wait(front, deadline_ns);
			break;
		default:
			/* Its InitWait may have been meant for a predecessor that was killed. */
			if (++refusals == CONNECT_TRIES)
				return -ECONNREFUSED;
			own = XenbusStateUnknown;
		}
	}
	return error;
}

static int front_start(struct xb_front *front, const char *device_class, uint32_t device,
	const struct xb_front_names *names, int timeout_ms)
{
	uint64_t deadline_ns = pv_now_ns() + (uint64_t)timeout_ms * 1000000;
	char state_path[XB_PATH_BYTES + 8];
	int error = front_read_backend(front);

	if (!error)
		error = front_open_handles(front);
	if (!error)
		error = front_claim(front, device_class, device);
	if (error)
		return error;
	snprintf(state_path, sizeof(state_path), "%s/state", front->backend_path);
	error = xb_watch_add(front->store, state_path, backend_changed, front, &front->watch);
	if (!error)
		error = front_share(front);
	if (error)
		return error;
	backend_changed(state_path, front);
	return front_handshake(front, names, deadline_ns);
}

int xb_front_connect(struct xb_store *store, const char *device_class, uint32_t device,
	const struct xb_front_names *names, int timeout_ms, struct xb_front **ret)
{
	struct xb_front *front = calloc(1, sizeof(*front));
	int error;

	if (!front)
		return -ENOMEM;
	front->store = store;
	front->epoll = front->timer = -1;
	snprintf(front->path, sizeof(front->path), "device/%s/%u", device_class, device);
	error = front_start(front, device_class, device, names, timeout_ms);
	if (error) {
		xb_front_close(front);
		return error;
	}
	*ret = front;
	return 0;
}

/* A living backend gets the time to let go: or it would see our life byte fall first, and take
 * this for a death. */
static void front_say_goodbye(struct xb_front *front)
{
	uint64_t deadline_ns = pv_now_ns() + GOODBYE_MS * 1000000ull;

	front_set_state(front, XenbusStateClosing);
	while (!front->gone && front->backend_state == XenbusStateConnected &&
		xb_evtpage_alive(front->evt_page.start, XB_EVTPAGE_BACK_LIFE_OFFSET))
		if (front_wait(front, deadline_ns) < 0)
			break;
}

void xb_front_close(struct xb_front *front)
{
	if (!front)
		return;
	/* Only who holds the claim may speak for the device, and only while it is attached: a state
	 * written into a directory that dom0 has removed would bring it back. */
	if (front->claimed && front_read_backend(front) == 0) {
		if (front->connected)
			front_say_goodbye(front);
		front_set_state(front, XenbusStateInitialising);
	}
	xb_watch_remove(front->watch);
	if (front->gntshr) {
		xb_unshare(front->gntshr, &front->evt_page);
		xb_unshare(front->gntshr, &front->req_page);
	}
	if (front->evtchn)
		xenevtchn_close(front->evtchn);
	if (front->timer >= 0)
		close(front->timer);
	if (front->epoll >= 0)
		close(front->epoll);
	if (front->gntshr)
		xengntshr_close(front->gntshr); /* the claim ends */
	free(front);
}

const char *xb_front_path(const struct xb_front *front)
{
	return front->path;
}

uint32_t xb_front_backend_domid(const struct xb_front *front)
{
	return front->backend_domid;
}

xengntshr_handle *xb_front_gntshr(struct xb_front *front)
{
	return front->gntshr;
}

int xb_front_fd(const struct xb_front *front)
{
	return front->epoll;
}

/* Only what is ready is read, and one notification: xenevtchn_pending may block (xenevtchn.h). */
int xb_front_process(struct xb_front *front, int timeout_ms)
{
	struct epoll_event ready[FRONT_FDS];
	int count = epoll_wait(front->epoll, ready, FRONT_FDS, timeout_ms);
	bool look = false;

	for (int i = 0; i < count; i++) {
		uint64_t expirations;

		if (ready[i].data.fd == xenevtchn_fd(front->evtchn))
			xb_take_notification(front->evtchn);
		else
			look = true;
		/* The timer only says that it is time to look at the store. */
		if (ready[i].data.fd == front->timer &&
			read(front->timer, &expirations, sizeof(expirations)) < 0 &&
			errno != EAGAIN)
			front->gone = -EPIPE;
	}
	if (look && xb_store_dispatch(front->store) < 0)
		front->gone = -EPIPE;
	if (!xb_evtpage_alive(front->evt_page.start, XB_EVTPAGE_BACK_LIFE_OFFSET))
		front->gone = -EPIPE;
	return front->gone;
}

int xb_front_send(struct xb_front *front, const void *request)
{
	int error = xb_reqring_front_put(&front->requests, request);

	if (!error && xb_reqring_front_push(&front->requests))
		xenevtchn_notify(front->evtchn, front->req_port);
	return error;
}

int xb_front_response(struct xb_front *front, void *ret_response)
{
	return xb_reqring_front_get(&front->requests, ret_response);
}

int xb_front_event(struct xb_front *front, void *ret_event)
{
	return xb_evtpage_front_get(&front->events, ret_event);
}
