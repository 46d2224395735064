/* SPDX-License-Identifier: MIT */
/*
 * libpvcam: cameras that dom0 gives to this Xen guest, in user space.
 *
 * The cycle: pvcam_list → pvcam_open → read and choose settings → pvcam_start → pvcam_get_frame /
 * pvcam_give_back … → pvcam_stop → pvcam_close.
 *
 * Calls answer 0 or -errno and never log. An object belongs to one thread at a time; several
 * cameras may be used by several threads. Calls that need the backend's answer block at most
 * 3 seconds (-ETIMEDOUT). Everywhere, -EPIPE means that the backend is gone: close the camera and
 * open it again later. A backend that did not answer in time (-ETIMEDOUT) or broke the protocol
 * (-EPROTO) counts as gone from then on.
 */
#ifndef PVCAM_H
#define PVCAM_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct pvcam;

#define PVCAM_NAME_BYTES 64

/* ---- which cameras there are ---- */

struct pvcam_entry {
	uint32_t device;             /* the number in device/pvcam/N */
	char name[PVCAM_NAME_BYTES]; /* dom0's unique-id */
	int backend_state; /* enum xenbus_state: 2 ready to be opened, 4 in use; 0 nobody serves it
			    */
};

/* Caller frees *ret with free(). No camera: 0, *ret_count 0 and *ret NULL. -ENOENT/-EACCES: no
 * xenstore. */
int pvcam_list(struct pvcam_entry **ret, size_t *ret_count);

/* One sentence on what an error of this library means and what to do about it. Static. */
const char *pvcam_strerror(int error);

/* ---- one camera ---- */

/* name: a unique-id, or a device number in digits; NULL: the first. -ENODEV, -EBUSY (another
 * process has it), -ETIMEDOUT (no backend), -ECONNREFUSED (the backend refused it), -ENOSPC (raise
 * xen-gntalloc.limit). */
int pvcam_open(const char *name, struct pvcam **ret);
/* Stops, gives everything back. Frames still borrowed become invalid. Takes NULL. */
void pvcam_close(struct pvcam *camera);
const char *pvcam_name(const struct pvcam *camera);

/* ---- settings ---- */

struct pvcam_settings {
	uint32_t fourcc;                 /* V4L2's: YUYV, UYVY, NV12, YU12, RGB3, GREY */
	uint32_t width, height;          /* pixels */
	uint32_t rate_numer, rate_denom; /* frames a second */
};

/* Where a frame's planes lie, in one piece of memory. */
struct pvcam_layout {
	size_t size_bytes;
	unsigned num_planes; /* 1..3 */
	size_t offset_bytes[3];
	uint32_t stride_bytes[3];
};

/* Every combination on offer, index 0.., until -EINVAL. Best format first, largest size, fastest
 * rate. */
int pvcam_enum_settings(struct pvcam *camera, unsigned index, struct pvcam_settings *ret);
int pvcam_get_settings(struct pvcam *camera, struct pvcam_settings *ret);
/* Not while streaming (-EBUSY). Must be one of those on offer (-EINVAL). */
int pvcam_set_settings(struct pvcam *camera, const struct pvcam_settings *settings);
/* Would it be accepted? Also while streaming. */
int pvcam_try_settings(struct pvcam *camera, const struct pvcam_settings *settings);
/* Layout and colorimetry (XENCAMERA_* numbers) of the settings in force. */
int pvcam_get_layout(struct pvcam *camera, struct pvcam_layout *ret);
struct pvcam_colorimetry {
	uint32_t colorspace, xfer_func, ycbcr_enc, quantization;
};
int pvcam_get_colorimetry(struct pvcam *camera, struct pvcam_colorimetry *ret);

/* ---- controls ---- */

struct pvcam_control {
	uint8_t type;   /* XENCAMERA_CTRL_BRIGHTNESS 0, CONTRAST 1, SATURATION 2, HUE 3 */
	char name[16];  /* "brightness" */
	uint32_t flags; /* bit 0 read-only, 1 write-only, 2 volatile */
	int64_t min, max, step, default_value;
};

/* Index 0.. until -EINVAL. */
int pvcam_enum_control(struct pvcam *camera, unsigned index, struct pvcam_control *ret);
int pvcam_get_control(struct pvcam *camera, uint8_t type, int64_t *ret_value);
int pvcam_set_control(struct pvcam *camera, uint8_t type, int64_t value);
/* A change that another guest or dom0 made, each once; of several to one control the last.
 * -EAGAIN: none. */
int pvcam_control_changed(struct pvcam *camera, uint8_t *ret_type, int64_t *ret_value);

/* ---- streaming ---- */

/* num_buffers 2..max (0: 4, or what the camera allows); the backend may grant fewer. -EINVAL: out
 * of range; -EBUSY: it streams. -ENOSPC: gntalloc's limit is too low for that many frames. */
int pvcam_start(struct pvcam *camera, unsigned num_buffers);
/* Frames still borrowed become invalid, also when it fails. -EINVAL: not streaming. */
int pvcam_stop(struct pvcam *camera);

struct pvcam_frame {
	const void *pixels; /* the camera's own memory, as pvcam_get_layout says */
	size_t size_bytes;
	uint32_t seq;         /* a gap means frames were dropped for this guest */
	uint64_t received_ns; /* CLOCK_MONOTONIC when the frame became readable here */
	unsigned buffer;
};

/* Readable (poll for POLLIN) when a call of pvcam_get_frame with timeout 0 makes sense: it has a
 * frame, or half of the work for one, or -EPIPE to tell. Constant in the life of the camera. */
int pvcam_fd(const struct pvcam *camera);

/* Borrows the oldest frame that has come; no copy. timeout_ms < 0 waits for ever, 0 not at all.
 * -EAGAIN none in time; -EINVAL not streaming; -EINTR a signal came. Frames that had come before
 * the backend went away are still delivered. At most num_buffers - 1 should be held at once. */
int pvcam_get_frame(struct pvcam *camera, int timeout_ms, struct pvcam_frame *ret);
/* The pixels may be overwritten from now on. In any order. -EINVAL: not a borrowed frame. */
int pvcam_give_back(struct pvcam *camera, const struct pvcam_frame *frame);
/* Copies the next frame out and gives it back; ret->pixels is to. -EMSGSIZE: to is smaller than
 * layout.size_bytes. */
int pvcam_copy_frame(
	struct pvcam *camera, int timeout_ms, void *to, size_t to_bytes, struct pvcam_frame *ret);

/* ---- a second format of the same stream, without a second capture ---- */

struct pvcam_view;

/* A view of this camera's frames (in the settings in force) as another format and size. It outlives
 * the camera, and may be used by another thread. -EINVAL: no such format, or not in that size. */
int pvcam_view_create(struct pvcam *camera, uint32_t fourcc, uint32_t width, uint32_t height,
	struct pvcam_view **ret);
void pvcam_view_destroy(struct pvcam_view *view);
void pvcam_view_layout(const struct pvcam_view *view, struct pvcam_layout *ret);
/* Converts a borrowed frame into to (layout.size_bytes long). -EBADMSG: the frame is too short for
 * the settings that the view was made for. */
int pvcam_view_convert(struct pvcam_view *view, const struct pvcam_frame *frame, void *to);

#ifdef __cplusplus
}
#endif

#endif
