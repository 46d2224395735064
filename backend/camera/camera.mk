# SPDX-License-Identifier: MIT
sbin_PROGRAMS += backend/camera/pvcamd
dist_man8_MANS += backend/camera/pvcamd.8

# Everything that answers a guest: linked by pvcamd and by the fuzz targets.
noinst_LTLIBRARIES += backend/camera/libvcamguest.la
backend_camera_libvcamguest_la_SOURCES = \
	backend/camera/buffers.c backend/camera/buffers.h \
	backend/camera/offer.c backend/camera/offer.h \
	backend/camera/ops.c backend/camera/ops.h \
	backend/camera/stream.c backend/camera/stream.h \
	backend/session.c backend/session.h \
	backend/wire_status.c backend/wire_status.h

backend_camera_pvcamd_SOURCES = \
	backend/arrival.c backend/arrival.h \
	backend/camera/device.c backend/camera/device.h \
	backend/camera/device_list.h \
	backend/camera/device_stat.c \
	backend/camera/pvcamd.c \
	backend/daemon.c backend/daemon.h \
	backend/guest_log.c backend/guest_log.h \
	backend/notify.c backend/notify.h
backend_camera_pvcamd_CPPFLAGS = $(AM_CPPFLAGS) $(UDEV_CFLAGS) $(SYSTEMD_CFLAGS) $(JANSSON_CFLAGS)
backend_camera_pvcamd_LDADD = backend/camera/libvcamguest.la backend/camera/libvcamsource.la \
	xenbus/libxenbus.la common/libcommon.la common/libconvert.la \
	$(SYSTEMD_LIBS) $(JANSSON_LIBS) $(UDEV_LIBS) $(EV_LIBS)
