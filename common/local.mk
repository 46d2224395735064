# SPDX-License-Identifier: MIT
noinst_LTLIBRARIES += common/libcommon.la
common_libcommon_la_SOURCES = \
	common/ini.c common/ini.h \
	common/log.c common/log.h \
	common/parse.c common/parse.h \
	common/pixfmt.c common/pixfmt.h \
	common/program.c common/program.h
common_libcommon_la_LIBADD = $(INIH_LIBS)
