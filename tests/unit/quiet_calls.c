/* SPDX-License-Identifier: MIT */
#include "tests/unit/quiet_calls.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "common/parse.h"

#define NS_PER_S 1000000000ull
#define NS_PER_MS 1000000ull

const char *const quiet_call_names[NUM_CALLS] = {"malloc and the like", "free", "a mutex",
	"a condition", "open", "write", "printf", "ioctl", "a long sleep"};

#ifndef SANITIZED

_Thread_local bool quiet_watched, quiet_in_transfer;
_Atomic bool quiet_closing;
_Atomic unsigned quiet_calls[NUM_CALLS];

static void note(enum call call)
{
	if (quiet_watched && !quiet_closing)
		quiet_calls[call]++;
}

static void note_sleep(uint64_t ns)
{
	if (quiet_in_transfer && ns > QUIET_SLEEP_MS_MAX * NS_PER_MS)
		note(SLEEP);
}

extern void *__libc_malloc(size_t bytes);
extern void *__libc_calloc(size_t count, size_t bytes);
extern void *__libc_realloc(void *old, size_t bytes);
extern void *__libc_memalign(size_t alignment, size_t bytes);
extern void __libc_free(void *memory);

EXPORT void *malloc(size_t bytes)
{
	note(ALLOCATE);
	return __libc_malloc(bytes);
}

EXPORT void *calloc(size_t count, size_t bytes)
{
	note(ALLOCATE);
	return __libc_calloc(count, bytes);
}

EXPORT void *realloc(void *old, size_t bytes)
{
	note(ALLOCATE);
	return __libc_realloc(old, bytes);
}

EXPORT void *aligned_alloc(size_t alignment, size_t bytes)
{
	note(ALLOCATE);
	return __libc_memalign(alignment, bytes);
}

EXPORT int posix_memalign(void **ret, size_t alignment, size_t bytes)
{
	note(ALLOCATE);
	*ret = __libc_memalign(alignment, bytes);
	return *ret != NULL ? 0 : ENOMEM;
}

EXPORT void free(void *memory)
{
	note(FREE);
	__libc_free(memory);
}

/* Each is looked up once: dlsym takes locks itself, and is only called through here. */
#define FORWARD(call, type, name, parameters, arguments)                                           \
	EXPORT type name parameters                                                                \
	{                                                                                          \
		static __typeof__(&name) real;                                                     \
                                                                                                   \
		note(call);                                                                        \
		if (real == NULL)                                                                  \
			real = REAL(name);                                                         \
		return real arguments;                                                             \
	}

FORWARD(MUTEX, int, pthread_mutex_lock, (pthread_mutex_t * mutex), (mutex))
FORWARD(MUTEX, int, pthread_mutex_trylock, (pthread_mutex_t * mutex), (mutex))
FORWARD(CONDITION, int, pthread_cond_wait, (pthread_cond_t * cond, pthread_mutex_t *mutex),
	(cond, mutex))
FORWARD(CONDITION, int, pthread_cond_timedwait,
	(pthread_cond_t * cond, pthread_mutex_t *mutex, const struct timespec *until),
	(cond, mutex, until))
FORWARD(CONDITION, int, pthread_cond_signal, (pthread_cond_t * cond), (cond))
FORWARD(CONDITION, int, pthread_cond_broadcast, (pthread_cond_t * cond), (cond))
FORWARD(OPEN, FILE *, fopen, (const char *path, const char *mode), (path, mode))
FORWARD(WRITE, size_t, fwrite, (const void *from, size_t bytes, size_t count, FILE *file),
	(from, bytes, count, file))
FORWARD(WRITE, ssize_t, write, (int fd, const void *bytes, size_t count), (fd, bytes, count))
FORWARD(PRINT, int, vfprintf, (FILE * file, const char *format, va_list args), (file, format, args))
FORWARD(PRINT, int, vsnprintf, (char *to, size_t bytes, const char *format, va_list args),
	(to, bytes, format, args))
FORWARD(PRINT, void, vsyslog, (int priority, const char *format, va_list args),
	(priority, format, args))

FORWARD(SLEEP, int, sem_wait, (sem_t * sem), (sem))
FORWARD(SLEEP, int, pthread_join, (pthread_t thread, void **ret), (thread, ret))
FORWARD(SLEEP, unsigned, sleep, (unsigned seconds), (seconds))

EXPORT int poll(struct pollfd *fds, nfds_t count, int timeout_ms)
{
	static __typeof__(&poll) real;

	note_sleep(timeout_ms < 0 ? UINT64_MAX : (uint64_t)timeout_ms * NS_PER_MS);
	if (real == NULL)
		real = REAL(poll);
	return real(fds, count, timeout_ms);
}

EXPORT int clock_nanosleep(
	clockid_t clock, int flags, const struct timespec *time, struct timespec *left)
{
	static __typeof__(&clock_nanosleep) real;
	uint64_t from_ns = flags & TIMER_ABSTIME ? pv_now_ns() : 0;
	uint64_t ns = (uint64_t)time->tv_sec * NS_PER_S + (uint64_t)time->tv_nsec;

	note_sleep(ns > from_ns ? ns - from_ns : 0);
	if (real == NULL)
		real = REAL(clock_nanosleep);
	return real(clock, flags, time, left);
}

EXPORT int nanosleep(const struct timespec *time, struct timespec *left)
{
	errno = clock_nanosleep(CLOCK_REALTIME, 0, time, left);
	return errno == 0 ? 0 : -1;
}

EXPORT int ioctl(int fd, unsigned long request, ...)
{
	va_list args;
	void *arg;

	note(CONTROL);
	va_start(args, request);
	arg = va_arg(args, void *);
	va_end(args);
	return (int)syscall(SYS_ioctl, fd, request, arg);
}

EXPORT int open(const char *path, int flags, ...)
{
	va_list args;
	mode_t mode;

	note(OPEN);
	va_start(args, flags);
	mode = va_arg(args, mode_t);
	va_end(args);
	return REAL(openat)(AT_FDCWD, path, flags, mode);
}

EXPORT int fprintf(FILE *file, const char *format, ...)
{
	va_list args;
	int count;

	note(PRINT);
	va_start(args, format);
	count = vfprintf(file, format, args);
	va_end(args);
	return count;
}

EXPORT int snprintf(char *to, size_t bytes, const char *format, ...)
{
	va_list args;
	int count;

	note(PRINT);
	va_start(args, format);
	count = vsnprintf(to, bytes, format, args);
	va_end(args);
	return count;
}

#endif
