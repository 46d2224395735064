# SPDX-License-Identifier: MIT
# All of these link what pvsndd links of the sound backend that knows no Xen.
vsndengine_tests = \
	tests/unit/vsnd_clock_test \
	tests/unit/vsnd_format_test \
	tests/unit/vsnd_stream_test
check_PROGRAMS += $(vsndengine_tests)
TESTS += $(vsndengine_tests)
vsndengine_libs = backend/sound/libvsndengine.la $(CMOCKA_LIBS)

tests_unit_vsnd_clock_test_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_vsnd_clock_test_LDADD = $(vsndengine_libs)

tests_unit_vsnd_format_test_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) $(ALSA_CFLAGS)
tests_unit_vsnd_format_test_LDADD = $(vsndengine_libs) $(ALSA_LIBS) -lm

tests_unit_vsnd_stream_test_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_vsnd_stream_test_LDADD = $(vsndengine_libs)
