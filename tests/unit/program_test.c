/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/program.h"
#include "config.h"

static void print_version(void)
{
	pv_program_version("prog");
}

static void complain_of_usage(void)
{
	pv_program_usage("prog", "unknown option %s", "-q");
}

static void fail_with_errno(void)
{
	errno = ENOENT;
	pv_program_fail("prog", "cannot open %s: %m", "/a");
}

/* Runs end() in a child: what it wrote to fd must be text, and its exit status. */
static void assert_ends(void (*end)(void), int fd, int status, const char *text)
{
	int file = memfd_create("output", MFD_CLOEXEC), result;
	char got[256] = "";
	pid_t child;

	fflush(stdout);
	child = fork();
	assert_true(child >= 0);
	if (!child) {
		dup2(file, fd);
		end();
	}
	assert_int_equal(waitpid(child, &result, 0), child);
	assert_true(WIFEXITED(result));
	assert_int_equal(WEXITSTATUS(result), status);
	assert_true(pread(file, got, sizeof(got) - 1, 0) >= 0);
	assert_string_equal(got, text);
	close(file);
}

static void programs_end_with_status_and_line(void **state)
{
	(void)state;
	assert_ends(
		print_version, STDOUT_FILENO, PV_EXIT_DONE, "prog (pvmedia) " PACKAGE_VERSION "\n");
	assert_ends(complain_of_usage, STDERR_FILENO, PV_EXIT_USAGE,
		"prog: unknown option -q (see prog --help)\n");
	assert_ends(fail_with_errno, STDERR_FILENO, PV_EXIT_FAILED,
		"prog: cannot open /a: No such file or directory\n");
}

static void version_to_a_full_disk(void)
{
	dup2(open("/dev/full", O_WRONLY | O_CLOEXEC), STDOUT_FILENO);
	pv_program_version("prog");
}

static void version_that_cannot_be_written_fails(void **state)
{
	(void)state;
	assert_ends(version_to_a_full_disk, STDERR_FILENO, PV_EXIT_FAILED,
		"prog: cannot write to standard output: No space left on device\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(programs_end_with_status_and_line),
		cmocka_unit_test(version_that_cannot_be_written_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
