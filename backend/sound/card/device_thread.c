/* SPDX-License-Identifier: MIT */
/* The real-time thread of a direction. */
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
#define NS_PER_S 1000000000ull
#define NS_PER_MS 1000000ull
#define LEAD_SEEN_NS NS_PER_S          /* after so long nothing shows that is not drift */
#define CATCH_UP_NS_MAX (2 * NS_PER_S) /* what a device that was lost takes to say so, and more */

/* ---- the real-time thread ---- */

/* Its pages are there before they are needed. */
__attribute__((noinline)) static void touch_stack(void)
{
	volatile char stack[STACK_TOUCHED_BYTES];

	for (size_t i = 0; i < sizeof(stack); i += PAGE_BYTES)
		stack[i] = 0;
}

/* The thread's own time. */
struct beat {
	/* Without a device. */
	struct vsnd_pace pace;
	bool paced;
	/* The device, and how far ahead of time it took frames: so many are in its buffer. */
	const void *device;
	uint64_t since_ns;
	uint64_t moved_frames;
	uint64_t lead_frames;
};

static void follow(
	struct beat *beat, const void *device, uint64_t ended_ns, uint32_t frames, uint32_t rate_hz)
{
	uint64_t gone_ns, gone_frames;

	if (device != beat->device) {
		beat->device = device;
		beat->since_ns = ended_ns;
		beat->moved_frames = 0;
		beat->lead_frames = 0;
	}
	beat->paced = false;
	if (ended_ns - beat->since_ns > LEAD_SEEN_NS)
		return;
	gone_ns = pv_now_ns() - beat->since_ns;
	gone_frames = gone_ns * rate_hz / NS_PER_S;
	beat->moved_frames += frames;
	if (beat->moved_frames > gone_frames + beat->lead_frames)
		beat->lead_frames = beat->moved_frames - gone_frames;
}

/* Our own clock goes on where the device's ended: what was in its buffer and will not be heard is
 * waited for, and so the position stays what time says. */
static void begin_pace(struct vsnd_unit *unit, struct beat *beat, uint32_t rate_hz)
{
	uint64_t now_ns = pv_now_ns();

	if (now_ns - unit->ended_ns > CATCH_UP_NS_MAX)
		unit->ended_ns = now_ns - CATCH_UP_NS_MAX;
	if (beat->device != NULL)
		unit->ended_ns += beat->lead_frames * NS_PER_S / rate_hz;
	vsnd_pace_begin(&beat->pace, rate_hz);
	beat->pace.epoch_ns = unit->ended_ns;
	beat->device = NULL;
	beat->paced = true;
}

/* True: it took them. A device that failed is the room's no more, unless it is another already. */
static bool transfer_to_device(
	struct vsnd_room *room, struct beat *beat, uint32_t frames, bool running)
{
	struct vsnd_card *card = room->unit->card;
	void *device = room->device;
	int xruns;

	if (device == NULL)
		return false;
	xruns = card->config.ops->transfer(device, room->samples, frames, running);
	if (xruns >= 0) {
		vsnd_unit_count_transfer(room->unit, device, (unsigned)xruns);
		if (vsnd_unit_depth_rings(room->unit, device))
			(void)eventfd_write(room->unit->keeper_fd, 1);
		follow(beat, device, room->unit->ended_ns, frames, room->format.rate_hz);
		return true;
	}
	card->lost++;
	room->failure = -xruns;
	(void)atomic_compare_exchange_strong(&room->device, &device, NULL);
	(void)eventfd_write(room->unit->keeper_fd, 1);
	return false;
}

/* There is time to be made up for, which a device's clock would not do. */
static bool is_behind(const struct beat *beat, uint32_t frames)
{
	return beat->paced &&
	       vsnd_pace_frame_at(&beat->pace, pv_now_ns()) > beat->pace.frame + frames;
}

/* Without a device time goes on by our own clock. */
static void transfer(struct vsnd_room *room, struct beat *beat, uint32_t frames, bool running)
{
	if (!is_behind(beat, frames) && transfer_to_device(room, beat, frames, running))
		return;
	if (!beat->paced || beat->pace.rate_hz != room->format.rate_hz)
		begin_pace(room->unit, beat, room->format.rate_hz);
	vsnd_pace_wait(&beat->pace, frames);
	vsnd_unit_count_gone(room->unit, &beat->pace);
	if (room->unit->direction == VSND_CAPTURE)
		vsnd_format_silence(&room->format, room->samples, frames);
}

/* Those who are seated now, for one quantum; ret_frames: its length, for the hastiest of them. */
static unsigned look_around(struct vsnd_room *room,
	struct vsnd_guest_feed *ret_feeds[VSND_CARD_STREAMS_MAX], uint32_t *ret_frames)
{
	uint32_t frames = room->quantum_frames;
	unsigned count = 0;

	for (unsigned i = 0; i < VSND_CARD_STREAMS_MAX; i++) {
		struct vsnd_guest_feed *feed = room->seats[i];

		if (feed == NULL)
			continue;
		ret_feeds[count++] = feed;
		if (feed->quantum_frames < frames)
			frames = feed->quantum_frames;
	}
	if (frames < VSND_QUANTUM_MIN_FRAMES)
		frames = VSND_QUANTUM_MIN_FRAMES;
	*ret_frames = frames < room->quantum_frames ? frames : room->quantum_frames;
	return count;
}

/* Their sum; true: somebody plays. */
static bool mix(
	struct vsnd_room *room, struct vsnd_guest_feed **feeds, unsigned count, uint32_t frames)
{
	vsnd_desk_begin(room->desk, NULL, frames);
	for (unsigned i = 0; i < count; i++)
		feeds[i]->ran = vsnd_feed_add(feeds[i]->feed);
	return vsnd_desk_end(room->desk, room->samples);
}

static void play_quantum(struct vsnd_room *room, struct beat *beat, struct vsnd_guest_feed **feeds,
	unsigned count, uint32_t frames)
{
	bool running;

	for (unsigned i = 0; i < count && beat->paced && room->device != NULL; i++)
		vsnd_feed_fade_in(feeds[i]->feed);
	if (count == 1 && vsnd_feed_is_plain(feeds[0]->feed)) {
		running = vsnd_feed_play(feeds[0]->feed, room->samples, frames);
		feeds[0]->ran = running;
	} else {
		running = mix(room, feeds, count, frames);
	}
	transfer(room, beat, frames, running);
}

static void capture_quantum(struct vsnd_room *room, struct beat *beat,
	struct vsnd_guest_feed **feeds, unsigned count, uint32_t frames)
{
	bool running = false;

	for (unsigned i = 0; i < count; i++)
		running = vsnd_feed_arm(feeds[i]->feed) || running;
	transfer(room, beat, frames, running);
	vsnd_desk_begin(room->desk, room->samples, frames);
	for (unsigned i = 0; i < count; i++)
		feeds[i]->ran = vsnd_feed_take(feeds[i]->feed);
	(void)vsnd_desk_end(room->desk, NULL);
}

static void one_quantum(struct vsnd_room *room, struct beat *beat)
{
	struct vsnd_guest_feed *feeds[VSND_CARD_STREAMS_MAX];
	struct vsnd_unit *unit = room->unit;
	uint32_t frames;
	unsigned count = look_around(room, feeds, &frames);
	bool tells;

	if (unit->direction == VSND_PLAYBACK)
		play_quantum(room, beat, feeds, count, frames);
	else
		capture_quantum(room, beat, feeds, count, frames);
	tells = vsnd_unit_count_quantum(unit, room->format.rate_hz, frames);
	for (unsigned i = 0; i < count; i++) {
		if (!feeds[i]->ran)
			continue;
		if (tells)
			vsnd_stream_account(vsnd_feed_stream(feeds[i]->feed), &unit->mishap);
		if (unit->told.woke)
			vsnd_stream_woke(vsnd_feed_stream(feeds[i]->feed), unit->told.delay_ns);
		vsnd_feed_wake(feeds[i]->feed);
	}
}

/* A room to be served? If not, ret_until_ns: when to look again at the latest; 0: when told. */
static bool has_work(const struct vsnd_room *room, uint64_t *ret_until_ns)
{
	*ret_until_ns = room != NULL ? room->hold_until_ns : 0;
	if (room == NULL)
		return false;
	return *ret_until_ns == 0 || room->device != NULL || pv_now_ns() >= *ret_until_ns;
}

static void sleep_until(struct vsnd_unit *unit, struct beat *beat, uint64_t until_ns)
{
	struct pollfd poll_fd = {.fd = unit->thread_fd, .events = POLLIN};
	uint64_t now_ns = pv_now_ns();
	int timeout_ms = -1;
	eventfd_t count;

	if (until_ns != 0)
		timeout_ms = until_ns > now_ns ? (int)((until_ns - now_ns) / NS_PER_MS) + 1 : 0;
	if (poll(&poll_fd, 1, timeout_ms) > 0)
		(void)eventfd_read(unit->thread_fd, &count);
	unit->ended_ns = pv_now_ns();
	beat->paced = false;
	beat->device = NULL;
}

static void turn(struct vsnd_unit *unit, struct beat *beat)
{
	struct vsnd_room *room;
	uint64_t until_ns;
	bool works;

	unit->turn++;
	room = unit->room;
	works = has_work(room, &until_ns);
	if (works)
		one_quantum(room, beat);
	unit->turn++;
	if (!works)
		sleep_until(unit, beat, until_ns);
}

static void *device_thread(void *arg)
{
	struct vsnd_unit *unit = arg;
	struct beat beat = {0};
	char name[16];

	snprintf(name, sizeof(name), "%s:%.11s", unit->direction == VSND_PLAYBACK ? "out" : "in",
		unit->card->config.name);
	pthread_setname_np(pthread_self(), name);
	prctl(PR_SET_TIMERSLACK, 1ul, 0ul, 0ul, 0ul);
	touch_stack();
	while (!unit->quit)
		turn(unit, &beat);
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

int vsnd_device_thread_start(struct vsnd_unit *unit)
{
	static pthread_once_t locked = PTHREAD_ONCE_INIT;
	static atomic_flag told = ATOMIC_FLAG_INIT;
	int err;

	pthread_once(&locked, lock_memory);
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
