/* SPDX-License-Identifier: MIT */
#include "backend/sound/card/fill.h"

#define QUANTA 4u
#define MOVES 3u /* whoever looks late sees several steps as one: the least of them counts */

static void aim(struct vsnd_fill *fill, uint64_t target_frames)
{
	if (target_frames > fill->buffer_frames)
		target_frames = fill->buffer_frames;
	if (target_frames > fill->target_frames)
		fill->target_frames = (uint32_t)target_frames;
}

void vsnd_fill_begin(struct vsnd_fill *fill, uint32_t quantum_frames, uint32_t buffer_frames)
{
	*fill = (struct vsnd_fill){
		.quantum_frames = quantum_frames, .buffer_frames = buffer_frames};
	aim(fill, (uint64_t)QUANTA * quantum_frames);
}

bool vsnd_fill_watch(struct vsnd_fill *fill, uint32_t played_frames)
{
	uint64_t margin;
	uint32_t move;

	if (played_frames <= fill->played_frames)
		return false;
	move = played_frames - fill->played_frames;
	if (fill->moves == 0 || move < fill->step_frames)
		fill->step_frames = move;
	fill->played_frames = played_frames;
	if (++fill->moves < MOVES)
		return false;
	margin = (uint64_t)QUANTA * fill->quantum_frames;
	/* Another step that came late fits into it, or it is of no use. */
	if (margin < fill->step_frames)
		margin = 2 * (uint64_t)fill->quantum_frames;
	if (fill->step_frames > fill->quantum_frames)
		aim(fill, fill->step_frames + margin);
	return true;
}

bool vsnd_fill_wants(const struct vsnd_fill *fill, uint32_t inside_frames)
{
	return (uint64_t)inside_frames + fill->quantum_frames <= fill->target_frames;
}

void vsnd_fill_ran_dry(struct vsnd_fill *fill, uint32_t missing_frames)
{
	aim(fill, (uint64_t)fill->target_frames + missing_frames + fill->quantum_frames);
}
