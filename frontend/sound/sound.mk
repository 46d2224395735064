# SPDX-License-Identifier: MIT
# ALSA's plugins of type pvsnd. They compile just the sources of common/ and xenbus/ that a guest
# needs, as libpvcam does.
pvsnd_shared_sources = \
	frontend/sound/card.c frontend/sound/card.h \
	frontend/sound/format.c frontend/sound/format.h \
	frontend/sound/options.c frontend/sound/options.h \
	common/parse.c common/parse.h \
	xenbus/evtpage.c xenbus/evtpage.h \
	xenbus/front.c xenbus/front.h \
	xenbus/notification.c xenbus/notification.h \
	xenbus/grant.c xenbus/grant.h \
	xenbus/quiet.c xenbus/quiet.h \
	xenbus/reqring.c xenbus/reqring.h \
	xenbus/state.c xenbus/state.h \
	xenbus/store.c xenbus/store.h
pvsnd_cppflags = $(AM_CPPFLAGS) $(ALSA_CFLAGS) $(XENSTORE_CFLAGS) $(XENGNTTAB_CFLAGS) $(XENEVTCHN_CFLAGS)
pvsnd_libs = $(ALSA_LIBS) $(XENSTORE_LIBS) $(XENGNTTAB_LIBS) $(XENEVTCHN_LIBS)

alsaplugindir = $(ALSA_PLUGINDIR)
alsaplugin_LTLIBRARIES = \
	frontend/sound/libasound_module_pcm_pvsnd.la frontend/sound/libasound_module_ctl_pvsnd.la

frontend_sound_libasound_module_pcm_pvsnd_la_SOURCES = $(pvsnd_shared_sources) \
	frontend/sound/limits.c frontend/sound/limits.h \
	frontend/sound/pcm.c frontend/sound/pcm.h \
	frontend/sound/pcm_callbacks.c \
	frontend/sound/pcm_copy.c \
	frontend/sound/pcm_state.c \
	frontend/sound/wire.c frontend/sound/wire.h
frontend_sound_libasound_module_pcm_pvsnd_la_CPPFLAGS = $(pvsnd_cppflags)
frontend_sound_libasound_module_pcm_pvsnd_la_LIBADD = $(pvsnd_libs)
frontend_sound_libasound_module_pcm_pvsnd_la_LDFLAGS = $(AM_LDFLAGS) -module -avoid-version

frontend_sound_libasound_module_ctl_pvsnd_la_SOURCES = $(pvsnd_shared_sources) \
	frontend/sound/ctl.c \
	frontend/sound/ctl_lane.c frontend/sound/ctl_lane.h \
	frontend/sound/levels.c frontend/sound/levels.h
frontend_sound_libasound_module_ctl_pvsnd_la_CPPFLAGS = $(pvsnd_cppflags)
frontend_sound_libasound_module_ctl_pvsnd_la_LIBADD = $(pvsnd_libs)
frontend_sound_libasound_module_ctl_pvsnd_la_LDFLAGS = $(AM_LDFLAGS) -module -avoid-version

alsaconfdir = $(sysconfdir)/alsa/conf.d
dist_alsaconf_DATA = frontend/sound/50-pvsnd.conf
dist_man7_MANS += frontend/sound/pvsnd.7
