/* SPDX-License-Identifier: MIT */
#include "frontend/camera/bridge_options.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/ini.h"
#include "common/parse.h"
#include "common/pixfmt.h"
#include "frontend/camera/choose.h"

#define DEFAULT_CONFIG SYSCONFDIR "/pvmedia/pvcam-bridge.conf"

__attribute__((format(printf, 3, 4))) static int refuse(
	char *why, size_t why_bytes, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(why, why_bytes, format, args);
	va_end(args);
	return -EINVAL;
}

/* ---- one thing said about a camera ---- */

typedef int take_fn(
	struct pvcam_bridge_entry *entry, const char *value, char *why, size_t why_bytes);

static int take_device(
	struct pvcam_bridge_entry *entry, const char *value, char *why, size_t why_bytes)
{
	if (*value != '/' || strlen(value) >= sizeof(entry->device))
		return refuse(why, why_bytes, "'%s' is no path such as /dev/video0", value);
	strcpy(entry->device, value);
	return 0;
}

static int take_label(
	struct pvcam_bridge_entry *entry, const char *value, char *why, size_t why_bytes)
{
	if (!*value || strlen(value) >= sizeof(entry->label))
		return refuse(
			why, why_bytes, "a label has 1 to %d characters", PVCAM_LABEL_BYTES - 1);
	strcpy(entry->label, value);
	return 0;
}

static int take_format(
	struct pvcam_bridge_entry *entry, const char *value, char *why, size_t why_bytes)
{
	const struct pv_pixfmt *pixfmt = pv_pixfmt_find_name(value);

	if (!pixfmt || !pixfmt->for_guests)
		return refuse(why, why_bytes,
			"unknown format '%s': YUYV, UYVY, NV12, YU12, RGB3 or GREY", value);
	entry->wish.fourcc = pixfmt->fourcc;
	return 0;
}

static int take_size(
	struct pvcam_bridge_entry *entry, const char *value, char *why, size_t why_bytes)
{
	if (pv_parse_size(value, &entry->wish.width, &entry->wish.height) < 0)
		return refuse(why, why_bytes, "'%s' is no size such as 640x480", value);
	return 0;
}

static int take_rate(
	struct pvcam_bridge_entry *entry, const char *value, char *why, size_t why_bytes)
{
	struct pv_fraction rate, least = {1, 1}, most = {1000, 1};

	if (pv_parse_fraction(value, &rate) < 0 || pv_fraction_compare(rate, least) < 0 ||
		pv_fraction_compare(rate, most) > 0)
		return refuse(
			why, why_bytes, "'%s' is no rate such as 30/1, from 1 to 1000", value);
	entry->wish.rate_numer = rate.numer;
	entry->wish.rate_denom = rate.denom;
	return 0;
}

static int take_use(
	struct pvcam_bridge_entry *entry, const char *value, char *why, size_t why_bytes)
{
	if (pv_parse_bool(value, &entry->use) < 0)
		return refuse(why, why_bytes, "'%s' is neither yes nor no", value);
	entry->says_use = true;
	return 0;
}

static const struct {
	const char *key;
	take_fn *take;
} keys[] = {
	{"device", take_device},
	{"label", take_label},
	{"format", take_format},
	{"size", take_size},
	{"rate", take_rate},
	{"use", take_use},
};
#define NUM_KEYS (sizeof(keys) / sizeof(keys[0]))

/* ---- the file ---- */

static int start_section(struct pvcam_bridge_options *options, const struct pv_ini_entry *from,
	char *why, size_t why_bytes)
{
	struct pvcam_bridge_entry *grown;

	if (strcmp(from->kind, "camera") != 0)
		return refuse(why, why_bytes, "unknown section: [camera NAME] or [camera *]");
	if (!*from->name || strlen(from->name) >= PVCAM_NAME_BYTES)
		return refuse(why, why_bytes, "a camera's name has 1 to %d characters",
			PVCAM_NAME_BYTES - 1);
	for (size_t i = 0; i < options->num_entries; i++)
		if (strcmp(options->entries[i].name, from->name) == 0)
			return refuse(why, why_bytes, "the section is there twice");
	grown = realloc(options->entries, (options->num_entries + 1) * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	options->entries = grown;
	grown[options->num_entries] = (struct pvcam_bridge_entry){0};
	strcpy(grown[options->num_entries++].name, from->name);
	return 0;
}

static int take_entry(const struct pv_ini_entry *from, void *ctx, char *why, size_t why_bytes)
{
	struct pvcam_bridge_options *options = ctx;

	if (!*from->key)
		return start_section(options, from, why, why_bytes);
	if (!options->num_entries)
		return refuse(why, why_bytes, "stands before the first section");
	for (size_t i = 0; i < NUM_KEYS; i++)
		if (strcmp(keys[i].key, from->key) == 0)
			return keys[i].take(&options->entries[options->num_entries - 1],
				from->value, why, why_bytes);
	return refuse(why, why_bytes, "unknown key");
}

static int read_config(struct pvcam_bridge_options *options, char *why, size_t why_bytes)
{
	int r;

	if (!options->config && access(DEFAULT_CONFIG, F_OK) < 0)
		return 0;
	r = pv_ini_read(options->config ? options->config : DEFAULT_CONFIG, take_entry, options,
		why, why_bytes);
	return r == -EINVAL ? -EBADMSG : r; /* not wrong usage */
}

/* ---- what no device can show ---- */

/* "*": cameras that nothing else is said about. */
static int check_size(
	const struct pvcam_bridge_options *options, const char *name, char *why, size_t why_bytes)
{
	struct pvcam_bridge_entry entry;
	const struct pv_pixfmt *pixfmt;
	struct pv_layout layout;

	if (!pvcam_bridge_options_camera(options, name, &entry) || !entry.wish.width)
		return 0;
	pixfmt = pv_pixfmt_find(entry.wish.fourcc ? entry.wish.fourcc : PVCAM_CHOOSE_FOURCC);
	if (pv_pixfmt_layout(pixfmt->fourcc, entry.wish.width, entry.wish.height, &layout) == 0)
		return 0;
	return refuse(why, why_bytes,
		"camera %s: %s has no size %ux%u: up to %ux%u, in multiples of %ux%u", name,
		pixfmt->name, entry.wish.width, entry.wish.height, PV_WIDTH_MAX, PV_HEIGHT_MAX,
		pixfmt->width_multiple, pixfmt->height_multiple);
}

static int check_sizes(const struct pvcam_bridge_options *options, char *why, size_t why_bytes)
{
	int r = 0;

	for (unsigned i = 0; r == 0 && i < options->num_names; i++)
		r = check_size(options, options->names[i], why, why_bytes);
	for (size_t i = 0; r == 0 && !options->num_names && i < options->num_entries; i++)
		r = check_size(options, options->entries[i].name, why, why_bytes);
	if (r == 0 && !options->num_names)
		r = check_size(options, "*", why, why_bytes);
	return r == 0 || options->told.wish.width ? r : -EBADMSG; /* the file's */
}

/* ---- the command line ---- */

static const struct option long_options[] = {
	{"config", required_argument, NULL, 'c'},
	{"verbose", no_argument, NULL, 'v'},
	{"help", no_argument, NULL, 'h'},
	{"device", required_argument, NULL, 'd'},
	{"label", required_argument, NULL, 256},
	{"format", required_argument, NULL, 256},
	{"size", required_argument, NULL, 256},
	{"rate", required_argument, NULL, 256},
	{NULL, 0, NULL, 0},
};

/* Options that say something about a camera are called as the file's keys. */
static int take_told(struct pvcam_bridge_options *options, const char *key, const char *value,
	char *why, size_t why_bytes)
{
	for (size_t i = 0; i < NUM_KEYS; i++)
		if (strcmp(keys[i].key, key) == 0)
			return keys[i].take(&options->told, value, why, why_bytes);
	return -EINVAL;
}

static int take_option(struct pvcam_bridge_options *options, int option, int index,
	const char *value, char *why, size_t why_bytes)
{
	switch (option) {
	case 'c':
		options->config = value;
		return 0;
	case 'v':
		options->verbose = true;
		return 0;
	case 'h':
		options->help = true;
		return 0;
	case 'd':
		return take_told(options, "device", value, why, why_bytes);
	default:
		return take_told(options, long_options[index].name, value, why, why_bytes);
	}
}

int pvcam_bridge_options_parse(
	int argc, char **argv, struct pvcam_bridge_options *ret, char *why, size_t why_bytes)
{
	int option, index = 0, r = 0;

	memset(ret, 0, sizeof(*ret));
	optind = 0; /* starts getopt over */
	opterr = 0;
	while (r == 0 &&
		(option = getopt_long(argc, argv, ":c:d:vh", long_options, &index)) != -1) {
		if (option == ':')
			return refuse(
				why, why_bytes, "option '%s' needs a value", argv[optind - 1]);
		if (option == '?')
			return refuse(
				why, why_bytes, "unknown option '%s' of bridge", argv[optind - 1]);
		r = take_option(ret, option, index, optarg, why, why_bytes);
	}
	if (r < 0 || ret->help)
		return r;
	ret->names = argv + optind;
	ret->num_names = (unsigned)(argc - optind);
	if ((*ret->told.device || *ret->told.label) && ret->num_names != 1)
		return refuse(why, why_bytes, "--device and --label are for one camera: name it");
	r = read_config(ret, why, why_bytes);
	return r < 0 ? r : check_sizes(ret, why, why_bytes);
}

void pvcam_bridge_options_finish(struct pvcam_bridge_options *options)
{
	free(options->entries);
}

/* ---- what holds for a camera ---- */

static void fill(struct pvcam_bridge_entry *entry, const struct pvcam_bridge_entry *from)
{
	if (!*entry->device)
		strcpy(entry->device, from->device);
	if (!*entry->label)
		strcpy(entry->label, from->label);
	if (!entry->wish.fourcc)
		entry->wish.fourcc = from->wish.fourcc;
	if (!entry->wish.width) {
		entry->wish.width = from->wish.width;
		entry->wish.height = from->wish.height;
	}
	if (!entry->wish.rate_numer) {
		entry->wish.rate_numer = from->wish.rate_numer;
		entry->wish.rate_denom = from->wish.rate_denom;
	}
	if (!entry->says_use) {
		entry->says_use = from->says_use;
		entry->use = from->use;
	}
}

static void fill_from_section(const struct pvcam_bridge_options *options, const char *name,
	struct pvcam_bridge_entry *entry)
{
	for (size_t i = 0; i < options->num_entries; i++)
		if (strcmp(options->entries[i].name, name) == 0)
			fill(entry, &options->entries[i]);
}

bool pvcam_bridge_options_camera(const struct pvcam_bridge_options *options, const char *name,
	struct pvcam_bridge_entry *ret)
{
	struct pvcam_bridge_entry entry = options->told;

	snprintf(entry.name, sizeof(entry.name), "%s", name);
	fill_from_section(options, name, &entry);
	fill_from_section(options, "*", &entry);
	if (!*entry.label)
		snprintf(entry.label, sizeof(entry.label), "%.*s", PVCAM_LABEL_BYTES - 1, name);
	*ret = entry;
	return options->num_names || !entry.says_use || entry.use;
}
