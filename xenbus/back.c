/* SPDX-License-Identifier: MIT */
#include "xenbus/back.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/parse.h"
#include "xenbus/state.h"

/* A device and what only this file knows of it. */
struct entry {
	struct xb_back_device device; /* first: an xb_back_device is its entry */
	struct xb_back *back;
	char guest[64];
	char back_path[XB_PATH_BYTES];
	char front_path[XB_PATH_BYTES];
	enum xenbus_state state; /* ours, as written last; Unknown: never */
	bool connected;
	bool refused; /* probe said no; until the frontend writes its state */
	bool watched; /* the watch of the frontend's state has told what was there at first */
	struct xb_watch *front_watch;
	struct entry *next;
};

struct xb_back {
	struct xb_store *store;
	const char *const *classes;
	const struct xb_back_ops *ops;
	void *user;
	struct entry *entries;
	struct xb_watch *release_watch;
	unsigned num_classes;
	struct xb_watch *class_watches[8];
};

static void entry_evaluate(struct entry *entry);

struct publication {
	const char *back_path;
	const char *node;
	const char *value;
};

/* The tools may remove the directory at any time; a plain write would bring it back. */
static int publish(struct xb_store *store, xs_transaction_t txn, void *ctx)
{
	const struct publication *publication = ctx;
	char *front;
	int error = xb_store_read(
		store, txn, publication->back_path, "frontend", XB_PATH_BYTES - 1, &front);

	if (error)
		return error;
	free(front);
	return xb_store_write(
		store, txn, publication->back_path, publication->node, "%s", publication->value);
}

int xb_back_publish(struct xb_back_device *device, const char *node, const char *value)
{
	struct publication publication = {device->back_path, node, value};

	return xb_store_transaction(device->store, publish, &publication);
}

static void entry_set_state(struct entry *entry, enum xenbus_state state)
{
	char number[12];

	snprintf(number, sizeof(number), "%d", state);
	entry->state = state;
	xb_back_publish(&entry->device, "state", number);
}

static void entry_disconnect(struct entry *entry)
{
	if (!entry->connected)
		return;
	entry->connected = false;
	entry->back->ops->disconnect(&entry->device);
}

static void entry_refuse(struct entry *entry, int error)
{
	xb_back_publish(&entry->device, "error", strerror(-error));
	entry_set_state(entry, XenbusStateClosed);
}

static void entry_free(struct entry *entry)
{
	struct entry **link = &entry->back->entries;

	entry_disconnect(entry);
	while (*link != entry)
		link = &(*link)->next;
	*link = entry->next;
	xb_watch_remove(entry->front_watch);
	entry->back->ops->remove(&entry->device);
	free(entry);
}

/* Removes backend/CLASS/DOMID/DEVICE, and DOMID with its last device: nobody else does. */
static void entry_remove_nodes(struct entry *entry)
{
	struct xb_store *store = entry->back->store;
	char parent[XB_PATH_BYTES];
	char **names;
	unsigned count;

	xb_store_remove(store, XBT_NULL, entry->back_path, NULL);
	snprintf(parent, sizeof(parent), "backend/%s/%u", entry->device.device_class,
		entry->device.domid);
	if (xb_store_list(store, XBT_NULL, parent, &names, &count) != 0)
		return;
	free(names);
	if (count == 0)
		xb_store_remove(store, XBT_NULL, parent, NULL);
}

static enum xenbus_state front_state(struct entry *entry)
{
	uint32_t state = XenbusStateUnknown;

	xb_store_read_u32(
		entry->back->store, XBT_NULL, entry->front_path, "state", 0, UINT8_MAX, &state);
	return (enum xenbus_state)state;
}

static bool resumes(const struct entry *entry)
{
	return entry->back->ops->resumes && entry->back->ops->resumes(&entry->device);
}

/* Takes over what a backend before us left; false: it is not there, or not to be had. */
static bool entry_resume(struct entry *entry)
{
	const struct xb_back_ops *ops = entry->back->ops;
	uint32_t state;

	if (entry->state != XenbusStateUnknown || !resumes(entry) ||
		xb_store_read_u32(entry->back->store, XBT_NULL, entry->back_path, "state", 0,
			UINT8_MAX, &state) != 0 ||
		state != XenbusStateConnected || front_state(entry) != XenbusStateConnected)
		return false;
	if (ops->probe(&entry->device) != 0 || ops->connect(&entry->device) != 0)
		return false;
	entry->state = XenbusStateConnected;
	entry->connected = true;
	return true;
}

/* Does what one pair of states asks for; true: look again. */
static bool entry_step(struct entry *entry)
{
	const struct xb_back_ops *ops = entry->back->ops;
	int error;

	switch (xb_state_back(entry->state, front_state(entry))) {
	case XB_BACK_PROBE:
		error = entry->refused ? -ECANCELED : ops->probe(&entry->device);
		if (error == -ECANCELED)
			return false;
		if (error) {
			entry->refused = true;
			entry_refuse(entry, error);
			return false;
		}
		xb_store_remove(entry->back->store, XBT_NULL, entry->back_path, "error");
		entry_set_state(entry, XenbusStateInitWait);
		return true;
	case XB_BACK_CONNECT:
		error = ops->connect(&entry->device);
		if (error) {
			entry_refuse(entry, error);
			return false;
		}
		entry->connected = true;
		entry_set_state(entry, XenbusStateConnected);
		return false;
	case XB_BACK_DISCONNECT:
		entry_disconnect(entry);
		entry_set_state(entry, XenbusStateClosed);
		return true;
	default:
		return false;
	}
}

static void entry_evaluate(struct entry *entry)
{
	struct xb_store *store = entry->back->store;
	uint32_t online = 1;
	char *front;

	if (xb_store_read(store, XBT_NULL, entry->back_path, "frontend", XB_PATH_BYTES - 1,
		    &front) == -ENOENT) {
		entry_free(entry);
		return;
	}
	free(front);
	xb_store_read_u32(store, XBT_NULL, entry->back_path, "online", 0, 1, &online);
	if (!online) {
		/* The tools wait for Closed before they remove the nodes. */
		entry_disconnect(entry);
		if (entry->state != XenbusStateClosed)
			entry_set_state(entry, XenbusStateClosed);
		return;
	}
	if (entry_resume(entry))
		return;
	while (entry_step(entry))
		;
}

static void front_changed(const char *path, void *ctx)
{
	struct entry *entry = ctx;

	(void)path;
	/* Also when it is what it was: a new frontend begins with Initialising, too. */
	if (entry->watched)
		entry->refused = false;
	entry->watched = true;
	entry_evaluate(entry);
}

static void entry_name_guest(struct entry *entry)
{
	char domain[XB_PATH_BYTES];
	char *name;

	snprintf(domain, sizeof(domain), "/local/domain/%u", entry->device.domid);
	if (xb_store_read(entry->back->store, XBT_NULL, domain, "name", sizeof(entry->guest) - 1,
		    &name) == 0) {
		snprintf(entry->guest, sizeof(entry->guest), "%s", name);
		free(name);
	} else {
		snprintf(entry->guest, sizeof(entry->guest), "domain-%u", entry->device.domid);
	}
}

static struct entry *entry_new(
	struct xb_back *back, const char *device_class, uint32_t domid, uint32_t device)
{
	struct entry *entry = calloc(1, sizeof(*entry));

	if (!entry)
		return NULL;
	entry->back = back;
	entry->device = (struct xb_back_device){
		.store = back->store,
		.device_class = device_class,
		.domid = domid,
		.device = device,
		.guest = entry->guest,
		.back_path = entry->back_path,
		.front_path = entry->front_path,
		.user = back->user,
	};
	snprintf(entry->back_path, sizeof(entry->back_path), "backend/%s/%u/%u", device_class,
		domid, device);
	entry_name_guest(entry);
	entry->next = back->entries;
	back->entries = entry;
	return entry;
}

/* Takes up a device whose backend directory is complete; others come when they are. */
static void entry_discover(
	struct xb_back *back, const char *device_class, uint32_t domid, uint32_t device)
{
	char path[XB_PATH_BYTES], state_path[XB_PATH_BYTES + 8];
	struct entry *entry;
	char *front;

	snprintf(path, sizeof(path), "backend/%s/%u/%u", device_class, domid, device);
	if (xb_store_read(back->store, XBT_NULL, path, "frontend", XB_PATH_BYTES - 1, &front) != 0)
		return;
	entry = entry_new(back, device_class, domid, device);
	if (entry) {
		snprintf(entry->front_path, sizeof(entry->front_path), "%s", front);
		snprintf(state_path, sizeof(state_path), "%s/state", front);
		/* Its first event, which always comes, evaluates the new device. */
		if (xb_watch_add(back->store, state_path, front_changed, entry,
			    &entry->front_watch) != 0)
			entry_free(entry);
	}
	free(front);
}

static struct entry *entry_find(
	struct xb_back *back, const char *device_class, uint32_t domid, uint32_t device)
{
	for (struct entry *entry = back->entries; entry; entry = entry->next)
		if (entry->device.domid == domid && entry->device.device == device &&
			strcmp(entry->device.device_class, device_class) == 0)
			return entry;
	return NULL;
}

static void device_changed(
	struct xb_back *back, const char *device_class, uint32_t domid, uint32_t device)
{
	struct entry *entry = entry_find(back, device_class, domid, device);

	if (entry)
		entry_evaluate(entry);
	else
		entry_discover(back, device_class, domid, device);
}

/* Everything below one class: at the start, and when a whole directory changed. */
static void class_scan(struct xb_back *back, const char *device_class)
{
	char dir[XB_PATH_BYTES];
	char **domains, **devices;
	unsigned num_domains, num_devices;
	uint32_t domid, device;

	snprintf(dir, sizeof(dir), "backend/%s", device_class);
	if (xb_store_list(back->store, XBT_NULL, dir, &domains, &num_domains) != 0)
		return;
	for (unsigned i = 0; i < num_domains; i++) {
		if (pv_parse_u32(domains[i], 0, UINT16_MAX, &domid) != 0)
			continue;
		snprintf(dir, sizeof(dir), "backend/%s/%u", device_class, domid);
		if (xb_store_list(back->store, XBT_NULL, dir, &devices, &num_devices) != 0)
			continue;
		for (unsigned j = 0; j < num_devices; j++)
			if (pv_parse_u32(devices[j], 0, UINT16_MAX, &device) == 0)
				device_changed(back, device_class, domid, device);
		free(devices);
	}
	free(domains);
}

/* Looks at every known device again; entries may go while we walk. */
static void entries_evaluate(struct xb_back *back)
{
	struct entry *next;

	for (struct entry *entry = back->entries; entry; entry = next) {
		next = entry->next;
		entry_evaluate(entry);
	}
}

static void class_changed(const char *path, void *ctx)
{
	struct xb_back *back = ctx;
	char device_class[32];
	unsigned domid, device;
	int fields = sscanf(path, "backend/%31[^/]/%u/%u", device_class, &domid, &device);

	for (unsigned i = 0; i < back->num_classes; i++) {
		if (fields < 1 || strcmp(device_class, back->classes[i]) != 0)
			continue;
		if (fields == 3) {
			device_changed(back, back->classes[i], domid, device);
		} else {
			class_scan(back, back->classes[i]);
			entries_evaluate(back); /* a removed directory takes devices with it */
		}
	}
}

static void domain_released(const char *path, void *ctx)
{
	struct xb_back *back = ctx;
	struct entry *next;

	(void)path;
	for (struct entry *entry = back->entries; entry; entry = next) {
		next = entry->next;
		if (xb_store_domain_alive(back->store, entry->device.domid))
			continue;
		entry_disconnect(entry);
		entry_remove_nodes(entry);
		entry_free(entry);
	}
}

int xb_back_create(struct xb_store *store, const char *const *classes,
	const struct xb_back_ops *ops, void *user, struct xb_back **ret)
{
	struct xb_back *back = calloc(1, sizeof(*back));
	char dir[XB_PATH_BYTES];
	int error = 0;

	if (!back)
		return -ENOMEM;
	*back = (struct xb_back){.store = store, .classes = classes, .ops = ops, .user = user};
	while (classes[back->num_classes] && !error) {
		unsigned i = back->num_classes++;

		snprintf(dir, sizeof(dir), "backend/%s", classes[i]);
		error = i < 8 ? xb_watch_add(
					store, dir, class_changed, back, &back->class_watches[i])
			      : -E2BIG;
	}
	/* After the classes: its first event sweeps out devices of domains that are gone already.
	 */
	if (!error)
		error = xb_watch_add(
			store, "@releaseDomain", domain_released, back, &back->release_watch);
	if (error) {
		xb_back_destroy(back);
		return error;
	}
	*ret = back;
	return 0;
}

void xb_back_destroy(struct xb_back *back)
{
	if (!back)
		return;
	while (back->entries) {
		struct entry *entry = back->entries;
		bool stays = entry->connected && resumes(entry);

		entry_disconnect(entry);
		if (!stays && entry->state != XenbusStateClosed)
			entry_set_state(entry, XenbusStateClosed);
		entry_free(entry);
	}
	for (unsigned i = 0; i < back->num_classes && i < 8; i++)
		xb_watch_remove(back->class_watches[i]);
	xb_watch_remove(back->release_watch);
	free(back);
}

void xb_back_fail(struct xb_back *back, struct xb_back_device *device)
{
	struct entry *entry = (struct entry *)device;

	(void)back;
	entry_disconnect(entry);
	entry_set_state(entry, XenbusStateClosed);
	entry_evaluate(entry);
}
