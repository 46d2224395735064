/* SPDX-License-Identifier: MIT */
/* What a guest is told of its position, and when. */
#include "backend/sound/pcm_internal.h"

#define CATCH_UP_EVENTS 16u /* at once, at most, of a session that was late */

static int write_event(struct vsnd_pcm *pcm, uint64_t position_frames, uint16_t id)
{
	struct xensnd_evt event = {.id = id, .type = XENSND_EVT_CUR_POS};
	int error;

	event.op.cur_pos.position = position_frames * pcm->frame_bytes;
	error = xb_link_put_event(pcm->params.link, &event);
	if (!error)
		pcm->slots++; /* only slots really written count */
	return error;
}

/* The guest is not notified of it yet. */
static void put(struct vsnd_pcm *pcm, uint64_t position_frames)
{
	int error = write_event(pcm, position_frames, pcm->slots);

	if (!error && pcm->params.kernel_events)
		error = write_event(
			pcm, position_frames, (uint16_t)(pcm->slots - pcm->slots_at_open));
	pcm->told_frames = position_frames;
	if (!error)
		return;
	pthread_mutex_lock(&pcm->lock);
	pcm->stat.lost_events++;
	pthread_mutex_unlock(&pcm->lock);
}

void vsnd_pcm_tell(struct vsnd_pcm *pcm, uint64_t position_frames)
{
	put(pcm, position_frames);
	xb_link_notify_events(pcm->params.link);
}

uint64_t vsnd_pcm_position(const struct vsnd_pcm *pcm)
{
	return vsnd_stream_position(pcm->stream) + pcm->skipped_frames;
}

/* Half periods that are over at a position. */
static uint64_t halves(const struct vsnd_pcm *pcm, uint64_t position_frames)
{
	return 2 * (position_frames - pcm->begun_frames) / pcm->period_frames;
}

uint64_t vsnd_pcm_next_half(const struct vsnd_pcm *pcm)
{
	uint64_t next = halves(pcm, pcm->told_frames) + 1;

	return pcm->begun_frames + (next * pcm->period_frames + 1) / 2 - pcm->skipped_frames;
}

static void tell_up_to(struct vsnd_pcm *pcm, uint64_t position_frames)
{
	uint64_t from = pcm->told_frames, grown = position_frames - from;
	uint64_t events = halves(pcm, position_frames) - halves(pcm, from);

	/* A frontend cannot see a jump of a whole buffer: a late session goes in steps, too. */
	if (events > CATCH_UP_EVENTS)
		events = CATCH_UP_EVENTS;
	for (uint64_t i = 1; i <= events; i++)
		put(pcm, from + grown * i / events);
	if (events > 0)
		xb_link_notify_events(pcm->params.link);
}

void vsnd_pcm_pump(struct vsnd_pcm *pcm)
{
	uint64_t heard_frames;

	if (!pcm->running || pcm->period_frames == 0)
		return;
	do {
		heard_frames = vsnd_stream_heard(pcm->stream);
		/* Behind: a run that has just begun. */
		if (heard_frames + pcm->skipped_frames > pcm->told_frames)
			tell_up_to(pcm, heard_frames + pcm->skipped_frames);
		vsnd_stream_wake_at(pcm->stream, vsnd_pcm_next_half(pcm));
	} while (vsnd_stream_heard(pcm->stream) >= vsnd_pcm_next_half(pcm));
}
