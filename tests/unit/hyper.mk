# SPDX-License-Identifier: MIT
# xenloop's grants and event channels, without a server around them.
hyper_tests = tests/unit/hyper_test tests/unit/hyper_hostile_test tests/unit/hyper_client_test \
	tests/unit/hyper_table_test
check_PROGRAMS += $(hyper_tests)
TESTS += $(hyper_tests)

HYPER_FIXTURE = tests/unit/hyper_fixture.c tests/unit/hyper_fixture.h
HYPER_SOURCES = \
	xenbus/loop/hyper.c xenbus/loop/hyper_message.c xenbus/loop/hyper_share.c xenbus/loop/hyper_map.c \
	xenbus/loop/hyper_handle.c xenbus/loop/hyper_port.c xenbus/loop/hyper_table.c
tests_unit_hyper_test_SOURCES = tests/unit/hyper_test.c $(HYPER_FIXTURE) $(HYPER_SOURCES)
tests_unit_hyper_test_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_hyper_test_LDADD = $(EV_LIBS) $(CMOCKA_LIBS)
tests_unit_hyper_hostile_test_SOURCES = tests/unit/hyper_hostile_test.c $(HYPER_FIXTURE) $(HYPER_SOURCES)
tests_unit_hyper_hostile_test_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_hyper_hostile_test_LDADD = $(EV_LIBS) $(CMOCKA_LIBS)

tests_unit_hyper_client_test_SOURCES = tests/unit/hyper_client_test.c $(HYPER_SOURCES) \
	xenbus/loop/client.c xenbus/loop/gnt.c xenbus/loop/gntshr.c xenbus/loop/gnttab.c \
	xenbus/loop/gntcopy.c xenbus/loop/evtchn.c
tests_unit_hyper_client_test_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_hyper_client_test_LDADD = $(EV_LIBS) $(CMOCKA_LIBS) -lxentoolcore -lxentoollog

tests_unit_hyper_table_test_SOURCES = tests/unit/hyper_table_test.c xenbus/loop/hyper_table.c
tests_unit_hyper_table_test_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_hyper_table_test_LDADD = $(CMOCKA_LIBS)
