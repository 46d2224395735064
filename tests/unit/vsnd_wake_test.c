/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "backend/sound/card/wake.h"
#include "common/parse.h"

static unsigned waited;
static int moves;

int snd_pcm_wait(snd_pcm_t *pcm, int timeout_ms)
{
	(void)pcm;
	assert_int_equal(timeout_ms, 1000);
	waited++;
	return moves;
}

static void a_device_in_time_is_waited_for(void **state)
{
	struct vsnd_wake wake = {.naps = false};
	unsigned naps = 0;

	(void)state;
	waited = 0;
	moves = 1;
	for (int i = 0; i < 100; i++) {
		vsnd_wake_note(&wake, i % 4 != 0); /* late now and then: a busy machine */
		assert_int_equal(vsnd_wake_wait(&wake, NULL, &naps), 0);
	}
	assert_int_equal(waited, 100);
	moves = 0;
	assert_int_equal(vsnd_wake_wait(&wake, NULL, &naps), -EIO);
}

static void a_device_that_is_always_late_is_looked_at(void **state)
{
	struct vsnd_wake wake = {.naps = false};
	unsigned naps = 0, looks = 0;
	uint64_t began_ns;

	(void)state;
	for (int i = 0; i < 4; i++)
		vsnd_wake_note(&wake, true);
	vsnd_wake_note(&wake, false); /* and stays so */
	waited = 0;
	began_ns = pv_now_ns();
	while (vsnd_wake_wait(&wake, NULL, &naps) == 0)
		looks++;
	assert_int_equal(waited, 0);
	assert_in_range(looks, 100, 10000);
	assert_true(pv_now_ns() - began_ns >= UINT64_C(1000000000));
}

/* Who sleeps by the clock is as late as the clock says; the device's wake-ups have no time. */
static void how_late_it_woke(void **state)
{
	struct vsnd_wake wake = {.naps = true};
	uint64_t nap_ns = 1;

	(void)state;
	while (vsnd_wake_late_ns(&wake, nap_ns + 1) == 0)
		nap_ns++;
	assert_in_range(nap_ns, 100000, 1000000);
	assert_int_equal(vsnd_wake_late_ns(&wake, nap_ns + 3000), 3000);
	wake.naps = false;
	assert_int_equal(vsnd_wake_late_ns(&wake, nap_ns + 3000), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_device_in_time_is_waited_for),
		cmocka_unit_test(a_device_that_is_always_late_is_looked_at),
		cmocka_unit_test(how_late_it_woke),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
