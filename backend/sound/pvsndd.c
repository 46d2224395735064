/* SPDX-License-Identifier: MIT */
/* pvsndd: the sound daemon of dom0. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "backend/daemon.h"
#include "backend/sound/card/card.h"
#include "backend/sound/config.h"
#include "backend/sound/device.h"
#include "common/log.h"

static const struct vsnd_config *as_whole(const struct vb_config *config)
{
	return (const struct vsnd_config *)config;
}

/* It must be able to do something in each direction that it has. A PCM that is not there now may
 * come, as when it is served. */
static int check_direction(struct vsnd_card *card, const struct vsnd_card_config *config,
	enum vsnd_direction direction, char *error, size_t error_bytes)
{
	const char *way = direction == VSND_PLAYBACK ? "playback" : "capture";
	const char *place = direction == VSND_PLAYBACK ? config->playback : config->capture;
	int failed = vsnd_card_try(card, direction);

	if (failed && failed != -EINVAL && config->ops == &vsnd_card_alsa) {
		pv_warning("[device %s] %s: %s cannot be opened now: %s; guests go on in silence "
			   "until it can (aplay -L and arecord -L show what is there)",
			config->name, way, place, strerror(-failed));
		return 0;
	}
	if (failed == -EINVAL && config->ops == &vsnd_card_alsa)
		snprintf(error, error_bytes,
			"[device %s] %s: %s is no PCM, or can nothing that guests can (aplay -L "
			"and arecord -L show what is there)",
			config->name, way, place);
	else if (failed)
		snprintf(error, error_bytes, "[device %s] %s: %s cannot be used: %s", config->name,
			way, place, strerror(-failed));
	return failed;
}

static int check_card(const struct vsnd_card_config *config, struct vsnd_directory *directory,
	char *error, size_t error_bytes)
{
	struct vsnd_card *card;
	int failed = vsnd_card_create(config, &card);

	snprintf(error, error_bytes, "[device %s]: out of memory", config->name);
	if (failed)
		return failed;
	failed = vsnd_card_follow(card, directory);
	for (unsigned i = VSND_PLAYBACK; i <= VSND_CAPTURE && !failed; i++)
		failed = check_direction(card, config, i, error, error_bytes);
	vsnd_card_destroy(card);
	return failed;
}

static int check_config(const struct vb_config *config, char *error, size_t error_bytes)
{
	const struct vsnd_card_config *c = as_whole(config)->cards;
	struct vsnd_directory *directory;
	int failed = vsnd_directory_create(&directory);

	if (failed) {
		snprintf(error, error_bytes, "out of memory");
		return failed;
	}
	for (; c && !failed; c = c->next)
		failed = check_card(c, directory, error, error_bytes);
	vsnd_directory_destroy(directory);
	return failed;
}

static int serve(struct ev_loop *loop, struct xb_store *store, const struct vb_config *config,
	void **ret_devices, char *error, size_t error_bytes)
{
	struct vsnd_devices *devices;
	int failed =
		vsnd_devices_create(loop, store, as_whole(config), &devices, error, error_bytes);

	if (!failed)
		*ret_devices = devices;
	return failed;
}

static int end(void *devices)
{
	return vsnd_devices_destroy(devices);
}

static json_t *control(void *devices, const json_t *request)
{
	if (json_is_true(json_object_get(request, "stat")))
		return vsnd_devices_stat(devices);
	if (json_object_get(request, "volume"))
		return vsnd_devices_volume(devices, request);
	return json_object_get(request, "mute") ? vsnd_devices_mute(devices, request) : NULL;
}

int main(int argc, char **argv)
{
	static const struct vb_daemon_ops ops = {
		.layout = &vsnd_config_layout,
		.serves = "sound device",
		.check_config = check_config,
		.serve = serve,
		.end = end,
		.control = control,
	};

	return vb_daemon_main(argc, argv, &ops);
}
