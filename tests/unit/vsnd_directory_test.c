/* SPDX-License-Identifier: MIT */
/*
 * The directory of sound cards, on a udev of the test's own: this program has functions of those
 * names itself, and the linker prefers them. A device is its card, an entry of the list, too.
 */
#include <errno.h>
#include <libudev.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "backend/sound/card/directory.h"

#define CARDS_MAX 4u

struct udev_list_entry {
	const char *syspath, *id, *path;
};

static struct udev_list_entry cards[CARDS_MAX + 1];
static struct udev_list_entry *const no_entry;
static bool asked_for_sound, asked_for_cards;
static char anything;
static int devices_held;

struct udev *udev_new(void)
{
	return (struct udev *)&anything;
}

struct udev *udev_unref(struct udev *udev)
{
	(void)udev;
	return NULL;
}

struct udev_enumerate *udev_enumerate_new(struct udev *udev)
{
	(void)udev;
	asked_for_sound = false;
	asked_for_cards = false;
	return (struct udev_enumerate *)&anything;
}

struct udev_enumerate *udev_enumerate_unref(struct udev_enumerate *found)
{
	(void)found;
	return NULL;
}

int udev_enumerate_add_match_subsystem(struct udev_enumerate *found, const char *subsystem)
{
	(void)found;
	asked_for_sound = strcmp(subsystem, "sound") == 0;
	return 0;
}

int udev_enumerate_add_match_sysname(struct udev_enumerate *found, const char *name)
{
	(void)found;
	asked_for_cards = strcmp(name, "card*") == 0;
	return 0;
}

int udev_enumerate_scan_devices(struct udev_enumerate *found)
{
	(void)found;
	return 0;
}

struct udev_list_entry *udev_enumerate_get_list_entry(struct udev_enumerate *found)
{
	(void)found;
	assert_true(asked_for_sound && asked_for_cards);
	return cards[0].syspath != NULL ? cards : no_entry;
}

struct udev_list_entry *udev_list_entry_get_next(struct udev_list_entry *entry)
{
	return entry[1].syspath != NULL ? entry + 1 : no_entry;
}

const char *udev_list_entry_get_name(struct udev_list_entry *entry)
{
	return entry->syspath;
}

struct udev_device *udev_device_new_from_syspath(struct udev *udev, const char *syspath)
{
	(void)udev;
	for (unsigned i = 0; i < CARDS_MAX; i++)
		if (cards[i].syspath == syspath) {
			devices_held++;
			return (struct udev_device *)&cards[i];
		}
	return NULL;
}

struct udev_device *udev_device_unref(struct udev_device *device)
{
	devices_held -= device != NULL;
	return NULL;
}

const char *udev_device_get_sysattr_value(struct udev_device *device, const char *name)
{
	assert_string_equal(name, "id");
	return ((struct udev_list_entry *)device)->id;
}

const char *udev_device_get_property_value(struct udev_device *device, const char *name)
{
	assert_string_equal(name, "ID_PATH");
	return ((struct udev_list_entry *)device)->path;
}

/* ---- */

static void plug(const struct udev_list_entry *list, size_t count)
{
	memset(cards, 0, sizeof(cards));
	memcpy(cards, list, count * sizeof(*list));
}

static void assert_resolves(
	struct vsnd_directory *directory, const char *place, int expected, const char *name)
{
	char ret[64] = "untouched";

	assert_int_equal(vsnd_directory_resolve(directory, place, ret, sizeof(ret)), expected);
	assert_string_equal(ret, name);
}

static const struct udev_list_entry inside = {"/sys/0", "PCH", "pci-0000:00:1b.0"};
static const struct udev_list_entry usb = {"/sys/1", "Device", "pci-0000:00:14.0-usb-0:2:1.0"};
static const struct udev_list_entry nowhere = {"/sys/2", "Dummy", NULL};

static void test_paths(void **state)
{
	struct udev_list_entry list[] = {nowhere, inside, usb};
	struct vsnd_directory *directory;

	(void)state;
	plug(list, 3);
	assert_int_equal(vsnd_directory_create(&directory), 0);
	assert_int_equal(devices_held, 0);
	assert_resolves(directory, "path:pci-0000:00:1b.0", 0, "hw:CARD=PCH,DEV=0");
	assert_resolves(directory, "path:pci-0000:00:1b.0,3", 0, "hw:CARD=PCH,DEV=3");
	assert_resolves(directory, "path:pci-0000:00:14.0-usb-0:2:1.0", 0, "hw:CARD=Device,DEV=0");
	/* The beginning of a path is another one. */
	assert_resolves(directory, "path:pci-0000:00:14.0", -ENODEV, "untouched");
	assert_resolves(directory, "path:pci-0000:00:1b.0.1", -ENODEV, "untouched");
	assert_resolves(directory, "path:", -EINVAL, "untouched");
	assert_resolves(directory, "path:x,y", -EINVAL, "untouched");
	assert_resolves(directory, "default", 0, "default");
	assert_resolves(NULL, "hw:CARD=PCH", 0, "hw:CARD=PCH");
	assert_resolves(NULL, "path:pci-0000:00:1b.0", -ENODEV, "untouched");
	vsnd_directory_destroy(directory);
}

static unsigned told[2];

static void changed(void *ctx)
{
	(*(unsigned *)ctx)++;
}

/* The card in the same place is another one now. */
static void test_those_who_subscribed_hear(void **state)
{
	struct udev_list_entry other = {"/sys/1", "Other", usb.path};
	struct vsnd_directory *directory;

	(void)state;
	memset(cards, 0, sizeof(cards));
	assert_int_equal(vsnd_directory_create(&directory), 0);
	assert_resolves(directory, "path:pci-0000:00:14.0-usb-0:2:1.0", -ENODEV, "untouched");
	assert_int_equal(vsnd_directory_subscribe(directory, changed, &told[0]), 0);
	assert_int_equal(vsnd_directory_subscribe(directory, changed, &told[1]), 0);
	plug(&usb, 1);
	vsnd_directory_tell(directory);
	assert_resolves(directory, "path:pci-0000:00:14.0-usb-0:2:1.0", 0, "hw:CARD=Device,DEV=0");
	vsnd_directory_unsubscribe(directory, &told[0]);
	plug(&other, 1);
	vsnd_directory_tell(directory);
	assert_resolves(directory, "path:pci-0000:00:14.0-usb-0:2:1.0", 0, "hw:CARD=Other,DEV=0");
	assert_int_equal(told[0], 1);
	assert_int_equal(told[1], 2);
	vsnd_directory_unsubscribe(directory, &told[1]);
	vsnd_directory_destroy(directory);
}

/* Nobody hears that cards changed, as in a network namespace of one's own: of two alike, unplugged
 * and plugged in in the other order, each is where its path says. */
static void test_names_change_unheard(void **state)
{
	struct udev_list_entry left = {"/sys/1", "Headset", "usb-left"};
	struct udev_list_entry right = {"/sys/2", "Headset_1", "usb-right"};
	struct udev_list_entry before[] = {left, right};
	struct udev_list_entry after[] = {
		{left.syspath, left.id, right.path}, {right.syspath, right.id, left.path}};
	struct vsnd_directory *directory;

	(void)state;
	plug(before, 2);
	assert_int_equal(vsnd_directory_create(&directory), 0);
	assert_resolves(directory, "path:usb-left", 0, "hw:CARD=Headset,DEV=0");
	plug(after, 1);
	assert_resolves(directory, "path:usb-left", -ENODEV, "untouched");
	plug(after, 2);
	assert_resolves(directory, "path:usb-left", 0, "hw:CARD=Headset_1,DEV=0");
	assert_resolves(directory, "path:usb-right", 0, "hw:CARD=Headset,DEV=0");
	vsnd_directory_destroy(directory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_those_who_subscribed_hear),
		cmocka_unit_test(test_names_change_unheard),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
