/* SPDX-License-Identifier: MIT */
/* Every operation of sndif in every state with arguments that make no sense, and the status each
 * deserves; levels; a flood; 50 connections; of a capture stream what differs.
 * usage: snd_ops_test DEVICE [capture] */
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <xen/errno.h>

#include "tests/hostile/snd.h"

#define PAGES 4
#define BUFFER_BYTES (PAGES * 4096u)
#define PERIOD_BYTES 4096u
#define FLOOD_MS 1000

static struct snd snd;
static struct snd_stream *stream;

enum level { CLOSED, OPEN, RUNNING, PAUSED, STOPPED };

static void go_to(enum level level)
{
	assert_int_equal(snd_op(stream, XENSND_OP_CLOSE), 0);
	if (level >= OPEN)
		assert_int_equal(snd_open_stream(stream, BUFFER_BYTES, PERIOD_BYTES), 0);
	if (level >= RUNNING)
		assert_int_equal(snd_trigger(stream, XENSND_OP_TRIGGER_START), 0);
	if (level == PAUSED)
		assert_int_equal(snd_trigger(stream, XENSND_OP_TRIGGER_PAUSE), 0);
	if (level == STOPPED)
		assert_int_equal(snd_trigger(stream, XENSND_OP_TRIGGER_STOP), 0);
}

#define GOOD_REF 0xfeedu /* stands for the directory's reference, known only when it is shared */
#define ROW(level, what, status, ...)                                                              \
	{                                                                                          \
		level, status,                                                                     \
		{                                                                                  \
			.operation = XENSND_OP_##what, .op = { __VA_ARGS__ }                       \
		}                                                                                  \
	}
#define RW(o, l) .rw = {o, l}
#define TYPE(t) .trigger = {XENSND_OP_TRIGGER_##t}
#define ASK(format, channels, rate, buffer, period, ref)                                           \
	.open = {.pcm_rate = rate,                                                                 \
		.pcm_format = format,                                                              \
		.pcm_channels = channels,                                                          \
		.buffer_sz = buffer,                                                               \
		.gref_directory = ref,                                                             \
		.period_sz = period}
#define S16 XENSND_PCM_FORMAT_S16_LE
#define QUERY(f, r0, r1, c0, c1, b0, b1, p0, p1)                                                   \
	.hw_param = {.formats = f,                                                                 \
		.rates = {r0, r1},                                                                 \
		.channels = {c0, c1},                                                              \
		.buffer = {b0, b1},                                                                \
		.period = {p0, p1}}
#define MAX UINT32_MAX

static const struct row {
	enum level level;
	int32_t status;
	struct xensnd_req request;
} rows[] = {
	/* what cannot be opened: formats, rates, channels, sizes, references */
	ROW(CLOSED, OPEN, 0, ASK(S16, 2, 48000, BUFFER_BYTES, PERIOD_BYTES, GOOD_REF)),
	ROW(CLOSED, OPEN, 0, ASK(S16, 2, 48000, BUFFER_BYTES, 0, GOOD_REF)),
	ROW(CLOSED, OPEN, 0, ASK(S16, 1, 8000, BUFFER_BYTES - 2, 2048, GOOD_REF)),
	ROW(OPEN, OPEN, 0, ASK(S16, 2, 48000, BUFFER_BYTES, PERIOD_BYTES, GOOD_REF)),
	ROW(RUNNING, OPEN, 0, ASK(S16, 2, 48000, BUFFER_BYTES, PERIOD_BYTES, GOOD_REF)),
	ROW(CLOSED, OPEN, -XEN_EINVAL, ASK(18, 2, 48000, BUFFER_BYTES, PERIOD_BYTES, GOOD_REF)),
	ROW(CLOSED, OPEN, -XEN_EINVAL, ASK(255, 2, 48000, BUFFER_BYTES, PERIOD_BYTES, GOOD_REF)),
	ROW(CLOSED, OPEN, -XEN_EINVAL, ASK(S16, 0, 48000, BUFFER_BYTES, PERIOD_BYTES, GOOD_REF)),
	ROW(CLOSED, OPEN, -XEN_EINVAL, ASK(S16, 3, 48000, BUFFER_BYTES, 4098, GOOD_REF)),
	ROW(CLOSED, OPEN, -XEN_EINVAL, ASK(S16, 255, 48000, BUFFER_BYTES, 510, GOOD_REF)),
	ROW(CLOSED, OPEN, -XEN_EINVAL, ASK(S16, 2, 0, BUFFER_BYTES, PERIOD_BYTES, GOOD_REF)),
	ROW(CLOSED, OPEN, -XEN_EINVAL, ASK(S16, 2, 44100, BUFFER_BYTES, PERIOD_BYTES, GOOD_REF)),
	ROW(CLOSED, OPEN, -XEN_EINVAL, ASK(S16, 2, MAX, BUFFER_BYTES, PERIOD_BYTES, GOOD_REF)),
	ROW(CLOSED, OPEN, -XEN_EINVAL, ASK(S16, 2, 48000, 0, 0, GOOD_REF)),
	ROW(CLOSED, OPEN, -XEN_EINVAL, ASK(S16, 2, 48000, 3, 0, GOOD_REF)),
	ROW(CLOSED, OPEN, -XEN_EINVAL, ASK(S16, 2, 48000, 65540, PERIOD_BYTES, GOOD_REF)),
	ROW(CLOSED, OPEN, -XEN_EINVAL, ASK(S16, 2, 48000, MAX, PERIOD_BYTES, GOOD_REF)),
	ROW(CLOSED, OPEN, -XEN_EINVAL, ASK(S16, 2, 48000, 65536, PERIOD_BYTES, GOOD_REF)),
	ROW(CLOSED, OPEN, -XEN_EINVAL, ASK(S16, 2, 48000, BUFFER_BYTES, 4098, GOOD_REF)),
	ROW(CLOSED, OPEN, -XEN_EINVAL,
		ASK(S16, 2, 48000, BUFFER_BYTES, BUFFER_BYTES + 4, GOOD_REF)),
	ROW(CLOSED, OPEN, -XEN_EINVAL, ASK(S16, 2, 48000, BUFFER_BYTES, MAX, GOOD_REF)),
	ROW(CLOSED, OPEN, -XEN_EINVAL, ASK(S16, 2, 48000, BUFFER_BYTES, PERIOD_BYTES, 0)),
	ROW(CLOSED, OPEN, -XEN_EINVAL, ASK(S16, 2, 48000, BUFFER_BYTES, PERIOD_BYTES, 0x7ffffff0)),
	ROW(CLOSED, OPEN, -XEN_EINVAL, ASK(S16, 2, 48000, BUFFER_BYTES, PERIOD_BYTES, MAX)),
	/* closing what is closed */
	ROW(CLOSED, CLOSE, 0, RW(0, 0)),
	ROW(RUNNING, CLOSE, 0, RW(0, 0)),
	/* parts of the buffer: not open, half a frame, beyond the end, wrapping */
	ROW(CLOSED, WRITE, -XEN_EINVAL, RW(0, 4)),
	ROW(OPEN, WRITE, 0, RW(0, BUFFER_BYTES)),
	ROW(OPEN, WRITE, 0, RW(0, 0)),
	ROW(OPEN, WRITE, 0, RW(BUFFER_BYTES - 4, 4)),
	ROW(OPEN, WRITE, 0, RW(3, 4)),
	ROW(OPEN, WRITE, -XEN_EINVAL, RW(0, 3)),
	ROW(OPEN, WRITE, -XEN_EINVAL, RW(BUFFER_BYTES, 4)),
	ROW(OPEN, WRITE, -XEN_EINVAL, RW(4, BUFFER_BYTES)),
	ROW(OPEN, WRITE, -XEN_EINVAL, RW(MAX - 3, 4)),
	ROW(OPEN, WRITE, -XEN_EINVAL, RW(4, MAX - 3)),
	ROW(OPEN, WRITE, -XEN_EINVAL, RW(0x80000000u, 0x80000000u)),
	ROW(OPEN, READ, -XEN_EINVAL, RW(0, 4)), /* it is a playback stream */
	ROW(CLOSED, READ, -XEN_EINVAL, RW(0, 4)),
	ROW(PAUSED, WRITE, 0, RW(0, 64)),
	ROW(STOPPED, WRITE, 0, RW(0, 64)),
	/* levels */
	ROW(CLOSED, SET_VOLUME, -XEN_EINVAL, RW(0, 8)),
	ROW(OPEN, SET_VOLUME, 0, RW(BUFFER_BYTES - 8, 8)),
	ROW(OPEN, SET_VOLUME, 0, RW(1, 64)),
	ROW(OPEN, SET_VOLUME, -XEN_EINVAL, RW(0, 7)),
	ROW(OPEN, SET_VOLUME, -XEN_EINVAL, RW(BUFFER_BYTES - 4, 8)),
	ROW(OPEN, SET_VOLUME, -XEN_EINVAL, RW(MAX, 8)),
	ROW(CLOSED, GET_VOLUME, -XEN_EINVAL, RW(0, 8)),
	ROW(RUNNING, GET_VOLUME, 0, RW(0, 8)),
	ROW(OPEN, GET_VOLUME, -XEN_EINVAL, RW(0, 0)),
	ROW(OPEN, GET_VOLUME, -XEN_EINVAL, RW(MAX - 7, 8)),
	ROW(CLOSED, MUTE, -XEN_EINVAL, RW(0, 2)),
	ROW(OPEN, MUTE, 0, RW(BUFFER_BYTES - 2, 2)),
	ROW(OPEN, MUTE, -XEN_EINVAL, RW(0, 1)),
	ROW(OPEN, MUTE, -XEN_EINVAL, RW(BUFFER_BYTES - 1, 2)),
	ROW(CLOSED, UNMUTE, -XEN_EINVAL, RW(0, 2)),
	ROW(OPEN, UNMUTE, 0, RW(0, 2)),
	ROW(OPEN, UNMUTE, -XEN_EINVAL, RW(MAX, 2)),
	/* triggers */
	ROW(CLOSED, TRIGGER, -XEN_EINVAL, TYPE(START)),
	ROW(CLOSED, TRIGGER, -XEN_EINVAL, TYPE(STOP)),
	ROW(OPEN, TRIGGER, 0, TYPE(STOP)),
	ROW(OPEN, TRIGGER, 0, TYPE(PAUSE)),
	ROW(OPEN, TRIGGER, 0, TYPE(RESUME)),
	ROW(RUNNING, TRIGGER, 0, TYPE(START)),
	ROW(PAUSED, TRIGGER, 0, TYPE(RESUME)),
	ROW(STOPPED, TRIGGER, 0, TYPE(START)),
	ROW(STOPPED, TRIGGER, 0, TYPE(STOP)),
	ROW(RUNNING, TRIGGER, -XEN_EINVAL, .trigger = {4}),
	ROW(RUNNING, TRIGGER, -XEN_EINVAL, .trigger = {255}),
	/* ranges */
	ROW(CLOSED, HW_PARAM_QUERY, 0, QUERY(UINT64_MAX, 0, MAX, 0, MAX, 0, MAX, 0, MAX)),
	ROW(RUNNING, HW_PARAM_QUERY, 0, QUERY(UINT64_MAX, 0, MAX, 0, MAX, 0, MAX, 0, MAX)),
	ROW(CLOSED, HW_PARAM_QUERY, -XEN_EINVAL, QUERY(0, 0, MAX, 0, MAX, 0, MAX, 0, MAX)),
	ROW(CLOSED, HW_PARAM_QUERY, -XEN_EINVAL, QUERY(1ull << 63, 0, MAX, 0, MAX, 0, MAX, 0, MAX)),
	ROW(CLOSED, HW_PARAM_QUERY, -XEN_EINVAL,
		QUERY(1u << S16, 9000, 47999, 0, MAX, 0, MAX, 0, MAX)),
	ROW(CLOSED, HW_PARAM_QUERY, -XEN_EINVAL, QUERY(1u << S16, MAX, 0, 0, MAX, 0, MAX, 0, MAX)),
	ROW(CLOSED, HW_PARAM_QUERY, -XEN_EINVAL, QUERY(1u << S16, 0, MAX, 3, MAX, 0, MAX, 0, MAX)),
	ROW(CLOSED, HW_PARAM_QUERY, -XEN_EINVAL, QUERY(1u << S16, 0, MAX, 2, 2, MAX, MAX, 0, MAX)),
	ROW(CLOSED, HW_PARAM_QUERY, -XEN_EINVAL, QUERY(1u << S16, 0, MAX, 2, 2, 0, MAX, MAX, MAX)),
};

/* The same for what is captured. */
static const struct row capture_rows[] = {
	ROW(CLOSED, READ, -XEN_EINVAL, RW(0, 4)),
	ROW(OPEN, READ, 0, RW(0, 0)),
	ROW(OPEN, READ, 0, RW(BUFFER_BYTES, 0)),
	ROW(OPEN, READ, -XEN_EAGAIN, RW(0, 4)), /* there is nothing yet */
	ROW(OPEN, READ, -XEN_EAGAIN, RW(0, BUFFER_BYTES)),
	ROW(OPEN, READ, -XEN_EINVAL, RW(0, 3)),
	ROW(OPEN, READ, -XEN_EINVAL, RW(BUFFER_BYTES, 4)),
	ROW(OPEN, READ, -XEN_EINVAL, RW(BUFFER_BYTES - 3, 4)),
	ROW(OPEN, READ, -XEN_EINVAL, RW(4, BUFFER_BYTES)),
	ROW(OPEN, READ, -XEN_EINVAL, RW(MAX - 3, 4)),
	ROW(OPEN, READ, -XEN_EINVAL, RW(4, MAX - 3)),
	ROW(OPEN, READ, -XEN_EINVAL, RW(0x80000000u, 0x80000000u)),
	ROW(OPEN, READ, -XEN_EINVAL, RW(MAX, 0)),
	ROW(RUNNING, READ, -XEN_EINVAL, RW(0, 5)),
	ROW(RUNNING, READ, -XEN_EINVAL, RW(BUFFER_BYTES, 4)),
	ROW(RUNNING, READ, -XEN_EINVAL, RW(MAX - 3, 8)),
	ROW(RUNNING, READ, -XEN_EINVAL, RW(0, BUFFER_BYTES + 4)),
	ROW(PAUSED, READ, -XEN_EINVAL, RW(BUFFER_BYTES - 4, 8)),
	ROW(STOPPED, READ, -XEN_EINVAL, RW(BUFFER_BYTES - 4, 8)),
	ROW(OPEN, WRITE, -XEN_EINVAL, RW(0, 4)), /* it is a capture stream */
	ROW(RUNNING, WRITE, -XEN_EINVAL, RW(0, 4)),
	ROW(CLOSED, WRITE, -XEN_EINVAL, RW(0, 4)),
};

static void answer_rows(const struct row *table, size_t num_rows)
{
	for (size_t i = 0; i < num_rows; i++) {
		struct xensnd_req request = table[i].request;
		int32_t status;

		go_to(table[i].level);
		if (request.operation == XENSND_OP_OPEN &&
			request.op.open.gref_directory == GOOD_REF)
			request.op.open.gref_directory = stream->directory.refs[0];
		status = snd_call(stream, request, NULL);
		if (status != table[i].status)
			fail_msg("row %zu: operation %u at level %d: %d instead of %d", i,
				request.operation, table[i].level, status, table[i].status);
	}
}

static void rows_are_answered(void **state)
{
	(void)state;
	answer_rows(rows, sizeof(rows) / sizeof(rows[0]));
}

static void capture_rows_are_answered(void **state)
{
	(void)state;
	answer_rows(capture_rows, sizeof(capture_rows) / sizeof(capture_rows[0]));
}

/* What an event announced is read, but for what lies beyond; nothing else of the buffer changes. */
static void what_is_announced_is_read_once(void **state)
{
	struct xensnd_evt event;
	uint32_t there;

	(void)state;
	go_to(CLOSED);
	while (snd_event(stream, &event, 0))
		;
	go_to(RUNNING);
	assert_true(snd_event(stream, &event, SND_TIMEOUT_MS));
	there = (uint32_t)event.op.cur_pos.position;
	assert_in_range(there, 4, BUFFER_BYTES / 2);
	assert_int_equal(snd_trigger(stream, XENSND_OP_TRIGGER_PAUSE), 0);
	memset(stream->buffer, 0x55, BUFFER_BYTES);
	assert_int_equal(snd_rw(stream, XENSND_OP_READ, 8, there), 0);
	for (uint32_t i = 0; i < BUFFER_BYTES; i++)
		if (i < 8 || i >= 8 + there)
			assert_int_equal(stream->buffer[i], 0x55);
	assert_int_not_equal(memcmp(stream->buffer + 8, stream->buffer + 8 + there, there), 0);
	assert_int_equal(snd_rw(stream, XENSND_OP_READ, 0, BUFFER_BYTES), -XEN_EAGAIN);
}

static void unknown_operations_are_not_supported(void **state)
{
	(void)state;
	for (enum level level = CLOSED; level <= STOPPED; level++) {
		go_to(level);
		for (unsigned code = XENSND_OP_HW_PARAM_QUERY + 1; code <= UINT8_MAX; code++)
			assert_int_equal(snd_op(stream, (uint8_t)code), -XEN_EOPNOTSUPP);
	}
}

static void no_more_than_fits_is_taken(void **state)
{
	unsigned writes = 0;

	(void)state;
	go_to(OPEN);
	while (snd_rw(stream, XENSND_OP_WRITE, 0, PERIOD_BYTES) == 0)
		assert_in_range(++writes, 1, 6);
	assert_int_equal(snd_rw(stream, XENSND_OP_WRITE, 0, BUFFER_BYTES), -XEN_ENOSPC);
	assert_in_range(writes, 4, 5);
}

static void nothing_is_told_without_a_period(void **state)
{
	struct xensnd_evt event;

	(void)state;
	go_to(CLOSED);
	assert_int_equal(snd_open_stream(stream, BUFFER_BYTES, 0), 0);
	while (snd_event(stream, &event, 0))
		;
	assert_int_equal(snd_trigger(stream, XENSND_OP_TRIGGER_START), 0);
	assert_false(snd_event(stream, &event, 100));
}

/* Bounded, told back, published, and kept for the next one. */
static void levels_are_bounded(void **state)
{
	int32_t *volume = (int32_t *)stream->buffer;
	char *published = NULL;

	(void)state;
	go_to(OPEN);
	volume[0] = INT32_MIN;
	volume[1] = INT32_MAX;
	assert_int_equal(snd_rw(stream, XENSND_OP_SET_VOLUME, 0, 8), 0);
	go_to(CLOSED);
	go_to(RUNNING);
	memset(volume, 0x55, 16);
	assert_int_equal(snd_rw(stream, XENSND_OP_GET_VOLUME, 0, 8), 0);
	assert_int_equal(volume[0], -120000);
	assert_int_equal(volume[1], 0);
	assert_int_equal(volume[2], 0x55555555);
	for (int i = 0; i < 200 && !(published && strcmp(published, "-120000,0") == 0); i++) {
		free(published);
		raw_sleep_ms(10);
		published = raw_read_backend(&snd.raw, "volume");
	}
	assert_string_equal(published, "-120000,0");
	free(published);
}

/* The guest's nodes: what makes no sense changes nothing. */
static void nodes_are_bounded(void **state)
{
	static const char *const nonsense[] = {"", "x", "1,2,3,4,5,6,7,8,9", "-", "--1", "1.5",
		"99999999999999999999", "0x10", ",,,"};
	char *published = NULL;

	(void)state;
	raw_write(&snd.raw, "volume", "-6000,-700000");
	for (size_t i = 0; i < sizeof(nonsense) / sizeof(nonsense[0]); i++) {
		raw_write(&snd.raw, "volume", "%s", nonsense[i]);
		raw_write(&snd.raw, "mute", "%s", nonsense[i]);
	}
	raw_write(&snd.raw, "volume", "-1000,-700000");
	for (int i = 0; i < 200 && !(published && strcmp(published, "-1000,-120000") == 0); i++) {
		free(published);
		raw_sleep_ms(10);
		published = raw_read_backend(&snd.raw, "volume");
	}
	assert_string_equal(published, "-1000,-120000");
	free(published);
	published = raw_read_backend(&snd.raw, "mute");
	assert_string_equal(published, "0");
	free(published);
	raw_write(&snd.raw, "volume", "0");
}

/* The ring kept full; every request is answered, in order. */
static void a_flood_is_answered(void **state)
{
	uint64_t until_ms = raw_now_ms() + FLOOD_MS;
	uint32_t sent = 0, answered = 0;

	(void)state;
	go_to(OPEN);
	while (raw_now_ms() < until_ms || answered < sent) {
		struct xensnd_resp response;

		if (sent - answered < 32 && raw_now_ms() < until_ms) {
			struct xensnd_req request = {
				.id = (uint16_t)sent, .operation = (uint8_t)(sent % 12)};

			snd_send(stream, &request);
			sent++;
			continue;
		}
		assert_true(snd_response(stream, &response, SND_TIMEOUT_MS));
		assert_int_equal(response.id, (uint16_t)answered++);
	}
	assert_true(answered > 1000);
	stream->link.next_id = 0;
	go_to(RUNNING);
}

static void connections_without_end(void **state)
{
	(void)state;
	for (int i = 0; i < 50; i++) {
		assert_true(snd_connect(&snd));
		go_to(i % 5);
	}
}

/* Linux's driver does not listen while its stream is closed, and has not asked for the next one
 * then. */
static void each_answer_is_told_of(void **state)
{
	xenevtchn_handle *evtchn = snd.raw.evtchn;
	struct pollfd ready = {.fd = xenevtchn_fd(evtchn), .events = POLLIN};

	(void)state;
	go_to(CLOSED);
	while (poll(&ready, 1, 100) > 0)
		assert_int_equal(
			xenevtchn_unmask(evtchn, (evtchn_port_t)xenevtchn_pending(evtchn)), 0);
	stream->link.ring.sring->rsp_event = stream->link.ring.rsp_cons - 3;
	assert_int_equal(snd_op(stream, XENSND_OP_CLOSE), 0);
	assert_int_equal(poll(&ready, 1, SND_TIMEOUT_MS), 1);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_answered),
		cmocka_unit_test(unknown_operations_are_not_supported),
		cmocka_unit_test(no_more_than_fits_is_taken),
		cmocka_unit_test(nothing_is_told_without_a_period),
		cmocka_unit_test(levels_are_bounded),
		cmocka_unit_test(each_answer_is_told_of),
		cmocka_unit_test(nodes_are_bounded),
		cmocka_unit_test(a_flood_is_answered),
		cmocka_unit_test(connections_without_end),
	};
	const struct CMUnitTest capture_tests[] = {
		cmocka_unit_test(capture_rows_are_answered),
		cmocka_unit_test(unknown_operations_are_not_supported),
		cmocka_unit_test(what_is_announced_is_read_once),
	};
	bool capture = argc == 3 && strcmp(argv[2], "capture") == 0;
	int failed = 1;

	if (argc != 2 && !capture)
		return 2;
	snd_open(&snd, argv[1]);
	stream = &snd.streams[0];
	snd_share(stream, PAGES);
	if (snd_connect(&snd))
		failed = capture ? cmocka_run_group_tests(capture_tests, NULL, NULL)
				 : cmocka_run_group_tests(tests, NULL, NULL);
	raw_state(&snd.raw, XenbusStateClosing);
	snd_close(&snd);
	return failed != 0;
}
