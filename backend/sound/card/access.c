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

int vsnd_access_prepare(struct vsnd_access *access, enum vsnd_direction direction,
	const struct vsnd_format *format, uint32_t most_frames)
{
	access->direction = direction;
	access->channels = format->channels;
	access->sample_bytes = vsnd_format_sample_bytes(format->pcm_format);
	access->format = (snd_pcm_format_t)format->pcm_format;
	access->most_frames = most_frames;
	access->silence = calloc((size_t)SILENCE_FRAMES * access->channels, access->sample_bytes);
	if (access->silence == NULL)
		return -ENOMEM;
	vsnd_format_silence(format, access->silence, SILENCE_FRAMES);
	if (access->mapped || !access->apart)
		return 0;
	access->planes = calloc((size_t)most_frames * access->channels, access->sample_bytes);
	return access->planes != NULL ? 0 : -ENOMEM;
}

void vsnd_access_finish(struct vsnd_access *access)
{
	free(access->planes);
	free(access->silence);
	access->planes = NULL;
	access->silence = NULL;
}

/* Every step-th sample from there to every step-th here. */
static void copy_samples(const struct vsnd_access *access, uint8_t *to, size_t to_step,
	const uint8_t *from, size_t from_step, uint32_t frames)
{
	size_t bytes = access->sample_bytes;

	for (uint32_t i = 0; i < frames; i++)
		memcpy(to + i * to_step * bytes, from + i * from_step * bytes, bytes);
}

static snd_pcm_sframes_t move_apart(
	struct vsnd_access *access, snd_pcm_t *pcm, uint8_t *samples, uint32_t frames)
{
	unsigned channels = access->channels;
	void *planes[VSND_CHANNELS_MAX];
	snd_pcm_sframes_t moved;

	if (frames > access->most_frames)
		frames = access->most_frames;
	for (unsigned k = 0; k < channels; k++)
		planes[k] = access->planes + (size_t)k * access->most_frames * access->sample_bytes;
	if (access->direction == VSND_PLAYBACK) {
		for (unsigned k = 0; k < channels; k++)
			copy_samples(access, planes[k], 1, samples + k * access->sample_bytes,
				channels, frames);
		return snd_pcm_writen(pcm, planes, frames);
	}
	moved = snd_pcm_readn(pcm, planes, frames);
	for (unsigned k = 0; k < channels && moved > 0; k++)
		copy_samples(access, samples + k * access->sample_bytes, channels, planes[k], 1,
			(uint32_t)moved);
	return moved;
}

/* Where the samples of interleaved frames lie, by channel. */
static void lay_out(
	const struct vsnd_access *access, void *samples, snd_pcm_channel_area_t *ret_areas)
{
	unsigned sample_bits = access->sample_bytes * 8;

	for (unsigned k = 0; k < access->channels; k++)
		ret_areas[k] = (snd_pcm_channel_area_t){
			samples, k * sample_bits, access->channels * sample_bits};
}

/* In two parts where its buffer wraps. By hand, since snd_pcm_mmap_writei and readi ask the kernel
 * once more where the PCM is. */
static snd_pcm_sframes_t move_mapped(
	const struct vsnd_access *access, snd_pcm_t *pcm, void *samples, uint32_t frames)
{
	snd_pcm_channel_area_t ours[VSND_CHANNELS_MAX];
	snd_pcm_sframes_t moved = 0, err = 0;

	lay_out(access, samples, ours);
	while (moved < frames && err >= 0) {
		const snd_pcm_channel_area_t *theirs;
		snd_pcm_uframes_t offset, at = (snd_pcm_uframes_t)moved, part = frames - at;

		err = snd_pcm_mmap_begin(pcm, &theirs, &offset, &part);
		if (err >= 0 && part == 0)
			err = -EAGAIN;
		if (err < 0)
			break;
		if (access->direction == VSND_PLAYBACK)
			snd_pcm_areas_copy(
				theirs, offset, ours, at, access->channels, part, access->format);
		else
			snd_pcm_areas_copy(
				ours, at, theirs, offset, access->channels, part, access->format);
		err = snd_pcm_mmap_commit(pcm, offset, part);
		moved += err > 0 ? err : 0;
	}
	return moved > 0 ? moved : err;
}

snd_pcm_sframes_t vsnd_access_move(
	struct vsnd_access *access, snd_pcm_t *pcm, void *samples, uint32_t frames)
{
	bool playback = access->direction == VSND_PLAYBACK;

	if (access->mapped)
		return move_mapped(access, pcm, samples, frames);
	if (access->apart)
		return move_apart(access, pcm, samples, frames);
	return playback ? snd_pcm_writei(pcm, samples, frames)
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
