# SPDX-License-Identifier: MIT
check_PROGRAMS += tests/e2e/y4m_tool
TESTS += tests/e2e/exact.sh tests/e2e/reload.sh
EXTRA_DIST += tests/e2e/exact.sh tests/e2e/reload.sh
tests_e2e_y4m_tool_SOURCES = tests/e2e/y4m_tool.c
tests_e2e_y4m_tool_LDADD = common/libcommon.la common/libconvert.la
