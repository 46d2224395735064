/* SPDX-License-Identifier: MIT */
#include "backend/sound/card/steps.h"

#define MOVES 3u
#define FINE_MOVES 16u /* that never stood */

bool vsnd_steps_look(struct vsnd_steps *steps, uint32_t at_frames)
{
	uint32_t move;

	if (at_frames <= steps->at_frames) {
		steps->stands = steps->stands || steps->moves > 0;
		return false;
	}
	move = at_frames - steps->at_frames;
	if (steps->moves == 0 || move < steps->least_frames)
		steps->least_frames = move;
	steps->at_frames = at_frames;
	steps->moves++;
	return steps->moves >= (steps->stands ? MOVES : FINE_MOVES);
}

uint32_t vsnd_steps_frames(const struct vsnd_steps *steps)
{
	return steps->moves >= MOVES && steps->stands ? steps->least_frames : 0;
}
