# SPDX-License-Identifier: MIT
# What pvsndd plays on and captures from: configuration, streams and cards. No Xen.
noinst_LTLIBRARIES += backend/sound/libvsndengine.la
backend_sound_libvsndengine_la_SOURCES = \
	backend/sound/config.h \
	backend/sound/format.c backend/sound/format.h \
	backend/sound/stream.c backend/sound/stream.h
backend_sound_libvsndengine_la_LIBADD = common/libcommon.la -lm
