# SPDX-License-Identifier: MIT
# What pvsndd plays on and captures from: configuration, streams and cards. No Xen.
noinst_LTLIBRARIES += backend/sound/libvsndengine.la
backend_sound_libvsndengine_la_SOURCES = \
	backend/config_file.c backend/config_file.h \
	backend/config_internal.h backend/config_values.c \
	backend/sound/card/card.c backend/sound/card/card.h \
	backend/sound/card/access.c backend/sound/card/access.h \
	backend/sound/card/alsa.c backend/sound/card/alsa.h \
	backend/sound/card/alsa_query.c backend/sound/card/alsa_setup.c backend/sound/card/alsa_try.c \
	backend/sound/card/choose.c \
	backend/sound/card/clock.c \
	backend/sound/card/keeper.c \
	backend/sound/card/unit.h \
	backend/sound/card/query.c \
	backend/sound/card/device_thread.c \
	backend/sound/card/directory.c backend/sound/card/directory.h \
	backend/sound/card/unit.c \
	backend/sound/card/unit_depth.c \
	backend/sound/card/unit_counts.c \
	backend/sound/engine/delays.c backend/sound/engine/delays.h \
	backend/sound/card/wav.c \
	backend/sound/engine/channels.c backend/sound/engine/channels.h \
	backend/sound/engine/chain.c backend/sound/engine/chain.h \
	backend/sound/config.c backend/sound/config.h \
	backend/sound/engine/depth.c backend/sound/engine/depth.h \
	backend/sound/engine/desk.c backend/sound/engine/desk.h \
	backend/sound/engine/feed.c backend/sound/engine/feed.h \
	backend/sound/engine/fifo.c backend/sound/engine/fifo.h \
	backend/sound/card/fill.c backend/sound/card/fill.h \
	backend/sound/engine/format.c backend/sound/engine/format.h \
	backend/sound/engine/gap.c backend/sound/engine/gap.h \
	backend/sound/engine/group.c backend/sound/engine/group.h \
	backend/sound/engine/mix.c backend/sound/engine/mix.h \
	backend/sound/card/pace.c backend/sound/card/pace.h \
	backend/sound/card/steps.c backend/sound/card/steps.h \
	backend/sound/card/wake.c backend/sound/card/wake.h \
	backend/sound/engine/ramp.c backend/sound/engine/ramp.h \
	backend/sound/engine/rate.c backend/sound/engine/rate.h \
	backend/sound/engine/stream.c backend/sound/engine/stream.h \
	backend/sound/engine/stream_counts.c backend/sound/engine/stream_internal.h \
	backend/sound/engine/stream_fade.c \
	backend/sound/thread.c backend/sound/thread.h \
	backend/sound/card/wav_file.c backend/sound/card/wav_file.h
backend_sound_libvsndengine_la_CPPFLAGS = $(AM_CPPFLAGS) $(ALSA_CFLAGS) $(SNDFILE_CFLAGS) $(SPEEXDSP_CFLAGS) $(UDEV_CFLAGS)
backend_sound_libvsndengine_la_LIBADD = common/libcommon.la $(ALSA_LIBS) $(SNDFILE_LIBS) $(SPEEXDSP_LIBS) $(UDEV_LIBS) -lm

dist_man5_MANS += backend/sound/pvsndd.conf.5
