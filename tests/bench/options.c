/* SPDX-License-Identifier: MIT */
#include "tests/bench/options.h"

#include <string.h>

#include "common/program.h"
#include "tests/bench/flags.h"

#define NAME "pvbench"
#define CPU_MAX 1023u
#define FRAME_BYTES_MAX (28u << 20)

static const char usage[] =
	"Usage: pvbench camera [OPTION...]\n"
	"       pvbench camera --sustain SECONDS [--guests N] [OPTION...]\n"
	"Measures how fast pvmedia's camera brings frames to a guest, on a xenloop of its own, "
	"beside\n"
	"a plain memcpy, libxenvchan, and one synchronous call a page.\n";

static int size_parse(const char *text, struct pvbench_size *ret)
{
	/* Below, a frame has no room for its stamp; YUYV needs even widths; a guest can grant 128
	 * MiB, and a camera needs four buffers of it. */
	if (pv_parse_size(text, &ret->width, &ret->height) < 0 || ret->width % 2 != 0 ||
		ret->width * 2 * ret->height < 16 ||
		(uint64_t)ret->width * 2 * ret->height > FRAME_BYTES_MAX)
		return -1;
	return 0;
}

static int add_size(const char *part, void *ctx)
{
	struct pvbench_options *options = ctx;

	if (options->num_sizes == PVBENCH_SIZES_MAX)
		return -1;
	return size_parse(part, &options->sizes[options->num_sizes++]);
}

static void set_sizes(struct pvbench_options *options, const char *text)
{
	options->num_sizes = 0;
	if (pv_split(text, ",", add_size, options) != 0 || options->num_sizes == 0)
		pv_program_usage(NAME,
			"--sizes takes up to %u even sizes such as 64x32,1920x1080, of at most 28 "
			"MiB",
			PVBENCH_SIZES_MAX);
}

static void take_sizes(const char *text, void *place)
{
	set_sizes(place, text);
}

static void take_size(const char *text, void *place)
{
	if (size_parse(text, place) < 0)
		pv_program_usage(
			NAME, "--size takes an even size such as 1920x1080, of at most 28 MiB");
}

static void take_rate(const char *text, void *place)
{
	struct pv_fraction *rate = place;

	if (pv_parse_fraction(text, rate) < 0 || pv_fraction_period_ns(*rate) < 1000000)
		pv_program_usage(NAME, "--rate takes frames a second, up to 1000");
}

static void take_pace(const char *text, void *place)
{
	struct pvbench_options *options = place;
	bool both = strcmp(text, "both") == 0;

	options->paced = both || strcmp(text, "rate") == 0;
	options->back_to_back = both || strcmp(text, "delivered") == 0;
	if (!options->paced && !options->back_to_back)
		pv_program_usage(NAME, "--pace takes rate, delivered or both");
}

struct cpu_list {
	uint32_t cpus[2];
	unsigned count;
};

static int add_cpu(const char *part, void *ctx)
{
	struct cpu_list *list = ctx;

	if (list->count == 2)
		return -1;
	return pv_parse_u32(part, 0, CPU_MAX, &list->cpus[list->count++]);
}

void pvbench_options_cpus(const char *text, void *place)
{
	struct pvbench_cpus *ret = place;
	struct cpu_list list = {0};

	if (pv_split(text, ",", add_cpu, &list) != 0 || list.count == 0)
		pv_program_usage(NAME, "--cpu takes one CPU's number, or two: dom0's, the guest's");
	ret->dom0 = (int)list.cpus[0];
	ret->guest = (int)list.cpus[list.count - 1];
}

#define PLACE(member) .offset = offsetof(struct pvbench_options, member)
static const struct pvbench_flag flags[] = {
	{"sizes", "WxH,...", "YUYV pictures (64x32 ... 3840x2160)", .set = take_sizes},
	{"frames", "N", "measured for each size, pace and way (90)", PLACE(frames), 1, 100000},
	{"rounds", "N", "in so many turns (6)", PLACE(rounds), 1, 1000},
	{"pace", "PACE", "rate, delivered or both (both)", .set = take_pace},
	{"rate", "N[/M]", "frames a second of the paced runs (30)", PLACE(rate), .set = take_rate},
	{"cpu", "A[,B]",
		"where dom0's processes run, and the guest's (0,0;" PVBENCH_FLAG_INDENT
		"with --sustain: anywhere)",
		PLACE(cpus), .set = pvbench_options_cpus},
	{"fifo", NULL, "all of them at real-time priority, for a busy machine", PLACE(fifo)},
	{"sustain", "SECONDS", "stream for a time instead", PLACE(sustain_s), 1, 86400},
	{"guests", "N", "to so many guests, 1 to 16 (1)", PLACE(guests), 1, PVBENCH_GUESTS_MAX},
	{"size", "WxH", "of such a picture (1920x1080)", PLACE(stream_size), .set = take_size},
	PVBENCH_FLAG_JSON(struct pvbench_options, json_path),
	{"plot", "FILE.svg", "draw time against size", PLACE(plot_path)},
	{"quick", NULL, "three sizes, few frames", PLACE(quick)},
	PVBENCH_FLAG_STRICT(struct pvbench_options, strict),
	{0},
};

static void set_defaults(struct pvbench_options *options)
{
	const char *sizes = options->quick ? "64x32,640x480,1920x1080"
					   : "64x32,128x64,128x128,256x256,320x240,640x480,"
					     "1024x768,1280x720,1920x1080,"
					     "2560x1440,3840x2160";

	if (options->num_sizes == 0)
		set_sizes(options, sizes);
	if (options->rounds == 0)
		options->rounds = options->quick ? 1 : 6;
	if (options->frames == 0)
		options->frames = options->quick ? 4 : 90;
	if (options->rounds > options->frames)
		options->rounds = options->frames;
	/* Many guests want all CPUs; a comparison wants one for all. */
	if (options->cpus.dom0 < 0 && options->sustain_s == 0)
		options->cpus = (struct pvbench_cpus){0, 0};
	options->trips = options->quick ? 200 : 10000;
}

void pvbench_options_parse(int argc, char *argv[], struct pvbench_options *ret)
{
	struct pvbench_options options = {
		.rate = {30, 1},
		.paced = true,
		.back_to_back = true,
		.guests = 1,
		.cpus = {-1, -1},
		.stream_size = {1920, 1080},
	};

	pvbench_flags_parse_all(argc, argv, usage, flags, &options);
	set_defaults(&options);
	*ret = options;
}
