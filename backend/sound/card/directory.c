/* SPDX-License-Identifier: MIT */
#include "backend/sound/card/directory.h"

#include <errno.h>
#include <libudev.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/parse.h"

#define PREFIX "path:"
#define NODES "/dev/snd"
#define PCM_DEVICES_MAX 255

struct subscriber {
	void (*changed)(void *ctx);
	void *ctx;
	struct subscriber *next;
};

struct vsnd_directory {
	struct udev *udev;
	pthread_mutex_t lock; /* of udev, which is one thread's at a time */
	struct subscriber *subscribers;
};

int vsnd_directory_create(struct vsnd_directory **ret)
{
	struct vsnd_directory *directory = calloc(1, sizeof(*directory));

	if (directory == NULL)
		return -ENOMEM;
	directory->udev = udev_new();
	if (directory->udev == NULL) {
		free(directory);
		return -ENOMEM;
	}
	pthread_mutex_init(&directory->lock, NULL);
	*ret = directory;
	return 0;
}

void vsnd_directory_destroy(struct vsnd_directory *directory)
{
	if (directory == NULL)
		return;
	udev_unref(directory->udev);
	pthread_mutex_destroy(&directory->lock);
	free(directory);
}

/* ---- who wants to know ---- */

void vsnd_directory_tell(const struct vsnd_directory *directory)
{
	for (const struct subscriber *one = directory->subscribers; one != NULL; one = one->next)
		one->changed(one->ctx);
}

int vsnd_directory_subscribe(
	struct vsnd_directory *directory, void (*changed)(void *ctx), void *ctx)
{
	struct subscriber *subscriber = calloc(1, sizeof(*subscriber));

	if (subscriber == NULL)
		return -ENOMEM;
	*subscriber = (struct subscriber){changed, ctx, directory->subscribers};
	directory->subscribers = subscriber;
	return 0;
}

void vsnd_directory_unsubscribe(struct vsnd_directory *directory, void *ctx)
{
	struct subscriber **place = &directory->subscribers;

	while (*place != NULL) {
		struct subscriber *one = *place;

		if (one->ctx == ctx) {
			*place = one->next;
			free(one);
		} else {
			place = &one->next;
		}
	}
}

/* Linux makes and removes nodes in there, where a directory's time of change shows it. */
uint64_t vsnd_directory_stamp(void)
{
	struct stat nodes;

	if (stat(NODES, &nodes) < 0)
		return 0;
	return (uint64_t)nodes.st_mtim.tv_sec * 1000000000 + (uint64_t)nodes.st_mtim.tv_nsec;
}

/* ---- names ---- */

bool vsnd_directory_is_path(const char *place)
{
	return strncmp(place, PREFIX, strlen(PREFIX)) == 0;
}

int vsnd_directory_parse_path(const char *place, size_t *ret_path_length, unsigned *ret_device)
{
	const char *path = place + strlen(PREFIX);
	size_t length = strcspn(path, ",");
	uint32_t device = 0;

	if (length == 0)
		return -EINVAL;
	if (path[length] == ',' && pv_parse_u32(path + length + 1, 0, PCM_DEVICES_MAX, &device) < 0)
		return -EINVAL;
	*ret_path_length = length;
	*ret_device = device;
	return 0;
}

/* alsa-lib's name for a PCM of the card, if that is at the path: by udev's ID_PATH. */
static int name_at(struct udev_device *card, const char *path, size_t length, unsigned pcm,
	char *ret, size_t ret_bytes)
{
	const char *id = udev_device_get_sysattr_value(card, "id");
	const char *own = udev_device_get_property_value(card, "ID_PATH");
	int printed;

	if (id == NULL || own == NULL || strlen(own) != length || memcmp(own, path, length) != 0)
		return -ENODEV;
	printed = snprintf(ret, ret_bytes, "hw:CARD=%s,DEV=%u", id, pcm);
	return printed >= 0 && (size_t)printed < ret_bytes ? 0 : -EINVAL;
}

/* With the lock. */
static int find_at(struct udev *udev, const char *path, size_t length, unsigned pcm, char *ret,
	size_t ret_bytes)
{
	struct udev_enumerate *found = udev_enumerate_new(udev);
	struct udev_list_entry *entry;
	int err = -ENODEV;

	if (found == NULL)
		return -ENOMEM;
	udev_enumerate_add_match_subsystem(found, "sound");
	udev_enumerate_add_match_sysname(found, "card*");
	udev_enumerate_scan_devices(found);
	udev_list_entry_foreach(entry, udev_enumerate_get_list_entry(found))
	{
		struct udev_device *card =
			udev_device_new_from_syspath(udev, udev_list_entry_get_name(entry));

		if (card != NULL)
			err = name_at(card, path, length, pcm, ret, ret_bytes);
		udev_device_unref(card);
		if (err != -ENODEV)
			break;
	}
	udev_enumerate_unref(found);
	return err;
}

/* It is looked each time: nobody may have heard that another card is there now. */
static int resolve_path(
	struct vsnd_directory *directory, const char *place, char *ret, size_t ret_bytes)
{
	unsigned pcm;
	size_t length;
	int err = vsnd_directory_parse_path(place, &length, &pcm);

	if (err < 0 || directory == NULL)
		return err < 0 ? err : -ENODEV;
	pthread_mutex_lock(&directory->lock);
	err = find_at(directory->udev, place + strlen(PREFIX), length, pcm, ret, ret_bytes);
	pthread_mutex_unlock(&directory->lock);
	return err;
}

int vsnd_directory_resolve(
	struct vsnd_directory *directory, const char *place, char *ret, size_t ret_bytes)
{
	if (vsnd_directory_is_path(place))
		return resolve_path(directory, place, ret, ret_bytes);
	return snprintf(ret, ret_bytes, "%s", place) < (int)ret_bytes ? 0 : -EINVAL;
}
