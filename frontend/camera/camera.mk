# SPDX-License-Identifier: MIT
# libpvcam and the tool pvcam. The library compiles just the sources of common/ and xenbus/ that a
# guest needs, so that it drags in no configuration parser and no event loop.
lib_LTLIBRARIES += frontend/camera/libpvcam.la
include_HEADERS += frontend/camera/pvcam.h
frontend_camera_libpvcam_la_SOURCES = \
	frontend/camera/camera.c frontend/camera/internal.h frontend/camera/pvcam.h \
	frontend/camera/control.c \
	frontend/camera/list.c \
	frontend/camera/offer.c \
	frontend/camera/settings.c \
	frontend/camera/start.c \
	frontend/camera/stream.c \
	frontend/camera/view.c \
	frontend/camera/wire.c \
	common/parse.c common/parse.h \
	common/pixfmt.c common/pixfmt.h \
	xenbus/evtpage.c xenbus/evtpage.h \
	xenbus/front.c xenbus/front.h \
	xenbus/notification.c xenbus/notification.h \
	xenbus/grant.c xenbus/grant.h \
	xenbus/quiet.c xenbus/quiet.h \
	xenbus/reqring.c xenbus/reqring.h \
	xenbus/state.c xenbus/state.h \
	xenbus/store.c xenbus/store.h
frontend_camera_libpvcam_la_CPPFLAGS = $(AM_CPPFLAGS) $(XENSTORE_CFLAGS) $(XENGNTTAB_CFLAGS) $(XENEVTCHN_CFLAGS)
frontend_camera_libpvcam_la_LIBADD = common/libconvert.la $(XENSTORE_LIBS) $(XENGNTTAB_LIBS) $(XENEVTCHN_LIBS)
frontend_camera_libpvcam_la_LDFLAGS = $(AM_LDFLAGS) -version-info 0:0:0 -export-symbols-regex '^pvcam_'

nodist_pkgconfig_DATA += frontend/camera/libpvcam.pc
EXTRA_DIST += frontend/camera/libpvcam.pc.in
CLEANFILES += frontend/camera/libpvcam.pc
frontend/camera/libpvcam.pc: frontend/camera/libpvcam.pc.in Makefile
	$(AM_V_GEN)$(MKDIR_P) frontend/camera && sed -e 's|@prefix[@]|$(prefix)|' \
		-e 's|@exec_prefix[@]|$(exec_prefix)|' -e 's|@libdir[@]|$(libdir)|' \
		-e 's|@includedir[@]|$(includedir)|' -e 's|@VERSION[@]|$(VERSION)|' \
		$(srcdir)/frontend/camera/libpvcam.pc.in > $@

bin_PROGRAMS += frontend/camera/pvcam
frontend_camera_pvcam_SOURCES = \
	frontend/camera/tool.c frontend/camera/tool.h \
	frontend/camera/loopback.c frontend/camera/loopback.h
frontend_camera_pvcam_LDADD = $(pvcam_tool_libs)

# All of pvcam but its main() and its output device, which a test replaces.
noinst_LTLIBRARIES += frontend/camera/libpvcamtool.la
frontend_camera_libpvcamtool_la_SOURCES = \
	frontend/camera/bridge.c \
	frontend/camera/bridge_options.c frontend/camera/bridge_options.h \
	frontend/camera/bridged.c frontend/camera/bridged.h \
	frontend/camera/capture.c frontend/camera/capture.h \
	frontend/camera/choose.c frontend/camera/choose.h \
	frontend/camera/feed.c frontend/camera/feed.h \
	frontend/camera/grab.c \
	frontend/camera/options.c frontend/camera/options.h \
	frontend/camera/pages.c frontend/camera/pages.h \
	frontend/camera/png.c frontend/camera/png.h \
	frontend/camera/readers.c frontend/camera/readers.h \
	frontend/camera/report.c frontend/camera/report.h \
	frontend/camera/shot.c frontend/camera/shot.h \
	frontend/camera/show.c \
	frontend/camera/sink.c frontend/camera/sink.h \
	frontend/camera/timing.c frontend/camera/timing.h \
	common/ini.c common/ini.h \
	common/log.c common/log.h \
	common/parse.c common/parse.h \
	common/pixfmt.c common/pixfmt.h \
	common/program.c common/program.h \
	common/y4m_write.c common/y4m.h
frontend_camera_libpvcamtool_la_CPPFLAGS = $(AM_CPPFLAGS) $(PNG_CFLAGS) $(JANSSON_CFLAGS) $(INIH_CFLAGS) \
	$(SYSTEMD_CFLAGS) $(XENGNTTAB_CFLAGS)
pvcam_tool_libs = frontend/camera/libpvcamtool.la frontend/camera/libpvcam.la common/libconvert.la \
	$(PNG_LIBS) $(JANSSON_LIBS) $(INIH_LIBS) $(SYSTEMD_LIBS) $(EV_LIBS)

# The bridge's service and examples.
EXTRA_DIST += frontend/camera/pvcam-bridge.service.in
CLEANFILES += frontend/camera/pvcam-bridge.service
if SYSTEMD_UNITS
bridgeunitdir = $(SYSTEMD_UNITDIR)
nodist_bridgeunit_DATA = frontend/camera/pvcam-bridge.service
endif
frontend/camera/%.service: frontend/camera/%.service.in Makefile
	$(AM_V_GEN)$(MKDIR_P) $(@D) && sed -e 's|@bindir[@]|$(bindir)|' $< > $@
bridgeexamplesdir = $(docdir)/examples
dist_bridgeexamples_DATA = frontend/camera/examples/pvcam-bridge.conf frontend/camera/examples/modprobe-pvcam-bridge.conf \
	frontend/camera/examples/modules-load-pvcam-bridge.conf

dist_man1_MANS += frontend/camera/pvcam.1
dist_man3_MANS += frontend/camera/libpvcam.3
# Each function's page is the library's.
libpvcam_links = \
	frontend/camera/pvcam_list.3 frontend/camera/pvcam_strerror.3 \
	frontend/camera/pvcam_open.3 frontend/camera/pvcam_close.3 frontend/camera/pvcam_name.3 \
	frontend/camera/pvcam_enum_settings.3 frontend/camera/pvcam_get_settings.3 \
	frontend/camera/pvcam_set_settings.3 frontend/camera/pvcam_try_settings.3 \
	frontend/camera/pvcam_get_layout.3 frontend/camera/pvcam_get_colorimetry.3 \
	frontend/camera/pvcam_enum_control.3 frontend/camera/pvcam_get_control.3 \
	frontend/camera/pvcam_set_control.3 frontend/camera/pvcam_control_changed.3 \
	frontend/camera/pvcam_start.3 frontend/camera/pvcam_stop.3 frontend/camera/pvcam_fd.3 \
	frontend/camera/pvcam_get_frame.3 frontend/camera/pvcam_give_back.3 \
	frontend/camera/pvcam_copy_frame.3 frontend/camera/pvcam_view_create.3 \
	frontend/camera/pvcam_view_destroy.3 frontend/camera/pvcam_view_layout.3 \
	frontend/camera/pvcam_view_convert.3
nodist_man3_MANS = $(libpvcam_links)
CLEANFILES += $(libpvcam_links)
$(libpvcam_links): Makefile
	$(AM_V_GEN)$(MKDIR_P) frontend/camera && echo '.so man3/libpvcam.3' > $@
