/* SPDX-License-Identifier: MIT */
/* Where the device is, and what that means to the application. */
#include "frontend/sound/pcm.h"

#include <errno.h>
#include <sys/eventfd.h>

static bool playback(const struct pvsnd_pcm *pcm)
{
	return pcm->io.stream == SND_PCM_STREAM_PLAYBACK;
}

snd_pcm_uframes_t pvsnd_pcm_hw_ptr(const struct pvsnd_pcm *pcm)
{
	const snd_pcm_ioplug_t *io = &pcm->io;
	uint64_t frames = (pcm->wire.position_bytes - pcm->begin_bytes) / pcm->frame_bytes;
	snd_pcm_uframes_t hw_ptr = frames % pcm->boundary;

	if (io->state == SND_PCM_STATE_DISCONNECTED)
		return playback(pcm) ? io->appl_ptr
				     : (io->appl_ptr + io->buffer_size) % pcm->boundary;
	if (io->state == SND_PCM_STATE_DRAINING && playback(pcm) &&
		snd_pcm_ioplug_avail(io, hw_ptr, io->appl_ptr) > io->buffer_size)
		return io->appl_ptr;
	return hw_ptr;
}

static snd_pcm_uframes_t avail(const struct pvsnd_pcm *pcm, snd_pcm_uframes_t appl_ptr)
{
	return snd_pcm_ioplug_avail(&pcm->io, pvsnd_pcm_hw_ptr(pcm), appl_ptr);
}

int pvsnd_pcm_update(struct pvsnd_pcm *pcm)
{
	if (pvsnd_wire_process(&pcm->wire) < 0)
		return pvsnd_pcm_lost(pcm);
	if (pcm->io.state != SND_PCM_STATE_RUNNING ||
		avail(pcm, pcm->io.appl_ptr) < pcm->stop_threshold)
		return 0;
	snd_pcm_ioplug_set_state(&pcm->io, SND_PCM_STATE_XRUN);
	pvsnd_wire_post_stop(&pcm->wire);
	return -EPIPE;
}

int pvsnd_pcm_lost(struct pvsnd_pcm *pcm)
{
	snd_pcm_ioplug_set_state(&pcm->io, SND_PCM_STATE_DISCONNECTED);
	pvsnd_pcm_wake(pcm);
	return -ENODEV;
}

static unsigned short events(const struct pvsnd_pcm *pcm, snd_pcm_uframes_t appl_ptr)
{
	unsigned short ready = playback(pcm) ? POLLOUT : POLLIN;
	snd_pcm_uframes_t enough = pcm->avail_min;

	switch (pcm->io.state) {
	case SND_PCM_STATE_DRAINING:
		enough = playback(pcm) ? pcm->io.buffer_size : 1;
		break;
	case SND_PCM_STATE_PREPARED:
	case SND_PCM_STATE_RUNNING:
	case SND_PCM_STATE_PAUSED:
		break;
	default:
		return ready | POLLERR;
	}
	return avail(pcm, appl_ptr) >= enough ? ready : 0;
}

unsigned short pvsnd_pcm_events(const struct pvsnd_pcm *pcm)
{
	return events(pcm, pcm->io.appl_ptr);
}

static void set_awake(struct pvsnd_pcm *pcm, bool awake)
{
	eventfd_t count;

	if (awake && !pcm->awake)
		eventfd_write(pcm->wake_fd, 1);
	else if (!awake && pcm->awake)
		eventfd_read(pcm->wake_fd, &count);
	pcm->awake = awake;
}

void pvsnd_pcm_wake(struct pvsnd_pcm *pcm)
{
	set_awake(pcm, true);
}

void pvsnd_pcm_wake_update(struct pvsnd_pcm *pcm, snd_pcm_uframes_t appl_ptr)
{
	set_awake(pcm, events(pcm, appl_ptr) != 0);
}
