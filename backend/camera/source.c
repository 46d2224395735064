/* SPDX-License-Identifier: MIT */
#include "backend/camera/source_internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/log.h"
#include "common/pixfmt.h"

#define POOL_FRAMES 48u /* only made when guests hold so many */
#define RESERVE_FRAMES_MIN 3u
#define RESERVE_FRAMES_MAX 16384u

/* What a device has now is what its controls stand at. */
static void learn_values(struct vcam_source *source, void *priv)
{
	for (unsigned i = 0; i < source->traits.num_controls; i++) {
		const struct vcam_control *control = &source->traits.controls[i];
		int64_t *value = &source->values[control->type];

		*value = control->def;
		if (source->ops->get_control != NULL)
			(void)source->ops->get_control(priv, control->type, value);
	}
}

static unsigned frames_to_reserve(const struct vcam_source_ops *ops, size_t frame_bytes)
{
	size_t frames;

	if (ops->reserve_bytes == NULL)
		return 0;
	frames = ops->reserve_bytes() / frame_bytes + 1;
	if (frames < RESERVE_FRAMES_MIN)
		return RESERVE_FRAMES_MIN;
	return frames > RESERVE_FRAMES_MAX ? RESERVE_FRAMES_MAX : (unsigned)frames;
}

static int make_pool(struct vcam_source *source)
{
	struct pv_picture picture = source->traits.mode.picture;
	struct pv_layout layout;
	unsigned reserve;
	int err;

	err = pv_pixfmt_layout(picture.fourcc, picture.width, picture.height, &layout);
	if (err < 0)
		return err;
	reserve = frames_to_reserve(source->ops, layout.size_bytes);
	err = vcam_pool_create(
		picture, reserve > POOL_FRAMES ? reserve : POOL_FRAMES, &source->pool);
	if (err < 0)
		return err;
	return vcam_pool_reserve(source->pool, reserve);
}

static int learn_traits(struct vcam_source *source, const char **ret_why)
{
	void *priv;
	int err;

	err = source->ops->open(source->config, NULL, &priv, &source->traits, ret_why);
	if (err < 0 && (err == -EINVAL || source->ops->guess == NULL))
		return err;
	if (err < 0) {
		source->lost = true;
		source->guessed = true;
		source->ops->guess(source->config, &source->traits);
		pv_warning("source %s: not there: %s; guests see NO SIGNAL until it is",
			source->name, *ret_why);
	} else {
		learn_values(source, priv);
		source->ops->close(priv);
	}
	err = make_pool(source);
	if (err < 0)
		*ret_why = strerrordesc_np(-err);
	return err;
}

static void source_free(struct vcam_source *source)
{
	vcam_pool_destroy(source->pool);
	pthread_cond_destroy(&source->changed);
	pthread_mutex_destroy(&source->lock);
	if (source->wake_fd >= 0)
		close(source->wake_fd);
	free(source);
}

int vcam_source_create(const struct vcam_source_config *config, struct vcam_source **ret,
	char *error, size_t error_bytes)
{
	struct vcam_source *source = calloc(1, sizeof(*source));
	const char *path = config->path != NULL ? config->path : config->device;
	const char *why = "out of memory";
	pthread_condattr_t attr;
	int err;

	if (source == NULL) {
		snprintf(error, error_bytes, "source %s: %s", config->name, why);
		return -ENOMEM;
	}
	memcpy(source->name, config->name, sizeof(source->name));
	source->config = config;
	source->ops = config->ops;
	source->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	pthread_mutex_init(&source->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&source->changed, &attr);
	pthread_condattr_destroy(&attr);
	err = source->wake_fd < 0 ? -EMFILE : learn_traits(source, &why);
	if (err < 0) {
		snprintf(error, error_bytes, "source %s: %s%s%s", config->name, path ? path : "",
			path ? ": " : "", why);
		source_free(source);
		return err;
	}
	*ret = source;
	return 0;
}

void vcam_source_unlock_unref(struct vcam_source *source)
{
	bool last = source->destroyed && source->taps == NULL &&
		    source->thread_state == VCAM_THREAD_NONE;

	pthread_mutex_unlock(&source->lock);
	if (last)
		source_free(source);
}

void vcam_source_destroy(struct vcam_source *source)
{
	if (source == NULL)
		return;
	pthread_mutex_lock(&source->lock);
	source->destroyed = true;
	vcam_source_wake(source);
	if (source->thread_state != VCAM_THREAD_NONE) {
		pthread_mutex_unlock(&source->lock);
		pthread_join(source->thread, NULL);
		pthread_mutex_lock(&source->lock);
		source->thread_state = VCAM_THREAD_NONE;
	}
	for (struct vcam_tap *tap = source->taps; tap != NULL; tap = tap->next)
		vcam_tap_drain(tap);
	vcam_source_unlock_unref(source);
}

void vcam_source_look_again(struct vcam_source *source)
{
	pthread_mutex_lock(&source->lock);
	source->look_again = true;
	pthread_mutex_unlock(&source->lock);
}

const char *vcam_source_name(const struct vcam_source *source)
{
	return source->name;
}

const char *vcam_source_type(const struct vcam_source *source)
{
	return source->ops->type;
}

struct vcam_source_mode vcam_source_mode(const struct vcam_source *source)
{
	return source->traits.mode;
}

struct vcam_colours vcam_source_colours(const struct vcam_source *source)
{
	return source->traits.colours;
}

int vcam_source_open(struct vcam_source *source, void **ret_priv, struct vcam_source_traits *ret,
	const char **ret_error)
{
	const struct vcam_source_mode *mode = &source->traits.mode;
	struct vcam_source_traits traits = {0};
	void *priv;
	int err;

	err = source->ops->open(source->config, mode, &priv, &traits, ret_error);
	if (err < 0)
		return err;
	if (memcmp(&traits.mode.picture, &mode->picture, sizeof(mode->picture)) != 0 ||
		pv_fraction_compare(traits.mode.rate, mode->rate) != 0) {
		source->ops->close(priv);
		*ret_error = "its format, size or rate is another one now";
		return -ESTALE;
	}
	*ret_priv = priv;
	*ret = traits;
	return 0;
}

void vcam_source_wake(struct vcam_source *source)
{
	pthread_cond_broadcast(&source->changed);
	/* Fails only when the counter is full, and then it is readable as it should be. */
	(void)eventfd_write(source->wake_fd, 1);
}

void vcam_source_stat(struct vcam_source *source, struct vcam_source_stat *ret)
{
	struct vcam_pool_counts counts;

	vcam_pool_counts(source->pool, &counts);
	pthread_mutex_lock(&source->lock);
	*ret = (struct vcam_source_stat){
		.running = source->taps_started > 0,
		.lost = source->lost,
		.taps = source->taps_started,
		.frames = source->frames,
		.conversions = counts.conversions,
		.late = source->late,
		.pool_empty = source->pool_empty,
		.missed = source->missed,
	};
	memcpy(ret->spoiled, source->spoiled, sizeof(ret->spoiled));
	pthread_mutex_unlock(&source->lock);
}
