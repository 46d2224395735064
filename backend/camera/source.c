/* SPDX-License-Identifier: MIT */
#include "backend/camera/source_internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/pixfmt.h"

#define POOL_FRAMES 48u /* only made when guests hold so many */
#define RESERVE_FRAMES_MIN 3u
#define RESERVE_FRAMES_MAX 16384u

static void set_defaults(struct vcam_source *source)
{
	for (unsigned i = 0; i < source->ops->num_controls; i++)
		source->values[source->ops->controls[i].type] = source->ops->controls[i].def;
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
	struct pv_picture picture = source->mode.picture;
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

static int learn_mode(struct vcam_source *source, const char **ret_why)
{
	void *priv;
	int err;

	err = source->ops->open(source->config, &priv, &source->mode, ret_why);
	if (err < 0)
		return err;
	source->ops->close(priv);
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
	free(source);
}

int vcam_source_create(const struct vcam_source_config *config, struct vcam_source **ret,
	char *error, size_t error_bytes)
{
	struct vcam_source *source = calloc(1, sizeof(*source));
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
	set_defaults(source);
	pthread_mutex_init(&source->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&source->changed, &attr);
	pthread_condattr_destroy(&attr);
	err = learn_mode(source, &why);
	if (err < 0) {
		snprintf(error, error_bytes, "source %s: %s%s%s", config->name,
			config->path ? config->path : "", config->path ? ": " : "", why);
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
	pthread_cond_broadcast(&source->changed);
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
	return source->mode;
}

int vcam_source_open(struct vcam_source *source, void **ret_priv, const char **ret_error)
{
	struct vcam_source_mode mode = source->mode;
	void *priv;
	int err;

	err = source->ops->open(source->config, &priv, &mode, ret_error);
	if (err < 0)
		return err;
	if (memcmp(&mode.picture, &source->mode.picture, sizeof(mode.picture)) != 0 ||
		pv_fraction_compare(mode.rate, source->mode.rate) != 0) {
		source->ops->close(priv);
		*ret_error = "its format, size or rate is another one now";
		return -ESTALE;
	}
	*ret_priv = priv;
	return 0;
}

int vcam_source_control(const struct vcam_source *source, unsigned index, struct vcam_control *ret)
{
	if (index >= source->ops->num_controls)
		return -EINVAL;
	*ret = source->ops->controls[index];
	return 0;
}

static const struct vcam_control *find_control(const struct vcam_source *source, uint8_t type)
{
	for (unsigned i = 0; i < source->ops->num_controls; i++)
		if (source->ops->controls[i].type == type)
			return &source->ops->controls[i];
	return NULL;
}

int vcam_source_get_control(struct vcam_source *source, uint8_t type, int64_t *ret_value)
{
	if (find_control(source, type) == NULL)
		return -EINVAL;
	pthread_mutex_lock(&source->lock);
	*ret_value = source->values[type];
	pthread_mutex_unlock(&source->lock);
	return 0;
}

static void tell_taps(struct vcam_source *source, uint8_t type, struct vcam_tap *origin)
{
	uint8_t bit = (uint8_t)(1u << type);

	for (struct vcam_tap *tap = source->taps; tap != NULL; tap = tap->next) {
		if (tap == origin) {
			tap->changed &= (uint8_t)~bit;
			continue;
		}
		tap->changed |= bit;
		vcam_tap_wake(tap);
	}
}

int vcam_source_set_control(
	struct vcam_source *source, uint8_t type, int64_t value, struct vcam_tap *origin)
{
	const struct vcam_control *control = find_control(source, type);

	if (control == NULL || value < control->min || value > control->max ||
		(value - control->min) % control->step != 0)
		return -EINVAL;
	pthread_mutex_lock(&source->lock);
	if (source->values[type] != value) {
		source->values[type] = value;
		if (source->priv != NULL)
			source->ops->set_control(source->priv, type, value);
		tell_taps(source, type, origin);
	}
	pthread_mutex_unlock(&source->lock);
	return 0;
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
	};
	pthread_mutex_unlock(&source->lock);
}
