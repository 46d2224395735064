# SPDX-License-Identifier: MIT
# What pvsndd plays on and captures from: configuration, streams and cards. No Xen.
noinst_LTLIBRARIES += backend/sound/libvsndengine.la
backend_sound_libvsndengine_la_SOURCES = \
	backend/config_file.c backend/config_file.h \
	backend/config_internal.h backend/config_values.c \
	backend/sound/card.c backend/sound/card.h \
	backend/sound/card_alsa.c \
	backend/sound/card_clock.c \
	backend/sound/card_internal.h \
	backend/sound/card_query.c \
	backend/sound/card_thread.c \
	backend/sound/card_unit.c \
	backend/sound/card_wav.c \
	backend/sound/channels.c backend/sound/channels.h \
	backend/sound/chain.c backend/sound/chain.h \
	backend/sound/config.c backend/sound/config.h \
	backend/sound/depth.c backend/sound/depth.h \
	backend/sound/feed.c backend/sound/feed.h \
	backend/sound/fifo.c backend/sound/fifo.h \
	backend/sound/fill.c backend/sound/fill.h \
	backend/sound/format.c backend/sound/format.h \
	backend/sound/gap.c backend/sound/gap.h \
	backend/sound/mix.c backend/sound/mix.h \
	backend/sound/pace.c backend/sound/pace.h \
	backend/sound/ramp.c backend/sound/ramp.h \
	backend/sound/rate.c backend/sound/rate.h \
	backend/sound/stream.c backend/sound/stream.h \
	backend/sound/thread.c backend/sound/thread.h \
	backend/sound/wav_file.c backend/sound/wav_file.h
backend_sound_libvsndengine_la_CPPFLAGS = $(AM_CPPFLAGS) $(ALSA_CFLAGS) $(SNDFILE_CFLAGS) $(SPEEXDSP_CFLAGS)
backend_sound_libvsndengine_la_LIBADD = common/libcommon.la $(ALSA_LIBS) $(SNDFILE_LIBS) $(SPEEXDSP_LIBS) -lm

dist_man5_MANS += backend/sound/pvsndd.conf.5
