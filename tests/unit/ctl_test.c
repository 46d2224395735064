/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/ctl.h"

#define WAIT_MS 10000
#define BIG_BYTES 200000
#define BEFORE_STALL_MS 4000 /* the daemon lets an answer lie for 5 s */

/* A daemon on a thread of its own, in a directory of its own. */
struct daemon {
	char dir[64];
	char path[512];
	struct ev_loop *loop;
	struct ev_async stop;
	struct pv_ctl *ctl;
	pthread_t thread;
};

static json_t *answer(const json_t *request, void *ctx)
{
	const char *op = json_string_value(json_object_get(request, "op"));
	char *big;
	json_t *object;

	assert_string_equal(ctx, "context");
	if (op && !strcmp(op, "null"))
		return NULL;
	if (op && !strcmp(op, "big")) {
		big = malloc(BIG_BYTES);
		memset(big, 'x', BIG_BYTES);
		object = json_pack("{s:s#}", "big", big, BIG_BYTES);
		free(big);
		return object;
	}
	return json_pack("{s:O}", "echo", request);
}

static void on_stop(struct ev_loop *loop, struct ev_async *async, int events)
{
	(void)async;
	(void)events;
	ev_break(loop, EVBREAK_ALL);
}

static void *run_loop(void *arg)
{
	struct daemon *daemon = arg;

	ev_run(daemon->loop, 0);
	return NULL;
}

static void start_daemon(struct daemon *daemon)
{
	daemon->loop = ev_loop_new(EVFLAG_AUTO);
	assert_non_null(daemon->loop);
	ev_async_init(&daemon->stop, on_stop);
	ev_async_start(daemon->loop, &daemon->stop);
	assert_int_equal(
		pv_ctl_listen(daemon->loop, daemon->path, answer, "context", &daemon->ctl), 0);
	assert_int_equal(pthread_create(&daemon->thread, NULL, run_loop, daemon), 0);
}

static void stop_daemon(struct daemon *daemon)
{
	ev_async_send(daemon->loop, &daemon->stop);
	pthread_join(daemon->thread, NULL);
	pv_ctl_close(daemon->ctl);
	ev_loop_destroy(daemon->loop);
}

static int setup(void **state)
{
	struct daemon *daemon = calloc(1, sizeof(*daemon));

	strcpy(daemon->dir, "/tmp/ctl_test.XXXXXX");
	assert_non_null(mkdtemp(daemon->dir));
	snprintf(daemon->path, sizeof(daemon->path), "%s/sock", daemon->dir);
	*state = daemon;
	return 0;
}

static int teardown(void **state)
{
	struct daemon *daemon = *state;
	char command[128];

	snprintf(command, sizeof(command), "rm -rf '%s'", daemon->dir);
	assert_int_equal(system(command), 0);
	free(daemon);
	return 0;
}

static int connect_raw(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	strcpy(address.sun_path, path);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

static int listen_raw(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	strcpy(address.sun_path, path);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(fd, 4), 0);
	return fd;
}

static void send_text(int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

/* Reads until text is what came, or fails after WAIT_MS. "" waits for the end. */
static void expect_text(int fd, const char *text)
{
	struct pollfd pollfd = {.fd = fd, .events = POLLIN};
	char got[512] = "";
	size_t used = 0;
	ssize_t bytes = 1;

	while (bytes > 0 && (!*text || used < strlen(text))) {
		assert_int_equal(poll(&pollfd, 1, WAIT_MS), 1);
		bytes = recv(fd, got + used, sizeof(got) - 1 - used, 0);
		used += bytes > 0 ? (size_t)bytes : 0;
	}
	assert_string_equal(got, text);
}

static json_t *call(const char *path, const char *op)
{
	json_t *request = json_pack("{s:s}", "op", op), *ret = NULL;

	assert_int_equal(pv_ctl_call(path, request, WAIT_MS, &ret), 0);
	json_decref(request);
	return ret;
}

static void assert_answers(const char *path)
{
	json_t *ret = call(path, "hello");

	assert_string_equal(
		json_string_value(json_object_get(json_object_get(ret, "echo"), "op")), "hello");
	json_decref(ret);
}

static int call_status(const char *path, int timeout_ms)
{
	json_t *request = json_object(), *ret = NULL;
	int rc = pv_ctl_call(path, request, timeout_ms, &ret);

	json_decref(request);
	json_decref(ret);
	return rc;
}

static void calls_are_answered(void **state)
{
	struct daemon *daemon = *state;
	struct stat st;
	json_t *ret;
	mode_t mask = umask(022);

	snprintf(daemon->path, sizeof(daemon->path), "%s/one/two/sock", daemon->dir);
	start_daemon(daemon);
	umask(mask);
	assert_int_equal(stat(daemon->path, &st), 0);
	assert_int_equal(st.st_mode, S_IFSOCK | 0660);
	assert_answers(daemon->path);
	ret = call(daemon->path, "null");
	assert_string_equal(json_string_value(json_object_get(ret, "error")), "out of memory");
	json_decref(ret);
	ret = call(daemon->path, "big");
	assert_int_equal(json_string_length(json_object_get(ret, "big")), BIG_BYTES);
	json_decref(ret);
	stop_daemon(daemon);
	assert_int_equal(stat(daemon->path, &st), -1);
	*strrchr(daemon->path, '/') = '\0';
	assert_int_equal(stat(daemon->path, &st), 0);
	assert_int_equal(st.st_mode, S_IFDIR | 0755);
	assert_int_equal(rmdir(daemon->path), 0); /* the lock is gone too */
}

static void lines_are_taken_as_they_come(void **state)
{
	struct daemon *daemon = *state;
	int fd;

	start_daemon(daemon);
	fd = connect_raw(daemon->path);
	send_text(fd, "{\"a\":1}\n{\"b\":2}\n{\"c\"");
	expect_text(fd, "{\"echo\":{\"a\":1}}\n{\"echo\":{\"b\":2}}\n");
	send_text(fd, ":3}\n");
	expect_text(fd, "{\"echo\":{\"c\":3}}\n");
	send_text(fd, "[]\n");
	expect_text(fd, "{\"error\":\"a request is one JSON object on one line\"}\n");
	send_text(fd, "\n{\"d\":\n");
	expect_text(fd, "{\"error\":\"a request is one JSON object on one line\"}\n"
			"{\"error\":\"a request is one JSON object on one line\"}\n");
	send_text(fd, "{\"e\":5}\n");
	assert_int_equal(shutdown(fd, SHUT_WR), 0);
	expect_text(fd, "{\"echo\":{\"e\":5}}\n");
	expect_text(fd, "");
	close(fd);
	stop_daemon(daemon);
}

static void endless_lines_end(void **state)
{
	struct daemon *daemon = *state;
	char *line = malloc(65536);
	int fd;

	start_daemon(daemon);
	memset(line, ' ', 65536);
	memcpy(line + 65536 - 8, "{\"a\":1}\n", 8);
	fd = connect_raw(daemon->path);
	assert_int_equal(send(fd, line, 65536, MSG_NOSIGNAL), 65536);
	expect_text(fd, "{\"echo\":{\"a\":1}}\n");
	line[65535] = ' ';
	assert_int_equal(send(fd, line, 65536, MSG_NOSIGNAL), 65536);
	expect_text(fd, "{\"error\":\"request too long\"}\n");
	expect_text(fd, "");
	close(fd);
	assert_answers(daemon->path);
	free(line);
	stop_daemon(daemon);
}

static void sixteen_clients_at_once(void **state)
{
	struct daemon *daemon = *state;
	int fds[16], extra, i, rc;

	start_daemon(daemon);
	for (i = 0; i < 16; i++) {
		fds[i] = connect_raw(daemon->path);
		send_text(fds[i], "{}\n");
		expect_text(fds[i], "{\"echo\":{}}\n");
	}
	extra = connect_raw(daemon->path);
	expect_text(extra, "{\"error\":\"too many clients\"}\n");
	expect_text(extra, "");
	close(extra);
	for (i = 0; i < 16; i++)
		close(fds[i]);
	/* The daemon sees them leave in its own time. */
	for (i = 0, rc = -1; rc && i < 1000; i++) {
		json_t *request = json_object(), *ret = NULL;

		rc = pv_ctl_call(daemon->path, request, WAIT_MS, &ret);
		rc = rc || !json_object_get(ret, "echo");
		json_decref(request);
		json_decref(ret);
		if (rc)
			usleep(10000);
	}
	assert_int_equal(rc, 0);
	stop_daemon(daemon);
}

static void who_does_not_read_is_dropped(void **state)
{
	struct daemon *daemon = *state;
	struct pollfd pollfd = {.events = POLLOUT};
	char *sink = malloc(65536);
	ssize_t got;
	size_t total = 0;
	int i;

	start_daemon(daemon);
	pollfd.fd = connect_raw(daemon->path);
	for (i = 0; i < 10; i++)
		send_text(pollfd.fd, "{\"op\":\"big\"}\n");
	assert_answers(daemon->path);
	pollfd.events = 0; /* POLLHUP comes unasked */
	assert_int_equal(poll(&pollfd, 1, BEFORE_STALL_MS), 1);
	assert_true(pollfd.revents & POLLHUP);
	while ((got = recv(pollfd.fd, sink, 65536, 0)) > 0)
		total += (size_t)got;
	assert_true(total < 10u * BIG_BYTES);
	close(pollfd.fd);
	assert_answers(daemon->path);
	free(sink);
	stop_daemon(daemon);
}

static void one_daemon_a_socket(void **state)
{
	struct daemon *daemon = *state;
	struct pv_ctl *second = NULL;
	int fd;

	start_daemon(daemon);
	assert_int_equal(
		pv_ctl_listen(daemon->loop, daemon->path, answer, NULL, &second), -EADDRINUSE);
	assert_null(second);
	assert_answers(daemon->path);
	stop_daemon(daemon);

	/* A dead daemon's socket is taken over. */
	close(listen_raw(daemon->path));
	assert_int_equal(call_status(daemon->path, WAIT_MS), -ECONNREFUSED);
	start_daemon(daemon);
	assert_answers(daemon->path);
	stop_daemon(daemon);

	/* A file is not. */
	fd = open(daemon->path, O_CREAT | O_WRONLY, 0600);
	assert_true(fd >= 0);
	close(fd);
	daemon->loop = ev_loop_new(EVFLAG_AUTO);
	assert_int_equal(pv_ctl_listen(daemon->loop, daemon->path, answer, NULL, &second), -EEXIST);
	assert_int_equal(access(daemon->path, F_OK), 0);
	assert_int_equal(unlink(daemon->path), 0);
	ev_loop_destroy(daemon->loop);
	assert_int_equal(rmdir(daemon->dir), 0);
	pv_ctl_close(NULL);
	assert_int_equal(mkdir(daemon->dir, 0700), 0);
}

static void long_paths_work(void **state)
{
	struct daemon *daemon = *state;
	struct pv_ctl *ctl = NULL;
	int i;

	snprintf(daemon->path, sizeof(daemon->path), "%s", daemon->dir);
	for (i = 0; i < 12; i++)
		strcat(daemon->path, "/a-long-directory-name");
	strcat(daemon->path, "/sock");
	assert_true(strlen(daemon->path) > 250);
	start_daemon(daemon);
	assert_answers(daemon->path);
	assert_int_equal(
		pv_ctl_listen(daemon->loop, daemon->path, answer, NULL, &ctl), -EADDRINUSE);
	stop_daemon(daemon);
	assert_int_equal(call_status(daemon->path, WAIT_MS), -ENOENT);
	for (i = 0; i < 5; i++)
		strcat(daemon->path, "a-long-name-of-a-file");
	assert_int_equal(call_status(daemon->path, WAIT_MS), -ENAMETOOLONG);
	assert_int_equal(call_status("/tmp/", WAIT_MS), -EINVAL);
	assert_int_equal(pv_ctl_listen(NULL, "/tmp/", answer, NULL, &ctl), -EINVAL);
	assert_int_equal(pv_ctl_listen(NULL, "", answer, NULL, &ctl), -EINVAL);
}

static void *hang_up(void *arg)
{
	int *listener = arg, fd = accept(*listener, NULL, NULL);
	char byte;

	assert_int_equal(recv(fd, &byte, 1, 0), 1);
	close(fd);
	fd = accept(*listener, NULL, NULL);
	send_text(fd, "no JSON\n");
	assert_int_equal(recv(fd, &byte, 1, 0), 1);
	close(fd);
	return NULL;
}

static void calls_fail_in_time(void **state)
{
	struct daemon *daemon = *state;
	pthread_t thread;
	int listener;

	assert_int_equal(call_status(daemon->path, WAIT_MS), -ENOENT);
	assert_int_equal(call_status("/nowhere/at/all", WAIT_MS), -ENOENT);
	listener = listen_raw(daemon->path);
	assert_int_equal(call_status(daemon->path, 20), -ETIMEDOUT);
	close(accept(listener, NULL, NULL));
	assert_int_equal(pthread_create(&thread, NULL, hang_up, &listener), 0);
	assert_int_equal(call_status(daemon->path, WAIT_MS), -EPROTO);
	assert_int_equal(call_status(daemon->path, WAIT_MS), -EPROTO);
	pthread_join(thread, NULL);
	close(listener);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(calls_are_answered, setup, teardown),
		cmocka_unit_test_setup_teardown(lines_are_taken_as_they_come, setup, teardown),
		cmocka_unit_test_setup_teardown(endless_lines_end, setup, teardown),
		cmocka_unit_test_setup_teardown(sixteen_clients_at_once, setup, teardown),
		cmocka_unit_test_setup_teardown(who_does_not_read_is_dropped, setup, teardown),
		cmocka_unit_test_setup_teardown(one_daemon_a_socket, setup, teardown),
		cmocka_unit_test_setup_teardown(long_paths_work, setup, teardown),
		cmocka_unit_test_setup_teardown(calls_fail_in_time, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
