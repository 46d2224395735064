/* SPDX-License-Identifier: MIT */
#include "tests/bench/model.h"

#include <unistd.h>

#include "tests/bench/flags.h"

#define LOADS_MAX 256u

static const char usage[] =
	"Usage: pvbench model [OPTION...]\n"
	"Fills a buffer from an ordinary thread while other processes keep the machine busy, "
	"takes\n"
	"1 ms from it each ms, and tells the chance of a miss and of catching up, with and "
	"without\n"
	"pvsndd's stream between, what dropouts they predict for depths of 0 to 20 ms, and how "
	"many\n"
	"there would have been.\n";

static void take_quick(const char *text, void *place)
{
	struct pvbench_model_options *options = place;

	(void)text;
	options->seconds = 2;
	options->runs = 1;
}

#define PLACE(member) .offset = offsetof(struct pvbench_model_options, member)
static const struct pvbench_flag flags[] = {
	{"seconds", "N", "a run (60; the second thesis: 240)", PLACE(seconds), 1, 3600},
	{"runs", "N", "of each way (4)", PLACE(runs), 1, PVBENCH_MODEL_RUNS_MAX},
	{"loads", "N", "busy processes (two a processor)", PLACE(loads), 0, LOADS_MAX},
	PVBENCH_FLAG_JSON(struct pvbench_model_options, json_path),
	{"plot", "FILE.svg", "draw B over time, its changes, and dropouts against depth",
		PLACE(plot_path)},
	{"quick", NULL, "one run of 2 s", .set = take_quick},
	PVBENCH_FLAG_STRICT(struct pvbench_model_options, strict),
	{0},
};

void pvbench_model_options_parse(int argc, char *argv[], struct pvbench_model_options *ret)
{
	struct pvbench_model_options options = {.seconds = 60, .runs = 4};

	options.loads = 2 * (unsigned)sysconf(_SC_NPROCESSORS_ONLN);
	pvbench_flags_parse_all(argc, argv, usage, flags, &options);
	*ret = options;
}
