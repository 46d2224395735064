# SPDX-License-Identifier: MIT
# The programs nodes, watches, txns, guest and dom0 run on Xen as they are; wire, domains and leaks need
# xenloop. The scripts run them on xenloop, each with a server of its own.
check_PROGRAMS += \
	tests/contract/store_nodes \
	tests/contract/store_watches \
	tests/contract/store_txns \
	tests/contract/store_guest \
	tests/contract/store_dom0 \
	tests/contract/store_wire \
	tests/contract/store_domains \
	tests/contract/store_leaks
store_test_sources = tests/contract/store_test.c tests/contract/store_test.h
tests_contract_store_nodes_SOURCES = tests/contract/store_nodes.c $(store_test_sources)
tests_contract_store_nodes_LDADD = $(XENSTORE_LIBS) $(CMOCKA_LIBS)
tests_contract_store_watches_SOURCES = tests/contract/store_watches.c $(store_test_sources)
tests_contract_store_watches_LDADD = $(XENSTORE_LIBS) $(CMOCKA_LIBS)
tests_contract_store_txns_SOURCES = tests/contract/store_txns.c $(store_test_sources)
tests_contract_store_txns_LDADD = $(XENSTORE_LIBS) $(CMOCKA_LIBS)
tests_contract_store_guest_SOURCES = tests/contract/store_guest.c $(store_test_sources)
tests_contract_store_guest_LDADD = $(XENSTORE_LIBS) $(CMOCKA_LIBS)
tests_contract_store_dom0_SOURCES = tests/contract/store_dom0.c $(store_test_sources)
tests_contract_store_dom0_LDADD = $(XENSTORE_LIBS) $(CMOCKA_LIBS)
tests_contract_store_wire_SOURCES = tests/contract/store_wire.c $(store_test_sources)
tests_contract_store_wire_LDADD = $(XENSTORE_LIBS) $(CMOCKA_LIBS)
tests_contract_store_domains_SOURCES = tests/contract/store_domains.c $(store_test_sources)
tests_contract_store_domains_LDADD = $(XENSTORE_LIBS) $(CMOCKA_LIBS)
tests_contract_store_leaks_SOURCES = tests/contract/store_leaks.c $(store_test_sources)
tests_contract_store_leaks_LDADD = $(XENSTORE_LIBS) $(CMOCKA_LIBS)
store_contract_scripts = \
	tests/contract/store_guest.sh tests/contract/store_dom0.sh tests/contract/store_wire.sh \
	tests/contract/store_tools.sh tests/contract/server.sh
TESTS += $(store_contract_scripts)
EXTRA_DIST += tests/contract/run $(store_contract_scripts)
include tests/contract/hyper.mk
