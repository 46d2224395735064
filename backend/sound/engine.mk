# SPDX-License-Identifier: MIT
# What pvsndd plays on and captures from: configuration, streams and cards. No Xen.
noinst_LTLIBRARIES += backend/sound/libvsndengine.la
backend_sound_libvsndengine_la_SOURCES = \
	backend/sound/card.c backend/sound/card.h \
	backend/sound/card_clock.c \
	backend/sound/card_internal.h \
	backend/sound/card_query.c \
	backend/sound/card_thread.c \
	backend/sound/config.h \
	backend/sound/format.c backend/sound/format.h \
	backend/sound/pace.c backend/sound/pace.h \
	backend/sound/stream.c backend/sound/stream.h
backend_sound_libvsndengine_la_LIBADD = common/libcommon.la -lm
