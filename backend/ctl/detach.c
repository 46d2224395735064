/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "backend/ctl/ctl.h"
#include "backend/ctl/nodes.h"

#define DETACH_TIMEOUT_MS 10000

/* A backend that is gone, or removed its directory by itself, has let go. */
static enum pv_exit let_go(
	struct xb_store *store, const struct pvctl_device *device, const char *guest)
{
	enum xenbus_state state;
	int status = pvctl_nodes_close(store, device);

	if (status == 0)
		status = pvctl_nodes_wait(store, device,
			1u << XenbusStateClosed | 1u << XenbusStateUnknown, DETACH_TIMEOUT_MS,
			&state);
	if (status == -ETIMEDOUT)
		return pvctl_fail("%s: the backend does not let go of %s %" PRIu32 "; "
				  "detach --force removes it all the same",
			guest, device->device_class, device->device);
	if (status < 0 && status != -ENOENT)
		return pvctl_fail_store("close the device", status);
	return PV_EXIT_DONE;
}

enum pv_exit pvctl_detach(struct xb_store *store, const struct pvctl_options *options,
	const char *guest, const char *device_class, const char *which)
{
	char name[PVCTL_GUEST_BYTES];
	struct pvctl_device device;
	uint32_t domid;
	int status = pvctl_scan_guest(store, guest, &domid);

	if (status < 0)
		return pvctl_fail_guest(guest, status);
	status = pvctl_scan_find(store, device_class, domid, which, &device);
	if (status == -ENOENT)
		return pvctl_fail("%s has no %s %s; pvctl list shows what it has", guest,
			device_class, which);
	if (status < 0)
		return pvctl_fail_store("find the device", status);
	pvctl_scan_guest_name(store, domid, name);
	if (!options->force) {
		enum pv_exit exit = let_go(store, &device, name);

		if (exit != PV_EXIT_DONE)
			return exit;
	}
	status = pvctl_nodes_remove(store, &device);
	if (status < 0)
		return pvctl_fail_store("remove the nodes", status);
	printf("%s %s %" PRIu32 " detached\n", name, device.device_class, device.device);
	return PV_EXIT_DONE;
}
