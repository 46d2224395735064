/* SPDX-License-Identifier: MIT */
/*
 * What card.c (streams come and go), unit.c (rooms), choose.c (formats), query.c, keeper.c and
 * device_thread.c share: a direction of a card, its two threads, and the room they work in.
 *
 * Sessions bring streams into the room and take them away, the keeper opens and closes devices and
 * makes another room when a device has another shape, the real-time thread serves the room that it
 * finds at the beginning of a quantum. `turn` is odd while it is in one: who takes something away
 * from it waits for that to end.
 */
#ifndef VSND_UNIT_H
#define VSND_UNIT_H

#include <pthread.h>
#include <stdatomic.h>

#include "backend/sound/card/card.h"
#include "backend/sound/engine/delays.h"
#include "backend/sound/card/pace.h"
#include "backend/sound/engine/feed.h"
#include "common/log_limit.h"

#define VSND_QUANTUM_MIN_FRAMES 16u

/* What a device can at all. */
struct vsnd_answer {
	struct vsnd_ranges ranges;
	int err;
	uint64_t got_ns; /* 0: unused */
	bool is_wrong;   /* as was seen since */
	uint64_t lost;   /* the card's count then: a device that went may come back as another */
};

/* What a device is opened for: the format of the stream that came first, or a wider one for all
 * that came since, and a quantum in frames of that. */
struct vsnd_wish {
	struct vsnd_format format;
	uint32_t quantum_frames;
};

/* A stream in a room. The real-time thread finds them in the room's seats. */
struct vsnd_guest_feed {
	struct vsnd_feed *feed;
	uint32_t wish_frames;    /* the quantum that the stream wishes, in its own frames */
	uint32_t quantum_frames; /* in the device's frames */
	_Atomic bool ran;        /* the real-time thread's: in the quantum under way */
};

/*
 * All that is made for one shape of device, and the streams in it. Without a device the streams go
 * on by our own clock: into silence, or hearing it.
 */
struct vsnd_room {
	struct vsnd_unit *unit;
	struct vsnd_wish wish;
	bool outgrown;             /* the wish is wider than what the device was opened for */
	struct vsnd_format format; /* the device's */
	uint32_t frame_bytes;
	uint32_t quantum_frames; /* of one transfer, at most */
	_Atomic(struct vsnd_guest_feed *) seats[VSND_CARD_STREAMS_MAX];
	unsigned streams;
	struct vsnd_desk *desk; /* where the streams meet */
	void *samples;          /* a quantum of the device's */
	/* Nothing moves before that, unless the device is there; 0: no more. */
	_Atomic uint64_t hold_until_ns;
	/* The real-time thread's while set; it sets NULL when the device fails. */
	_Atomic(void *) device;
	_Atomic int failure;    /* its errno then */
	void *held;             /* the device that is to be closed with this room, or NULL */
	struct vsnd_room *next; /* of the retired */
};

/* A direction of a card. Its threads start with the first stream and end with the card. */
struct vsnd_unit {
	struct vsnd_card *card;
	enum vsnd_direction direction;
	pthread_mutex_t lock; /* what is not atomic, but what is said to be another's */
	bool thread_runs;
	bool keeper_runs;
	bool real_time;
	pthread_t thread;
	pthread_t keeper;
	int thread_fd; /* eventfds: something is new for the thread, which sleeps */
	int keeper_fd; /* for the keeper */
	_Atomic bool quit;
	_Atomic bool look; /* devices may have come or changed */
	_Atomic uint64_t turn;
	_Atomic(struct vsnd_room *) room; /* NULL: no stream is there */
	struct vsnd_room *retired;        /* without streams, and with a device: the keeper's */
	/* One more with each room and device: what was begun for an older one comes too late. */
	uint64_t generation;
	_Atomic bool open; /* streams, or a device that is not closed yet */
	/* The keeper's. */
	unsigned place; /* of the device that is held: which of the configuration's */
	bool absent;    /* and the log knows */
	uint64_t tried_ns;
	struct pv_log_limit log_limit;
	uint64_t nodes_stamp;    /* as it was when it was looked at */
	uint64_t eager_until_ns; /* something came */
	/* The real-time thread's: when its last quantum was over, what the device told of this one,
	 * and what went wrong with it. */
	uint64_t ended_ns;
	struct vsnd_told told;
	struct vsnd_mishap mishap;
	/* Answers: who asks must not wait for a device that opens or drains. */
	pthread_mutex_t answers_lock;
	pthread_cond_t answered;
	_Atomic bool asked;
	uint64_t first_until_ns; /* nobody waits longer for the first; 0: nobody asked */
	struct vsnd_answer answer;
};

/* The controller of a card's playback device. It outlives devices: the depth is kept while the
 * chain's step is the same, and the evidence while all is. */
struct vsnd_card_depth {
	bool begun;
	uint32_t rate_hz, step_frames, base_frames; /* as the device has it */
	struct vsnd_depth control;
	struct vsnd_card_depth_stat stat;
};

struct vsnd_card {
	struct vsnd_card_config config;   /* strings and ops are the configuration's */
	struct vsnd_directory *directory; /* NULL: follows none */
	struct vsnd_unit units[2];        /* by direction */
	_Atomic uint64_t quanta;
	_Atomic uint64_t late_quanta;
	_Atomic uint64_t xruns;
	_Atomic uint64_t lost;
	_Atomic uint64_t inside_ns[2]; /* vsnd_card_inside_ns */
	struct vsnd_delays delays;
	pthread_mutex_t told_lock; /* of what follows, which is for vsnd_card_stat */
	struct vsnd_here here[2];
	struct vsnd_format formats[2];
	uint32_t quantum_frames[2];
	struct vsnd_card_depth depth;
};

bool vsnd_card_has(const struct vsnd_card *card, enum vsnd_direction direction);
/* How many places the configuration gives for a direction, at least 1; and what they are, in order
 * of preference; NULL where it needs none. */
unsigned vsnd_card_places(const struct vsnd_card *card, enum vsnd_direction direction);
const char *vsnd_card_place(
	const struct vsnd_card *card, enum vsnd_direction direction, unsigned place);

/* The name by which the device's kind knows a place, in ret, or NULL where it needs none. As
 * vsnd_directory_resolve. */
int vsnd_card_resolve(const struct vsnd_card *card, enum vsnd_direction direction, unsigned place,
	char ret[VSND_PLACE_BYTES], const char **ret_name);

/* card.c: a keeper, and the eventfds. -errno of pthread_create and eventfd. */
int vsnd_unit_start_keeper(struct vsnd_unit *unit);

/* ---- query.c ---- */

/* Asks the device if somebody wants to know. The keeper. */
void vsnd_query_answer(struct vsnd_unit *unit);

/* What the device can, as far as was asked. False: it was not, or did not answer. Any thread. */
bool vsnd_query_known(struct vsnd_unit *unit, struct vsnd_ranges *ret);

/* What is known of the device is wrong. */
void vsnd_card_forget(struct vsnd_card *card, enum vsnd_direction direction);

/* ---- choose.c ---- */

/* How many frames at a time a stream of such periods is to be served. */
uint32_t vsnd_choose_quantum(uint32_t rate_hz, uint32_t period_frames);
/* The format in which the device at a place would be opened: the wish's if it can, else the nearest
 * that it can. It may block. -EINVAL: none; others as the device's query. */
int vsnd_choose_format(const struct vsnd_unit *unit, const char *place,
	const struct vsnd_format *wish, struct vsnd_format *ret);
/* The first stream's wish, and its quantum in its own frames; what the configuration says goes
 * before it. */
struct vsnd_wish vsnd_choose_wish(const struct vsnd_card_config *config,
	const struct vsnd_format *guest, uint32_t quantum_frames);
/* A stream comes to others: where it has more bits, channels or a higher rate than the wish, that
 * becomes the least that is usual and enough for all: of 48, 96 and 192 kHz, of stereo, 5.1
 * and 7.1, and S32. True: it did. */
bool vsnd_choose_widen(const struct vsnd_card_config *config, struct vsnd_wish *wish,
	const struct vsnd_format *guest);
/* The device at a place, which is open in one format: would it be another for that wish? A device
 * that cannot be asked now: could it be? It may block. */
bool vsnd_choose_is_outgrown(struct vsnd_unit *unit, const char *place,
	const struct vsnd_format *now, const struct vsnd_format *wish);
/* What a device of that format may have at most, or what the wish is where that matters to it. */
uint32_t vsnd_choose_first_quantum(
	const struct vsnd_unit *unit, const struct vsnd_wish *wish, uint32_t rate_hz);

/* ---- unit.c: with the unit's lock, but for wait_for_turn ---- */

/* Memory, for a device of such a shape; nobody is at it, and it has no device. */
int vsnd_room_create(struct vsnd_unit *unit, const struct vsnd_wish *wish,
	const struct vsnd_format *format, uint32_t quantum_frames, struct vsnd_room **ret);
/* With the feeds that are left; not the device. No turn may be under way at it. Takes NULL. */
void vsnd_room_destroy(struct vsnd_room *room);
/* -EBUSY: all seats are taken. wish_frames: in the stream's frames. */
int vsnd_room_add(struct vsnd_room *room, struct vsnd_stream *stream, uint32_t wish_frames);
/* Brings the streams of one room into another as well: which of the two is served is what the
 * unit's room says. */
int vsnd_room_copy(struct vsnd_room *room, const struct vsnd_room *from);
/* The stream's seat, or -1. */
int vsnd_room_find(const struct vsnd_room *room, const struct vsnd_stream *stream);
/* Waits for the quantum under way, and frees. */
void vsnd_room_remove(struct vsnd_room *room, unsigned seat);
/* The thread reads room and seats at the beginning of a turn: what was there at the beginning of
 * this one may be looked at until its end, for which this waits. */
void vsnd_unit_wait_for_turn(const struct vsnd_unit *unit);
/* The keeper, without the lock: the room has no device any more, and who had it may close it; what
 * plays dies away before. False: the room or its device is not of that generation. */
bool vsnd_unit_take_device(struct vsnd_unit *unit, uint64_t generation);

/* ---- unit_depth.c ---- */

/* A device was opened, which no other thread has yet: it gets the depth that was learnt. */
void vsnd_unit_depth_begin(struct vsnd_unit *unit, void *device, uint32_t rate_hz);
/* The real-time thread, after each transfer: the keeper is to look. */
bool vsnd_unit_depth_rings(const struct vsnd_unit *unit, void *device);
/* What the real-time thread reports is answered. The keeper. */
void vsnd_unit_depth_look(struct vsnd_unit *unit, void *device, uint32_t rate_hz);

/* ---- unit_counts.c ---- */

/*
 * The real-time thread counts, in each quantum: a transfer, or that there was no device and our own
 * pace was kept; and when it is over, its time. Returns whether something went wrong: unit->mishap.
 */
void vsnd_unit_count_transfer(struct vsnd_unit *unit, void *device, unsigned xruns);
void vsnd_unit_count_gone(struct vsnd_unit *unit, const struct vsnd_pace *pace);
bool vsnd_unit_count_quantum(struct vsnd_unit *unit, uint32_t rate_hz, uint32_t frames);

/* ---- threads ---- */

/* device_thread.c. As an ordinary thread where real time is not permitted. -errno of
 * pthread_create. */
int vsnd_device_thread_start(struct vsnd_unit *unit);
/* keeper.c. -errno of pthread_create. */
int vsnd_keeper_start(struct vsnd_unit *unit);

#endif
