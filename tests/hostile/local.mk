# SPDX-License-Identifier: MIT
# Frontends that misbehave, on Xen's libraries alone; tests/hostile/run plays the rest of the world.
hostile_tests = \
	tests/hostile/death_test \
	tests/hostile/grants_test \
	tests/hostile/ops_test \
	tests/hostile/ring_test \
	tests/hostile/store_test \
	tests/hostile/storm_test
check_PROGRAMS += $(hostile_tests)
hostile_scripts = \
	tests/hostile/death.sh \
	tests/hostile/grants.sh \
	tests/hostile/ops.sh \
	tests/hostile/ring.sh \
	tests/hostile/store.sh \
	tests/hostile/storm.sh
TESTS += $(hostile_scripts)
EXTRA_DIST += $(hostile_scripts) tests/hostile/run

HOSTILE_SOURCES = tests/hostile/raw.c tests/hostile/raw.h \
	tests/hostile/raw_camera.c tests/hostile/raw_camera.h
HOSTILE_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) $(XENSTORE_CFLAGS) $(XENGNTTAB_CFLAGS) $(XENEVTCHN_CFLAGS)
HOSTILE_LIBS = $(CMOCKA_LIBS) $(XENSTORE_LIBS) $(XENGNTTAB_LIBS) $(XENEVTCHN_LIBS)

tests_hostile_death_test_SOURCES = tests/hostile/death_test.c $(HOSTILE_SOURCES)
tests_hostile_death_test_CPPFLAGS = $(HOSTILE_CPPFLAGS)
tests_hostile_death_test_LDADD = $(HOSTILE_LIBS)
tests_hostile_grants_test_SOURCES = tests/hostile/grants_test.c $(HOSTILE_SOURCES)
tests_hostile_grants_test_CPPFLAGS = $(HOSTILE_CPPFLAGS)
tests_hostile_grants_test_LDADD = $(HOSTILE_LIBS)
tests_hostile_ops_test_SOURCES = tests/hostile/ops_test.c $(HOSTILE_SOURCES)
tests_hostile_ops_test_CPPFLAGS = $(HOSTILE_CPPFLAGS)
tests_hostile_ops_test_LDADD = $(HOSTILE_LIBS)
tests_hostile_ring_test_SOURCES = tests/hostile/ring_test.c $(HOSTILE_SOURCES)
tests_hostile_ring_test_CPPFLAGS = $(HOSTILE_CPPFLAGS)
tests_hostile_ring_test_LDADD = $(HOSTILE_LIBS)
tests_hostile_store_test_SOURCES = tests/hostile/store_test.c $(HOSTILE_SOURCES)
tests_hostile_store_test_CPPFLAGS = $(HOSTILE_CPPFLAGS)
tests_hostile_store_test_LDADD = $(HOSTILE_LIBS)
tests_hostile_storm_test_SOURCES = tests/hostile/storm_test.c $(HOSTILE_SOURCES)
tests_hostile_storm_test_CPPFLAGS = $(HOSTILE_CPPFLAGS)
tests_hostile_storm_test_LDADD = $(HOSTILE_LIBS)
include tests/hostile/snd.mk
