/* SPDX-License-Identifier: MIT */
#include "backend/camera/config_internal.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/camera/source.h"
#include "backend/config_words.h"
#include "common/pixfmt.h"

#define DEFAULT_SOCKET RUNSTATEDIR "/pvmedia/pvcamd.sock"

_Static_assert(VCAM_NAME_BYTES == VB_NAME_BYTES, "names that are legal fit");

static const struct vcam_source_config *find_source(
	const struct vcam_config *config, const char *name)
{
	const struct vcam_source_config *source = config->sources;

	while (source != NULL && strcmp(source->name, name) != 0)
		source = source->next;
	return source;
}

static const struct vcam_guest_config *find_guest(
	const struct vcam_config *config, const char *name)
{
	const struct vcam_guest_config *guest = config->guests;

	while (guest != NULL && strcmp(guest->name, name) != 0)
		guest = guest->next;
	return guest;
}

static int begin_daemon(struct vcam_reading *reading, const struct pv_ini_entry *entry)
{
	if (entry->name[0] != '\0')
		return vcam_config_refuse(reading, "takes no name");
	if (reading->has_daemon)
		return vcam_config_refuse(reading, "is there twice");
	reading->has_daemon = true;
	return 0;
}

static int begin_source(struct vcam_reading *reading, const struct pv_ini_entry *entry)
{
	if (!vb_name_is_legal(entry->name))
		return vcam_config_refuse(
			reading, "needs a name of 1 to 63 letters, digits, . _ or -");
	if (find_source(reading->config, entry->name) != NULL)
		return vcam_config_refuse(reading, "is there twice");
	return vcam_config_add_source(reading, entry);
}

static int begin_guest(struct vcam_reading *reading, const struct pv_ini_entry *entry)
{
	if (strcmp(entry->name, "*") != 0 && !vb_name_is_legal(entry->name))
		return vcam_config_refuse(
			reading, "needs a name of 1 to 63 letters, digits, . _ or -, or *");
	if (find_guest(reading->config, entry->name) != NULL)
		return vcam_config_refuse(reading, "is there twice");
	return vcam_config_add_guest(reading, entry);
}

static const struct section {
	const char *kind;
	int (*begin)(struct vcam_reading *reading, const struct pv_ini_entry *entry);
	const struct vcam_key *keys;
} sections[] = {
	{"daemon", begin_daemon, vcam_daemon_keys},
	{"source", begin_source, vcam_source_keys},
	{"guest", begin_guest, vcam_guest_keys},
};

static int take_key(struct vcam_reading *reading, const struct section *section,
	const struct pv_ini_entry *entry)
{
	for (unsigned i = 0; section->keys[i].name != NULL; i++) {
		if (strcmp(section->keys[i].name, entry->key) != 0)
			continue;
		if (reading->keys_seen & 1u << i)
			return vcam_config_refuse(reading, "is there twice");
		reading->keys_seen |= 1u << i;
		return section->keys[i].set(reading, entry);
	}
	return vcam_config_refuse(reading, "no such key (see pvcamd.conf(5))");
}

static int take_entry(const struct pv_ini_entry *entry, void *ctx, char *why, size_t why_bytes)
{
	struct vcam_reading *reading = ctx;

	reading->why = why;
	reading->why_bytes = why_bytes;
	for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++) {
		if (strcmp(sections[i].kind, entry->kind) != 0)
			continue;
		if (entry->key[0] != '\0')
			return take_key(reading, &sections[i], entry);
		reading->keys_seen = 0;
		return sections[i].begin(reading, entry);
	}
	if (entry->kind[0] == '\0')
		return vcam_config_refuse(reading, "stands before the first section");
	return vcam_config_refuse(
		reading, "no such section (there are [daemon], [source NAME], [guest NAME])");
}

/* What only shows when the file is complete. */
static int __attribute__((format(printf, 5, 6))) complain(const struct vcam_reading *reading,
	int line, const char *section, const char *key, const char *format, ...)
{
	char why[192];
	va_list args;

	va_start(args, format);
	vsnprintf(why, sizeof(why), format, args);
	va_end(args);
	snprintf(reading->error, reading->error_bytes, "%s:%d: [%s] %s: %s", reading->path, line,
		section, key, why);
	return -EINVAL;
}

/* Keys that this type of source does not know. */
static int check_source_keys(const struct vcam_reading *reading,
	const struct vcam_read_source *source, const char *section)
{
	const struct vcam_source_ops *ops = source->config.ops;
	int line = source->line;

	if (ops == NULL)
		return complain(reading, line, section, "type", "is missing");
	if (ops == &vcam_source_file && source->config.path == NULL)
		return complain(reading, line, section, "path", "is missing, and type is file");
	if (ops != &vcam_source_file && source->config.path != NULL)
		return complain(reading, line, section, "path", "is only for type = file");
	if (ops == &vcam_source_file && source->has_picture)
		return complain(reading, line, section, "type",
			"a file has its own format, size and rate; they cannot be given");
	if (ops != &vcam_source_stamp && source->has_pace)
		return complain(reading, line, section, "pace", "is only for type = stamp");
	return 0;
}

static int check_source(const struct vcam_reading *reading, const struct vcam_source_config *config)
{
	const struct vcam_read_source *source = (const struct vcam_read_source *)config;
	const struct pv_pixfmt *format = pv_pixfmt_find(config->fourcc);
	char section[VCAM_NAME_BYTES + 8];
	struct pv_layout layout;
	int err;

	snprintf(section, sizeof(section), "source %s", config->name);
	err = check_source_keys(reading, source, section);
	if (err < 0)
		return err;
	if (pv_pixfmt_layout(config->fourcc, config->width, config->height, &layout) < 0)
		return complain(reading, source->size_line > 0 ? source->size_line : source->line,
			section, "size",
			"%ux%u is not for %s: width a multiple of %u up to %u, "
			"height of %u up to %u",
			config->width, config->height, format->name, format->width_multiple,
			PV_WIDTH_MAX, format->height_multiple, PV_HEIGHT_MAX);
	return 0;
}

static int check_guest(const struct vcam_reading *reading, const struct vcam_guest_config *config)
{
	const struct vcam_read_guest *guest = (const struct vcam_read_guest *)config;
	char section[VCAM_NAME_BYTES + 8];

	snprintf(section, sizeof(section), "guest %s", config->name);
	for (char **name = config->sources; *name != NULL; name++)
		if (strcmp(*name, "*") != 0 && find_source(reading->config, *name) == NULL)
			return complain(reading, guest->sources_line, section, "sources",
				"there is no [source %s]", *name);
	return 0;
}

static int check_all(const struct vcam_reading *reading)
{
	int err = 0;

	for (const struct vcam_source_config *source = reading->config->sources;
		source != NULL && err == 0; source = source->next)
		err = check_source(reading, source);
	for (const struct vcam_guest_config *guest = reading->config->guests;
		guest != NULL && err == 0; guest = guest->next)
		err = check_guest(reading, guest);
	return err;
}

int vcam_config_read(const char *path, struct vcam_config **ret, char *error, size_t error_bytes)
{
	struct vcam_config *config = calloc(1, sizeof(*config));
	struct vcam_reading reading = {
		.path = path,
		.config = config,
		.error = error,
		.error_bytes = error_bytes,
	};
	int err;

	if (config != NULL)
		config->control_socket = strdup(DEFAULT_SOCKET);
	if (config == NULL || config->control_socket == NULL) {
		snprintf(error, error_bytes, "%s: out of memory", path);
		vcam_config_free(config);
		return -ENOMEM;
	}
	reading.last_source = &config->sources;
	reading.last_guest = &config->guests;
	err = pv_ini_read(path, take_entry, &reading, error, error_bytes);
	if (err == 0)
		err = check_all(&reading);
	if (err < 0) {
		vcam_config_free(config);
		return err;
	}
	*ret = config;
	return 0;
}

void vcam_config_free(struct vcam_config *config)
{
	struct vcam_source_config *source;
	struct vcam_guest_config *guest;

	if (config == NULL)
		return;
	while ((source = config->sources) != NULL) {
		config->sources = source->next;
		free(source->path);
		free(source);
	}
	while ((guest = config->guests) != NULL) {
		config->guests = guest->next;
		vb_names_free(guest->sources);
		free(guest->fourccs);
		free(guest);
	}
	free(config->control_socket);
	free(config);
}

const struct vcam_guest_config *vcam_config_guest(
	const struct vcam_config *config, const char *guest)
{
	const struct vcam_guest_config *found = find_guest(config, guest);

	return found != NULL ? found : find_guest(config, "*");
}

bool vcam_guest_may_use(const struct vcam_guest_config *guest, const char *source)
{
	return vb_names_allow(guest->sources, source);
}
