# SPDX-License-Identifier: MIT
# All of these link what pvsndd links of the sound backend that knows no Xen.
vsndengine_tests = \
	tests/unit/vsnd_access_test \
	tests/unit/vsnd_alsa_test \
	tests/unit/vsnd_card_test \
	tests/unit/vsnd_chain_test \
	tests/unit/vsnd_clock_test \
	tests/unit/vsnd_clocked_test \
	tests/unit/vsnd_config_test \
	tests/unit/vsnd_counts_test \
	tests/unit/vsnd_depth_test \
	tests/unit/vsnd_directory_test \
	tests/unit/vsnd_driven_test \
	tests/unit/vsnd_engine_test \
	tests/unit/vsnd_feed_test \
	tests/unit/vsnd_fill_test \
	tests/unit/vsnd_wake_test \
	tests/unit/vsnd_format_test \
	tests/unit/vsnd_gap_test \
	tests/unit/vsnd_group_test \
	tests/unit/vsnd_heard_test \
	tests/unit/vsnd_mix_test \
	tests/unit/vsnd_places_test \
	tests/unit/vsnd_quiet_test \
	tests/unit/vsnd_rate_test \
	tests/unit/vsnd_race_test \
	tests/unit/vsnd_return_test \
	tests/unit/vsnd_steps_test \
	tests/unit/vsnd_stream_test \
	tests/unit/vsnd_sum_test \
	tests/unit/vsnd_unit_depth_test \
	tests/unit/vsnd_wav_log_test \
	tests/unit/vsnd_wav_test \
	tests/unit/vsnd_widen_test
check_PROGRAMS += $(vsndengine_tests)
TESTS += $(vsndengine_tests)
# Under callgrind, which cannot read all of clang's debugging information.
check_PROGRAMS += tests/unit/vsnd_cost
tests_unit_vsnd_cost_LDFLAGS = $(AM_LDFLAGS) -Wl,-S
tests_unit_vsnd_cost_LDADD = backend/sound/libvsndengine.la
TESTS += tests/unit/vsnd_cost_test.sh
EXTRA_DIST += tests/unit/vsnd_cost_test.sh
vsndengine_libs = backend/sound/libvsndengine.la $(CMOCKA_LIBS)

# A PCM with a clock, for vsnd_clocked_test, vsnd_driven_test, vsnd_quiet_test and e2e tests. -rpath makes a module of it.
check_LTLIBRARIES += tests/unit/pcm_clocked.la
tests_unit_pcm_clocked_la_SOURCES = tests/unit/pcm_clocked.c common/parse.c
tests_unit_pcm_clocked_la_CPPFLAGS = $(AM_CPPFLAGS) $(ALSA_CFLAGS) -DPIC
tests_unit_pcm_clocked_la_LIBADD = $(ALSA_LIBS)
tests_unit_pcm_clocked_la_LDFLAGS = $(AM_LDFLAGS) -module -avoid-version -rpath /nowhere

vsnd_alsa_card = tests/unit/vsnd_alsa_card.c tests/unit/vsnd_alsa_card.h tests/unit/vsnd_player.h
vsnd_tape = $(vsnd_alsa_card) tests/unit/vsnd_tape.c tests/unit/vsnd_tape.h
tests_unit_vsnd_access_test_SOURCES = tests/unit/vsnd_access_test.c $(vsnd_tape)
tests_unit_vsnd_access_test_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) $(ALSA_CFLAGS)
tests_unit_vsnd_access_test_LDADD = $(vsndengine_libs) $(ALSA_LIBS) -ldl

tests_unit_vsnd_alsa_test_SOURCES = tests/unit/vsnd_alsa_test.c $(vsnd_tape)
tests_unit_vsnd_alsa_test_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) $(ALSA_CFLAGS)
tests_unit_vsnd_alsa_test_LDADD = $(vsndengine_libs) $(ALSA_LIBS) -ldl

tests_unit_vsnd_driven_test_SOURCES = tests/unit/vsnd_driven_test.c $(vsnd_alsa_card)
tests_unit_vsnd_driven_test_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) $(ALSA_CFLAGS)
tests_unit_vsnd_driven_test_LDADD = $(vsndengine_libs) $(ALSA_LIBS) -ldl

tests_unit_vsnd_card_test_SOURCES = tests/unit/vsnd_card_test.c tests/unit/vsnd_player.h
tests_unit_vsnd_card_test_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_vsnd_card_test_LDADD = $(vsndengine_libs)

tests_unit_vsnd_clock_test_SOURCES = tests/unit/vsnd_clock_test.c tests/unit/vsnd_player.h
tests_unit_vsnd_clock_test_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_vsnd_clock_test_LDADD = $(vsndengine_libs)

tests_unit_vsnd_clocked_test_SOURCES = tests/unit/vsnd_clocked_test.c $(vsnd_alsa_card)
tests_unit_vsnd_clocked_test_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) $(ALSA_CFLAGS)
tests_unit_vsnd_clocked_test_LDADD = $(vsndengine_libs) $(ALSA_LIBS)

tests_unit_vsnd_format_test_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) $(ALSA_CFLAGS)
tests_unit_vsnd_format_test_LDADD = $(vsndengine_libs) $(ALSA_LIBS) -lm

tests_unit_vsnd_counts_test_SOURCES = tests/unit/vsnd_counts_test.c tests/unit/vsnd_mono.h \
	tests/unit/vsnd_player.h
tests_unit_vsnd_counts_test_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_vsnd_counts_test_LDADD = $(vsndengine_libs)

tests_unit_vsnd_heard_test_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_vsnd_heard_test_LDADD = $(vsndengine_libs)

tests_unit_vsnd_race_test_SOURCES = tests/unit/vsnd_race_test.c tests/unit/vsnd_mono.h
tests_unit_vsnd_race_test_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_vsnd_race_test_LDADD = $(vsndengine_libs)

vsnd_loose = tests/unit/vsnd_loose.c tests/unit/vsnd_loose.h tests/unit/vsnd_player.h
tests_unit_vsnd_places_test_SOURCES = tests/unit/vsnd_places_test.c $(vsnd_loose)
tests_unit_vsnd_places_test_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_vsnd_places_test_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=vsnd_directory_stamp
tests_unit_vsnd_places_test_LDADD = $(vsndengine_libs)

tests_unit_vsnd_return_test_SOURCES = tests/unit/vsnd_return_test.c $(vsnd_loose)
tests_unit_vsnd_return_test_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_vsnd_return_test_LDADD = $(vsndengine_libs)

tests_unit_vsnd_stream_test_SOURCES = tests/unit/vsnd_stream_test.c tests/unit/vsnd_mono.h
tests_unit_vsnd_stream_test_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_vsnd_stream_test_LDADD = $(vsndengine_libs)

tests_unit_vsnd_chain_test_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_vsnd_chain_test_LDADD = $(vsndengine_libs) -lm

tests_unit_vsnd_depth_test_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_vsnd_depth_test_LDADD = $(vsndengine_libs) -lm

tests_unit_vsnd_unit_depth_test_SOURCES = tests/unit/vsnd_unit_depth_test.c tests/unit/vsnd_player.h
tests_unit_vsnd_unit_depth_test_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_vsnd_unit_depth_test_LDADD = $(vsndengine_libs)

tests_unit_vsnd_wake_test_SOURCES = tests/unit/vsnd_wake_test.c backend/sound/card/wake.c backend/sound/card/wake.h
tests_unit_vsnd_wake_test_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) $(ALSA_CFLAGS)
tests_unit_vsnd_wake_test_LDADD = common/libcommon.la $(CMOCKA_LIBS)
tests_unit_vsnd_steps_test_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_vsnd_steps_test_LDADD = $(vsndengine_libs)

tests_unit_vsnd_fill_test_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_vsnd_fill_test_LDADD = $(vsndengine_libs)

tests_unit_vsnd_config_test_SOURCES = tests/unit/vsnd_config_test.c \
	tests/unit/config_fixture.c tests/unit/config_fixture.h
tests_unit_vsnd_config_test_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_vsnd_config_test_LDADD = $(vsndengine_libs)

# Its own malloc and the like are the ones that alsa-lib and libsndfile get.
tests_unit_vsnd_quiet_test_SOURCES = tests/unit/vsnd_quiet_test.c tests/unit/vsnd_player.h \
	tests/unit/quiet_calls.c tests/unit/quiet_calls.h \
	tests/unit/quiet_devices.c tests/unit/quiet_devices.h
tests_unit_vsnd_quiet_test_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) $(ALSA_CFLAGS)
tests_unit_vsnd_quiet_test_LDFLAGS = $(AM_LDFLAGS) -rdynamic
tests_unit_vsnd_quiet_test_LDADD = $(vsndengine_libs) $(ALSA_LIBS) -ldl

tests_unit_vsnd_wav_log_test_SOURCES = tests/unit/vsnd_wav_log_test.c tests/unit/vsnd_player.h
tests_unit_vsnd_wav_log_test_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_vsnd_wav_log_test_LDADD = $(vsndengine_libs)

tests_unit_vsnd_wav_test_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_vsnd_wav_test_LDADD = $(vsndengine_libs)

tests_unit_vsnd_gap_test_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_vsnd_gap_test_LDADD = $(vsndengine_libs) -lm

tests_unit_vsnd_group_test_SOURCES = tests/unit/vsnd_group_test.c tests/unit/vsnd_desk.h
tests_unit_vsnd_group_test_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_vsnd_group_test_LDADD = $(vsndengine_libs) -lm

tests_unit_vsnd_sum_test_SOURCES = tests/unit/vsnd_sum_test.c tests/unit/vsnd_desk.h
tests_unit_vsnd_sum_test_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_vsnd_sum_test_LDADD = $(vsndengine_libs) -lm

tests_unit_vsnd_mix_test_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_vsnd_mix_test_LDADD = $(vsndengine_libs) -lm

tests_unit_vsnd_rate_test_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_vsnd_rate_test_LDADD = $(vsndengine_libs) -lm

tests_unit_vsnd_feed_test_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_vsnd_feed_test_LDADD = $(vsndengine_libs) -lm

# Its own udev is the one that the directory gets.
tests_unit_vsnd_directory_test_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) $(UDEV_CFLAGS)
tests_unit_vsnd_directory_test_LDADD = $(vsndengine_libs)

tests_unit_vsnd_engine_test_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_vsnd_engine_test_LDADD = $(vsndengine_libs) -lm

tests_unit_vsnd_widen_test_SOURCES = tests/unit/vsnd_widen_test.c tests/unit/vsnd_player.h
tests_unit_vsnd_widen_test_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_vsnd_widen_test_LDADD = $(vsndengine_libs)
