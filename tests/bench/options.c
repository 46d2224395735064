/* SPDX-License-Identifier: MIT */
#include "tests/bench/options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/program.h"

#define NAME "pvbench"
#define CPU_MAX 1023u
#define FRAME_BYTES_MAX (28u << 20)

static const char help[] =
	"Usage: pvbench camera [OPTION...]\n"
	"       pvbench camera --sustain SECONDS [--guests N] [OPTION...]\n"
	"Measures how fast pvmedia's camera brings frames to a guest, on a xenloop of its own, "
	"beside\n"
	"a plain memcpy, libxenvchan, and one synchronous call a page.\n"
	"\n"
	"      --sizes WxH,...     YUYV pictures (64x32 ... 3840x2160)\n"
	"      --frames N          measured for each size, pace and way (90)\n"
	"      --rounds N          in so many turns (6)\n"
	"      --pace PACE         rate, delivered or both (both)\n"
	"      --rate N[/M]        frames a second of the paced runs (30)\n"
	"      --cpu A[,B]         where dom0's processes run, and the guest's (0,0;\n"
	"                          with --sustain: anywhere)\n"
	"      --fifo              all of them at real-time priority, for a busy machine\n"
	"      --sustain SECONDS   stream for a time instead\n"
	"      --guests N          to so many guests, 1 to 16 (1)\n"
	"      --size WxH          of such a picture (1920x1080)\n"
	"      --json FILE         write the results there (- for standard output)\n"
	"      --plot FILE.svg     draw time against size\n"
	"      --quick             three sizes, few frames\n"
	"      --strict            fail when a target is missed\n"
	"      --help              show this\n"
	"      --version           show the version\n";

static const struct option known[] = {
	{"sizes", required_argument, NULL, 's'},
	{"frames", required_argument, NULL, 'f'},
	{"rounds", required_argument, NULL, 'r'},
	{"pace", required_argument, NULL, 'p'},
	{"rate", required_argument, NULL, 'R'},
	{"cpu", required_argument, NULL, 'c'},
	{"fifo", no_argument, NULL, 'F'},
	{"sustain", required_argument, NULL, 'S'},
	{"guests", required_argument, NULL, 'g'},
	{"size", required_argument, NULL, 'z'},
	{"json", required_argument, NULL, 'j'},
	{"plot", required_argument, NULL, 'P'},
	{"quick", no_argument, NULL, 'q'},
	{"strict", no_argument, NULL, 't'},
	{"help", no_argument, NULL, 'h'},
	{"version", no_argument, NULL, 'V'},
	{0},
};

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

static void set_number(const char *option, uint32_t min, uint32_t max, unsigned *ret)
{
	uint32_t number;

	if (pv_parse_u32(optarg, min, max, &number) < 0)
		pv_program_usage(NAME, "--%s takes a number from %u to %u", option, min, max);
	*ret = number;
}

static void set_pace(struct pvbench_options *options)
{
	bool both = strcmp(optarg, "both") == 0;

	options->paced = both || strcmp(optarg, "rate") == 0;
	options->back_to_back = both || strcmp(optarg, "delivered") == 0;
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

void pvbench_options_cpus(const char *text, struct pvbench_cpus *ret)
{
	struct cpu_list list = {0};

	if (pv_split(text, ",", add_cpu, &list) != 0 || list.count == 0)
		pv_program_usage(NAME, "--cpu takes one CPU's number, or two: dom0's, the guest's");
	ret->dom0 = (int)list.cpus[0];
	ret->guest = (int)list.cpus[list.count - 1];
}

static void set(struct pvbench_options *options, int option)
{
	switch (option) {
	case 's':
		set_sizes(options, optarg);
		break;
	case 'f':
		set_number("frames", 1, 100000, &options->frames);
		break;
	case 'r':
		set_number("rounds", 1, 1000, &options->rounds);
		break;
	case 'p':
		set_pace(options);
		break;
	case 'R':
		if (pv_parse_fraction(optarg, &options->rate) < 0 ||
			pv_fraction_period_ns(options->rate) < 1000000)
			pv_program_usage(NAME, "--rate takes frames a second, up to 1000");
		break;
	case 'c':
		pvbench_options_cpus(optarg, &options->cpus);
		break;
	case 'F':
		options->fifo = true;
		break;
	case 'S':
		set_number("sustain", 1, 86400, &options->sustain_s);
		break;
	case 'g':
		set_number("guests", 1, PVBENCH_GUESTS_MAX, &options->guests);
		break;
	case 'z':
		if (size_parse(optarg, &options->stream_size) < 0)
			pv_program_usage(NAME,
				"--size takes an even size such as 1920x1080, of at most 28 MiB");
		break;
	case 'j':
		options->json_path = optarg;
		break;
	case 'P':
		options->plot_path = optarg;
		break;
	case 'q':
		options->quick = true;
		break;
	case 't':
		options->strict = true;
		break;
	case 'h':
		fputs(help, stdout);
		exit(PV_EXIT_DONE);
	case 'V':
		pv_program_version(NAME);
	case ':':
		pv_program_usage(NAME, "an option lacks its value");
	default:
		pv_program_usage(NAME, "unknown option");
	}
}

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
	int option;

	opterr = 0;
	while ((option = getopt_long(argc, argv, ":", known, NULL)) >= 0)
		set(&options, option);
	if (optind < argc)
		pv_program_usage(NAME, "%s is not an option", argv[optind]);
	set_defaults(&options);
	*ret = options;
}
