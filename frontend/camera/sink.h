/* SPDX-License-Identifier: MIT */
/* One file of `pvcam grab`: frames converted to what it holds, and written. One thread. */
#ifndef PVCAM_SINK_H
#define PVCAM_SINK_H

#include "frontend/camera/options.h"

struct pvcam_sink;

/*
 * Creates the file for frames of the camera's settings in force. PNG: a path with %d (or %04d)
 * gets the frame's number from 0 and makes a file a frame; without one the file holds the last
 * frame, written at the end. output must outlive the sink.
 */
int pvcam_sink_open(
	const struct pvcam_output *output, struct pvcam *camera, struct pvcam_sink **ret);

/* Converts a borrowed frame, which must stay borrowed until pvcam_sink_write. -EBADMSG: the frame
 * is not whole. */
int pvcam_sink_convert(struct pvcam_sink *sink, const struct pvcam_frame *frame);
/* Writes what was converted last. -errno of the file. */
int pvcam_sink_write(struct pvcam_sink *sink);

/* Ends the file, so that it is valid however many frames it got. Late errors of writing show here.
 * Frees all; takes NULL. */
int pvcam_sink_finish(struct pvcam_sink *sink);

/* Puts number where path has %d or %0Nd; -EINVAL where path has none or another %. Caller frees. */
int pvcam_sink_number_path(const char *path, uint64_t number, char **ret);

#endif
