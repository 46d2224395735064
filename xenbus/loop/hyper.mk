# SPDX-License-Identifier: MIT
# The hypervisor half: the server's part, and the libraries that stand in for Xen's own.
noinst_LTLIBRARIES += xenbus/loop/libhyper.la
xenbus_loop_libhyper_la_SOURCES = \
	xenbus/loop/hyper.c xenbus/loop/hyper.h xenbus/loop/hyper_impl.h \
	xenbus/loop/hyper_message.c xenbus/loop/hyper_message.h xenbus/loop/hyper_proto.h \
	xenbus/loop/hyper_share.c xenbus/loop/hyper_map.c xenbus/loop/hyper_handle.c xenbus/loop/hyper_port.c \
	xenbus/loop/hyper_table.c xenbus/loop/hyper_table.h
xenbus_loop_libhyper_la_LIBADD = $(EV_LIBS)
xenbus_loop_xenloop_LDADD += xenbus/loop/libhyper.la

# Found with LD_LIBRARY_PATH in place of Xen's: same soname, same functions, same symbol versions.
LOOP_CLIENT_SOURCES = \
	xenbus/loop/client.c xenbus/loop/client.h xenbus/loop/hyper_message.c xenbus/loop/hyper_message.h \
	xenbus/loop/hyper_proto.h xenbus/loop/hyper.h
LOOP_CLIENT_LIBS = -lxentoolcore -lxentoollog
pkglib_LTLIBRARIES += xenbus/loop/libxengnttab.la xenbus/loop/libxenevtchn.la

xenbus_loop_libxengnttab_la_SOURCES = $(LOOP_CLIENT_SOURCES) \
	xenbus/loop/gnt.c xenbus/loop/gnt.h xenbus/loop/gntshr.c xenbus/loop/gnttab.c xenbus/loop/gntcopy.c
xenbus_loop_libxengnttab_la_CFLAGS = $(AM_CFLAGS) -fvisibility=default
xenbus_loop_libxengnttab_la_LDFLAGS = $(AM_LDFLAGS) -version-info 1:0:0 \
	-Wl,--version-script=$(srcdir)/xenbus/loop/gnttab.map
xenbus_loop_libxengnttab_la_LIBADD = $(LOOP_CLIENT_LIBS)
EXTRA_xenbus_loop_libxengnttab_la_DEPENDENCIES = xenbus/loop/gnttab.map

xenbus_loop_libxenevtchn_la_SOURCES = $(LOOP_CLIENT_SOURCES) \
	xenbus/loop/evtchn.c xenbus/loop/hyper_table.c xenbus/loop/hyper_table.h
xenbus_loop_libxenevtchn_la_CFLAGS = $(AM_CFLAGS) -fvisibility=default
xenbus_loop_libxenevtchn_la_LDFLAGS = $(AM_LDFLAGS) -version-info 1:0:0 \
	-Wl,--version-script=$(srcdir)/xenbus/loop/evtchn.map
xenbus_loop_libxenevtchn_la_LIBADD = $(LOOP_CLIENT_LIBS)
EXTRA_xenbus_loop_libxenevtchn_la_DEPENDENCIES = xenbus/loop/evtchn.map
EXTRA_DIST += xenbus/loop/gnttab.map xenbus/loop/evtchn.map
