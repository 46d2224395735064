/* SPDX-License-Identifier: MIT */
/* What is done when a page is unmapped or unshared, by its process or because that died. */
#include "tests/contract/contract.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define RW (PROT_READ | PROT_WRITE)
#define BYTE 77
#define NONE ((uint32_t)-1)

/* One side shares and listens on `port`, the other maps and has `other`. */
struct fixture {
	uint32_t domid;
	xengntshr_handle *shr;
	xengnttab_handle *tab;
	xenevtchn_handle *one, *two;
	int port, other;
};

static int set_up(void **state)
{
	static struct fixture f;

	f.domid = contract_domid();
	f.shr = contract_gntshr();
	f.tab = contract_gnttab();
	f.one = contract_evtchn();
	f.two = contract_evtchn();
	contract_bind(f.one, f.two, &f.port, &f.other);
	*state = &f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	xenevtchn_close(f->one);
	xenevtchn_close(f->two);
	xengnttab_close(f->tab);
	xengntshr_close(f->shr);
	return 0;
}

/* With a byte or without (NONE), with an event or without. */
static void unmap_with(struct fixture *f, uint32_t byte, bool event)
{
	uint32_t ref;
	volatile char *mine = xengntshr_share_pages(f->shr, f->domid, 1, &ref, 1), *theirs;

	assert_non_null((void *)mine);
	theirs = xengnttab_map_grant_ref_notify(
		f->tab, f->domid, ref, RW, byte, event ? (uint32_t)f->other : NONE);
	assert_non_null((void *)theirs);
	mine[BYTE - 1] = mine[BYTE] = mine[BYTE + 1] = 1;
	assert_int_equal(xengnttab_unmap(f->tab, (void *)theirs, 1), 0);
	assert_int_equal(
		contract_event(f->one, event ? EVENT_MS : SILENCE_MS), event ? f->port : 0);
	assert_int_equal(mine[BYTE], byte == BYTE ? 0 : 1);
	assert_true(mine[BYTE - 1] == 1 && mine[BYTE + 1] == 1);
	xengntshr_unshare(f->shr, (void *)mine, 1);
}

static void unmapping_clears_and_notifies(void **state)
{
	unmap_with(*state, BYTE, true);
	unmap_with(*state, BYTE, false);
	unmap_with(*state, NONE, true);
	unmap_with(*state, NONE, false);
	unmap_with(*state, PAGE_BYTES, true); /* an offset outside the page is none */
}

static void unshare_with(struct fixture *f, uint32_t byte, bool event)
{
	uint32_t ref;
	volatile char *mine = xengntshr_share_page_notify(
		f->shr, f->domid, &ref, 1, byte, event ? (uint32_t)f->port : NONE);
	volatile char *theirs;

	assert_non_null((void *)mine);
	theirs = xengnttab_map_grant_ref(f->tab, f->domid, ref, PROT_READ);
	assert_non_null((void *)theirs);
	mine[BYTE - 1] = mine[BYTE] = mine[BYTE + 1] = 1;
	assert_int_equal(xengntshr_unshare(f->shr, (void *)mine, 1), 0);
	assert_int_equal(
		contract_event(f->two, event ? EVENT_MS : SILENCE_MS), event ? f->other : 0);
	assert_int_equal(theirs[BYTE], byte == BYTE ? 0 : 1);
	assert_true(theirs[BYTE - 1] == 1 && theirs[BYTE + 1] == 1);
	assert_int_equal(xengnttab_unmap(f->tab, (void *)theirs, 1), 0);
}

static void unsharing_clears_and_notifies(void **state)
{
	unshare_with(*state, BYTE, true);
	unshare_with(*state, BYTE, false);
	unshare_with(*state, NONE, true);
}

static void what_cannot_be_done_is_refused(void **state)
{
	struct fixture *f = *state;
	uint32_t ref;
	char *mine = xengntshr_share_pages(f->shr, f->domid, 1, &ref, 1), *theirs;

	assert_non_null(mine);
	assert_null(xengnttab_map_grant_ref_notify(f->tab, f->domid, ref, RW, BYTE, 4000));
	assert_int_equal(errno, EINVAL);
	/* A page mapped for reading cannot be written when it is unmapped, but an event can be
	 * sent. */
	assert_null(xengnttab_map_grant_ref_notify(f->tab, f->domid, ref, PROT_READ, BYTE, NONE));
	assert_int_equal(errno, EINVAL);
	theirs = xengnttab_map_grant_ref_notify(
		f->tab, f->domid, ref, PROT_READ, NONE, (uint32_t)f->other);
	assert_non_null(theirs);
	assert_int_equal(xengnttab_unmap(f->tab, theirs, 1), 0);
	assert_int_equal(contract_event(f->one, EVENT_MS), f->port);
	xengntshr_unshare(f->shr, mine, 1);
}

/* A notify keeps its port: unbinding it first loses nothing. */
static void the_port_is_kept_for_the_notify(void **state)
{
	struct fixture *f = *state;
	xenevtchn_handle *three = contract_evtchn(), *four = contract_evtchn();
	int port, other;
	uint32_t ref;
	char *mine;

	contract_bind(three, four, &port, &other);
	mine = xengntshr_share_page_notify(f->shr, f->domid, &ref, 1, NONE, (uint32_t)port);
	assert_non_null(mine);
	assert_int_equal(xenevtchn_close(three), 0);
	assert_int_equal(contract_event(four, SILENCE_MS), 0);
	assert_int_equal(xengntshr_unshare(f->shr, mine, 1), 0);
	assert_int_equal(contract_event(four, EVENT_MS), other);
	xenevtchn_close(four);
}

/* Maps the page that it is told of, with its own port, and waits to be killed. */
static int mapper(void)
{
	uint32_t domid = contract_domid(), ref = contract_hear(STDIN_FILENO),
		 remote = contract_hear(STDIN_FILENO);
	xenevtchn_handle *events = xenevtchn_open(NULL, 0);
	xengnttab_handle *tab = xengnttab_open(NULL, 0);
	int port = xenevtchn_bind_interdomain(events, domid, remote);
	char *page = xengnttab_map_grant_ref_notify(tab, domid, ref, RW, BYTE, (uint32_t)port);

	if (page)
		page[BYTE] = 1;
	contract_tell(STDIN_FILENO, page != NULL);
	pause();
	return 0;
}

static void a_mapper_that_is_killed_is_noticed(void **state)
{
	struct fixture *f = *state;
	int port = xenevtchn_bind_unbound_port(f->one, f->domid);
	struct contract_child child;
	volatile char *mine;
	uint32_t ref;

	mine = xengntshr_share_pages(f->shr, f->domid, 1, &ref, 1);
	assert_non_null((void *)mine);
	contract_child_start(&child, "mapper");
	contract_tell(child.fd, ref);
	contract_tell(child.fd, (uint32_t)port);
	assert_int_equal(contract_hear(child.fd), 1);
	assert_int_equal(mine[BYTE], 1);
	contract_child_kill(&child);
	assert_int_equal(contract_event(f->one, EVENT_MS), port);
	assert_int_equal(mine[BYTE], 0);
	xenevtchn_unbind(f->one, (evtchn_port_t)port);
	xengntshr_unshare(f->shr, (void *)mine, 1);
}

/* Shares a page with its own port, tells both, and waits to be killed. */
static int sharer(void)
{
	uint32_t domid = contract_domid(), ref = 0;
	xenevtchn_handle *events = xenevtchn_open(NULL, 0);
	xengntshr_handle *shr = xengntshr_open(NULL, 0);
	int port = xenevtchn_bind_unbound_port(events, domid);
	char *page = xengntshr_share_page_notify(shr, domid, &ref, 1, BYTE, (uint32_t)port);

	if (page)
		page[BYTE] = 1;
	contract_tell(STDIN_FILENO, ref);
	contract_tell(STDIN_FILENO, (uint32_t)port);
	pause();
	return 0;
}

static void a_sharer_that_is_killed_is_noticed(void **state)
{
	struct fixture *f = *state;
	struct contract_child child;
	volatile char *theirs;
	uint32_t ref, remote;
	int port;

	contract_child_start(&child, "sharer");
	ref = contract_hear(child.fd);
	remote = contract_hear(child.fd);
	port = xenevtchn_bind_interdomain(f->two, f->domid, remote);
	assert_true(port > 0);
	assert_int_equal(contract_event(f->two, EVENT_MS), port);
	theirs = xengnttab_map_grant_ref(f->tab, f->domid, ref, RW);
	assert_non_null((void *)theirs);
	assert_int_equal(theirs[BYTE], 1);
	contract_child_kill(&child);
	assert_int_equal(contract_event(f->two, EVENT_MS), port);
	assert_int_equal(theirs[BYTE], 0);
	theirs[0] = 1; /* it is still there */
	assert_int_equal(xengnttab_unmap(f->tab, (void *)theirs, 1), 0);
	xenevtchn_unbind(f->two, (evtchn_port_t)port);
}

int main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unmapping_clears_and_notifies),
		cmocka_unit_test(unsharing_clears_and_notifies),
		cmocka_unit_test(what_cannot_be_done_is_refused),
		cmocka_unit_test(the_port_is_kept_for_the_notify),
		cmocka_unit_test(a_mapper_that_is_killed_is_noticed),
		cmocka_unit_test(a_sharer_that_is_killed_is_noticed),
	};

	if (argc > 1 && !strcmp(argv[1], "mapper"))
		return mapper();
	if (argc > 1 && !strcmp(argv[1], "sharer"))
		return sharer();
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
