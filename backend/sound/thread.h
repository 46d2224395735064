/* SPDX-License-Identifier: MIT */
/* Threads of the sound engine. */
#ifndef VSND_THREAD_H
#define VSND_THREAD_H

#include <pthread.h>
#include <stddef.h>

/*
 * Starts a thread that gets no signals (they are the main thread's) and does not inherit what its
 * maker's scheduling is: SCHED_FIFO at priority, or an ordinary thread at priority 0.
 * -EPERM: real time is not permitted; other -errno of pthread_create.
 */
int vsnd_thread_start(int priority, void *(*run)(void *arg), void *arg, pthread_t *ret);

#endif
