/* SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "backend/sound/card/pace.h"
#include "common/parse.h"
#include "tests/unit/vsnd_loose.h"

/* ---- the witness ---- */

struct witness witness;

static void *watch_the_time(void *arg)
{
	uint64_t before_ns = pv_now_ns();

	(void)arg;
	while (!witness.quit) {
		uint64_t now_ns;

		usleep(1000);
		now_ns = pv_now_ns();
		if (now_ns - before_ns > witness.longest_ns)
			witness.longest_ns = now_ns - before_ns;
		if (now_ns - before_ns > 5 * NS_PER_MS)
			witness.lost_ns += now_ns - before_ns;
		before_ns = now_ns;
	}
	return NULL;
}

/* By all threads of ours, so far. */
uint64_t queued_ns(void)
{
	DIR *dir = opendir("/proc/self/task");
	struct dirent *entry;
	uint64_t sum_ns = 0;

	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		char path[300];
		unsigned long long queued;
		FILE *file;

		snprintf(path, sizeof(path), "/proc/self/task/%s/schedstat", entry->d_name);
		file = fopen(path, "re");
		if (file != NULL && fscanf(file, "%*u %llu", &queued) == 1)
			sum_ns += queued;
		if (file != NULL)
			fclose(file);
	}
	if (dir != NULL)
		closedir(dir);
	return sum_ns;
}

void witness_begin(void)
{
	witness.quit = false;
	witness.longest_ns = 0;
	witness.lost_ns = 0;
	assert_int_equal(pthread_create(&witness.thread, NULL, watch_the_time, NULL), 0);
}

void witness_end(void)
{
	witness.quit = true;
	pthread_join(witness.thread, NULL);
}

/* ---- a device that is there or not, with a buffer, in one format of its own ---- */

static const struct shape {
	struct vsnd_format format;
	uint32_t quantum_frames;
} shapes[SHAPES] = {
	{{XENSND_PCM_FORMAT_S16_LE, 2, 48000}, 128},
	{{XENSND_PCM_FORMAT_S32_LE, 2, 44100}, 100},
	{{XENSND_PCM_FORMAT_F32_LE, 1, 96000}, 128},
	{{XENSND_PCM_FORMAT_S16_LE, 6, 48000}, 64},
};

struct place places[2] = {{.name = "first"}, {.name = "second"}};
_Atomic unsigned opening_ms, closing_ms, losing_ms;
_Atomic int num_open;

struct device {
	struct place *place;
	enum vsnd_direction direction;
	unsigned shape;
	struct vsnd_pace pace;
	unsigned ahead; /* quanta that its buffer still takes at once */
};

static struct place *place_named(const char *name)
{
	return strcmp(name, "first") == 0 ? &places[0] : &places[1];
}

static bool narrow(uint32_t *min, uint32_t *max, uint32_t only)
{
	if (*min > only || *max < only)
		return false;
	*min = *max = only;
	return true;
}

static int loose_query(const struct vsnd_card_config *config, const char *name,
	enum vsnd_direction direction, struct vsnd_ranges *ranges)
{
	const struct vsnd_format *format = &shapes[place_named(name)->shape].format;

	(void)config, (void)direction;
	if (!place_named(name)->is_there)
		return -ENODEV;
	ranges->formats &= UINT64_C(1) << format->pcm_format;
	return ranges->formats != 0 &&
			       narrow(&ranges->rate_min, &ranges->rate_max, format->rate_hz) &&
			       narrow(&ranges->channels_min, &ranges->channels_max,
				       format->channels)
		       ? 0
		       : -EINVAL;
}

static int loose_open(const struct vsnd_card_config *config, const char *name,
	enum vsnd_direction direction, const struct vsnd_format *format, uint32_t *quantum_frames,
	void **ret_priv)
{
	struct place *place = place_named(name);
	struct device *device;

	(void)config;
	usleep(1000 * opening_ms);
	if (!place->is_there)
		return -ENODEV;
	device = calloc(1, sizeof(*device));
	assert_non_null(device);
	device->place = place;
	device->direction = direction;
	device->shape = place->shape;
	device->ahead = direction == VSND_PLAYBACK ? 4 : 0;
	*quantum_frames = shapes[device->shape].quantum_frames;
	vsnd_pace_begin(&device->pace, format->rate_hz);
	num_open++;
	place->opened++;
	*ret_priv = device;
	return 0;
}

static void loose_close(void *priv)
{
	usleep(1000 * closing_ms);
	num_open--;
	free(priv);
}

static bool is_sound(const struct vsnd_format *format, const void *samples, uint32_t frames)
{
	uint8_t silence[512 * 8 * 4];
	uint32_t bytes;

	assert_int_equal(vsnd_format_frame_bytes(format, &bytes), 0);
	vsnd_format_silence(format, silence, frames);
	return memcmp(samples, silence, (size_t)frames * bytes) != 0;
}

static int loose_transfer(void *priv, void *samples, uint32_t frames, bool running)
{
	struct device *device = priv;
	const struct vsnd_format *format = &shapes[device->shape].format;
	_Atomic uint64_t *heard_ns = &device->place->heard_ns[device->direction];

	(void)running;
	if (device->ahead > 0)
		device->ahead--;
	else
		vsnd_pace_wait(&device->pace, frames);
	if (!device->place->is_there || device->place->shape != device->shape) {
		usleep(1000 * losing_ms);
		return -ENODEV;
	}
	if (device->direction == VSND_CAPTURE) {
		uint32_t bytes;

		assert_int_equal(vsnd_format_frame_bytes(format, &bytes), 0);
		memset(samples, 0x11, (size_t)frames * bytes);
	}
	if (*heard_ns == 0 && is_sound(format, samples, frames))
		*heard_ns = pv_now_ns();
	return 0;
}

static bool loose_moved(void *priv, const char *name)
{
	(void)priv;
	return atomic_exchange(&place_named(name)->is_elsewhere, false);
}

static const struct vsnd_card_ops loose_ops = {
	.type = "loose",
	.query = loose_query,
	.open = loose_open,
	.close = loose_close,
	.transfer = loose_transfer,
	.moved = loose_moved,
};

void set_there(struct vsnd_card *card, struct place *place, unsigned shape)
{
	place->shape = shape;
	place->heard_ns[VSND_PLAYBACK] = 0;
	place->heard_ns[VSND_CAPTURE] = 0;
	place->is_there = true;
	vsnd_card_look_again(card);
}

struct vsnd_card *make_loose(void)
{
	static char *names[] = {(char *)"first", (char *)"second", NULL};
	static struct vsnd_card_config config;
	struct vsnd_card *card;

	opening_ms = 0;
	closing_ms = 0;
	losing_ms = 0;
	num_open = 0;
	for (unsigned i = 0; i < 2; i++) {
		places[i].is_there = false;
		places[i].shape = 0;
		places[i].opened = 0;
	}
	config = (struct vsnd_card_config){.name = "loose",
		.ops = &loose_ops,
		.playback = names[0],
		.capture = names[0],
		.playbacks = names,
		.captures = names,
		.priority = 70};
	assert_int_equal(vsnd_card_create(&config, &card), 0);
	return card;
}
