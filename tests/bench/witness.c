/* SPDX-License-Identifier: MIT */
#include "tests/bench/witness.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "common/parse.h"

#define STALLS_MAX 8192u /* remembered of each CPU */

struct stall {
	uint64_t due_ns;
	uint64_t woken_ns;
};

struct timer {
	struct pvbench_witness *witness;
	pthread_t thread;
	/* The thread's until it is joined. */
	struct stall stalls[STALLS_MAX];
	unsigned num_stalls;
};

struct pvbench_witness {
	uint64_t beat_ns;
	uint64_t stall_ns;
	_Atomic int quit;
	unsigned num_timers;
	struct timer timers[]; /* one for each CPU */
};

static void remember(struct timer *timer, uint64_t due_ns, uint64_t woken_ns)
{
	if (timer->num_stalls < STALLS_MAX)
		timer->stalls[timer->num_stalls++] = (struct stall){due_ns, woken_ns};
}

static void *run(void *arg)
{
	struct timer *timer = arg;
	struct pvbench_witness *witness = timer->witness;
	uint64_t next_ns = pv_now_ns(), woken_ns;

	while (!witness->quit) {
		struct timespec until;

		next_ns += witness->beat_ns;
		until = (struct timespec){.tv_sec = (time_t)(next_ns / 1000000000u),
			.tv_nsec = (long)(next_ns % 1000000000u)};
		while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
			;
		woken_ns = pv_now_ns();
		if (woken_ns - next_ns >= witness->stall_ns) {
			remember(timer, next_ns, woken_ns);
			next_ns = woken_ns;
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
	int priority, uint64_t beat_ns, uint64_t stall_ns, struct pvbench_witness **ret)
{
	unsigned num_cpus = (unsigned)sysconf(_SC_NPROCESSORS_ONLN);
	struct pvbench_witness *witness =
		calloc(1, sizeof(*witness) + num_cpus * sizeof(struct timer));
	int error = 0;

	if (witness == NULL)
		return -ENOMEM;
	witness->beat_ns = beat_ns;
	witness->stall_ns = stall_ns;
	for (unsigned cpu = 0; error == 0 && cpu < num_cpus; cpu++)
		error = start_on(witness, cpu, priority);
	if (error < 0) {
		pvbench_witness_stop(witness);
		pvbench_witness_free(witness);
		return error;
	}
	*ret = witness;
	return 0;
}

void pvbench_witness_stop(struct pvbench_witness *witness)
{
	if (witness == NULL)
		return;
	witness->quit = 1;
	for (unsigned i = 0; i < witness->num_timers; i++)
		pthread_join(witness->timers[i].thread, NULL);
}

static bool stalled(const struct timer *timer, uint64_t from_ns, uint64_t until_ns)
{
	for (unsigned i = 0; i < timer->num_stalls; i++)
		if (timer->stalls[i].due_ns <= until_ns && timer->stalls[i].woken_ns >= from_ns)
			return true;
	return false;
}

unsigned pvbench_witness_count(const struct pvbench_witness *witness, const uint64_t *at_ns,
	unsigned num_moments, uint64_t window_ns)
{
	unsigned count = 0;

	for (unsigned i = 0; i < num_moments; i++)
		for (unsigned k = 0; k < witness->num_timers; k++)
			if (stalled(&witness->timers[k], at_ns[i] - window_ns, at_ns[i])) {
				count++;
				break;
			}
	return count;
}

unsigned pvbench_witness_stalls(const struct pvbench_witness *witness)
{
	unsigned stalls = 0;

	for (unsigned i = 0; i < witness->num_timers; i++)
		stalls += witness->timers[i].num_stalls;
	return stalls;
}

void pvbench_witness_free(struct pvbench_witness *witness)
{
	free(witness);
}
