/* SPDX-License-Identifier: MIT */
#include "xenbus/loop/server.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "xenbus/loop/control.h"
#include "xenbus/loop/domain.h"

/* Without a free descriptor a waiting client would keep the loop busy: it is turned away. */
static void turn_away(struct loop_server *server, int listening_fd)
{
	int fd;

	close(server->spare_fd);
	fd = accept4(listening_fd, NULL, NULL, SOCK_CLOEXEC);
	if (fd >= 0)
		close(fd);
	server->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	fprintf(stderr, "xenloop: client refused: too many open files; raise `ulimit -n`\n");
}

static void on_acceptable(struct ev_loop *loop, ev_io *watcher, int events)
{
	struct loop_listener *listener = watcher->data;
	int fd = accept4(watcher->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	(void)loop;
	(void)events;
	if (fd >= 0)
		listener->accepted(listener->server, listener->domid, fd);
	else if (errno == EMFILE || errno == ENFILE)
		turn_away(listener->server, watcher->fd);
}

int loop_server_listen(struct loop_server *server, const char *name, int type, uint32_t domid,
	void (*accepted)(struct loop_server *server, uint32_t domid, int fd),
	struct loop_listener *listener)
{
	int fd;
	int err = loop_dir_listen(&server->dir, name, type, &fd);

	if (err)
		return err;
	listener->server = server;
	listener->domid = domid;
	listener->accepted = accepted;
	ev_io_init(&listener->readable, on_acceptable, fd, EV_READ);
	listener->readable.data = listener;
	ev_io_start(server->loop, &listener->readable);
	return 0;
}

void loop_server_unlisten(struct loop_listener *listener)
{
	if (!listener->server)
		return;
	ev_io_stop(listener->server->loop, &listener->readable);
	close(listener->readable.fd);
	listener->server = NULL;
}

static void on_signal(struct ev_loop *loop, ev_signal *watcher, int events)
{
	(void)watcher;
	(void)events;
	ev_break(loop, EVBREAK_ALL);
}

static void watch_signals(struct loop_server *server)
{
	static const int numbers[] = {SIGTERM, SIGINT, SIGHUP};
	size_t i;

	signal(SIGPIPE, SIG_IGN);
	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		ev_signal_init(&server->signals[i], on_signal, numbers[i]);
		ev_signal_start(server->loop, &server->signals[i]);
	}
}

static int claim(struct loop_server *server, const char *dir)
{
	pid_t other;
	int err = loop_dir_open(dir, true, &server->dir);

	if (err) {
		fprintf(stderr, "xenloop: %s: %s\n", dir, strerror(-err));
		return err;
	}
	err = loop_dir_claim(&server->dir, &other);
	if (!err)
		return 0;
	if (err == -EBUSY)
		fprintf(stderr,
			"xenloop: %s is served already, by process %ld; "
			"stop that or choose another --dir\n",
			dir, (long)other);
	else
		fprintf(stderr, "xenloop: %s/pid: %s\n", dir, strerror(-err));
	loop_dir_close(&server->dir);
	return err;
}

static int start(struct loop_server *server, const struct loop_hyper_limits *limits)
{
	int err = loop_store_create(server->loop, &server->store);

	if (!err)
		err = loop_hyper_create(server->loop, limits, &server->hyper);
	if (!err)
		err = loop_domain_create_dom0(server);
	if (!err)
		err = loop_server_listen(
			server, "control", SOCK_STREAM, 0, loop_control_accept, &server->control);
	return err;
}

static void stop(struct loop_server *server)
{
	loop_server_unlisten(&server->control);
	loop_control_end_all(server);
	if (server->store)
		loop_domain_destroy_all(server);
	loop_store_destroy(server->store);
	loop_hyper_destroy(server->hyper);
	loop_dir_clean(&server->dir);
}

static int serve(struct loop_server *server, const struct loop_hyper_limits *limits)
{
	int err = start(server, limits);

	if (err) {
		fprintf(stderr, "xenloop: %s: %s\n", server->dir.path, strerror(-err));
	} else {
		printf("xenloop: ready in %s\n", server->dir.path);
		fflush(stdout);
		ev_run(server->loop, 0);
	}
	stop(server);
	return err ? 1 : 0;
}

int loop_server_run(const char *dir, const struct loop_hyper_limits *limits)
{
	struct loop_server server = {.loop = ev_loop_new(EVFLAG_AUTO)};
	int status;

	TAILQ_INIT(&server.domains);
	if (!server.loop) {
		fprintf(stderr, "xenloop: no event loop: %s\n", strerror(errno));
		return 1;
	}
	if (claim(&server, dir)) {
		ev_loop_destroy(server.loop);
		return 1;
	}
	server.spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	watch_signals(&server);
	status = serve(&server, limits);
	close(server.spare_fd);
	loop_dir_close(&server.dir);
	ev_loop_destroy(server.loop);
	return status;
}
