/* SPDX-License-Identifier: MIT */
/* What config.c (sections, the whole) and config_keys.c (what each key means) share. */
#ifndef VCAM_CONFIG_INTERNAL_H
#define VCAM_CONFIG_INTERNAL_H

#include "backend/camera/config.h"
#include "common/ini.h"

/* What is read, with the lines that a complaint found later must name. */
struct vcam_read_source {
	struct vcam_source_config config; /* first: freed as such */
	int line, size_line;
	bool has_picture; /* format, size or rate was given */
	bool has_pace;
};

struct vcam_read_guest {
	struct vcam_guest_config config;
	int sources_line;
};

struct vcam_reading {
	const char *path;
	struct vcam_config *config;
	struct vcam_source_config **last_source;
	struct vcam_guest_config **last_guest;
	struct vcam_read_source *source; /* the newest */
	struct vcam_read_guest *guest;
	bool has_daemon;
	unsigned keys_seen; /* of this section, by place in its table */
	char *why;          /* pv_ini_handler's */
	size_t why_bytes;
	char *error; /* vcam_config_read's */
	size_t error_bytes;
};

/* Sets a key of the newest section. 0, or -errno with reading->why set. */
struct vcam_key {
	const char *name;
	int (*set)(struct vcam_reading *reading, const struct pv_ini_entry *entry);
};

/* Sets why. -EINVAL. */
int vcam_config_refuse(struct vcam_reading *reading, const char *why);

/* Each ends at a NULL name. */
extern const struct vcam_key vcam_daemon_keys[];
extern const struct vcam_key vcam_source_keys[];
extern const struct vcam_key vcam_guest_keys[];

/* Appends a section with the defaults. -ENOMEM. */
int vcam_config_add_source(struct vcam_reading *reading, const struct pv_ini_entry *entry);
int vcam_config_add_guest(struct vcam_reading *reading, const struct pv_ini_entry *entry);

#endif
