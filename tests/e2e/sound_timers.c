/* SPDX-License-Identifier: MIT */
/*
 * What this machine's timers are worth: sound_timers COUNT QUANTUM_US SECONDS PRIORITY
 * So many bare threads, SCHED_FIFO at this priority where that is permitted, wake up once a quantum
 * for so many seconds and do nothing. Prints how many wake-ups came more than a quantum late, which
 * a sound card's thread in their place would have been, too; and then, a line each, when a halt
 * ended that was longer than half a quantum (seconds of the day's clock): whatever the halt kept
 * waiting for a whole one, it kept one of many threads waiting for half of it.
 * COUNT 0: 4 for each processor and bound to it, a quarter of a quantum apart, so that no processor
 * halts for 3/4 of a quantum unseen.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>

#define NS_PER_S 1000000000ull
#define COUNT_MAX 256
#define ON_EACH 4
#define HALTS_MAX 4096 /* of one thread; there is a halt in each second then anyway */

struct witness {
	pthread_t thread;
	uint64_t late;
	unsigned num_halts;
	double halts_s[HALTS_MAX];
};

static uint64_t quantum_ns, duration_ns;
static int priority;

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

static void sleep_until(uint64_t at_ns)
{
	struct timespec at = {
		.tv_sec = (time_t)(at_ns / NS_PER_S), .tv_nsec = (long)(at_ns % NS_PER_S)};

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL) == EINTR)
		;
}

static void note_halt(struct witness *witness)
{
	struct timespec now;

	if (witness->num_halts == HALTS_MAX)
		return;
	clock_gettime(CLOCK_REALTIME, &now);
	witness->halts_s[witness->num_halts++] = (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Late is what pvsndd calls late: two quanta and more since the wake-up before. */
static void *timer(void *arg)
{
	struct witness *witness = arg;
	uint64_t began_ns, before_ns, woken_ns;

	prctl(PR_SET_TIMERSLACK, 1ul, 0ul, 0ul, 0ul);
	began_ns = before_ns = now_ns();
	for (uint64_t at_ns = quantum_ns; at_ns < duration_ns; at_ns += quantum_ns) {
		sleep_until(began_ns + at_ns);
		woken_ns = now_ns();
		witness->late += woken_ns - before_ns > 2 * quantum_ns;
		if (woken_ns - before_ns > quantum_ns + quantum_ns / 2)
			note_halt(witness);
		before_ns = woken_ns;
	}
	return NULL;
}

static int start(struct witness *witness)
{
	struct sched_param param = {.sched_priority = priority};
	pthread_attr_t attr;
	int err;

	pthread_attr_init(&attr);
	pthread_attr_setinheritsched(&attr, PTHREAD_EXPLICIT_SCHED);
	pthread_attr_setschedpolicy(&attr, SCHED_FIFO);
	pthread_attr_setschedparam(&attr, &param);
	err = pthread_create(&witness->thread, &attr, timer, witness);
	pthread_attr_destroy(&attr);
	return err == EPERM ? pthread_create(&witness->thread, NULL, timer, witness) : err;
}

/* The i-th processor that we may use; -1: there are fewer. */
static int processor(int i)
{
	cpu_set_t allowed;

	if (sched_getaffinity(0, sizeof(allowed), &allowed) != 0)
		return -1;
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, &allowed) && i-- == 0)
			return cpu;
	return -1;
}

static void bind_to(pthread_t thread, int cpu)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	pthread_setaffinity_np(thread, sizeof(one), &one);
}

int main(int argc, char **argv)
{
	static struct witness witnesses[COUNT_MAX];
	uint64_t sum = 0;
	int count = argc == 5 ? atoi(argv[1]) : -1;
	bool bound = count == 0;

	while (bound && count < COUNT_MAX && processor(count / ON_EACH) >= 0)
		count += ON_EACH;
	if (count < 1 || count > COUNT_MAX)
		return 2;
	quantum_ns = (uint64_t)atoi(argv[2]) * 1000;
	duration_ns = (uint64_t)atoi(argv[3]) * NS_PER_S;
	priority = atoi(argv[4]);
	for (int i = 0; i < count; i++) {
		int err = start(&witnesses[i]);

		if (err != 0) {
			fprintf(stderr, "sound_timers: no thread: %s\n", strerror(err));
			return 1;
		}
		if (bound)
			bind_to(witnesses[i].thread, processor(i / ON_EACH));
		/* As far from each other as streams that begin when they like. */
		sleep_until(now_ns() + (bound ? quantum_ns / ON_EACH : quantum_ns * 3 / 8));
	}
	for (int i = 0; i < count; i++) {
		pthread_join(witnesses[i].thread, NULL);
		sum += witnesses[i].late;
	}
	printf("%llu\n", (unsigned long long)sum);
	for (int i = 0; i < count; i++)
		for (unsigned k = 0; k < witnesses[i].num_halts; k++)
			printf("%.3f\n", witnesses[i].halts_s[k]);
	return 0;
}
