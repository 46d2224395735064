/* SPDX-License-Identifier: MIT */
/* The camera object: opening, closing, its descriptor. */
#include "frontend/camera/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

static const struct xb_front_names ring_names = {
	.req_ring_ref = XENCAMERA_FIELD_REQ_RING_REF,
	.req_event_channel = XENCAMERA_FIELD_REQ_CHANNEL,
	.evt_ring_ref = XENCAMERA_FIELD_EVT_RING_REF,
	.evt_event_channel = XENCAMERA_FIELD_EVT_CHANNEL,
};

static int watch(int epoll_fd, int fd)
{
	struct epoll_event event = {.events = EPOLLIN};

	return epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

int pvcam_wake_init(struct pvcam *camera)
{
	int r;

	camera->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (camera->wake_fd < 0)
		return -errno;
	camera->fd = epoll_create1(EPOLL_CLOEXEC);
	if (camera->fd < 0)
		return -errno;
	r = watch(camera->fd, camera->wake_fd);
	return r < 0 ? r : watch(camera->fd, xb_front_fd(camera->front));
}

void pvcam_wake_finish(struct pvcam *camera)
{
	if (camera->fd >= 0)
		close(camera->fd);
	if (camera->wake_fd >= 0)
		close(camera->wake_fd);
}

void pvcam_wake_update(struct pvcam *camera)
{
	bool awake = camera->dead || camera->ready.count;
	eventfd_t count;

	if (awake && !camera->awake)
		eventfd_write(camera->wake_fd, 1);
	else if (!awake && camera->awake)
		eventfd_read(camera->wake_fd, &count);
	camera->awake = awake;
}

static int connect_camera(struct pvcam *camera, const char *name)
{
	struct pvcam_entry entry;
	int r;

	r = xb_store_open(&camera->store);
	if (r < 0)
		return r == -ECONNREFUSED ? -ENOENT : r;
	r = pvcam_list_find(camera->store, name, &entry);
	if (r < 0)
		return r;
	memcpy(camera->name, entry.name, sizeof(camera->name));
	r = xb_front_connect(camera->store, PVCAM_CLASS, entry.device, &ring_names,
		PVCAM_TIMEOUT_MS, &camera->front);
	if (r < 0)
		return r;
	r = pvcam_wake_init(camera);
	if (r < 0)
		return r;
	/* Only now: the backend bounds what it offers before it connects. */
	r = pvcam_offer_read(camera->store, xb_front_path(camera->front), &camera->offer);
	return r < 0 ? r : pvcam_settings_init(camera);
}

PVCAM_API int pvcam_open(const char *name, struct pvcam **ret)
{
	struct pvcam *camera;
	int r;

	camera = calloc(1, sizeof(*camera));
	if (!camera)
		return -ENOMEM;
	camera->fd = -1;
	camera->wake_fd = -1;
	r = connect_camera(camera, name);
	if (r < 0) {
		pvcam_close(camera);
		return r;
	}
	*ret = camera;
	return 0;
}

PVCAM_API void pvcam_close(struct pvcam *camera)
{
	if (!camera)
		return;
	if (camera->streaming)
		pvcam_stop(camera);
	xb_front_close(camera->front);
	pvcam_wake_finish(camera);
	pvcam_offer_finish(&camera->offer);
	if (camera->store)
		xb_store_close(camera->store);
	free(camera);
}

PVCAM_API const char *pvcam_name(const struct pvcam *camera)
{
	return camera->name;
}

PVCAM_API int pvcam_fd(const struct pvcam *camera)
{
	return camera->fd;
}
