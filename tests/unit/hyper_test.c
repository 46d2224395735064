/* SPDX-License-Identifier: MIT */
/* xenloop's grants and event channels over their protocol: domains and limits. */
#include "tests/unit/hyper_fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <xen/grant_table.h>

static void grants_are_for_one_domain(void **state)
{
	int shr = open_as(1, LOOP_KIND_GNTSHR), two = open_as(2, LOOP_KIND_GNTTAB),
	    three = open_as(3, LOOP_KIND_GNTTAB);
	struct loop_gref gref;
	uint32_t ref;

	(void)state;
	assert_int_equal(ask_simply(shr, LOOP_OP_SHARE, 2, 1, 0), 0);
	ref = items[0];
	assert_int_equal(map_one(two, 1, ref, 0), 0);
	assert_int_equal(fcntl(files[0], F_GETFL) & O_ACCMODE, O_RDONLY);
	assert_int_equal(map_one(two, 1, ref, 1), -EINVAL);
	assert_int_equal(map_one(three, 1, ref, 0), -EINVAL);
	gref = (struct loop_gref){.domid = 1, .ref = ref, .writable = 1};
	assert_int_equal(ask(two, (struct loop_request){.op = LOOP_OP_LOOKUP, .items = 1}, &gref,
				 sizeof(gref)),
		0);
	assert_int_equal((int32_t)items[0], GNTST_general_error);
	close(shr);
	pump();
	assert_int_equal(map_one(two, 1, ref, 0), -EINVAL);
	close(two);
	close(three);
	files_close();
	pump();
}

static void a_frame_is_one_run_and_references_come_back_late(void **state)
{
	int shr = open_as(1, LOOP_KIND_GNTSHR), tab = open_as(2, LOOP_KIND_GNTTAB);
	struct loop_gref grefs[1013];
	uint32_t first, share;

	(void)state;
	assert_int_equal(ask_simply(shr, LOOP_OP_SHARE, 2, 1013, 1), 0);
	assert_int_equal(answer.items, 1013);
	first = items[0];
	share = answer.value;
	assert_true(first >= LOOP_REF_FIRST);
	for (uint32_t i = 0; i < 1013; i++)
		grefs[i] = (struct loop_gref){.domid = 1, .ref = items[i]};
	assert_int_equal(ask(tab, (struct loop_request){.op = LOOP_OP_MAP, .items = 1013, .b = 1},
				 grefs, sizeof(grefs[0])),
		0);
	assert_int_equal(answer.items, 1);
	assert_int_equal(items[2], 1013);
	assert_int_equal(files_count, 1);
	assert_int_equal(ask_simply(shr, LOOP_OP_UNSHARE, share, 0, 0), 0);
	assert_int_equal(ask_simply(shr, LOOP_OP_SHARE, 2, 1, 1), 0);
	assert_true(items[0] < first || items[0] >= first + 1013);
	close(shr);
	close(tab);
	files_close();
	pump();
}

/* Where no row is long enough, references are taken where they are. */
static void references_may_be_scattered(void **state)
{
	int shr = open_as(1, LOOP_KIND_GNTSHR), tab = open_as(2, LOOP_KIND_GNTTAB);
	static struct loop_gref grefs[1024];
	uint32_t shares[255], breaks = 0;

	(void)state;
	for (int i = 0; i < 255; i++) {
		assert_int_equal(ask_simply(shr, LOOP_OP_SHARE, 2, 512, 1), 0);
		shares[i] = answer.value;
	}
	assert_int_equal(ask_simply(shr, LOOP_OP_SHARE, 2, 512, 1), -ENOSPC);
	assert_int_equal(ask_simply(shr, LOOP_OP_UNSHARE, shares[10], 0, 0), 0);
	assert_int_equal(ask_simply(shr, LOOP_OP_UNSHARE, shares[20], 0, 0), 0);
	assert_int_equal(ask_simply(shr, LOOP_OP_SHARE, 2, 1024, 1), 0);
	assert_int_equal(answer.items, 1024);
	for (uint32_t i = 0; i < 1024; i++) {
		grefs[i] = (struct loop_gref){.domid = 1, .ref = items[i]};
		breaks += i && items[i] != items[i - 1] + 1;
	}
	assert_true(breaks > 0);
	assert_int_equal(ask(tab, (struct loop_request){.op = LOOP_OP_MAP, .items = 1024}, grefs,
				 sizeof(grefs[0])),
		0);
	assert_int_equal(answer.items, 1);
	close(shr);
	close(tab);
	files_close();
	pump();
}

static void long_shares_are_listed_in_pieces(void **state)
{
	int shr = open_as(1, LOOP_KIND_GNTSHR);
	uint32_t share, last;

	(void)state;
	assert_int_equal(ask_simply(shr, LOOP_OP_SHARE, 2, LOOP_ITEMS_MAX + 5, 1), 0);
	assert_int_equal(answer.items, LOOP_ITEMS_MAX);
	share = answer.value;
	last = items[LOOP_ITEMS_MAX - 1];
	assert_int_equal(ask_simply(shr, LOOP_OP_SHARE_REFS, share, LOOP_ITEMS_MAX, 0), 0);
	assert_int_equal(answer.items, 5);
	assert_int_equal(items[0], last + 1);
	assert_int_equal(
		ask_simply(shr, LOOP_OP_SHARE_REFS, share, LOOP_ITEMS_MAX + 5, 0), -EINVAL);
	assert_int_equal(ask_simply(shr, LOOP_OP_SHARE, 2, 0xffffffff, 1), -ENOSPC);
	assert_int_equal(ask_simply(shr, LOOP_OP_UNSHARE, share + 1, 0, 0), -EINVAL);
	close(shr);
	files_close();
	pump();
}

static void ports_are_limited_and_virqs_bound_once(void **state)
{
	int one = open_as(1, LOOP_KIND_EVTCHN), two = open_as(2, LOOP_KIND_EVTCHN);

	(void)state;
	assert_int_equal(ask_simply(one, LOOP_OP_BIND_VIRQ, 3, 0, 0), 0);
	assert_int_equal(ask_simply(one, LOOP_OP_BIND_VIRQ, 3, 0, 0), -EEXIST);
	assert_int_equal(ask_simply(two, LOOP_OP_BIND_VIRQ, 3, 0, 0), 0);
	assert_int_equal(ask_simply(one, LOOP_OP_BIND_UNBOUND, 2, 0, 0), 0);
	assert_int_equal(ask_simply(one, LOOP_OP_BIND_UNBOUND, 2, 0, 0), 0);
	assert_int_equal(ask_simply(one, LOOP_OP_BIND_UNBOUND, 2, 0, 0), -ENOSPC);
	close(one);
	close(two);
	files_close();
	pump();
}

/* Domain 1's port for domain 2 is bound by 2 alone; when 1 goes, 2 hears of its notify and keeps
 * its port. */
static void a_domain_takes_everything_with_it(void **state)
{
	int one = open_as(1, LOOP_KIND_EVTCHN), shr = open_as(1, LOOP_KIND_GNTSHR);
	int two = open_as(2, LOOP_KIND_EVTCHN), three = open_as(3, LOOP_KIND_EVTCHN),
	    tab = open_as(2, LOOP_KIND_GNTTAB);
	struct loop_hyper_stat stat;
	struct loop_request notify = {.op = LOOP_OP_NOTIFY, .b = 9, .d = 3};
	uint32_t port;
	char byte = 1;
	int memory, pipe_end;

	(void)state;
	assert_int_equal(ask_simply(one, LOOP_OP_BIND_UNBOUND, 2, 0, 0), 0);
	notify.c = port = answer.value;
	assert_int_equal(ask_simply(three, LOOP_OP_BIND_INTERDOMAIN, 1, port, 0), -EINVAL);
	close(two);
	two = connect_as(2);
	assert_int_equal(ask_simply(two, LOOP_OP_HELLO, LOOP_KIND_EVTCHN, 0, 0), 0);
	pipe_end = dup(files[LOOP_FILE_READ]);
	assert_int_equal(ask_simply(two, LOOP_OP_BIND_INTERDOMAIN, 1, port, 0), 0);
	port = answer.value;
	assert_int_equal(read(pipe_end, &byte, 1), 1); /* that of binding */
	assert_int_equal(ask_simply(shr, LOOP_OP_SHARE, 2, 1, 1), 0);
	notify.a = answer.value;
	assert_int_equal(pwrite(files[0], &byte, 1, 9), 1);
	assert_int_equal(map_one(tab, 1, items[0], 1), 0);
	memory = dup(files[0]);
	byte = 1;
	assert_int_equal(pwrite(memory, &byte, 1, 9), 1);
	assert_int_equal(ask(shr, notify, NULL, 0), 0);

	loop_hyper_domain_remove(hyper, 1);
	assert_int_equal(pread(memory, &byte, 1, 9), 1);
	assert_int_equal(byte, 0);
	loop_hyper_stat(hyper, &stat);
	assert_int_equal(stat.grants, 0);
	assert_int_equal(stat.notifies, 0);
	assert_int_equal(stat.ports, 1);
	assert_int_equal(stat.maps, 1);
	assert_int_equal(ask_simply(two, LOOP_OP_PEER, port, 0, 0), 0);
	assert_int_equal(files_count, 0);
	assert_int_equal(recv(one, &byte, 1, MSG_DONTWAIT), 0);
	assert_int_equal(loop_hyper_domain_add(hyper, 1), 0);
	close(one), close(two), close(three), close(shr), close(tab), close(memory),
		close(pipe_end);
	files_close();
	pump();
}

static void domains_come_and_go(void **state)
{
	struct loop_hyper_stat stat;
	struct loop_hyper *other;
	const struct loop_hyper_limits wrong = {.ports = LOOP_PORTS};
	int ends[2];

	(void)state;
	assert_int_equal(loop_hyper_domain_add(hyper, 1), -EEXIST);
	assert_int_equal(loop_hyper_domain_add(hyper, 0x7ff0), -EINVAL);
	loop_hyper_domain_remove(hyper, 77);
	assert_int_equal(socketpair(AF_UNIX, LOOP_HYPER_SOCKET, 0, ends), 0);
	assert_int_equal(loop_hyper_connect(hyper, 77, ends[0]), -ESRCH);
	close(ends[0]);
	close(ends[1]);
	assert_int_equal(loop_hyper_create(NULL, &wrong, &other), -EINVAL);
	loop_hyper_destroy(NULL);
	loop_hyper_stat(hyper, &stat);
	assert_int_equal(stat.domains, 4);
	assert_true(!stat.connections && !stat.grants && !stat.shares && !stat.maps && !stat.ports);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(grants_are_for_one_domain),
		cmocka_unit_test(a_frame_is_one_run_and_references_come_back_late),
		cmocka_unit_test(references_may_be_scattered),
		cmocka_unit_test(long_shares_are_listed_in_pieces),
		cmocka_unit_test(ports_are_limited_and_virqs_bound_once),
		cmocka_unit_test(a_domain_takes_everything_with_it),
		cmocka_unit_test(domains_come_and_go),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
