# SPDX-License-Identifier: MIT
# All of these link what pvcamd links of the camera backend that knows no Xen.
vcamsource_tests = \
	tests/unit/vcam_config_test \
	tests/unit/vcam_file_test \
	tests/unit/vcam_kinds_test \
	tests/unit/vcam_pace_test \
	tests/unit/vcam_pattern_test \
	tests/unit/vcam_pool_test \
	tests/unit/vcam_source_test \
	tests/unit/vcam_v4l2_jpeg_test \
	tests/unit/vcam_v4l2_mode_test \
	tests/unit/vcam_v4l2_test
check_PROGRAMS += $(vcamsource_tests)
TESTS += $(vcamsource_tests)
vcamsource_libs = backend/camera/libvcamsource.la $(CMOCKA_LIBS)

tests_unit_vcam_config_test_SOURCES = tests/unit/vcam_config_test.c \
	tests/unit/config_fixture.c tests/unit/config_fixture.h
tests_unit_vcam_config_test_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_vcam_config_test_LDADD = $(vcamsource_libs)

tests_unit_vcam_file_test_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_vcam_file_test_LDADD = $(vcamsource_libs)

tests_unit_vcam_pace_test_SOURCES = tests/unit/vcam_pace_test.c tests/unit/vcam_listener.h
tests_unit_vcam_pace_test_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_vcam_pace_test_LDADD = $(vcamsource_libs)

tests_unit_vcam_pattern_test_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_vcam_pattern_test_LDADD = $(vcamsource_libs)

tests_unit_vcam_pool_test_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_vcam_pool_test_LDADD = $(vcamsource_libs)

tests_unit_vcam_source_test_SOURCES = tests/unit/vcam_source_test.c tests/unit/vcam_listener.h
tests_unit_vcam_source_test_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_vcam_source_test_LDADD = $(vcamsource_libs)

# v4l2_fake.c takes the place of libv4l2.
v4l2_fake = tests/unit/v4l2_fake.c tests/unit/v4l2_fake.h tests/unit/v4l2_fake_internal.h \
	tests/unit/v4l2_fake_requests.c tests/unit/vcam_listener.h

tests_unit_vcam_kinds_test_SOURCES = tests/unit/vcam_kinds_test.c $(v4l2_fake)
tests_unit_vcam_kinds_test_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_vcam_kinds_test_LDADD = $(vcamsource_libs)

tests_unit_vcam_v4l2_jpeg_test_SOURCES = tests/unit/vcam_v4l2_jpeg_test.c tests/unit/vcam_v4l2.h $(v4l2_fake)
tests_unit_vcam_v4l2_jpeg_test_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_vcam_v4l2_jpeg_test_LDADD = $(vcamsource_libs) $(JPEG_LIBS)

tests_unit_vcam_v4l2_mode_test_SOURCES = tests/unit/vcam_v4l2_mode_test.c $(v4l2_fake)
tests_unit_vcam_v4l2_mode_test_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_vcam_v4l2_mode_test_LDADD = $(vcamsource_libs)

tests_unit_vcam_v4l2_test_SOURCES = tests/unit/vcam_v4l2_test.c tests/unit/vcam_v4l2.h $(v4l2_fake)
tests_unit_vcam_v4l2_test_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_vcam_v4l2_test_LDADD = $(vcamsource_libs)
