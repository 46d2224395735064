/* SPDX-License-Identifier: MIT */
/* Inside the PCM plugin: ALSA's ioplug on top of the wire. */
#ifndef PVSND_PCM_H
#define PVSND_PCM_H

#include <alsa/asoundlib.h>
#include <alsa/pcm_external.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "frontend/sound/card.h"
#include "frontend/sound/limits.h"
#include "frontend/sound/wire.h"

struct pvsnd_pcm {
	snd_pcm_ioplug_t io;
	struct xb_store *store;
	struct pvsnd_stream stream;
	struct pvsnd_limits limits;

	/* alsa-lib holds a lock of its own around some callbacks and not around others. */
	pthread_mutex_t lock;
	struct pvsnd_wire wire;
	int fd; /* for the application: the wire's and wake_fd */
	int wake_fd;
	bool awake; /* wake_fd is readable */

	uint32_t frame_bytes;
	snd_pcm_uframes_t boundary;
	snd_pcm_uframes_t avail_min;
	snd_pcm_uframes_t stop_threshold;
	uint64_t begin_bytes;   /* the wire's position at prepare */
	snd_pcm_uframes_t done; /* written to or read from the wire since then, below boundary */
	bool used;              /* written or started since then: STOP brings it back */
};

/* Everything below: with the lock held. */

/* Takes what came, looks for an xrun, turns a dead wire into SND_PCM_STATE_DISCONNECTED. -ENODEV:
 * it is; -EPIPE: an xrun, the state is SND_PCM_STATE_XRUN and STOP is on its way. */
int pvsnd_pcm_update(struct pvsnd_pcm *pcm);
/* The wire died: SND_PCM_STATE_DISCONNECTED. Answers -ENODEV. */
int pvsnd_pcm_lost(struct pvsnd_pcm *pcm);
/* The device's position since prepare, below boundary. While draining it stops at what was
 * written; disconnected it lets the application run into the error. */
snd_pcm_uframes_t pvsnd_pcm_hw_ptr(const struct pvsnd_pcm *pcm);
/* What poll tells: POLLOUT or POLLIN when avail_min frames are there, POLLERR in a broken state. */
unsigned short pvsnd_pcm_events(const struct pvsnd_pcm *pcm);
/* Makes fd readable while pvsnd_pcm_events says something. appl_ptr: io.appl_ptr, or what it is
 * about to be. */
void pvsnd_pcm_wake_update(struct pvsnd_pcm *pcm, snd_pcm_uframes_t appl_ptr);

/* Makes fd readable once, for a change of state that alsa-lib is about to make. */
void pvsnd_pcm_wake(struct pvsnd_pcm *pcm);

/* Puts frames into the shared buffer and sends them, or fetches and takes them out. Frames moved,
 * or negative. */
snd_pcm_sframes_t pvsnd_pcm_play(struct pvsnd_pcm *pcm, const snd_pcm_channel_area_t *areas,
	snd_pcm_uframes_t offset, snd_pcm_uframes_t frames);
snd_pcm_sframes_t pvsnd_pcm_record(struct pvsnd_pcm *pcm, const snd_pcm_channel_area_t *areas,
	snd_pcm_uframes_t offset, snd_pcm_uframes_t frames);

/* ioplug's callbacks, of a pvsnd_pcm that is connected. */
extern const snd_pcm_ioplug_callback_t pvsnd_pcm_callbacks;
void pvsnd_pcm_free(struct pvsnd_pcm *pcm);

#endif
