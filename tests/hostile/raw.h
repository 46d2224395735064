/* SPDX-License-Identifier: MIT */
/*
 * A camera frontend that does what it is told, also what no frontend should: on Xen's libraries and
 * <xen/io/cameraif.h> alone. One thread an object, unless a test says otherwise. Failures of this
 * machinery itself (no memory, no xenstore) end the test program with a line on stderr.
 */
#ifndef HOSTILE_RAW_H
#define HOSTILE_RAW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <xenevtchn.h>
#include <xengnttab.h>
#include <xenstore.h>
#include <xen/xen.h>
#include <xen/io/ring.h>
#include <xen/io/cameraif.h>
#include <xen/io/xenbus.h>

#define RAW_PAGE_BYTES 4096u
#define RAW_FRONT_LIFE 62 /* offsets of the life bytes in the event page */
#define RAW_BACK_LIFE 63
#define RAW_TIMEOUT_MS 5000

/* The cameras that tests/hostile/run attaches. */
#define RAW_CAMERA "pvcam/0" /* YUYV 320x240 30/1 15/1, GREY 160x120; 4 buffers, all controls */
#define RAW_LARGE "pvcam/0" /* of a domain of its own: RGB3 1920x1080, two pages of directory */
#define RAW_WISHES "pvcam/1" /* its wishes stand only where the guest may write */
#define RAW_KERNEL "vcamera/0" /* the class without life bytes */

struct raw {
	struct xs_handle *xs;
	xengntshr_handle *gntshr;
	xenevtchn_handle *evtchn;
	char path[64]; /* "device/pvcam/0" */
	char backend[128];
	evtchn_port_t req_port;
	evtchn_port_t evt_port;
	void *req_page;
	void *evt_page;
	uint32_t req_ref;
	uint32_t evt_ref;
	xen_cameraif_front_ring_t ring;
	uint16_t next_id;
	uint32_t in_cons;
};

/* Pages shared with dom0; refs[i] is page i's. */
struct raw_pages {
	void *start;
	uint32_t count;
	uint32_t refs[64];
};

void raw_open(struct raw *raw, const char *device);
/* Without a word to the backend, as if the process had died. */
void raw_close(struct raw *raw);

/* ---- xenstore ---- */

/* length_bytes of value into the frontend's directory; false: refused. */
bool raw_write_bytes(struct raw *raw, const char *node, const void *value, unsigned length_bytes);
void raw_write(struct raw *raw, const char *node, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Caller frees; NULL: no such node. */
char *raw_read(struct raw *raw, const char *node);
void raw_state(struct raw *raw, int state);
/* The backend's state; XenbusStateUnknown without one. */
int raw_backend_state(struct raw *raw);
bool raw_wait_backend(struct raw *raw, int state, int timeout_ms);
/* Announces Initialising and waits until the backend offers itself again. */
bool raw_start_over(struct raw *raw);

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

/* Puts one request into the ring and notifies. */
void raw_send(struct raw *raw, const struct xencamera_req *request);
bool raw_response(struct raw *raw, struct xencamera_resp *ret, int timeout_ms);
/* Sends and waits for its answer; its status, or INT32_MIN when none came. ret may be NULL. */
int32_t raw_call(struct raw *raw, struct xencamera_req request, struct xencamera_resp *ret);
int32_t raw_op(struct raw *raw, uint8_t operation);
int32_t raw_index(struct raw *raw, uint8_t operation, uint8_t index);
int32_t raw_config(struct raw *raw, uint8_t operation, const char *fourcc, uint32_t width,
	uint32_t height);
int32_t raw_buffers(struct raw *raw, uint8_t count);
int32_t raw_create(struct raw *raw, uint8_t index, uint32_t directory_ref);
void raw_notify(struct raw *raw);

/* The next event, confirmed. */
bool raw_event(struct raw *raw, struct xencamera_evt *ret, int timeout_ms);

/* ---- memory ---- */

void raw_pages_share(struct raw *raw, uint32_t count, bool writable, struct raw_pages *ret);
void raw_pages_unshare(struct raw *raw, struct raw_pages *pages);
/* One directory page (pages->start is written) of these references, the next page's being next. */
void raw_directory(struct raw_pages *directory, const uint32_t *refs, uint32_t count,
	uint32_t next);

uint64_t raw_now_ms(void);
void raw_sleep_ms(unsigned ms);

#endif
