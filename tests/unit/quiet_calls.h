/* SPDX-License-Identifier: MIT */
/*
 * What a device thread must not call, or for no longer than a device's clock may need.
 * quiet_calls.c has functions of these names itself, and the linker prefers them, for the engine as
 * well as for alsa-lib and libsndfile. They count the calls of threads that are watched. Sanitizers
 * have functions of these names, too: not with them.
 *
 * glibc's eventfd_write does not go through write(2)'s symbol, so the one file that a device thread
 * may write to is not counted.
 */
#ifndef TESTS_QUIET_CALLS_H
#define TESTS_QUIET_CALLS_H

#include <dlfcn.h>
#include <stdatomic.h>
#include <stdbool.h>

#define EXPORT __attribute__((visibility("default")))

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif

#define QUIET_SLEEP_MS_MAX 1000u

enum call {
	ALLOCATE,
	FREE,
	MUTEX,
	CONDITION,
	OPEN,
	WRITE,
	PRINT,
	CONTROL, /* ioctl: only cards need it, and no test has one */
	SLEEP,   /* in a transfer, without an end before QUIET_SLEEP_MS_MAX; or for somebody else */
	NUM_CALLS,
};

extern const char *const quiet_call_names[NUM_CALLS];
extern _Thread_local bool quiet_watched;     /* this thread is */
extern _Thread_local bool quiet_in_transfer; /* and moves frames */
extern _Atomic bool quiet_closing;           /* the threads end, and give their own memory back */
extern _Atomic unsigned quiet_calls[NUM_CALLS];

/* The next object's function of this name. */
#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

#endif
