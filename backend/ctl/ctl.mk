# SPDX-License-Identifier: MIT
bin_PROGRAMS += backend/ctl/pvctl
dist_man8_MANS += backend/ctl/pvctl.8
backend_ctl_pvctl_SOURCES = \
	backend/ctl/attach.c \
	backend/ctl/create.c \
	backend/ctl/ctl.h \
	backend/ctl/detach.c \
	backend/ctl/list.c \
	backend/ctl/main.c \
	backend/ctl/nodes.c \
	backend/ctl/nodes.h \
	backend/ctl/scan.c \
	backend/ctl/scan.h \
	backend/ctl/stat.c \
	backend/ctl/stat_depth.c backend/ctl/stat_places.c \
	backend/ctl/stat_sound.c \
	backend/ctl/volume.c \
	backend/ctl/watch.c \
	backend/ctl/watch.h \
	backend/ctl/watch_find.c \
	backend/ctl/words.c \
	backend/ctl/words.h \
	backend/ctl/words_internal.c \
	backend/ctl/words_internal.h \
	backend/ctl/words_sound.c \
	backend/ctl/xlcfg.c \
	backend/ctl/xlcfg.h \
	backend/notify.c \
	backend/notify.h \
	backend/sound/engine/format.c \
	backend/sound/engine/format.h
backend_ctl_pvctl_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS) $(XENSTORE_CFLAGS) $(XLUTIL_CFLAGS) \
	$(SYSTEMD_CFLAGS)
backend_ctl_pvctl_LDADD = common/libcommon.la xenbus/libxenbus.la $(JANSSON_LIBS) $(XLUTIL_LIBS) \
	$(SYSTEMD_LIBS) $(EV_LIBS) -lm
