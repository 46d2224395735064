/* SPDX-License-Identifier: MIT */
/* pvcam grab: frames into files. */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/parse.h"
#include "common/program.h"
#include "frontend/camera/options.h"
#include "frontend/camera/pages.h"
#include "frontend/camera/report.h"
#include "frontend/camera/sink.h"
#include "frontend/camera/timing.h"
#include "frontend/camera/tool.h"

/* Without a frame for so long, and some periods: ask whether the backend lives; give up. */
#define ASK_NS 1200000000ull
#define SILENCE_NS 4000000000ull
#define SILENCE_PERIODS 3
#define LOOK_MS 250 /* at the clock and for signals that came just before a sleep */
#define PROGRESS_NS 250000000ull
#define SINKS 2

struct grab {
	struct pvcam_grab_options options;
	struct pvcam *camera;
	struct pvcam_settings settings;
	uint64_t period_ns;
	struct pvcam_sink *sinks[SINKS]; /* NULL: none */
	struct pvcam_timing *timing;
	bool shows_progress;
	uint64_t start_ns;
	uint64_t heard_ns; /* when the last frame came */
	bool asked;        /* since then */
	uint64_t shown_ns;
	char why[512]; /* the first failure, one sentence */
};

static volatile sig_atomic_t interrupted;

static void interrupt(int number)
{
	interrupted = number;
}

/* The first signal ends the grab, a second one the process. */
static void catch_signals(void)
{
	struct sigaction end = {.sa_handler = interrupt, .sa_flags = (int)SA_RESETHAND};
	struct sigaction ignore = {.sa_handler = SIG_IGN};

	sigaction(SIGINT, &end, NULL);
	sigaction(SIGTERM, &end, NULL);
	sigaction(SIGPIPE, &ignore, NULL);
}

__attribute__((format(printf, 3, 4))) static int fail(
	struct grab *grab, int error, const char *format, ...)
{
	va_list args;

	if (!*grab->why) {
		va_start(args, format);
		vsnprintf(grab->why, sizeof(grab->why), format, args);
		va_end(args);
	}
	return error;
}

static int fail_camera(struct grab *grab, int error)
{
	const char *name = grab->camera ? pvcam_name(grab->camera) : grab->options.name;

	return fail(grab, error, "%s: %s", name ? name : "first camera", pvcam_strerror(error));
}

static const struct pvcam_output *output_of(const struct grab *grab, unsigned sink)
{
	return sink ? &grab->options.second : &grab->options.output;
}

static int fail_file(struct grab *grab, const char *path, int error)
{
	return fail(
		grab, error, "%s: %s", strcmp(path, "-") == 0 ? "stdout" : path, strerror(-error));
}

static int timed(struct grab *grab, enum pvcam_op op, uint64_t start_ns)
{
	int r = pvcam_timing_op(grab->timing, op, start_ns, pv_now_ns());

	return r < 0 ? fail(grab, r, "out of memory") : 0;
}

static int offered(struct grab *grab, struct pvcam_settings **ret, unsigned *ret_count)
{
	struct pvcam_settings *list, settings;
	unsigned count = 0;

	while (pvcam_enum_settings(grab->camera, count, &settings) == 0)
		count++;
	list = calloc(count ? count : 1, sizeof(*list));
	if (!list)
		return fail(grab, -ENOMEM, "out of memory");
	for (unsigned i = 0; i < count; i++)
		pvcam_enum_settings(grab->camera, i, &list[i]);
	*ret = list;
	*ret_count = count;
	return 0;
}

static int choose_settings(struct grab *grab)
{
	struct pvcam_settings *list = NULL, current;
	unsigned count = 0;
	int r;

	pvcam_get_settings(grab->camera, &current);
	r = offered(grab, &list, &count);
	if (r < 0)
		return r;
	r = pvcam_options_choose(list, count, &current, &grab->options.wish, &grab->settings);
	free(list);
	if (r < 0)
		return fail(grab, r,
			"%s: no such combination of format, size and rate is on offer: see pvcam "
			"info",
			pvcam_name(grab->camera));
	r = pvcam_set_settings(grab->camera, &grab->settings);
	return r < 0 ? fail_camera(grab, r) : 0;
}

static int set_control(struct grab *grab, const struct pvcam_set *set)
{
	struct pvcam_control control;
	int r;

	for (unsigned i = 0; (r = pvcam_enum_control(grab->camera, i, &control)) == 0; i++) {
		if (strcmp(control.name, set->name) != 0)
			continue;
		r = pvcam_set_control(grab->camera, control.type, set->value);
		if (r == -EACCES || r == -EPERM)
			return fail(grab, r, "dom0 does not let this guest set %s", set->name);
		if (r == -EINVAL)
			return fail(grab, r,
				"%s goes from %" PRId64 " to %" PRId64 " in steps of %" PRId64,
				set->name, control.min, control.max, control.step);
		return r < 0 ? fail_camera(grab, r) : 0;
	}
	if (r != -EINVAL)
		return fail_camera(grab, r);
	return fail(grab, r, "%s has no control '%s': see pvcam info", pvcam_name(grab->camera),
		set->name);
}

static int open_sinks(struct grab *grab)
{
	for (unsigned i = 0; i < SINKS; i++) {
		const struct pvcam_output *output = output_of(grab, i);
		int r = output->path ? pvcam_sink_open(output, grab->camera, &grab->sinks[i]) : 0;

		if (r == -EINVAL)
			return fail(
				grab, r, "%s: the format does not have this size", output->path);
		if (r < 0)
			return fail_file(grab, output->path, r);
	}
	return 0;
}

static int set_up(struct grab *grab)
{
	uint64_t start_ns = pv_now_ns();
	int r;

	r = choose_settings(grab);
	for (unsigned i = 0; r == 0 && i < grab->options.num_sets; i++)
		r = set_control(grab, &grab->options.sets[i]);
	if (r < 0)
		return r;
	grab->period_ns = pv_fraction_period_ns(
		(struct pv_fraction){grab->settings.rate_numer, grab->settings.rate_denom});
	pvcam_timing_set_period(grab->timing, grab->period_ns);
	r = timed(grab, PVCAM_OP_SETTINGS, start_ns);
	return r < 0 ? r : open_sinks(grab);
}

static int fail_pages(struct grab *grab)
{
	char why[320];

	pvcam_pages_explain(grab->camera, grab->options.buffers, why, sizeof(why));
	return fail(grab, -ENOSPC, "%s: %s", pvcam_name(grab->camera), why);
}

static int start(struct grab *grab)
{
	uint64_t start_ns = pv_now_ns();
	int r;

	r = pvcam_start(grab->camera, grab->options.buffers);
	if (r == -EINVAL)
		return fail(grab, r, "%s does not allow %u buffers", pvcam_name(grab->camera),
			grab->options.buffers);
	if (r == -ENOSPC)
		return fail_pages(grab);
	if (r < 0)
		return fail_camera(grab, r);
	grab->start_ns = grab->heard_ns = pv_now_ns();
	return timed(grab, PVCAM_OP_START, start_ns);
}

static void show_progress(struct grab *grab)
{
	struct pvcam_timing_sum sum;

	if (!grab->shows_progress || pv_now_ns() - grab->shown_ns < PROGRESS_NS)
		return;
	grab->shown_ns = pv_now_ns();
	pvcam_timing_sum(grab->timing, &sum);
	fprintf(stderr, "\r%" PRIu64 " frames, %" PRIu64 " lost, %.1f frames/s ", sum.frames,
		sum.lost, pvcam_timing_fps(&sum));
}

static bool is_done(const struct grab *grab)
{
	struct pvcam_timing_sum sum;

	pvcam_timing_sum(grab->timing, &sum);
	if (grab->options.frames && sum.frames >= grab->options.frames)
		return true;
	if (grab->options.seconds &&
		pv_now_ns() - grab->start_ns >= grab->options.seconds * 1000000000ull)
		return true;
	return interrupted != 0;
}

static int write_frame(struct grab *grab, const struct pvcam_frame *frame)
{
	for (unsigned i = 0; i < SINKS; i++) {
		uint64_t start_ns = pv_now_ns();
		int r;

		if (!grab->sinks[i])
			continue;
		r = pvcam_sink_convert(grab->sinks[i], frame);
		if (r < 0)
			return fail(grab, r, "%s: a frame came that is not whole",
				pvcam_name(grab->camera));
		r = timed(grab, PVCAM_OP_CONVERT, start_ns);
		if (r < 0)
			return r;
		start_ns = pv_now_ns();
		r = pvcam_sink_write(grab->sinks[i]);
		if (r < 0)
			return fail_file(grab, output_of(grab, i)->path, r);
		r = timed(grab, PVCAM_OP_WRITE, start_ns);
		if (r < 0)
			return r;
	}
	return 0;
}

static int take_frame(struct grab *grab, const struct pvcam_frame *frame)
{
	uint64_t start_ns;
	int r;

	pvcam_timing_frame(grab->timing, frame->seq, frame->received_ns, frame->size_bytes);
	r = write_frame(grab, frame);
	if (r < 0)
		return r;
	start_ns = pv_now_ns();
	r = pvcam_give_back(grab->camera, frame);
	if (r < 0)
		return fail_camera(grab, r);
	return timed(grab, PVCAM_OP_GIVE_BACK, start_ns);
}

static int bear_silence(struct grab *grab)
{
	uint64_t silence_ns = pv_now_ns() - grab->heard_ns;
	uint64_t allowed_ns = SILENCE_PERIODS * grab->period_ns;
	int r;

	if (silence_ns >= SILENCE_NS + allowed_ns)
		return fail(grab, -ETIMEDOUT,
			"%s: no frame comes any more; see pvcamd's log in dom0",
			pvcam_name(grab->camera));
	if (grab->asked || silence_ns < ASK_NS + allowed_ns)
		return 0;
	grab->asked = true;
	r = pvcam_try_settings(grab->camera, &grab->settings);
	return r < 0 ? fail_camera(grab, r) : 0;
}

static int stream(struct grab *grab)
{
	struct pvcam_frame frame;
	uint64_t start_ns = pv_now_ns();

	while (!is_done(grab)) {
		int r = pvcam_get_frame(grab->camera, LOOK_MS, &frame);

		show_progress(grab);
		if (r == -EAGAIN || r == -EINTR) {
			r = bear_silence(grab);
			if (r < 0)
				return r;
			continue;
		}
		if (r < 0)
			return fail_camera(grab, r);
		grab->asked = false;
		grab->heard_ns = pv_now_ns();
		r = timed(grab, PVCAM_OP_GET, start_ns);
		if (r == 0)
			r = take_frame(grab, &frame);
		if (r < 0)
			return r;
		start_ns = pv_now_ns();
	}
	return 0;
}

/* Everything is put away whatever happened before, so that files stay valid. */
static int finish_sinks(struct grab *grab, int result)
{
	for (unsigned i = 0; i < SINKS; i++) {
		int r = pvcam_sink_finish(grab->sinks[i]);

		grab->sinks[i] = NULL;
		if (r < 0) {
			fail_file(grab, output_of(grab, i)->path, r);
			result = result < 0 ? result : r;
		}
	}
	return result;
}

static int run(struct grab *grab)
{
	uint64_t start_ns = pv_now_ns();
	int r, stopped;

	r = pvcam_open(grab->options.name, &grab->camera);
	if (r < 0)
		return fail_camera(grab, r);
	r = timed(grab, PVCAM_OP_OPEN, start_ns);
	if (r == 0)
		r = set_up(grab);
	if (r == 0)
		r = start(grab);
	if (r == 0) {
		r = stream(grab);
		start_ns = pv_now_ns();
		stopped = pvcam_stop(grab->camera);
		if (r == 0 && stopped < 0)
			r = fail_camera(grab, stopped);
		else if (r == 0)
			r = timed(grab, PVCAM_OP_STOP, start_ns);
	}
	r = finish_sinks(grab, r);
	start_ns = pv_now_ns();
	pvcam_close(grab->camera);
	grab->camera = NULL;
	return r < 0 ? r : timed(grab, PVCAM_OP_CLOSE, start_ns);
}

/* Goes to stdout, unless that gets the frames; stderr is for one line, which a failure may need. */
static void summarize(const struct grab *grab)
{
	const struct pvcam_grab_options *options = &grab->options;
	bool stdout_taken = strcmp(options->output.path, "-") == 0 ||
			    (options->second.path && strcmp(options->second.path, "-") == 0);
	FILE *to = stdout_taken ? stderr : stdout;
	struct pvcam_timing_sum sum;

	pvcam_timing_sum(grab->timing, &sum);
	if (options->json)
		pvcam_report_json(&sum, &grab->settings, grab->why, to);
	else if (!options->quiet && sum.frames && !(stdout_taken && *grab->why))
		pvcam_report_text(&sum, &grab->settings, to);
}

static int grab_all(struct grab *grab)
{
	struct pvcam_timing_sum sum;
	int r, logged;

	r = pvcam_timing_create(grab->options.timing, &grab->timing);
	if (r < 0)
		return fail_file(grab, grab->options.timing, r);
	grab->shows_progress =
		grab->options.progress || (isatty(STDERR_FILENO) && !grab->options.quiet);
	r = run(grab);
	pvcam_timing_sum(grab->timing, &sum);
	if (r == 0 && !sum.frames)
		r = fail(grab, -EAGAIN, "ended before the first frame came");
	if (grab->shows_progress && grab->shown_ns)
		fputs("\r\033[K", stderr);
	summarize(grab);
	logged = pvcam_timing_finish(grab->timing);
	if (r == 0 && logged < 0)
		r = fail_file(grab, grab->options.timing, logged);
	return r;
}

int pvcam_tool_grab(int argc, char **argv)
{
	struct grab grab = {0};
	char why[256] = "";
	int r;

	r = pvcam_options_parse(argc, argv, &grab.options, why, sizeof(why));
	if (r == 0 && grab.options.help) {
		pvcam_tool_help();
		return PV_EXIT_DONE;
	}
	if (r < 0) {
		pvcam_options_finish(&grab.options);
		pv_program_usage(PVCAM_TOOL, "%s", *why ? why : "out of memory");
	}
	catch_signals();
	r = grab_all(&grab);
	pvcam_options_finish(&grab.options);
	if (r < 0)
		pv_program_fail(PVCAM_TOOL, "%s", grab.why);
	return PV_EXIT_DONE;
}
