/* SPDX-License-Identifier: MIT */
#include "backend/sound/card/access.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SILENCE_FRAMES 128u

int vsnd_access_choose(
	struct vsnd_access *access, snd_pcm_t *pcm, snd_pcm_hw_params_t *params, bool mapped)
{
	snd_pcm_access_t together = SND_PCM_ACCESS_RW_INTERLEAVED;
	snd_pcm_access_t apart = SND_PCM_ACCESS_RW_NONINTERLEAVED;

	if (mapped) {
		together = SND_PCM_ACCESS_MMAP_INTERLEAVED;
		apart = SND_PCM_ACCESS_MMAP_NONINTERLEAVED;
	}
	access->mapped = mapped;
	access->apart = snd_pcm_hw_params_set_access(pcm, params, together) < 0;
	if (access->apart && snd_pcm_hw_params_set_access(pcm, params, apart) < 0)
		return -EINVAL;
	return 0;
}

static const struct packed {
	uint8_t pcm_format;
	snd_pcm_format_t packed;
} packed_formats[] = {
	{XENSND_PCM_FORMAT_S24_LE, SND_PCM_FORMAT_S24_3LE},
	{XENSND_PCM_FORMAT_S24_BE, SND_PCM_FORMAT_S24_3BE},
	{XENSND_PCM_FORMAT_U24_LE, SND_PCM_FORMAT_U24_3LE},
	{XENSND_PCM_FORMAT_U24_BE, SND_PCM_FORMAT_U24_3BE},
};

snd_pcm_format_t vsnd_access_packed(uint8_t pcm_format)
{
	for (size_t i = 0; i < sizeof(packed_formats) / sizeof(packed_formats[0]); i++)
		if (packed_formats[i].pcm_format == pcm_format)
			return packed_formats[i].packed;
	return SND_PCM_FORMAT_UNKNOWN;
}

unsigned vsnd_access_wide(const snd_pcm_hw_params_t *params)
{
	unsigned least;

	if (snd_pcm_hw_params_get_channels_min(params, &least) < 0)
		return 0;
	return least > VSND_CHANNELS_MAX ? least : 0;
}

static void shape(struct vsnd_access_shape *shape, snd_pcm_format_t format, unsigned channels)
{
	shape->format = format;
	shape->channels = channels;
	shape->sample_bytes = (unsigned)snd_pcm_format_physical_width(format) / 8;
}

int vsnd_access_fit(struct vsnd_access *access, snd_pcm_t *pcm, snd_pcm_hw_params_t *params,
	const struct vsnd_format *format)
{
	snd_pcm_format_t theirs = (snd_pcm_format_t)format->pcm_format;
	unsigned channels = vsnd_access_wide(params);

	if (channels == 0 || format->channels < VSND_ACCESS_WIDE_MIN)
		channels = format->channels;
	shape(&access->ours, theirs, format->channels);
	if (snd_pcm_hw_params_set_format(pcm, params, theirs) < 0) {
		theirs = vsnd_access_packed(format->pcm_format);
		if (theirs == SND_PCM_FORMAT_UNKNOWN ||
			snd_pcm_hw_params_set_format(pcm, params, theirs) < 0)
			return -EINVAL;
	}
	shape(&access->theirs, theirs, channels);
	if (channels > VSND_ACCESS_CHANNELS_MAX ||
		snd_pcm_hw_params_set_channels(pcm, params, channels) < 0)
		return -EINVAL;
	return 0;
}

static bool is_same(const struct vsnd_access *access)
{
	return access->ours.format == access->theirs.format &&
	       access->ours.channels == access->theirs.channels;
}

int vsnd_access_prepare(struct vsnd_access *access, enum vsnd_direction direction,
	const struct vsnd_format *format, uint32_t most_frames)
{
	access->direction = direction;
	access->most_frames = most_frames;
	access->silence =
		calloc((size_t)SILENCE_FRAMES * access->ours.channels, access->ours.sample_bytes);
	if (access->silence == NULL)
		return -ENOMEM;
	vsnd_format_silence(format, access->silence, SILENCE_FRAMES);
	if (access->mapped || (is_same(access) && !access->apart))
		return 0;
	access->between =
		calloc((size_t)most_frames * access->theirs.channels, access->theirs.sample_bytes);
	return access->between != NULL ? 0 : -ENOMEM;
}

void vsnd_access_finish(struct vsnd_access *access)
{
	free(access->between);
	free(access->silence);
	access->between = NULL;
	access->silence = NULL;
}

/* ---- from ours to theirs, or back ---- */

static uint8_t *sample_at(const snd_pcm_channel_area_t *area, snd_pcm_uframes_t frame)
{
	return (uint8_t *)area->addr + (area->first + frame * area->step) / 8;
}

/* Between 4 bytes and 3; what is too much of ours is 0. */
static void pack(const struct vsnd_access *access, const snd_pcm_channel_area_t *theirs,
	snd_pcm_uframes_t their_at, const snd_pcm_channel_area_t *ours, snd_pcm_uframes_t our_at,
	snd_pcm_uframes_t frames)
{
	unsigned begin = snd_pcm_format_big_endian(access->ours.format) == 1 ? 1 : 0;

	for (snd_pcm_uframes_t i = 0; i < frames; i++) {
		uint8_t *three = sample_at(theirs, their_at + i),
			*four = sample_at(ours, our_at + i);

		if (access->direction == VSND_PLAYBACK) {
			memcpy(three, four + begin, 3);
		} else {
			memcpy(four + begin, three, 3);
			four[begin == 1 ? 0 : 3] = 0;
		}
	}
}

static void copy(const struct vsnd_access *access, const snd_pcm_channel_area_t *theirs,
	snd_pcm_uframes_t their_at, const snd_pcm_channel_area_t *ours, snd_pcm_uframes_t our_at,
	snd_pcm_uframes_t frames)
{
	bool playback = access->direction == VSND_PLAYBACK;
	unsigned channels = access->ours.channels, more = access->theirs.channels - channels;

	if (access->theirs.format != access->ours.format)
		for (unsigned k = 0; k < channels; k++)
			pack(access, &theirs[k], their_at, &ours[k], our_at, frames);
	else if (playback)
		snd_pcm_areas_copy(
			theirs, their_at, ours, our_at, channels, frames, access->ours.format);
	else
		snd_pcm_areas_copy(
			ours, our_at, theirs, their_at, channels, frames, access->ours.format);
	if (playback && more > 0)
		snd_pcm_areas_silence(
			theirs + channels, their_at, more, frames, access->theirs.format);
}

/* ---- moving ---- */

/* Where the samples of frames lie, by channel. */
static void lay_out(
	const struct vsnd_access_shape *shape, void *samples, snd_pcm_channel_area_t *ret_areas)
{
	unsigned sample_bits = shape->sample_bytes * 8;

	for (unsigned k = 0; k < shape->channels; k++)
		ret_areas[k] = (snd_pcm_channel_area_t){
			samples, k * sample_bits, shape->channels * sample_bits};
}

static void lay_out_apart(
	const struct vsnd_access *access, snd_pcm_channel_area_t *ret_areas, void **ret_planes)
{
	size_t plane_bytes = (size_t)access->most_frames * access->theirs.sample_bytes;

	for (unsigned k = 0; k < access->theirs.channels; k++) {
		ret_planes[k] = access->between + k * plane_bytes;
		ret_areas[k] =
			(snd_pcm_channel_area_t){ret_planes[k], 0, access->theirs.sample_bytes * 8};
	}
}

/* By way of frames as the PCM takes them. */
static snd_pcm_sframes_t move_between(
	struct vsnd_access *access, snd_pcm_t *pcm, void *samples, uint32_t frames)
{
	snd_pcm_channel_area_t ours[VSND_CHANNELS_MAX], theirs[VSND_ACCESS_CHANNELS_MAX];
	void *planes[VSND_ACCESS_CHANNELS_MAX];
	snd_pcm_sframes_t moved;

	if (frames > access->most_frames)
		frames = access->most_frames;
	lay_out(&access->ours, samples, ours);
	if (access->apart)
		lay_out_apart(access, theirs, planes);
	else
		lay_out(&access->theirs, access->between, theirs);
	if (access->direction == VSND_PLAYBACK) {
		copy(access, theirs, 0, ours, 0, frames);
		return access->apart ? snd_pcm_writen(pcm, planes, frames)
				     : snd_pcm_writei(pcm, access->between, frames);
	}
	moved = access->apart ? snd_pcm_readn(pcm, planes, frames)
			      : snd_pcm_readi(pcm, access->between, frames);
	if (moved > 0)
		copy(access, theirs, 0, ours, 0, (snd_pcm_uframes_t)moved);
	return moved;
}

/* In two parts where its buffer wraps. By hand, since snd_pcm_mmap_writei and readi ask the kernel
 * once more where the PCM is. */
static snd_pcm_sframes_t move_mapped(
	const struct vsnd_access *access, snd_pcm_t *pcm, void *samples, uint32_t frames)
{
	snd_pcm_channel_area_t ours[VSND_CHANNELS_MAX];
	snd_pcm_sframes_t moved = 0, err = 0;

	lay_out(&access->ours, samples, ours);
	while (moved < frames && err >= 0) {
		const snd_pcm_channel_area_t *theirs;
		snd_pcm_uframes_t offset, at = (snd_pcm_uframes_t)moved, part = frames - at;

		err = snd_pcm_mmap_begin(pcm, &theirs, &offset, &part);
		if (err >= 0 && part == 0)
			err = -EAGAIN;
		if (err < 0)
			break;
		copy(access, theirs, offset, ours, at, part);
		err = snd_pcm_mmap_commit(pcm, offset, part);
		moved += err > 0 ? err : 0;
	}
	return moved > 0 ? moved : err;
}

snd_pcm_sframes_t vsnd_access_move(
	struct vsnd_access *access, snd_pcm_t *pcm, void *samples, uint32_t frames)
{
	if (access->mapped)
		return move_mapped(access, pcm, samples, frames);
	if (access->between != NULL)
		return move_between(access, pcm, samples, frames);
	return access->direction == VSND_PLAYBACK ? snd_pcm_writei(pcm, samples, frames)
						  : snd_pcm_readi(pcm, samples, frames);
}

int vsnd_access_play_silence(struct vsnd_access *access, snd_pcm_t *pcm, uint32_t frames)
{
	while (frames > 0) {
		uint32_t now = frames < SILENCE_FRAMES ? frames : SILENCE_FRAMES;
		snd_pcm_sframes_t moved = vsnd_access_move(access, pcm, access->silence, now);

		if (moved <= 0)
			return moved < 0 ? (int)moved : -EIO;
		frames -= (uint32_t)moved;
	}
	return 0;
}
