/* SPDX-License-Identifier: MIT */
/* A raw frontend that speaks <xen/io/cameraif.h> through its own link. */
#ifndef HOSTILE_RAW_CAMERA_H
#define HOSTILE_RAW_CAMERA_H

#include <stdint.h>
#include <xen/io/cameraif.h>

#include "tests/hostile/raw.h"

/* The cameras that tests/hostile/run attaches. */
#define RAW_CAMERA "pvcam/0"   /* YUYV 320x240 30/1 15/1, GREY 160x120; 4 buffers, all controls */
#define RAW_LARGE "pvcam/0"    /* of a domain of its own: RGB3 1920x1080, two pages of directory */
#define RAW_WISHES "pvcam/1"   /* its wishes stand only where the guest may write */
#define RAW_KERNEL "vcamera/0" /* the class without life bytes */

/* ---- the connection ---- */

/* New rings and ports, alive, not yet published. */
void raw_share(struct raw *raw);
void raw_unshare(struct raw *raw);
/* Writes references and ports. */
void raw_publish(struct raw *raw);
/*
 * All of it, as it should be, until a request is answered. Tries again when it is refused: the
 * backend may be busy still with what this device was before, and its InitWait be meant for that.
 */
bool raw_connect(struct raw *raw);

/* ---- requests ---- */

void raw_notify(struct raw *raw);
/* Puts one request into the ring and notifies. */
void raw_send(struct raw *raw, const struct xencamera_req *request);
bool raw_response(struct raw *raw, struct xencamera_resp *ret, int timeout_ms);
/* Sends and waits for its answer; its status, or INT32_MIN when none came. ret may be NULL. */
int32_t raw_call(struct raw *raw, struct xencamera_req request, struct xencamera_resp *ret);
int32_t raw_op(struct raw *raw, uint8_t operation);
int32_t raw_index(struct raw *raw, uint8_t operation, uint8_t index);
int32_t raw_config(
	struct raw *raw, uint8_t operation, const char *fourcc, uint32_t width, uint32_t height);
int32_t raw_buffers(struct raw *raw, uint8_t count);
int32_t raw_create(struct raw *raw, uint8_t index, uint32_t directory_ref);

/* The next event, confirmed. */
bool raw_event(struct raw *raw, struct xencamera_evt *ret, int timeout_ms);

#endif
