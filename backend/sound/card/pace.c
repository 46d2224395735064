/* SPDX-License-Identifier: MIT */
#include "backend/sound/card/pace.h"

#include <errno.h>
#include <time.h>

#include "common/parse.h"

#define NS_PER_S 1000000000ull

void vsnd_pace_begin(struct vsnd_pace *pace, uint32_t rate_hz)
{
	*pace = (struct vsnd_pace){.epoch_ns = pv_now_ns(), .rate_hz = rate_hz};
}

uint64_t vsnd_pace_frame_at(const struct vsnd_pace *pace, uint64_t now_ns)
{
	if (now_ns < pace->epoch_ns)
		return 0;
	return (uint64_t)((unsigned __int128)(now_ns - pace->epoch_ns) * pace->rate_hz / NS_PER_S);
}

void vsnd_pace_wait(struct vsnd_pace *pace, uint32_t frames)
{
	struct timespec until;
	uint64_t until_ns, now_ns;

	pace->frame += frames;
	until_ns = pace->epoch_ns +
		   (uint64_t)((unsigned __int128)pace->frame * NS_PER_S / pace->rate_hz);
	until.tv_sec = (time_t)(until_ns / NS_PER_S);
	until.tv_nsec = (long)(until_ns % NS_PER_S);
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
		;
	now_ns = pv_now_ns();
	pace->late_ns = now_ns > until_ns ? now_ns - until_ns : 0;
}
