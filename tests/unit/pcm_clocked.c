/* SPDX-License-Identifier: MIT */
/*
 * A PCM of alsa-lib's that plays to nothing, or captures numbers, by CLOCK_MONOTONIC, as a sound
 * card does: with a buffer that runs dry, or full, and a position in steps. S16_LE, stereo, 48 kHz;
 * what is captured at frame n since it began has n and n >> 16 in it. pcm_type.clocked { lib FILE }
 * and
 *
 *   pcm.NAME { type clocked [step FRAMES] [wake_ms MS] [stall_at_ms MS stall_ms MS]
 *           [buffer_bytes BYTES] [halt_at_ms MS] }
 *
 * Who waits is woken each wake_ms only (1). After so much was moved, whoever asks for the position
 * is once kept for so long. No buffer is larger than buffer_bytes (256 KiB). At halt_at_ms it
 * stands still, and goes on waking.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include <alsa/asoundlib.h>
#include <alsa/pcm_external.h>

#include "common/parse.h"

#define NS_PER_S 1000000000ull
#define NS_PER_MS 1000000

struct clocked {
	snd_pcm_ioplug_t io;
	long step, wake_ms, stall_at_ms, stall_ms, buffer_bytes, halt_at_ms;
	snd_pcm_uframes_t avail_min;
	uint64_t began_ns; /* 0: stopped */
	uint64_t transferred;
};

static uint64_t moved(const struct clocked *clocked)
{
	uint64_t frames, halted = (uint64_t)clocked->halt_at_ms * clocked->io.rate;

	if (clocked->began_ns == 0)
		return 0;
	frames = (pv_now_ns() - clocked->began_ns) * clocked->io.rate / NS_PER_S;
	if (clocked->halt_at_ms > 0 && frames * 1000 > halted)
		frames = halted / 1000;
	return frames - frames % (uint64_t)clocked->step;
}

static int set_timer(const struct clocked *clocked, long tick_ms)
{
	struct timespec tick = {tick_ms / 1000, tick_ms % 1000 * NS_PER_MS};
	struct itimerspec every = {tick, tick};

	return timerfd_settime(clocked->io.poll_fd, 0, &every, NULL) < 0 ? -errno : 0;
}

static int clocked_start(snd_pcm_ioplug_t *io)
{
	struct clocked *clocked = io->private_data;

	clocked->began_ns = pv_now_ns();
	return set_timer(clocked, clocked->wake_ms);
}

static int clocked_stop(snd_pcm_ioplug_t *io)
{
	struct clocked *clocked = io->private_data;

	clocked->began_ns = 0;
	return set_timer(clocked, 0);
}

static int clocked_prepare(snd_pcm_ioplug_t *io)
{
	struct clocked *clocked = io->private_data;

	clocked->transferred = 0;
	return clocked_stop(io);
}

static int clocked_drain(snd_pcm_ioplug_t *io)
{
	struct clocked *clocked = io->private_data;

	while (clocked->began_ns != 0 && moved(clocked) < clocked->transferred)
		usleep(1000);
	return 0;
}

/* What is there to be moved: to be written, or read. -EPIPE: it ran dry, or full. */
static snd_pcm_sframes_t ready(const struct clocked *clocked)
{
	uint64_t frames = moved(clocked), room = clocked->io.buffer_size;

	if (clocked->io.stream == SND_PCM_STREAM_PLAYBACK)
		frames += room;
	frames -= clocked->transferred;
	return frames <= room ? (snd_pcm_sframes_t)frames : -EPIPE;
}

static snd_pcm_sframes_t clocked_pointer(snd_pcm_ioplug_t *io)
{
	struct clocked *clocked = io->private_data;

	if (clocked->stall_ms > 0 &&
		moved(clocked) * 1000 > (uint64_t)clocked->stall_at_ms * io->rate) {
		usleep((unsigned)clocked->stall_ms * 1000);
		clocked->stall_ms = 0;
	}
	if (ready(clocked) < 0)
		return -EPIPE;
	return (snd_pcm_sframes_t)(moved(clocked) % io->buffer_size);
}

static snd_pcm_sframes_t clocked_transfer(snd_pcm_ioplug_t *io, const snd_pcm_channel_area_t *areas,
	snd_pcm_uframes_t offset, snd_pcm_uframes_t size)
{
	struct clocked *clocked = io->private_data;
	uint16_t *to = areas->addr;

	to += (areas->first + offset * areas->step) / 16;
	for (uint64_t i = 0; i < size && io->stream == SND_PCM_STREAM_CAPTURE; i++) {
		to[2 * i] = (uint16_t)(clocked->transferred + i);
		to[2 * i + 1] = (uint16_t)((clocked->transferred + i) >> 16);
	}
	clocked->transferred += size;
	return (snd_pcm_sframes_t)size;
}

static int clocked_sw_params(snd_pcm_ioplug_t *io, snd_pcm_sw_params_t *params)
{
	struct clocked *clocked = io->private_data;

	return snd_pcm_sw_params_get_avail_min(params, &clocked->avail_min);
}

static int clocked_revents(
	snd_pcm_ioplug_t *io, struct pollfd *fds, unsigned count, unsigned short *revents)
{
	const struct clocked *clocked = io->private_data;
	snd_pcm_sframes_t frames = ready(clocked);
	uint64_t ticks;

	if (count == 1 && fds[0].revents & POLLIN && read(io->poll_fd, &ticks, sizeof(ticks)) < 0)
		return -errno;
	*revents = 0;
	if (frames < 0 || (snd_pcm_uframes_t)frames >= clocked->avail_min)
		*revents = io->stream == SND_PCM_STREAM_PLAYBACK ? POLLOUT : POLLIN;
	return 0;
}

static int clocked_close(snd_pcm_ioplug_t *io)
{
	close(io->poll_fd);
	free(io->private_data);
	return 0;
}

static const snd_pcm_ioplug_callback_t callbacks = {
	.start = clocked_start,
	.stop = clocked_stop,
	.prepare = clocked_prepare,
	.drain = clocked_drain,
	.pointer = clocked_pointer,
	.transfer = clocked_transfer,
	.sw_params = clocked_sw_params,
	.poll_revents = clocked_revents,
	.close = clocked_close,
};

static int constrain(snd_pcm_ioplug_t *io)
{
	static const unsigned access[] = {
		SND_PCM_ACCESS_RW_INTERLEAVED, SND_PCM_ACCESS_MMAP_INTERLEAVED};
	const struct clocked *clocked = io->private_data;
	static const unsigned formats[] = {SND_PCM_FORMAT_S16_LE};
	int err;

	err = snd_pcm_ioplug_set_param_list(io, SND_PCM_IOPLUG_HW_ACCESS, 2, access);
	if (err == 0)
		err = snd_pcm_ioplug_set_param_list(io, SND_PCM_IOPLUG_HW_FORMAT, 1, formats);
	if (err == 0)
		err = snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_CHANNELS, 2, 2);
	if (err == 0)
		err = snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_RATE, 48000, 48000);
	if (err == 0)
		err = snd_pcm_ioplug_set_param_minmax(
			io, SND_PCM_IOPLUG_HW_PERIOD_BYTES, 64, 65536);
	if (err == 0)
		err = snd_pcm_ioplug_set_param_minmax(
			io, SND_PCM_IOPLUG_HW_BUFFER_BYTES, 128, (unsigned)clocked->buffer_bytes);
	return err;
}

static int take_words(struct clocked *clocked, snd_config_t *config)
{
	snd_config_iterator_t at, next;

	clocked->step = clocked->wake_ms = 1;
	clocked->buffer_bytes = 1 << 18;
	snd_config_for_each(at, next, config)
	{
		snd_config_t *word = snd_config_iterator_entry(at);
		const char *id;
		long *place = NULL;

		if (snd_config_get_id(word, &id) < 0)
			continue;
		if (strcmp(id, "step") == 0)
			place = &clocked->step;
		else if (strcmp(id, "wake_ms") == 0)
			place = &clocked->wake_ms;
		else if (strcmp(id, "stall_at_ms") == 0)
			place = &clocked->stall_at_ms;
		else if (strcmp(id, "stall_ms") == 0)
			place = &clocked->stall_ms;
		else if (strcmp(id, "buffer_bytes") == 0)
			place = &clocked->buffer_bytes;
		else if (strcmp(id, "halt_at_ms") == 0)
			place = &clocked->halt_at_ms;
		if (place != NULL && snd_config_get_integer(word, place) < 0)
			return -EINVAL;
	}
	return clocked->step > 0 && clocked->wake_ms > 0 && clocked->buffer_bytes >= 128 ? 0
											 : -EINVAL;
}

__attribute__((visibility("default"))) SND_PCM_PLUGIN_DEFINE_FUNC(clocked);

SND_PCM_PLUGIN_DEFINE_FUNC(clocked)
{
	struct clocked *clocked = calloc(1, sizeof(*clocked));
	int err;

	(void)root;
	if (clocked == NULL)
		return -ENOMEM;
	clocked->io = (snd_pcm_ioplug_t){
		.version = SND_PCM_IOPLUG_VERSION,
		.name = "clocked",
		.callback = &callbacks,
		.private_data = clocked,
		.poll_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK),
		.poll_events = POLLIN,
	};
	err = take_words(clocked, conf);
	if (err == 0)
		err = snd_pcm_ioplug_create(&clocked->io, name, stream, mode);
	if (err < 0) {
		clocked_close(&clocked->io);
		return err;
	}
	err = constrain(&clocked->io);
	if (err < 0) {
		snd_pcm_ioplug_delete(&clocked->io);
		return err;
	}
	*pcmp = clocked->io.pcm;
	return 0;
}

__attribute__((visibility("default"))) SND_PCM_PLUGIN_SYMBOL(clocked)
