# SPDX-License-Identifier: MIT
noinst_LTLIBRARIES += common/libcommon.la common/libconvert.la
common_libcommon_la_SOURCES = \
	common/ctl_client.c common/ctl_server.c common/ctl.h \
	common/ctl_seat.c common/ctl_seat.h \
	common/ini.c common/ini.h \
	common/log.c common/log.h \
	common/log_limit.c common/log_limit.h \
	common/copy.c common/copy.h \
	common/parse.c common/parse.h \
	common/pixfmt.c common/pixfmt.h \
	common/program.c common/program.h \
	common/y4m_read.c common/y4m_write.c common/y4m.h
common_libcommon_la_CPPFLAGS = $(AM_CPPFLAGS) $(INIH_CFLAGS) $(JANSSON_CFLAGS)
common_libcommon_la_LIBADD = $(INIH_LIBS) $(JANSSON_LIBS) $(EV_LIBS)

# On its own, that only who converts pictures (or writes y4m) needs libyuv. Wants pixfmt.c beside it.
common_libconvert_la_SOURCES = \
	common/canvas.c common/canvas.h \
	common/convert.c common/convert.h \
	common/convert_steps.c common/convert_steps.h
common_libconvert_la_LIBADD = $(YUV_LIBS)
