/* SPDX-License-Identifier: MIT */
/* What a guest is told of its position. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/pcm_fixture.h"

static void each_half_period_is_told(void **state)
{
	(void)state;
	assert_int_equal(vsnd_pcm_start(pcm), 0);
	for (unsigned i = 0; i < 16; i++)
		quantum(16);
	assert_int_equal(below.num_events, 8);
	for (unsigned i = 0; i < 8; i++) {
		assert_int_equal(told(i), 32 * (i + 1));
		assert_int_equal(below.events[i].id, i);
	}
	/* At once, in steps; none that jumps over the buffer. */
	quantum(4 * BUFFER);
	for (unsigned i = 8; i < below.num_events; i++)
		assert_in_range(told(i) - told(i - 1), 1, BUFFER - 1);
	assert_int_equal(told(below.num_events - 1), 256 + 4 * BUFFER);
}

static void where_it_stopped_is_told_to_the_frame(void **state)
{
	(void)state;
	assert_int_equal(vsnd_pcm_start(pcm), 0);
	quantum(16);
	assert_int_equal(below.num_events, 0);
	assert_int_equal(vsnd_pcm_pause(pcm), 0);
	assert_int_equal(told(0), 16);
	assert_int_equal(vsnd_pcm_pause(pcm), 0);
	quantum(64); /* of silence: the device goes on */
	assert_int_equal(below.num_events, 1);
	assert_int_equal(vsnd_pcm_start(pcm), 0);
	quantum(48);
	assert_int_equal(vsnd_pcm_stop(pcm), 0);
	assert_int_equal(told(below.num_events - 1), 64);
}

static void a_kernel_gets_both_numberings(void **state)
{
	(void)state;
	assert_int_equal(vsnd_pcm_start(pcm), 0);
	quantum(32);
	assert_int_equal(vsnd_pcm_stop(pcm), 0);
	assert_int_equal(vsnd_pcm_open(pcm, &usual), 0);
	assert_int_equal(vsnd_pcm_start(pcm), 0);
	quantum(32);
	assert_int_equal(below.num_events, 4);
	for (unsigned i = 0; i < 4; i++) {
		assert_int_equal(told(i), 32);
		assert_int_equal(below.events[i].id, i < 3 ? i : 1);
	}
}

/* Each notification interrupts it. */
static void a_kernel_is_notified_once_of_what_it_gets(void **state)
{
	(void)state;
	assert_int_equal(vsnd_pcm_start(pcm), 0);
	below.notifications = 0;
	for (unsigned i = 1; i <= 5; i++) {
		quantum(32);
		assert_int_equal(below.num_events, 2 * i);
		assert_int_equal(below.notified_events, 2 * i);
		assert_int_equal(below.notifications, i);
	}
	/* Of a whole row, too; not when there is nothing to tell. */
	quantum(2 * BUFFER);
	assert_true(below.num_events > 20);
	assert_int_equal(below.notified_events, below.num_events);
	quantum(1);
	assert_int_equal(below.notifications, 6);
	quantum(16);
	assert_int_equal(vsnd_pcm_stop(pcm), 0);
	assert_int_equal(below.notified_events, below.num_events);
}

static void a_kernel_that_starts_over_is_at_a_whole_buffer(void **state)
{
	(void)state;
	assert_int_equal(vsnd_pcm_start(pcm), 0);
	quantum(40);
	assert_int_equal(vsnd_pcm_stop(pcm), 0);
	assert_int_equal(vsnd_pcm_start(pcm), 0);
	assert_int_equal(told(below.num_events - 1), BUFFER);
	quantum(PERIOD);
	assert_int_equal(told(below.num_events - 1), BUFFER + PERIOD);
}

/* snd_pcm_drop before the start, and a WRITE that waited while a STOP was answered. */
static void a_kernel_that_fills_anew_is_heard_anew(void **state)
{
	int16_t *buffer = below.memory;

	(void)state;
	for (int16_t round = 1; round <= 3; round++) {
		buffer[0] = buffer[BUFFER] = round;
		assert_int_equal(vsnd_pcm_write(pcm, 0, BUFFER_BYTES), 0);
	}
	assert_int_equal(vsnd_pcm_start(pcm), 0);
	assert_int_equal(quantum(BUFFER / 2)[0], 3);
	assert_int_equal(vsnd_pcm_stop(pcm), 0);
	assert_int_equal(vsnd_pcm_write(pcm, BUFFER_BYTES / 2, BUFFER_BYTES / 2), 0);
	buffer[0] = 4;
	for (uint32_t at = 0; at < BUFFER_BYTES; at += BUFFER_BYTES / 4)
		assert_int_equal(vsnd_pcm_write(pcm, at, BUFFER_BYTES / 4), 0);
	assert_int_equal(vsnd_pcm_start(pcm), 0);
	assert_int_equal(quantum(16)[0], 4);
	/* It runs: what wraps goes on. */
	buffer[0] = 5;
	assert_int_equal(vsnd_pcm_write(pcm, 0, 16 * FRAME_BYTES), 0);
	assert_int_equal(quantum(BUFFER)[2 * (BUFFER - 16)], 5);
}

static void events_that_do_not_fit_are_counted(void **state)
{
	struct vsnd_pcm_stat stat;

	(void)state;
	below.full = true;
	assert_int_equal(vsnd_pcm_start(pcm), 0);
	quantum(32);
	quantum(32);
	below.full = false;
	quantum(32);
	assert_int_equal(below.num_events, 1);
	assert_int_equal(told(0), 96);
	assert_int_equal(below.events[0].id, 0); /* slots that were written */
	vsnd_pcm_stat(pcm, &stat);
	assert_int_equal(stat.lost_events, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH(each_half_period_is_told, set_up),
		WITH(where_it_stopped_is_told_to_the_frame, set_up),
		WITH(a_kernel_gets_both_numberings, set_up_kernel),
		WITH(a_kernel_is_notified_once_of_what_it_gets, set_up_kernel),
		WITH(a_kernel_that_starts_over_is_at_a_whole_buffer, set_up_kernel),
		WITH(a_kernel_that_fills_anew_is_heard_anew, set_up_kernel),
		WITH(events_that_do_not_fit_are_counted, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
