# SPDX-License-Identifier: MIT
sbin_PROGRAMS += backend/sound/pvsndd
dist_man8_MANS += backend/sound/pvsndd.8

# Everything that answers a guest: linked by pvsndd and by the fuzz target.
noinst_LTLIBRARIES += backend/sound/libvsndguest.la
backend_sound_libvsndguest_la_SOURCES = \
	backend/session.c backend/session.h \
	backend/sound/levels.c backend/sound/levels.h \
	backend/sound/offer.c backend/sound/offer.h \
	backend/sound/ops.c backend/sound/ops.h \
	backend/sound/pcm.c backend/sound/pcm.h \
	backend/sound/pcm_events.c backend/sound/pcm_internal.h \
	backend/wire_status.c backend/wire_status.h

backend_sound_pvsndd_SOURCES = \
	backend/arrival.c backend/arrival.h \
	backend/daemon.c backend/daemon.h \
	backend/guest_log.c backend/guest_log.h \
	backend/notify.c backend/notify.h \
	backend/sound/device.c backend/sound/device.h \
	backend/sound/device_dom0_levels.c \
	backend/sound/device_levels.c \
	backend/sound/device_list.h \
	backend/sound/device_stat.c \
	backend/sound/device_stat_depth.c \
	backend/sound/pvsndd.c
backend_sound_pvsndd_CPPFLAGS = $(AM_CPPFLAGS) $(UDEV_CFLAGS) $(SYSTEMD_CFLAGS) $(JANSSON_CFLAGS)
backend_sound_pvsndd_LDADD = backend/sound/libvsndguest.la backend/sound/libvsndengine.la \
	xenbus/libxenbus.la common/libcommon.la \
	$(SYSTEMD_LIBS) $(JANSSON_LIBS) $(UDEV_LIBS) $(EV_LIBS) -lm
