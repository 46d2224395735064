/* SPDX-License-Identifier: MIT */
#include "backend/sound/config_internal.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/config_words.h"
#include "backend/sound/card.h"

#define DEFAULT_SOCKET RUNSTATEDIR "/pvmedia/pvsndd.sock"

_Static_assert(VSND_NAME_BYTES == VB_NAME_BYTES, "names that are legal fit");

static const struct vsnd_card_config *find_card(const struct vsnd_config *config, const char *name)
{
	const struct vsnd_card_config *card = config->cards;

	while (card != NULL && strcmp(card->name, name) != 0)
		card = card->next;
	return card;
}

static const struct vsnd_guest_config *find_guest(
	const struct vsnd_config *config, const char *name)
{
	const struct vsnd_guest_config *guest = config->guests;

	while (guest != NULL && strcmp(guest->name, name) != 0)
		guest = guest->next;
	return guest;
}

static int begin_daemon(struct vsnd_reading *reading, const struct pv_ini_entry *entry)
{
	if (entry->name[0] != '\0')
		return vsnd_config_refuse(reading, "takes no name");
	if (reading->has_daemon)
		return vsnd_config_refuse(reading, "is there twice");
	reading->has_daemon = true;
	return 0;
}

static int begin_card(struct vsnd_reading *reading, const struct pv_ini_entry *entry)
{
	if (!vb_name_is_legal(entry->name))
		return vsnd_config_refuse(
			reading, "needs a name of 1 to 63 letters, digits, . _ or -");
	if (find_card(reading->config, entry->name) != NULL)
		return vsnd_config_refuse(reading, "is there twice");
	return vsnd_config_add_card(reading, entry);
}

static int begin_guest(struct vsnd_reading *reading, const struct pv_ini_entry *entry)
{
	if (strcmp(entry->name, "*") != 0 && !vb_name_is_legal(entry->name))
		return vsnd_config_refuse(
			reading, "needs a name of 1 to 63 letters, digits, . _ or -, or *");
	if (find_guest(reading->config, entry->name) != NULL)
		return vsnd_config_refuse(reading, "is there twice");
	return vsnd_config_add_guest(reading, entry);
}

static const struct section {
	const char *kind;
	int (*begin)(struct vsnd_reading *reading, const struct pv_ini_entry *entry);
	const struct vsnd_key *keys;
} sections[] = {
	{"daemon", begin_daemon, vsnd_daemon_keys},
	{"device", begin_card, vsnd_card_keys},
	{"guest", begin_guest, vsnd_guest_keys},
};

static int take_key(struct vsnd_reading *reading, const struct section *section,
	const struct pv_ini_entry *entry)
{
	for (unsigned i = 0; section->keys[i].name != NULL; i++) {
		if (strcmp(section->keys[i].name, entry->key) != 0)
			continue;
		if (reading->keys_seen & 1u << i)
			return vsnd_config_refuse(reading, "is there twice");
		reading->keys_seen |= 1u << i;
		return section->keys[i].set(reading, entry);
	}
	return vsnd_config_refuse(reading, "no such key (see pvsndd.conf(5))");
}

static int take_entry(const struct pv_ini_entry *entry, void *ctx, char *why, size_t why_bytes)
{
	struct vsnd_reading *reading = ctx;

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
		return vsnd_config_refuse(reading, "stands before the first section");
	return vsnd_config_refuse(
		reading, "no such section (there are [daemon], [device NAME], [guest NAME])");
}

/* What only shows when the file is complete. */
__attribute__((format(printf, 5, 6))) static int complain(const struct vsnd_reading *reading,
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

static int check_wav(
	const struct vsnd_reading *reading, const struct vsnd_read_card *card, const char *section)
{
	const char *playback = card->config.playback, *capture = card->config.capture;

	if (playback != NULL && playback[0] != '/')
		return complain(reading, card->line, section, "playback",
			"must be a path that starts with /, and type is wav");
	if (capture != NULL && capture[0] != '/')
		return complain(reading, card->line, section, "capture",
			"must be a path that starts with /, and type is wav");
	if (playback != NULL && capture != NULL && strcmp(playback, capture) == 0)
		return complain(reading, card->line, section, "capture",
			"must be another file than that of playback");
	return 0;
}

/* Keys that this type of device needs, and those that it does not know. */
static int check_card(const struct vsnd_reading *reading, const struct vsnd_card_config *config)
{
	const struct vsnd_read_card *card = (const struct vsnd_read_card *)config;
	char section[VSND_NAME_BYTES + 8];
	bool has_place = config->playback != NULL || config->capture != NULL;
	bool is_clock = config->ops == &vsnd_card_clock;

	snprintf(section, sizeof(section), "device %s", config->name);
	if (config->ops == NULL)
		return complain(reading, card->line, section, "type", "is missing");
	if (card->has_loop && !is_clock)
		return complain(reading, card->line, section, "loop", "is only for type = clock");
	if (is_clock && has_place)
		return complain(reading, card->line, section,
			config->playback != NULL ? "playback" : "capture",
			"is not for type = clock, which has both by itself");
	if (!is_clock && !has_place)
		return complain(reading, card->line, section, "playback",
			"is missing, and so is capture; type = %s needs at least one",
			config->ops->type);
	return config->ops == &vsnd_card_wav ? check_wav(reading, card, section) : 0;
}

static int check_names(const struct vsnd_reading *reading, const struct vsnd_guest_config *guest,
	int line, const char *key, char *const *names)
{
	char section[VSND_NAME_BYTES + 8];

	snprintf(section, sizeof(section), "guest %s", guest->name);
	for (; *names != NULL; names++)
		if (strcmp(*names, "*") != 0 && find_card(reading->config, *names) == NULL)
			return complain(
				reading, line, section, key, "there is no [device %s]", *names);
	return 0;
}

static int check_guest(const struct vsnd_reading *reading, const struct vsnd_guest_config *config)
{
	const struct vsnd_read_guest *guest = (const struct vsnd_read_guest *)config;
	int err = check_names(reading, config, guest->playback_line, "playback", config->playback);

	if (err < 0)
		return err;
	return check_names(reading, config, guest->capture_line, "capture", config->capture);
}

static int check_all(const struct vsnd_reading *reading)
{
	const struct vsnd_config *config = reading->config;
	int err = 0;

	for (const struct vsnd_card_config *card = config->cards; card != NULL && err == 0;
		card = card->next)
		err = check_card(reading, card);
	for (const struct vsnd_guest_config *guest = config->guests; guest != NULL && err == 0;
		guest = guest->next)
		err = check_guest(reading, guest);
	return err;
}

int vsnd_config_read(const char *path, struct vsnd_config **ret, char *error, size_t error_bytes)
{
	struct vsnd_config *config = calloc(1, sizeof(*config));
	struct vsnd_reading reading = {
		.path = path,
		.config = config,
		.error = error,
		.error_bytes = error_bytes,
	};
	int err;

	if (config == NULL || vb_text_replace(&config->control_socket, DEFAULT_SOCKET) < 0) {
		snprintf(error, error_bytes, "%s: out of memory", path);
		vsnd_config_free(config);
		return -ENOMEM;
	}
	reading.last_card = &config->cards;
	reading.last_guest = &config->guests;
	err = pv_ini_read(path, take_entry, &reading, error, error_bytes);
	if (err == 0)
		err = check_all(&reading);
	if (err < 0) {
		vsnd_config_free(config);
		return err;
	}
	*ret = config;
	return 0;
}

void vsnd_config_free(struct vsnd_config *config)
{
	struct vsnd_card_config *card;
	struct vsnd_guest_config *guest;

	if (config == NULL)
		return;
	while ((card = config->cards) != NULL) {
		config->cards = card->next;
		free(card->playback);
		free(card->capture);
		free(card);
	}
	while ((guest = config->guests) != NULL) {
		config->guests = guest->next;
		vb_names_free(guest->playback);
		vb_names_free(guest->capture);
		free(guest);
	}
	free(config->control_socket);
	free(config);
}

const struct vsnd_guest_config *vsnd_config_guest(
	const struct vsnd_config *config, const char *guest)
{
	const struct vsnd_guest_config *found = find_guest(config, guest);

	return found != NULL ? found : find_guest(config, "*");
}

bool vsnd_guest_may_use(const struct vsnd_guest_config *guest, const char *device, bool capture)
{
	return vb_names_allow(capture ? guest->capture : guest->playback, device);
}
