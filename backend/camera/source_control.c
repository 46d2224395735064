/* SPDX-License-Identifier: MIT */
/* Controls: guests set values, the source's thread passes them to the device and hears of its own.
 */
#include "backend/camera/source_internal.h"

#include <errno.h>
#include <string.h>

#include "common/log.h"

int vcam_source_control(struct vcam_source *source, unsigned index, struct vcam_control *ret)
{
	int err = -EINVAL;

	pthread_mutex_lock(&source->lock);
	if (index < source->traits.num_controls) {
		*ret = source->traits.controls[index];
		err = 0;
	}
	pthread_mutex_unlock(&source->lock);
	return err;
}

/* Lock held. */
static const struct vcam_control *find_control(const struct vcam_source *source, uint8_t type)
{
	for (unsigned i = 0; i < source->traits.num_controls; i++)
		if (source->traits.controls[i].type == type)
			return &source->traits.controls[i];
	return NULL;
}

bool vcam_source_may_have_control(struct vcam_source *source, uint8_t type)
{
	bool may;

	pthread_mutex_lock(&source->lock);
	may = source->guessed || find_control(source, type) != NULL;
	pthread_mutex_unlock(&source->lock);
	return may;
}

int vcam_source_get_control(struct vcam_source *source, uint8_t type, int64_t *ret_value)
{
	int err = -EINVAL;

	pthread_mutex_lock(&source->lock);
	if (find_control(source, type) != NULL) {
		*ret_value = source->values[type];
		err = 0;
	}
	pthread_mutex_unlock(&source->lock);
	return err;
}

/* Every tap but origin is to hear of the value. */
static void tell(struct vcam_source *source, uint8_t type, struct vcam_tap *origin)
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
	const struct vcam_control *control;
	int err = 0;

	pthread_mutex_lock(&source->lock);
	control = find_control(source, type);
	if (control == NULL || value < control->min || value > control->max ||
		(value - control->min) % control->step != 0) {
		err = -EINVAL;
	} else if (source->values[type] != value) {
		source->values[type] = value;
		source->to_set |= (uint8_t)(1u << type);
		source->was_set |= (uint8_t)(1u << type);
		vcam_source_wake(source);
		tell(source, type, origin);
	}
	pthread_mutex_unlock(&source->lock);
	return err;
}

/* ---- the source's thread ---- */

void vcam_source_learn_controls(struct vcam_source *source, const struct vcam_source_traits *traits)
{
	if (!source->guessed)
		return;
	source->guessed = false;
	source->traits.num_controls = traits->num_controls;
	memcpy(source->traits.controls, traits->controls, sizeof(traits->controls));
	for (unsigned i = 0; i < traits->num_controls; i++)
		source->values[traits->controls[i].type] = traits->controls[i].def;
}

static void note_value(struct vcam_source *source, uint8_t type, int64_t value)
{
	if ((source->to_set & 1u << type) || source->values[type] == value)
		return;
	source->values[type] = value;
	tell(source, type, NULL);
}

void vcam_source_read_control(struct vcam_source *source, uint8_t type)
{
	int64_t value;
	int err;

	if (source->ops->get_control == NULL)
		return;
	pthread_mutex_unlock(&source->lock);
	err = source->ops->get_control(source->priv, type, &value);
	pthread_mutex_lock(&source->lock);
	if (err == 0)
		note_value(source, type, value);
}

static void pass_control(struct vcam_source *source, uint8_t type)
{
	int64_t value = source->values[type];
	uint8_t bit = (uint8_t)(1u << type);
	int err;

	source->to_set &= (uint8_t)~bit;
	pthread_mutex_unlock(&source->lock);
	err = source->ops->set_control(source->priv, type, value);
	pthread_mutex_lock(&source->lock);
	/* Once: a guest may try without end. */
	if (err < 0 && !(source->refused & bit))
		pv_warning("source %s: its control %u cannot be set to %lld: %s", source->name,
			type, (long long)value, strerrordesc_np(-err));
	source->refused = (uint8_t)(err < 0 ? source->refused | bit : source->refused & ~bit);
	vcam_source_read_control(source, type);
}

/* Once through all: a guest that sets one without end must not hold up the frames. */
void vcam_source_pass_controls(struct vcam_source *source)
{
	for (uint8_t type = 0; type < XENCAMERA_MAX_CTRL && source->priv != NULL; type++)
		if (source->to_set & 1u << type)
			pass_control(source, type);
}

void vcam_source_meet_controls(struct vcam_source *source)
{
	for (unsigned i = 0; i < source->traits.num_controls; i++) {
		uint8_t type = source->traits.controls[i].type;

		if (source->ops->get_control == NULL)
			source->to_set |= (uint8_t)(1u << type);
		else
			vcam_source_read_control(source, type);
	}
	vcam_source_pass_controls(source);
}
