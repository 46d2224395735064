/* SPDX-License-Identifier: MIT */
/*
 * The guest's end of one sound stream, straight on the rings: frames that lie in the granted buffer
 * are sent with WRITE, and the answer is waited for. In turns with it, on the same clock: a round
 * trip over two bare eventfds with a process that runs where pvsndd does, and one memcpy of the
 * same bytes. Source: <xen/io/sndif.h>.
 */
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <xen/io/sndif.h>

#include "common/parse.h"
#include "tests/bench/sound.h"
#include "tests/bench/worker.h"
#include "xenbus/front.h"

#define TIMEOUT_MS 3000
#define FRAME_BYTES 4u
#define LEAD_FRAMES 960u /* at least: a machine that is busy for 20 ms does not make it run dry */

static const struct xb_front_names ring_names = {
	.req_ring_ref = "0/0/" XENSND_FIELD_RING_REF,
	.req_event_channel = "0/0/" XENSND_FIELD_EVT_CHNL,
	.evt_ring_ref = "0/0/" XENSND_FIELD_EVT_RING_REF,
	.evt_event_channel = "0/0/" XENSND_FIELD_EVT_EVT_CHNL,
};

struct player {
	struct xb_store *store;
	struct xb_front *front;
	struct xb_shared buffer;
	uint32_t chunk_bytes;
	uint32_t lead_bytes;
	uint32_t buffer_bytes; /* whole chunks */
	uint32_t offset_bytes;
	uint16_t next_id;
	void *copy;
	int ask_fd; /* inherited */
	int answer_fd;
};

/* ---- requests ---- */

static int wait_for_answer(struct player *player, struct xensnd_resp *ret)
{
	uint64_t deadline_ns = pv_now_ns() + TIMEOUT_MS * UINT64_C(1000000);
	int error = xb_front_response(player->front, ret);

	while (error == -EAGAIN && pv_now_ns() < deadline_ns) {
		error = xb_front_process(player->front, TIMEOUT_MS);
		if (error == 0)
			error = xb_front_response(player->front, ret);
	}
	return error == -EAGAIN ? -ETIMEDOUT : error;
}

/* Never sleeps: sees the answer when it is there. Whoever else is to run on this processor, does.
 */
static int look_for_answer(struct player *player, struct xensnd_resp *ret)
{
	uint64_t deadline_ns = pv_now_ns() + TIMEOUT_MS * UINT64_C(1000000);
	int error = xb_front_response(player->front, ret);

	while (error == -EAGAIN && pv_now_ns() < deadline_ns) {
		sched_yield();
		error = xb_front_response(player->front, ret);
	}
	return error == -EAGAIN ? -ETIMEDOUT : error;
}

static int send_and(int (*get_answer)(struct player *player, struct xensnd_resp *ret),
	struct player *player, struct xensnd_req *request)
{
	struct xensnd_resp response;
	int error;

	request->id = player->next_id++;
	error = xb_front_send(player->front, request);
	if (error == 0)
		error = get_answer(player, &response);
	if (error == 0 && response.id != request->id)
		error = -EPROTO;
	return error == 0 ? response.status : error;
}

static int call(struct player *player, struct xensnd_req *request)
{
	return send_and(wait_for_answer, player, request);
}

/* Positions are not asked for here, but make room for the next ones. */
static int take_events(struct player *player)
{
	struct xensnd_evt event;
	int error = xb_front_process(player->front, 0);

	while (error == 0)
		error = xb_front_event(player->front, &event);
	return error == -EAGAIN ? 0 : error;
}

static int trigger(struct player *player, uint8_t type)
{
	struct xensnd_req request = {.operation = XENSND_OP_TRIGGER, .op.trigger.type = type};

	return call(player, &request);
}

static int write_part(int (*get_answer)(struct player *player, struct xensnd_resp *ret),
	struct player *player, uint32_t length_bytes)
{
	struct xensnd_req request = {
		.operation = XENSND_OP_WRITE,
		.op.rw = {.offset = player->offset_bytes, .length = length_bytes},
	};

	player->offset_bytes = (player->offset_bytes + length_bytes) % player->buffer_bytes;
	return send_and(get_answer, player, &request);
}

static int open_stream(struct player *player)
{
	struct xensnd_req request = {
		.operation = XENSND_OP_OPEN,
		.op.open =
			{
				.pcm_rate = PVBENCH_SOUND_RATE_HZ,
				.pcm_format = XENSND_PCM_FORMAT_S16_LE,
				.pcm_channels = 2,
				.buffer_sz = player->buffer_bytes,
				.period_sz = player->chunk_bytes,
				.gref_directory = player->buffer.directory_ref,
			},
	};

	player->offset_bytes = 0;
	return call(player, &request);
}

static int close_stream(struct player *player)
{
	struct xensnd_req request = {.operation = XENSND_OP_CLOSE};

	return call(player, &request);
}

/* ---- what is timed ---- */

static int bare_trip(struct player *player)
{
	eventfd_t count;

	if (eventfd_write(player->ask_fd, 1) < 0 || eventfd_read(player->answer_fd, &count) < 0)
		return -errno;
	return 0;
}

static int timed(struct player *player, enum pvbench_sound_way way, struct pvbench_sample *ret)
{
	char *chunk = (char *)player->buffer.start + player->offset_bytes;
	uint64_t begun_ns;
	int error = 0;

	/* The application has just made the frames, for whoever takes them. */
	memset(chunk, (int)way + 1, player->chunk_bytes);
	begun_ns = pv_now_ns();
	switch (way) {
	case PVBENCH_SOUND_TRIP:
		error = bare_trip(player);
		break;
	case PVBENCH_SOUND_COPY:
		memcpy(player->copy, chunk, player->chunk_bytes);
		/* It is never looked at, but must be there. */
		__asm__ volatile("" : : "r"(player->copy) : "memory");
		break;
	case PVBENCH_SOUND_WRITE:
		error = write_part(look_for_answer, player, player->chunk_bytes);
		break;
	default:
		error = write_part(wait_for_answer, player, player->chunk_bytes);
	}
	ret->ready_ns = pv_now_ns();
	ret->time_ns = ret->ready_ns - begun_ns;
	return error;
}

static void sleep_until(uint64_t ns)
{
	struct timespec until = {
		.tv_sec = (time_t)(ns / 1000000000u), .tv_nsec = (long)(ns % 1000000000u)};

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
		;
}

/* In real time, never slower: each chunk for as long as it sounds. */
static int play(
	struct player *player, const struct pvbench_job *job, struct pvbench_sample *samples)
{
	unsigned ways = job->bare ? 1 : PVBENCH_SOUND_WAYS;
	unsigned writes = job->bare ? 1 : PVBENCH_SOUND_WRITES;
	uint64_t turn_frames = writes * player->chunk_bytes / FRAME_BYTES, start_ns = pv_now_ns();
	int error = 0;

	for (unsigned i = 0; error == 0 && i < job->frames; i++) {
		enum pvbench_sound_way way = job->bare ? PVBENCH_SOUND_ANSWERED : i % ways;

		sleep_until(start_ns +
			    (i + 1) * turn_frames * 1000000000u / (PVBENCH_SOUND_RATE_HZ * ways));
		error = take_events(player);
		if (error == 0)
			error = timed(player, way, &samples[i]);
		samples[i].number = way;
	}
	return error;
}

/* bare: nothing but WRITEs. */
static int player_run(void *state, const struct pvbench_job *job, struct pvbench_sample *samples)
{
	struct player *player = state;
	int error = open_stream(player), closed;

	if (error < 0)
		return error;
	error = write_part(wait_for_answer, player, player->lead_bytes);
	if (error == 0)
		error = trigger(player, XENSND_OP_TRIGGER_START);
	if (error == 0)
		error = play(player, job, samples);
	if (error == 0)
		error = trigger(player, XENSND_OP_TRIGGER_STOP);
	closed = close_stream(player);
	return error < 0 ? error : closed;
}

/* ---- coming and going ---- */

static void player_close(void *state)
{
	struct player *player = state;

	if (player->front != NULL) {
		xb_unshare(xb_front_gntshr(player->front), &player->buffer);
		xb_front_close(player->front);
	}
	if (player->store != NULL)
		xb_store_close(player->store);
	free(player->copy);
	free(player);
}

static int connect_front(struct player *player)
{
	int error = xb_store_open(&player->store);

	if (error == 0)
		error = xb_front_connect(
			player->store, "pvsnd", 0, &ring_names, TIMEOUT_MS, &player->front);
	if (error == 0)
		error = xb_share_buffer(xb_front_gntshr(player->front),
			xb_front_backend_domid(player->front), player->buffer_bytes,
			&player->buffer);
	return error;
}

static void choose_sizes(struct player *player, uint32_t chunk_bytes)
{
	uint32_t lead_chunks = (LEAD_FRAMES * FRAME_BYTES + chunk_bytes - 1) / chunk_bytes;

	player->chunk_bytes = chunk_bytes;
	player->lead_bytes = (lead_chunks < 2 ? 2 : lead_chunks) * chunk_bytes;
	player->buffer_bytes = player->lead_bytes + 4 * chunk_bytes;
}

/* The place's frame is the chunk. words: two eventfds. */
static int player_open(const struct pvbench_place *place, char *ready, void **ret_state)
{
	struct player *player;
	uint32_t ask_fd, answer_fd;
	int error;

	(void)ready;
	if (place->num_words != 2 || pv_parse_u32(place->words[0], 0, INT32_MAX, &ask_fd) < 0 ||
		pv_parse_u32(place->words[1], 0, INT32_MAX, &answer_fd) < 0)
		return -EINVAL;
	player = calloc(1, sizeof(*player));
	if (player == NULL)
		return -ENOMEM;
	choose_sizes(player, (uint32_t)place->frame_bytes);
	player->ask_fd = (int)ask_fd;
	player->answer_fd = (int)answer_fd;
	player->copy = malloc(place->frame_bytes);
	error = player->copy == NULL ? -ENOMEM : connect_front(player);
	if (error < 0) {
		player_close(player);
		return error;
	}
	memset(player->copy, 0, place->frame_bytes);
	*ret_state = player;
	return 0;
}

const struct pvbench_role pvbench_role_sound = {
	.name = "sound",
	.open = player_open,
	.run = player_run,
	.close = player_close,
	.measures = true,
};

/* ---- the other end of the bare round trips ---- */

struct echo {
	int ask_fd;
	int answer_fd;
};

static int echo_open(const struct pvbench_place *place, char *ready, void **ret_state)
{
	uint32_t ask_fd, answer_fd;
	struct echo *echo;

	(void)ready;
	if (place->num_words != 2 || pv_parse_u32(place->words[0], 0, INT32_MAX, &ask_fd) < 0 ||
		pv_parse_u32(place->words[1], 0, INT32_MAX, &answer_fd) < 0)
		return -EINVAL;
	echo = malloc(sizeof(*echo));
	if (echo == NULL)
		return -ENOMEM;
	*echo = (struct echo){(int)ask_fd, (int)answer_fd};
	*ret_state = echo;
	return 0;
}

/* Of the job's turns, those that are round trips. */
static int echo_run(void *state, const struct pvbench_job *job, struct pvbench_sample *samples)
{
	struct echo *echo = state;
	eventfd_t count;

	(void)samples;
	for (unsigned i = 0; i < job->frames / PVBENCH_SOUND_WAYS; i++)
		if (eventfd_read(echo->ask_fd, &count) < 0 || eventfd_write(echo->answer_fd, 1) < 0)
			return -errno;
	return 0;
}

const struct pvbench_role pvbench_role_sound_echo = {
	.name = "sound-echo",
	.open = echo_open,
	.run = echo_run,
	.close = free,
};
