# SPDX-License-Identifier: MIT
# What pvcamd captures and shares: configuration, sources, taps and the frame pool. No Xen.
noinst_LTLIBRARIES += backend/camera/libvcamsource.la
backend_camera_libvcamsource_la_SOURCES = \
	backend/camera/pool.c backend/camera/pool.h
backend_camera_libvcamsource_la_LIBADD = common/libconvert.la common/libcommon.la -lm
