/* SPDX-License-Identifier: MIT */
/*
 * The real-time thread of an open direction, and its keeper: an ordinary thread that does for it
 * what takes memory, locks or the log, which is to bring a lost device back.
 */
#include "backend/sound/card_internal.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "backend/sound/pace.h"
#include "backend/sound/thread.h"
#include "common/log.h"
#include "common/parse.h"

#define STACK_TOUCHED_BYTES (128u * 1024)
#define PAGE_BYTES 4096u
#define REOPEN_MS 1000
#define NS_PER_S 1000000000ull

/* ---- the real-time thread ---- */

/* Its pages are there before they are needed. */
__attribute__((noinline)) static void touch_stack(void)
{
	volatile char stack[STACK_TOUCHED_BYTES];

	for (size_t i = 0; i < sizeof(stack); i += PAGE_BYTES)
		stack[i] = 0;
}

/* Without a device time goes on by our own clock. */
static void transfer(struct vsnd_unit *unit, struct vsnd_pace *pace, bool running)
{
	struct vsnd_card *card = unit->card;
	void *device = unit->device;
	int xruns;

	if (device != NULL) {
		xruns = card->config.ops->transfer(device, unit->samples, running);
		if (xruns >= 0) {
			card->xruns += (unsigned)xruns;
			return;
		}
		card->lost++;
		unit->failure = -xruns;
		unit->failed = device;
		unit->device = NULL;
		(void)eventfd_write(unit->keeper_fd, 1);
		vsnd_pace_begin(pace, unit->format.rate_hz);
	}
	vsnd_pace_wait(pace, unit->quantum_frames);
	if (unit->direction == VSND_CAPTURE)
		vsnd_format_silence(&unit->format, unit->samples, unit->quantum_frames);
}

static void one_quantum(struct vsnd_unit *unit, struct vsnd_pace *pace)
{
	struct vsnd_stream *stream = unit->stream;
	bool running;

	if (unit->direction == VSND_PLAYBACK) {
		running = vsnd_stream_pull(stream, unit->samples, unit->quantum_frames);
		transfer(unit, pace, running);
	} else {
		running = vsnd_stream_arm(stream);
		transfer(unit, pace, running);
		running = vsnd_stream_push(stream, unit->samples, unit->quantum_frames);
	}
	if (running)
		vsnd_stream_wake(stream);
}

static void *device_thread(void *arg)
{
	struct vsnd_unit *unit = arg;
	uint64_t late_ns = 2 * NS_PER_S * unit->quantum_frames / unit->format.rate_hz;
	struct vsnd_pace pace;
	uint64_t ended_ns, now_ns;
	char name[16];

	snprintf(name, sizeof(name), "%s:%.11s", unit->direction == VSND_PLAYBACK ? "out" : "in",
		unit->card->config.name);
	pthread_setname_np(pthread_self(), name);
	prctl(PR_SET_TIMERSLACK, 1ul, 0ul, 0ul, 0ul);
	touch_stack();
	ended_ns = pv_now_ns();
	while (!unit->quit) {
		one_quantum(unit, &pace);
		now_ns = pv_now_ns();
		unit->card->quanta++;
		if (now_ns - ended_ns > late_ns)
			unit->card->late_quanta++;
		ended_ns = now_ns;
	}
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

	while (!unit->quit)
		if (keeper_wait(unit, -1) && unit->device == NULL)
			bring_back(unit);
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
