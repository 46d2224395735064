/* SPDX-License-Identifier: MIT */
#include "backend/sound/thread.h"

#include <sched.h>
#include <signal.h>

#define STACK_BYTES (512u * 1024)

int vsnd_thread_start(int priority, void *(*run)(void *arg), void *arg, pthread_t *ret)
{
	struct sched_param param = {.sched_priority = priority};
	sigset_t all, before;
	pthread_attr_t attr;
	int err;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_BYTES);
	pthread_attr_setinheritsched(&attr, PTHREAD_EXPLICIT_SCHED);
	pthread_attr_setschedpolicy(&attr, priority > 0 ? SCHED_FIFO : SCHED_OTHER);
	pthread_attr_setschedparam(&attr, &param);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	err = pthread_create(ret, &attr, run, arg);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attr);
	return -err;
}
