/* SPDX-License-Identifier: MIT */
#include "tests/bench/worker.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/parse.h"
#include "common/program.h"

#define FIXED_WORDS 4

static const struct pvbench_role *const roles[] = {
	&pvbench_role_memcpy,
	&pvbench_role_camera,
	&pvbench_role_vchan_send,
	&pvbench_role_vchan_receive,
	&pvbench_role_pages_send,
	&pvbench_role_pages_receive,
	&pvbench_role_trip_ask,
	&pvbench_role_trip_answer,
	&pvbench_role_stream,
	&pvbench_role_sound,
	&pvbench_role_sound_echo,
	&pvbench_role_loop,
};

static const struct pvbench_role *role_find(const char *name)
{
	for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++)
		if (strcmp(roles[i]->name, name) == 0)
			return roles[i];
	return NULL;
}

static int place_parse(int argc, char *argv[], struct pvbench_place *ret)
{
	uint32_t frame_bytes, cold_bytes, peer;

	if (argc < FIXED_WORDS || pv_parse_u32(argv[1], 0, UINT32_MAX, &frame_bytes) < 0 ||
		pv_parse_u32(argv[2], 0, UINT32_MAX, &cold_bytes) < 0 ||
		pv_parse_u32(argv[3], 0, PVBENCH_PEER_NONE, &peer) < 0)
		return -EINVAL;
	*ret = (struct pvbench_place){
		.frame_bytes = frame_bytes,
		.cold_bytes = cold_bytes,
		.peer = peer,
		.num_words = (unsigned)(argc - FIXED_WORDS),
		.words = argv + FIXED_WORDS,
	};
	return 0;
}

static int say_failed(int error)
{
	printf("failed %s\n", strerror(-error));
	fflush(stdout);
	return PV_EXIT_FAILED;
}

static void say_samples(const struct pvbench_sample *samples, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		printf("%" PRIu64 " %" PRIu64 " %" PRIu64 "\n", samples[i].number,
			samples[i].time_ns, samples[i].ready_ns);
	puts("done");
	fflush(stdout);
}

static int job_parse(const char *line, struct pvbench_job *ret)
{
	unsigned frames, bare;
	uint64_t period_ns;

	if (sscanf(line, "go %u %" SCNu64 " %u", &frames, &period_ns, &bare) != 3)
		return -EPROTO;
	*ret = (struct pvbench_job){.frames = frames, .period_ns = period_ns, .bare = bare != 0};
	return 0;
}

static int job_run(const struct pvbench_role *role, void *state, const struct pvbench_job *job)
{
	struct pvbench_sample *samples = calloc(job->frames, sizeof(*samples));
	int error;

	if (samples == NULL)
		return -ENOMEM;
	error = role->run(state, job, samples);
	if (error == 0)
		say_samples(samples, role->measures ? job->frames : 0);
	free(samples);
	return error;
}

int pvbench_worker(int argc, char *argv[])
{
	const struct pvbench_role *role = argc > 0 ? role_find(argv[0]) : NULL;
	char ready[PVBENCH_LINE_BYTES] = "", line[PVBENCH_LINE_BYTES];
	struct pvbench_place place;
	struct pvbench_job job;
	void *state;
	int error;

	if (role == NULL || place_parse(argc, argv, &place) < 0)
		return PV_EXIT_USAGE;
	error = role->open(&place, ready, &state);
	if (error < 0)
		return say_failed(error);
	printf("ready %s\n", ready);
	fflush(stdout);
	while (error == 0 && fgets(line, sizeof(line), stdin) != NULL) {
		error = job_parse(line, &job);
		if (error == 0)
			error = job_run(role, state, &job);
	}
	role->close(state);
	return error < 0 ? say_failed(error) : PV_EXIT_DONE;
}
