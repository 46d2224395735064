/* SPDX-License-Identifier: MIT */
/* xenloop's libraries against a peer that scribbles over what it shares, and a server that dies. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <ev.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <xenevtchn.h>
#include <xengnttab.h>

#include "xenbus/loop/client.h"
#include "xenbus/loop/hyper.h"

#define DOMID 7
#define PAGES 100 /* that it may share */

static char dir[64], path[256];
static pid_t server;

static void on_acceptable(struct ev_loop *loop, ev_io *io, int events)
{
	int fd = accept(io->fd, NULL, NULL);

	(void)loop;
	(void)events;
	if (fd >= 0)
		loop_hyper_connect(io->data, DOMID, fd);
}

static _Noreturn void serve(int listening)
{
	struct ev_loop *loop = ev_loop_new(EVFLAG_AUTO);
	struct loop_hyper_limits limits = loop_hyper_limits_default;
	struct loop_hyper *hyper;
	ev_io io;

	limits.gntalloc_pages = PAGES;
	if (loop_hyper_create(loop, &limits, &hyper) || loop_hyper_domain_add(hyper, DOMID))
		_exit(1);
	ev_io_init(&io, on_acceptable, listening, EV_READ);
	io.data = hyper;
	ev_io_start(loop, &io);
	ev_run(loop, 0);
	_exit(0);
}

static int set_up(void **state)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int listening = socket(AF_UNIX, LOOP_HYPER_SOCKET | SOCK_CLOEXEC, 0);
	char deep[128];

	(void)state;
	strcpy(dir, "/tmp/hyper.XXXXXX");
	assert_non_null(mkdtemp(dir));
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/hyper", dir);
	assert_int_equal(bind(listening, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(listening, 8), 0);
	server = fork();
	if (!server)
		serve(listening);
	close(listening);
	/* Longer than a socket's address may be. */
	memset(deep, '/', sizeof(deep));
	deep[sizeof(deep) - 1] = '\0';
	snprintf(path, sizeof(path), "%s%shyper", dir, deep);
	setenv("XENLOOP", path, 1);
	return 0;
}

static void server_kill(void)
{
	if (!server)
		return;
	kill(server, SIGKILL);
	waitpid(server, NULL, 0);
	server = 0;
}

static int tear_down(void **state)
{
	(void)state;
	server_kill();
	unlink(path);
	rmdir(dir);
	return 0;
}

static int event(xenevtchn_handle *handle, int within_ms)
{
	struct pollfd readable = {.fd = xenevtchn_fd(handle), .events = POLLIN};

	return poll(&readable, 1, within_ms) > 0 ? xenevtchn_pending(handle) : 0;
}

/* A peer that speaks the protocol itself: it gets the table and the pipe of the victim's handle. */
static void peer_enter(evtchn_port_t port, struct loop_table **ret_table, int *ret_pipe)
{
	int files[LOOP_FILES];
	struct loop_exchange hello = {
		.request = {.op = LOOP_OP_HELLO, .a = LOOP_KIND_EVTCHN},
		.files = files,
		.files_max = LOOP_FILES,
	};
	struct loop_exchange bind = {
		.request = {.op = LOOP_OP_BIND_INTERDOMAIN, .a = DOMID, .b = port}};
	struct loop_exchange peer = {
		.request = {.op = LOOP_OP_PEER}, .files = files, .files_max = LOOP_FILES};
	int fd = loop_client_connect();

	assert_true(fd >= 0);
	assert_int_equal(loop_client_exchange(fd, &hello), 0);
	while (hello.files_count)
		close(files[--hello.files_count]);
	assert_int_equal(loop_client_exchange(fd, &bind), 0);
	peer.request.a = bind.answer.value;
	assert_int_equal(loop_client_exchange(fd, &peer), 0);
	assert_int_equal(peer.files_count, 2);
	*ret_table =
		mmap(NULL, sizeof(**ret_table), PROT_READ | PROT_WRITE, MAP_SHARED, files[0], 0);
	assert_ptr_not_equal(*ret_table, MAP_FAILED);
	assert_int_equal(ftruncate(files[0], 0), -1);
	*ret_pipe = files[1];
}

static void a_scribbling_peer_raises_events_at_most(void **state)
{
	xenevtchn_handle *victim = xenevtchn_open(NULL, 0);
	struct loop_table *table;
	char bytes[4096] = "";
	int port, second, pipe_end, seen = 0;

	(void)state;
	port = xenevtchn_bind_unbound_port(victim, DOMID);
	second = xenevtchn_bind_unbound_port(victim, DOMID);
	assert_true(port > 0 && second > 0);
	peer_enter((evtchn_port_t)port, &table, &pipe_end);
	for (uint32_t i = 0; i < LOOP_PORTS; i++)
		table->state[i] = LOOP_PORT_PENDING;
	memset(table->queued, 0xff, sizeof(table->queued));
	table->queued_words = ~UINT64_C(0);
	while (write(pipe_end, bytes, sizeof(bytes)) > 0)
		;
	/* Ports that are not the victim's are never heard of, and a full pipe blocks nobody. */
	for (int i = 0; i < 2; i++) {
		int got = event(victim, 1000);

		assert_true(got == port || got == second);
		seen += got;
	}
	assert_int_equal(seen, port + second);
	table->state[port] = LOOP_PORT_PENDING | LOOP_PORT_MASKED;
	assert_int_equal(xenevtchn_unmask(victim, (evtchn_port_t)port), 0);
	assert_int_equal(event(victim, 1000), port);
	memset(table, 0xff, sizeof(*table));
	assert_int_equal(xenevtchn_unbind(victim, (evtchn_port_t)port), 0);
	assert_int_equal(xenevtchn_unbind(victim, (evtchn_port_t)second), 0);
	/* Bound anew, a port works as if nothing had been. */
	second = xenevtchn_bind_unbound_port(victim, DOMID);
	port = xenevtchn_bind_interdomain(victim, DOMID, (evtchn_port_t)second);
	assert_true(port > 0);
	assert_int_equal(event(victim, 1000), port);
	munmap(table, sizeof(*table));
	close(pipe_end);
	xenevtchn_close(victim);
}

static void dmabuf_is_not_supported(void **state)
{
	xengnttab_handle *tab = xengnttab_open(NULL, 0);
	uint32_t ref = 8, fd;

	(void)state;
	assert_int_equal(xengnttab_dmabuf_exp_from_refs(tab, DOMID, 0, 1, &ref, &fd), -1);
	assert_int_equal(errno, ENOTSUP);
	assert_int_equal(xengnttab_dmabuf_exp_wait_released(tab, 0, 0), -1);
	assert_int_equal(errno, ENOTSUP);
	assert_int_equal(xengnttab_dmabuf_imp_to_refs(tab, DOMID, 0, 1, &ref), -1);
	assert_int_equal(errno, ENOTSUP);
	assert_int_equal(xengnttab_dmabuf_imp_release(tab, 0), -1);
	assert_int_equal(errno, ENOTSUP);
	xengnttab_close(tab);
}

static void unmapping_behind_the_library_is_made_good(void **state)
{
	xengntshr_handle *shr = xengntshr_open(NULL, 0);
	uint32_t ref;
	char *page, *again;

	(void)state;
	/* Each address that comes again ends what was shared there. */
	for (int i = 0; i < 3 * PAGES; i++) {
		page = xengntshr_share_pages(shr, DOMID, 1, &ref, 1);
		assert_non_null(page);
		munmap(page, LOOP_PAGE_BYTES);
	}
	page = xengntshr_share_pages(shr, DOMID, 1, &ref, 1);
	again = xengntshr_share_pages(shr, DOMID, 1, &ref, 1);
	assert_true(page && again && page != again);
	xengntshr_close(shr);
}

/* Last: the server is gone then. Nothing hangs, and what is mapped stays. */
static void a_dead_server_is_an_error(void **state)
{
	xengntshr_handle *shr = xengntshr_open(NULL, 0);
	xengnttab_handle *tab = xengnttab_open(NULL, 0);
	xenevtchn_handle *one = xenevtchn_open(NULL, 0), *two = xenevtchn_open(NULL, 0);
	int port = xenevtchn_bind_unbound_port(one, DOMID);
	int other = xenevtchn_bind_interdomain(two, DOMID, (evtchn_port_t)port);
	uint32_t ref;
	char *mine = xengntshr_share_pages(shr, DOMID, 1, &ref, 1), *theirs;

	(void)state;
	assert_int_equal(event(two, 1000), other);
	xenevtchn_unmask(two, (evtchn_port_t)other);
	assert_int_equal(xenevtchn_notify(one, (evtchn_port_t)port), 0);
	theirs = xengnttab_map_grant_ref(tab, DOMID, ref, PROT_READ);
	assert_non_null(theirs);
	server_kill();
	mine[0] = 's';
	assert_int_equal(theirs[0], 's');
	assert_int_equal(event(two, 1000), other);
	assert_int_equal(xenevtchn_bind_unbound_port(one, DOMID), -1);
	assert_int_equal(errno, EIO);
	assert_null(xengnttab_map_grant_ref(tab, DOMID, ref, PROT_READ));
	assert_int_equal(errno, EIO);
	assert_int_equal(xengnttab_unmap(tab, theirs, 1), -1);
	assert_null(xengnttab_open(NULL, 0));
	unsetenv("XENLOOP");
	assert_null(xenevtchn_open(NULL, 0));
	assert_int_equal(errno, ENOENT);
	xenevtchn_close(one);
	xenevtchn_close(two);
	xengnttab_close(tab);
	xengntshr_close(shr);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_scribbling_peer_raises_events_at_most),
		cmocka_unit_test(dmabuf_is_not_supported),
		cmocka_unit_test(unmapping_behind_the_library_is_made_good),
		cmocka_unit_test(a_dead_server_is_an_error),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
