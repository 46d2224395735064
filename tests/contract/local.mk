# SPDX-License-Identifier: MIT
# The programs run on Xen as they are; on xenloop the scripts run them, each with a server of its own.
STORE_CONTRACT = tests/contract/store_nodes tests/contract/store_watches tests/contract/store_txns \
	tests/contract/store_guest tests/contract/store_dom0
check_PROGRAMS += $(STORE_CONTRACT)
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
store_contract_scripts = tests/contract/store-as-guest tests/contract/store-as-dom0
TESTS += $(store_contract_scripts)
EXTRA_DIST += tests/contract/run $(store_contract_scripts)
include tests/contract/hyper.mk
