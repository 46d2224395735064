/* SPDX-License-Identifier: MIT */
/* What alsa-lib calls. */
#include "frontend/sound/pcm.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/parse.h"

/* A drain whose position stands still for so long failed. */
#define STALLED_NS UINT64_C(4000000000)
#define LOOK_MS 500

static struct pvsnd_pcm *enter(snd_pcm_ioplug_t *io)
{
	struct pvsnd_pcm *pcm = io->private_data;

	pthread_mutex_lock(&pcm->lock);
	return pcm;
}

/* Leaves with r, or with the news that the backend is gone. */
static int leave(struct pvsnd_pcm *pcm, int r)
{
	if (r < 0 && pcm->wire.dead)
		r = pvsnd_pcm_lost(pcm);
	pthread_mutex_unlock(&pcm->lock);
	return r;
}

static int trigger(snd_pcm_ioplug_t *io, uint8_t type)
{
	struct pvsnd_pcm *pcm = enter(io);

	pcm->used = true;
	pvsnd_pcm_wake(pcm);
	return leave(pcm, pvsnd_wire_trigger(&pcm->wire, type));
}

static int pcm_start(snd_pcm_ioplug_t *io)
{
	return trigger(io, XENSND_OP_TRIGGER_START);
}

static int pcm_pause(snd_pcm_ioplug_t *io, int enable)
{
	return trigger(io, enable ? XENSND_OP_TRIGGER_PAUSE : XENSND_OP_TRIGGER_RESUME);
}

/* Back to nothing inside; the position stays where it is. */
static int quiet(struct pvsnd_pcm *pcm)
{
	int r = 0;

	if (pcm->used && pcm->wire.open)
		r = pvsnd_wire_trigger(&pcm->wire, XENSND_OP_TRIGGER_STOP);
	if (r == 0)
		pcm->used = false;
	return r;
}

static int pcm_stop(snd_pcm_ioplug_t *io)
{
	struct pvsnd_pcm *pcm = enter(io);

	pvsnd_pcm_wake(pcm);
	return leave(pcm, quiet(pcm));
}

static snd_pcm_sframes_t pcm_pointer(snd_pcm_ioplug_t *io)
{
	struct pvsnd_pcm *pcm = enter(io);
	snd_pcm_sframes_t hw_ptr;
	int r = pvsnd_pcm_update(pcm);

	/* Negative means an xrun to alsa-lib; a lost device is a state of its own. */
	hw_ptr = r == -EPIPE ? r : (snd_pcm_sframes_t)pvsnd_pcm_hw_ptr(pcm);
	pvsnd_pcm_wake_update(pcm, io->appl_ptr);
	leave(pcm, 0);
	return hw_ptr;
}

static snd_pcm_sframes_t transfer(struct pvsnd_pcm *pcm, const snd_pcm_channel_area_t *areas,
	snd_pcm_uframes_t offset, snd_pcm_uframes_t size)
{
	snd_pcm_sframes_t moved = pvsnd_pcm_update(pcm);

	if (moved == 0)
		moved = pcm->wire.error;
	if (moved == 0)
		moved = pcm->io.stream == SND_PCM_STREAM_PLAYBACK
				? pvsnd_pcm_play(pcm, areas, offset, size)
				: pvsnd_pcm_record(pcm, areas, offset, size);
	if (moved > 0)
		pvsnd_pcm_wake_update(
			pcm, (pcm->io.appl_ptr + (snd_pcm_uframes_t)moved) % pcm->boundary);
	return moved;
}

static snd_pcm_sframes_t pcm_transfer(snd_pcm_ioplug_t *io, const snd_pcm_channel_area_t *areas,
	snd_pcm_uframes_t offset, snd_pcm_uframes_t size)
{
	struct pvsnd_pcm *pcm = enter(io);

	return leave(pcm, (int)transfer(pcm, areas, offset, size));
}

/* ---- parameters ---- */

static uint32_t clamp(snd_pcm_uframes_t value, uint32_t min, uint32_t max)
{
	return value < min ? min : value > max ? max : (uint32_t)value;
}

/* What OPEN will say. Where the backend cannot have a period so short or long, its events come in
 * others; a buffer that is too small for it is larger than the part that is used. */
static void open_request(const struct pvsnd_pcm *pcm, struct pvsnd_wire_open *ret)
{
	const snd_pcm_ioplug_t *io = &pcm->io;
	const struct pvsnd_limits *limits = &pcm->limits;

	*ret = (struct pvsnd_wire_open){
		.pcm_format = (uint8_t)io->format,
		.channels = (uint8_t)io->channels,
		.rate_hz = io->rate,
		.buffer_bytes = pcm->frame_bytes *
				clamp(io->buffer_size, limits->buffer_frames_min, UINT32_MAX),
		.period_bytes = pcm->frame_bytes * clamp(io->period_size, limits->period_frames_min,
							   limits->period_frames_max),
	};
}

/* Whether all of it is possible together. */
static int ask_exactly(struct pvsnd_pcm *pcm)
{
	struct pvsnd_wire_open open;
	struct xensnd_query_hw_param ranges;

	open_request(pcm, &open);
	ranges = (struct xensnd_query_hw_param){
		.formats = UINT64_C(1) << open.pcm_format,
		.rates = {open.rate_hz, open.rate_hz},
		.channels = {open.channels, open.channels},
		.buffer.min = open.buffer_bytes / pcm->frame_bytes,
		.buffer.max = open.buffer_bytes / pcm->frame_bytes,
		.period.min = open.period_bytes / pcm->frame_bytes,
		.period.max = open.period_bytes / pcm->frame_bytes,
	};
	return pvsnd_wire_query(&pcm->wire, &ranges);
}

static int pcm_hw_params(snd_pcm_ioplug_t *io, snd_pcm_hw_params_t *params)
{
	struct pvsnd_pcm *pcm = enter(io);
	int width = snd_pcm_format_physical_width(io->format), r;

	(void)params;
	if (width <= 0 || io->channels > PVSND_CHANNELS_MAX)
		return leave(pcm, -EINVAL);
	pcm->frame_bytes = (uint32_t)width / 8 * io->channels;
	r = pvsnd_wire_close(&pcm->wire);
	return leave(pcm, r < 0 ? r : ask_exactly(pcm));
}

static int pcm_hw_free(snd_pcm_ioplug_t *io)
{
	struct pvsnd_pcm *pcm = enter(io);

	pcm->used = false;
	return leave(pcm, pvsnd_wire_close(&pcm->wire));
}

static int pcm_sw_params(snd_pcm_ioplug_t *io, snd_pcm_sw_params_t *params)
{
	struct pvsnd_pcm *pcm = enter(io);

	snd_pcm_sw_params_get_boundary(params, &pcm->boundary);
	snd_pcm_sw_params_get_avail_min(params, &pcm->avail_min);
	snd_pcm_sw_params_get_stop_threshold(params, &pcm->stop_threshold);
	pvsnd_pcm_wake(pcm);
	return leave(pcm, 0);
}

static int prepare(struct pvsnd_pcm *pcm)
{
	struct pvsnd_wire_open open;
	int r;

	if (pcm->wire.open) {
		r = quiet(pcm);
	} else {
		open_request(pcm, &open);
		r = pvsnd_wire_open(&pcm->wire, &open);
	}
	if (r < 0)
		return r;
	pcm->begin_bytes = pcm->wire.position_bytes;
	pcm->done = 0;
	pcm->used = false;
	pcm->wire.error = 0;
	pvsnd_pcm_wake(pcm);
	return 0;
}

static int pcm_prepare(snd_pcm_ioplug_t *io)
{
	struct pvsnd_pcm *pcm = enter(io);
	int r = prepare(pcm);

	/* Programs show their parameters then, as if those were wrong. */
	if (r == -EBUSY)
		SNDERR("pvsnd: device or resource busy: in dom0 somebody else has the sound "
		       "device");
	else if (r == -ENOSPC)
		SNDERR("pvsnd: %s", pvsnd_card_error(r));
	return leave(pcm, r);
}

/* ---- waiting ---- */

/* 1: all that was written has been played. */
static int drained(struct pvsnd_pcm *pcm)
{
	int r = pvsnd_pcm_update(pcm);

	if (r == 0)
		r = pcm->wire.error;
	return r < 0 ? r : pvsnd_pcm_hw_ptr(pcm) == pcm->io.appl_ptr;
}

/* Sleeps without the lock: another thread may drop the stream meanwhile. */
static void nap(struct pvsnd_pcm *pcm)
{
	struct pollfd ready = {.fd = xb_front_fd(pcm->wire.front), .events = POLLIN};

	pthread_mutex_unlock(&pcm->lock);
	poll(&ready, 1, LOOK_MS);
	pthread_mutex_lock(&pcm->lock);
}

static int drain(struct pvsnd_pcm *pcm)
{
	uint64_t position = pcm->wire.position_bytes, since_ns = pv_now_ns();
	int r;

	while ((r = drained(pcm)) == 0 && pcm->io.state == SND_PCM_STATE_DRAINING) {
		if (pcm->io.nonblock) {
			pvsnd_pcm_wake_update(pcm, pcm->io.appl_ptr);
			return -EAGAIN;
		}
		if (pcm->wire.position_bytes != position) {
			position = pcm->wire.position_bytes;
			since_ns = pv_now_ns();
		}
		if (pv_now_ns() - since_ns > STALLED_NS)
			return -EIO;
		nap(pcm);
	}
	return r < 0 ? r : 0;
}

static int pcm_drain(snd_pcm_ioplug_t *io)
{
	struct pvsnd_pcm *pcm = enter(io);
	int r = 0;

	if (io->stream == SND_PCM_STREAM_CAPTURE)
		return leave(pcm, 0);
	/* alsa-lib leaves it to us to start what was only prepared, and does not say which it was:
	 * starting what runs is no error. */
	if (pvsnd_pcm_hw_ptr(pcm) != io->appl_ptr)
		r = pvsnd_wire_trigger(&pcm->wire, XENSND_OP_TRIGGER_START);
	return leave(pcm, r < 0 ? r : drain(pcm));
}

static int pcm_poll_revents(
	snd_pcm_ioplug_t *io, struct pollfd *pfds, unsigned nfds, unsigned short *revents)
{
	struct pvsnd_pcm *pcm = enter(io);

	(void)pfds;
	(void)nfds;
	pvsnd_pcm_update(pcm);
	*revents = pvsnd_pcm_events(pcm);
	pvsnd_pcm_wake_update(pcm, io->appl_ptr);
	return leave(pcm, 0);
}

static int pcm_close(snd_pcm_ioplug_t *io)
{
	pvsnd_pcm_free(io->private_data);
	return 0;
}

void pvsnd_pcm_free(struct pvsnd_pcm *pcm)
{
	pvsnd_wire_disconnect(&pcm->wire);
	if (pcm->store)
		xb_store_close(pcm->store);
	if (pcm->fd >= 0)
		close(pcm->fd);
	if (pcm->wake_fd >= 0)
		close(pcm->wake_fd);
	pthread_mutex_destroy(&pcm->lock);
	free(pcm);
}

const snd_pcm_ioplug_callback_t pvsnd_pcm_callbacks = {
	.start = pcm_start,
	.stop = pcm_stop,
	.pointer = pcm_pointer,
	.transfer = pcm_transfer,
	.close = pcm_close,
	.hw_params = pcm_hw_params,
	.hw_free = pcm_hw_free,
	.sw_params = pcm_sw_params,
	.prepare = pcm_prepare,
	.drain = pcm_drain,
	.pause = pcm_pause,
	.poll_revents = pcm_poll_revents,
};
