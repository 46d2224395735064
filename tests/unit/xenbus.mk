# SPDX-License-Identifier: MIT
xenbus_tests = \
	tests/unit/state_test \
	tests/unit/reqring_test \
	tests/unit/evtpage_test
check_PROGRAMS += $(xenbus_tests)
TESTS += $(xenbus_tests)

tests_unit_state_test_SOURCES = tests/unit/state_test.c xenbus/state.c
tests_unit_state_test_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_state_test_LDADD = $(CMOCKA_LIBS)

tests_unit_reqring_test_SOURCES = tests/unit/reqring_test.c xenbus/reqring.c
tests_unit_reqring_test_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_reqring_test_LDADD = $(CMOCKA_LIBS)

tests_unit_evtpage_test_SOURCES = tests/unit/evtpage_test.c xenbus/evtpage.c
tests_unit_evtpage_test_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_evtpage_test_LDADD = $(CMOCKA_LIBS)
