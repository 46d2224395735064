# SPDX-License-Identifier: MIT
noinst_LTLIBRARIES += xenbus/libxenbus.la
xenbus_libxenbus_la_SOURCES = \
	xenbus/back.c xenbus/back.h \
	xenbus/back_wishes.c \
	xenbus/evtpage.c xenbus/evtpage.h \
	xenbus/front.c xenbus/front.h \
	xenbus/grant.c xenbus/grant.h \
	xenbus/link.c xenbus/link.h \
	xenbus/notification.c xenbus/notification.h \
	xenbus/quiet.c xenbus/quiet.h \
	xenbus/reqring.c xenbus/reqring.h \
	xenbus/state.c xenbus/state.h \
	xenbus/store.c xenbus/store.h
xenbus_libxenbus_la_CPPFLAGS = $(AM_CPPFLAGS) $(XENSTORE_CFLAGS) $(XENGNTTAB_CFLAGS) $(XENEVTCHN_CFLAGS)
xenbus_libxenbus_la_LIBADD = $(XENSTORE_LIBS) $(XENGNTTAB_LIBS) $(XENEVTCHN_LIBS)
