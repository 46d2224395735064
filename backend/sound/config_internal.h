/* SPDX-License-Identifier: MIT */
/* What config.c (sections, the whole) and config_keys.c (what each key means) share. */
#ifndef VSND_CONFIG_INTERNAL_H
#define VSND_CONFIG_INTERNAL_H

#include "backend/sound/config.h"
#include "common/ini.h"

/* What is read, with the lines that a complaint found later must name. */
struct vsnd_read_card {
	struct vsnd_card_config config; /* first: freed as such */
	int line;
	bool has_loop;
};

struct vsnd_read_guest {
	struct vsnd_guest_config config;
	int playback_line, capture_line;
};

struct vsnd_reading {
	const char *path;
	struct vsnd_config *config;
	struct vsnd_card_config **last_card;
	struct vsnd_guest_config **last_guest;
	struct vsnd_read_card *card; /* the newest */
	struct vsnd_read_guest *guest;
	bool has_daemon;
	unsigned keys_seen; /* of this section, by place in its table */
	char *why;          /* pv_ini_handler's */
	size_t why_bytes;
	char *error; /* vsnd_config_read's */
	size_t error_bytes;
};

/* Sets a key of the newest section. 0, or -errno with reading->why set. */
struct vsnd_key {
	const char *name;
	int (*set)(struct vsnd_reading *reading, const struct pv_ini_entry *entry);
};

/* Sets why. -EINVAL. */
int vsnd_config_refuse(struct vsnd_reading *reading, const char *why);

/* Each ends at a NULL name. */
extern const struct vsnd_key vsnd_daemon_keys[];
extern const struct vsnd_key vsnd_card_keys[];
extern const struct vsnd_key vsnd_guest_keys[];

/* Appends a section with the defaults. -ENOMEM. */
int vsnd_config_add_card(struct vsnd_reading *reading, const struct pv_ini_entry *entry);
int vsnd_config_add_guest(struct vsnd_reading *reading, const struct pv_ini_entry *entry);

#endif
