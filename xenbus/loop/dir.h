/* SPDX-License-Identifier: MIT */
/*
 * The directory that a server and its clients share: D/control, D/pid, and for each domain
 * D/ID/store and D/ID/hyper, all but pid sockets. Works however long D's path is.
 */
#ifndef LOOP_DIR_H
#define LOOP_DIR_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct loop_dir {
	int fd;
	char *path; /* absolute */
};

/* Opens a directory, makes it (for its owner alone) if `create`. 0 or -errno of open or mkdir. */
int loop_dir_open(const char *path, bool create, struct loop_dir *ret_dir);
void loop_dir_close(struct loop_dir *dir);

/*
 * Makes this process the only server there, for as long as it lives, and writes D/pid.
 * -EBUSY if there is one; *ret_other is its process id then, 0 if not known.
 */
int loop_dir_claim(const struct loop_dir *dir, pid_t *ret_other);

/* Removes sockets, domain directories and pid, of this server or a dead one. */
void loop_dir_clean(const struct loop_dir *dir);

/*
 * Writes the path of a socket in the directory that fits a sockaddr_un in this process and, with
 * *ret_needs_fd, in those that inherit dir's descriptor. buffer: 108 bytes.
 * -ENAMETOOLONG if name is too long itself.
 */
int loop_dir_socket_path(const struct loop_dir *dir, const char *name, char *buffer,
	size_t buffer_bytes, bool *ret_needs_fd);

/*
 * A non-blocking listening socket of a type (SOCK_STREAM, SOCK_SEQPACKET), in place of one that may
 * be there. 0 or -errno.
 */
int loop_dir_listen(const struct loop_dir *dir, const char *name, int type, int *ret_fd);

/* A blocking connection. 0 or -errno of connect. */
int loop_dir_connect(const struct loop_dir *dir, const char *name, int *ret_fd);

#endif
