/* SPDX-License-Identifier: MIT */
/* xenevtchn_*: binding ports, and who may use them. What events do is in event_test.c. */
#include "tests/contract/contract.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static void binding_raises_an_event_at_the_binder(void **state)
{
	uint32_t domid = contract_domid();
	xenevtchn_handle *one = contract_evtchn(), *two = contract_evtchn();
	int port = xenevtchn_bind_unbound_port(one, domid), other;

	(void)state;
	assert_true(port > 0);
	other = xenevtchn_bind_interdomain(two, domid, (evtchn_port_t)port);
	assert_true(other > 0 && other != port);
	assert_int_equal(contract_event(two, EVENT_MS), other);
	assert_int_equal(contract_event(two, SILENCE_MS), 0);
	assert_int_equal(contract_event(one, SILENCE_MS), 0);
	xenevtchn_close(one);
	xenevtchn_close(two);
}

static void a_port_is_bound_once_and_by_whom_it_is_for(void **state)
{
	uint32_t domid = contract_domid();
	xenevtchn_handle *one = contract_evtchn(), *two = contract_evtchn();
	int port = xenevtchn_bind_unbound_port(one, domid),
	    foreign = xenevtchn_bind_unbound_port(one, NOBODY);

	(void)state;
	assert_true(port > 0 && foreign > 0);
	assert_int_equal(xenevtchn_bind_interdomain(two, domid, (evtchn_port_t)foreign), -1);
	assert_int_equal(errno, EINVAL);
	assert_int_equal(xenevtchn_bind_interdomain(two, NOBODY, (evtchn_port_t)port), -1);
	assert_int_equal(errno, ESRCH);
	assert_int_equal(xenevtchn_bind_interdomain(two, domid, 0), -1);
	assert_int_equal(errno, EINVAL);
	assert_int_equal(xenevtchn_bind_interdomain(two, domid, 0x7fffffff), -1);
	assert_int_equal(errno, EINVAL);
	assert_true(xenevtchn_bind_interdomain(two, domid, (evtchn_port_t)port) > 0);
	assert_int_equal(xenevtchn_bind_interdomain(two, domid, (evtchn_port_t)port), -1);
	assert_int_equal(errno, EINVAL);
	xenevtchn_close(one);
	xenevtchn_close(two);
}

static void a_port_belongs_to_the_handle_that_bound_it(void **state)
{
	xenevtchn_handle *one = contract_evtchn(), *two = contract_evtchn();
	int port, other;

	(void)state;
	contract_bind(one, two, &port, &other);
	assert_int_equal(xenevtchn_notify(one, (evtchn_port_t)other), -1);
	assert_int_equal(errno, ENOTCONN);
	assert_int_equal(xenevtchn_unbind(one, (evtchn_port_t)other), -1);
	assert_int_equal(errno, ENOTCONN);
	assert_int_equal(xenevtchn_unmask(one, (evtchn_port_t)other), 0); /* ignored */
	assert_int_equal(xenevtchn_unbind(one, 0x7fffffff), -1);
	assert_int_equal(errno, EINVAL);
	assert_int_equal(xenevtchn_unbind(one, (evtchn_port_t)port), 0);
	assert_int_equal(xenevtchn_unbind(one, (evtchn_port_t)port), -1);
	assert_int_equal(errno, ENOTCONN);
	assert_int_equal(xenevtchn_notify(one, (evtchn_port_t)port), -1);
	assert_int_equal(errno, ENOTCONN);
	xenevtchn_close(one);
	xenevtchn_close(two);
}

static void nobody_hears_an_unbound_port(void **state)
{
	uint32_t domid = contract_domid();
	xenevtchn_handle *one = contract_evtchn(), *two = contract_evtchn();
	int port = xenevtchn_bind_unbound_port(one, domid), other;

	(void)state;
	for (int i = 0; i < 3; i++)
		assert_int_equal(xenevtchn_notify(one, (evtchn_port_t)port), 0);
	other = xenevtchn_bind_interdomain(two, domid, (evtchn_port_t)port);
	assert_int_equal(contract_event(two, EVENT_MS), other); /* that of binding */
	assert_int_equal(contract_event(two, SILENCE_MS), 0);
	assert_int_equal(xenevtchn_notify(one, (evtchn_port_t)port), 0);
	assert_int_equal(contract_event(two, EVENT_MS), other);
	xenevtchn_close(one);
	xenevtchn_close(two);
}

/* Whichever side closes, the other one's port can be bound again and works. */
static void rebinding_works_after_the_peer_left(void **state)
{
	uint32_t domid = contract_domid();
	xenevtchn_handle *one = contract_evtchn();
	int port = xenevtchn_bind_unbound_port(one, domid);

	(void)state;
	for (int i = 0; i < 10; i++) {
		xenevtchn_handle *two = contract_evtchn();
		int other = xenevtchn_bind_interdomain(two, domid, (evtchn_port_t)port);

		assert_true(other > 0);
		assert_int_equal(contract_event(two, EVENT_MS), other);
		assert_int_equal(xenevtchn_notify(one, (evtchn_port_t)port), 0);
		assert_int_equal(contract_event(two, EVENT_MS), other);
		assert_int_equal(xenevtchn_notify(two, (evtchn_port_t)other), 0);
		assert_int_equal(contract_event(one, EVENT_MS), port);
		if (i & 1)
			assert_int_equal(xenevtchn_unbind(two, (evtchn_port_t)other), 0);
		xenevtchn_close(two);
		assert_int_equal(xenevtchn_notify(one, (evtchn_port_t)port), 0);
	}
	xenevtchn_close(one);
}

static void the_binders_port_stays_when_the_first_side_leaves(void **state)
{
	uint32_t domid = contract_domid();
	xenevtchn_handle *one = contract_evtchn(), *two = contract_evtchn(),
			 *three = contract_evtchn();
	int port, other, again;

	(void)state;
	contract_bind(one, two, &port, &other);
	xenevtchn_close(one);
	assert_int_equal(xenevtchn_notify(two, (evtchn_port_t)other), 0);
	again = xenevtchn_bind_interdomain(three, domid, (evtchn_port_t)other);
	assert_true(again > 0);
	assert_int_equal(contract_event(three, EVENT_MS), again);
	assert_int_equal(xenevtchn_notify(three, (evtchn_port_t)again), 0);
	assert_int_equal(contract_event(two, EVENT_MS), other);
	assert_int_equal(xenevtchn_notify(two, (evtchn_port_t)other), 0);
	assert_int_equal(contract_event(three, EVENT_MS), again);
	xenevtchn_close(two);
	xenevtchn_close(three);
}

static void a_killed_process_gives_its_port_back(void **state)
{
	uint32_t domid = contract_domid();
	xenevtchn_handle *one = contract_evtchn(), *two = contract_evtchn();
	int port = xenevtchn_bind_unbound_port(one, domid), other = -1;
	struct contract_child child;

	(void)state;
	contract_child_start(&child, "binder");
	contract_tell(child.fd, (uint32_t)port);
	contract_hear(child.fd);
	assert_int_equal(contract_event(one, EVENT_MS), port);
	contract_child_kill(&child);
	for (int i = 0; other < 0 && i < EVENT_MS / 10; i++) {
		assert_int_equal(xenevtchn_notify(one, (evtchn_port_t)port), 0);
		other = xenevtchn_bind_interdomain(two, domid, (evtchn_port_t)port);
		usleep(other < 0 ? 10000 : 0);
	}
	assert_true(other > 0);
	assert_int_equal(contract_event(two, EVENT_MS), other);
	xenevtchn_close(one);
	xenevtchn_close(two);
}

static int binder(void)
{
	xenevtchn_handle *handle = xenevtchn_open(NULL, 0);
	int port =
		xenevtchn_bind_interdomain(handle, contract_domid(), contract_hear(STDIN_FILENO));

	xenevtchn_notify(handle, (evtchn_port_t)port);
	contract_tell(STDIN_FILENO, 0);
	pause();
	return 0;
}

static void ports_are_reused(void **state)
{
	uint32_t domid = contract_domid();
	xenevtchn_handle *handle = contract_evtchn();

	(void)state;
	for (int i = 0; i < 6000; i++) {
		int port = xenevtchn_bind_unbound_port(handle, domid);

		assert_true(port > 0);
		assert_int_equal(xenevtchn_unbind(handle, (evtchn_port_t)port), 0);
	}
	xenevtchn_close(handle);
}

static void a_restricted_handle_binds_to_ports_of_one_domain(void **state)
{
	xenevtchn_handle *handle = contract_evtchn();

	(void)state;
	assert_int_equal(xenevtchn_restrict(handle, 0x7ff0), -1);
	assert_int_equal(errno, EINVAL);
	assert_int_equal(xenevtchn_restrict(handle, NOBODY), 0);
	assert_int_equal(xenevtchn_bind_unbound_port(handle, NOBODY - 1), -1);
	assert_int_equal(errno, EACCES);
	assert_int_equal(xenevtchn_bind_interdomain(handle, NOBODY - 1, 1), -1);
	assert_int_equal(errno, EACCES);
	assert_int_equal(xenevtchn_bind_virq(handle, 1), -1);
	assert_int_equal(errno, EACCES);
	assert_int_equal(xenevtchn_bind_interdomain(handle, NOBODY, 1), -1);
	assert_int_equal(errno, ESRCH); /* not forbidden: there is no such domain */
	assert_int_equal(xenevtchn_bind_unbound_port(handle, NOBODY), -1);
	assert_int_equal(errno, EACCES);
	assert_int_equal(xenevtchn_restrict(handle, NOBODY), -1);
	assert_int_equal(errno, EACCES);
	xenevtchn_close(handle);
}

static void a_handle_can_be_made_from_a_descriptor(void **state)
{
	xenevtchn_handle *one = contract_evtchn(), *two = contract_evtchn(), *copy;
	int port, other;

	(void)state;
	contract_bind(one, two, &port, &other);
	copy = xenevtchn_fdopen(NULL, dup(xenevtchn_fd(two)), 0);
	assert_non_null(copy);
	assert_int_equal(xenevtchn_notify(one, (evtchn_port_t)port), 0);
	assert_int_equal(contract_event(copy, EVENT_MS), other);
	assert_int_equal(xenevtchn_close(two), 0);
	assert_int_equal(xenevtchn_notify(copy, (evtchn_port_t)other), 0);
	assert_int_equal(contract_event(one, EVENT_MS), port);
	assert_int_equal(xenevtchn_notify(one, (evtchn_port_t)port), 0);
	assert_int_equal(contract_event(copy, EVENT_MS), other);
	assert_null(xenevtchn_fdopen(NULL, xenevtchn_fd(one), XENEVTCHN_NO_CLOEXEC));
	assert_int_equal(errno, EINVAL);
	xenevtchn_close(copy);
	xenevtchn_close(one);
}

/* Goes on with a handle that came through exec, under the number that we are told. */
static int heir(void)
{
	int fd = (int)contract_hear(STDIN_FILENO);
	xenevtchn_handle *handle = xenevtchn_fdopen(NULL, fd, 0);
	int port = contract_event(handle, EVENT_MS);

	xenevtchn_notify(handle, (evtchn_port_t)port);
	contract_tell(STDIN_FILENO, (uint32_t)port);
	return 0;
}

static void a_handle_may_outlive_exec(void **state)
{
	xenevtchn_handle *one = contract_evtchn(),
			 *two = xenevtchn_open(NULL, XENEVTCHN_NO_CLOEXEC);
	struct contract_child child;
	int port, other;

	(void)state;
	assert_non_null(two);
	contract_bind(one, two, &port, &other);
	contract_child_start(&child, "heir");
	contract_tell(child.fd, (uint32_t)xenevtchn_fd(two));
	xenevtchn_close(two);
	assert_int_equal(xenevtchn_notify(one, (evtchn_port_t)port), 0);
	assert_int_equal(contract_hear(child.fd), other);
	assert_int_equal(contract_event(one, EVENT_MS), port);
	contract_child_kill(&child);
	xenevtchn_close(one);
}

static void flags_of_open(void **state)
{
	xenevtchn_handle *handle = contract_evtchn();

	(void)state;
	assert_true(fcntl(xenevtchn_fd(handle), F_GETFD) & FD_CLOEXEC);
	xenevtchn_close(handle);
	handle = xenevtchn_open(NULL, XENEVTCHN_NO_CLOEXEC);
	assert_non_null(handle);
	assert_int_equal(fcntl(xenevtchn_fd(handle), F_GETFD) & FD_CLOEXEC, 0);
	assert_int_equal(xenevtchn_bind_virq(handle, 999), -1);
	assert_int_equal(errno, EINVAL);
	xenevtchn_close(handle);
	assert_null(xenevtchn_open(NULL, 2));
	assert_int_equal(errno, EINVAL);
	assert_int_equal(xenevtchn_close(NULL), 0);
}

int main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(binding_raises_an_event_at_the_binder),
		cmocka_unit_test(a_port_is_bound_once_and_by_whom_it_is_for),
		cmocka_unit_test(a_port_belongs_to_the_handle_that_bound_it),
		cmocka_unit_test(nobody_hears_an_unbound_port),
		cmocka_unit_test(rebinding_works_after_the_peer_left),
		cmocka_unit_test(the_binders_port_stays_when_the_first_side_leaves),
		cmocka_unit_test(a_killed_process_gives_its_port_back),
		cmocka_unit_test(ports_are_reused),
		cmocka_unit_test(a_restricted_handle_binds_to_ports_of_one_domain),
		cmocka_unit_test(a_handle_can_be_made_from_a_descriptor),
		cmocka_unit_test(a_handle_may_outlive_exec),
		cmocka_unit_test(flags_of_open),
	};

	if (argc > 1 && !strcmp(argv[1], "binder"))
		return binder();
	if (argc > 1 && !strcmp(argv[1], "heir"))
		return heir();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
