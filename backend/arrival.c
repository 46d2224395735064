/* SPDX-License-Identifier: MIT */
#include "backend/arrival.h"

#include <errno.h>
#include <libudev.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define UDEVD_SOCKET "/run/udev/control"

struct vb_arrival {
	struct ev_loop *loop;
	ev_io readable;
	struct udev *udev;
	struct udev_monitor *monitor;
	void (*told)(void *ctx, bool came);
	void *ctx;
};

static void on_readable(struct ev_loop *loop, ev_io *watcher, int events)
{
	struct vb_arrival *arrival = watcher->data;
	struct udev_device *device;

	(void)loop;
	(void)events;
	while ((device = udev_monitor_receive_device(arrival->monitor)) != NULL) {
		const char *action = udev_device_get_action(device);

		arrival->told(arrival->ctx, action != NULL && strcmp(action, "add") == 0);
		udev_device_unref(device);
	}
}

static int listen_on(struct vb_arrival *arrival, const char *class)
{
	const char *teller = access(UDEVD_SOCKET, F_OK) == 0 ? "udev" : "kernel";
	int err;

	arrival->udev = udev_new();
	if (arrival->udev == NULL)
		return -ENOMEM;
	arrival->monitor = udev_monitor_new_from_netlink(arrival->udev, teller);
	if (arrival->monitor == NULL)
		return -errno;
	err = udev_monitor_filter_add_match_subsystem_devtype(arrival->monitor, class, NULL);
	return err < 0 ? err : udev_monitor_enable_receiving(arrival->monitor);
}

int vb_arrival_create(struct ev_loop *loop, const char *class, void (*told)(void *ctx, bool came),
	void *ctx, struct vb_arrival **ret)
{
	struct vb_arrival *arrival = calloc(1, sizeof(*arrival));
	int err;

	if (arrival == NULL)
		return -ENOMEM;
	arrival->loop = loop;
	arrival->told = told;
	arrival->ctx = ctx;
	err = listen_on(arrival, class);
	if (err < 0) {
		udev_monitor_unref(arrival->monitor);
		udev_unref(arrival->udev);
		free(arrival);
		return err;
	}
	ev_io_init(&arrival->readable, on_readable, udev_monitor_get_fd(arrival->monitor), EV_READ);
	arrival->readable.data = arrival;
	ev_io_start(loop, &arrival->readable);
	*ret = arrival;
	return 0;
}

void vb_arrival_destroy(struct vb_arrival *arrival)
{
	if (arrival == NULL)
		return;
	ev_io_stop(arrival->loop, &arrival->readable);
	udev_monitor_unref(arrival->monitor);
	udev_unref(arrival->udev);
	free(arrival);
}
