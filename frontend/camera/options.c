/* SPDX-License-Identifier: MIT */
#include "frontend/camera/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/parse.h"
#include "common/pixfmt.h"

enum {
	OPT_FORMAT = 256,
	OPT_SIZE,
	OPT_RATE,
	OPT_BUFFERS,
	OPT_TIMING,
	OPT_SECOND,
	OPT_SET,
	OPT_SECONDS,
	OPT_AS,
	OPT_QUIET,
	OPT_JSON,
	OPT_PROGRESS,
};

static const struct option long_options[] = {
	{"frames", required_argument, NULL, 'n'},
	{"output", required_argument, NULL, 'o'},
	{"help", no_argument, NULL, 'h'},
	{"format", required_argument, NULL, OPT_FORMAT},
	{"size", required_argument, NULL, OPT_SIZE},
	{"rate", required_argument, NULL, OPT_RATE},
	{"buffers", required_argument, NULL, OPT_BUFFERS},
	{"timing", required_argument, NULL, OPT_TIMING},
	{"second", required_argument, NULL, OPT_SECOND},
	{"set", required_argument, NULL, OPT_SET},
	{"seconds", required_argument, NULL, OPT_SECONDS},
	{"as", required_argument, NULL, OPT_AS},
	{"quiet", no_argument, NULL, OPT_QUIET},
	{"json", no_argument, NULL, OPT_JSON},
	{"progress", no_argument, NULL, OPT_PROGRESS},
	{NULL, 0, NULL, 0},
};

static const struct {
	const char *name;
	enum pvcam_kind kind;
} kinds[] = {
	{"png", PVCAM_KIND_PNG},
	{"y4m", PVCAM_KIND_Y4M},
	{"raw", PVCAM_KIND_RAW},
};

/* Where parsing stands; why gets the sentence. */
struct parsing {
	struct pvcam_grab_options *options;
	bool has_frames;
	char *why;
	size_t why_bytes;
};

__attribute__((format(printf, 2, 3))) static int refuse(
	struct parsing *parsing, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(parsing->why, parsing->why_bytes, format, args);
	va_end(args);
	return -EINVAL;
}

static enum pvcam_kind find_kind(const char *name)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i].name, name) == 0)
			return kinds[i].kind;
	return PVCAM_KIND_NONE;
}

static int parse_kind(struct parsing *parsing, const char *text, struct pvcam_output *output)
{
	output->kind = find_kind(text);
	if (output->kind == PVCAM_KIND_NONE)
		return refuse(parsing, "unknown kind of file '%s': png, y4m or raw", text);
	return 0;
}

static int parse_format(struct parsing *parsing, const char *text, uint32_t *ret)
{
	const struct pv_pixfmt *pixfmt = pv_pixfmt_find_name(text);

	if (!pixfmt || !pixfmt->for_guests)
		return refuse(
			parsing, "unknown format '%s': YUYV, UYVY, NV12, YU12, RGB3 or GREY", text);
	*ret = pixfmt->fourcc;
	return 0;
}

static int parse_size(
	struct parsing *parsing, const char *text, uint32_t *ret_width, uint32_t *ret_height)
{
	if (pv_parse_size(text, ret_width, ret_height) < 0)
		return refuse(parsing, "'%s' is no size such as 640x480", text);
	return 0;
}

static int parse_rate(struct parsing *parsing, const char *text)
{
	struct pv_fraction rate;

	if (pv_parse_fraction(text, &rate) < 0)
		return refuse(parsing, "'%s' is no rate such as 30/1 or 15/2", text);
	parsing->options->wish.rate_numer = rate.numer;
	parsing->options->wish.rate_denom = rate.denom;
	return 0;
}

static int parse_count(struct parsing *parsing, const char *what, const char *text, uint32_t min,
	uint32_t max, uint32_t *ret)
{
	if (pv_parse_u32(text, min, max, ret) < 0)
		return refuse(
			parsing, "'%s' is no number of %s from %u to %u", text, what, min, max);
	return 0;
}

static int parse_frames(struct parsing *parsing, const char *text)
{
	uint32_t frames;
	int r = parse_count(parsing, "frames", text, 0, UINT32_MAX, &frames);

	if (r < 0)
		return r;
	parsing->options->frames = frames;
	parsing->has_frames = true;
	return 0;
}

static int parse_set(struct parsing *parsing, const char *text)
{
	struct pvcam_grab_options *options = parsing->options;
	const char *equals = strchr(text, '=');
	struct pvcam_set *set;
	char *end;

	if (options->num_sets == PVCAM_SETS_MAX)
		return refuse(parsing, "--set more than %d times", PVCAM_SETS_MAX);
	set = &options->sets[options->num_sets];
	if (!equals || equals == text || (size_t)(equals - text) >= sizeof(set->name) || !equals[1])
		return refuse(parsing, "'%s' is not CONTROL=NUMBER, such as brightness=10", text);
	errno = 0;
	set->value = strtoll(equals + 1, &end, 10);
	if (errno || *end)
		return refuse(parsing, "'%s' is not CONTROL=NUMBER, such as brightness=10", text);
	memcpy(set->name, text, (size_t)(equals - text));
	options->num_sets++;
	return 0;
}

static int replace_path(struct pvcam_output *output, const char *path)
{
	free(output->path);
	output->path = strdup(path);
	return output->path ? 0 : -ENOMEM;
}

static int parse_second_word(struct parsing *parsing, const char *word, struct pvcam_output *output)
{
	if (strncmp(word, "format=", 7) == 0)
		return parse_format(parsing, word + 7, &output->fourcc);
	if (strncmp(word, "size=", 5) == 0)
		return parse_size(parsing, word + 5, &output->width, &output->height);
	if (strncmp(word, "as=", 3) == 0)
		return parse_kind(parsing, word + 3, output);
	return refuse(parsing, "unknown word '%s' of --second: format=, size= or as=", word);
}

/* FILE,format=…,size=…,as=…; a comma that no word with '=' follows belongs to the file's name. */
static int parse_second(struct parsing *parsing, const char *text)
{
	struct pvcam_output *output = &parsing->options->second;
	char *comma;
	int r;

	r = replace_path(output, text);
	while (r == 0 && (comma = strrchr(output->path, ',')) && strchr(comma, '=')) {
		r = parse_second_word(parsing, comma + 1, output);
		*comma = '\0';
	}
	return r;
}

static int take_option(struct parsing *parsing, int option, const char *text)
{
	struct pvcam_grab_options *options = parsing->options;
	struct pvcam_settings *wish = &options->wish;

	switch (option) {
	case 'n':
		return parse_frames(parsing, text);
	case 'o':
		return replace_path(&options->output, text);
	case OPT_FORMAT:
		return parse_format(parsing, text, &wish->fourcc);
	case OPT_SIZE:
		return parse_size(parsing, text, &wish->width, &wish->height);
	case OPT_RATE:
		return parse_rate(parsing, text);
	case OPT_BUFFERS:
		return parse_count(parsing, "buffers", text, 1, 32, &options->buffers);
	case OPT_TIMING:
		options->timing = text;
		return 0;
	case OPT_SECOND:
		return parse_second(parsing, text);
	case OPT_SET:
		return parse_set(parsing, text);
	case OPT_SECONDS:
		return parse_count(parsing, "seconds", text, 1, UINT32_MAX, &options->seconds);
	case OPT_AS:
		return parse_kind(parsing, text, &options->output);
	default:
		return -EINVAL;
	}
}

static bool take_flag(struct pvcam_grab_options *options, int option)
{
	switch (option) {
	case OPT_QUIET:
		return options->quiet = true;
	case OPT_JSON:
		return options->json = true;
	case OPT_PROGRESS:
		return options->progress = true;
	case 'h':
		return options->help = true;
	default:
		return false;
	}
}

static int finish_output(struct parsing *parsing, struct pvcam_output *output)
{
	const char *dot;

	if (output->kind != PVCAM_KIND_NONE)
		return 0;
	if (strcmp(output->path, "-") == 0)
		return refuse(parsing, "stdout needs --as png, y4m or raw (as= for --second)");
	dot = strrchr(output->path, '.');
	output->kind = dot ? find_kind(dot + 1) : PVCAM_KIND_NONE;
	if (output->kind == PVCAM_KIND_NONE)
		return refuse(parsing, "'%s' ends in none of .png, .y4m, .raw: use --as KIND",
			output->path);
	return 0;
}

static int finish_options(struct parsing *parsing)
{
	struct pvcam_grab_options *options = parsing->options;
	int r;

	if (!options->output.path)
		return refuse(parsing, "no output file: use -o FILE");
	r = finish_output(parsing, &options->output);
	if (r == 0 && options->second.path)
		r = finish_output(parsing, &options->second);
	if (r < 0)
		return r;
	if (options->second.path && strcmp(options->second.path, options->output.path) == 0)
		return refuse(parsing, "both outputs are '%s'", options->output.path);
	if (!parsing->has_frames && !options->seconds)
		options->frames = 1;
	return 0;
}

/* In "-zo" the -z is wrong, and getopt still points at the whole word. */
static int refuse_unknown(struct parsing *parsing, const char *word)
{
	if (optopt > ' ' && optopt < 127)
		return refuse(parsing, "unknown option '-%c'", optopt);
	return refuse(parsing, "unknown option '%s'", word);
}

int pvcam_options_parse(
	int argc, char **argv, struct pvcam_grab_options *ret, char *why, size_t why_bytes)
{
	struct parsing parsing = {.options = ret, .why = why, .why_bytes = why_bytes};
	int option, r = 0;

	memset(ret, 0, sizeof(*ret));
	optind = 0; /* starts getopt over */
	opterr = 0;
	while (r == 0 && (option = getopt_long(argc, argv, ":n:o:h", long_options, NULL)) != -1) {
		if (option == ':')
			return refuse(&parsing, "option '%s' needs a value", argv[optind - 1]);
		if (option == '?')
			return refuse_unknown(&parsing, argv[optind - 1]);
		if (!take_flag(ret, option))
			r = take_option(&parsing, option, optarg);
	}
	if (r < 0 || ret->help)
		return r;
	if (optind < argc)
		ret->name = argv[optind++];
	if (optind < argc)
		return refuse(&parsing, "one camera at a time, not also '%s'", argv[optind]);
	return finish_options(&parsing);
}

void pvcam_options_finish(struct pvcam_grab_options *options)
{
	free(options->output.path);
	free(options->second.path);
}

static bool same_rate(const struct pvcam_settings *a, const struct pvcam_settings *b)
{
	struct pv_fraction a_rate = {a->rate_numer, a->rate_denom};
	struct pv_fraction b_rate = {b->rate_numer, b->rate_denom};

	return pv_fraction_compare(a_rate, b_rate) == 0;
}

static bool meets(const struct pvcam_settings *settings, const struct pvcam_settings *wish)
{
	return (!wish->fourcc || wish->fourcc == settings->fourcc) &&
	       (!wish->width ||
		       (wish->width == settings->width && wish->height == settings->height)) &&
	       (!wish->rate_numer || same_rate(wish, settings));
}

int pvcam_options_choose(const struct pvcam_settings *offered, unsigned count,
	const struct pvcam_settings *current, const struct pvcam_settings *wish,
	struct pvcam_settings *ret)
{
	int best = -1;

	for (unsigned i = 0; i < count; i++) {
		const struct pvcam_settings *settings = &offered[i];
		int score =
			(settings->fourcc == current->fourcc ? 4 : 0) +
			(settings->width == current->width && settings->height == current->height
					? 2
					: 0) +
			(same_rate(settings, current) ? 1 : 0);

		if (!meets(settings, wish) || score <= best)
			continue;
		best = score;
		*ret = *settings;
	}
	return best < 0 ? -EINVAL : 0;
}
