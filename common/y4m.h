/* SPDX-License-Identifier: MIT */
/*
 * YUV4MPEG2 files, read at random and written in order. One thread at a time per object.
 * Reads C420, C420jpeg, C420mpeg2, C420paldv (YU12; their siting of chroma is not told apart), C422
 * (422P) and Cmono (GREY), 8 bit; no C is C420jpeg. Source: yuv4mpeg(5).
 */
#ifndef PV_COMMON_Y4M_H
#define PV_COMMON_Y4M_H

#include <stdint.h>

#include "common/parse.h"

struct pv_y4m_mode {
	uint32_t fourcc; /* PV_FOURCC_YU12, _422P or _GREY */
	uint32_t width;
	uint32_t height;
	struct pv_fraction rate;
};

struct pv_y4m_reader;

/*
 * Opens and indexes a file; every frame must be whole. The header's W, H and F are required, in
 * any order; I, A, X and frame parameters are ignored. -EINVAL with *ret_why set to a sentence
 * (no Y4M, unsupported colour, cut short in frame N, no frame at all, no regular file), which lasts
 * until this thread's next call, or errno of the file operation with *ret_why NULL.
 */
int pv_y4m_open(const char *path, struct pv_y4m_reader **ret, const char **ret_why);
/* Takes NULL. */
void pv_y4m_close(struct pv_y4m_reader *reader);
const struct pv_y4m_mode *pv_y4m_mode(const struct pv_y4m_reader *reader);
uint64_t pv_y4m_frame_count(const struct pv_y4m_reader *reader);
/*
 * Frame `number` (0-based, < frame_count) into to (a whole frame by pv_pixfmt_layout). -EIO when
 * the file shrank, -errno of read.
 */
int pv_y4m_read(struct pv_y4m_reader *reader, uint64_t number, void *to);

struct pv_y4m_writer;

/*
 * Creates (truncates) path, "-" is stdout. fourcc: any of pixfmt.h; YU12, 422P, YUYV, UYVY and
 * GREY are written without loss (C420jpeg, C422, Cmono), so is NV12 (C420jpeg); RGB3 becomes
 * C420jpeg. -EINVAL (see pv_pixfmt_layout; a rate with a 0), -ENOMEM, -errno of open and write.
 */
int pv_y4m_create(const char *path, struct pv_y4m_mode mode, struct pv_y4m_writer **ret);
/* One frame in the mode's format. -errno of write. */
int pv_y4m_write(struct pv_y4m_writer *writer, const void *frame);
/* Closes; the only place where a late write error shows. The object is gone in any case. */
int pv_y4m_finish(struct pv_y4m_writer *writer);

#endif
