/* SPDX-License-Identifier: MIT */
/*
 * A model of Linux's snd-xen-front and of ALSA's core above it, both generations of its event ids,
 * against a real pvsndd. usage: snd_linux_test DEVICE old|new FILE
 * FILE appears when pvsndd is to be killed, and again when the next one is to start; who has done
 * it removes FILE.
 * What it knows of the driver: one request outstanding; the event's id must be the next one of a
 * counter that the new driver resets, with the page, whenever it clears the stream; a position's
 * delta is added modulo the buffer, and a period is announced when more than one went by; prepare
 * opens only what is not open, while ALSA's pointers are 0 after every prepare.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <xen/errno.h>

#include "tests/hostile/snd.h"

#define FRAME_BYTES 4u
#define OPENS 200
#define QUERIES 30

/* A substream: the driver's half, then ALSA's. Frames. */
struct substream {
	struct snd_stream *stream;
	uint32_t period, buffer;
	uint16_t evt_id;
	uint64_t be_position; /* of the last event taken */
	uint64_t seen;        /* of the last event in the page, taken or not */
	uint32_t hw_ptr;
	uint64_t out;
	bool is_open;
	bool running;

	uint64_t hw, hw_base, appl; /* ALSA's pointers, 0 with each prepare */
	uint64_t elapsed;
	bool begun;                             /* an event came since the last START */
	uint64_t first_position, first_elapsed; /* of that run */
	bool anew;                              /* that run follows another of the same OPEN */
	bool overslept; /* this process did, and let the page run full: events were lost */
};

static struct snd snd;
static bool new_driver;
static const char *script_path;
static unsigned seed = 4711;

static unsigned pick(unsigned below)
{
	seed = seed * 1103515245u + 12345u;
	return (seed >> 16) % below;
}

/* ---- the driver ---- */

static void driver_clear(struct substream *s)
{
	s->is_open = false;
	s->be_position = s->seen = 0;
	s->hw_ptr = 0;
	s->out = 0;
	if (!new_driver)
		return;
	s->evt_id = 0;
	s->stream->link.in_cons = s->stream->link.evt_page->in_prod;
	s->stream->link.evt_page->in_cons = s->stream->link.in_cons;
}

/* ALSA's snd_pcm_period_elapsed: asks the driver's pointer; one that went back has wrapped. */
static void period_elapsed(struct substream *s)
{
	uint64_t hw = s->hw_base + s->hw_ptr;

	s->elapsed++;
	if (hw < s->hw) {
		s->hw_base += s->buffer;
		hw += s->buffer;
	}
	s->hw = hw;
	/* No whole buffer went by unseen. */
	if (s->begun && !s->overslept)
		assert_true(s->be_position - s->first_position <= hw);
}

static void driver_event(struct substream *s, const struct xensnd_evt *event)
{
	uint64_t position, delta;

	assert_int_equal(event->type, XENSND_EVT_CUR_POS);
	assert_int_equal(event->op.cur_pos.position % FRAME_BYTES, 0);
	position = event->op.cur_pos.position / FRAME_BYTES;
	assert_true(s->is_open && s->running);
	assert_true(position >= s->seen); /* never back, taken or not */
	s->seen = position;
	if (event->id != s->evt_id++)
		return;
	delta = position - s->be_position;
	s->be_position = position;
	s->hw_ptr = (uint32_t)((s->hw_ptr + delta) % s->buffer);
	s->out += delta;
	if (s->out > s->period) {
		s->out %= s->period;
		period_elapsed(s);
	}
	if (!s->begun) {
		if (s->anew && !s->overslept)
			assert_int_equal(position % s->buffer, 0);
		s->first_position = position;
		s->first_elapsed = s->elapsed;
	}
	s->begun = true;
}

static void driver_events(struct substream *s, int timeout_ms)
{
	struct xensnd_evt event;

	do {
		s->overslept |= s->stream->link.evt_page->in_prod - s->stream->link.in_cons >=
				XENSND_IN_RING_LEN - 1;
		if (!snd_event(s->stream, &event, timeout_ms))
			return;
		driver_event(s, &event);
		timeout_ms = 0;
	} while (true);
}

/* Asked again and again while an application narrows its wishes. */
static void hw_rules(struct substream *s)
{
	for (unsigned i = 0; i < QUERIES; i++) {
		struct xensnd_req request = {.operation = XENSND_OP_HW_PARAM_QUERY,
			.op.hw_param = {
				.formats = i & 1 ? UINT64_MAX : 1u << XENSND_PCM_FORMAT_S16_LE,
				.rates = {0, UINT32_MAX},
				.channels = {2, 2},
				.buffer = {1, UINT32_MAX},
				.period = {s->period, s->period}}};
		struct xensnd_resp response;

		if (i & 2)
			request.op.hw_param.rates.min = request.op.hw_param.rates.max = 48000;
		assert_int_equal(snd_call(s->stream, request, &response), 0);
		assert_true(response.resp.hw_param.formats & 1u << XENSND_PCM_FORMAT_S16_LE);
		assert_true(response.resp.hw_param.rates.min <= 48000);
		assert_true(response.resp.hw_param.rates.max >= 48000);
		assert_true(response.resp.hw_param.buffer.max >= s->buffer);
	}
}

static void hw_params(struct substream *s)
{
	driver_clear(s);
	snd_share(s->stream, (s->buffer * FRAME_BYTES + 4095) / 4096);
}

/* Opens only when it is not open: not after an xrun. */
static void prepare(struct substream *s)
{
	if (!s->is_open) {
		assert_int_equal(snd_open_stream(s->stream, s->buffer * FRAME_BYTES,
					 s->period * FRAME_BYTES),
			0);
		s->is_open = true;
		s->anew = false;
	} else {
		/* Pointers are 0 again, the driver's is what it was: the position makes up for it.
		 */
		s->anew = s->be_position % s->buffer != 0;
	}
	s->appl = s->hw = s->hw_base = 0;
}

static void copy_user(struct substream *s, uint32_t frames)
{
	while (frames > 0) {
		uint32_t at = (uint32_t)(s->appl % s->buffer);
		uint32_t now = frames < s->buffer - at ? frames : s->buffer - at;

		memset(s->stream->buffer + at * FRAME_BYTES, 0x11, now * FRAME_BYTES);
		assert_int_equal(
			snd_rw(s->stream, XENSND_OP_WRITE, at * FRAME_BYTES, now * FRAME_BYTES), 0);
		s->appl += now;
		frames -= now;
	}
}

static void trigger_start(struct substream *s)
{
	s->running = true;
	s->begun = false;
	assert_int_equal(snd_trigger(s->stream, XENSND_OP_TRIGGER_START), 0);
}

static void no_more_events(struct substream *s)
{
	struct xensnd_evt event;

	driver_events(s, 0); /* what came before the answer */
	s->running = false;
	raw_sleep_ms(2);
	assert_false(snd_event(s->stream, &event, 0));
}

/* Every period of a run is announced, and only what went by. */
static void all_periods_seen(const struct substream *s)
{
	uint64_t periods = (s->be_position - s->first_position) / s->period;

	if (s->begun && !s->overslept)
		assert_in_range(s->elapsed - s->first_elapsed + 1, periods, periods + 2);
}

static void trigger_stop(struct substream *s)
{
	assert_int_equal(snd_trigger(s->stream, XENSND_OP_TRIGGER_STOP), 0);
	no_more_events(s);
	all_periods_seen(s);
}

static void hw_free(struct substream *s)
{
	assert_int_equal(snd_op(s->stream, XENSND_OP_CLOSE), 0);
	no_more_events(s);
	driver_clear(s);
}

/* ---- applications ---- */

static uint32_t avail(const struct substream *s)
{
	return (uint32_t)(s->hw + s->buffer > s->appl ? s->hw + s->buffer - s->appl : 0);
}

/* Writes at least this many frames more; false: an xrun came between, on a busy machine. */
static bool play(struct substream *s, uint32_t frames)
{
	uint64_t until_ms = raw_now_ms() + SND_TIMEOUT_MS;
	uint64_t end = s->appl + frames;

	while (s->appl < end) {
		assert_true(raw_now_ms() < until_ms);
		driver_events(s, 10);
		if (s->hw >= s->appl)
			return false;
		if (avail(s) >= s->period)
			copy_user(s, s->period);
	}
	return true;
}

/* All that was written is played, and the position goes on into silence meanwhile. */
static void drain(struct substream *s)
{
	uint64_t until_ms = raw_now_ms() + SND_TIMEOUT_MS;

	while (s->hw < s->appl) {
		assert_true(raw_now_ms() < until_ms);
		driver_events(s, 10);
	}
	trigger_stop(s);
}

static void xrun(struct substream *s)
{
	uint64_t before = s->be_position;

	drain(s); /* nobody writes: hw_ptr catches up, and ALSA stops it */
	prepare(s);
	copy_user(s, s->buffer); /* WRITEs come before START */
	trigger_start(s);
	play(s, s->period);
	assert_true(s->be_position >= before);
}

static void setup(struct substream *s, struct snd_stream *stream, uint16_t evt_id)
{
	static const uint32_t periods[] = {128, 256, 240, 99};

	*s = (struct substream){.stream = stream, .evt_id = evt_id};
	s->period = periods[pick(4)];
	s->buffer = s->period * (2 + pick(4));
}

static void one_application(struct substream *s)
{
	unsigned way = pick(8);

	driver_clear(s); /* open(2) */
	hw_rules(s);
	hw_params(s);
	if (way == 0) {
		hw_free(s); /* never opened */
		return;
	}
	prepare(s);
	if (way == 1) { /* hw_params again: OPEN without CLOSE */
		hw_params(s);
		prepare(s);
	}
	copy_user(s, s->buffer - s->buffer % s->period);
	trigger_start(s);
	play(s, s->period * (1 + pick(4)));
	if (way == 2)
		xrun(s);
	if (way == 3) { /* START and STOP again, without OPEN */
		trigger_stop(s);
		prepare(s);
		copy_user(s, s->period);
		trigger_start(s);
	}
	if (way == 4)
		trigger_stop(s);
	else if (way != 5) /* hw_free of a running one */
		drain(s);
	hw_free(s);
	if (way == 6)
		hw_free(s);
}

static void hundreds_of_opens(void **state)
{
	struct snd_stream *stream = &snd.streams[0];
	struct substream s = {.evt_id = 0};

	(void)state;
	for (unsigned i = 0; i < OPENS; i++) {
		setup(&s, stream, s.evt_id);
		one_application(&s);
	}
}

static void a_long_stream_misses_no_period(void **state)
{
	struct substream s = {.stream = &snd.streams[0], .period = 256, .buffer = 1024};

	(void)state;
	assert_true(snd_connect(&snd));
	hw_params(&s);
	prepare(&s);
	copy_user(&s, s.buffer);
	trigger_start(&s);
	for (int xruns = 0; s.be_position < 48000; xruns++) {
		assert_in_range(xruns, 0, 3);
		if (!play(&s, 48000)) {
			trigger_stop(&s);
			prepare(&s);
			copy_user(&s, s.buffer);
			trigger_start(&s);
		}
	}
	drain(&s);
	hw_free(&s);
}

/* Reads only what was announced; what was announced is there. */
static void capture(void **state)
{
	struct substream s = {.stream = &snd.streams[1], .period = 128, .buffer = 512};
	uint64_t until_ms = raw_now_ms() + SND_TIMEOUT_MS;

	(void)state;
	assert_true(snd_connect(&snd));
	hw_params(&s);
	prepare(&s);
	assert_int_equal(snd_rw(s.stream, XENSND_OP_READ, 0, FRAME_BYTES), -XEN_EAGAIN);
	trigger_start(&s);
	while (s.appl < 24000) {
		assert_true(raw_now_ms() < until_ms);
		driver_events(&s, 10);
		while (s.hw - s.appl >= s.period) {
			uint32_t at = (uint32_t)(s.appl % s.buffer);

			assert_int_equal(snd_rw(s.stream, XENSND_OP_READ, at * FRAME_BYTES,
						 s.period * FRAME_BYTES),
				0);
			s.appl += s.period;
		}
	}
	trigger_stop(&s);
	hw_free(&s);
}

/* The driver hears of neither: its card stays, a request that waits is answered by the next. */
static void another_pvsndd_takes_over(void **state)
{
	struct substream s = {.stream = &snd.streams[0], .period = 256, .buffer = 1024};
	struct xensnd_req close = {.id = 4711, .operation = XENSND_OP_CLOSE};
	struct xensnd_resp response;

	(void)state;
	assert_true(snd_connect(&snd));
	hw_params(&s);
	prepare(&s);
	copy_user(&s, s.buffer);
	trigger_start(&s);
	play(&s, 4 * s.period);
	raw_hold(script_path);
	driver_events(&s, 0);
	snd_send(s.stream, &close);
	raw_hold(script_path);
	assert_true(snd_response(s.stream, &response, SND_TIMEOUT_MS));
	assert_int_equal(response.id, close.id);
	assert_int_equal(response.status, 0);
	assert_int_equal(raw_backend_state(&snd.raw), XenbusStateConnected);
	driver_clear(&s);
	hw_params(&s);
	prepare(&s);
	copy_user(&s, s.buffer);
	trigger_start(&s);
	if (play(&s, 4 * s.period))
		drain(&s);
	assert_true(s.be_position > 0);
	hw_free(&s);
}

static int connect_device(void **state)
{
	(void)state;
	return snd_connect(&snd) ? 0 : -1;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(hundreds_of_opens, connect_device),
		cmocka_unit_test(a_long_stream_misses_no_period),
		cmocka_unit_test(capture),
		cmocka_unit_test(another_pvsndd_takes_over),
	};
	int failed;

	if (argc != 4)
		return 2;
	new_driver = strcmp(argv[2], "new") == 0;
	script_path = argv[3];
	snd_open(&snd, argv[1]);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	raw_state(&snd.raw, XenbusStateClosing);
	snd_close(&snd);
	return failed != 0;
}
