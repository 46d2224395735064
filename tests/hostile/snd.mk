# SPDX-License-Identifier: MIT
# Sound frontends on Xen's libraries alone: a model of Linux's, and one that misbehaves.
snd_tests = \
	tests/hostile/snd_deny_test \
	tests/hostile/snd_linux_test \
	tests/hostile/snd_ops_test
check_PROGRAMS += $(snd_tests) tests/hostile/snd_flood tests/hostile/snd_play tests/hostile/snd_rates
snd_scripts = \
	tests/hostile/snd_budget.sh \
	tests/hostile/snd_deny.sh \
	tests/hostile/snd_flood.sh \
	tests/hostile/snd_linux.sh \
	tests/hostile/snd_ops.sh \
	tests/hostile/snd_rates.sh
TESTS += $(snd_scripts)
EXTRA_DIST += $(snd_scripts)

SND_SOURCES = tests/hostile/snd.c tests/hostile/snd.h tests/hostile/raw.c tests/hostile/raw.h
tests_hostile_snd_deny_test_SOURCES = tests/hostile/snd_deny_test.c $(SND_SOURCES)
tests_hostile_snd_deny_test_CPPFLAGS = $(HOSTILE_CPPFLAGS)
tests_hostile_snd_deny_test_LDADD = $(HOSTILE_LIBS)
tests_hostile_snd_linux_test_SOURCES = tests/hostile/snd_linux_test.c $(SND_SOURCES)
tests_hostile_snd_linux_test_CPPFLAGS = $(HOSTILE_CPPFLAGS)
tests_hostile_snd_linux_test_LDADD = $(HOSTILE_LIBS)
tests_hostile_snd_ops_test_SOURCES = tests/hostile/snd_ops_test.c $(SND_SOURCES)
tests_hostile_snd_ops_test_CPPFLAGS = $(HOSTILE_CPPFLAGS)
tests_hostile_snd_ops_test_LDADD = $(HOSTILE_LIBS)
tests_hostile_snd_flood_SOURCES = tests/hostile/snd_flood.c $(SND_SOURCES)
tests_hostile_snd_flood_CPPFLAGS = $(HOSTILE_CPPFLAGS)
tests_hostile_snd_flood_LDADD = $(HOSTILE_LIBS)
tests_hostile_snd_play_SOURCES = tests/hostile/snd_play.c $(SND_SOURCES)
tests_hostile_snd_play_CPPFLAGS = $(HOSTILE_CPPFLAGS)
tests_hostile_snd_play_LDADD = $(HOSTILE_LIBS)
tests_hostile_snd_rates_SOURCES = tests/hostile/snd_rates.c $(SND_SOURCES)
tests_hostile_snd_rates_CPPFLAGS = $(HOSTILE_CPPFLAGS)
tests_hostile_snd_rates_LDADD = $(HOSTILE_LIBS)
