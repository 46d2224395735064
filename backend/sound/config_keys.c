/* SPDX-License-Identifier: MIT */
#include "backend/sound/config_internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/config_words.h"
#include "backend/sound/card.h"
#include "common/parse.h"

#define DEFAULT_PRIORITY 70
#define PRIORITY_MAX 90 /* leaves room above for the kernel's own threads */

int vsnd_config_refuse(struct vsnd_reading *reading, const char *why)
{
	snprintf(reading->why, reading->why_bytes, "%s", why);
	return -EINVAL;
}

/* ---- [daemon] ---- */

static int set_control_socket(struct vsnd_reading *reading, const struct pv_ini_entry *entry)
{
	if (entry->value[0] != '/')
		return vsnd_config_refuse(reading, "must be a path that starts with /");
	return vb_text_replace(&reading->config->control_socket, entry->value);
}

const struct vsnd_key vsnd_daemon_keys[] = {
	{"control-socket", set_control_socket},
	{NULL, NULL},
};

/* ---- [device NAME] ---- */

static int set_type(struct vsnd_reading *reading, const struct pv_ini_entry *entry)
{
	static const struct vsnd_card_ops *const kinds[] = {
		&vsnd_card_alsa,
		&vsnd_card_wav,
		&vsnd_card_clock,
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(kinds[i]->type, entry->value) == 0) {
			reading->card->config.ops = kinds[i];
			return 0;
		}
	}
	return vsnd_config_refuse(reading, "must be alsa, wav or clock");
}

static int set_place(struct vsnd_reading *reading, const struct pv_ini_entry *entry, char **place)
{
	if (entry->value[0] == '\0')
		return vsnd_config_refuse(reading, "must name a PCM or a file");
	return vb_text_replace(place, entry->value);
}

static int set_card_playback(struct vsnd_reading *reading, const struct pv_ini_entry *entry)
{
	return set_place(reading, entry, &reading->card->config.playback);
}

static int set_card_capture(struct vsnd_reading *reading, const struct pv_ini_entry *entry)
{
	return set_place(reading, entry, &reading->card->config.capture);
}

static int set_loop(struct vsnd_reading *reading, const struct pv_ini_entry *entry)
{
	reading->card->has_loop = true;
	if (pv_parse_bool(entry->value, &reading->card->config.loop) < 0)
		return vsnd_config_refuse(reading, "must be yes or no");
	return 0;
}

static int set_priority(struct vsnd_reading *reading, const struct pv_ini_entry *entry)
{
	uint32_t priority;

	if (pv_parse_u32(entry->value, 1, PRIORITY_MAX, &priority) < 0)
		return vsnd_config_refuse(reading, "must be a number from 1 to 90");
	reading->card->config.priority = (int)priority;
	return 0;
}

const struct vsnd_key vsnd_card_keys[] = {
	{"type", set_type},
	{"playback", set_card_playback},
	{"capture", set_card_capture},
	{"loop", set_loop},
	{"priority", set_priority},
	{NULL, NULL},
};

int vsnd_config_add_card(struct vsnd_reading *reading, const struct pv_ini_entry *entry)
{
	struct vsnd_read_card *card = calloc(1, sizeof(*card));

	if (card == NULL)
		return -ENOMEM;
	card->config.priority = DEFAULT_PRIORITY;
	memcpy(card->config.name, entry->name, strlen(entry->name));
	card->line = entry->line;
	reading->card = card;
	*reading->last_card = &card->config;
	reading->last_card = &card->config.next;
	return 0;
}

/* ---- [guest NAME] ---- */

static int set_names(struct vsnd_reading *reading, const struct pv_ini_entry *entry, char ***names)
{
	int err = vb_names_add(names, entry->value);

	if (err == 0 && vb_names_star_in_company(*names))
		return vsnd_config_refuse(reading, "* means all devices and stands alone");
	return err;
}

static int set_guest_playback(struct vsnd_reading *reading, const struct pv_ini_entry *entry)
{
	reading->guest->playback_line = entry->line;
	return set_names(reading, entry, &reading->guest->config.playback);
}

static int set_guest_capture(struct vsnd_reading *reading, const struct pv_ini_entry *entry)
{
	reading->guest->capture_line = entry->line;
	return set_names(reading, entry, &reading->guest->config.capture);
}

const struct vsnd_key vsnd_guest_keys[] = {
	{"playback", set_guest_playback},
	{"capture", set_guest_capture},
	{NULL, NULL},
};

int vsnd_config_add_guest(struct vsnd_reading *reading, const struct pv_ini_entry *entry)
{
	struct vsnd_read_guest *guest = calloc(1, sizeof(*guest));

	if (guest == NULL)
		return -ENOMEM;
	if (vb_names_add(&guest->config.playback, "") < 0 ||
		vb_names_add(&guest->config.capture, "") < 0) {
		vb_names_free(guest->config.playback);
		free(guest);
		return -ENOMEM;
	}
	memcpy(guest->config.name, entry->name, strlen(entry->name));
	reading->guest = guest;
	*reading->last_guest = &guest->config;
	reading->last_guest = &guest->config.next;
	return 0;
}
