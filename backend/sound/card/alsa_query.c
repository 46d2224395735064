/* SPDX-License-Identifier: MIT */
/* What a PCM of alsa-lib's can. */
#include "backend/sound/card/alsa.h"

#include <errno.h>
#include <stdlib.h>

#include "backend/sound/card/access.h"

/* sndif has ALSA's numbers. */
_Static_assert((int)SND_PCM_FORMAT_S8 == XENSND_PCM_FORMAT_S8, "formats");
_Static_assert((int)SND_PCM_FORMAT_S24_LE == XENSND_PCM_FORMAT_S24_LE, "formats");
_Static_assert((int)SND_PCM_FORMAT_U32_BE == XENSND_PCM_FORMAT_U32_BE, "formats");
_Static_assert((int)SND_PCM_FORMAT_FLOAT_LE == XENSND_PCM_FORMAT_F32_LE, "formats");
_Static_assert((int)SND_PCM_FORMAT_FLOAT64_BE == XENSND_PCM_FORMAT_F64_BE, "formats");

__attribute__((format(printf, 5, 6))) static void say_nothing(
	const char *file, int line, const char *function, int err, const char *format, ...)
{
	(void)file, (void)line, (void)function, (void)err, (void)format;
}

void vsnd_alsa_prepare(void)
{
	snd_lib_error_set_handler(say_nothing);
	setenv("LIBASOUND_THREAD_SAFE", "0", 0);
}

int vsnd_alsa_open(const char *place, enum vsnd_direction direction, snd_pcm_t **ret)
{
	int err = snd_pcm_open(ret, place,
		direction == VSND_PLAYBACK ? SND_PCM_STREAM_PLAYBACK : SND_PCM_STREAM_CAPTURE,
		SND_PCM_NONBLOCK);

	if (err == -EAGAIN)
		return -EBUSY;
	return err == -ENOENT ? -ENODEV : err;
}

int vsnd_alsa_card_number(snd_pcm_t *pcm)
{
	snd_pcm_info_t *info;

	snd_pcm_info_alloca(&info);
	return snd_pcm_info(pcm, info) < 0 ? -1 : snd_pcm_info_get_card(info);
}

static int refine_formats(snd_pcm_t *pcm, snd_pcm_hw_params_t *params, uint64_t *formats)
{
	snd_pcm_format_mask_t *mask;

	snd_pcm_format_mask_alloca(&mask);
	for (int i = 0; i <= XENSND_PCM_FORMAT_F64_BE; i++)
		if (*formats & UINT64_C(1) << i) {
			snd_pcm_format_t packed = vsnd_access_packed((uint8_t)i);

			snd_pcm_format_mask_set(mask, (snd_pcm_format_t)i);
			if (packed != SND_PCM_FORMAT_UNKNOWN)
				snd_pcm_format_mask_set(mask, packed);
		}
	if (snd_pcm_hw_params_set_format_mask(pcm, params, mask) < 0)
		return -EINVAL;
	return 0;
}

static int refine_channels(
	snd_pcm_t *pcm, snd_pcm_hw_params_t *params, const struct vsnd_ranges *ranges)
{
	unsigned min = ranges->channels_min, max = ranges->channels_max;
	unsigned wide = vsnd_access_wide(params);

	if (wide == 0)
		return snd_pcm_hw_params_set_channels_minmax(pcm, params, &min, &max);
	if (wide > VSND_ACCESS_CHANNELS_MAX || max < VSND_ACCESS_WIDE_MIN)
		return -EINVAL;
	return snd_pcm_hw_params_set_channels(pcm, params, wide);
}

static int refine(
	snd_pcm_t *pcm, snd_pcm_hw_params_t *params, const struct vsnd_ranges *ranges, bool mapped)
{
	unsigned rate_min = ranges->rate_min, rate_max = ranges->rate_max;
	uint64_t formats = ranges->formats;
	struct vsnd_access access = {0};
	int dir_min = 0, dir_max = 0;

	if (snd_pcm_hw_params_any(pcm, params) < 0 ||
		vsnd_access_choose(&access, pcm, params, mapped) < 0 ||
		refine_formats(pcm, params, &formats) < 0 ||
		snd_pcm_hw_params_set_rate_minmax(
			pcm, params, &rate_min, &dir_min, &rate_max, &dir_max) < 0 ||
		refine_channels(pcm, params, ranges) < 0)
		return -EINVAL;
	return 0;
}

static bool has_format(snd_pcm_format_mask_t *mask, uint8_t pcm_format)
{
	snd_pcm_format_t packed = vsnd_access_packed(pcm_format);

	return snd_pcm_format_mask_test(mask, (snd_pcm_format_t)pcm_format) ||
	       (packed != SND_PCM_FORMAT_UNKNOWN && snd_pcm_format_mask_test(mask, packed));
}

static void narrow_channels(const snd_pcm_hw_params_t *params, struct vsnd_ranges *ranges)
{
	if (vsnd_access_wide(params) == 0) {
		snd_pcm_hw_params_get_channels_min(params, &ranges->channels_min);
		snd_pcm_hw_params_get_channels_max(params, &ranges->channels_max);
	} else if (ranges->channels_min < VSND_ACCESS_WIDE_MIN) {
		ranges->channels_min = VSND_ACCESS_WIDE_MIN;
	}
}

static void narrow_to(const snd_pcm_hw_params_t *params, struct vsnd_ranges *ranges)
{
	snd_pcm_format_mask_t *mask;
	snd_pcm_uframes_t period;
	int dir = 0;

	snd_pcm_format_mask_alloca(&mask);
	snd_pcm_hw_params_get_format_mask((snd_pcm_hw_params_t *)params, mask);
	for (uint8_t i = 0; i <= XENSND_PCM_FORMAT_F64_BE; i++)
		if (!has_format(mask, i))
			ranges->formats &= ~(UINT64_C(1) << i);
	snd_pcm_hw_params_get_rate_min(params, &ranges->rate_min, &dir);
	snd_pcm_hw_params_get_rate_max(params, &ranges->rate_max, &dir);
	narrow_channels(params, ranges);
	/* The guest's buffer is ours; its periods cannot be shorter than two of the card's. */
	if (snd_pcm_hw_params_get_period_size_min(params, &period, &dir) == 0 &&
		2 * period > ranges->period_min && period < ranges->period_max)
		ranges->period_min = (uint32_t)(2 * period);
}

static bool is_one(const struct vsnd_ranges *ranges)
{
	return (ranges->formats & (ranges->formats - 1)) == 0 &&
	       ranges->rate_min == ranges->rate_max && ranges->channels_min == ranges->channels_max;
}

/* What a PCM says that it can be set up for it need not take. */
static int ask(snd_pcm_t *pcm, snd_pcm_hw_params_t *params, const struct vsnd_ranges *ranges,
	struct vsnd_ranges *ret, bool mapped)
{
	int err = refine(pcm, params, ranges, mapped);

	if (err < 0)
		return err;
	*ret = *ranges;
	narrow_to(params, ret);
	return is_one(ranges) && snd_pcm_hw_params(pcm, params) < 0 ? -EINVAL : 0;
}

int vsnd_alsa_query(const struct vsnd_card_config *config, const char *place,
	enum vsnd_direction direction, struct vsnd_ranges *ranges)
{
	struct vsnd_ranges narrowed;
	snd_pcm_hw_params_t *params;
	snd_pcm_t *pcm;
	int err = vsnd_alsa_open(place, direction, &pcm);

	(void)config;
	if (err < 0)
		return err;
	snd_pcm_hw_params_alloca(&params);
	err = ask(pcm, params, ranges, &narrowed, true);
	if (err < 0)
		err = ask(pcm, params, ranges, &narrowed, false);
	snd_pcm_close(pcm);
	if (err < 0 || narrowed.formats == 0 || narrowed.period_min > narrowed.period_max)
		return -EINVAL;
	*ranges = narrowed;
	return 0;
}
