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

struct card {
	char *id;
	char *path; /* udev's ID_PATH */
	struct card *next;
};

struct subscriber {
	void (*changed)(void *ctx);
	void *ctx;
	struct subscriber *next;
};

struct vsnd_directory {
	struct udev *udev;
	pthread_mutex_t lock; /* of udev and cards */
	struct card *cards;
	struct subscriber *subscribers;
};

/* ---- who is there ---- */

static void free_cards(struct card *card)
{
	while (card != NULL) {
		struct card *next = card->next;

		free(card->id);
		free(card->path);
		free(card);
		card = next;
	}
}

static void add_card(struct udev_device *device, struct card **list)
{
	const char *id = udev_device_get_sysattr_value(device, "id");
	const char *path = udev_device_get_property_value(device, "ID_PATH");
	struct card *card;

	if (id == NULL || path == NULL)
		return;
	card = calloc(1, sizeof(*card));
	if (card == NULL)
		return;
	card->id = strdup(id);
	card->path = strdup(path);
	card->next = *list;
	*list = card;
	if (card->id == NULL || card->path == NULL) {
		*list = card->next;
		card->next = NULL;
		free_cards(card);
	}
}

static struct card *enumerate(struct udev *udev)
{
	struct udev_enumerate *found = udev_enumerate_new(udev);
	struct udev_list_entry *entry;
	struct card *cards = NULL;

	if (found == NULL)
		return NULL;
	udev_enumerate_add_match_subsystem(found, "sound");
	udev_enumerate_add_match_sysname(found, "card*");
	udev_enumerate_scan_devices(found);
	udev_list_entry_foreach(entry, udev_enumerate_get_list_entry(found))
	{
		struct udev_device *device =
			udev_device_new_from_syspath(udev, udev_list_entry_get_name(entry));

		if (device != NULL)
			add_card(device, &cards);
		udev_device_unref(device);
	}
	udev_enumerate_unref(found);
	return cards;
}

/* With the lock: a udev is one thread's at a time. */
static void look(struct vsnd_directory *directory)
{
	free_cards(directory->cards);
	directory->cards = enumerate(directory->udev);
}

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
	look(directory);
	*ret = directory;
	return 0;
}

void vsnd_directory_destroy(struct vsnd_directory *directory)
{
	if (directory == NULL)
		return;
	free_cards(directory->cards);
	udev_unref(directory->udev);
	pthread_mutex_destroy(&directory->lock);
	free(directory);
}

/* ---- who wants to know ---- */

void vsnd_directory_look(struct vsnd_directory *directory)
{
	pthread_mutex_lock(&directory->lock);
	look(directory);
	pthread_mutex_unlock(&directory->lock);
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

static bool is_at(const struct card *card, const char *path, size_t length)
{
	return strncmp(card->path, path, length) == 0 && card->path[length] == '\0';
}

static const struct card *find_at(
	const struct vsnd_directory *directory, const char *path, size_t length)
{
	const struct card *card = directory->cards;

	while (card != NULL && !is_at(card, path, length))
		card = card->next;
	return card;
}

static int resolve_path(
	struct vsnd_directory *directory, const char *place, char *ret, size_t ret_bytes)
{
	const char *path = place + strlen(PREFIX);
	const struct card *card;
	unsigned device;
	size_t length;
	int printed = -ENODEV, err = vsnd_directory_parse_path(place, &length, &device);

	if (err < 0 || directory == NULL)
		return err < 0 ? err : -ENODEV;
	pthread_mutex_lock(&directory->lock);
	card = find_at(directory, path, length);
	if (card == NULL) {
		look(directory);
		card = find_at(directory, path, length);
	}
	if (card != NULL)
		printed = snprintf(ret, ret_bytes, "hw:CARD=%s,DEV=%u", card->id, device);
	pthread_mutex_unlock(&directory->lock);
	if (printed >= 0)
		err = (size_t)printed < ret_bytes ? 0 : -EINVAL;
	return printed < 0 ? printed : err;
}

int vsnd_directory_resolve(
	struct vsnd_directory *directory, const char *place, char *ret, size_t ret_bytes)
{
	if (vsnd_directory_is_path(place))
		return resolve_path(directory, place, ret, ret_bytes);
	return snprintf(ret, ret_bytes, "%s", place) < (int)ret_bytes ? 0 : -EINVAL;
}
