/* SPDX-License-Identifier: MIT */
#include "tests/unit/hyper_fixture.h"

#include <dirent.h>
#include <errno.h>
#include <ev.h>
#include <sys/socket.h>
#include <unistd.h>

#include "xenbus/loop/hyper_message.h"

struct loop_hyper *hyper;
struct loop_answer answer;
uint32_t items[3 * LOOP_ITEMS_MAX];
int files[LOOP_FILES_MAX];
unsigned int files_count;

static struct ev_loop *loop;
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

int set_up(void **state)
{
	const struct loop_hyper_limits limits = {
		.gntalloc_pages = 131064, .grants = 131064, .ports = 3};

	(void)state;
	loop = ev_loop_new(EVFLAG_AUTO);
	files_at_start = files_open();
	assert_int_equal(loop_hyper_create(loop, &limits, &hyper), 0);
	for (uint32_t domid = 0; domid < 4; domid++)
		assert_int_equal(loop_hyper_domain_add(hyper, domid), 0);
	return 0;
}

int tear_down(void **state)
{
	(void)state;
	loop_hyper_destroy(hyper);
	assert_int_equal(files_open(), files_at_start);
	ev_loop_destroy(loop);
	return 0;
}

/* Lets the server do all there is to do. */
void pump(void)
{
	for (int i = 0; i < 4; i++)
		ev_run(loop, EVRUN_NOWAIT);
}

int connect_as(uint32_t domid)
{
	int ends[2];

	assert_int_equal(socketpair(AF_UNIX, LOOP_HYPER_SOCKET | SOCK_CLOEXEC, 0, ends), 0);
	assert_int_equal(loop_hyper_connect(hyper, domid, ends[1]), 0);
	return ends[0];
}

void files_close(void)
{
	while (files_count)
		close(files[--files_count]);
}

/* The answer's error; 1: the server closed the connection. Items are of `item_bytes` each. */
int ask(int fd, struct loop_request request, const void *request_items, size_t item_bytes)
{
	ssize_t got;

	files_close();
	assert_int_equal(loop_message_send(fd, &request, sizeof(request), request_items,
				 request.items * item_bytes, NULL, 0, 0),
		0);
	pump();
	got = loop_message_receive(fd, &answer, sizeof(answer), items, sizeof(items), files,
		LOOP_FILES_MAX, &files_count, MSG_DONTWAIT);
	if (got < (ssize_t)sizeof(answer)) {
		assert_true(got == 0 || got == -ECONNRESET);
		return 1;
	}
	return answer.error;
}

int ask_simply(int fd, enum loop_op op, uint32_t a, uint32_t b, uint32_t c)
{
	return ask(fd, (struct loop_request){.op = op, .a = a, .b = b, .c = c}, NULL, 0);
}

int open_as(uint32_t domid, enum loop_kind kind)
{
	int fd = connect_as(domid);

	assert_int_equal(ask_simply(fd, LOOP_OP_HELLO, kind, 0, 0), 0);
	if (kind == LOOP_KIND_GNTSHR)
		files_close();
	return fd;
}

int map_one(int fd, uint32_t domid, uint32_t ref, uint32_t writable)
{
	struct loop_gref gref = {.domid = domid, .ref = ref};

	return ask(fd, (struct loop_request){.op = LOOP_OP_MAP, .items = 1, .b = writable}, &gref,
		sizeof(gref));
}
