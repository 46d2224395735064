/* SPDX-License-Identifier: MIT */
#include "backend/camera/device.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "backend/arrival.h"
#include "backend/camera/device_list.h"
#include "backend/camera/offer.h"
#include "backend/camera/ops.h"
#include "xenbus/back.h"

#define SESSIONS_END_MS 2000

static const char *const classes[] = {"pvcam", "vcamera", NULL};

static struct vcam_source *find_source(struct vcam_devices *devices, const char *name)
{
	for (unsigned i = 0; i < devices->num_sources; i++)
		if (strcmp(vcam_source_name(devices->sources[i]), name) == 0)
			return devices->sources[i];
	return NULL;
}

/* Logs a refusal once, not again each time a guest knocks. */
static int refuse(struct vcam_device *device, int error, const char *why)
{
	if (device->refusal != why)
		vb_guest_log(device->xb, &device->log_limit, PV_LOG_WARNING, "refused: %s", why);
	device->refusal = why;
	return error;
}

static int choose_source(struct vcam_device *device, const struct vcam_guest_config *guest)
{
	struct xb_back_device *xb = device->xb;
	char *id;

	if (xb_store_read(xb->store, XBT_NULL, xb_back_wishes(xb, XENCAMERA_FIELD_UNIQUE_ID),
		    XENCAMERA_FIELD_UNIQUE_ID, VCAM_NAME_BYTES - 1, &id) != 0)
		return refuse(device, -EINVAL, "it has no unique-id that could be a source's name");
	device->source = find_source(device->devices, id);
	if (device->source && !vcam_guest_may_use(guest, id))
		device->source = NULL;
	free(id);
	if (!device->source)
		return refuse(device, -EACCES,
			"its unique-id names no [source] that its [guest] section allows");
	return 0;
}

static int device_probe(struct xb_back_device *xb)
{
	struct vcam_device *device = xb->priv;
	const struct vcam_guest_config *guest;
	int error;

	if (!device) {
		device = calloc(1, sizeof(*device));
		if (!device)
			return -ENOMEM;
		device->devices = xb->user;
		device->xb = xb;
		device->next = device->devices->list;
		device->devices->list = device;
		xb->priv = device;
	}
	guest = vcam_config_guest(device->devices->config, xb->guest);
	if (!guest)
		return refuse(device, -EACCES, "the configuration has no [guest] section for it");
	error = choose_source(device, guest);
	if (error)
		return error;
	free(device->offer);
	device->offer = NULL;
	error = vcam_offer_create(xb, device->source, guest, &device->offer);
	if (error)
		return refuse(device, error,
			"none of the formats attached to it can be had from this source within the "
			"bounds of its [guest] section");
	error = vcam_offer_publish(xb, device->offer);
	if (!error)
		error = xb_back_publish(xb, XENCAMERA_FIELD_BE_VERSIONS, "1");
	if (error)
		return refuse(device, error, "xenstore does not let us publish what it may use");
	device->refusal = NULL;
	return 0;
}

/* Session thread. */
static void session_died(void *ctx, const char *reason)
{
	struct vcam_device *device = ctx;

	atomic_store(&device->died, reason);
	ev_async_send(device->devices->loop, &device->devices->died);
}

/* Main thread: sessions that ended by themselves. */
static void sessions_died(struct ev_loop *loop, ev_async *watcher, int events)
{
	struct vcam_devices *devices = watcher->data;
	struct vcam_device *next;

	(void)loop;
	(void)events;
	for (struct vcam_device *device = devices->list; device; device = next) {
		const char *reason = atomic_exchange(&device->died, NULL);

		next = device->next; /* xb_back_fail removes a device whose nodes are gone */
		if (!reason)
			continue;
		vb_guest_log(device->xb, &device->log_limit, PV_LOG_WARNING,
			"%s; closed (%s), waiting for it to come back", reason,
			vcam_source_name(device->source));
		xb_back_fail(devices->back, device->xb);
	}
}

static int read_params(struct xb_back_device *xb, struct xb_link_params *ret)
{
	const struct {
		const char *node;
		uint32_t *value;
	} nodes[] = {
		{XENCAMERA_FIELD_REQ_RING_REF, &ret->req_ring_ref},
		{XENCAMERA_FIELD_REQ_CHANNEL, &ret->req_port},
		{XENCAMERA_FIELD_EVT_RING_REF, &ret->evt_ring_ref},
		{XENCAMERA_FIELD_EVT_CHANNEL, &ret->evt_port},
	};

	ret->domid = xb->domid;
	ret->needs_life = strcmp(xb->device_class, "pvcam") == 0;
	for (unsigned i = 0; i < sizeof(nodes) / sizeof(nodes[0]); i++) {
		int error = xb_store_read_u32(xb->store, XBT_NULL, xb->front_path, nodes[i].node, 1,
			UINT32_MAX, nodes[i].value);

		if (error)
			return error;
	}
	return 0;
}

/* On failure link is still the caller's. */
static int start_session(struct vcam_device *device, struct xb_link *link, bool be_alloc)
{
	int wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), error;

	if (wake_fd < 0)
		return -errno;
	error = vcam_stream_create(link, device->xb->domid, device->source, device->offer, be_alloc,
		wake_fd, &device->stream);
	if (!error) {
		error = vb_session_start(link, &vcam_ops_session, device->stream, wake_fd, 0,
			session_died, device, &device->session);
		if (error) {
			vcam_stream_finish(device->stream);
			vcam_stream_free(device->stream);
		}
	}
	if (error)
		close(wake_fd);
	return error;
}

static int device_connect(struct xb_back_device *xb)
{
	struct vcam_device *device = xb->priv;
	struct xb_link_params params;
	struct xb_link *link;
	uint32_t be_alloc = 0;
	int error = read_params(xb, &params);

	if (error)
		return refuse(
			device, error, "its ring references or ports are missing or no numbers");
	error = xb_link_create(&params, &link);
	if (error)
		return refuse(device, error, "its rings cannot be mapped or its ports not bound");
	xb_store_read_u32(
		xb->store, XBT_NULL, xb->front_path, XENCAMERA_FIELD_BE_ALLOC, 0, 1, &be_alloc);
	if (be_alloc)
		vb_guest_log(xb, &device->log_limit, PV_LOG_WARNING,
			"asks for buffers of ours (be-alloc=1), which is not supported: "
			"its BUF_CREATE will be refused");
	error = start_session(device, link, be_alloc != 0);
	if (error) {
		xb_link_destroy(link);
		return refuse(device, error, "no session could be started for it");
	}
	device->refusal = NULL;
	vb_guest_log(xb, &device->log_limit, PV_LOG_INFO, "connected to %s",
		vcam_source_name(device->source));
	return 0;
}

static void device_disconnect(struct xb_back_device *xb)
{
	struct vcam_device *device = xb->priv;

	vb_session_end(device->session);
	device->session = NULL;
	if (!atomic_exchange(&device->died, NULL))
		vb_guest_log(xb, &device->log_limit, PV_LOG_INFO, "disconnected");
}

static void device_remove(struct xb_back_device *xb)
{
	struct vcam_device *device = xb->priv;
	struct vcam_device **link;

	if (!device)
		return;
	vb_guest_log_end(xb, &device->log_limit);
	for (link = &device->devices->list; *link != device;)
		link = &(*link)->next;
	*link = device->next;
	free(device->offer);
	free(device);
}

static const struct xb_back_ops back_ops = {
	.probe = device_probe,
	.connect = device_connect,
	.disconnect = device_disconnect,
	.remove = device_remove,
};

static int open_sources(struct vcam_devices *devices, char *error, size_t error_bytes)
{
	const struct vcam_source_config *config;
	unsigned count = 0;

	for (config = devices->config->sources; config; config = config->next)
		count++;
	devices->sources = calloc(count + 1, sizeof(devices->sources[0]));
	if (!devices->sources) {
		snprintf(error, error_bytes, "out of memory");
		return -ENOMEM;
	}
	for (config = devices->config->sources; config; config = config->next) {
		int failed = vcam_source_create(
			config, &devices->sources[devices->num_sources], error, error_bytes);

		if (failed)
			return failed;
		devices->num_sources++;
	}
	return 0;
}

static void camera_arrived(void *ctx, bool came)
{
	struct vcam_devices *devices = ctx;

	for (unsigned i = 0; came && i < devices->num_sources; i++)
		vcam_source_look_again(devices->sources[i]);
}

int vcam_devices_create(struct ev_loop *loop, struct xb_store *store,
	const struct vcam_config *config, struct vcam_devices **ret, char *error,
	size_t error_bytes)
{
	struct vcam_devices *devices = calloc(1, sizeof(*devices));
	int failed;

	if (!devices) {
		snprintf(error, error_bytes, "out of memory");
		return -ENOMEM;
	}
	devices->loop = loop;
	devices->config = config;
	ev_async_init(&devices->died, sessions_died);
	devices->died.data = devices;
	ev_async_start(loop, &devices->died);
	failed = open_sources(devices, error, error_bytes);
	if (!failed && vb_arrival_create(loop, "video4linux", camera_arrived, devices,
			       &devices->arrival) != 0)
		devices->arrival = NULL;
	if (!failed) {
		failed = xb_back_create(store, classes, &back_ops, devices, &devices->back);
		if (failed)
			snprintf(error, error_bytes, "xenstore refuses to watch backend/pvcam: %s",
				strerror(-failed));
	}
	if (failed) {
		vcam_devices_destroy(devices);
		return failed;
	}
	*ret = devices;
	return 0;
}

int vcam_devices_destroy(struct vcam_devices *devices)
{
	if (!devices)
		return 0;
	xb_back_destroy(devices->back);
	vb_arrival_destroy(devices->arrival);
	ev_async_stop(devices->loop, &devices->died);
	if (!vb_session_wait_all(SESSIONS_END_MS))
		return -EBUSY;
	for (unsigned i = 0; i < devices->num_sources; i++)
		vcam_source_destroy(devices->sources[i]);
	free(devices->sources);
	free(devices);
	return 0;
}
