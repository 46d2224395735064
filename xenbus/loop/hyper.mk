# SPDX-License-Identifier: MIT
# The hypervisor half: the server's part, and the libraries that stand in for Xen's own.
noinst_LTLIBRARIES += xenbus/loop/libhyper.la
xenbus_loop_libhyper_la_SOURCES = \
	xenbus/loop/hyper.c xenbus/loop/hyper.h xenbus/loop/hyper_impl.h \
	xenbus/loop/hyper_message.c xenbus/loop/hyper_message.h xenbus/loop/hyper_proto.h \
	xenbus/loop/hyper_share.c xenbus/loop/hyper_map.c xenbus/loop/hyper_handle.c xenbus/loop/hyper_port.c \
	xenbus/loop/hyper_table.c xenbus/loop/hyper_table.h
xenbus_loop_libhyper_la_LIBADD = $(EV_LIBS)
