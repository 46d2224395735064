/* SPDX-License-Identifier: MIT */
/* Where a control socket lies, from the daemon's side and the client's. For ctl_*.c alone. */
#ifndef PV_COMMON_CTL_SEAT_H
#define PV_COMMON_CTL_SEAT_H

#include <sys/un.h>

struct pv_ctl_place {
	int dir_fd;       /* O_PATH; must stay open while `address` is used */
	const char *name; /* the socket's in dir_fd; points into the path */
	struct sockaddr_un address;
};

/*
 * Opens path's directory and works out an address that fits, through /proc/self/fd if need be.
 * Caller closes dir_fd. -EINVAL (no file name), -ENAMETOOLONG, -ENOMEM, -errno of open.
 */
int pv_ctl_place_open(const char *path, struct pv_ctl_place *ret);

/* A daemon's hold on the socket. */
struct pv_ctl_seat {
	int fd; /* listens, non-blocking */
	int dir_fd;
	int lock_fd;
	char *name;
	char *lock_name;
};

/* Makes parent directories, locks, removes a dead daemon's socket, listens. Errors: ctl.h. */
int pv_ctl_seat_take(const char *path, int backlog, struct pv_ctl_seat *ret);
/* Removes socket and lock. */
void pv_ctl_seat_leave(struct pv_ctl_seat *seat);

#endif
