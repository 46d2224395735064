# SPDX-License-Identifier: MIT
# Each test links the very sources it tests: the line says what depends on what.
common_tests = \
	tests/unit/copy_test \
	tests/unit/log_test \
	tests/unit/program_test \
	tests/unit/parse_test \
	tests/unit/pixfmt_test \
	tests/unit/ini_test \
	tests/unit/convert_test \
	tests/unit/y4m_test \
	tests/unit/ctl_test
check_PROGRAMS += $(common_tests)
TESTS += $(common_tests)

tests_unit_log_test_SOURCES = tests/unit/log_test.c common/log.c common/log_limit.c
tests_unit_log_test_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_log_test_LDADD = $(CMOCKA_LIBS)

tests_unit_program_test_SOURCES = tests/unit/program_test.c common/program.c
tests_unit_program_test_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_program_test_LDADD = $(CMOCKA_LIBS)

tests_unit_parse_test_SOURCES = tests/unit/parse_test.c common/parse.c
tests_unit_parse_test_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_parse_test_LDADD = $(CMOCKA_LIBS)

tests_unit_pixfmt_test_SOURCES = tests/unit/pixfmt_test.c common/pixfmt.c
tests_unit_pixfmt_test_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_pixfmt_test_LDADD = $(CMOCKA_LIBS)

tests_unit_ini_test_SOURCES = tests/unit/ini_test.c common/ini.c
tests_unit_ini_test_CPPFLAGS = $(AM_CPPFLAGS) $(INIH_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_ini_test_LDADD = $(INIH_LIBS) $(CMOCKA_LIBS)

tests_unit_convert_test_SOURCES = tests/unit/convert_test.c common/convert.c common/convert_steps.c \
	common/pixfmt.c
tests_unit_convert_test_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_convert_test_LDADD = $(YUV_LIBS) $(CMOCKA_LIBS) -lm

tests_unit_y4m_test_SOURCES = tests/unit/y4m_test.c common/y4m_read.c common/y4m_write.c \
	common/convert.c common/convert_steps.c common/parse.c common/pixfmt.c
tests_unit_y4m_test_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_y4m_test_LDADD = $(YUV_LIBS) $(CMOCKA_LIBS)

tests_unit_ctl_test_SOURCES = tests/unit/ctl_test.c common/ctl_client.c common/ctl_seat.c \
	common/ctl_server.c common/parse.c
tests_unit_ctl_test_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_ctl_test_LDADD = $(JANSSON_LIBS) $(EV_LIBS) $(CMOCKA_LIBS)

tests_unit_copy_test_SOURCES = tests/unit/copy_test.c common/copy.c
tests_unit_copy_test_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_copy_test_LDADD = $(CMOCKA_LIBS)
