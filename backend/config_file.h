/* SPDX-License-Identifier: MIT */
/*
 * The configuration files of dom0's daemons: INI (common/ini.h) read by tables. A layout lists the
 * kinds of section, a section its keys, a key its type of value; one more key is one more row.
 * A configuration is immutable once read. One thread reads; any may look things up.
 *
 * Each section becomes a struct of the kind's own, zeroed, in a list of the whole configuration:
 * struct vb_config first, then a list head for each kind that has names.
 */
#ifndef VB_CONFIG_FILE_H
#define VB_CONFIG_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VB_NAME_BYTES 64 /* names are 1 to 63 of A-Z a-z 0-9 . _ - */

/* What every daemon's configuration begins with: its section [daemon]. */
struct vb_config {
	char *control_socket;
};

struct vb_key;
struct vb_section;
struct vb_section_kind;

/* Where a refusal's reason goes: without file, line and key, which the reader adds. */
struct vb_why {
	char *text;
	size_t bytes;
};

/* A type of value. place is the key's member in the section's struct. */
struct vb_value {
	/* -EINVAL with why set, -ENOMEM. place may be partly set then: release still comes. */
	int (*set)(const struct vb_key *key, const char *text, void *place, struct vb_why *why);
	void (*release)(void *place); /* NULL: owns nothing */
	bool repeats;                 /* the key may come again, and set is called again */
};

extern const struct vb_value vb_text;   /* char *: not empty; refused with key->must */
extern const struct vb_value vb_texts;  /* char **: as vb_text, one of each line; NULL-ended */
extern const struct vb_value vb_path;   /* char *: begins with / */
extern const struct vb_value vb_bool;   /* bool */
extern const struct vb_value vb_number; /* uint32_t, or an int: key->min to key->max */
/* uint32_t, in us: key->min to key->max of them, as 10ms, 2.5 ms, 500us or 1s; or the word of
 * key->choices, if there is one: 0. */
extern const struct vb_value vb_time;
extern const struct vb_value vb_word; /* unsigned or an enum: which of key->choices, strings */
/*
 * A pointer: to one of key->choices, structs whose first member is their word (const char *). At
 * most one key of a section is of this type; it says which others the section may have.
 */
extern const struct vb_value vb_type;
/*
 * char **: names of sections of key->section, NULL-ended, or "*" alone for all. That they exist is
 * checked once the file is read.
 */
extern const struct vb_value vb_names;

#define VB_ONLY_MAX 3

/* A row; a table of them ends with a NULL name. */
struct vb_key {
	const char *name;
	const struct vb_value *value;
	size_t offset;                 /* of the member it sets, in the section's struct */
	const char *preset;            /* what it is unless given, as text; NULL: zeros */
	uint32_t min, max;             /* vb_number, vb_time */
	const void *const *choices;    /* vb_word, vb_type, vb_time: NULL-ended */
	const char *must;              /* vb_text: why an empty one is refused */
	const char *section;           /* vb_names */
	const void *only[VB_ONLY_MAX]; /* the types (choices of vb_type) that have it; none: all */
	bool required;                 /* of the types that have it */
};

struct vb_section_kind {
	const char *kind; /* "guest" of [guest NAME] */
	bool star;        /* may its name be *, for all others? */
	size_t bytes;     /* of its struct; 0: has no name and is the whole configuration */
	size_t name_offset, next_offset; /* in it: char [VB_NAME_BYTES], pointer to the next */
	size_t list_offset;              /* in the whole configuration: pointer to the first */
	/* In its struct: char *, the name that vb_config_find knows it by when it is set; no two
	 * sections may share it, and * has none. 0: there is no such member. */
	size_t alias_offset;
	const struct vb_key *keys;
	/* What only shows when the section is complete, its struct with it; 0 or vb_complain's
	 * answer. It may put in what other keys decide. NULL: nothing. */
	int (*check)(const struct vb_section *section, void *config);
};

/* .bytes, .name_offset and .next_offset, for a struct with the members name and next. */
#define VB_SECTION_STRUCT(type)                                                                    \
	.bytes = sizeof(type), .name_offset = offsetof(type, name),                                \
	.next_offset = offsetof(type, next)

extern const struct vb_section_kind vb_daemon_section;

struct vb_config_layout {
	const char *daemon; /* "pvcamd"; also of its man page and socket */
	size_t bytes;       /* of the whole configuration */
	const struct vb_section_kind *const *sections; /* NULL-ended */
};

/*
 * error gets one sentence with file, line and key, or "out of memory". Caller frees *ret with
 * vb_config_free. -EINVAL, -ENOMEM, -errno of opening and reading.
 */
int vb_config_read(const struct vb_config_layout *layout, const char *path, struct vb_config **ret,
	char *error, size_t error_bytes);
/* Takes NULL. */
void vb_config_free(const struct vb_config_layout *layout, struct vb_config *config);

/* Is there any section [guest NAME]? */
bool vb_config_has_guests(const struct vb_config_layout *layout, const struct vb_config *config);
/* The struct of [kind NAME], or of the one with that alias; else of [kind *], else NULL. Borrowed.
 */
const void *vb_config_find(
	const struct vb_section_kind *kind, const struct vb_config *config, const char *name);
/* Does a list of vb_names allow a name: by itself or by "*"? */
bool vb_names_allow(char *const *names, const char *name);

/* ---- For types of value and checks ---- */

/* Sets why. -EINVAL. */
int vb_refuse(struct vb_why *why, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Which of key->choices text is; -EINVAL with why set. */
int vb_choose(const struct vb_key *key, const char *text, struct vb_why *why);

/* The section's first line. */
int vb_section_line(const struct vb_section *section);
/* The line of a key of its table; 0: the section does not give it. */
int vb_key_line(const struct vb_section *section, const char *key);
/* Refuses a complete section, naming a line and a key (the whole sentence). -EINVAL. */
int vb_complain(const struct vb_section *section, int line, const char *key, const char *format,
	...) __attribute__((format(printf, 4, 5)));

#endif
