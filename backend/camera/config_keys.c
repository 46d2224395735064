/* SPDX-License-Identifier: MIT */
#include "backend/camera/config_internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/camera/source.h"
#include "backend/config_words.h"
#include "common/pixfmt.h"

#define LIST_SEPARATORS ",;"
#define DEFAULT_BUFFERS 8

int vcam_config_refuse(struct vcam_reading *reading, const char *why)
{
	snprintf(reading->why, reading->why_bytes, "%s", why);
	return -EINVAL;
}

/* ---- [daemon] ---- */

static int set_control_socket(struct vcam_reading *reading, const struct pv_ini_entry *entry)
{
	if (entry->value[0] != '/')
		return vcam_config_refuse(reading, "must be a path that starts with /");
	return vb_text_replace(&reading->config->control_socket, entry->value);
}

const struct vcam_key vcam_daemon_keys[] = {
	{"control-socket", set_control_socket},
	{NULL, NULL},
};

/* ---- [source NAME] ---- */

static int set_type(struct vcam_reading *reading, const struct pv_ini_entry *entry)
{
	static const struct vcam_source_ops *const kinds[] = {
		&vcam_source_pattern,
		&vcam_source_file,
		&vcam_source_stamp,
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(kinds[i]->type, entry->value) == 0) {
			reading->source->config.ops = kinds[i];
			return 0;
		}
	}
	return vcam_config_refuse(reading, "must be pattern, file or stamp");
}

static int set_path(struct vcam_reading *reading, const struct pv_ini_entry *entry)
{
	if (entry->value[0] != '/')
		return vcam_config_refuse(reading, "must be a path that starts with /");
	return vb_text_replace(&reading->source->config.path, entry->value);
}

static int set_format(struct vcam_reading *reading, const struct pv_ini_entry *entry)
{
	const struct pv_pixfmt *format = pv_pixfmt_find_name(entry->value);

	if (format == NULL || !format->for_guests)
		return vcam_config_refuse(reading, "must be YUYV, UYVY, NV12, YU12, RGB3 or GREY");
	reading->source->config.fourcc = format->fourcc;
	reading->source->has_picture = true;
	return 0;
}

static int set_size(struct vcam_reading *reading, const struct pv_ini_entry *entry)
{
	struct vcam_read_source *source = reading->source;

	if (pv_parse_size(entry->value, &source->config.width, &source->config.height) < 0)
		return vcam_config_refuse(
			reading, "must be WIDTHxHEIGHT in pixels, such as 1920x1080");
	source->has_picture = true;
	source->size_line = entry->line;
	return 0;
}

static int set_rate(struct vcam_reading *reading, const struct pv_ini_entry *entry)
{
	if (pv_parse_fraction(entry->value, &reading->source->config.rate) < 0)
		return vcam_config_refuse(
			reading, "must be frames per second, such as 30 or 30000/1001");
	if (pv_fraction_period_ns(reading->source->config.rate) == 0)
		return vcam_config_refuse(
			reading, "must be less than 1000000000 frames per second");
	reading->source->has_picture = true;
	return 0;
}

static int set_pace(struct vcam_reading *reading, const struct pv_ini_entry *entry)
{
	bool delivered = strcmp(entry->value, "delivered") == 0;

	if (!delivered && strcmp(entry->value, "rate") != 0)
		return vcam_config_refuse(reading, "must be rate or delivered");
	reading->source->config.back_to_back = delivered;
	reading->source->has_pace = true;
	return 0;
}

const struct vcam_key vcam_source_keys[] = {
	{"type", set_type},
	{"path", set_path},
	{"format", set_format},
	{"size", set_size},
	{"rate", set_rate},
	{"pace", set_pace},
	{NULL, NULL},
};

int vcam_config_add_source(struct vcam_reading *reading, const struct pv_ini_entry *entry)
{
	struct vcam_read_source *source = calloc(1, sizeof(*source));

	if (source == NULL)
		return -ENOMEM;
	source->config = (struct vcam_source_config){
		.fourcc = PV_FOURCC_YUYV,
		.width = 1920,
		.height = 1080,
		.rate = {30, 1},
	};
	memcpy(source->config.name, entry->name, strlen(entry->name));
	source->line = entry->line;
	reading->source = source;
	*reading->last_source = &source->config;
	reading->last_source = &source->config.next;
	return 0;
}

/* ---- [guest NAME] ---- */

static int set_sources(struct vcam_reading *reading, const struct pv_ini_entry *entry)
{
	struct vcam_guest_config *guest = &reading->guest->config;
	int err = vb_names_add(&guest->sources, entry->value);

	if (err < 0)
		return err;
	reading->guest->sources_line = entry->line;
	if (vb_names_star_in_company(guest->sources))
		return vcam_config_refuse(reading, "* means all sources and stands alone");
	return 0;
}

static int set_controls(struct vcam_reading *reading, const struct pv_ini_entry *entry)
{
	static const char *const words[] = {
		[VCAM_CONTROLS_NONE] = "none",
		[VCAM_CONTROLS_READ] = "read",
		[VCAM_CONTROLS_WRITE] = "write",
	};

	for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(words[i], entry->value) == 0) {
			reading->guest->config.controls = (enum vcam_controls)i;
			return 0;
		}
	}
	return vcam_config_refuse(reading, "must be none, read or write");
}

static int set_max_buffers(struct vcam_reading *reading, const struct pv_ini_entry *entry)
{
	if (pv_parse_u32(entry->value, 1, VCAM_BUFFERS_MAX, &reading->guest->config.max_buffers) <
		0)
		return vcam_config_refuse(reading, "must be a number from 1 to 32");
	return 0;
}

static int set_max_size(struct vcam_reading *reading, const struct pv_ini_entry *entry)
{
	struct vcam_guest_config *guest = &reading->guest->config;

	if (pv_parse_size(entry->value, &guest->max_width, &guest->max_height) < 0)
		return vcam_config_refuse(
			reading, "must be WIDTHxHEIGHT in pixels, such as 1920x1080");
	return 0;
}

static int add_format(const char *part, void *ctx)
{
	struct vcam_guest_config *guest = ctx;
	const struct pv_pixfmt *format = pv_pixfmt_find_name(part);
	size_t count = 0;
	uint32_t *fourccs;

	if (format == NULL || !format->for_guests)
		return -EINVAL;
	while (guest->fourccs != NULL && guest->fourccs[count] != 0)
		count++;
	fourccs = reallocarray(guest->fourccs, count + 2, sizeof(*fourccs));
	if (fourccs == NULL)
		return -ENOMEM;
	guest->fourccs = fourccs;
	fourccs[count] = format->fourcc;
	fourccs[count + 1] = 0;
	return 0;
}

static int set_formats(struct vcam_reading *reading, const struct pv_ini_entry *entry)
{
	struct vcam_guest_config *guest = &reading->guest->config;
	int err = pv_split(entry->value, LIST_SEPARATORS, add_format, guest);

	if (err == -EINVAL || (err == 0 && guest->fourccs == NULL))
		return vcam_config_refuse(
			reading, "must list some of YUYV, UYVY, NV12, YU12, RGB3 and GREY");
	return err;
}

const struct vcam_key vcam_guest_keys[] = {
	{"sources", set_sources},
	{"controls", set_controls},
	{"max-buffers", set_max_buffers},
	{"max-size", set_max_size},
	{"formats", set_formats},
	{NULL, NULL},
};

int vcam_config_add_guest(struct vcam_reading *reading, const struct pv_ini_entry *entry)
{
	struct vcam_read_guest *guest = calloc(1, sizeof(*guest));

	if (guest == NULL)
		return -ENOMEM;
	guest->config = (struct vcam_guest_config){
		.sources = calloc(1, sizeof(char *)),
		.controls = VCAM_CONTROLS_READ,
		.max_buffers = DEFAULT_BUFFERS,
		.max_width = PV_WIDTH_MAX,
		.max_height = PV_HEIGHT_MAX,
	};
	if (guest->config.sources == NULL) {
		free(guest);
		return -ENOMEM;
	}
	memcpy(guest->config.name, entry->name, strlen(entry->name));
	reading->guest = guest;
	*reading->last_guest = &guest->config;
	reading->last_guest = &guest->config.next;
	return 0;
}
