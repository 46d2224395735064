/* SPDX-License-Identifier: MIT */
#include "backend/sound/device.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "backend/arrival.h"
#include "backend/sound/device_list.h"

#define SESSIONS_END_MS 2000
#define PRIORITY_BELOW_CARD 10
#define VERSIONS "1,2"

static const char *const classes[] = {"pvsnd", XENSND_DRIVER_NAME, NULL};

/* Logs a refusal once, not again each time a guest knocks. */
static int refuse(struct vsnd_device *device, int error, const char *why)
{
	if (device->refusal != why)
		vb_guest_log(device->xb, &device->log_limit, PV_LOG_WARNING, "refused: %s", why);
	device->refusal = why;
	return error;
}

static bool is_user_space(const struct xb_back_device *xb)
{
	return strcmp(xb->device_class, "pvsnd") == 0;
}

/* Finds the card of a stream and whether the guest may use it in this direction. */
static int choose_card(const struct vsnd_device *device, const struct vsnd_guest_config *guest,
	struct vsnd_seat *seat)
{
	const struct vsnd_devices *devices = device->devices;
	const struct vsnd_card_config *config = devices->config->cards;
	bool capture = seat->offer.direction == VSND_CAPTURE;

	seat->card = NULL;
	for (unsigned i = 0; i < devices->num_cards; i++, config = config->next)
		if (strcmp(config->name, seat->offer.unique_id) == 0) {
			seat->card = devices->cards[i];
			seat->config = config;
		}
	return seat->card && vsnd_guest_may_use(guest, seat->offer.unique_id, capture) ? 0
										       : -EACCES;
}

/* Something must be possible, or the guest would learn of it only when it opens. */
static int try_card(const struct vsnd_seat *seat)
{
	struct vsnd_ranges ranges = {
		.formats = VSND_FORMATS_ALL,
		.rate_max = UINT32_MAX,
		.channels_max = UINT32_MAX,
		.buffer_max = UINT32_MAX,
		.period_max = UINT32_MAX,
	};
	int error = vsnd_offer_narrow(&seat->offer, &ranges);

	return error ? error : vsnd_card_query(seat->card, seat->offer.direction, &ranges);
}

/* What it had stays where it is refused. */
static int read_seats(struct vsnd_device *device, const struct vsnd_guest_config *guest)
{
	struct vsnd_offer offers[VSND_OFFER_STREAMS];
	struct vsnd_seat seats[VSND_OFFER_STREAMS] = {0};
	unsigned count;
	int error = vsnd_offer_read(device->xb, offers, &count);

	if (error == -E2BIG)
		return refuse(device, error, "it has too many streams");
	if (error)
		return refuse(device, error,
			"it has no stream with a type, a unique-id, and formats, rates and "
			"channels that leave anything");
	if (is_user_space(device->xb) && (count != 1 || offers[0].pcm || offers[0].stream))
		return refuse(device, -EINVAL, "a device of class pvsnd has exactly one stream");
	for (unsigned i = 0; i < count; i++) {
		struct vsnd_seat *seat = &seats[i];

		seat->offer = offers[i];
		error = choose_card(device, guest, seat);
		if (error)
			return refuse(device, error,
				"a unique-id of it names no [device] that its [guest] section "
				"allows in that direction");
		seat->record_denied =
			seat->offer.direction == VSND_CAPTURE && guest->record == VSND_RECORD_DENY;
		error = try_card(seat);
		if (error)
			return refuse(device, error,
				"the sound device can do nothing of what is attached to it");
	}
	memcpy(device->seats, seats, sizeof(seats));
	device->num_seats = count;
	return 0;
}

static int device_create(struct xb_back_device *xb)
{
	struct vsnd_device *device = calloc(1, sizeof(*device));

	if (!device)
		return -ENOMEM;
	device->devices = xb->user;
	device->xb = xb;
	device->next = device->devices->list;
	device->devices->list = device;
	xb->priv = device;
	return 0;
}

/* Once, not each time it connects. */
static void tell_denied(struct vsnd_device *device)
{
	for (unsigned i = 0; i < device->num_seats && !device->told_denied; i++)
		if (device->seats[i].record_denied) {
			device->told_denied = true;
			vb_guest_log(device->xb, &device->log_limit, PV_LOG_INFO,
				"may not record: captures silence (record = deny in its [guest] "
				"section)");
		}
}

static int device_probe(struct xb_back_device *xb)
{
	int error = xb->priv ? 0 : device_create(xb);
	struct vsnd_device *device = xb->priv;
	const struct vsnd_guest_config *guest;

	if (error)
		return error;
	guest = vsnd_config_guest(device->devices->config, xb->guest);
	if (!guest)
		return refuse(device, -EACCES, "the configuration has no [guest] section for it");
	error = read_seats(device, guest);
	if (error)
		return error;
	error = xb_back_publish(xb, XENSND_FIELD_BE_VERSIONS, VERSIONS);
	if (!error)
		error = vsnd_device_levels_start(device);
	if (error)
		return refuse(device, error, "xenstore does not let us publish what it may use");
	device->refusal = NULL;
	tell_denied(device);
	return 0;
}

/* Session thread. */
static void session_died(void *ctx, const char *reason)
{
	struct vsnd_device *device = ctx;

	atomic_store(&device->died, reason);
	ev_async_send(device->devices->loop, &device->devices->died);
}

/* Session thread. */
static void levels_changed(void *ctx)
{
	struct vsnd_devices *devices = ctx;

	ev_async_send(devices->loop, &devices->levels_changed);
}

/* Main thread: sessions that ended by themselves. */
static void sessions_died(struct ev_loop *loop, ev_async *watcher, int events)
{
	struct vsnd_devices *devices = watcher->data;
	struct vsnd_device *next;

	(void)loop;
	(void)events;
	for (struct vsnd_device *device = devices->list; device; device = next) {
		const char *reason = atomic_exchange(&device->died, NULL);

		next = device->next; /* xb_back_fail removes a device whose nodes are gone */
		if (!reason)
			continue;
		vb_guest_log(device->xb, &device->log_limit, PV_LOG_WARNING,
			"%s; closed, waiting for it to come back", reason);
		xb_back_fail(devices->back, device->xb);
	}
}

static int read_params(
	const struct xb_back_device *xb, const struct vsnd_seat *seat, struct xb_link_params *ret)
{
	const struct {
		const char *node;
		uint32_t *value;
	} nodes[] = {
		{XENSND_FIELD_RING_REF, &ret->req_ring_ref},
		{XENSND_FIELD_EVT_CHNL, &ret->req_port},
		{XENSND_FIELD_EVT_RING_REF, &ret->evt_ring_ref},
		{XENSND_FIELD_EVT_EVT_CHNL, &ret->evt_port},
	};
	char dir[XB_PATH_BYTES + 24];

	snprintf(dir, sizeof(dir), "%s/%u/%u", xb->front_path, seat->offer.pcm, seat->offer.stream);
	ret->domid = xb->domid;
	ret->needs_life = is_user_space(xb);
	for (unsigned i = 0; i < sizeof(nodes) / sizeof(nodes[0]); i++) {
		int error = xb_store_read_u32(
			xb->store, XBT_NULL, dir, nodes[i].node, 1, UINT32_MAX, nodes[i].value);

		if (error)
			return error;
	}
	return 0;
}

/* On failure link is still the caller's. */
static int start_session(struct vsnd_device *device, struct vsnd_seat *seat, struct xb_link *link)
{
	int wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), error;
	int priority = seat->config->priority - PRIORITY_BELOW_CARD;
	struct vsnd_pcm_params params = {
		.link = link,
		.domid = device->xb->domid,
		.card = seat->card,
		.offer = &seat->offer,
		.levels = &seat->levels,
		.dom0_levels = &seat->dom0_levels,
		.record_denied = seat->record_denied,
		.kernel_events = !is_user_space(device->xb),
		.wake_fd = wake_fd,
		.levels_changed = levels_changed,
		.ctx = device->devices,
	};

	if (wake_fd < 0)
		return -errno;
	error = vsnd_pcm_create(&params, &seat->pcm);
	if (!error) {
		error = vb_session_start(link, &vsnd_pcm_session_ops, seat->pcm, wake_fd,
			priority > 0 ? priority : 1, session_died, device, &seat->session);
		if (error)
			vsnd_pcm_free(seat->pcm);
	}
	if (error)
		close(wake_fd);
	return error;
}

static int connect_seat(struct vsnd_device *device, struct vsnd_seat *seat)
{
	struct xb_link_params params;
	struct xb_link *link;
	int error = read_params(device->xb, seat, &params);

	if (error)
		return refuse(
			device, error, "its ring references or ports are missing or no numbers");
	error = xb_link_create(&params, &link);
	if (error)
		return refuse(device, error, "its rings cannot be mapped or its ports not bound");
	error = start_session(device, seat, link);
	if (error) {
		xb_link_destroy(link);
		return refuse(device, error, "no session could be started for it");
	}
	return 0;
}

static void end_sessions(struct vsnd_device *device)
{
	for (unsigned i = 0; i < device->num_seats; i++) {
		if (device->seats[i].session)
			vb_session_end(device->seats[i].session);
		device->seats[i].session = NULL;
		device->seats[i].pcm = NULL;
	}
}

/* All streams or none. */
static int device_connect(struct xb_back_device *xb)
{
	struct vsnd_device *device = xb->priv;

	for (unsigned i = 0; i < device->num_seats; i++) {
		int error = connect_seat(device, &device->seats[i]);

		if (error) {
			end_sessions(device);
			atomic_store(&device->died, NULL);
			return error;
		}
	}
	device->refusal = NULL;
	vb_guest_log(xb, &device->log_limit, PV_LOG_INFO, "connected, %u stream%s",
		device->num_seats, device->num_seats == 1 ? "" : "s");
	return 0;
}

/*
 * Linux's driver frees its streams with the card and not with the last program that has one open:
 * a card that goes while it is used breaks the guest's kernel. So it never goes because of us.
 */
static bool device_resumes(const struct xb_back_device *xb)
{
	return !is_user_space(xb);
}

static void device_disconnect(struct xb_back_device *xb)
{
	struct vsnd_device *device = xb->priv;

	end_sessions(device);
	if (!atomic_exchange(&device->died, NULL))
		vb_guest_log(xb, &device->log_limit, PV_LOG_INFO, "disconnected");
}

static void device_remove(struct xb_back_device *xb)
{
	struct vsnd_device *device = xb->priv;
	struct vsnd_device **link;

	if (!device)
		return;
	vsnd_device_levels_stop(device);
	vb_guest_log_end(xb, &device->log_limit);
	for (link = &device->devices->list; *link != device;)
		link = &(*link)->next;
	*link = device->next;
	free(device);
}

static const struct xb_back_ops back_ops = {
	.probe = device_probe,
	.connect = device_connect,
	.resumes = device_resumes,
	.disconnect = device_disconnect,
	.remove = device_remove,
};

static int create_cards(struct vsnd_devices *devices, char *error, size_t error_bytes)
{
	const struct vsnd_card_config *config;
	unsigned count = 0;

	for (config = devices->config->cards; config; config = config->next)
		count++;
	devices->cards = calloc(count + 1, sizeof(devices->cards[0]));
	if (!devices->cards) {
		snprintf(error, error_bytes, "out of memory");
		return -ENOMEM;
	}
	for (config = devices->config->cards; config; config = config->next) {
		int failed = vsnd_card_create(config, &devices->cards[devices->num_cards]);

		if (failed) {
			snprintf(error, error_bytes, "[device %s]: %s", config->name,
				strerror(-failed));
			return failed;
		}
		devices->num_cards++;
		failed = vsnd_card_follow(
			devices->cards[devices->num_cards - 1], devices->directory);
		if (failed) {
			snprintf(error, error_bytes, "out of memory");
			return failed;
		}
	}
	return 0;
}

static void sound_cards_changed(void *ctx, bool came)
{
	struct vsnd_devices *devices = ctx;

	(void)came; /* any of it may give a name another meaning */
	vsnd_directory_tell(devices->directory);
}

static int create_directory(struct vsnd_devices *devices, char *error, size_t error_bytes)
{
	int failed = vsnd_directory_create(&devices->directory);

	if (failed) {
		snprintf(error, error_bytes, "out of memory");
		return failed;
	}
	if (vb_arrival_create(
		    devices->loop, "sound", sound_cards_changed, devices, &devices->arrival) != 0)
		devices->arrival = NULL;
	return 0;
}

int vsnd_devices_create(struct ev_loop *loop, struct xb_store *store,
	const struct vsnd_config *config, struct vsnd_devices **ret, char *error,
	size_t error_bytes)
{
	struct vsnd_devices *devices = calloc(1, sizeof(*devices));
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
	vsnd_devices_levels_begin(devices);
	failed = create_directory(devices, error, error_bytes);
	if (!failed)
		failed = create_cards(devices, error, error_bytes);
	if (!failed) {
		failed = xb_back_create(store, classes, &back_ops, devices, &devices->back);
		if (failed)
			snprintf(error, error_bytes, "xenstore refuses to watch backend/pvsnd: %s",
				strerror(-failed));
	}
	if (failed) {
		vsnd_devices_destroy(devices);
		return failed;
	}
	*ret = devices;
	return 0;
}

int vsnd_devices_destroy(struct vsnd_devices *devices)
{
	if (!devices)
		return 0;
	xb_back_destroy(devices->back);
	vb_arrival_destroy(devices->arrival);
	devices->arrival = NULL;
	ev_async_stop(devices->loop, &devices->died);
	if (!vb_session_wait_all(SESSIONS_END_MS))
		return -EBUSY;
	vsnd_devices_levels_end(devices);
	for (unsigned i = 0; i < devices->num_cards; i++)
		vsnd_card_destroy(devices->cards[i]);
	free(devices->cards);
	vsnd_directory_destroy(devices->directory);
	free(devices);
	return 0;
}
