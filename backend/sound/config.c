/* SPDX-License-Identifier: MIT */
#include "backend/sound/config.h"

#include <string.h>

#include "backend/sound/card/card.h"

#define DROPOUTS_MAX 3600
#define PRIORITY_MAX 90 /* leaves room above for the kernel's own threads */

/* ---- [device NAME] ---- */

static const void *const card_types[] = {
	&vsnd_card_alsa,
	&vsnd_card_wav,
	&vsnd_card_clock,
	NULL,
};

/* In the order of enum vsnd_rate_quality of enum vsnd_record, of enum vsnd_gaps. */
static const void *const qualities[] = {"usual", "fast", "best", NULL};
static const void *const records[] = {"allow", "deny", NULL};
static const void *const gaps[] = {"fade", "silence", NULL};

/* After the first in the order of their numbers. */
#define ENDS(kind) XENSND_PCM_FORMAT_##kind##_LE_STR, XENSND_PCM_FORMAT_##kind##_BE_STR
static const void *const formats[] = {"auto", XENSND_PCM_FORMAT_S8_STR, XENSND_PCM_FORMAT_U8_STR,
	ENDS(S16), ENDS(U16), ENDS(S24), ENDS(U24), ENDS(S32), ENDS(U32), ENDS(F32), ENDS(F64),
	NULL};
#undef ENDS

static const void *const automatic[] = {"auto", NULL};

#define DEPTH_MIN_US 100u
#define DEPTH_MAX_US 1000000u
#define HAS_BUFFER .only = {&vsnd_card_alsa}
#define PLACE(member) offsetof(struct vsnd_card_config, member)
#define DEPTH(member) PLACE(member), .min = DEPTH_MIN_US, .max = DEPTH_MAX_US, HAS_BUFFER
#define NO_PLACE "must name a PCM or a file"
static const struct vb_key card_keys[] = {
	{"type", &vb_type, PLACE(ops), .choices = card_types, .required = true},
	{"playback", &vb_texts, PLACE(playbacks), .must = NO_PLACE},
	{"capture", &vb_texts, PLACE(captures), .must = NO_PLACE},
	{"loop", &vb_bool, PLACE(loop), .only = {&vsnd_card_clock}},
	{"rate", &vb_number, PLACE(rate_hz), .min = VSND_RATE_MIN_HZ, .max = VSND_RATE_MAX_HZ},
	{"channels", &vb_number, PLACE(channels), .min = 1, .max = VSND_CHANNELS_MAX},
	{"format", &vb_word, PLACE(format), .preset = "auto", .choices = formats},
	{"quality", &vb_word, PLACE(quality), .preset = "usual", .choices = qualities},
	{"gaps", &vb_word, PLACE(gaps), .preset = "fade", .choices = gaps},
	{"depth", &vb_time, DEPTH(depth_us), .choices = automatic},
	{"depth-min", &vb_time, DEPTH(depth_min_us)},
	{"depth-max", &vb_time, DEPTH(depth_max_us)},
	{"dropouts-per-hour", &vb_number, PLACE(dropouts_per_hour), .preset = "1", .min = 1,
		.max = DROPOUTS_MAX, HAS_BUFFER},
	{"priority", &vb_number, PLACE(priority), .preset = "70", .min = 1, .max = PRIORITY_MAX},
	{0},
};
#undef PLACE
#undef DEPTH

static int check_depth(const struct vb_section *section, const struct vsnd_card_config *card)
{
	int line = vb_section_line(section);

	if (card->depth_us > 0 && card->depth_min_us > 0)
		return vb_complain(section, line, "depth-min", "is only for depth = auto");
	if (card->depth_us > 0 && card->depth_max_us > 0)
		return vb_complain(section, line, "depth-max", "is only for depth = auto");
	if (card->depth_max_us > 0 && card->depth_min_us > card->depth_max_us)
		return vb_complain(section, line, "depth-min", "must not be above depth-max");
	return 0;
}

static int check_wav(const struct vb_section *section, const struct vsnd_card_config *card)
{
	int line = vb_section_line(section);

	if (card->playback != NULL && card->capture != NULL &&
		strcmp(card->playback, card->capture) == 0)
		return vb_complain(
			section, line, "capture", "must be another file than that of playback");
	return 0;
}

static int check_place(const struct vb_section *section, const struct vsnd_card_config *card,
	const char *key, const char *place)
{
	int line = vb_key_line(section, key);
	unsigned device;
	size_t length;

	if (card->ops == &vsnd_card_wav && place[0] != '/')
		return vb_complain(
			section, line, key, "must be a path that starts with /, and type is wav");
	if (card->ops == &vsnd_card_alsa && vsnd_directory_is_path(place) &&
		vsnd_directory_parse_path(place, &length, &device) < 0)
		return vb_complain(section, line, key,
			"must be path:ID_PATH, as udevadm info tells it, or path:ID_PATH,DEVICE");
	if (strlen(place) >= VSND_PLACE_BYTES)
		return vb_complain(section, line, key, "is too long");
	return 0;
}

static int check_places(const struct vb_section *section, const struct vsnd_card_config *card,
	const char *key, char *const *places)
{
	int err = 0;

	if (places != NULL && places[0] != NULL && places[1] != NULL &&
		card->ops != &vsnd_card_alsa)
		return vb_complain(section, vb_key_line(section, key), key,
			"is there twice, which is only for type = alsa");
	for (; places != NULL && *places != NULL && err == 0; places++)
		err = check_place(section, card, key, *places);
	return err;
}

static int check_card(const struct vb_section *section, void *one)
{
	struct vsnd_card_config *card = one;
	bool has_place = card->playbacks != NULL || card->captures != NULL;
	bool is_clock = card->ops == &vsnd_card_clock;
	int line = vb_section_line(section);
	int err;

	card->playback = card->playbacks != NULL ? card->playbacks[0] : NULL;
	card->capture = card->captures != NULL ? card->captures[0] : NULL;
	if (is_clock && has_place)
		return vb_complain(section, line, card->playback != NULL ? "playback" : "capture",
			"is not for type = clock, which has both by itself");
	if (!is_clock && !has_place)
		return vb_complain(section, line, "playback",
			"is missing, and so is capture; type = %s needs at least one",
			card->ops->type);
	err = check_places(section, card, "playback", card->playbacks);
	if (err == 0)
		err = check_places(section, card, "capture", card->captures);
	if (err == 0 && card->ops == &vsnd_card_alsa)
		err = check_depth(section, card);
	return err == 0 && card->ops == &vsnd_card_wav ? check_wav(section, card) : err;
}

static const struct vb_section_kind card_section = {
	.kind = "device",
	VB_SECTION_STRUCT(struct vsnd_card_config),
	.list_offset = offsetof(struct vsnd_config, cards),
	.keys = card_keys,
	.check = check_card,
};

/* ---- [guest NAME] ---- */

#define PLACE(member) offsetof(struct vsnd_guest_config, member)
static const struct vb_key guest_keys[] = {
	{"name", &vb_text, PLACE(alias), .must = "must be a domain's name, as xl list tells it"},
	{"playback", &vb_names, PLACE(playback), .preset = "", .section = "device"},
	{"capture", &vb_names, PLACE(capture), .preset = "", .section = "device"},
	{"record", &vb_word, PLACE(record), .preset = "allow", .choices = records},
	{0},
};
#undef PLACE

static const struct vb_section_kind guest_section = {
	.kind = "guest",
	.star = true,
	VB_SECTION_STRUCT(struct vsnd_guest_config),
	.list_offset = offsetof(struct vsnd_config, guests),
	.alias_offset = offsetof(struct vsnd_guest_config, alias),
	.keys = guest_keys,
};

/* ---- The whole ---- */

static const struct vb_section_kind *const sections[] = {
	&vb_daemon_section,
	&card_section,
	&guest_section,
	NULL,
};

const struct vb_config_layout vsnd_config_layout = {
	.daemon = "pvsndd",
	.bytes = sizeof(struct vsnd_config),
	.sections = sections,
};

const struct vsnd_guest_config *vsnd_config_guest(
	const struct vsnd_config *config, const char *guest)
{
	return vb_config_find(&guest_section, &config->common, guest);
}

bool vsnd_guest_may_use(const struct vsnd_guest_config *guest, const char *device, bool capture)
{
	return vb_names_allow(capture ? guest->capture : guest->playback, device);
}
