/* SPDX-License-Identifier: MIT */
#include "backend/sound/card/wake.h"

#include <errno.h>
#include <poll.h>
#include <time.h>

#define NS_PER_S 1000000000ull
#define NS_PER_MS 1000000u
#define STILL_MS 1000 /* without a move, and the device is lost */
#define POLL_MS 100
#define FDS_MAX 16
#define NAP_NS 500000u
#define SLEEP_NS_MAX 100000000u /* nothing is that far away, unless a target fell */
#define LATE_MAX 4u

void vsnd_wake_begin(struct vsnd_wake *wake)
{
	wake->until_ns = 0;
	wake->vain = false;
}

static uint64_t sleep_ns(const struct vsnd_wake *wake, uint64_t away_ns)
{
	uint64_t nap_ns = wake->nap_ns > 0 && wake->nap_ns < NAP_NS ? wake->nap_ns : NAP_NS;
	uint64_t ns = away_ns > wake->behind_ns ? away_ns - wake->behind_ns : 0;

	if (ns > SLEEP_NS_MAX)
		return SLEEP_NS_MAX;
	return ns > nap_ns ? ns : nap_ns;
}

static int state_error(snd_pcm_t *pcm)
{
	switch (snd_pcm_state(pcm)) {
	case SND_PCM_STATE_XRUN:
		return -EPIPE;
	case SND_PCM_STATE_SUSPENDED:
		return -ESTRPIPE;
	case SND_PCM_STATE_DISCONNECTED:
		return -ENODEV;
	default:
		return -EIO;
	}
}

/* By hand, since snd_pcm_wait goes on for ever while something wakes it for nothing. */
static int wait_for_wake(struct vsnd_wake *wake, snd_pcm_t *pcm)
{
	struct pollfd fds[FDS_MAX];
	int count = snd_pcm_poll_descriptors(pcm, fds, FDS_MAX), came, err;
	unsigned short events;

	if (count <= 0)
		return count < 0 ? count : -EIO;
	came = poll(fds, (nfds_t)count, POLL_MS);
	if (came < 0)
		return errno == EINTR ? 0 : -errno;
	if (came == 0) {
		wake->still_ns += (uint64_t)POLL_MS * NS_PER_MS;
		return 0;
	}
	wake->vain = true;
	err = snd_pcm_poll_descriptors_revents(pcm, fds, (unsigned)count, &events);
	if (err < 0)
		return err;
	return events & (POLLERR | POLLNVAL) ? state_error(pcm) : 0;
}

int vsnd_wake_wait(struct vsnd_wake *wake, snd_pcm_t *pcm, uint64_t looked_ns, uint64_t away_ns)
{
	uint64_t ns = sleep_ns(wake, away_ns);
	struct timespec until;

	if (wake->still_ns >= (uint64_t)STILL_MS * NS_PER_MS)
		return -EIO;
	if (!wake->timed && !wake->vain)
		return wait_for_wake(wake, pcm);
	wake->still_ns += ns;
	wake->until_ns = looked_ns + ns;
	until.tv_sec = (time_t)(wake->until_ns / NS_PER_S);
	until.tv_nsec = (long)(wake->until_ns % NS_PER_S);
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
		;
	return 0;
}

void vsnd_wake_moved(struct vsnd_wake *wake)
{
	wake->still_ns = 0;
}

uint64_t vsnd_wake_late_ns(const struct vsnd_wake *wake, uint64_t now_ns)
{
	return wake->until_ns > 0 && now_ns > wake->until_ns ? now_ns - wake->until_ns : 0;
}

void vsnd_wake_note(struct vsnd_wake *wake, bool late)
{
	if (wake->timed)
		return;
	wake->late = late ? wake->late + 1 : 0;
	if (wake->late < LATE_MAX)
		return;
	/* In what steps it moves is not known: it is looked at often. */
	wake->timed = true;
	wake->behind_ns = UINT64_MAX;
	wake->nap_ns = 0;
}
