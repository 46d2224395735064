/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/ctl/ctl.h"
#include "backend/ctl/nodes.h"
#include "backend/sound/offer.h"

#define ATTACH_TIMEOUT_MS 5000

#define STATE_BIT(state) (1u << (state))

/* The backend closed a device that never worked: leave nothing behind. */
static enum pv_exit refused(struct xb_store *store, const struct pvctl_device *device,
	const char *guest, const char *unique_id)
{
	char dir[XB_PATH_BYTES], *error = NULL;
	int status;

	pvctl_scan_back_path(device, dir);
	if (xb_store_read(store, XBT_NULL, dir, "error", XB_PATH_BYTES, &error) < 0)
		error = NULL;
	pvctl_fail("%s: the backend refused %s %s: %s; its log says more", guest,
		device->device_class, unique_id, error ? error : "no reason given");
	free(error);
	status = pvctl_nodes_remove(store, device);
	return status < 0 ? pvctl_fail_store("remove the nodes", status) : PV_EXIT_FAILED;
}

/* The backend's program, for messages. */
static const char *daemon_of(const struct pvctl_device *device)
{
	for (const char *const *class = pvctl_camera_classes; *class; class++)
		if (strcmp(*class, device->device_class) == 0)
			return "pvcamd";
	return "pvsndd";
}

static enum pv_exit wait_for_backend(struct xb_store *store, const struct pvctl_device *device,
	const char *guest, const char *unique_id)
{
	unsigned states = STATE_BIT(XenbusStateInitWait) | STATE_BIT(XenbusStateInitialised) |
		STATE_BIT(XenbusStateConnected) | STATE_BIT(XenbusStateClosing) |
		STATE_BIT(XenbusStateClosed) | STATE_BIT(XenbusStateUnknown);
	enum xenbus_state state;
	int status = pvctl_nodes_wait(store, device, states, ATTACH_TIMEOUT_MS, &state);

	if (status == -ETIMEDOUT)
		return pvctl_fail("%s: %s %" PRIu32 " (%s): %s does not answer; "
			"the nodes are in place, start it or detach", guest, device->device_class,
			device->device, unique_id, daemon_of(device));
	if (status < 0)
		return pvctl_fail_store("wait for the backend", status);
	if (state == XenbusStateUnknown)
		return pvctl_fail("%s: %s %" PRIu32 " was removed while it was attached", guest,
			device->device_class, device->device);
	if (state == XenbusStateClosing || state == XenbusStateClosed)
		return refused(store, device, guest, unique_id);
	return PV_EXIT_DONE;
}

static enum pv_exit attach(struct xb_store *store, const struct pvctl_options *options,
	uint32_t domid, struct pvctl_config *config, struct pvctl_device *ret)
{
	char guest[PVCTL_GUEST_BYTES];
	struct pvctl_device device;
	enum pv_exit exit = PV_EXIT_DONE;
	int status = pvctl_nodes_create(store, domid, config, &device, &config->card);

	pvctl_scan_guest_name(store, domid, guest);
	if (status == -EEXIST)
		return pvctl_fail("%s has %s already: %s %" PRIu32 "; detach it first", guest,
			config->unique_id, device.device_class, device.device);
	if (status == -ENOENT)
		return pvctl_fail_guest(guest, status);
	if (status < 0)
		return pvctl_fail_store("make the nodes", status);
	if (!options->no_wait)
		exit = wait_for_backend(store, &device, guest, config->unique_id);
	if (exit == PV_EXIT_DONE)
		printf("%s %s %" PRIu32 " attached (%s)\n", guest, device.device_class,
			device.device, config->unique_id);
	*ret = device;
	return exit;
}

/* A sound card of several devices: all, or none. */
static enum pv_exit attach_all(struct xb_store *store, const struct pvctl_options *options,
	uint32_t domid, struct pvctl_config *configs, unsigned count)
{
	struct pvctl_device devices[VSND_OFFER_STREAMS];
	enum pv_exit exit = PV_EXIT_DONE;
	unsigned i;

	for (i = 0; exit == PV_EXIT_DONE && i < count; i++) {
		configs[i].numbered = i > 0;
		configs[i].card = configs[0].card;
		exit = attach(store, options, domid, &configs[i], &devices[i]);
	}
	if (exit == PV_EXIT_DONE)
		return exit;
	while (--i > 0)
		pvctl_nodes_remove(store, &devices[i - 1]);
	return exit;
}

enum pv_exit pvctl_attach(struct xb_store *store, const struct pvctl_options *options,
	const char *guest, const char *key, const char *const *words, unsigned count)
{
	struct pvctl_config camera, *configs = &camera;
	unsigned num_configs = 1;
	bool sound = strcmp(key, PVCTL_KEY_SOUND) == 0;
	char error[256];
	enum pv_exit exit;
	uint32_t domid;
	int status;

	status = sound ? pvctl_words_parse_sound(words, count, &configs, &num_configs, error,
				 sizeof(error))
		       : pvctl_words_parse(words, count, &camera, error, sizeof(error));
	if (status < 0)
		return pvctl_fail("%s", error);
	status = pvctl_scan_guest(store, guest, &domid);
	exit = status < 0 ? pvctl_fail_guest(guest, status)
			  : attach_all(store, options, domid, configs, num_configs);
	if (sound)
		free(configs);
	return exit;
}
