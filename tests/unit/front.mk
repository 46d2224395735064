# SPDX-License-Identifier: MIT
# libpvcam without its connection: tests/unit/camera_fake.c takes the place of xenbus.
front_tests = tests/unit/pvcam_stream_test tests/unit/pvcam_trust_test \
	tests/unit/pvcam_layout_test tests/unit/pvcam_tool_test
check_PROGRAMS += $(front_tests)
TESTS += $(front_tests)

PVCAM_SOURCES = \
	tests/unit/pvcam_fixture.h tests/unit/camera_fake.c tests/unit/camera_fake.h \
	tests/unit/front_fake.c tests/unit/front_fake.h \
	frontend/camera/camera.c frontend/camera/control.c frontend/camera/list.c \
	frontend/camera/offer.c frontend/camera/settings.c frontend/camera/start.c \
	frontend/camera/stream.c frontend/camera/wire.c common/parse.c common/pixfmt.c
tests_unit_pvcam_stream_test_SOURCES = tests/unit/pvcam_stream_test.c $(PVCAM_SOURCES)
tests_unit_pvcam_stream_test_CPPFLAGS = $(AM_CPPFLAGS) $(XENSTORE_CFLAGS) $(XENGNTTAB_CFLAGS) \
	$(CMOCKA_CFLAGS)
tests_unit_pvcam_stream_test_LDADD = $(CMOCKA_LIBS)

tests_unit_pvcam_trust_test_SOURCES = tests/unit/pvcam_trust_test.c $(PVCAM_SOURCES)
tests_unit_pvcam_trust_test_CPPFLAGS = $(tests_unit_pvcam_stream_test_CPPFLAGS)
tests_unit_pvcam_trust_test_LDADD = $(CMOCKA_LIBS)

tests_unit_pvcam_layout_test_SOURCES = \
	tests/unit/pvcam_layout_test.c tests/unit/camera_fake.c tests/unit/camera_fake.h \
	tests/unit/front_fake.c tests/unit/front_fake.h \
	frontend/camera/camera.c frontend/camera/control.c frontend/camera/list.c \
	frontend/camera/offer.c frontend/camera/settings.c frontend/camera/start.c \
	frontend/camera/stream.c frontend/camera/view.c frontend/camera/wire.c \
	common/parse.c common/pixfmt.c
tests_unit_pvcam_layout_test_CPPFLAGS = $(tests_unit_pvcam_stream_test_CPPFLAGS)
tests_unit_pvcam_layout_test_LDADD = common/libconvert.la $(CMOCKA_LIBS)

tests_unit_pvcam_tool_test_SOURCES = \
	tests/unit/pvcam_tool_test.c frontend/camera/options.c frontend/camera/png.c \
	frontend/camera/timing.c common/parse.c common/pixfmt.c
tests_unit_pvcam_tool_test_CPPFLAGS = $(AM_CPPFLAGS) $(PNG_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_pvcam_tool_test_LDADD = $(PNG_LIBS) $(CMOCKA_LIBS)
