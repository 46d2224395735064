# SPDX-License-Identifier: MIT
# What pvcamd captures and shares: configuration, sources, taps and the frame pool. No Xen.
noinst_LTLIBRARIES += backend/camera/libvcamsource.la
backend_camera_libvcamsource_la_SOURCES = \
	backend/camera/config.c backend/camera/config.h \
	backend/camera/pool.c backend/camera/pool.h \
	backend/camera/source.c backend/camera/source.h \
	backend/camera/source_colours.c backend/camera/source_control.c \
	backend/camera/source_file.c \
	backend/camera/source_internal.h \
	backend/camera/source_jpeg.c backend/camera/source_jpeg.h \
	backend/camera/source_pattern.c \
	backend/camera/source_stamp.c \
	backend/camera/source_thread.c \
	backend/camera/source_v4l2.c backend/camera/source_v4l2.h \
	backend/camera/source_v4l2_control.c \
	backend/camera/source_v4l2_find.c \
	backend/camera/source_v4l2_frame.c \
	backend/camera/source_v4l2_mode.c \
	backend/camera/tap.c \
	backend/config_file.c backend/config_file.h \
	backend/config_internal.h backend/config_values.c
backend_camera_libvcamsource_la_LIBADD = common/libconvert.la common/libcommon.la $(V4L2_LIBS) \
	$(JPEG_LIBS) $(YUV_LIBS) -lm

dist_man5_MANS += backend/camera/pvcamd.conf.5
