/* SPDX-License-Identifier: MIT */
/* Who has a device open: other processes, as they really are. */
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "frontend/camera/readers.h"

static char path[] = "pvcam_readers_test.XXXXXX";
static struct pvcam_readers *readers;

static int set_up(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	if (fd < 0 || pvcam_readers_create(path, &readers) < 0)
		return -1;
	close(fd);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	pvcam_readers_destroy(readers);
	unlink(path);
	snprintf(path, sizeof(path), "pvcam_readers_test.XXXXXX");
	return 0;
}

/* A process that has it open num times. */
static pid_t begin_to_read(unsigned num)
{
	int ready[2];
	char byte;
	pid_t pid;

	assert_int_equal(pipe(ready), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		for (unsigned i = 0; i < num; i++)
			if (open(path, O_RDONLY) < 0)
				_exit(1);
		if (write(ready[1], "", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	return pid;
}

static void end_to_read(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static unsigned count(void)
{
	unsigned count;

	assert_int_equal(pvcam_readers_count(readers, &count), 0);
	return count;
}

static bool is_told(void)
{
	struct pollfd pfd = {.fd = pvcam_readers_fd(readers), .events = POLLIN};
	bool told = poll(&pfd, 1, 0) == 1;

	pvcam_readers_drain(readers);
	return told;
}

static void own_descriptors_do_not_count(void **state)
{
	int fd;

	(void)state;
	assert_int_equal(count(), 0);
	fd = open(path, O_RDWR);
	assert_true(fd >= 0);
	assert_int_equal(count(), 0);
	close(fd);
}

static void others_count_and_are_told(void **state)
{
	pid_t one, two;

	(void)state;
	pvcam_readers_drain(readers);
	assert_false(is_told());
	one = begin_to_read(1);
	assert_true(is_told());
	assert_int_equal(count(), 1);
	two = begin_to_read(2);
	assert_int_equal(count(), 3);
	end_to_read(one);
	assert_true(is_told());
	assert_int_equal(count(), 2);
	end_to_read(two);
	assert_int_equal(count(), 0);
}

/* Nobody looks at the events for a while, so that they become one. */
static void merged_events_count_right(void **state)
{
	pid_t pids[5];

	(void)state;
	for (unsigned i = 0; i < 5; i++)
		pids[i] = begin_to_read(1);
	end_to_read(pids[0]);
	end_to_read(pids[1]);
	pvcam_readers_drain(readers);
	assert_int_equal(count(), 3);
	for (unsigned i = 2; i < 5; i++)
		end_to_read(pids[i]);
	assert_true(is_told());
	assert_int_equal(count(), 0);
}

static void links_to_it_count(void **state)
{
	char other[sizeof(path) + 5];
	char saved[sizeof(path)];
	pid_t pid;

	(void)state;
	snprintf(other, sizeof(other), "%s.lnk", path);
	assert_int_equal(link(path, other), 0);
	snprintf(saved, sizeof(saved), "%s", path);
	unlink(path);
	assert_int_equal(rename(other, saved), 0);
	pid = begin_to_read(1);
	assert_int_equal(count(), 1);
	end_to_read(pid);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(own_descriptors_do_not_count, set_up, tear_down),
		cmocka_unit_test_setup_teardown(others_count_and_are_told, set_up, tear_down),
		cmocka_unit_test_setup_teardown(merged_events_count_right, set_up, tear_down),
		cmocka_unit_test_setup_teardown(links_to_it_count, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
