/* SPDX-License-Identifier: MIT */
/*
 * The real-time thread of an open direction, and its keeper: an ordinary thread that does for it
 * what takes memory, locks or the log, which is to bring a lost device back.
 */
#include "backend/sound/card/unit.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "backend/sound/card/pace.h"
#include "backend/sound/thread.h"
#include "common/log.h"
#include "common/parse.h"

#define STACK_TOUCHED_BYTES (128u * 1024)
#define PAGE_BYTES 4096u
#define REOPEN_MS 1000

/* ---- the real-time thread ---- */

/* Its pages are there before they are needed. */
__attribute__((noinline)) static void touch_stack(void)
{
	volatile char stack[STACK_TOUCHED_BYTES];

	for (size_t i = 0; i < sizeof(stack); i += PAGE_BYTES)
		stack[i] = 0;
}

/* Without a device time goes on by our own clock. */
static void transfer(struct vsnd_unit *unit, struct vsnd_pace *pace, uint32_t frames, bool running)
{
	struct vsnd_card *card = unit->card;
	void *device = unit->device;
	int xruns;

	if (device != NULL) {
		xruns = card->config.ops->transfer(device, unit->samples, frames, running);
		if (xruns >= 0) {
			vsnd_unit_count_transfer(unit, device, (unsigned)xruns);
			if (vsnd_unit_depth_rings(unit, device))
				(void)eventfd_write(unit->keeper_fd, 1);
			return;
		}
		card->lost++;
		unit->failure = -xruns;
		unit->failed = device;
		unit->device = NULL;
		(void)eventfd_write(unit->keeper_fd, 1);
		vsnd_pace_begin(pace, unit->format.rate_hz);
	}
	vsnd_pace_wait(pace, frames);
	vsnd_unit_count_gone(unit, pace);
	if (unit->direction == VSND_CAPTURE)
		vsnd_format_silence(&unit->format, unit->samples, frames);
}

/* Those who are seated now, for one quantum; ret_frames: its length, for the hastiest of them. */
static unsigned look_around(struct vsnd_unit *unit,
	struct vsnd_guest_feed *ret_feeds[VSND_CARD_STREAMS_MAX], uint32_t *ret_frames)
{
	uint32_t frames = unit->quantum_frames;
	unsigned count = 0;

	for (unsigned i = 0; i < VSND_CARD_STREAMS_MAX; i++) {
		struct vsnd_guest_feed *feed = unit->seats[i];

		if (feed == NULL)
			continue;
		ret_feeds[count++] = feed;
		if (feed->quantum_frames < frames)
			frames = feed->quantum_frames;
	}
	if (frames < VSND_QUANTUM_MIN_FRAMES)
		frames = VSND_QUANTUM_MIN_FRAMES;
	*ret_frames = frames < unit->quantum_frames ? frames : unit->quantum_frames;
	return count;
}

/* Their sum; true: somebody plays. */
static bool mix(
	struct vsnd_unit *unit, struct vsnd_guest_feed **feeds, unsigned count, uint32_t frames)
{
	vsnd_desk_begin(unit->desk, NULL, frames);
	for (unsigned i = 0; i < count; i++)
		feeds[i]->ran = vsnd_feed_add(feeds[i]->feed);
	return vsnd_desk_end(unit->desk, unit->samples);
}

static void play_quantum(struct vsnd_unit *unit, struct vsnd_pace *pace,
	struct vsnd_guest_feed **feeds, unsigned count, uint32_t frames)
{
	bool running;

	if (count == 1 && vsnd_feed_is_plain(feeds[0]->feed)) {
		running = vsnd_feed_play(feeds[0]->feed, unit->samples, frames);
		feeds[0]->ran = running;
	} else {
		running = mix(unit, feeds, count, frames);
	}
	transfer(unit, pace, frames, running);
}

static void capture_quantum(struct vsnd_unit *unit, struct vsnd_pace *pace,
	struct vsnd_guest_feed **feeds, unsigned count, uint32_t frames)
{
	bool running = false;

	for (unsigned i = 0; i < count; i++)
		running = vsnd_feed_arm(feeds[i]->feed) || running;
	transfer(unit, pace, frames, running);
	vsnd_desk_begin(unit->desk, unit->samples, frames);
	for (unsigned i = 0; i < count; i++)
		feeds[i]->ran = vsnd_feed_take(feeds[i]->feed);
	(void)vsnd_desk_end(unit->desk, NULL);
}

static void one_quantum(struct vsnd_unit *unit, struct vsnd_pace *pace)
{
	struct vsnd_guest_feed *feeds[VSND_CARD_STREAMS_MAX];
	uint32_t frames;
	unsigned count;
	bool tells;

	unit->turn++;
	count = look_around(unit, feeds, &frames);
	if (unit->direction == VSND_PLAYBACK)
		play_quantum(unit, pace, feeds, count, frames);
	else
		capture_quantum(unit, pace, feeds, count, frames);
	tells = vsnd_unit_count_quantum(unit, frames);
	for (unsigned i = 0; i < count; i++) {
		if (!feeds[i]->ran)
			continue;
		if (tells)
			vsnd_stream_account(vsnd_feed_stream(feeds[i]->feed), &unit->mishap);
		vsnd_feed_wake(feeds[i]->feed);
	}
	unit->turn++;
}

static void *device_thread(void *arg)
{
	struct vsnd_unit *unit = arg;
	struct vsnd_pace pace;
	char name[16];

	snprintf(name, sizeof(name), "%s:%.11s", unit->direction == VSND_PLAYBACK ? "out" : "in",
		unit->card->config.name);
	pthread_setname_np(pthread_self(), name);
	prctl(PR_SET_TIMERSLACK, 1ul, 0ul, 0ul, 0ul);
	touch_stack();
	unit->ended_ns = pv_now_ns();
	while (!unit->quit)
		one_quantum(unit, &pace);
	return NULL;
}

/* ---- the keeper ---- */

/* True: something is new; false: timeout. */
static bool keeper_wait(struct vsnd_unit *unit, int timeout_ms)
{
	struct pollfd poll_fd = {.fd = unit->keeper_fd, .events = POLLIN};
	eventfd_t count;

	if (poll(&poll_fd, 1, timeout_ms) <= 0)
		return false;
	return eventfd_read(unit->keeper_fd, &count) == 0;
}

/* The quantum must be the old one: the thread and its buffer are made for it. */
static int reopen(struct vsnd_unit *unit)
{
	const struct vsnd_card_config *config = &unit->card->config;
	uint32_t quantum_frames = unit->quantum_frames;
	void *device;
	int err;

	err = config->ops->open(config, unit->direction, &unit->format, &quantum_frames, &device);
	if (err < 0)
		return err;
	if (quantum_frames != unit->quantum_frames) {
		config->ops->close(device);
		return -EINVAL;
	}
	vsnd_unit_depth_begin(unit, device);
	unit->device = device;
	return 0;
}

static void bring_back(struct vsnd_unit *unit)
{
	const struct vsnd_card_config *config = &unit->card->config;
	const char *direction = unit->direction == VSND_PLAYBACK ? "playback" : "capture";

	pv_warning("device %s: %s lost (%s); guests go on in silence until it can be opened again",
		config->name, direction, strerror(unit->failure));
	config->ops->close(unit->failed);
	unit->failed = NULL;
	do {
		keeper_wait(unit, REOPEN_MS);
		if (unit->quit)
			return;
	} while (reopen(unit) < 0);
	pv_info("device %s: %s is back", config->name, direction);
}

static void *keeper_thread(void *arg)
{
	struct vsnd_unit *unit = arg;

	while (!unit->quit) {
		if (!keeper_wait(unit, -1))
			continue;
		if (unit->device == NULL)
			bring_back(unit);
		else
			vsnd_unit_depth_look(unit, unit->device);
	}
	return NULL;
}

/* ---- starting ---- */

/*
 * What is there now is locked and present; what comes later is locked page by page as it is
 * touched, so that an ordinary thread's 8 MiB of stack do not become 8 MiB of memory. With a limit
 * on locked memory, locking the future would make later allocations fail.
 */
static void lock_memory(void)
{
	struct rlimit limit;
	bool may = geteuid() == 0;

	if (getrlimit(RLIMIT_MEMLOCK, &limit) == 0 && limit.rlim_cur == RLIM_INFINITY)
		may = true;
	if (!may || mlockall(MCL_CURRENT) < 0 || mlockall(MCL_FUTURE | MCL_ONFAULT) < 0)
		pv_warning("may not lock memory, sound may stop while the machine swaps; "
			   "allow it with LimitMEMLOCK=infinity in the unit");
}

/* As an ordinary thread where real time is not permitted. */
static int start_device_thread(struct vsnd_unit *unit)
{
	static atomic_flag told = ATOMIC_FLAG_INIT;
	int err;

	unit->real_time = true;
	err = vsnd_thread_start(unit->card->config.priority, device_thread, unit, &unit->thread);
	if (err != -EPERM)
		return err;
	if (!atomic_flag_test_and_set(&told))
		pv_warning("may not use real-time priority, sound will have gaps under load; "
			   "allow it with LimitRTPRIO=90 in the unit");
	unit->real_time = false;
	return vsnd_thread_start(0, device_thread, unit, &unit->thread);
}

static void end_keeper(struct vsnd_unit *unit)
{
	unit->quit = true;
	(void)eventfd_write(unit->keeper_fd, 1);
	pthread_join(unit->keeper, NULL);
}

int vsnd_unit_start(struct vsnd_unit *unit)
{
	static pthread_once_t locked = PTHREAD_ONCE_INIT;
	int err;

	pthread_once(&locked, lock_memory);
	err = vsnd_thread_start(0, keeper_thread, unit, &unit->keeper);
	if (err < 0)
		return err;
	err = start_device_thread(unit);
	if (err < 0)
		end_keeper(unit);
	return err;
}

void vsnd_unit_end(struct vsnd_unit *unit)
{
	unit->quit = true;
	pthread_join(unit->thread, NULL);
	end_keeper(unit);
}
