/* SPDX-License-Identifier: MIT */
/*
 * What this machine's timers are worth: sound_timers COUNT QUANTUM_US SECONDS PRIORITY
 * So many bare threads, SCHED_FIFO at this priority where that is permitted, wake up once a quantum
 * for so many seconds and do nothing. Prints how many wake-ups came more than a quantum late, which
 * a sound card's thread in their place would have been, too.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>

#define NS_PER_S 1000000000ull
#define COUNT_MAX 64

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

/* Late is what pvsndd calls late: two quanta and more since the wake-up before. */
static void *timer(void *arg)
{
	uint64_t *late = arg, began_ns, before_ns, woken_ns;

	prctl(PR_SET_TIMERSLACK, 1ul, 0ul, 0ul, 0ul);
	began_ns = before_ns = now_ns();
	for (uint64_t at_ns = quantum_ns; at_ns < duration_ns; at_ns += quantum_ns) {
		sleep_until(began_ns + at_ns);
		woken_ns = now_ns();
		*late += woken_ns - before_ns > 2 * quantum_ns;
		before_ns = woken_ns;
	}
	return NULL;
}

static int start(pthread_t *thread, uint64_t *late)
{
	struct sched_param param = {.sched_priority = priority};
	pthread_attr_t attr;
	int err;

	pthread_attr_init(&attr);
	pthread_attr_setinheritsched(&attr, PTHREAD_EXPLICIT_SCHED);
	pthread_attr_setschedpolicy(&attr, SCHED_FIFO);
	pthread_attr_setschedparam(&attr, &param);
	err = pthread_create(thread, &attr, timer, late);
	pthread_attr_destroy(&attr);
	return err == EPERM ? pthread_create(thread, NULL, timer, late) : err;
}

int main(int argc, char **argv)
{
	static uint64_t late[COUNT_MAX];
	pthread_t threads[COUNT_MAX];
	uint64_t sum = 0;
	int count = argc == 5 ? atoi(argv[1]) : 0;

	if (count < 1 || count > COUNT_MAX)
		return 2;
	quantum_ns = (uint64_t)atoi(argv[2]) * 1000;
	duration_ns = (uint64_t)atoi(argv[3]) * NS_PER_S;
	priority = atoi(argv[4]);
	for (int i = 0; i < count; i++) {
		int err = start(&threads[i], &late[i]);

		if (err != 0) {
			fprintf(stderr, "sound_timers: no thread: %s\n", strerror(err));
			return 1;
		}
		/* As far from each other as streams that begin when they like. */
		sleep_until(now_ns() + quantum_ns * 3 / 8);
	}
	for (int i = 0; i < count; i++) {
		pthread_join(threads[i], NULL);
		sum += late[i];
	}
	printf("%llu\n", (unsigned long long)sum);
	return 0;
}
