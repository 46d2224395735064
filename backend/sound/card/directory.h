/* SPDX-License-Identifier: MIT */
/*
 * Which sound cards this machine has now, by libudev, so that the configuration can name one by
 * where it is plugged in, and who waits for one hears that something changed.
 */
#ifndef VSND_DIRECTORY_H
#define VSND_DIRECTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct vsnd_directory;

/* -ENOMEM. */
int vsnd_directory_create(struct vsnd_directory **ret);
/* Nobody may be subscribed. Takes NULL. */
void vsnd_directory_destroy(struct vsnd_directory *directory);

/* Cards may have changed: tells those who subscribed. One thread. */
void vsnd_directory_tell(const struct vsnd_directory *directory);

/* changed is called by vsnd_directory_tell, on its thread; it must not subscribe. -ENOMEM. */
int vsnd_directory_subscribe(
	struct vsnd_directory *directory, void (*changed)(void *ctx), void *ctx);
void vsnd_directory_unsubscribe(struct vsnd_directory *directory, void *ctx);

/* Is a place the name of a card by its path, path:ID_PATH or path:ID_PATH,DEVICE? ret_path gets the
 * length of ID_PATH, ret_device the number of the PCM, 0 unless it is given. -EINVAL: it begins so
 * and is not well made. */
bool vsnd_directory_is_path(const char *place);
int vsnd_directory_parse_path(const char *place, size_t *ret_path_length, unsigned *ret_device);

/* A number that is another one when a sound card's nodes have come or gone since, for who hears of
 * nothing: see arrival.h. Costs next to nothing. Any thread. */
uint64_t vsnd_directory_stamp(void);

/* The name by which alsa-lib knows a place: of a path, hw:CARD=ID,DEV=N of the card that is there
 * now, for which it looks each time; any other as it is. Any thread; it may block. NULL for a
 * directory knows no path. -ENODEV: nobody is there; -EINVAL: as above, or too long; -ENOMEM. */
int vsnd_directory_resolve(
	struct vsnd_directory *directory, const char *place, char *ret, size_t ret_bytes);

#endif
