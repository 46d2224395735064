/* SPDX-License-Identifier: MIT */
#include "backend/ctl/words.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
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
	struct pvctl_config config;
	struct mode mode;
	const char *frontend; /* value given, for "given twice" */
	const char *word; /* being looked at: "format=YUYV" */
	char list[PVCTL_VALUE_BYTES]; /* a value's list, in xenstore's spelling */
	unsigned list_count;
	char *error;
	size_t error_bytes;
};

__attribute__((format(printf, 2, 3))) static int fail(struct parse *p, const char *format, ...)
{
	va_list args;
	int used = snprintf(p->error, p->error_bytes, "%s: ", p->word);

	if (used < 0 || (size_t)used >= p->error_bytes)
		return -EINVAL;
	va_start(args, format);
	vsnprintf(p->error + used, p->error_bytes - (size_t)used, format, args);
	va_end(args);
	return -EINVAL;
}

static int add_node(struct parse *p, const char *path, const char *value)
{
	struct pvctl_node *node = &p->config.nodes[p->config.num_nodes];

	for (unsigned i = 0; i < p->config.num_nodes; i++)
		if (strcmp(p->config.nodes[i].path, path) == 0)
			return fail(p, "given twice");
	if (p->config.num_nodes == PVCTL_NODES)
		return fail(p, "more than %d modes", VCAM_OFFER_MODES);
	snprintf(node->path, sizeof(node->path), "%s", path);
	snprintf(node->value, sizeof(node->value), "%s", value);
	p->config.num_nodes++;
	return 0;
}

static int add_item(struct parse *p, const char *item)
{
	if (p->list_count++)
		strcat(p->list, XENCAMERA_LIST_SEPARATOR);
	strcat(p->list, item);
	return 0;
}

/* The value ends up as a section name of pvcamd's configuration and as a line of the terminal. */
static int take_unique_id(struct parse *p, const char *value)
{
	if (strlen(value) >= sizeof(p->config.unique_id))
		return fail(p, "longer than %zu bytes", sizeof(p->config.unique_id) - 1);
	for (const char *c = value; *c; c++)
		if (*c <= ' ' || *c > '~' || strchr("/[]", *c))
			return fail(p, "only printable characters, no blank, '/', '[' or ']'");
	snprintf(p->config.unique_id, sizeof(p->config.unique_id), "%s", value);
	return add_node(p, XENCAMERA_FIELD_UNIQUE_ID, value);
}

static int take_max_buffers(struct parse *p, const char *value)
{
	uint32_t number;
	char text[12];

	if (pv_parse_u32(value, 1, VCAM_BUFFERS_MAX, &number) < 0)
		return fail(p, "not a number from 1 to %u", VCAM_BUFFERS_MAX);
	snprintf(text, sizeof(text), "%" PRIu32, number);
	return add_node(p, XENCAMERA_FIELD_MAX_BUFFERS, text);
}

static int take_control(const char *name, void *ctx)
{
	static const char *const known[] = {XENCAMERA_CTRL_BRIGHTNESS_STR,
		XENCAMERA_CTRL_CONTRAST_STR, XENCAMERA_CTRL_SATURATION_STR,
		XENCAMERA_CTRL_HUE_STR};
	struct parse *p = ctx;

	if (p->list_count == XENCAMERA_MAX_CTRL)
		return fail(p, "more than the %d controls there are", XENCAMERA_MAX_CTRL);
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(known[i], name) == 0)
			return add_item(p, name);
	return fail(p, "%s is not one of brightness, contrast, saturation, hue", name);
}

static int take_controls(struct parse *p, const char *value)
{
	int status = pv_split(value, ";", take_control, p);

	return status ? status : add_node(p, XENCAMERA_FIELD_CONTROLS, p->list);
}

static int take_frontend(struct parse *p, const char *value)
{
	if (p->frontend)
		return fail(p, "given twice");
	if (strcmp(value, "kernel") == 0)
		p->frontend = p->config.device_class = XENCAMERA_DRIVER_NAME;
	else if (strcmp(value, "user") == 0)
		p->frontend = p->config.device_class;
	else
		return fail(p, "not kernel or user");
	return 0;
}

static int take_format(struct parse *p, const char *value)
{
	if (p->mode.format)
		return fail(p, "second format in one string: each mode is a string of its own");
	if (strlen(value) != 4)
		return fail(p, "not a four-character code");
	p->mode.format = pv_pixfmt_find_name(value);
	if (!p->mode.format || !p->mode.format->for_guests)
		return fail(p, "not a format that pvcamd makes; pvcamd.conf(5) lists them");
	return 0;
}

static int take_resolution(struct parse *p, const char *value)
{
	if (p->mode.sized)
		return fail(p, "second resolution in one string: each mode is a string of its own");
	if (pv_parse_size(value, &p->mode.width, &p->mode.height) < 0)
		return fail(p, "not a size such as 640x480");
	p->mode.sized = true;
	return 0;
}

static int take_rate(const char *text, void *ctx)
{
	struct parse *p = ctx;
	struct pv_fraction rate;
	char item[sizeof("4294967295/4294967295")];

	if (pv_parse_fraction(text, &rate) < 0)
		return fail(p, "%s is not a rate such as 30/1", text);
	if (p->list_count == VCAM_OFFER_RATES)
		return fail(p, "more than %d rates", VCAM_OFFER_RATES);
	snprintf(item, sizeof(item), "%" PRIu32 "/%" PRIu32, rate.numer, rate.denom);
	return add_item(p, item);
}

static int take_rates(struct parse *p, const char *value)
{
	int status;

	if (p->mode.rates[0])
		return fail(p, "given twice in one string");
	status = pv_split(value, ";", take_rate, p);
	if (status == 0)
		memcpy(p->mode.rates, p->list, sizeof(p->mode.rates));
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
	size_t key_length = strcspn(word, "= \t");
	const char *value = word + key_length + strspn(word + key_length, " \t");

	p->word = word;
	p->list[0] = '\0';
	p->list_count = 0;
	if (*value != '=')
		return fail(p, "not of the form WORD=VALUE");
	value += 1 + strspn(value + 1, " \t");
	for (size_t i = 0; i < sizeof(vocabulary) / sizeof(vocabulary[0]); i++) {
		const char *key = vocabulary[i].key;

		if (strlen(key) != key_length || strncmp(key, word, key_length) != 0)
			continue;
		if (value[strspn(value, "; \t")] == '\0')
			return fail(p, "no value");
		return vocabulary[i].take(p, value);
	}
	return fail(p, "unknown word; pvctl(8) lists them");
}

/* A mode is a directory, as deep as the words went; at its end frame-rates. */
static int add_mode(struct parse *p, const char *string)
{
	const struct mode *mode = &p->mode;
	struct pv_layout layout;
	char path[sizeof(p->config.nodes[0].path)];

	p->word = string;
	if (!mode->format)
		return mode->sized || mode->rates[0] ? fail(p, "no format= in this string") : 0;
	if (!mode->sized) {
		if (mode->rates[0])
			return fail(p, "frame-rates= without resolution= in this string");
		snprintf(path, sizeof(path), "formats/%s", mode->format->name);
		return add_node(p, path, "");
	}
	if (pv_pixfmt_layout(mode->format->fourcc, mode->width, mode->height, &layout) < 0)
		return fail(p, "%s has no such size: at most %ux%u, in multiples of %dx%d",
			mode->format->name, PV_WIDTH_MAX, PV_HEIGHT_MAX,
			mode->format->width_multiple, mode->format->height_multiple);
	snprintf(path, sizeof(path), "formats/%s/%" PRIu32 "x%" PRIu32 "%s", mode->format->name,
		mode->width, mode->height, mode->rates[0] ? "/frame-rates" : "");
	return add_node(p, path, mode->rates);
}

int pvctl_words_parse(const char *const *words, unsigned count, struct pvctl_config *ret,
	char *error, size_t error_bytes)
{
	struct parse p = {.config = {.device_class = "pvcam"}};

	p.error = error;
	p.error_bytes = error_bytes;
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
	p.word = "unique-id=";
	if (!p.config.unique_id[0])
		return fail(&p, "missing: it names the source of pvcamd's configuration");
	*ret = p.config;
	return 0;
}
