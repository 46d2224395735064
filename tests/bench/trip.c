/* SPDX-License-Identifier: MIT */
/*
 * Round trips of nothing: over an event channel, and over two bare eventfds between the same two
 * processes. The guest asks, dom0 answers.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <xenevtchn.h>

#include "common/parse.h"
#include "tests/bench/worker.h"

#define BIND_EVENT_MS 100

struct trip {
	xenevtchn_handle *event;
	evtchn_port_t port;
	int ask_fd; /* eventfds, inherited */
	int answer_fd;
};

static int last_error(void)
{
	return errno > 0 ? -errno : -EIO;
}

static void trip_close(void *state)
{
	struct trip *trip = state;

	if (trip->event != NULL)
		xenevtchn_close(trip->event);
	free(trip);
}

/* The first two words are the eventfds. */
static int trip_create(const struct pvbench_place *place, struct trip **ret)
{
	struct trip *trip;
	uint32_t ask_fd, answer_fd;

	if (place->num_words < 2 || pv_parse_u32(place->words[0], 0, INT32_MAX, &ask_fd) < 0 ||
		pv_parse_u32(place->words[1], 0, INT32_MAX, &answer_fd) < 0)
		return -EINVAL;
	trip = calloc(1, sizeof(*trip));
	if (trip == NULL)
		return -ENOMEM;
	trip->ask_fd = (int)ask_fd;
	trip->answer_fd = (int)answer_fd;
	trip->event = xenevtchn_open(NULL, 0);
	if (trip->event == NULL) {
		int error = last_error();

		free(trip);
		return error;
	}
	*ret = trip;
	return 0;
}

static int ask_open(const struct pvbench_place *place, char *ready, void **ret_state)
{
	xenevtchn_port_or_error_t port;
	struct trip *trip;
	int error = trip_create(place, &trip);

	if (error < 0)
		return error;
	port = xenevtchn_bind_unbound_port(trip->event, place->peer);
	if (port < 0) {
		error = last_error();
		trip_close(trip);
		return error;
	}
	trip->port = (evtchn_port_t)port;
	snprintf(ready, PVBENCH_LINE_BYTES, "%u", trip->port);
	*ret_state = trip;
	return 0;
}

static int event_wait(struct trip *trip)
{
	xenevtchn_port_or_error_t port = xenevtchn_pending(trip->event);

	if (port < 0 || xenevtchn_unmask(trip->event, (evtchn_port_t)port) < 0)
		return last_error();
	return 0;
}

static int event_send(struct trip *trip)
{
	return xenevtchn_notify(trip->event, trip->port) < 0 ? last_error() : 0;
}

/* Binding raises one event by itself, which must not be taken for a question. */
static int answer_bind(struct trip *trip, unsigned peer, uint32_t remote_port)
{
	xenevtchn_port_or_error_t port = xenevtchn_bind_interdomain(trip->event, peer, remote_port);
	struct pollfd ready = {.fd = xenevtchn_fd(trip->event), .events = POLLIN};

	if (port < 0)
		return last_error();
	trip->port = (evtchn_port_t)port;
	while (poll(&ready, 1, BIND_EVENT_MS) > 0) {
		int error = event_wait(trip);

		if (error < 0)
			return error;
	}
	return 0;
}

static int answer_open(const struct pvbench_place *place, char *ready, void **ret_state)
{
	uint32_t remote_port;
	struct trip *trip;
	int error;

	(void)ready;
	if (place->num_words != 3 || pv_parse_u32(place->words[2], 1, UINT32_MAX, &remote_port) < 0)
		return -EINVAL;
	error = trip_create(place, &trip);
	if (error < 0)
		return error;
	error = answer_bind(trip, place->peer, remote_port);
	if (error < 0) {
		trip_close(trip);
		return error;
	}
	*ret_state = trip;
	return 0;
}

static int bare_send(int fd)
{
	return eventfd_write(fd, 1) < 0 ? -errno : 0;
}

static int bare_wait(int fd)
{
	eventfd_t count;

	return eventfd_read(fd, &count) < 0 ? -errno : 0;
}

static int ask_run(void *state, const struct pvbench_job *job, struct pvbench_sample *samples)
{
	struct trip *trip = state;

	for (unsigned i = 0; i < job->frames; i++) {
		uint64_t start_ns = pv_now_ns();
		int error = job->bare ? bare_send(trip->ask_fd) : event_send(trip);

		if (error == 0)
			error = job->bare ? bare_wait(trip->answer_fd) : event_wait(trip);
		if (error < 0)
			return error;
		samples[i].number = i;
		samples[i].ready_ns = pv_now_ns();
		samples[i].time_ns = samples[i].ready_ns - start_ns;
	}
	return 0;
}

static int answer_run(void *state, const struct pvbench_job *job, struct pvbench_sample *samples)
{
	struct trip *trip = state;

	(void)samples;
	for (unsigned i = 0; i < job->frames; i++) {
		int error = job->bare ? bare_wait(trip->ask_fd) : event_wait(trip);

		if (error == 0)
			error = job->bare ? bare_send(trip->answer_fd) : event_send(trip);
		if (error < 0)
			return error;
	}
	return 0;
}

const struct pvbench_role pvbench_role_trip_ask = {
	.name = "trip-ask",
	.open = ask_open,
	.run = ask_run,
	.close = trip_close,
	.measures = true,
};

const struct pvbench_role pvbench_role_trip_answer = {
	.name = "trip-answer",
	.open = answer_open,
	.run = answer_run,
	.close = trip_close,
};
