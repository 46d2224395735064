# SPDX-License-Identifier: MIT
noinst_LTLIBRARIES += xenbus/libxenbus.la
xenbus_libxenbus_la_SOURCES =
xenbus_libxenbus_la_LIBADD = $(XENSTORE_LIBS) $(XENGNTTAB_LIBS) $(XENEVTCHN_LIBS)
