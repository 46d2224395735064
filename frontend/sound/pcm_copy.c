/* SPDX-License-Identifier: MIT */
/* Samples between the application and the shared buffer. */
#include "frontend/sound/pcm.h"

#include <errno.h>

/* The shared buffer as ALSA sees memory: frames, interleaved. */
static void shared_areas(const struct pvsnd_pcm *pcm, snd_pcm_channel_area_t *areas)
{
	unsigned width = (unsigned)snd_pcm_format_physical_width(pcm->io.format);

	for (unsigned i = 0; i < pcm->io.channels; i++)
		areas[i] = (snd_pcm_channel_area_t){
			.addr = pcm->wire.buffer.start,
			.first = i * width,
			.step = pcm->io.channels * width,
		};
}

/* How far the application is ahead of done; negative: it went back. */
static snd_pcm_sframes_t ahead(const struct pvsnd_pcm *pcm, snd_pcm_uframes_t pointer)
{
	snd_pcm_uframes_t distance = (pointer + pcm->boundary - pcm->done) % pcm->boundary;

	return distance > pcm->boundary / 2 ? (snd_pcm_sframes_t)(distance - pcm->boundary)
					    : (snd_pcm_sframes_t)distance;
}

/* As many frames from pointer on as lie side by side in the shared buffer. */
static uint32_t side_by_side(
	const struct pvsnd_pcm *pcm, snd_pcm_uframes_t pointer, snd_pcm_uframes_t frames)
{
	snd_pcm_uframes_t room = pcm->io.buffer_size - pointer % pcm->io.buffer_size;

	return (uint32_t)(frames < room ? frames : room);
}

static uint32_t offset_bytes(const struct pvsnd_pcm *pcm, snd_pcm_uframes_t pointer)
{
	return (uint32_t)(pointer % pcm->io.buffer_size) * pcm->frame_bytes;
}

/* areas NULL: silence. */
static int send_frames(struct pvsnd_pcm *pcm, const snd_pcm_channel_area_t *areas,
	snd_pcm_uframes_t offset, snd_pcm_uframes_t frames)
{
	snd_pcm_channel_area_t shared[PVSND_CHANNELS_MAX];
	int r = 0;

	shared_areas(pcm, shared);
	while (r == 0 && frames > 0) {
		uint32_t count = side_by_side(pcm, pcm->done, frames);
		snd_pcm_uframes_t at = pcm->done % pcm->io.buffer_size;

		r = pvsnd_wire_reserve(&pcm->wire, count * pcm->frame_bytes);
		if (r < 0)
			return r;
		if (areas)
			snd_pcm_areas_copy(
				shared, at, areas, offset, pcm->io.channels, count, pcm->io.format);
		else
			snd_pcm_areas_silence(shared, at, pcm->io.channels, count, pcm->io.format);
		pcm->used = true;
		r = pvsnd_wire_write(
			&pcm->wire, offset_bytes(pcm, pcm->done), count * pcm->frame_bytes);
		pcm->done = (pcm->done + count) % pcm->boundary;
		offset += count;
		frames -= count;
	}
	return r;
}

snd_pcm_sframes_t pvsnd_pcm_play(struct pvsnd_pcm *pcm, const snd_pcm_channel_area_t *areas,
	snd_pcm_uframes_t offset, snd_pcm_uframes_t frames)
{
	snd_pcm_sframes_t skipped = ahead(pcm, pcm->io.appl_ptr);
	snd_pcm_uframes_t sent_before = 0;
	int r = 0;

	/* snd_pcm_forward leaves a hole: silence. What snd_pcm_rewind takes back is sent already.
	 */
	if (skipped > 0)
		r = send_frames(pcm, NULL, 0, (snd_pcm_uframes_t)skipped);
	else
		sent_before = (snd_pcm_uframes_t)-skipped;
	if (r == 0 && sent_before < frames)
		r = send_frames(pcm, areas, offset + sent_before, frames - sent_before);
	return r < 0 ? r : (snd_pcm_sframes_t)frames;
}

/* Has the shared buffer filled up to pointer. */
static int fetch_frames(struct pvsnd_pcm *pcm, snd_pcm_uframes_t pointer)
{
	snd_pcm_sframes_t lacking = ahead(pcm, pointer);
	int r = 0;

	while (r == 0 && lacking > 0) {
		uint32_t count = side_by_side(pcm, pcm->done, (snd_pcm_uframes_t)lacking);

		r = pvsnd_wire_read(
			&pcm->wire, offset_bytes(pcm, pcm->done), count * pcm->frame_bytes);
		if (r == 0)
			pcm->done = (pcm->done + count) % pcm->boundary;
		lacking -= count;
	}
	return r;
}

snd_pcm_sframes_t pvsnd_pcm_record(struct pvsnd_pcm *pcm, const snd_pcm_channel_area_t *areas,
	snd_pcm_uframes_t offset, snd_pcm_uframes_t frames)
{
	snd_pcm_channel_area_t shared[PVSND_CHANNELS_MAX];
	snd_pcm_uframes_t pointer = pcm->io.appl_ptr;
	int r;

	if (frames > pcm->io.buffer_size)
		frames = pcm->io.buffer_size;
	r = fetch_frames(pcm, (pointer + frames) % pcm->boundary);
	if (r < 0)
		return r;
	shared_areas(pcm, shared);
	for (snd_pcm_uframes_t left = frames; left > 0;) {
		uint32_t count = side_by_side(pcm, pointer, left);

		snd_pcm_areas_copy(areas, offset, shared, pointer % pcm->io.buffer_size,
			pcm->io.channels, count, pcm->io.format);
		pointer += count;
		offset += count;
		left -= count;
	}
	return (snd_pcm_sframes_t)frames;
}
