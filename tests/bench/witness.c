/* SPDX-License-Identifier: MIT */
#include "tests/bench/witness.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "common/parse.h"

struct timer {
	struct pvbench_witness *witness;
	pthread_t thread;
	uint64_t late; /* the thread's until it is joined */
};

struct pvbench_witness {
	uint64_t period_ns;
	uint64_t slack_ns;
	_Atomic int quit;
	unsigned num_timers;
	struct timer timers[CPU_SETSIZE];
};

static void *run(void *arg)
{
	struct timer *timer = arg;
	struct pvbench_witness *witness = timer->witness;
	uint64_t next_ns = pv_now_ns(), late_ns;

	while (!witness->quit) {
		struct timespec until;

		next_ns += witness->period_ns;
		until = (struct timespec){.tv_sec = (time_t)(next_ns / 1000000000u),
			.tv_nsec = (long)(next_ns % 1000000000u)};
		while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
			;
		late_ns = pv_now_ns() - next_ns;
		if (late_ns > witness->slack_ns) {
			timer->late++;
			next_ns += late_ns;
		}
	}
	return NULL;
}

static int start_on(struct pvbench_witness *witness, unsigned cpu, int priority)
{
	struct sched_param param = {.sched_priority = priority};
	struct timer *timer = &witness->timers[witness->num_timers];
	pthread_attr_t attributes;
	cpu_set_t cpus;
	int error;

	timer->witness = witness;
	CPU_ZERO(&cpus);
	CPU_SET(cpu, &cpus);
	pthread_attr_init(&attributes);
	pthread_attr_setaffinity_np(&attributes, sizeof(cpus), &cpus);
	pthread_attr_setinheritsched(&attributes, PTHREAD_EXPLICIT_SCHED);
	pthread_attr_setschedpolicy(&attributes, priority > 0 ? SCHED_FIFO : SCHED_OTHER);
	pthread_attr_setschedparam(&attributes, &param);
	error = pthread_create(&timer->thread, &attributes, run, timer);
	pthread_attr_destroy(&attributes);
	if (error == 0)
		witness->num_timers++;
	return -error;
}

int pvbench_witness_start(
	int priority, uint64_t period_ns, uint64_t slack_ns, struct pvbench_witness **ret)
{
	struct pvbench_witness *witness = calloc(1, sizeof(*witness));
	cpu_set_t cpus;
	int error = 0;

	if (witness == NULL)
		return -ENOMEM;
	witness->period_ns = period_ns;
	witness->slack_ns = slack_ns;
	if (sched_getaffinity(0, sizeof(cpus), &cpus) < 0)
		error = -errno;
	for (unsigned cpu = 0; error == 0 && cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, &cpus))
			error = start_on(witness, cpu, priority);
	if (error < 0) {
		pvbench_witness_end(witness);
		return error;
	}
	*ret = witness;
	return 0;
}

uint64_t pvbench_witness_end(struct pvbench_witness *witness)
{
	uint64_t late = 0;

	if (witness == NULL)
		return 0;
	witness->quit = 1;
	for (unsigned i = 0; i < witness->num_timers; i++) {
		pthread_join(witness->timers[i].thread, NULL);
		late += witness->timers[i].late;
	}
	free(witness);
	return late;
}
