/* SPDX-License-Identifier: MIT */
/* Events: pending, masked, unmasked, coalesced, and never lost. */
#include "tests/contract/contract.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

struct fixture {
	xenevtchn_handle *one, *two;
	int port, other;
};

static struct fixture bound(void)
{
	struct fixture f = {contract_evtchn(), contract_evtchn(), 0, 0};

	contract_bind(f.one, f.two, &f.port, &f.other);
	return f;
}

static void done(struct fixture *f)
{
	xenevtchn_close(f->one);
	xenevtchn_close(f->two);
}

static void send(struct fixture *f)
{
	assert_int_equal(xenevtchn_notify(f->one, (evtchn_port_t)f->port), 0);
}

static bool readable(xenevtchn_handle *handle, int within_ms)
{
	struct pollfd fd = {.fd = xenevtchn_fd(handle), .events = POLLIN};

	return poll(&fd, 1, within_ms) > 0;
}

static void events_coalesce(void **state)
{
	struct fixture f = bound();

	(void)state;
	for (int i = 0; i < 5; i++)
		send(&f);
	assert_int_equal(contract_event(f.two, EVENT_MS), f.other);
	/* Those sent after the first was taken in, if any, are one more. */
	if (contract_event(f.two, SILENCE_MS))
		assert_int_equal(contract_event(f.two, SILENCE_MS), 0);
	done(&f);
}

static void a_port_stays_masked_until_unmasked(void **state)
{
	struct fixture f = bound();

	(void)state;
	send(&f);
	assert_true(readable(f.two, EVENT_MS));
	assert_int_equal(xenevtchn_pending(f.two), f.other);
	send(&f);
	send(&f);
	assert_false(readable(f.two, SILENCE_MS));
	assert_int_equal(xenevtchn_unmask(f.two, (evtchn_port_t)f.other), 0);
	assert_int_equal(contract_event(f.two, EVENT_MS), f.other);
	assert_int_equal(contract_event(f.two, SILENCE_MS), 0);
	/* Unmasking what is not masked does nothing. */
	assert_int_equal(xenevtchn_unmask(f.two, (evtchn_port_t)f.other), 0);
	assert_false(readable(f.two, SILENCE_MS));
	done(&f);
}

static void a_masked_port_does_not_hold_up_others(void **state)
{
	struct fixture f = bound();
	int second, third;

	(void)state;
	contract_bind(f.one, f.two, &second, &third);
	send(&f);
	assert_int_equal(xenevtchn_pending(f.two), f.other);
	assert_int_equal(xenevtchn_notify(f.one, (evtchn_port_t)second), 0);
	assert_int_equal(contract_event(f.two, EVENT_MS), third);
	done(&f);
}

static void a_non_blocking_handle_says_eagain(void **state)
{
	struct fixture f = bound();

	(void)state;
	assert_int_equal(fcntl(xenevtchn_fd(f.two), F_SETFL, O_NONBLOCK), 0);
	assert_int_equal(xenevtchn_pending(f.two), -1);
	assert_int_equal(errno, EAGAIN);
	send(&f);
	assert_int_equal(contract_event(f.two, EVENT_MS), f.other);
	assert_int_equal(xenevtchn_pending(f.two), -1);
	assert_int_equal(errno, EAGAIN);
	done(&f);
}

static void *wait_for_one(void *argument)
{
	return (void *)(intptr_t)xenevtchn_pending(argument);
}

static void pending_blocks_until_there_is_an_event(void **state)
{
	struct fixture f = bound();
	pthread_t waiter;
	void *port;

	(void)state;
	assert_int_equal(pthread_create(&waiter, NULL, wait_for_one, f.two), 0);
	usleep(20000);
	send(&f);
	pthread_join(waiter, &port);
	assert_int_equal((int)(intptr_t)port, f.other);
	done(&f);
}

static void an_event_comes_once_for_each_of_many_ports(void **state)
{
	enum { PORTS = 100 };
	xenevtchn_handle *one = contract_evtchn(), *two = contract_evtchn();
	int ports[PORTS], others[PORTS], seen[PORTS] = {0};

	(void)state;
	for (int i = 0; i < PORTS; i++)
		contract_bind(one, two, &ports[i], &others[i]);
	for (int round = 1; round <= 3; round++) {
		for (int i = 0; i < PORTS; i++)
			assert_int_equal(
				xenevtchn_notify(one, (evtchn_port_t)ports[i * 37 % PORTS]), 0);
		for (int n = 0; n < PORTS; n++) {
			int port = contract_event(two, EVENT_MS), i = 0;

			while (i < PORTS && others[i] != port)
				i++;
			assert_true(i < PORTS);
			assert_int_equal(++seen[i], round);
		}
	}
	assert_int_equal(contract_event(two, SILENCE_MS), 0);
	xenevtchn_close(one);
	xenevtchn_close(two);
}

/* A port that is unbound while it has an event gives none, nor does its next user. */
static void an_event_goes_with_its_port(void **state)
{
	struct fixture f = bound();
	int again;

	(void)state;
	send(&f);
	assert_true(readable(f.two, EVENT_MS));
	assert_int_equal(xenevtchn_unbind(f.two, (evtchn_port_t)f.other), 0);
	again = xenevtchn_bind_unbound_port(f.two, contract_domid());
	assert_true(again > 0);
	assert_int_equal(fcntl(xenevtchn_fd(f.two), F_SETFL, O_NONBLOCK), 0);
	for (int i = 0; i < 2; i++) {
		int port = xenevtchn_pending(f.two);

		/* Linux may still deliver the old one. */
		assert_true(port == -1 || port == f.other);
	}
	done(&f);
}

struct counter {
	struct fixture f;
	_Atomic int produced, failures;
};

#define ROUNDS 20000
#define PRODUCERS 3

static void *produce(void *argument)
{
	struct counter *counter = argument;

	for (int i = 0; i < ROUNDS; i++) {
		atomic_fetch_add(&counter->produced, 1);
		if (xenevtchn_notify(counter->f.one, (evtchn_port_t)counter->f.port))
			atomic_fetch_add(&counter->failures, 1);
	}
	return NULL;
}

/* Whoever handles each event as it comes has, in the end, seen everything. */
static void no_event_is_lost(void **state)
{
	struct counter counter = {.f = bound()};
	pthread_t producers[PRODUCERS];
	int seen = 0;

	(void)state;
	for (int i = 0; i < PRODUCERS; i++)
		assert_int_equal(pthread_create(&producers[i], NULL, produce, &counter), 0);
	while (seen < PRODUCERS * ROUNDS) {
		assert_int_equal(contract_event(counter.f.two, EVENT_MS), counter.f.other);
		seen = atomic_load(&counter.produced);
	}
	for (int i = 0; i < PRODUCERS; i++)
		pthread_join(producers[i], NULL);
	assert_int_equal(atomic_load(&counter.failures), 0);
	done(&counter.f);
}

static void *echo(void *argument)
{
	struct fixture *f = argument;

	for (int i = 0; i < ROUNDS; i++) {
		int port = contract_event(f->two, EVENT_MS);

		if (port != f->other || xenevtchn_notify(f->two, (evtchn_port_t)port))
			return (void *)1;
	}
	return NULL;
}

static void events_go_there_and_back(void **state)
{
	struct fixture f = bound();
	pthread_t peer;
	void *failed;

	(void)state;
	assert_int_equal(pthread_create(&peer, NULL, echo, &f), 0);
	for (int i = 0; i < ROUNDS; i++) {
		send(&f);
		assert_int_equal(contract_event(f.one, EVENT_MS), f.port);
	}
	pthread_join(peer, &failed);
	assert_null(failed);
	done(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(events_coalesce),
		cmocka_unit_test(a_port_stays_masked_until_unmasked),
		cmocka_unit_test(a_masked_port_does_not_hold_up_others),
		cmocka_unit_test(a_non_blocking_handle_says_eagain),
		cmocka_unit_test(pending_blocks_until_there_is_an_event),
		cmocka_unit_test(an_event_comes_once_for_each_of_many_ports),
		cmocka_unit_test(an_event_goes_with_its_port),
		cmocka_unit_test(no_event_is_lost),
		cmocka_unit_test(events_go_there_and_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
