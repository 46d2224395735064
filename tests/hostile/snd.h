/* SPDX-License-Identifier: MIT */
/*
 * A sound frontend that does what it is told, also what no frontend should: on Xen's libraries and
 * <xen/io/sndif.h> alone. One thread an object. Failures of this machinery itself end the test
 * program with a line on stderr.
 */
#ifndef HOSTILE_SND_H
#define HOSTILE_SND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <xenevtchn.h>
#include <xengnttab.h>
#include <xenstore.h>
#include <xen/xen.h>
#include <xen/io/ring.h>
#include <xen/io/sndif.h>
#include <xen/io/xenbus.h>

#define SND_STREAMS 4
#define SND_TIMEOUT_MS 3000 /* Linux's driver waits so long for an answer */

struct snd;

/* One stream: rings, ports, and a buffer with its directory. */
struct snd_stream {
	struct snd *snd;
	unsigned pcm, stream; /* its place */
	evtchn_port_t req_port, evt_port;
	void *req_page;
	struct xensnd_event_page *evt_page;
	uint32_t req_ref, evt_ref;
	xen_sndif_front_ring_t ring;
	uint16_t next_id;
	uint32_t in_cons;
	uint8_t *buffer;
	uint32_t *directory; /* [0]: next page */
	uint32_t buffer_pages;
	uint32_t refs[256];
	uint32_t directory_ref;
};

struct snd {
	struct xs_handle *xs;
	xengntshr_handle *gntshr;
	xenevtchn_handle *evtchn;
	char path[64]; /* "device/vsnd/0" */
	char backend[128];
	unsigned num_streams;
	struct snd_stream streams[SND_STREAMS];
};

/* device: "vsnd/0". Its streams are found as the driver finds them. */
void snd_open(struct snd *snd, const char *device);
/* Without a word to the backend, as if the process had died. */
void snd_close(struct snd *snd);

/* All streams, from the start. false: the backend does not get to Connected. */
bool snd_connect(struct snd *snd);
bool snd_wait_backend(struct snd *snd, int state, int timeout_ms);
void snd_state(struct snd *snd, int state);
void snd_write(struct snd *snd, const char *node, const char *value);
/* Of the frontend's or the backend's directory. Caller frees; NULL: no such node. */
char *snd_read(struct snd *snd, const char *node);
char *snd_read_backend(struct snd *snd, const char *node);

/* Shares a buffer of so many pages, filled with 0, and its directory; the one before goes. */
void snd_share(struct snd_stream *stream, uint32_t pages);

void snd_send(struct snd_stream *stream, const struct xensnd_req *request);
bool snd_response(struct snd_stream *stream, struct xensnd_resp *ret, int timeout_ms);
/* One request and its answer: the status. INT32_MIN: none within SND_TIMEOUT_MS, or not to it. ret
 * may be NULL. */
int32_t snd_call(struct snd_stream *stream, struct xensnd_req request, struct xensnd_resp *ret);
int32_t snd_op(struct snd_stream *stream, uint8_t operation);
int32_t snd_rw(struct snd_stream *stream, uint8_t operation, uint32_t offset, uint32_t length);
int32_t snd_trigger(struct snd_stream *stream, uint8_t type);
/* S16_LE stereo 48 kHz on the shared buffer. */
int32_t snd_open_stream(struct snd_stream *stream, uint32_t buffer_bytes, uint32_t period_bytes);

/* The next event, confirmed. */
bool snd_event(struct snd_stream *stream, struct xensnd_evt *ret, int timeout_ms);

uint64_t snd_now_ms(void);
void snd_sleep_ms(unsigned ms);

#endif
