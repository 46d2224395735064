/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "common/program.h"
#include "tests/bench/camera.h"
#include "tests/bench/worker.h"

#define NAME "pvbench"

static const char help[] =
	"Usage: pvbench camera [OPTION...]\n"
	"Measures pvmedia's devices. `pvbench camera --help` shows the options.\n"
	"      --help      show this\n"
	"      --version   show the version\n";

static int camera(int argc, char *argv[])
{
	struct pvbench_target targets[PVBENCH_TARGETS];
	struct pvbench_options options;
	struct pvbench_result result;
	int status = PV_EXIT_DONE;

	pvbench_options_parse(argc, argv, &options);
	pvbench_child_catch_signals();
	if (options.fifo)
		pvbench_child_become_fifo();
	if (options.sustain_s > 0) {
		pvbench_sustain(&options);
		return PV_EXIT_DONE;
	}
	pvbench_camera_measure(&options, &result);
	if (options.json_path == NULL || strcmp(options.json_path, "-") != 0)
		pvbench_table_print(&options, &result);
	if (options.json_path != NULL)
		pvbench_json_write(&options, &result);
	if (options.plot_path != NULL)
		pvbench_plot_write(options.plot_path, &result);
	pvbench_camera_targets(&result, targets);
	for (unsigned i = 0; i < PVBENCH_TARGETS; i++)
		if (options.strict && targets[i].value > 0 && !pvbench_target_met(&targets[i]))
			status = PV_EXIT_FAILED;
	return status;
}

int main(int argc, char *argv[])
{
	if (argc < 2)
		pv_program_usage(NAME, "what to measure is missing");
	if (strcmp(argv[1], "--worker") == 0)
		return pvbench_worker(argc - 2, argv + 2);
	if (strcmp(argv[1], "camera") == 0)
		return camera(argc - 1, argv + 1);
	if (strcmp(argv[1], "--version") == 0)
		pv_program_version(NAME);
	if (strcmp(argv[1], "--help") != 0)
		pv_program_usage(NAME, "cannot measure %s, only: camera", argv[1]);
	fputs(help, stdout);
	return PV_EXIT_DONE;
}
