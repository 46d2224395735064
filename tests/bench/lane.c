/* SPDX-License-Identifier: MIT */
#include "tests/bench/lane.h"

#include <inttypes.h>
#include <string.h>

#include "tests/bench/world.h"

static void hear(struct pvbench_child *child, const char *who, char line[PVBENCH_LINE_BYTES])
{
	int error = pvbench_child_hear(child, line, PVBENCH_LINE_BYTES);

	if (error < 0)
		pvbench_world_fail("%s stopped: %s", who, strerror(-error));
}

void pvbench_lane_go(struct pvbench_child *child, const char *who, const struct pvbench_job *job)
{
	if (pvbench_child_say(
		    child, "go %u %" PRIu64 " %u\n", job->frames, job->period_ns, job->bare) < 0)
		pvbench_world_fail("%s is gone", who);
}

struct pvbench_sample pvbench_lane_hear_sample(struct pvbench_child *child, const char *who)
{
	char line[PVBENCH_LINE_BYTES];
	struct pvbench_sample sample;

	hear(child, who, line);
	if (sscanf(line, "%" SCNu64 " %" SCNu64 " %" SCNu64, &sample.number, &sample.time_ns,
		    &sample.ready_ns) != 3)
		pvbench_world_fail("%s: %s", who, line);
	return sample;
}

void pvbench_lane_hear_done(struct pvbench_child *child, const char *who)
{
	char line[PVBENCH_LINE_BYTES];

	hear(child, who, line);
	if (strcmp(line, "done") != 0)
		pvbench_world_fail("%s: %s", who, line);
}
