/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "common/program.h"
#include "tests/bench/awake.h"
#include "tests/bench/camera.h"
#include "tests/bench/engine.h"
#include "tests/bench/model.h"
#include "tests/bench/sound.h"
#include "tests/bench/worker.h"

#define NAME "pvbench"

static const char help[] = "Usage: pvbench camera|sound|engine|model [OPTION...]\n"
			   "Measures pvmedia's devices, and how well buffers of sound hold under "
			   "load. `pvbench camera\n"
			   "--help` and so on show the options.\n"
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

static bool sound_met(const struct pvbench_sound_result *result)
{
	for (unsigned i = 0; i < result->num_chunks; i++)
		if (!pvbench_sound_write_met(&result->chunks[i]))
			return false;
	for (unsigned i = 0; i < result->num_loops; i++)
		if (!pvbench_sound_loop_met(&result->loops[i]))
			return false;
	return true;
}

static int sound(int argc, char *argv[])
{
	struct pvbench_sound_options options;
	struct pvbench_sound_result result;

	pvbench_sound_options_parse(argc, argv, &options);
	pvbench_child_catch_signals();
	if (options.fifo && pvbench_awake_start() < 0)
		pv_program_fail("pvbench", "cannot start threads");
	if (options.fifo)
		pvbench_child_become_fifo();
	pvbench_sound_measure(&options, &result);
	if (options.json_path == NULL || strcmp(options.json_path, "-") != 0)
		pvbench_sound_print(&options, &result);
	if (options.json_path != NULL)
		pvbench_sound_json_write(&options, &result);
	return options.strict && !sound_met(&result) ? PV_EXIT_FAILED : PV_EXIT_DONE;
}

static int model(int argc, char *argv[])
{
	struct pvbench_model_options options;
	struct pvbench_model_result result;
	bool met;

	pvbench_model_options_parse(argc, argv, &options);
	pvbench_model_measure(&options, &result);
	if (options.json_path == NULL || strcmp(options.json_path, "-") != 0)
		pvbench_model_print(&options, &result);
	if (options.json_path != NULL)
		pvbench_model_json_write(&options, &result);
	if (options.plot_path != NULL)
		pvbench_model_plot_write(options.plot_path, &result);
	met = pvbench_model_met(&result);
	pvbench_model_free(&result);
	return options.strict && !met ? PV_EXIT_FAILED : PV_EXIT_DONE;
}

int main(int argc, char *argv[])
{
	if (argc < 2)
		pv_program_usage(NAME, "what to measure is missing");
	if (strcmp(argv[1], "--worker") == 0)
		return pvbench_worker(argc - 2, argv + 2);
	if (strcmp(argv[1], "camera") == 0)
		return camera(argc - 1, argv + 1);
	if (strcmp(argv[1], "sound") == 0)
		return sound(argc - 1, argv + 1);
	if (strcmp(argv[1], "engine") == 0)
		return pvbench_engine(argc - 1, argv + 1);
	if (strcmp(argv[1], "model") == 0)
		return model(argc - 1, argv + 1);
	if (strcmp(argv[1], "--version") == 0)
		pv_program_version(NAME);
	if (strcmp(argv[1], "--help") != 0)
		pv_program_usage(
			NAME, "cannot measure %s, only: camera, sound, engine, model", argv[1]);
	fputs(help, stdout);
	return PV_EXIT_DONE;
}
