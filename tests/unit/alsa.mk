# SPDX-License-Identifier: MIT
# The ALSA plugins without their connection: tests/unit/sound_fake.c takes the place of xenbus.
alsa_tests = tests/unit/pvsnd_pcm_test tests/unit/pvsnd_parts_test tests/unit/pvsnd_trust_test
check_PROGRAMS += $(alsa_tests)
TESTS += $(alsa_tests)

PVSND_SOURCES = \
	tests/unit/pvsnd_fixture.h tests/unit/sound_fake.c tests/unit/sound_fake.h \
	tests/unit/front_fake.c tests/unit/front_fake.h \
	frontend/sound/card.c frontend/sound/format.c frontend/sound/limits.c \
	frontend/sound/options.c frontend/sound/pcm.c frontend/sound/pcm_callbacks.c \
	frontend/sound/pcm_copy.c frontend/sound/pcm_state.c frontend/sound/wire.c common/parse.c
tests_unit_pvsnd_pcm_test_SOURCES = tests/unit/pvsnd_pcm_test.c $(PVSND_SOURCES)
tests_unit_pvsnd_pcm_test_CPPFLAGS = $(AM_CPPFLAGS) $(ALSA_CFLAGS) $(XENSTORE_CFLAGS) \
	$(XENGNTTAB_CFLAGS) $(CMOCKA_CFLAGS) -DPIC
tests_unit_pvsnd_pcm_test_LDADD = $(ALSA_LIBS) $(CMOCKA_LIBS)

tests_unit_pvsnd_trust_test_SOURCES = tests/unit/pvsnd_trust_test.c $(PVSND_SOURCES)
tests_unit_pvsnd_trust_test_CPPFLAGS = $(tests_unit_pvsnd_pcm_test_CPPFLAGS)
tests_unit_pvsnd_trust_test_LDADD = $(ALSA_LIBS) $(CMOCKA_LIBS)

tests_unit_pvsnd_parts_test_SOURCES = \
	tests/unit/pvsnd_parts_test.c tests/unit/sound_fake.c tests/unit/sound_fake.h \
	tests/unit/front_fake.c tests/unit/front_fake.h \
	frontend/sound/card.c frontend/sound/format.c frontend/sound/levels.c \
	frontend/sound/limits.c common/parse.c
tests_unit_pvsnd_parts_test_CPPFLAGS = $(tests_unit_pvsnd_pcm_test_CPPFLAGS)
tests_unit_pvsnd_parts_test_LDADD = $(ALSA_LIBS) $(CMOCKA_LIBS)
