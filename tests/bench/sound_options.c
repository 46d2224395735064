/* SPDX-License-Identifier: MIT */
#include <unistd.h>

#include "common/program.h"
#include "tests/bench/flags.h"
#include "tests/bench/options.h"
#include "tests/bench/sound.h"

#define NAME "pvbench"

static const char usage[] =
	"Usage: pvbench sound [OPTION...]\n"
	"       pvbench sound --loop PLAYBACK CAPTURE [OPTION...]\n"
	"Measures how fast a guest's frames get into pvsndd's stream, beside a bare eventfd round\n"
	"trip and a memcpy, what a stream costs, and the latency of a loop, all on a xenloop of\n"
	"its own; or the latency of a loop between any two ALSA PCMs.\n";

/* What was said; 0: nothing. */
struct said {
	struct pvbench_sound_options options;
	bool loop;
};

#define PLACE(member) .offset = offsetof(struct said, options.member)
static const struct pvbench_flag flags[] = {
	{"writes", "N", "measured for each chunk (1000)", PLACE(writes), 1, 100000},
	{"seconds", "N", "but not for longer; processor time over so long (5)", PLACE(seconds), 1,
		600},
	{"bursts", "N", "sent around each loop (20)", PLACE(bursts), 1, 1000},
	{"cpu", "A[,B]", "where dom0's processes run, and the guest's (0,1)", PLACE(cpus),
		.set = pvbench_options_cpus},
	{"fifo", NULL, "all of them at real-time priority, for a busy machine", PLACE(fifo)},
	{"loop", NULL, "between these PCMs, whose line out goes to the line in",
		.offset = offsetof(struct said, loop)},
	{"rate", "N", "at this rate (48000)", PLACE(rate_hz), 4000, 768000},
	{"period", "N", "with periods of so many frames (256)", PLACE(period_frames), 1, 65536},
	{"periods", "M", "and so many of them (4)", PLACE(periods), 2, 1024},
	PVBENCH_FLAG_JSON(struct said, options.json_path),
	{"quick", NULL, "few of everything", PLACE(quick)},
	PVBENCH_FLAG_STRICT(struct said, options.strict),
	{0},
};

/* The two PCMs, wherever they stand. */
static void set_names(struct said *said, int argc, char *argv[], int first)
{
	struct pvbench_sound_options *options = &said->options;

	if (!said->loop && first < argc)
		pv_program_usage(NAME, "%s is not an option", argv[first]);
	if (!said->loop && (options->rate_hz || options->period_frames || options->periods))
		pv_program_usage(NAME, "--rate, --period and --periods go with --loop");
	if (!said->loop)
		return;
	if (argc - first != 2)
		pv_program_usage(NAME, "--loop takes two PCMs: of playback, and of capture");
	options->playback = argv[first];
	options->capture = argv[first + 1];
}

/* dom0 and a guest each have a processor, as on most Xen hosts. */
static struct pvbench_cpus default_cpus(void)
{
	return (struct pvbench_cpus){.dom0 = 0, .guest = sysconf(_SC_NPROCESSORS_ONLN) > 1};
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
	struct said said = {.options.cpus = default_cpus()};

	set_names(&said, argc, argv, pvbench_flags_parse(argc, argv, usage, flags, &said));
	set_defaults(&said.options);
	*ret = said.options;
}
