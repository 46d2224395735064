/* SPDX-License-Identifier: MIT */
/*
 * A frontend of any class that does what it is told, also what no frontend should: on Xen's
 * libraries alone. raw_camera.h and snd.h give it a protocol. One thread an object, unless a test
 * says otherwise. Failures of this machinery itself (no memory, no xenstore) end the test program
 * with a line on stderr.
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
#include <xen/io/xenbus.h>

#define RAW_PAGE_BYTES 4096u
#define RAW_FRONT_LIFE 62 /* offsets of the life bytes in the event page */
#define RAW_BACK_LIFE 63
#define RAW_TIMEOUT_MS 5000
#define RAW_PACKET_BYTES 64 /* of a request, a response and an event, in either protocol */

/* What cameraif's and sndif's packets have in common. */
struct raw_request {
	uint16_t id;
	uint8_t operation;
	uint8_t rest[61];
};
struct raw_response {
	uint16_t id;
	uint8_t operation;
	uint8_t reserved;
	int32_t status;
	uint8_t rest[56];
};
DEFINE_RING_TYPES(raw, struct raw_request, struct raw_response);

/* What heads either's event page; the events follow, from RAW_PACKET_BYTES on. */
struct raw_event_head {
	uint32_t in_cons;
	uint32_t in_prod;
};

/* A request ring and an event page, with their ports. */
struct raw_link {
	evtchn_port_t req_port;
	evtchn_port_t evt_port;
	void *req_page;
	struct raw_event_head *evt_page;
	uint32_t req_ref;
	uint32_t evt_ref;
	raw_front_ring_t ring;
	uint16_t next_id;
	uint32_t in_cons;
};

struct raw {
	struct xs_handle *xs;
	xengntshr_handle *gntshr;
	xenevtchn_handle *evtchn;
	char path[64]; /* "device/pvcam/0" */
	char backend[128];
	struct raw_link link; /* a camera's; a sound device has others, one a stream */
};

/* Pages shared with dom0; refs[i] is page i's. */
struct raw_pages {
	void *start;
	uint32_t count;
	uint32_t refs[1000];
};

/* device: "pvcam/0". */
void raw_open(struct raw *raw, const char *device);
/* Without a word to the backend, as if the process had died. */
void raw_close(struct raw *raw);

/* ---- xenstore ---- */

/* length_bytes of value into the frontend's directory; false: refused. */
bool raw_write_bytes(struct raw *raw, const char *node, const void *value, unsigned length_bytes);
void raw_write(struct raw *raw, const char *node, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Of the frontend's or the backend's directory. Caller frees; NULL: no such node. */
char *raw_read(struct raw *raw, const char *node);
char *raw_read_backend(struct raw *raw, const char *node);
void raw_state(struct raw *raw, int state);
/* The backend's state; XenbusStateUnknown without one. */
int raw_backend_state(struct raw *raw);
bool raw_wait_backend(struct raw *raw, int state, int timeout_ms);
/* Announces Initialising and waits until the backend offers itself again. */
bool raw_start_over(struct raw *raw);

/* ---- a link ---- */

/* New pages and ports, alive, not yet published. */
void raw_link_share(struct raw *raw, struct raw_link *link);
void raw_link_unshare(struct raw *raw, struct raw_link *link);

void raw_link_notify(struct raw *raw, struct raw_link *link);
/* Puts one request into the ring and notifies. */
void raw_link_send(struct raw *raw, struct raw_link *link, const void *request);
/* timeout_ms 0: only what is there. */
bool raw_link_response(struct raw_link *link, void *ret, int timeout_ms);
/* Sends under the next id and waits for the answer; its status, or INT32_MIN when none came. */
int32_t raw_link_call(
	struct raw *raw, struct raw_link *link, void *request, void *ret, int timeout_ms);
/* The next event, confirmed. timeout_ms as above. */
bool raw_link_event(struct raw_link *link, void *ret, int timeout_ms);

/* ---- memory ---- */

void raw_pages_share(struct raw *raw, uint32_t count, bool writable, struct raw_pages *ret);
void raw_pages_unshare(struct raw *raw, struct raw_pages *pages);
/* One directory page (pages->start is written) of these references, the next page's being next. */
void raw_directory(
	struct raw_pages *directory, const uint32_t *refs, uint32_t count, uint32_t next);

uint64_t raw_now_ms(void);
void raw_sleep_ms(unsigned ms);
/* Makes the file, and waits until the script that started the test has removed it. */
void raw_hold(const char *path);

#endif
