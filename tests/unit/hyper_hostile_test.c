/* SPDX-License-Identifier: MIT */
/* Clients of xenloop's grants and event channels that behave badly. */
#include "tests/unit/hyper_fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "xenbus/loop/hyper_message.h"

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
	expect_end_request(LOOP_KIND_GNTSHR,
		(struct loop_request){.op = LOOP_OP_HELLO, .a = LOOP_KIND_GNTTAB});
	expect_end_request(LOOP_KIND_GNTSHR, (struct loop_request){.op = LOOP_OP_MAP});
	expect_end_request(LOOP_KIND_GNTTAB, (struct loop_request){.op = LOOP_OP_SHARE, .b = 1});
	expect_end_request(LOOP_KIND_GNTTAB, (struct loop_request){.op = LOOP_OP_BIND_VIRQ});
	expect_end_request(LOOP_KIND_EVTCHN, (struct loop_request){.op = LOOP_OP_NOTIFY});
	expect_end_request(LOOP_KIND_EVTCHN, (struct loop_request){.op = LOOP_OPS});
	expect_end_request(LOOP_KIND_EVTCHN, (struct loop_request){.op = 0xffffffff});
	expect_end_request(LOOP_KIND_GNTTAB, (struct loop_request){.op = LOOP_OP_MAP, .items = 1});
	expect_end_request(
		LOOP_KIND_GNTTAB, (struct loop_request){.op = LOOP_OP_MAP, .items = 0xffffffff});
	expect_end_request(
		LOOP_KIND_GNTTAB, (struct loop_request){.op = LOOP_OP_UNMAP, .items = 1});
	expect_end(LOOP_KIND_GNTTAB, &(struct loop_request){.op = LOOP_OP_UNMAP},
		sizeof(struct loop_request), STDERR_FILENO);
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
	static const uint32_t numbers[] = {
		0, 1, 2, 3, 8, 9, 4095, 4096, 65536, 131072, 0x7ff0, 0x7fffffff, 0xffffffff};
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
	assert_true(!stat.connections && !stat.grants && !stat.shares && !stat.maps &&
		    !stat.ports && !stat.notifies);
}

static void who_does_not_listen_is_left(void **state)
{
	const struct loop_request request = {.op = LOOP_OP_SHARE, .a = 2, .b = 1, .c = 1};
	int fd = open_as(1, LOOP_KIND_GNTSHR);
	struct loop_hyper_stat stat;

	(void)state;
	for (int i = 0; i < 100000; i++) {
		if (send(fd, &request, sizeof(request), MSG_DONTWAIT | MSG_NOSIGNAL) < 0 &&
			errno != EAGAIN)
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
		assert_int_equal(
			loop_message_send(fd, &attach, sizeof(attach), NULL, 0, &read_end, 1, 0),
			0);
		pump();
		files_close();
		assert_true(loop_message_receive(fd, &answer, sizeof(answer), items, sizeof(items),
				    files, LOOP_FILES_MAX, &files_count, MSG_DONTWAIT) > 0);
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
		cmocka_unit_test(bad_messages_end_their_connection_alone),
		cmocka_unit_test(random_requests_do_no_harm),
		cmocka_unit_test(who_does_not_listen_is_left),
		cmocka_unit_test(only_a_handles_own_pipe_can_be_attached),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
