/* SPDX-License-Identifier: MIT */
/* The PCM plugin: opening a stream by card and device. */
#include "frontend/sound/pcm.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

#include "frontend/sound/options.h"

static int watch(int epoll_fd, int fd)
{
	struct epoll_event event = {.events = EPOLLIN};

	return epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

static int make_descriptor(struct pvsnd_pcm *pcm)
{
	int r;

	pcm->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	pcm->fd = epoll_create1(EPOLL_CLOEXEC);
	if (pcm->wake_fd < 0 || pcm->fd < 0)
		return -errno;
	r = watch(pcm->fd, pcm->wake_fd);
	return r < 0 ? r : watch(pcm->fd, xb_front_fd(pcm->wire.front));
}

static int connect_stream(struct pvsnd_pcm *pcm, const struct pvsnd_options *options, bool capture)
{
	struct xensnd_query_hw_param ranges;
	int r = pvsnd_card_stream(
		pcm->store, options->card, capture, options->device, &pcm->stream);

	if (r < 0)
		return r;
	r = pvsnd_wire_connect(pcm->store, pcm->stream.device, &pcm->wire);
	if (r < 0)
		return r;
	pvsnd_limits_wish(&pcm->stream, &ranges);
	r = pvsnd_wire_query(&pcm->wire, &ranges);
	if (r < 0)
		return r;
	r = pvsnd_limits_derive(&pcm->stream, &ranges, &pcm->limits);
	return r < 0 ? r : make_descriptor(pcm);
}

static int constrain(struct pvsnd_pcm *pcm)
{
	static const unsigned accesses[] = {
		SND_PCM_ACCESS_RW_INTERLEAVED,
		SND_PCM_ACCESS_RW_NONINTERLEAVED,
		SND_PCM_ACCESS_MMAP_INTERLEAVED,
		SND_PCM_ACCESS_MMAP_NONINTERLEAVED,
	};
	const struct pvsnd_limits *limits = &pcm->limits;
	const struct {
		int type;
		unsigned min, max;
	} intervals[] = {
		{SND_PCM_IOPLUG_HW_CHANNELS, limits->channels_min, limits->channels_max},
		{SND_PCM_IOPLUG_HW_PERIOD_BYTES, limits->period_bytes_min,
			limits->period_bytes_max},
		{SND_PCM_IOPLUG_HW_BUFFER_BYTES, limits->buffer_bytes_min,
			limits->buffer_bytes_max},
		{SND_PCM_IOPLUG_HW_PERIODS, 2, PVSND_PERIODS_MAX},
	};
	snd_pcm_ioplug_t *io = &pcm->io;
	int r = snd_pcm_ioplug_set_param_list(
		io, SND_PCM_IOPLUG_HW_ACCESS, sizeof(accesses) / sizeof(accesses[0]), accesses);

	if (r == 0)
		r = snd_pcm_ioplug_set_param_list(
			io, SND_PCM_IOPLUG_HW_FORMAT, limits->num_formats, limits->formats);
	if (r == 0 && limits->num_rates)
		r = snd_pcm_ioplug_set_param_list(
			io, SND_PCM_IOPLUG_HW_RATE, limits->num_rates, limits->rates);
	else if (r == 0)
		r = snd_pcm_ioplug_set_param_minmax(
			io, SND_PCM_IOPLUG_HW_RATE, limits->rate_min, limits->rate_max);
	for (unsigned i = 0; r == 0 && i < sizeof(intervals) / sizeof(intervals[0]); i++)
		r = snd_pcm_ioplug_set_param_minmax(
			io, intervals[i].type, intervals[i].min, intervals[i].max);
	return r;
}

/* On success ALSA owns the object, and closes it. */
static int create(struct pvsnd_pcm *pcm, const char *name, snd_pcm_stream_t stream, int mode)
{
	int r;

	pcm->io = (snd_pcm_ioplug_t){
		.version = SND_PCM_IOPLUG_VERSION,
		.name = "Xen sound card",
		.flags = SND_PCM_IOPLUG_FLAG_BOUNDARY_WA,
		.poll_fd = pcm->fd,
		.poll_events = POLLIN,
		.callback = &pvsnd_pcm_callbacks,
		.private_data = pcm,
		.nonblock = (mode & SND_PCM_NONBLOCK) != 0,
	};
	r = snd_pcm_ioplug_create(&pcm->io, name, stream, mode);
	if (r < 0)
		pvsnd_pcm_free(pcm);
	return r;
}

static int open_stream(struct pvsnd_pcm *pcm, const struct pvsnd_options *options, bool capture)
{
	const char *why = NULL;
	int r = xb_store_open(&pcm->store);

	if (r < 0)
		why = xb_store_open_error(r);
	else
		r = connect_stream(pcm, options, capture);
	if (r < 0 && !why)
		why = pvsnd_card_error(r);
	if (why)
		SNDERR("pvsnd, card %s, device %u: %s", options->card, options->device, why);
	return r;
}

__attribute__((visibility("default"))) SND_PCM_PLUGIN_DEFINE_FUNC(pvsnd);

SND_PCM_PLUGIN_DEFINE_FUNC(pvsnd)
{
	struct pvsnd_options options;
	struct pvsnd_pcm *pcm;
	int r = pvsnd_options_read(conf, &options);

	(void)root;
	if (r < 0)
		return r;
	pcm = calloc(1, sizeof(*pcm));
	if (!pcm)
		return -ENOMEM;
	pthread_mutex_init(&pcm->lock, NULL);
	pcm->fd = pcm->wake_fd = -1;
	r = open_stream(pcm, &options, stream == SND_PCM_STREAM_CAPTURE);
	if (r < 0) {
		pvsnd_pcm_free(pcm);
		return r;
	}
	r = create(pcm, name, stream, mode);
	if (r < 0)
		return r;
	r = constrain(pcm);
	if (r < 0)
		snd_pcm_ioplug_delete(&pcm->io);
	else
		*pcmp = pcm->io.pcm;
	return r;
}

/* The symbol by which alsa-lib tells that the plugin fits. */
__attribute__((visibility("default"))) SND_PCM_PLUGIN_SYMBOL(pvsnd)
