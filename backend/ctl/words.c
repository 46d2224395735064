/* SPDX-License-Identifier: MIT */
#include "backend/ctl/words_internal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <xen/io/cameraif.h>

#include "common/parse.h"
#include "common/pixfmt.h"

/* What one string said about a mode. */
struct mode {
	const struct pv_pixfmt *format;
	bool sized;
	uint32_t width;
	uint32_t height;
	char rates[PVCTL_VALUE_BYTES];
};

struct parse {
	struct pvctl_words words;
	struct pvctl_config config;
	unsigned num_modes;
	struct mode mode;
	const char *frontend; /* value given, for "given twice" */
};

static int take_unique_id(struct parse *p, const char *value)
{
	int status = pvctl_words_name(&p->words, value, VCAM_NAME_BYTES);

	if (status < 0)
		return status;
	snprintf(p->config.unique_id, sizeof(p->config.unique_id), "%s", value);
	return pvctl_words_node(&p->words, &p->config, XENCAMERA_FIELD_UNIQUE_ID, value);
}

static int take_max_buffers(struct parse *p, const char *value)
{
	uint32_t number;
	char text[12];

	if (pv_parse_u32(value, 1, VCAM_BUFFERS_MAX, &number) < 0)
		return pvctl_words_fail(&p->words, "not a number from 1 to %u", VCAM_BUFFERS_MAX);
	snprintf(text, sizeof(text), "%" PRIu32, number);
	return pvctl_words_node(&p->words, &p->config, XENCAMERA_FIELD_MAX_BUFFERS, text);
}

static int take_control(const char *name, void *ctx)
{
	static const char *const known[] = {XENCAMERA_CTRL_BRIGHTNESS_STR,
		XENCAMERA_CTRL_CONTRAST_STR, XENCAMERA_CTRL_SATURATION_STR, XENCAMERA_CTRL_HUE_STR};
	struct parse *p = ctx;

	if (p->words.list_count == XENCAMERA_MAX_CTRL)
		return pvctl_words_fail(
			&p->words, "more than the %d controls there are", XENCAMERA_MAX_CTRL);
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(known[i], name) == 0)
			return pvctl_words_item(&p->words, name);
	return pvctl_words_fail(
		&p->words, "%s is not one of brightness, contrast, saturation, hue", name);
}

static int take_controls(struct parse *p, const char *value)
{
	int status = pv_split(value, ";", take_control, p);

	return status ? status
		      : pvctl_words_node(
				&p->words, &p->config, XENCAMERA_FIELD_CONTROLS, p->words.list);
}

static int take_frontend(struct parse *p, const char *value)
{
	if (p->frontend)
		return pvctl_words_fail(&p->words, "given twice");
	if (strcmp(value, "kernel") == 0)
		p->frontend = p->config.device_class = XENCAMERA_DRIVER_NAME;
	else if (strcmp(value, "user") == 0)
		p->frontend = p->config.device_class;
	else
		return pvctl_words_fail(&p->words, "not kernel or user");
	return 0;
}

static int take_format(struct parse *p, const char *value)
{
	if (p->mode.format)
		return pvctl_words_fail(
			&p->words, "second format in one string: each mode is a string of its own");
	if (strlen(value) != 4)
		return pvctl_words_fail(&p->words, "not a four-character code");
	p->mode.format = pv_pixfmt_find_name(value);
	if (!p->mode.format || !p->mode.format->for_guests)
		return pvctl_words_fail(
			&p->words, "not a format that pvcamd makes; pvcamd.conf(5) lists them");
	return 0;
}

static int take_resolution(struct parse *p, const char *value)
{
	if (p->mode.sized)
		return pvctl_words_fail(&p->words,
			"second resolution in one string: each mode is a string of its own");
	if (pv_parse_size(value, &p->mode.width, &p->mode.height) < 0)
		return pvctl_words_fail(&p->words, "not a size such as 640x480");
	p->mode.sized = true;
	return 0;
}

static int take_rate(const char *text, void *ctx)
{
	struct parse *p = ctx;
	struct pv_fraction rate;
	char item[sizeof("4294967295/4294967295")];

	if (pv_parse_fraction(text, &rate) < 0)
		return pvctl_words_fail(&p->words, "%s is not a rate such as 30/1", text);
	if (p->words.list_count == VCAM_OFFER_RATES)
		return pvctl_words_fail(&p->words, "more than %d rates", VCAM_OFFER_RATES);
	snprintf(item, sizeof(item), "%" PRIu32 "/%" PRIu32, rate.numer, rate.denom);
	return pvctl_words_item(&p->words, item);
}

static int take_rates(struct parse *p, const char *value)
{
	int status;

	if (p->mode.rates[0])
		return pvctl_words_fail(&p->words, "given twice in one string");
	status = pv_split(value, ";", take_rate, p);
	if (status == 0)
		memcpy(p->mode.rates, p->words.list, sizeof(p->mode.rates));
	return status;
}

static const struct {
	const char *key;
	int (*take)(struct parse *p, const char *value);
} vocabulary[] = {
	{XENCAMERA_FIELD_UNIQUE_ID, take_unique_id},
	{XENCAMERA_FIELD_MAX_BUFFERS, take_max_buffers},
	{XENCAMERA_FIELD_CONTROLS, take_controls},
	{"frontend", take_frontend},
	{"format", take_format},
	{"resolution", take_resolution},
	{XENCAMERA_FIELD_FRAME_RATES, take_rates},
};

static int take_word(const char *word, void *ctx)
{
	struct parse *p = ctx;
	size_t key_length;
	const char *value;
	int status = pvctl_words_begin(&p->words, word, &key_length, &value);

	for (size_t i = 0; !status && i < sizeof(vocabulary) / sizeof(vocabulary[0]); i++) {
		if (!pvctl_words_is(word, key_length, vocabulary[i].key))
			continue;
		status = pvctl_words_has_value(&p->words, value);
		return status ? status : vocabulary[i].take(p, value);
	}
	return status ? status : pvctl_words_fail(&p->words, "unknown word; pvctl(8) lists them");
}

/* A mode is a directory, as deep as the words went; at its end frame-rates. */
static int add_mode(struct parse *p, const char *string)
{
	const struct mode *mode = &p->mode;
	struct pv_layout layout;
	char path[sizeof(p->config.nodes[0].path)];

	p->words.word = string;
	if (mode->format && p->num_modes++ == VCAM_OFFER_MODES)
		return pvctl_words_fail(&p->words, "more than %d modes", VCAM_OFFER_MODES);
	if (!mode->format)
		return mode->sized || mode->rates[0]
			       ? pvctl_words_fail(&p->words, "no format= in this string")
			       : 0;
	if (!mode->sized) {
		if (mode->rates[0])
			return pvctl_words_fail(
				&p->words, "frame-rates= without resolution= in this string");
		snprintf(path, sizeof(path), "formats/%s", mode->format->name);
		return pvctl_words_node(&p->words, &p->config, path, "");
	}
	if (pv_pixfmt_layout(mode->format->fourcc, mode->width, mode->height, &layout) < 0)
		return pvctl_words_fail(&p->words,
			"%s has no such size: at most %ux%u, in multiples of %dx%d",
			mode->format->name, PV_WIDTH_MAX, PV_HEIGHT_MAX,
			mode->format->width_multiple, mode->format->height_multiple);
	snprintf(path, sizeof(path), "formats/%s/%" PRIu32 "x%" PRIu32 "%s", mode->format->name,
		mode->width, mode->height, mode->rates[0] ? "/frame-rates" : "");
	return pvctl_words_node(&p->words, &p->config, path, mode->rates);
}

int pvctl_words_parse(const char *const *words, unsigned count, struct pvctl_config *ret,
	char *error, size_t error_bytes)
{
	struct parse p = {.config = {.device_class = "pvcam"}};

	p.words.error = error;
	p.words.error_bytes = error_bytes;
	for (unsigned i = 0; i < count; i++) {
		int status;

		p.mode = (struct mode){0};
		status = pv_split(words[i], ",", take_word, &p);
		if (status == 0)
			status = add_mode(&p, words[i]);
		if (status == -ENOMEM)
			snprintf(error, error_bytes, "out of memory");
		if (status < 0)
			return status;
	}
	p.words.word = "unique-id=";
	if (!p.config.unique_id[0])
		return pvctl_words_fail(
			&p.words, "missing: it names the source of pvcamd's configuration");
	*ret = p.config;
	return 0;
}
