/* SPDX-License-Identifier: MIT */
/*
 * A daemon's control socket: one JSON object a line in, one JSON object a line out
 * ({"error": "…"} when refused). Unix stream socket, mode 0600. Main thread (libev loop) only.
 */
#ifndef PV_COMMON_CTL_H
#define PV_COMMON_CTL_H

#include <ev.h>
#include <jansson.h>

struct pv_ctl;

/* Answers one request (borrowed) with a new reference; NULL answers "out of memory". */
typedef json_t *pv_ctl_handler(const json_t *request, void *ctx);

/*
 * Listens on path (parent directory is made if missing), locked by an flock on "PATH.lock" so that
 * a second daemon gets -EADDRINUSE and a dead one's socket is taken over. A client has 64 KiB a
 * line, 16 clients at once; a client that does not read is dropped. Paths over sun_path's length
 * work (through /proc/self/fd).
 */
int pv_ctl_listen(struct ev_loop *loop, const char *path, pv_ctl_handler *handler, void *ctx,
	struct pv_ctl **ret);
/* Closes, removes socket and lock. Takes NULL. */
void pv_ctl_close(struct pv_ctl *ctl);

/*
 * Client side, blocking, any program: sends request, waits at most timeout_ms for the answer.
 * *ret is a new reference. -ECONNREFUSED/-ENOENT: no daemon there; -EACCES; -ETIMEDOUT; -EPROTO.
 */
int pv_ctl_call(const char *path, const json_t *request, int timeout_ms, json_t **ret);

#endif
