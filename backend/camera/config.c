/* SPDX-License-Identifier: MIT */
#include "backend/camera/config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "backend/camera/source.h"
#include "common/pixfmt.h"

#define LIST_SEPARATORS ",;"
#define FOURCC_MJPG PV_FOURCC('M', 'J', 'P', 'G') /* what a camera may send, never a guest gets */

/* ---- Types of value that only cameras have ---- */

static const struct pv_pixfmt *find_format(const char *name)
{
	const struct pv_pixfmt *format = pv_pixfmt_find_name(name);

	return format != NULL && format->for_guests ? format : NULL;
}

static int set_format(const struct vb_key *key, const char *text, void *place, struct vb_why *why)
{
	const struct pv_pixfmt *format = find_format(text);

	(void)key;
	if (format == NULL && strcmp(text, "MJPG") != 0)
		return vb_refuse(why, "must be YUYV, UYVY, NV12, YU12, RGB3, GREY or MJPG");
	*(uint32_t *)place = format != NULL ? format->fourcc : FOURCC_MJPG;
	return 0;
}

static int add_format(const char *part, void *ctx)
{
	uint32_t **place = ctx, *fourccs = *place;
	const struct pv_pixfmt *format = find_format(part);
	size_t count = 0;

	if (format == NULL)
		return -EINVAL;
	while (fourccs != NULL && fourccs[count] != 0)
		count++;
	fourccs = reallocarray(fourccs, count + 2, sizeof(*fourccs));
	if (fourccs == NULL)
		return -ENOMEM;
	*place = fourccs;
	fourccs[count] = format->fourcc;
	fourccs[count + 1] = 0;
	return 0;
}

static int set_formats(const struct vb_key *key, const char *text, void *place, struct vb_why *why)
{
	uint32_t **fourccs = place;
	int err = pv_split(text, LIST_SEPARATORS, add_format, fourccs);

	(void)key;
	if (err == -EINVAL || (err == 0 && *fourccs == NULL))
		return vb_refuse(why, "must list some of YUYV, UYVY, NV12, YU12, RGB3 and GREY");
	return err;
}

static void release_formats(void *place)
{
	free(*(uint32_t **)place);
}

/* The height stands right behind the width. */
_Static_assert(offsetof(struct vcam_source_config, height) ==
		       offsetof(struct vcam_source_config, width) + sizeof(uint32_t),
	"size of a source");
_Static_assert(offsetof(struct vcam_guest_config, max_height) ==
		       offsetof(struct vcam_guest_config, max_width) + sizeof(uint32_t),
	"size of a guest");

static int set_size(const struct vb_key *key, const char *text, void *place, struct vb_why *why)
{
	uint32_t size[2];

	(void)key;
	if (pv_parse_size(text, &size[0], &size[1]) < 0)
		return vb_refuse(why, "must be WIDTHxHEIGHT in pixels, such as 1920x1080");
	memcpy(place, size, sizeof(size));
	return 0;
}

static int set_rate(const struct vb_key *key, const char *text, void *place, struct vb_why *why)
{
	struct pv_fraction *rate = place;

	(void)key;
	if (pv_parse_fraction(text, rate) < 0)
		return vb_refuse(why, "must be frames per second, such as 30 or 30000/1001");
	if (pv_fraction_period_ns(*rate) == 0)
		return vb_refuse(why, "must be less than 1000000000 frames per second");
	return 0;
}

/* A word of two, as a bool: is it the second? */
static int set_second(const struct vb_key *key, const char *text, void *place, struct vb_why *why)
{
	int chosen = vb_choose(key, text, why);

	if (chosen >= 0)
		*(bool *)place = chosen > 0;
	return chosen < 0 ? chosen : 0;
}

static const struct vb_value value_format = {.set = set_format};
static const struct vb_value value_formats = {.set = set_formats, .release = release_formats};
static const struct vb_value value_size = {.set = set_size};
static const struct vb_value value_rate = {.set = set_rate};
static const struct vb_value value_second = {.set = set_second};

/* ---- [source NAME] ---- */

static const void *const source_types[] = {
	&vcam_source_pattern,
	&vcam_source_file,
	&vcam_source_v4l2,
	&vcam_source_stamp,
	NULL,
};
static const void *const paces[] = {"rate", "delivered", NULL};

#define PLACE(member) offsetof(struct vcam_source_config, member)
static const struct vb_key source_keys[] = {
	{"type", &vb_type, PLACE(ops), .choices = source_types, .required = true},
	{"path", &vb_path, PLACE(path), .only = {&vcam_source_file}, .required = true},
	{"device", &vb_path, PLACE(device), .only = {&vcam_source_v4l2}},
	{"card", &vb_text, PLACE(card), .only = {&vcam_source_v4l2},
		.must = "must be a camera's name, see v4l2-ctl --list-devices"},
	{"bus", &vb_text, PLACE(bus), .only = {&vcam_source_v4l2},
		.must = "must be a camera's place, see v4l2-ctl --list-devices"},
	{"format", &value_format, PLACE(fourcc), .preset = "YUYV"},
	{"size", &value_size, PLACE(width), .preset = "1920x1080"},
	{"rate", &value_rate, PLACE(rate), .preset = "30"},
	{"pace", &value_second, PLACE(back_to_back), .choices = paces,
		.only = {&vcam_source_stamp}},
	{0},
};
#undef PLACE

static int check_size(const struct vb_section *section, const struct vcam_source_config *source)
{
	const struct pv_pixfmt *format = pv_pixfmt_find(source->fourcc);
	int line = vb_key_line(section, "size");
	struct pv_layout layout;

	if (format == NULL)
		return vb_complain(section, vb_key_line(section, "format"), "format",
			"MJPG is only for type = v4l2");
	if (pv_pixfmt_layout(source->fourcc, source->width, source->height, &layout) < 0)
		return vb_complain(section, line > 0 ? line : vb_section_line(section), "size",
			"%ux%u is not for %s: width a multiple of %u up to %u, "
			"height of %u up to %u",
			source->width, source->height, format->name, format->width_multiple,
			PV_WIDTH_MAX, format->height_multiple, PV_HEIGHT_MAX);
	return 0;
}

static int check_file(const struct vb_section *section)
{
	if (vb_key_line(section, "size") > 0 || vb_key_line(section, "format") > 0 ||
		vb_key_line(section, "rate") > 0)
		return vb_complain(section, vb_section_line(section), "type",
			"a file has its own format, size and rate; they cannot be given");
	return 0;
}

/* What is not given is the camera's to decide. */
static int check_camera(const struct vb_section *section, struct vcam_source_config *source)
{
	if (vb_key_line(section, "format") == 0)
		source->fourcc = 0;
	if (vb_key_line(section, "size") == 0)
		source->width = source->height = 0;
	if (vb_key_line(section, "rate") == 0)
		source->rate = (struct pv_fraction){0, 0};
	if (source->device == NULL && source->card == NULL && source->bus == NULL)
		return vb_complain(section, vb_section_line(section), "type",
			"v4l2 needs device, card or bus, to know the camera by");
	return 0;
}

static int check_source(const struct vb_section *section, void *one)
{
	struct vcam_source_config *source = one;

	if (source->ops == &vcam_source_file)
		return check_file(section);
	if (source->ops == &vcam_source_v4l2)
		return check_camera(section, source);
	return check_size(section, source);
}

static const struct vb_section_kind source_section = {
	.kind = "source",
	VB_SECTION_STRUCT(struct vcam_source_config),
	.list_offset = offsetof(struct vcam_config, sources),
	.keys = source_keys,
	.check = check_source,
};

/* ---- [guest NAME] ---- */

#define SIZE_MAX_TEXT "8192x8192"
_Static_assert(PV_WIDTH_MAX == 8192 && PV_HEIGHT_MAX == 8192, SIZE_MAX_TEXT);

static const void *const controls[] = {
	[VCAM_CONTROLS_NONE] = "none",
	[VCAM_CONTROLS_READ] = "read",
	[VCAM_CONTROLS_WRITE] = "write",
	NULL,
};

#define PLACE(member) offsetof(struct vcam_guest_config, member)
static const struct vb_key guest_keys[] = {
	{"name", &vb_text, PLACE(alias), .must = "must be a domain's name, as xl list tells it"},
	{"sources", &vb_names, PLACE(sources), .preset = "", .section = "source"},
	{"controls", &vb_word, PLACE(controls), .preset = "read", .choices = controls},
	{"max-buffers", &vb_number, PLACE(max_buffers), .preset = "8", .min = 1,
		.max = VCAM_BUFFERS_MAX},
	{"max-size", &value_size, PLACE(max_width), .preset = SIZE_MAX_TEXT},
	{"formats", &value_formats, .offset = PLACE(fourccs)},
	{0},
};
#undef PLACE

static const struct vb_section_kind guest_section = {
	.kind = "guest",
	.star = true,
	VB_SECTION_STRUCT(struct vcam_guest_config),
	.list_offset = offsetof(struct vcam_config, guests),
	.alias_offset = offsetof(struct vcam_guest_config, alias),
	.keys = guest_keys,
};

/* ---- The whole ---- */

static const struct vb_section_kind *const sections[] = {
	&vb_daemon_section,
	&source_section,
	&guest_section,
	NULL,
};

const struct vb_config_layout vcam_config_layout = {
	.daemon = "pvcamd",
	.bytes = sizeof(struct vcam_config),
	.sections = sections,
};

const struct vcam_guest_config *vcam_config_guest(
	const struct vcam_config *config, const char *guest)
{
	return vb_config_find(&guest_section, &config->common, guest);
}

bool vcam_guest_may_use(const struct vcam_guest_config *guest, const char *source)
{
	return vb_names_allow(guest->sources, source);
}
