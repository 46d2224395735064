/* SPDX-License-Identifier: MIT */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/parse.h"
#include "common/program.h"
#include "tests/bench/options.h"
#include "tests/bench/sound.h"

#define NAME "pvbench"

static const char help[] =
	"Usage: pvbench sound [OPTION...]\n"
	"       pvbench sound --loop PLAYBACK CAPTURE [OPTION...]\n"
	"Measures how fast a guest's frames get into pvsndd's stream, beside a bare eventfd round\n"
	"trip and a memcpy, what a stream costs, and the latency of a loop, all on a xenloop of\n"
	"its own; or the latency of a loop between any two ALSA PCMs.\n"
	"\n"
	"      --writes N          measured for each chunk (1000)\n"
	"      --seconds N         but not for longer; processor time over so long (5)\n"
	"      --bursts N          sent around each loop (20)\n"
	"      --cpu A[,B]         where dom0's processes run, and the guest's (0,0)\n"
	"      --fifo              all of them at real-time priority, for a busy machine\n"
	"      --loop              between these PCMs, whose line out goes to the line in\n"
	"      --rate N            at this rate (48000)\n"
	"      --period N          with periods of so many frames (256)\n"
	"      --periods M         and so many of them (4)\n"
	"      --json FILE         write the results there (- for standard output)\n"
	"      --quick             few of everything\n"
	"      --strict            fail when a target is missed\n"
	"      --help              show this\n"
	"      --version           show the version\n";

static const struct option known[] = {
	{"writes", required_argument, NULL, 'w'},
	{"seconds", required_argument, NULL, 's'},
	{"bursts", required_argument, NULL, 'b'},
	{"cpu", required_argument, NULL, 'c'},
	{"fifo", no_argument, NULL, 'F'},
	{"loop", no_argument, NULL, 'l'},
	{"rate", required_argument, NULL, 'r'},
	{"period", required_argument, NULL, 'p'},
	{"periods", required_argument, NULL, 'n'},
	{"json", required_argument, NULL, 'j'},
	{"quick", no_argument, NULL, 'q'},
	{"strict", no_argument, NULL, 't'},
	{"help", no_argument, NULL, 'h'},
	{"version", no_argument, NULL, 'V'},
	{0},
};

/* What was said; 0: nothing. */
struct said {
	struct pvbench_sound_options options;
	bool loop;
};

static uint32_t number(const char *option, uint32_t min, uint32_t max)
{
	uint32_t number;

	if (pv_parse_u32(optarg, min, max, &number) < 0)
		pv_program_usage(NAME, "--%s takes a number from %u to %u", option, min, max);
	return number;
}

static void set_output(struct said *said, int option)
{
	switch (option) {
	case 'j':
		said->options.json_path = optarg;
		break;
	case 'q':
		said->options.quick = true;
		break;
	case 't':
		said->options.strict = true;
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

static void set(struct said *said, int option)
{
	struct pvbench_sound_options *options = &said->options;

	switch (option) {
	case 'w':
		options->writes = number("writes", 1, 100000);
		break;
	case 's':
		options->seconds = number("seconds", 1, 600);
		break;
	case 'b':
		options->bursts = number("bursts", 1, 1000);
		break;
	case 'c':
		pvbench_options_cpus(optarg, &options->cpus);
		break;
	case 'F':
		options->fifo = true;
		break;
	case 'l':
		said->loop = true;
		break;
	case 'r':
		options->rate_hz = number("rate", 4000, 768000);
		break;
	case 'p':
		options->period_frames = number("period", 1, 65536);
		break;
	case 'n':
		options->periods = number("periods", 2, 1024);
		break;
	default:
		set_output(said, option);
	}
}

/* The two PCMs, wherever they stand. */
static void set_names(struct said *said, int argc, char *argv[])
{
	struct pvbench_sound_options *options = &said->options;

	if (!said->loop && optind < argc)
		pv_program_usage(NAME, "%s is not an option", argv[optind]);
	if (!said->loop && (options->rate_hz || options->period_frames || options->periods))
		pv_program_usage(NAME, "--rate, --period and --periods go with --loop");
	if (!said->loop)
		return;
	if (argc - optind != 2)
		pv_program_usage(NAME, "--loop takes two PCMs: of playback, and of capture");
	options->playback = argv[optind];
	options->capture = argv[optind + 1];
}

static void set_defaults(struct pvbench_sound_options *options)
{
	if (options->writes == 0)
		options->writes = options->quick ? 10 : 1000;
	if (options->seconds == 0)
		options->seconds = options->quick ? 1 : 5;
	if (options->bursts == 0)
		options->bursts = options->quick ? 2 : 20;
	if (options->rate_hz == 0)
		options->rate_hz = PVBENCH_SOUND_RATE_HZ;
	if (options->period_frames == 0)
		options->period_frames = 256;
	if (options->periods == 0)
		options->periods = 4;
}

void pvbench_sound_options_parse(int argc, char *argv[], struct pvbench_sound_options *ret)
{
	struct said said = {0};
	int option;

	opterr = 0;
	while ((option = getopt_long(argc, argv, ":", known, NULL)) >= 0)
		set(&said, option);
	set_names(&said, argc, argv);
	set_defaults(&said.options);
	*ret = said.options;
}
