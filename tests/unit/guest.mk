# SPDX-License-Identifier: MIT
# What of pvsndd answers a guest, without Xen: each test plays what lies below.
vsndguest_tests = \
	tests/unit/vsnd_levels_test \
	tests/unit/vsnd_offer_test \
	tests/unit/vsnd_pcm_events_test \
	tests/unit/vsnd_pcm_test
check_PROGRAMS += $(vsndguest_tests)
TESTS += $(vsndguest_tests)
vsndguest_cppflags = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) $(XENSTORE_CFLAGS) $(XENGNTTAB_CFLAGS) \
	$(XENEVTCHN_CFLAGS)

tests_unit_vsnd_levels_test_SOURCES = tests/unit/vsnd_levels_test.c backend/sound/levels.c \
	common/parse.c
tests_unit_vsnd_levels_test_CPPFLAGS = $(vsndguest_cppflags)
tests_unit_vsnd_levels_test_LDADD = $(CMOCKA_LIBS) -lm

tests_unit_vsnd_offer_test_SOURCES = tests/unit/vsnd_offer_test.c \
	backend/sound/engine/format.c backend/sound/offer.c common/parse.c xenbus/back_wishes.c \
	tests/fuzz/store_double.c tests/fuzz/store_double.h
tests_unit_vsnd_offer_test_CPPFLAGS = $(vsndguest_cppflags)
tests_unit_vsnd_offer_test_LDADD = $(CMOCKA_LIBS) -lm

VSND_PCM_SOURCES = tests/unit/pcm_fixture.c tests/unit/pcm_fixture.h \
	backend/sound/engine/format.c backend/sound/levels.c backend/sound/offer.c backend/sound/ops.c \
	backend/sound/pcm.c backend/sound/pcm_events.c backend/sound/engine/stream.c \
	backend/sound/engine/delays.c backend/sound/engine/gap.c backend/sound/engine/mix.c \
	backend/sound/engine/stream_counts.c backend/sound/engine/stream_fade.c backend/wire_status.c common/parse.c \
	xenbus/back_wishes.c tests/fuzz/store_double.c tests/fuzz/store_double.h
tests_unit_vsnd_pcm_test_SOURCES = tests/unit/vsnd_pcm_test.c $(VSND_PCM_SOURCES)
tests_unit_vsnd_pcm_test_CPPFLAGS = $(vsndguest_cppflags)
tests_unit_vsnd_pcm_test_LDADD = $(CMOCKA_LIBS) -lm
tests_unit_vsnd_pcm_events_test_SOURCES = tests/unit/vsnd_pcm_events_test.c $(VSND_PCM_SOURCES)
tests_unit_vsnd_pcm_events_test_CPPFLAGS = $(vsndguest_cppflags)
tests_unit_vsnd_pcm_events_test_LDADD = $(CMOCKA_LIBS) -lm
