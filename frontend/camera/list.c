/* SPDX-License-Identifier: MIT */
/* Which cameras this guest has, from its own xenstore directory. */
#include "frontend/camera/internal.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/parse.h"
#include "xenbus/state.h"

struct listing {
	struct xb_store *store;
	struct pvcam_entry *entries;
	size_t count;
};

/* Names end up on terminals. */
static void copy_name(char *to, const char *from)
{
	size_t length = strnlen(from, PVCAM_NAME_BYTES - 1);

	for (size_t i = 0; i < length; i++)
		to[i] = isprint((unsigned char)from[i]) ? from[i] : '?';
	to[length] = '\0';
}

static int read_backend_state(struct xb_store *store, const char *dir)
{
	uint32_t state;
	char *backend;
	int r;

	if (xb_store_read(store, XBT_NULL, dir, "backend", XB_PATH_BYTES - 1, &backend) < 0)
		return 0;
	r = xb_store_read_u32(store, XBT_NULL, backend, "state", 0, 8, &state);
	free(backend);
	return r < 0 ? 0 : (int)state;
}

static int add_device(uint32_t device, void *ctx)
{
	struct listing *listing = ctx;
	struct pvcam_entry entry = {.device = device};
	struct pvcam_entry *grown;
	char dir[XB_PATH_BYTES], *name;

	snprintf(dir, sizeof(dir), "device/%s/%u", PVCAM_CLASS, device);
	snprintf(entry.name, sizeof(entry.name), "%u", device);
	if (xb_store_read(listing->store, XBT_NULL, dir, XENCAMERA_FIELD_UNIQUE_ID,
		    PVCAM_NAME_BYTES - 1, &name) == 0) {
		if (*name)
			copy_name(entry.name, name);
		free(name);
	}
	entry.backend_state = read_backend_state(listing->store, dir);
	/* A backend that was killed leaves its state as it was. */
	if (entry.backend_state == XenbusStateConnected &&
		!xb_front_is_claimed(PVCAM_CLASS, device))
		entry.backend_state = 0;
	grown = realloc(listing->entries, (listing->count + 1) * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	listing->entries = grown;
	grown[listing->count++] = entry;
	return 0;
}

static int list_devices(struct xb_store *store, struct pvcam_entry **ret, size_t *ret_count)
{
	struct listing listing = {.store = store};
	int r;

	r = xb_front_list(store, PVCAM_CLASS, add_device, &listing);
	if (r < 0 && r != -ENOENT) {
		free(listing.entries);
		return r;
	}
	*ret = listing.entries;
	*ret_count = listing.count;
	return 0;
}

PVCAM_API int pvcam_list(struct pvcam_entry **ret, size_t *ret_count)
{
	struct xb_store *store;
	int r;

	r = xb_store_open(&store);
	if (r < 0)
		return r == -ECONNREFUSED ? -ENOENT : r;
	r = list_devices(store, ret, ret_count);
	xb_store_close(store);
	return r;
}

/* A name that looks like a number is a name first. */
static const struct pvcam_entry *find(
	const struct pvcam_entry *entries, size_t count, const char *name)
{
	uint32_t device;

	if (!name)
		return count ? &entries[0] : NULL;
	for (size_t i = 0; i < count; i++)
		if (strcmp(entries[i].name, name) == 0)
			return &entries[i];
	if (pv_parse_u32(name, 0, UINT32_MAX, &device) < 0)
		return NULL;
	for (size_t i = 0; i < count; i++)
		if (entries[i].device == device)
			return &entries[i];
	return NULL;
}

int pvcam_list_find(struct xb_store *store, const char *name, struct pvcam_entry *ret)
{
	const struct pvcam_entry *found;
	struct pvcam_entry *entries;
	size_t count;
	int r;

	r = list_devices(store, &entries, &count);
	if (r < 0)
		return r;
	found = find(entries, count, name);
	if (found)
		*ret = *found;
	free(entries);
	return found ? 0 : -ENODEV;
}

static const struct {
	int error;
	const char *sentence;
} sentences[] = {
	{-ENOENT, "no xenstore here: run this in a Xen guest, where /dev/xen/xenbus is, or under "
		  "xenloop run"},
	{-EACCES, "no permission on the Xen devices: run as root, or give your group "
		  "/dev/xen/xenbus, /dev/xen/gntalloc and /dev/xen/evtchn"},
	{-ENODEV, "no such camera in this guest: see pvcam list; dom0 adds one with pvctl "
		  "attach"},
	{-EBUSY, "another process of this guest uses the camera: end it first"},
	{-ETIMEDOUT, "no backend answers for the camera: is pvcamd running in dom0?"},
	{-ECONNREFUSED, "the backend refused the camera: pvcamd's log in dom0 and the error node "
			"of the device tell why"},
	{-ENOSPC, "too few grantable pages for so many frames of this size: write a higher number "
		  "to /sys/module/xen_gntalloc/parameters/limit (or modprobe xen-gntalloc "
		  "limit=65536)"},
	{-EPIPE, "the backend is gone: open the camera again once pvcamd runs in dom0"},
	{-EPROTO, "the backend broke the camera protocol and was dropped: update pvcamd in dom0"},
	{-EIO, "the camera's backend reported a failure: pvcamd's log in dom0 tells which"},
	{-EINVAL, "the camera does not offer this: see pvcam info"},
};

PVCAM_API const char *pvcam_strerror(int error)
{
	const char *text;

	for (size_t i = 0; i < sizeof(sentences) / sizeof(sentences[0]); i++)
		if (sentences[i].error == error)
			return sentences[i].sentence;
	text = strerrordesc_np(-error);
	return text ? text : "unknown error";
}
