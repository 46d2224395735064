# SPDX-License-Identifier: MIT
check_PROGRAMS += tests/unit/ctl_words_test
TESTS += tests/unit/ctl_words_test

tests_unit_ctl_words_test_SOURCES = tests/unit/ctl_words_test.c \
	backend/ctl/words.c backend/ctl/words_internal.c backend/ctl/words_sound.c \
	backend/sound/engine/format.c common/parse.c common/pixfmt.c
tests_unit_ctl_words_test_CPPFLAGS = $(AM_CPPFLAGS) $(XENSTORE_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_ctl_words_test_LDADD = $(CMOCKA_LIBS) -lm
