/* SPDX-License-Identifier: MIT */
/* xenloop's grants and event channels over their protocol: two domains, limits, and clients that behave badly. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <ev.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <xen/grant_table.h>

#include "xenbus/loop/hyper.h"
#include "xenbus/loop/hyper_message.h"
#include "xenbus/loop/hyper_proto.h"

static struct ev_loop *loop;
static struct loop_hyper *hyper;
static int files_at_start;

static int files_open(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int count = 0;

	while (readdir(dir))
		count++;
	closedir(dir);
	return count;
}

static int set_up(void **state)
{
	const struct loop_hyper_limits limits = {.gntalloc_pages = 131064, .grants = 131064, .ports = 3};

	(void)state;
	loop = ev_loop_new(EVFLAG_AUTO);
	files_at_start = files_open();
	assert_int_equal(loop_hyper_create(loop, &limits, &hyper), 0);
	for (uint32_t domid = 0; domid < 4; domid++)
		assert_int_equal(loop_hyper_domain_add(hyper, domid), 0);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	loop_hyper_destroy(hyper);
	assert_int_equal(files_open(), files_at_start);
	ev_loop_destroy(loop);
	return 0;
}

/* Lets the server do all there is to do. */
static void pump(void)
{
	for (int i = 0; i < 4; i++)
		ev_run(loop, EVRUN_NOWAIT);
}

static int connect_as(uint32_t domid)
{
	int ends[2];

	assert_int_equal(socketpair(AF_UNIX, LOOP_HYPER_SOCKET | SOCK_CLOEXEC, 0, ends), 0);
	assert_int_equal(loop_hyper_connect(hyper, domid, ends[1]), 0);
	return ends[0];
}

/* What came with the last answer. */
static struct loop_answer answer;
static uint32_t items[3 * LOOP_ITEMS_MAX];
static int files[LOOP_FILES_MAX];
static unsigned int files_count;

static void files_close(void)
{
	while (files_count)
		close(files[--files_count]);
}

/* The answer's error; 1: the server closed the connection. Items are of `item_bytes` each. */
static int ask(int fd, struct loop_request request, const void *request_items, size_t item_bytes)
{
	ssize_t got;

	files_close();
	assert_int_equal(loop_message_send(fd, &request, sizeof(request), request_items, request.items * item_bytes,
					   NULL, 0, 0), 0);
	pump();
	got = loop_message_receive(fd, &answer, sizeof(answer), items, sizeof(items), files, LOOP_FILES_MAX,
				   &files_count, MSG_DONTWAIT);
	if (got < (ssize_t)sizeof(answer)) {
		assert_true(got == 0 || got == -ECONNRESET);
		return 1;
	}
	return answer.error;
}

static int ask_simply(int fd, enum loop_op op, uint32_t a, uint32_t b, uint32_t c)
{
	return ask(fd, (struct loop_request){.op = op, .a = a, .b = b, .c = c}, NULL, 0);
}

static int open_as(uint32_t domid, enum loop_kind kind)
{
	int fd = connect_as(domid);

	assert_int_equal(ask_simply(fd, LOOP_OP_HELLO, kind, 0, 0), 0);
	return fd;
}

static int map_one(int fd, uint32_t domid, uint32_t ref, uint32_t writable)
{
	struct loop_gref gref = {.domid = domid, .ref = ref};

	return ask(fd, (struct loop_request){.op = LOOP_OP_MAP, .items = 1, .b = writable}, &gref, sizeof(gref));
}

static void grants_are_for_one_domain(void **state)
{
	int shr = open_as(1, LOOP_KIND_GNTSHR), two = open_as(2, LOOP_KIND_GNTTAB), three = open_as(3, LOOP_KIND_GNTTAB);
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
	assert_int_equal(ask(two, (struct loop_request){.op = LOOP_OP_LOOKUP, .items = 1}, &gref, sizeof(gref)), 0);
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
	assert_int_equal(ask(tab, (struct loop_request){.op = LOOP_OP_MAP, .items = 1013, .b = 1}, grefs,
			     sizeof(grefs[0])), 0);
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
	assert_int_equal(ask(tab, (struct loop_request){.op = LOOP_OP_MAP, .items = 1024}, grefs, sizeof(grefs[0])), 0);
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
	assert_int_equal(ask_simply(shr, LOOP_OP_SHARE_REFS, share, LOOP_ITEMS_MAX + 5, 0), -EINVAL);
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

/* Domain 1's port for domain 2 is bound by 2 alone; when 1 goes, 2 hears of its notify and keeps its port. */
static void a_domain_takes_everything_with_it(void **state)
{
	int one = open_as(1, LOOP_KIND_EVTCHN), shr = open_as(1, LOOP_KIND_GNTSHR);
	int two = open_as(2, LOOP_KIND_EVTCHN), three = open_as(3, LOOP_KIND_EVTCHN), tab = open_as(2, LOOP_KIND_GNTTAB);
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
	close(one), close(two), close(three), close(shr), close(tab), close(memory), close(pipe_end);
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
	assert_int_equal(loop_hyper_create(loop, &wrong, &other), -EINVAL);
	loop_hyper_destroy(NULL);
	loop_hyper_stat(hyper, &stat);
	assert_int_equal(stat.domains, 4);
	assert_true(!stat.connections && !stat.grants && !stat.shares && !stat.maps && !stat.ports);
}

/* One message that must end its connection, sent on a handle of that kind (0: before HELLO). */
static void expect_end(int kind, const void *message, size_t bytes, int file)
{
	int fd = kind ? open_as(2, (enum loop_kind)kind) : connect_as(2);
	char rest[64];

	files_close();
	assert_int_equal(loop_message_send(fd, message, bytes, NULL, 0, &file, file >= 0, 0), 0);
	pump();
	assert_true(recv(fd, rest, sizeof(rest), MSG_DONTWAIT) <= 0 && errno != EAGAIN);
	close(fd);
}

static void expect_end_request(int kind, struct loop_request request)
{
	expect_end(kind, &request, sizeof(request), -1);
}

static void bad_messages_end_their_connection_alone(void **state)
{
	static char large[LOOP_MESSAGE_BYTES_MAX + 1];
	int witness = open_as(2, LOOP_KIND_GNTSHR);
	struct loop_hyper_stat stat;

	(void)state;
	expect_end(0, "x", 1, -1);
	expect_end(LOOP_KIND_GNTTAB, large, sizeof(struct loop_request) - 1, -1);
	expect_end(LOOP_KIND_GNTTAB, large, sizeof(large), -1);
	expect_end_request(0, (struct loop_request){.op = LOOP_OP_MAP});
	expect_end_request(0, (struct loop_request){.op = LOOP_OP_HELLO, .a = 99});
	expect_end_request(0, (struct loop_request){.op = LOOP_OP_ATTACH});
	expect_end_request(LOOP_KIND_GNTSHR, (struct loop_request){.op = LOOP_OP_HELLO, .a = LOOP_KIND_GNTTAB});
	expect_end_request(LOOP_KIND_GNTSHR, (struct loop_request){.op = LOOP_OP_MAP});
	expect_end_request(LOOP_KIND_GNTTAB, (struct loop_request){.op = LOOP_OP_SHARE, .b = 1});
	expect_end_request(LOOP_KIND_GNTTAB, (struct loop_request){.op = LOOP_OP_BIND_VIRQ});
	expect_end_request(LOOP_KIND_EVTCHN, (struct loop_request){.op = LOOP_OP_NOTIFY});
	expect_end_request(LOOP_KIND_EVTCHN, (struct loop_request){.op = LOOP_OPS});
	expect_end_request(LOOP_KIND_EVTCHN, (struct loop_request){.op = 0xffffffff});
	expect_end_request(LOOP_KIND_GNTTAB, (struct loop_request){.op = LOOP_OP_MAP, .items = 1});
	expect_end_request(LOOP_KIND_GNTTAB, (struct loop_request){.op = LOOP_OP_MAP, .items = 0xffffffff});
	expect_end_request(LOOP_KIND_GNTTAB, (struct loop_request){.op = LOOP_OP_UNMAP, .items = 1});
	expect_end(LOOP_KIND_GNTTAB, &(struct loop_request){.op = LOOP_OP_UNMAP}, sizeof(struct loop_request), STDERR_FILENO);
	assert_int_equal(ask_simply(witness, LOOP_OP_SHARE, 2, 1, 1), 0);
	loop_hyper_stat(hyper, &stat);
	assert_int_equal(stat.connections, 1);
	close(witness);
	files_close();
	pump();
}

/* Requests that are whole but make no sense get an error, whatever numbers are in them. */
static void random_requests_do_no_harm(void **state)
{
	static const uint32_t numbers[] = {0, 1, 2, 3, 8, 9, 4095, 4096, 65536, 131072, 0x7ff0, 0x7fffffff, 0xffffffff};
	enum { NUMBERS = sizeof(numbers) / sizeof(*numbers) };
	int fds[3];
	struct loop_hyper_stat stat;

	(void)state;
	srandom(1);
	for (int i = 0; i < 3; i++)
		fds[i] = open_as(1, (enum loop_kind)(LOOP_KIND_GNTSHR + i));
	for (int i = 0; i < 20000; i++) {
		int which = (int)(random() % 3);
		struct loop_gref gref = {1, numbers[random() % NUMBERS], (uint32_t)random() & 1};
		struct loop_request request = {
			.op = (uint32_t)random() % LOOP_OPS,
			.a = numbers[random() % NUMBERS],
			.b = numbers[random() % NUMBERS],
			.c = numbers[random() % NUMBERS],
			.d = (uint32_t)random() % 5,
		};

		request.items = request.op == LOOP_OP_MAP || request.op == LOOP_OP_LOOKUP;
		if (ask(fds[which], request, &gref, sizeof(gref)) == 1) {
			close(fds[which]);
			fds[which] = open_as(1, (enum loop_kind)(LOOP_KIND_GNTSHR + which));
		}
	}
	for (int i = 0; i < 3; i++)
		close(fds[i]);
	files_close();
	pump();
	loop_hyper_stat(hyper, &stat);
	assert_true(!stat.connections && !stat.grants && !stat.shares && !stat.maps && !stat.ports && !stat.notifies);
}

static void who_does_not_listen_is_left(void **state)
{
	const struct loop_request request = {.op = LOOP_OP_SHARE, .a = 2, .b = 1, .c = 1};
	int fd = open_as(1, LOOP_KIND_GNTSHR);
	struct loop_hyper_stat stat;

	(void)state;
	for (int i = 0; i < 100000; i++) {
		if (send(fd, &request, sizeof(request), MSG_DONTWAIT | MSG_NOSIGNAL) < 0 && errno != EAGAIN)
			break;
		pump();
	}
	loop_hyper_stat(hyper, &stat);
	assert_int_equal(stat.connections, 0);
	assert_int_equal(stat.grants, 0);
	close(fd);
}

static void only_a_handles_own_pipe_can_be_attached(void **state)
{
	int one = open_as(1, LOOP_KIND_EVTCHN), read_end = dup(files[LOOP_FILE_READ]), fd;
	const struct loop_request attach = {.op = LOOP_OP_ATTACH};

	(void)state;
	for (uint32_t domid = 1; domid <= 2; domid++) {
		fd = connect_as(domid);
		assert_int_equal(loop_message_send(fd, &attach, sizeof(attach), NULL, 0, &read_end, 1, 0), 0);
		pump();
		files_close();
		assert_true(loop_message_receive(fd, &answer, sizeof(answer), items, sizeof(items), files,
						 LOOP_FILES_MAX, &files_count, MSG_DONTWAIT) > 0);
		assert_int_equal(answer.error, domid == 1 ? 0 : -ENOTTY);
		close(fd);
	}
	close(read_end);
	close(one);
	files_close();
	pump();
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
		cmocka_unit_test(bad_messages_end_their_connection_alone),
		cmocka_unit_test(random_requests_do_no_harm),
		cmocka_unit_test(who_does_not_listen_is_left),
		cmocka_unit_test(only_a_handles_own_pipe_can_be_attached),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
