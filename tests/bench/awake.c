/* SPDX-License-Identifier: MIT */
#include "tests/bench/awake.h"

#include <pthread.h>
#include <sched.h>
#include <unistd.h>

static void *run(void *arg)
{
	for (;;)
		__asm__ volatile("" : : : "memory");
	return arg;
}

static int start_on(unsigned cpu)
{
	struct sched_param param = {0};
	pthread_attr_t attributes;
	pthread_t thread;
	cpu_set_t cpus;
	int error;

	CPU_ZERO(&cpus);
	CPU_SET(cpu, &cpus);
	pthread_attr_init(&attributes);
	pthread_attr_setaffinity_np(&attributes, sizeof(cpus), &cpus);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	pthread_attr_setinheritsched(&attributes, PTHREAD_EXPLICIT_SCHED);
	pthread_attr_setschedpolicy(&attributes, SCHED_OTHER);
	pthread_attr_setschedparam(&attributes, &param);
	error = pthread_create(&thread, &attributes, run, NULL);
	pthread_attr_destroy(&attributes);
	if (error == 0)
		error = pthread_setschedparam(thread, SCHED_IDLE, &param);
	return -error;
}

int pvbench_awake_start(void)
{
	unsigned num_cpus = (unsigned)sysconf(_SC_NPROCESSORS_ONLN);
	int error = 0;

	for (unsigned cpu = 0; error == 0 && cpu < num_cpus; cpu++)
		error = start_on(cpu);
	return error;
}
