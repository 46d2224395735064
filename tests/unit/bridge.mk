# SPDX-License-Identifier: MIT
# The parts of pvcam bridge, each alone; tests/e2e/bridge.sh has all of it.
bridge_tests = tests/unit/pvcam_choose_test tests/unit/pvcam_feed_test tests/unit/pvcam_loopback_test \
	tests/unit/pvcam_readers_test
check_PROGRAMS += $(bridge_tests)
TESTS += $(bridge_tests)

tests_unit_pvcam_choose_test_SOURCES = \
	tests/unit/pvcam_choose_test.c frontend/camera/bridge_options.c frontend/camera/choose.c \
	frontend/camera/pages.c common/ini.c common/parse.c common/pixfmt.c
tests_unit_pvcam_choose_test_CPPFLAGS = $(AM_CPPFLAGS) $(XENGNTTAB_CFLAGS) $(INIH_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_pvcam_choose_test_LDADD = $(INIH_LIBS) $(CMOCKA_LIBS)

tests_unit_pvcam_feed_test_SOURCES = \
	tests/unit/pvcam_feed_test.c frontend/camera/feed.c common/canvas.c common/parse.c common/pixfmt.c
tests_unit_pvcam_feed_test_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_pvcam_feed_test_LDADD = $(CMOCKA_LIBS)

tests_unit_pvcam_loopback_test_SOURCES = tests/unit/pvcam_loopback_test.c frontend/camera/loopback.c
tests_unit_pvcam_loopback_test_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_pvcam_loopback_test_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=open -Wl,--wrap=ioctl
tests_unit_pvcam_loopback_test_LDADD = $(CMOCKA_LIBS)

tests_unit_pvcam_readers_test_SOURCES = tests/unit/pvcam_readers_test.c frontend/camera/readers.c
tests_unit_pvcam_readers_test_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_pvcam_readers_test_LDADD = $(CMOCKA_LIBS)
