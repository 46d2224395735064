# SPDX-License-Identifier: MIT
# Grants and event channels. The programs run on Xen, too; here hyper_test.sh runs them on xenloop.
hyper_contract_tests = \
	tests/contract/gntshr_test tests/contract/gnttab_test tests/contract/gntcopy_test \
	tests/contract/evtchn_test tests/contract/event_test tests/contract/notify_test \
	tests/contract/vchan_test tests/contract/death_test
check_PROGRAMS += $(hyper_contract_tests)
dist_check_SCRIPTS = tests/contract/hyper_test.sh
TESTS += tests/contract/hyper_test.sh

CONTRACT_SOURCES = tests/contract/contract.c tests/contract/contract.h
CONTRACT_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) $(XENSTORE_CFLAGS) $(XENGNTTAB_CFLAGS) $(XENEVTCHN_CFLAGS)
CONTRACT_LIBS = $(CMOCKA_LIBS) $(XENSTORE_LIBS) $(XENGNTTAB_LIBS) $(XENEVTCHN_LIBS)

tests_contract_gntshr_test_SOURCES = tests/contract/gntshr_test.c $(CONTRACT_SOURCES)
tests_contract_gntshr_test_CPPFLAGS = $(CONTRACT_CPPFLAGS)
tests_contract_gntshr_test_LDADD = $(CONTRACT_LIBS)
tests_contract_gnttab_test_SOURCES = tests/contract/gnttab_test.c $(CONTRACT_SOURCES)
tests_contract_gnttab_test_CPPFLAGS = $(CONTRACT_CPPFLAGS)
tests_contract_gnttab_test_LDADD = $(CONTRACT_LIBS) -lxentoolcore
tests_contract_gntcopy_test_SOURCES = tests/contract/gntcopy_test.c $(CONTRACT_SOURCES)
tests_contract_gntcopy_test_CPPFLAGS = $(CONTRACT_CPPFLAGS)
tests_contract_gntcopy_test_LDADD = $(CONTRACT_LIBS)
tests_contract_evtchn_test_SOURCES = tests/contract/evtchn_test.c $(CONTRACT_SOURCES)
tests_contract_evtchn_test_CPPFLAGS = $(CONTRACT_CPPFLAGS)
tests_contract_evtchn_test_LDADD = $(CONTRACT_LIBS)
tests_contract_event_test_SOURCES = tests/contract/event_test.c $(CONTRACT_SOURCES)
tests_contract_event_test_CPPFLAGS = $(CONTRACT_CPPFLAGS)
tests_contract_event_test_LDADD = $(CONTRACT_LIBS)
tests_contract_notify_test_SOURCES = tests/contract/notify_test.c $(CONTRACT_SOURCES)
tests_contract_notify_test_CPPFLAGS = $(CONTRACT_CPPFLAGS)
tests_contract_notify_test_LDADD = $(CONTRACT_LIBS)
tests_contract_vchan_test_SOURCES = tests/contract/vchan_test.c $(CONTRACT_SOURCES)
tests_contract_vchan_test_CPPFLAGS = $(CONTRACT_CPPFLAGS) $(XENVCHAN_CFLAGS)
tests_contract_vchan_test_LDADD = $(CONTRACT_LIBS) $(XENVCHAN_LIBS)
tests_contract_death_test_SOURCES = tests/contract/death_test.c $(CONTRACT_SOURCES)
tests_contract_death_test_CPPFLAGS = $(CONTRACT_CPPFLAGS)
tests_contract_death_test_LDADD = $(CONTRACT_LIBS)
