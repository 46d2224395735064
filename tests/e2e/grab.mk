# SPDX-License-Identifier: MIT
# pvcam with a file in the place of its v4l2loopback, and what reads its pictures.
check_PROGRAMS += tests/e2e/pvcam_fake tests/e2e/picture_tool
tests_e2e_pvcam_fake_SOURCES = frontend/camera/tool.c tests/e2e/loopback_fake.c
tests_e2e_pvcam_fake_LDADD = $(pvcam_tool_libs)
tests_e2e_picture_tool_SOURCES = tests/e2e/picture_tool.c
tests_e2e_picture_tool_LDADD = common/libcommon.la common/libconvert.la
TESTS += tests/e2e/grab.sh tests/e2e/claim.sh tests/e2e/bridge.sh
EXTRA_DIST += tests/e2e/grab.sh tests/e2e/claim.sh tests/e2e/bridge.sh
