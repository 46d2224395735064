/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

#include "backend/sound/card/wake.h"

#define LOOKED_NS UINT64_C(5999999000)
#define MS UINT64_C(1000000)

static unsigned waited;
static int comes = 1; /* what poll has */
static unsigned short events;
static uint64_t slept_until_ns;

int snd_pcm_poll_descriptors(snd_pcm_t *pcm, struct pollfd *fds, unsigned space)
{
	(void)pcm;
	assert_true(space >= 1);
	fds[0] = (struct pollfd){.fd = -1, .events = POLLOUT};
	return 1;
}

int snd_pcm_poll_descriptors_revents(
	snd_pcm_t *pcm, struct pollfd *fds, unsigned count, unsigned short *ret_events)
{
	(void)pcm, (void)fds;
	assert_int_equal(count, 1);
	*ret_events = events;
	return 0;
}

snd_pcm_state_t snd_pcm_state(snd_pcm_t *pcm)
{
	(void)pcm;
	return SND_PCM_STATE_XRUN;
}

int poll(struct pollfd *fds, nfds_t count, int timeout_ms)
{
	(void)fds, (void)count;
	assert_int_equal(timeout_ms, 100);
	waited++;
	return comes;
}

/* The test's own: nobody sleeps, and a signal comes each time. */
int clock_nanosleep(clockid_t clock, int flags, const struct timespec *until, struct timespec *left)
{
	static bool came;

	(void)left;
	assert_int_equal(clock, CLOCK_MONOTONIC);
	assert_int_equal(flags, TIMER_ABSTIME);
	assert_in_range(until->tv_nsec, 0, 999999999);
	slept_until_ns = (uint64_t)until->tv_sec * 1000000000 + (uint64_t)until->tv_nsec;
	came = !came;
	return came ? EINTR : 0;
}

static void a_device_in_time_is_waited_for(void **state)
{
	struct vsnd_wake wake = {.timed = false};

	(void)state;
	waited = 0;
	for (int i = 0; i < 100; i++) {
		vsnd_wake_begin(&wake);
		vsnd_wake_note(&wake, i % 4 != 0); /* late now and then: a busy machine */
		assert_int_equal(vsnd_wake_wait(&wake, NULL, LOOKED_NS, MS), 0);
	}
	assert_int_equal(waited, 100);
	events = POLLERR;
	vsnd_wake_begin(&wake);
	assert_int_equal(vsnd_wake_wait(&wake, NULL, LOOKED_NS, MS), -EPIPE);
	events = 0;
}

/* How long after the look at it a device is looked at again, in ns. */
static uint64_t asleep(struct vsnd_wake *wake, uint64_t away_ns)
{
	vsnd_wake_moved(wake);
	assert_int_equal(vsnd_wake_wait(wake, NULL, LOOKED_NS, away_ns), 0);
	return slept_until_ns - LOOKED_NS;
}

static void by_the_clock_it_is_looked_at_when_it_will_be_there(void **state)
{
	struct vsnd_wake wake = {.timed = true};

	(void)state;
	waited = 0;
	assert_int_equal(asleep(&wake, 3 * MS), 3 * MS);
	assert_int_equal(asleep(&wake, 0), MS / 2);
	wake.nap_ns = MS / 10;
	assert_int_equal(asleep(&wake, 3 * MS), 3 * MS);
	assert_int_equal(asleep(&wake, 1), MS / 10);
	/* It may be there already. */
	wake.behind_ns = 2 * MS;
	assert_int_equal(asleep(&wake, 3 * MS), MS);
	assert_int_equal(asleep(&wake, 2 * MS), MS / 10);
	assert_int_equal(asleep(&wake, MS), MS / 10);
	assert_int_equal(waited, 0);
	/* Late wake-ups are the machine's then. */
	for (int i = 0; i < 10; i++)
		vsnd_wake_note(&wake, true);
	assert_int_equal(asleep(&wake, 3 * MS), MS);
}

static void a_device_that_is_always_late_is_looked_at(void **state)
{
	struct vsnd_wake wake = {.nap_ns = MS / 10};

	(void)state;
	for (int i = 0; i < 4; i++)
		vsnd_wake_note(&wake, true);
	vsnd_wake_note(&wake, false); /* and stays so */
	waited = 0;
	assert_int_equal(asleep(&wake, 50 * MS), MS / 2);
	assert_int_equal(waited, 0);
}

/* For so many naps. */
static unsigned still(struct vsnd_wake *wake, uint64_t away_ns)
{
	unsigned looks = 0;

	vsnd_wake_begin(wake);
	while (vsnd_wake_wait(wake, NULL, LOOKED_NS, away_ns) == 0 && looks < 10000)
		looks++;
	return looks;
}

static void a_device_that_is_still_for_a_second_is_lost(void **state)
{
	struct vsnd_wake wake = {.timed = true}, silent = {.timed = false}, vain = {.timed = false};

	(void)state;
	comes = 0;
	assert_int_equal(still(&silent, 20 * MS), 10);
	comes = 1;
	assert_int_equal(still(&vain, 20 * MS), 1 + 50);
	assert_int_equal(still(&wake, 0), 2000);
	vsnd_wake_moved(&wake);
	assert_int_equal(still(&wake, 20 * MS), 50);
	/* However much is inside. */
	for (int i = 0; i < 100; i++)
		assert_in_range(asleep(&wake, 60000 * MS), 50 * MS, 500 * MS);
}

/* Who sleeps by the clock is as late as the clock says; the device's wake-ups have no time. */
static void how_late_it_woke(void **state)
{
	struct vsnd_wake wake = {.timed = true};

	(void)state;
	vsnd_wake_begin(&wake);
	assert_int_equal(vsnd_wake_late_ns(&wake, LOOKED_NS), 0);
	assert_int_equal(asleep(&wake, 3 * MS), 3 * MS);
	assert_int_equal(vsnd_wake_late_ns(&wake, LOOKED_NS + 3 * MS), 0);
	assert_int_equal(vsnd_wake_late_ns(&wake, LOOKED_NS + 3 * MS + 7), 7);
	assert_int_equal(vsnd_wake_late_ns(&wake, LOOKED_NS), 0);
	vsnd_wake_begin(&wake);
	assert_int_equal(vsnd_wake_late_ns(&wake, LOOKED_NS + 5 * MS), 0);
	wake.timed = false;
	assert_int_equal(vsnd_wake_wait(&wake, NULL, LOOKED_NS, MS), 0);
	assert_int_equal(vsnd_wake_late_ns(&wake, LOOKED_NS + 5 * MS), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_device_in_time_is_waited_for),
		cmocka_unit_test(by_the_clock_it_is_looked_at_when_it_will_be_there),
		cmocka_unit_test(a_device_that_is_always_late_is_looked_at),
		cmocka_unit_test(a_device_that_is_still_for_a_second_is_lost),
		cmocka_unit_test(how_late_it_woke),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
