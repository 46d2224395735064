# SPDX-License-Identifier: MIT
sound_tests = \
	tests/e2e/snd_eight.sh \
	tests/e2e/snd_mixed.sh \
	tests/e2e/sound_card.sh \
	tests/e2e/sound_counts.sh \
	tests/e2e/sound_depth.sh \
	tests/e2e/sound_exact.sh \
	tests/e2e/sound_kill.sh \
	tests/e2e/sound_leak.sh \
	tests/e2e/sound_levels.sh \
	tests/e2e/sound_mix.sh \
	tests/e2e/sound_places.sh tests/e2e/sound_policy.sh \
	tests/e2e/sound_priority.sh \
	tests/e2e/sound_ramp.sh
check_PROGRAMS += tests/e2e/sound_client tests/e2e/sound_timers tests/e2e/sound_tool
TESTS += $(sound_tests)
EXTRA_DIST += tests/e2e/sound_lib.sh $(sound_tests)
tests_e2e_sound_client_SOURCES = tests/e2e/sound_client.c
tests_e2e_sound_client_CPPFLAGS = $(AM_CPPFLAGS) $(ALSA_CFLAGS)
tests_e2e_sound_client_LDADD = $(ALSA_LIBS)
tests_e2e_sound_timers_SOURCES = tests/e2e/sound_timers.c
tests_e2e_sound_tool_SOURCES = tests/e2e/sound_tool.c
tests_e2e_sound_tool_CPPFLAGS = $(AM_CPPFLAGS) $(SNDFILE_CFLAGS)
tests_e2e_sound_tool_LDADD = $(SNDFILE_LIBS) -lm
