/* SPDX-License-Identifier: MIT */
/* A raw frontend that speaks <xen/io/sndif.h>: a link and a buffer for each stream. */
#ifndef HOSTILE_SND_H
#define HOSTILE_SND_H

#include <stdint.h>
#include <xen/io/sndif.h>

#include "tests/hostile/raw.h"

#define SND_STREAMS 16      /* as many as pvsndd serves of one device */
#define SND_TIMEOUT_MS 3000 /* Linux's driver waits so long for an answer */

struct snd;

/* One stream: a link, and a buffer with its directory. */
struct snd_stream {
	struct snd *snd;
	unsigned pcm, stream; /* its place */
	struct raw_link link;
	uint8_t *buffer;                   /* pages.start */
	struct raw_pages pages, directory; /* directory.refs[0] is OPEN's */
};

struct snd {
	struct raw raw; /* its own link is not used */
	unsigned num_streams;
	struct snd_stream streams[SND_STREAMS];
};

/* device: "vsnd/0". Its streams are found as the driver finds them. */
void snd_open(struct snd *snd, const char *device);
/* Without a word to the backend, as if the process had died. */
void snd_close(struct snd *snd);

/* All streams, from the start. false: the backend does not get to Connected. */
bool snd_connect(struct snd *snd);

/* Shares a buffer of so many pages, filled with 0, and its directory; the one before goes. */
void snd_share(struct snd_stream *stream, uint32_t pages);

void snd_send(struct snd_stream *stream, const struct xensnd_req *request);
bool snd_response(struct snd_stream *stream, struct xensnd_resp *ret, int timeout_ms);
/* One request and its answer: the status, INT32_MIN when none came to it. ret may be NULL. */
int32_t snd_call(struct snd_stream *stream, struct xensnd_req request, struct xensnd_resp *ret);
int32_t snd_op(struct snd_stream *stream, uint8_t operation);
int32_t snd_rw(struct snd_stream *stream, uint8_t operation, uint32_t offset, uint32_t length);
int32_t snd_trigger(struct snd_stream *stream, uint8_t type);
/* S16_LE stereo 48 kHz on the shared buffer. */
int32_t snd_open_stream(struct snd_stream *stream, uint32_t buffer_bytes, uint32_t period_bytes);

/* The next event, confirmed. */
bool snd_event(struct snd_stream *stream, struct xensnd_evt *ret, int timeout_ms);

#endif
