/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/log.h"
#include "common/log_limit.h"

struct capture {
	int fd;
	int saved;
	char text[8192];
};

static void begin_capture(struct capture *capture)
{
	memset(capture, 0, sizeof(*capture));
	capture->fd = memfd_create("stderr", MFD_CLOEXEC);
	capture->saved = dup(STDERR_FILENO);
	assert_true(capture->fd >= 0 && capture->saved >= 0);
	dup2(capture->fd, STDERR_FILENO);
}

static void end_capture(struct capture *capture)
{
	dup2(capture->saved, STDERR_FILENO);
	close(capture->saved);
	assert_true(pread(capture->fd, capture->text, sizeof(capture->text) - 1, 0) >= 0);
	close(capture->fd);
}

static void lines_say_program_and_level(void **state)
{
	struct capture capture;

	(void)state;
	unsetenv("JOURNAL_STREAM");
	begin_capture(&capture);
	pv_log_init("prog", PV_LOG_WARNING);
	errno = ENOENT;
	pv_error("%s: %m", "x");
	assert_int_equal(errno, ENOENT);
	pv_warning("w");
	pv_info("hidden");
	pv_debug("hidden");
	end_capture(&capture);
	assert_string_equal(
		capture.text, "prog: error: x: No such file or directory\nprog: warning: w\n");
}

static void a_message_stays_one_line(void **state)
{
	struct capture capture;
	char big[5000];

	(void)state;
	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	begin_capture(&capture);
	pv_log_init("prog", PV_LOG_DEBUG);
	pv_debug("a\nprog: error: \033[31mforged\r\x7f");
	pv_info("%s", big);
	end_capture(&capture);
	assert_memory_equal(
		capture.text, "prog: debug: a?prog: error: ?[31mforged??\nprog: info: x", 55);
	assert_int_equal(strchr(capture.text, '\n') - capture.text, 42 - 1);
	assert_int_equal(capture.text[strlen(capture.text) - 1], '\n');
	assert_true(strlen(capture.text) > 2000 && strlen(capture.text) < 2200);
}

static void the_journal_gets_priorities(void **state)
{
	struct capture capture;
	char stream[64];
	struct stat st;

	(void)state;
	begin_capture(&capture);
	assert_int_equal(fstat(STDERR_FILENO, &st), 0);
	snprintf(stream, sizeof(stream), "%llu:%llu", (unsigned long long)st.st_dev,
		(unsigned long long)st.st_ino);
	setenv("JOURNAL_STREAM", stream, 1);
	pv_log_init("prog", PV_LOG_DEBUG);
	pv_error("e");
	pv_warning("w");
	pv_info("i");
	pv_debug("d");
	setenv("JOURNAL_STREAM", "1:1", 1);
	pv_log_init("prog", PV_LOG_INFO);
	pv_info("elsewhere");
	end_capture(&capture);
	unsetenv("JOURNAL_STREAM");
	assert_string_equal(capture.text, "<3>e\n<4>w\n<6>i\n<7>d\nprog: info: elsewhere\n");
}

static void what_is_too_much_is_counted(void **state)
{
	struct pv_log_limit limit = {0};
	uint64_t now_ns = 1000;
	unsigned left_out = 77;

	(void)state;
	for (unsigned round = 0; round < 3; round++) {
		for (unsigned i = 0; i < PV_LOG_LIMIT_LINES; i++) {
			assert_true(pv_log_limit_allows(&limit, now_ns + i, &left_out));
			assert_int_equal(left_out, i == 0 && round > 0 ? 1000 : 0);
		}
		for (unsigned i = 0; i < 999; i++)
			assert_false(pv_log_limit_allows(&limit, now_ns + 100 + i, &left_out));
		now_ns += PV_LOG_LIMIT_NS;
		assert_false(pv_log_limit_allows(&limit, now_ns - 1, &left_out));
		assert_int_equal(left_out, 0);
	}
}

static void few_lines_are_never_too_much(void **state)
{
	struct pv_log_limit limit = {0};
	unsigned left_out;

	(void)state;
	for (uint64_t i = 1; i < 200; i++) {
		assert_true(pv_log_limit_allows(
			&limit, i * PV_LOG_LIMIT_NS / (PV_LOG_LIMIT_LINES - 1), &left_out));
		assert_int_equal(left_out, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_say_program_and_level),
		cmocka_unit_test(a_message_stays_one_line),
		cmocka_unit_test(the_journal_gets_priorities),
		cmocka_unit_test(what_is_too_much_is_counted),
		cmocka_unit_test(few_lines_are_never_too_much),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
