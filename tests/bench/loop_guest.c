/* SPDX-License-Identifier: MIT */
/* The loop, run by a guest. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/parse.h"
#include "tests/bench/loop.h"
#include "tests/bench/sound.h"
#include "tests/bench/worker.h"

/* Found by the plugin's type, whatever configuration this machine has. */
#define CONFIG                                                                                     \
	"pcm.play { type pvsnd card Bench device 0 }\n"                                            \
	"pcm.record { type pvsnd card Bench device 0 }\n"

/* words: period, periods. */
static int looper_open(const struct pvbench_place *place, char *ready, void **ret_state)
{
	struct pvbench_loop_params *params;
	uint32_t period, periods;

	(void)ready;
	if (place->num_words != 2 || pv_parse_u32(place->words[0], 1, 65536, &period) < 0 ||
		pv_parse_u32(place->words[1], 2, 1024, &periods) < 0)
		return -EINVAL;
	params = malloc(sizeof(*params));
	if (params == NULL)
		return -ENOMEM;
	*params = (struct pvbench_loop_params){
		.playback = "play",
		.capture = "record",
		.config = CONFIG,
		.rate_hz = PVBENCH_SOUND_RATE_HZ,
		.period_frames = period,
		.periods = periods,
		.priority = PVBENCH_SOUND_PRIORITY - 20,
	};
	*ret_state = params;
	return 0;
}

/* A sample a burst: number = its latency in frames. After them two more: number = whether there was
 * real-time priority, time_ns = xruns, ready_ns = the machine's xruns; number = stalls. */
static int looper_run(void *state, const struct pvbench_job *job, struct pvbench_sample *samples)
{
	struct pvbench_loop_params *params = state;
	uint64_t *latency_frames = calloc(job->frames, sizeof(*latency_frames));
	char error[PVBENCH_LOOP_ERROR_BYTES];
	struct pvbench_loop_result result;
	unsigned bursts = job->frames - PVBENCH_LOOP_WORDS;
	int status;

	if (latency_frames == NULL)
		return -ENOMEM;
	params->bursts = bursts;
	status = pvbench_loop_run(params, latency_frames, &result, error);
	if (status < 0)
		fprintf(stderr, "pvbench: error: loop of %u x %u: %s\n", params->period_frames,
			params->periods, error);
	for (unsigned i = 0; status == 0 && i < bursts; i++)
		samples[i].number = latency_frames[i];
	if (status == 0)
		samples[bursts] = (struct pvbench_sample){
			.number = result.real_time,
			.time_ns = result.xruns,
			.ready_ns = result.machine_xruns,
		};
	if (status == 0)
		samples[bursts + 1].number = result.stalls;
	free(latency_frames);
	return status;
}

const struct pvbench_role pvbench_role_loop = {
	.name = "loop",
	.open = looper_open,
	.run = looper_run,
	.close = free,
	.measures = true,
};
