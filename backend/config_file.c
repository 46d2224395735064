/* SPDX-License-Identifier: MIT */
#include "backend/config_file.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/config_internal.h"
#include "common/ini.h"

#define NAME_LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-"

struct reading {
	const struct vb_config_layout *layout;
	const char *path;
	struct vb_config *config;
	struct vb_section *first, *last; /* in the file's order */
	char *error;
	size_t error_bytes;
};

/* A section while the file is read. */
struct vb_section {
	const struct reading *reading;
	const struct vb_section_kind *kind;
	void *config; /* its struct */
	struct vb_section *next;
	int line;
	int key_lines[]; /* by place in its table; 0: not given */
};

static const struct vb_key daemon_keys[] = {
	{"control-socket", &vb_path, .offset = offsetof(struct vb_config, control_socket)},
	{0},
};

const struct vb_section_kind vb_daemon_section = {.kind = "daemon", .keys = daemon_keys};

/* Members whose type only the tables know: pointers go in and out as bytes. */
static void *load(const void *base, size_t offset)
{
	void *pointer;

	memcpy(&pointer, (const char *)base + offset, sizeof(pointer));
	return pointer;
}

static void store(void *base, size_t offset, const void *pointer)
{
	memcpy((char *)base + offset, &pointer, sizeof(pointer));
}

static const char *name_of(const struct vb_section_kind *kind, const void *config)
{
	return kind->bytes > 0 ? (const char *)config + kind->name_offset : "";
}

/* What a lookup finds it by. */
static const char *known_as(const struct vb_section_kind *kind, const void *config)
{
	const char *alias = kind->alias_offset > 0 ? load(config, kind->alias_offset) : NULL;

	return alias != NULL ? alias : name_of(kind, config);
}

int vb_section_line(const struct vb_section *section)
{
	return section->line;
}

int vb_key_line(const struct vb_section *section, const char *key)
{
	const struct vb_key *keys = section->kind->keys;
	size_t i = 0;

	while (strcmp(keys[i].name, key) != 0)
		i++;
	return section->key_lines[i];
}

int vb_complain(
	const struct vb_section *section, int line, const char *key, const char *format, ...)
{
	const struct reading *reading = section->reading;
	char why[192];
	va_list args;

	va_start(args, format);
	vsnprintf(why, sizeof(why), format, args);
	va_end(args);
	snprintf(reading->error, reading->error_bytes, "%s:%d: [%s %s] %s: %s", reading->path, line,
		section->kind->kind, name_of(section->kind, section->config), key, why);
	return -EINVAL;
}

/* ---- Line by line ---- */

static const char *check_name(const struct vb_section_kind *kind, const char *name)
{
	size_t length = strlen(name);

	if (kind->bytes == 0)
		return length > 0 ? "takes no name" : NULL;
	if (kind->star && strcmp(name, "*") == 0)
		return NULL;
	if (length > 0 && length < VB_NAME_BYTES && strspn(name, NAME_LETTERS) == length)
		return NULL;
	return kind->star ? "needs a name of 1 to 63 letters, digits, . _ or -, or *"
			  : "needs a name of 1 to 63 letters, digits, . _ or -";
}

static const struct vb_section *find_section(
	const struct reading *reading, const char *kind, const char *name)
{
	const struct vb_section *section = reading->first;

	while (section != NULL &&
		(strcmp(section->kind->kind, kind) != 0 ||
			strcmp(name_of(section->kind, section->config), name) != 0))
		section = section->next;
	return section;
}

static int set_presets(const struct vb_section *section, struct vb_why *why)
{
	int err = 0;

	for (const struct vb_key *key = section->kind->keys; key->name != NULL && err == 0; key++)
		if (key->preset != NULL)
			err = key->value->set(
				key, key->preset, (char *)section->config + key->offset, why);
	return err;
}

/* Last of its list. */
static int add_config(struct vb_section *section, const char *name)
{
	const struct vb_section_kind *kind = section->kind;
	void *place = section->reading->config, *next;
	size_t offset = kind->list_offset;

	section->config = place;
	if (kind->bytes == 0)
		return 0;
	section->config = calloc(1, kind->bytes);
	if (section->config == NULL)
		return -ENOMEM;
	memcpy((char *)section->config + kind->name_offset, name, strlen(name));
	while ((next = load(place, offset)) != NULL) {
		place = next;
		offset = kind->next_offset;
	}
	store(place, offset, section->config);
	return 0;
}

static int begin_section(struct reading *reading, const struct vb_section_kind *kind,
	const struct pv_ini_entry *entry, struct vb_why *why)
{
	const char *bad_name = check_name(kind, entry->name);
	struct vb_section *section;
	size_t num_keys = 0;

	if (bad_name != NULL)
		return vb_refuse(why, "%s", bad_name);
	if (find_section(reading, kind->kind, entry->name) != NULL)
		return vb_refuse(why, "is there twice");
	while (kind->keys[num_keys].name != NULL)
		num_keys++;
	section = calloc(1, sizeof(*section) + num_keys * sizeof(section->key_lines[0]));
	if (section == NULL)
		return -ENOMEM;
	section->reading = reading;
	section->kind = kind;
	section->line = entry->line;
	if (add_config(section, entry->name) < 0) {
		free(section);
		return -ENOMEM;
	}
	*(reading->last != NULL ? &reading->last->next : &reading->first) = section;
	reading->last = section;
	return set_presets(section, why);
}

static int take_key(
	const struct reading *reading, const struct pv_ini_entry *entry, struct vb_why *why)
{
	struct vb_section *section = reading->last;
	const struct vb_key *keys = section->kind->keys;

	for (size_t i = 0; keys[i].name != NULL; i++) {
		if (strcmp(keys[i].name, entry->key) != 0)
			continue;
		if (section->key_lines[i] > 0 && !keys[i].value->repeats)
			return vb_refuse(why, "is there twice");
		if (section->key_lines[i] == 0)
			section->key_lines[i] = entry->line;
		return keys[i].value->set(
			&keys[i], entry->value, (char *)section->config + keys[i].offset, why);
	}
	return vb_refuse(why, "no such key (see %s.conf(5))", reading->layout->daemon);
}

static int refuse_section(const struct vb_config_layout *layout, struct vb_why *why)
{
	char there[128] = "";
	size_t length = 0;

	for (const struct vb_section_kind *const *kind = layout->sections;
		*kind != NULL && length < sizeof(there); kind++)
		length += (size_t)snprintf(there + length, sizeof(there) - length, "%s[%s%s]",
			length > 0 ? ", " : "", (*kind)->kind, (*kind)->bytes > 0 ? " NAME" : "");
	return vb_refuse(why, "no such section (there are %s)", there);
}

static int take_entry(const struct pv_ini_entry *entry, void *ctx, char *text, size_t bytes)
{
	struct vb_why why = {text, bytes};
	struct reading *reading = ctx;

	if (entry->kind[0] == '\0')
		return vb_refuse(&why, "stands before the first section");
	if (entry->key[0] != '\0')
		return take_key(reading, entry, &why);
	for (const struct vb_section_kind *const *kind = reading->layout->sections; *kind != NULL;
		kind++)
		if (strcmp((*kind)->kind, entry->kind) == 0)
			return begin_section(reading, *kind, entry, &why);
	return refuse_section(reading->layout, &why);
}

/* ---- When the file is complete ---- */

static bool has_type(const struct vb_key *key, const void *type)
{
	for (size_t i = 0; i < VB_ONLY_MAX && key->only[i] != NULL; i++)
		if (key->only[i] == type)
			return true;
	return key->only[0] == NULL;
}

static int check_key(
	const struct vb_section *section, const struct vb_key *key, const void *type, bool is_given)
{
	int line = section->line;
	char only[128];

	if (is_given && !has_type(key, type)) {
		vb_list_choices(only, sizeof(only), &vb_type, key->only, VB_ONLY_MAX);
		return vb_complain(section, line, key->name, "is only for type = %s", only);
	}
	if (is_given || !key->required || !has_type(key, type))
		return 0;
	if (key->only[0] == NULL)
		return vb_complain(section, line, key->name, "is missing");
	return vb_complain(section, line, key->name, "is missing, and type is %s",
		vb_choice_word(&vb_type, type));
}

static int check_names(const struct vb_section *section, const struct vb_key *key, int line)
{
	for (char **name = load(section->config, key->offset); *name != NULL; name++)
		if (strcmp(*name, "*") != 0 &&
			find_section(section->reading, key->section, *name) == NULL)
			return vb_complain(section, line, key->name, "there is no [%s %s]",
				key->section, *name);
	return 0;
}

static int check_alias(const struct vb_section *section)
{
	const struct vb_section_kind *kind = section->kind;
	const char *alias = known_as(kind, section->config);

	if (strcmp(name_of(kind, section->config), "*") == 0 && strcmp(alias, "*") != 0)
		return vb_complain(section, section->line, "name", "* stands for all others");
	for (const struct vb_section *other = section->reading->first; other != section;
		other = other->next)
		if (other->kind == kind && strcmp(known_as(kind, other->config), alias) == 0)
			return vb_complain(section, section->line, "name",
				"is that of [%s %s], too", kind->kind,
				name_of(kind, other->config));
	return 0;
}

static int check_section(const struct vb_section *section)
{
	const struct vb_section_kind *kind = section->kind;
	const struct vb_key *keys = kind->keys;
	const void *type = NULL;
	int err = 0;

	for (size_t i = 0; keys[i].name != NULL; i++)
		if (keys[i].value == &vb_type)
			type = load(section->config, keys[i].offset);
	for (size_t i = 0; keys[i].name != NULL && err == 0; i++) {
		err = check_key(section, &keys[i], type, section->key_lines[i] > 0);
		if (err == 0 && keys[i].value == &vb_names)
			err = check_names(section, &keys[i], section->key_lines[i]);
	}
	if (err == 0)
		err = check_alias(section);
	return err == 0 && kind->check != NULL ? kind->check(section, section->config) : err;
}

static int read_file(struct reading *reading)
{
	int err = pv_ini_read(
		reading->path, take_entry, reading, reading->error, reading->error_bytes);

	for (const struct vb_section *section = reading->first; section != NULL && err == 0;
		section = section->next)
		err = check_section(section);
	for (struct vb_section *section = reading->first, *next; section != NULL; section = next) {
		next = section->next;
		free(section);
	}
	return err;
}

int vb_config_read(const struct vb_config_layout *layout, const char *path, struct vb_config **ret,
	char *error, size_t error_bytes)
{
	struct reading reading = {
		.layout = layout,
		.path = path,
		.config = calloc(1, layout->bytes),
		.error = error,
		.error_bytes = error_bytes,
	};
	int err;

	if (reading.config == NULL || asprintf(&reading.config->control_socket,
					      RUNSTATEDIR "/pvmedia/%s.sock", layout->daemon) < 0) {
		snprintf(error, error_bytes, "%s: out of memory", path);
		free(reading.config);
		return -ENOMEM;
	}
	err = read_file(&reading);
	if (err < 0)
		vb_config_free(layout, reading.config);
	else
		*ret = reading.config;
	return err;
}

static void release_values(const struct vb_key *key, void *config)
{
	for (; key->name != NULL; key++)
		if (key->value->release != NULL)
			key->value->release((char *)config + key->offset);
}

void vb_config_free(const struct vb_config_layout *layout, struct vb_config *config)
{
	if (config == NULL)
		return;
	for (const struct vb_section_kind *const *kinds = layout->sections; *kinds != NULL;
		kinds++) {
		const struct vb_section_kind *kind = *kinds;
		void *one = kind->bytes > 0 ? load(config, kind->list_offset) : NULL;

		while (one != NULL) {
			void *next = load(one, kind->next_offset);

			release_values(kind->keys, one);
			free(one);
			one = next;
		}
	}
	release_values(daemon_keys, config);
	free(config);
}

bool vb_config_has_guests(const struct vb_config_layout *layout, const struct vb_config *config)
{
	const struct vb_section_kind *const *kind = layout->sections;

	while (strcmp((*kind)->kind, "guest") != 0)
		kind++;
	return load(config, (*kind)->list_offset) != NULL;
}

const void *vb_config_find(
	const struct vb_section_kind *kind, const struct vb_config *config, const char *name)
{
	const void *one, *star = NULL;

	for (one = load(config, kind->list_offset); one != NULL;
		one = load(one, kind->next_offset)) {
		if (strcmp(known_as(kind, one), name) == 0)
			return one;
		if (strcmp(name_of(kind, one), "*") == 0)
			star = one;
	}
	return star;
}
