/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/ctl/ctl.h"
#include "backend/ctl/nodes.h"
#include "backend/ctl/xlcfg.h"
#include "backend/sound/offer.h"

#define ATTACH_TIMEOUT_MS 5000

#define STATE_BIT(state) (1u << (state))

/* The backend's program, for messages. */
static const char *daemon_of(const struct pvctl_device *device)
{
	for (const char *const *class = pvctl_camera_classes; *class; class ++)
		if (strcmp(*class, device->device_class) == 0)
			return "pvcamd";
	return "pvsndd";
}

/* Leaves nothing of the card behind. */
static enum pv_exit remove_all(
	struct xb_store *store, const struct pvctl_device *devices, unsigned count)
{
	int status = 0;

	for (unsigned i = 0; i < count && status == 0; i++)
		status = pvctl_nodes_remove(store, &devices[i]);
	return status < 0 ? pvctl_fail_store("remove the nodes", status) : PV_EXIT_FAILED;
}

/* The backend closed a device that never worked. */
static enum pv_exit refused(struct xb_store *store, const struct pvctl_device *device,
	const char *guest, const char *unique_id)
{
	char dir[XB_PATH_BYTES], *error = NULL;

	pvctl_scan_back_path(device, dir);
	if (xb_store_read(store, XBT_NULL, dir, "error", XB_PATH_BYTES, &error) < 0)
		error = NULL;
	pvctl_fail("%s: the backend refused %s %s: %s; its log says more", guest,
		device->device_class, unique_id, error ? error : "no reason given");
	free(error);
	return PV_EXIT_FAILED;
}

/* *ret_useless: there is no use in keeping it. */
static enum pv_exit wait_for_backend(struct xb_store *store, const struct pvctl_device *device,
	const char *guest, const char *unique_id, bool *ret_useless)
{
	unsigned states = STATE_BIT(XenbusStateInitWait) | STATE_BIT(XenbusStateInitialised) |
			  STATE_BIT(XenbusStateConnected) | STATE_BIT(XenbusStateClosing) |
			  STATE_BIT(XenbusStateClosed) | STATE_BIT(XenbusStateUnknown);
	enum xenbus_state state;
	int status = pvctl_nodes_wait(store, device, states, ATTACH_TIMEOUT_MS, &state);

	if (status == -ETIMEDOUT)
		return pvctl_fail("%s: %s %" PRIu32 " (%s): %s does not answer; "
				  "the nodes are in place, start it or detach",
			guest, device->device_class, device->device, unique_id, daemon_of(device));
	if (status < 0)
		return pvctl_fail_store("wait for the backend", status);
	*ret_useless = state == XenbusStateUnknown || state == XenbusStateClosing ||
		       state == XenbusStateClosed;
	if (state == XenbusStateUnknown)
		return pvctl_fail("%s: %s %" PRIu32 " was removed while it was attached", guest,
			device->device_class, device->device);
	return *ret_useless ? refused(store, device, guest, unique_id) : PV_EXIT_DONE;
}

static enum pv_exit fail_to_create(const char *guest, const struct pvctl_config *config,
	const struct pvctl_device *device, int status)
{
	if (status == -EEXIST)
		return pvctl_fail("%s has %s already: %s %" PRIu32 "; detach it first", guest,
			config->unique_id, device->device_class, device->device);
	if (status == -ENOENT)
		return pvctl_fail_guest(guest, status);
	return pvctl_fail_store("make the nodes", status);
}

enum pv_exit pvctl_attach_one(struct xb_store *store, const struct pvctl_options *options,
	uint32_t domid, const struct pvctl_config *configs, unsigned count)
{
	struct pvctl_device devices[VSND_OFFER_STREAMS];
	char guest[PVCTL_GUEST_BYTES];
	enum pv_exit exit = PV_EXIT_DONE;
	bool useless = false;
	int status = pvctl_nodes_create(store, domid, configs, count, devices);

	pvctl_scan_guest_name(store, domid, guest);
	if (status < 0)
		return fail_to_create(guest, configs, devices, status);
	for (unsigned i = 0; exit == PV_EXIT_DONE && !options->no_wait && i < count; i++)
		exit = wait_for_backend(store, &devices[i], guest, configs[i].unique_id, &useless);
	if (exit != PV_EXIT_DONE)
		return useless ? remove_all(store, devices, count) : exit;
	for (unsigned i = 0; i < count; i++)
		printf("%s %s %" PRIu32 " attached (%s)\n", guest, devices[i].device_class,
			devices[i].device, configs[i].unique_id);
	return exit;
}

int pvctl_attach_parse(const char *key, const char *const *words, unsigned count,
	struct pvctl_config **ret, unsigned *ret_count, char *error, size_t error_bytes)
{
	struct pvctl_config *camera;
	int status;

	if (strcmp(key, PVCTL_KEY_SOUND) == 0)
		return pvctl_words_parse_sound(words, count, ret, ret_count, error, error_bytes);
	camera = malloc(sizeof(*camera));
	if (!camera) {
		snprintf(error, error_bytes, "out of memory");
		return -ENOMEM;
	}
	status = pvctl_words_parse(words, count, camera, error, error_bytes);
	if (status < 0) {
		free(camera);
		return status;
	}
	*ret = camera;
	*ret_count = 1;
	return 0;
}

enum pv_exit pvctl_attach(struct xb_store *store, const struct pvctl_options *options,
	const char *guest, const char *key, const char *const *words, unsigned count)
{
	struct pvctl_config *configs;
	unsigned num_configs;
	char error[256];
	enum pv_exit exit;
	uint32_t domid;
	int status =
		pvctl_attach_parse(key, words, count, &configs, &num_configs, error, sizeof(error));

	if (status < 0)
		return pvctl_fail("%s", error);
	status = pvctl_scan_guest(store, guest, &domid);
	exit = status < 0 ? pvctl_fail_guest(guest, status)
			  : pvctl_attach_one(store, options, domid, configs, num_configs);
	free(configs);
	return exit;
}

enum pv_exit pvctl_attach_file(
	struct xb_store *store, const struct pvctl_options *options, const char *path)
{
	struct pvctl_xlcfg cfg;
	char error[512];
	enum pv_exit exit = PV_EXIT_FAILED;
	uint32_t domid;
	unsigned one;
	int status = pvctl_xlcfg_read(path, &cfg, error, sizeof(error));

	if (status < 0)
		return pvctl_fail("%s", error);
	if (!cfg.name)
		pvctl_fail("%s: no name = \"…\": which domain?", path);
	else if (!cfg.count)
		pvctl_fail("%s: no pvcam = [ [ … ] ] and no pvsnd: nothing to attach", path);
	else if ((status = pvctl_scan_guest(store, cfg.name, &domid)) < 0)
		pvctl_fail_guest(cfg.name, status);
	else
		exit = PV_EXIT_DONE;
	for (unsigned i = 0; exit == PV_EXIT_DONE && i < cfg.count; i += one) {
		one = pvctl_xlcfg_one(&cfg, i);
		exit = pvctl_attach_one(store, options, domid, &cfg.configs[i], one);
	}
	if (exit == PV_EXIT_DONE)
		status = pvctl_nodes_mark(store, domid, path);
	pvctl_xlcfg_free(&cfg);
	return status < 0 && exit == PV_EXIT_DONE ? pvctl_fail_store("mark the domain", status)
						  : exit;
}
