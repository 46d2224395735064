/* SPDX-License-Identifier: MIT */
/* pvcamd: the camera daemon of dom0. */
#include "backend/camera/config.h"
#include "backend/camera/device.h"
#include "backend/camera/source.h"
#include "backend/daemon.h"
#include "common/log.h"

static int read_config(const char *path, void **ret_config, char *error, size_t error_bytes)
{
	struct vcam_config *config;
	int failed = vcam_config_read(path, &config, error, error_bytes);

	if (failed)
		return failed;
	if (!config->guests)
		pv_warning("%s has no [guest] section: no guest may use any camera", path);
	*ret_config = config;
	return 0;
}

static void free_config(void *config)
{
	vcam_config_free(config);
}

static const char *control_socket(const void *config)
{
	return ((const struct vcam_config *)config)->control_socket;
}

static int check_config(const void *config, char *error, size_t error_bytes)
{
	const struct vcam_source_config *c = ((const struct vcam_config *)config)->sources;

	for (; c; c = c->next) {
		struct vcam_source *source;
		int failed = vcam_source_create(c, &source, error, error_bytes);

		if (failed)
			return failed;
		vcam_source_destroy(source);
	}
	return 0;
}

static int serve(struct ev_loop *loop, struct xb_store *store, const void *config,
	void **ret_devices, char *error, size_t error_bytes)
{
	struct vcam_devices *devices;
	int failed = vcam_devices_create(loop, store, config, &devices, error, error_bytes);

	if (!failed)
		*ret_devices = devices;
	return failed;
}

static int end(void *devices)
{
	return vcam_devices_destroy(devices);
}

static json_t *control(void *devices, const json_t *request)
{
	return json_is_true(json_object_get(request, "stat")) ? vcam_devices_stat(devices) : NULL;
}

int main(int argc, char **argv)
{
	static const struct vb_daemon_ops ops = {
		.name = "pvcamd",
		.does = "Serves dom0's cameras to Xen guests.",
		.read_config = read_config,
		.free_config = free_config,
		.control_socket = control_socket,
		.check_config = check_config,
		.serve = serve,
		.end = end,
		.control = control,
	};

	return vb_daemon_main(argc, argv, &ops);
}
