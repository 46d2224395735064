/* SPDX-License-Identifier: MIT */
/* pvcamd: the camera daemon of dom0. */
#include "backend/camera/config.h"
#include "backend/camera/device.h"
#include "backend/camera/source.h"
#include "backend/daemon.h"

static const struct vcam_config *as_whole(const struct vb_config *config)
{
	return (const struct vcam_config *)config;
}

static int check_config(const struct vb_config *config, char *error, size_t error_bytes)
{
	const struct vcam_source_config *c = as_whole(config)->sources;

	for (; c; c = c->next) {
		struct vcam_source *source;
		int failed = vcam_source_create(c, &source, error, error_bytes);

		if (failed)
			return failed;
		vcam_source_destroy(source);
	}
	return 0;
}

static int serve(struct ev_loop *loop, struct xb_store *store, const struct vb_config *config,
	void **ret_devices, char *error, size_t error_bytes)
{
	struct vcam_devices *devices;
	int failed =
		vcam_devices_create(loop, store, as_whole(config), &devices, error, error_bytes);

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
		.layout = &vcam_config_layout,
		.serves = "camera",
		.check_config = check_config,
		.serve = serve,
		.end = end,
		.control = control,
	};

	return vb_daemon_main(argc, argv, &ops);
}
