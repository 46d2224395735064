/* SPDX-License-Identifier: MIT */
/*
 * Inside libpvcam. Four parts: the wire (requests and their answers), the offer (settings out of
 * xenstore), the stream (buffers and frames), and views. One thread a camera; no thread inside.
 * What the backend sends is checked here: it is trusted with the pixels and nothing else.
 */
#ifndef PVCAM_INTERNAL_H
#define PVCAM_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <xen/io/cameraif.h>

#include "common/pixfmt.h"
#include "frontend/camera/pvcam.h"
#include "xenbus/front.h"
#include "xenbus/store.h"

#define PVCAM_API __attribute__((visibility("default")))

#define PVCAM_CLASS "pvcam"
#define PVCAM_TIMEOUT_MS 3000
#define PVCAM_CALLS_MAX 32 /* what a ring holds */
#define PVCAM_BUFFERS_MAX 32
#define PVCAM_BUFFERS_DEFAULT 4
#define PVCAM_FRAME_BYTES_MAX (256u << 20)
#define PVCAM_SETTINGS_MAX 1024 /* a domain's xenstore quota leaves no room for more */
#define PVCAM_EVENTS_MAX 1024   /* taken at once; a backend that makes more is refused */

/* ---- the offer ---- */

struct pvcam_offer {
	struct pvcam_settings *settings; /* best format, largest size, fastest rate first */
	unsigned num_settings;
	uint32_t max_buffers; /* 1..PVCAM_BUFFERS_MAX */
};

/*
 * Adds one resolution's node: "YUYV", "640x480", "30/1,15/1". What libpvcam cannot read or does
 * not know is left out (0): it may be meant for others. -ENOMEM, -E2BIG too many.
 */
int pvcam_offer_add(
	struct pvcam_offer *offer, const char *format, const char *size, const char *rates);
void pvcam_offer_sort(struct pvcam_offer *offer);
/* Reads all below dir ("device/pvcam/0"). -ENODEV: nothing usable on offer. */
int pvcam_offer_read(struct xb_store *store, const char *dir, struct pvcam_offer *ret);
void pvcam_offer_finish(struct pvcam_offer *offer);
bool pvcam_offer_has(const struct pvcam_offer *offer, const struct pvcam_settings *settings);

/* ---- the wire ---- */

/* Requests that are waited for together; lives on the waiter's stack. */
struct pvcam_batch {
	unsigned pending;
	int error; /* of the first that failed */
};

/* One request under way. */
struct pvcam_call {
	bool pending;
	uint16_t id;
	uint8_t operation;
	uint8_t buffer;
	struct pvcam_batch *batch;           /* NULL: nobody waits, the stream takes the answer */
	struct xencamera_resp *ret_response; /* may be NULL */
};

/* ---- the stream ---- */

enum pvcam_buffer_state {
	PVCAM_BUFFER_IDLE,     /* not given to the backend (yet) */
	PVCAM_BUFFER_QUEUED,   /* the backend's */
	PVCAM_BUFFER_FILLED,   /* announced; its BUF_DEQUEUE waits for room on the wire */
	PVCAM_BUFFER_COMING,   /* BUF_DEQUEUE sent */
	PVCAM_BUFFER_READY,    /* ours, the application has not seen it */
	PVCAM_BUFFER_BORROWED, /* the application's */
};

struct pvcam_buffer {
	struct xb_shared shared;
	enum pvcam_buffer_state state;
	uint32_t used_bytes;
	uint32_t seq;
	uint64_t received_ns;
};

/* Buffer numbers, oldest first; a number is in it at most once. */
struct pvcam_queue {
	uint8_t buffers[PVCAM_BUFFERS_MAX];
	unsigned first;
	unsigned count;
};

struct pvcam {
	struct xb_store *store;
	struct xb_front *front;
	char name[PVCAM_NAME_BYTES];
	struct pvcam_offer offer;
	bool dead; /* the backend is gone or broke the protocol: nothing is sent any more */

	/* fd: an epoll of front's and of wake_fd, which is readable while frames are ready (or the
	 * camera is dead): poll must not sleep on a frame that another call took off the wire. */
	int fd;
	int wake_fd;
	bool awake;

	struct pvcam_call calls[PVCAM_CALLS_MAX];
	uint16_t next_id;

	struct pvcam_settings settings;
	struct pvcam_layout layout;
	struct pvcam_colorimetry colorimetry;
	bool control_changed[XENCAMERA_MAX_CTRL];
	int64_t control_value[XENCAMERA_MAX_CTRL];

	bool streaming;
	unsigned num_buffers;
	struct pvcam_buffer buffers[PVCAM_BUFFERS_MAX];
	struct pvcam_queue filled; /* in the state FILLED */
	struct pvcam_queue ready;  /* in the state READY */
};

/* Finds the device that `name` means (see pvcam_open). -ENODEV. */
int pvcam_list_find(struct xb_store *store, const char *name, struct pvcam_entry *ret);

/* Makes and frees fd and wake_fd. */
int pvcam_wake_init(struct pvcam *camera);
void pvcam_wake_finish(struct pvcam *camera);
/* Makes wake_fd say what it has to; after anything that may have changed it. */
void pvcam_wake_update(struct pvcam *camera);

/*
 * Takes all answers and events that have come; never blocks. -EPIPE: the camera is dead. Another
 * error is the reason why it died just now.
 */
int pvcam_wire_process(struct pvcam *camera);
/* Declares the camera dead because of `error`, which is returned. */
int pvcam_wire_die(struct pvcam *camera, int error);
/* Whether a request could be posted now without waiting. */
bool pvcam_wire_has_room(const struct pvcam *camera);
/*
 * Sends a request (its id is filled in). batch, ret_response: see pvcam_call; both must live until
 * pvcam_wire_wait. Waits for room, at most 3 s.
 */
int pvcam_wire_post(struct pvcam *camera, struct xencamera_req *request, uint8_t buffer,
	struct pvcam_batch *batch, struct xencamera_resp *ret_response);
/* Waits until all of the batch is answered: its error. No answer in 3 s: the camera is dead. */
int pvcam_wire_wait(struct pvcam *camera, struct pvcam_batch *batch);
/* Post and wait. ret_response may be NULL. */
int pvcam_wire_call(
	struct pvcam *camera, struct xencamera_req *request, struct xencamera_resp *ret_response);
/* A request of one operation about one buffer. */
int pvcam_wire_post_buffer(
	struct pvcam *camera, uint8_t operation, uint8_t buffer, struct pvcam_batch *batch);

/* Fetches the layout of the settings in force, checked. */
int pvcam_layout_fetch(struct pvcam *camera);
/*
 * What the backend said, against what the format needs. Strides may be wider than needed; planes
 * follow each other as V4L2's single-planar formats do. -EPROTO: it cannot be.
 */
int pvcam_layout_check(const struct pvcam_settings *settings,
	const struct xencamera_buf_get_layout_resp *wire, struct pvcam_layout *ret);
/* Reads the settings in force and their layout; chooses the first on offer where the backend's
 * own are not. */
int pvcam_settings_init(struct pvcam *camera);

/* What the wire hands to the stream. Negative: the backend broke the protocol. */
int pvcam_stream_event(struct pvcam *camera, const struct xencamera_frame_avail_evt *event);
int pvcam_stream_answer(struct pvcam *camera, uint8_t operation, uint8_t buffer, int status);
/* Sends the BUF_DEQUEUEs there is room for. */
int pvcam_stream_pump(struct pvcam *camera);

void pvcam_control_event(struct pvcam *camera, const struct xencamera_ctrl_value *event);

#endif
