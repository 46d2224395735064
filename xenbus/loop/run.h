/* SPDX-License-Identifier: MIT */
/* Running a program as a domain. */
#ifndef LOOP_RUN_H
#define LOOP_RUN_H

#include <stdint.h>

/*
 * Becomes the program argv[0] (found through PATH) as the domain: libxenstore, libxengnttab and
 * libxenevtchn of it and its children reach the server of dir. Returns 1 only if that fails,
 * after a line on stderr.
 */
int loop_run(const char *dir, uint32_t domid, char *const argv[]);

#endif
