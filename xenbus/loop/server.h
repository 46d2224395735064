/* SPDX-License-Identifier: MIT */
/* xenloop's server: the sockets of all domains, the control socket, signals. One thread. */
#ifndef LOOP_SERVER_H
#define LOOP_SERVER_H

#include <ev.h>
#include <sys/queue.h>
#include "xenbus/loop/dir.h"
#include "xenbus/loop/hyper.h"
#include "xenbus/loop/store.h"

struct loop_server;

/* A listening socket of the directory. */
struct loop_listener {
	ev_io readable;
	struct loop_server *server;
	uint32_t domid;
	/* Takes an accepted, non-blocking connection. */
	void (*accepted)(struct loop_server *server, uint32_t domid, int fd);
};

struct loop_server {
	struct ev_loop *loop;
	struct loop_dir dir;
	struct loop_store *store;
	struct loop_hyper *hyper;
	struct loop_listener control;
	TAILQ_HEAD(, loop_entry) domains;   /* oldest first; see domain.h */
	LIST_HEAD(, loop_command) commands; /* on the control socket; see control.c */
	uint32_t last_domid;
	int spare_fd; /* given up to turn a client away */
	ev_signal signals[3];
};

/*
 * Serves dir until SIGTERM or SIGINT; says on stdout when it is ready. `limits` are every domain's.
 * Returns the program's exit status, after having said on stderr what failed.
 */
int loop_server_run(const char *dir, const struct loop_hyper_limits *limits);

/*
 * Listens on a socket of the directory, of a type as in loop_dir_listen; accepted connections go to
 * `accepted`. 0 or -errno.
 */
int loop_server_listen(struct loop_server *server, const char *name, int type, uint32_t domid,
	void (*accepted)(struct loop_server *server, uint32_t domid, int fd),
	struct loop_listener *listener);

/* Stops listening; fine if it never did, with listener all zero. */
void loop_server_unlisten(struct loop_listener *listener);

#endif
