/* SPDX-License-Identifier: MIT */
/* The table of a handle's ports: states, order, and tables that a peer has scribbled over. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "xenbus/loop/hyper_table.h"

static struct loop_table table;

static int set_up(void **state)
{
	(void)state;
	memset(&table, 0, sizeof(table));
	return 0;
}

static void one_port_through_its_states(void **state)
{
	(void)state;
	assert_true(loop_table_raise(&table, 5));
	assert_false(loop_table_raise(&table, 5));
	assert_int_equal(loop_table_take(&table, 0), 5);
	assert_int_equal(loop_table_take(&table, 0), 0);
	assert_true(loop_table_mask(&table, 5));
	assert_false(loop_table_mask(&table, 5));
	assert_false(loop_table_raise(&table, 5)); /* masked: not queued */
	assert_int_equal(loop_table_take(&table, 0), 0);
	assert_true(loop_table_unmask(&table, 5));
	assert_false(loop_table_unmask(&table, 5));
	assert_int_equal(loop_table_take(&table, 0), 5);
	assert_true(loop_table_mask(&table, 5));
	assert_false(loop_table_unmask(&table, 5));
	assert_int_equal(loop_table_take(&table, 0), 0);
}

static void ports_are_taken_in_turn(void **state)
{
	static const uint32_t ports[] = {1, 63, 64, 65, 700, 4095};
	uint32_t last = 64;

	(void)state;
	for (int i = 0; i < 6; i++)
		assert_true(loop_table_raise(&table, ports[i]));
	for (int i = 0; i < 6; i++) {
		last = loop_table_take(&table, last);
		assert_int_equal(last, ports[(i + 3) % 6]);
	}
	assert_int_equal(loop_table_take(&table, last), 0);
	/* A port that is raised again and again does not starve another. */
	loop_table_raise(&table, 700);
	last = loop_table_take(&table, 0);
	for (int i = 0; i < 2; i++) {
		loop_table_reset(&table, 700);
		loop_table_raise(&table, 700);
		loop_table_queue(&table, 3);
		last = loop_table_take(&table, last);
		assert_int_equal(last, i ? 700 : 3);
	}
}

static void a_reset_port_has_nothing(void **state)
{
	(void)state;
	loop_table_raise(&table, 9);
	loop_table_reset(&table, 9);
	assert_int_equal(loop_table_take(&table, 0), 0);
	assert_true(loop_table_raise(&table, 9));
}

static void a_scribbled_table_gives_only_ports(void **state)
{
	(void)state;
	memset(&table, 0xff, sizeof(table));
	for (uint32_t i = 0, last = 0; i < 3 * LOOP_PORTS; i++) {
		last = loop_table_take(&table, last);
		assert_true(last < LOOP_PORTS);
		assert_false(loop_table_mask(&table, last));
		loop_table_unmask(&table, last);
	}
	memset(&table, 0, sizeof(table));
	table.queued_words = ~UINT64_C(0); /* words that hold nothing */
	assert_int_equal(loop_table_take(&table, 100), 0);
}

#define EVENTS 50000
#define RAISERS 3

static int pipe_ends[2];
static _Atomic uint32_t raised[RAISERS];

static void *raise_many(void *argument)
{
	uint32_t which = (uint32_t)(uintptr_t)argument;

	for (int i = 0; i < EVENTS; i++) {
		atomic_fetch_add(&raised[which], 1);
		if (loop_table_raise(&table, 60 + which * 4))
			(void)!write(pipe_ends[1], "", 1);
	}
	return NULL;
}

/* One byte for each event taken: who reads a byte finds a port, and in the end has seen all that
 * was raised. */
static void raising_and_taking_at_once_loses_nothing(void **state)
{
	pthread_t raisers[RAISERS];
	uint32_t seen[RAISERS] = {0}, left = RAISERS, last = 0;
	char byte;

	(void)state;
	assert_int_equal(pipe(pipe_ends), 0);
	for (uintptr_t i = 0; i < RAISERS; i++)
		assert_int_equal(pthread_create(&raisers[i], NULL, raise_many, (void *)i), 0);
	while (left) {
		uint32_t which;

		assert_int_equal(read(pipe_ends[0], &byte, 1), 1);
		last = loop_table_take(&table, last);
		assert_true(last >= 60);
		assert_true(loop_table_mask(&table, last));
		which = (last - 60) / 4;
		if (seen[which] < EVENTS) {
			seen[which] = atomic_load(&raised[which]);
			left -= seen[which] == EVENTS;
		}
		if (loop_table_unmask(&table, last))
			assert_int_equal(write(pipe_ends[1], "", 1), 1);
	}
	for (int i = 0; i < RAISERS; i++)
		pthread_join(raisers[i], NULL);
	close(pipe_ends[0]);
	close(pipe_ends[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(one_port_through_its_states, set_up),
		cmocka_unit_test_setup(ports_are_taken_in_turn, set_up),
		cmocka_unit_test_setup(a_reset_port_has_nothing, set_up),
		cmocka_unit_test_setup(a_scribbled_table_gives_only_ports, set_up),
		cmocka_unit_test_setup(raising_and_taking_at_once_loses_nothing, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
