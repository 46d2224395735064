/* SPDX-License-Identifier: MIT */
/*
 * A source: one camera of dom0's, captured once for any number of guests by a thread of its own,
 * which runs while somebody listens. Kinds of source are tables of operations, one a file.
 *
 * A listener is a tap: it gets every frame that its rate leaves over, through a short queue that
 * drops the oldest, so that a slow guest loses its own frames and nobody else's.
 */
#ifndef VCAM_SOURCE_H
#define VCAM_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <xen/io/cameraif.h>

#include "backend/camera/config.h"
#include "backend/camera/pool.h"
#include "common/parse.h"

/* A control as cameraif's CTRL_ENUM tells it; type is XENCAMERA_CTRL_*. */
struct vcam_control {
	uint8_t type;
	int64_t min, max, step, def;
};

struct vcam_source_mode {
	struct pv_picture picture;
	struct pv_fraction rate;
};

/* What the numbers of a pixel mean: XENCAMERA_COLORSPACE_*, _XFER_FUNC_*, _YCBCR_ENC_* and
 * _QUANTIZATION_*. */
struct vcam_colours {
	uint32_t colorspace, xfer_func, ycbcr_enc, quantization;
};

/* What pictures of a format hold when nobody says otherwise: BT.601 in limited range, or sRGB. */
struct vcam_colours vcam_colours_usual(uint32_t fourcc);

/* What opening a source tells of it. */
struct vcam_source_traits {
	struct vcam_source_mode mode;
	struct vcam_colours colours;
	unsigned num_controls;
	struct vcam_control controls[XENCAMERA_MAX_CTRL];
};

/* A frame that is to be filled. */
struct vcam_filling {
	void *pixels;         /* NULL: there is no room for it, throw it away */
	uint64_t captured_ns; /* CLOCK_MONOTONIC of the picture; before: now */
	uint32_t missed;      /* frames that the device itself lost before this one; before: 0 */
};

/* How filling ends. Negative: the source is lost. */
enum vcam_filled {
	VCAM_FILLED,
	VCAM_NOT_READY,   /* it was a false alarm */
	VCAM_SHORT,       /* the device gave less than a frame */
	VCAM_DAMAGED,     /* the device says that it is no good */
	VCAM_UNDECODABLE, /* it is no picture that we can read */
	VCAM_FILLED_KINDS
};

/*
 * One kind of source. open and close run on the source's thread or, for probing, on the main
 * thread, never both at once; all else on the source's thread. -errno.
 */
struct vcam_source_ops {
	const char *type; /* as in the configuration */
	/*
	 * have is the mode that frames must be filled in, NULL when it is still to be learnt; a
	 * kind that cannot, tells the one it has. *ret_error: one static or source-owned sentence
	 * when it fails.
	 */
	int (*open)(const struct vcam_source_config *config, const struct vcam_source_mode *have,
		void **ret_priv, struct vcam_source_traits *ret, const char **ret_error);
	void (*close)(void *priv);
	/*
	 * What to offer when it is not there at first; open then failed with anything but -EINVAL.
	 * NULL: that is an error.
	 */
	void (*guess)(const struct vcam_source_config *config, struct vcam_source_traits *ret);
	/*
	 * For a source with a clock of its own: 0 when a frame can be filled; -EAGAIN when wake_fd
	 * is readable or a control has changed; -ETIMEDOUT at until_ns (CLOCK_MONOTONIC); others:
	 * it is lost. NULL: we ask for frames at its rate.
	 */
	int (*wait)(void *priv, int wake_fd, uint64_t until_ns);
	/*
	 * Fills one whole frame. number counts the periods from 0 since open, with gaps where
	 * periods were skipped; 0 with a clock of its own. enum vcam_filled or -errno.
	 */
	int (*fill)(void *priv, uint64_t number, struct vcam_filling *filling);
	/*
	 * A period that begins more than so many whole periods late is skipped, with those before
	 * it, and counted as late. Up to that the frames are made up for, at twice the rate.
	 */
	unsigned catch_up_periods;
	/* How much memory frames are to go round in, so that each is cold in cache when its turn
	 * comes. NULL: no more than guests hold. */
	size_t (*reserve_bytes)(void);
	/* NULL without controls. value is within those that open told first. */
	int (*set_control)(void *priv, uint8_t type, int64_t value);
	/* What the device has now. NULL: it has what was set, and forgets it when closed. */
	int (*get_control)(void *priv, uint8_t type, int64_t *ret_value);
	/* Bits of controls (1 << XENCAMERA_CTRL_*) that something else has changed, each told once;
	 * with get_control. */
	unsigned (*changed_controls)(void *priv);
};

/* Colour bars, a ramp, a moving box, the frame's number and the time of day; four controls. */
extern const struct vcam_source_ops vcam_source_pattern;
/* A Y4M file, looped at its own rate, its frames byte for byte. */
extern const struct vcam_source_ops vcam_source_file;
/*
 * A camera of Linux (V4L2). Frames come when the camera sends them. MJPEG is decoded, once for all.
 * A camera that goes (ENODEV) is closed, so that Linux can forget it, and found again by its name
 * or place; if it then has another format or size, its frames are converted to the mode on offer.
 */
extern const struct vcam_source_ops vcam_source_v4l2;
/*
 * For measuring the transport: opaque bytes as large as the picture. Of each frame only the first
 * 16 bytes are written: its number and CLOCK_MONOTONIC in ns when that was done, two little-endian
 * 64-bit words. The rest stays 0, and cold: the frames go round in twice the last-level cache.
 */
extern const struct vcam_source_ops vcam_source_stamp;

struct vcam_source;

/*
 * Opens the source once to learn its mode. error gets a sentence. config must outlive it
 * (until vcam_source_destroy). A camera that is not there now is no error: it is lost from the
 * start, with its configured mode.
 */
int vcam_source_create(const struct vcam_source_config *config, struct vcam_source **ret,
	char *error, size_t error_bytes);
/*
 * Ends its thread; closes it. Taps still there get no more frames (-ENODEV when started) and keep
 * the memory until the last of them is destroyed; all else about the source is gone. Takes NULL.
 */
void vcam_source_destroy(struct vcam_source *source);

/* A device has come: if the source is lost, its thread looks at once whether it is its own. */
void vcam_source_look_again(struct vcam_source *source);

const char *vcam_source_name(const struct vcam_source *source);
const char *vcam_source_type(const struct vcam_source *source);
/* The capture mode and its colours; constant in the life of the object. */
struct vcam_source_mode vcam_source_mode(const struct vcam_source *source);
struct vcam_colours vcam_source_colours(const struct vcam_source *source);

/*
 * Index 0.. until -EINVAL. Control values belong to the source, and all its guests see them. A
 * camera that was not there at first has none until it is first opened.
 */
int vcam_source_control(struct vcam_source *source, unsigned index, struct vcam_control *ret);
/* Has it this one, or is that still to be learnt? */
bool vcam_source_may_have_control(struct vcam_source *source, uint8_t type);
int vcam_source_get_control(struct vcam_source *source, uint8_t type, int64_t *ret_value);
/*
 * -EINVAL: no such control, or outside min..max, or off step. Setting the value it has already is
 * nothing at all. Otherwise every tap but `origin` (may be NULL) has its control_changed set. The
 * source's thread passes it to the device before the next frame; when that ends at another value,
 * all taps are told.
 */
struct vcam_tap;
int vcam_source_set_control(
	struct vcam_source *source, uint8_t type, int64_t value, struct vcam_tap *origin);

/* ---- taps: one owner thread each (a session) ---- */

#define VCAM_TAP_DEPTH 8 /* frames that may wait for a session that is late */

struct vcam_tap_frame {
	struct vcam_frame *frame; /* held for the taker; put it back */
	uint32_t seq;             /* of the frames offered to this tap; a gap is a drop */
};

/*
 * A tap outlives streaming: seq goes on over stop and start. wake_fd is an eventfd of the owner's,
 * written when a frame or a control change waits; it must stay open as long as the tap. -ENOMEM.
 */
int vcam_tap_create(struct vcam_source *source, int wake_fd, struct vcam_tap **ret);
/* Stops it first. Takes NULL. */
void vcam_tap_destroy(struct vcam_tap *tap);

/*
 * From now on frames come, thinned to rate (a faster one means the source's). Counted from here, of
 * the source's frames the first is offered and then the first of each k * source rate / rate:
 * 0, 2, 4 … at half of it, 0, 2, 3, 5 … at two thirds. On a started tap: only the rate changes.
 * The first tap starts the source, which then begins at its frame 0. -EINVAL: rate is 0;
 * -ENODEV: the source was destroyed; -EAGAIN: no thread.
 */
int vcam_tap_start(struct vcam_tap *tap, struct pv_fraction rate);
/* No frame waits once this returned; the last tap stops the source. Harmless when stopped. */
void vcam_tap_stop(struct vcam_tap *tap);

/* Oldest waiting frame. -EAGAIN: none. */
int vcam_tap_take(struct vcam_tap *tap, struct vcam_tap_frame *ret);
/*
 * The owner has dealt with a taken frame; a back-to-back source goes on when all started taps have
 * nothing waiting and nothing taken that is not done. It waits 1 s, then no more for those that
 * kept it until they are done with one.
 */
void vcam_tap_done(struct vcam_tap *tap);

/* A control that somebody else changed, each once. -EAGAIN: none. */
int vcam_tap_control_changed(struct vcam_tap *tap, uint8_t *ret_type, int64_t *ret_value);

/* Frames offered = taken + waiting + dropped_late + dropped_stopped. */
struct vcam_tap_counts {
	uint64_t offered;
	uint64_t dropped_late;    /* lost in the queue because the owner was late */
	uint64_t dropped_stopped; /* waiting when the tap or the source stopped */
};
void vcam_tap_counts(struct vcam_tap *tap, struct vcam_tap_counts *ret);

struct vcam_source_stat {
	bool running;
	bool lost;       /* the placeholder is shown */
	unsigned taps;   /* streaming now */
	uint64_t frames; /* captured since it was created, the placeholder's among them */
	uint64_t conversions;
	uint64_t late; /* periods that began too late to keep the rate; their frames were skipped */
	uint64_t pool_empty; /* frames not captured because guests hold all of the pool */
	uint64_t missed;     /* frames that the device itself lost */
	uint64_t spoiled[VCAM_FILLED_KINDS]; /* frames thrown away: VCAM_SHORT, _DAMAGED … */
};
void vcam_source_stat(struct vcam_source *source, struct vcam_source_stat *ret);

#endif
