/* SPDX-License-Identifier: MIT */
#include "tests/bench/model.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/parse.h"
#include "common/program.h"

#define NAME "pvbench"
#define LOADS_MAX 256u

static const char help[] =
	"Usage: pvbench model [OPTION...]\n"
	"Fills a buffer from an ordinary thread while other processes keep the machine busy, "
	"takes\n"
	"1 ms from it each ms, and tells the chance of a miss and of catching up, with and "
	"without\n"
	"pvsndd's stream between, what dropouts they predict for depths of 0 to 20 ms, and how "
	"many\n"
	"there would have been.\n"
	"\n"
	"      --seconds N         a run (60; the second thesis: 240)\n"
	"      --runs N            of each way (4)\n"
	"      --loads N           busy processes (two a processor)\n"
	"      --json FILE         write the results there (- for standard output)\n"
	"      --plot FILE.svg     draw B over time, its changes, and dropouts against depth\n"
	"      --quick             one run of 2 s\n"
	"      --strict            fail when a target is missed\n"
	"      --help              show this\n"
	"      --version           show the version\n";

static const struct option known[] = {
	{"seconds", required_argument, NULL, 's'},
	{"runs", required_argument, NULL, 'r'},
	{"loads", required_argument, NULL, 'l'},
	{"json", required_argument, NULL, 'j'},
	{"plot", required_argument, NULL, 'P'},
	{"quick", no_argument, NULL, 'q'},
	{"strict", no_argument, NULL, 't'},
	{"help", no_argument, NULL, 'h'},
	{"version", no_argument, NULL, 'V'},
	{0},
};

static void number(const char *option, uint32_t min, uint32_t max, unsigned *ret)
{
	uint32_t value;

	if (pv_parse_u32(optarg, min, max, &value) < 0)
		pv_program_usage(NAME, "--%s takes a number from %u to %u", option, min, max);
	*ret = value;
}

static void set(struct pvbench_model_options *options, int option)
{
	switch (option) {
	case 's':
		number("seconds", 1, 3600, &options->seconds);
		break;
	case 'r':
		number("runs", 1, PVBENCH_MODEL_RUNS_MAX, &options->runs);
		break;
	case 'l':
		number("loads", 0, LOADS_MAX, &options->loads);
		break;
	case 'j':
		options->json_path = optarg;
		break;
	case 'P':
		options->plot_path = optarg;
		break;
	case 'q':
		options->seconds = 2;
		options->runs = 1;
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

void pvbench_model_options_parse(int argc, char *argv[], struct pvbench_model_options *ret)
{
	struct pvbench_model_options options = {.seconds = 60, .runs = 4};
	int option;

	options.loads = 2 * (unsigned)sysconf(_SC_NPROCESSORS_ONLN);
	opterr = 0;
	while ((option = getopt_long(argc, argv, ":", known, NULL)) >= 0)
		set(&options, option);
	if (optind < argc)
		pv_program_usage(NAME, "%s is not an option", argv[optind]);
	*ret = options;
}
