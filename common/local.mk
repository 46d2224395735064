# SPDX-License-Identifier: MIT
noinst_LTLIBRARIES += common/libcommon.la
common_libcommon_la_SOURCES =
common_libcommon_la_LIBADD =
