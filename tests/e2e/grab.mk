# SPDX-License-Identifier: MIT
# pvcam with a file in the place of its v4l2loopback.
check_PROGRAMS += tests/e2e/pvcam_fake
tests_e2e_pvcam_fake_SOURCES = frontend/camera/tool.c tests/e2e/loopback_fake.c
tests_e2e_pvcam_fake_LDADD = $(pvcam_tool_libs)
TESTS += tests/e2e/grab.sh tests/e2e/bridge.sh
EXTRA_DIST += tests/e2e/grab.sh tests/e2e/bridge.sh
