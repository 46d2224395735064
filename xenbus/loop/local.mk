# SPDX-License-Identifier: MIT
bin_PROGRAMS += xenbus/loop/xenloop
xenbus_loop_xenloop_SOURCES = \
	xenbus/loop/control.c xenbus/loop/control.h \
	xenbus/loop/dir.c xenbus/loop/dir.h \
	xenbus/loop/domain.c xenbus/loop/domain.h \
	xenbus/loop/main.c \
	xenbus/loop/nodes.c xenbus/loop/nodes.h \
	xenbus/loop/nodes_remove.c \
	xenbus/loop/ops.c xenbus/loop/ops.h \
	xenbus/loop/ops_domain.c \
	xenbus/loop/ops_node.c \
	xenbus/loop/path.c xenbus/loop/path.h \
	xenbus/loop/perms.c xenbus/loop/perms.h \
	xenbus/loop/run.c xenbus/loop/run.h \
	xenbus/loop/server.c xenbus/loop/server.h \
	xenbus/loop/store.c xenbus/loop/store.h \
	xenbus/loop/toolstack.c xenbus/loop/toolstack.h \
	xenbus/loop/tree.c xenbus/loop/tree.h \
	xenbus/loop/txn.c xenbus/loop/txn.h \
	xenbus/loop/watch.c xenbus/loop/watch.h \
	xenbus/loop/wire.c xenbus/loop/wire.h
dist_man1_MANS += xenbus/loop/xenloop.1
xenbus_loop_xenloop_LDADD = common/libcommon.la $(XENSTORE_LIBS) $(EV_LIBS)
include xenbus/loop/hyper.mk
