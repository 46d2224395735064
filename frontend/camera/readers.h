/* SPDX-License-Identifier: MIT */
/*
 * Who has a device open: events tell when to look, the descriptors of all processes tell what is
 * so. Events alone do not: equal ones that nobody has read yet become one. One thread an object.
 */
#ifndef PVCAM_READERS_H
#define PVCAM_READERS_H

#include <stdbool.h>

struct pvcam_readers;

/* -errno of inotify and of the path. */
int pvcam_readers_create(const char *path, struct pvcam_readers **ret);
void pvcam_readers_destroy(struct pvcam_readers *readers); /* takes NULL */

/* Readable when somebody opened or closed the device since the last drain; nonblocking. */
int pvcam_readers_fd(const struct pvcam_readers *readers);
void pvcam_readers_drain(struct pvcam_readers *readers);

/*
 * How many descriptors other processes have of it now. An open that is just happening may be
 * counted only shortly after its event. What this process may not look into is not counted:
 * see pvcam_readers_sees_all.
 */
int pvcam_readers_count(const struct pvcam_readers *readers, unsigned *ret);

/* Whether this process may look into those of other users. */
bool pvcam_readers_sees_all(void);

#endif
