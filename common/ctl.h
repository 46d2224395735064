/* SPDX-License-Identifier: MIT */
/*
 * A daemon's control socket: one JSON object a line in, one JSON object a line out
 * ({"error": "…"} when refused). Unix stream socket, open to the daemon's user and group (mode
 * 0660). Main thread (libev loop) only.
 */
#ifndef PV_COMMON_CTL_H
#define PV_COMMON_CTL_H

#include <ev.h>
#include <jansson.h>

struct pv_ctl;

/*
 * Answers one request (borrowed, always an object) with a new reference; NULL answers "out of
 * memory". Must not close the pv_ctl that calls it.
 */
typedef json_t *pv_ctl_handler(const json_t *request, void *ctx);

/*
 * Listens on path (missing parent directories are made, mode 0755), locked by an flock on
 * "PATH.lock" so that a second daemon gets -EADDRINUSE and a dead one's socket is taken over.
 * A client has 64 KiB a line, 16 clients at once; one more is told so. A client that leaves an
 * answer unread for 5 s or 1 MiB of answers is dropped. Paths over sun_path's length work (through
 * /proc/self/fd) as long as the file's own name is under 80 characters.
 * -EADDRINUSE, -EEXIST (something else than a socket is there), -EINVAL (no file name),
 * -ENAMETOOLONG, -ENOMEM, -errno of mkdir, open, bind.
 */
int pv_ctl_listen(struct ev_loop *loop, const char *path, pv_ctl_handler *handler, void *ctx,
	struct pv_ctl **ret);
/* Closes, removes socket and lock. Takes NULL. */
void pv_ctl_close(struct pv_ctl *ctl);

/*
 * Client side, blocking, any program, any thread: sends request, waits at most timeout_ms for the
 * answer, which is an object ({"error": …} included). *ret is a new reference.
 * -ECONNREFUSED/-ENOENT: no daemon there; -EACCES; -ETIMEDOUT; -EPROTO (no JSON object came, or the
 * daemon hung up); -EINVAL, -ENAMETOOLONG (path); -ENOMEM.
 */
int pv_ctl_call(const char *path, const json_t *request, int timeout_ms, json_t **ret);

#endif
